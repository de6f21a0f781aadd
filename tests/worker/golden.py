"""The mails as they stand in `mails/`, readable: headers, text, HTML and calendar file, one file a mail.

Write them anew with `python -m tests.worker.golden` after a change of wording or translation, and read the difference
before committing it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from scheduler.domain.calendar_entry import InviteLinks
from scheduler.domain.directory import Mode
from scheduler.domain.notification import Channel, Kind
from scheduler.domain.text_message import count
from scheduler.worker.letter_words import MAY_BE_REFUSED, SUBJECTS
from scheduler.worker.mail import Mailer
from scheduler.worker.sms import words_of
from tests.letters import LINKS, SENDER, TUESDAY, a_letter, visit_after
from tests.post import Tray, parsed

FOLDER = Path(__file__).parent / "mails"
BASE_URL = "https://clinic.example.com"
KINDS = (Kind.CONFIRMATION, Kind.MOVED, Kind.CANCELLED, Kind.REMINDER_DAY)
LONG_LINKS = InviteLinks(f"{BASE_URL}/my/{'m' * 43}", f"{BASE_URL}/visit/{'v' * 43}")
DAY_BEFORE = TUESDAY - timedelta(days=1)
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
    visit = visit_after(kind, mode, language=language)
    links = replace(LINKS, refuse=f"{BASE_URL}/reminders/REFUSE") if kind in MAY_BE_REFUSED else LINKS
    letter = a_letter(kind, visit, language=language, thread=thread, links=links)
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


def texts_of(language: str) -> str:
    """Every text in one language, with what it costs, one below the other."""
    pieces = []
    for kind in SUBJECTS:
        for mode in MODES:
            visit = visit_after(kind, mode, language=language)
            letter = a_letter(kind, visit, language=language, links=LONG_LINKS, channel=Channel.SMS)
            words = words_of(replace(letter, written_at=DAY_BEFORE), BASE_URL)
            cost = count(words)
            pieces.append(f"{kind.value}, {mode.value}: {cost.units} units, {cost.parts} part(s)\n{words}\n")
    return "\n".join(pieces)


def letters_of(language: str) -> str:
    """The words of every mail in one language, one below the other."""
    pieces = []
    for kind in SUBJECTS:
        for mode in MODES:
            mail = parsed(write(kind, mode, language))
            body = mail.get_body(("plain",))
            assert body is not None
            words = str(body.get_content()).replace("\r\n", "\n")
            pieces.append(f"{kind.value}, {mode.value}\n{mail['Subject']}\n\n{words}")
    return f"\n{'-' * 60}\n".join(pieces)


def path_of_letters(language: str) -> Path:
    """Where the words of a language's mails stand."""
    return FOLDER / f"letters-{language}.txt"


def path_of_texts(language: str) -> Path:
    """Where the texts of a language stand."""
    return FOLDER / f"texts-{language}.txt"


def main() -> None:
    """Write every file."""
    for language in LANGUAGES:
        path_of_texts(language).write_text(texts_of(language), encoding="utf-8")
        path_of_letters(language).write_text(letters_of(language), encoding="utf-8")
    FOLDER.mkdir(exist_ok=True)
    for case in CASES:
        path_of(*case).write_text(text_of(*case), encoding="utf-8")


if __name__ == "__main__":
    main()
