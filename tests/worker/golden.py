"""The mails as they stand in `mails/`, readable: headers, text, HTML and calendar file, one file a mail.

Write them anew with `python -m tests.worker.golden` after a change of wording or translation, and read the difference
before committing it.
"""

from __future__ import annotations

from pathlib import Path

from scheduler.domain.directory import Mode
from scheduler.domain.notification import Kind
from scheduler.worker.mail import Mailer
from tests.letters import SENDER, a_letter, visit_after
from tests.post import Tray, parsed

FOLDER = Path(__file__).parent / "mails"
BASE_URL = "https://clinic.example.com"
KINDS = (Kind.CONFIRMATION, Kind.MOVED, Kind.CANCELLED)
MODES = (Mode.IN_PERSON, Mode.VIRTUAL)
LANGUAGES = ("en", "es")


CASES = tuple((kind, mode, language) for kind in KINDS for mode in MODES for language in LANGUAGES)


def path_of(kind: Kind, mode: Mode, language: str) -> Path:
    """Where the mail stands."""
    return FOLDER / f"{kind.value}-{mode.value}-{language}.txt"


def text_of(kind: Kind, mode: Mode, language: str) -> str:
    """What should stand there."""
    thread = None if kind is Kind.CONFIRMATION else "first@clinic.example.com"
    return readable(write(kind, mode, language, thread))


def write(kind: Kind, mode: Mode, language: str, thread: str | None = None) -> bytes:
    """The mail itself."""
    letter = a_letter(kind, visit_after(kind, mode, language=language), language=language, thread=thread)
    return Mailer(Tray(), SENDER, BASE_URL).write(letter)


def readable(message: bytes) -> str:
    """The mail with its parts decoded, in order, each under its own headers."""
    mail = parsed(message)
    pieces = []
    for part in mail.walk():
        pieces.append("".join(f"{name}: {value}\n" for name, value in part.items()))
        if not part.is_multipart():
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            pieces.append(payload.decode().replace("\r\n", "\n"))
    return "\n".join(pieces)


def main() -> None:
    """Write every file."""
    FOLDER.mkdir(exist_ok=True)
    for case in CASES:
        path_of(*case).write_text(text_of(*case), encoding="utf-8")


if __name__ == "__main__":
    main()
