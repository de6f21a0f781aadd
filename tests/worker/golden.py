"""The mails as they stand in `mails/`, readable: headers, text, HTML and calendar file, one file a mail.

Write them anew with `python -m tests.worker.golden` after a change of wording or translation, and read the difference
before committing it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from scheduler.domain.calendar_entry import InviteLinks
from scheduler.domain.directory import Mode
from scheduler.domain.letter import Letter
from scheduler.domain.notification import Addressee, Channel, Kind
from scheduler.domain.person import VirtualDetails
from scheduler.domain.text_message import count
from scheduler.worker.letter_words import MAY_BE_REFUSED, SUBJECTS
from scheduler.worker.mail import Mailer
from scheduler.worker.sms import words_of
from tests.domain.calendar_files import MOMENTS, NAMES
from tests.factories import an_organization
from tests.letters import LINKS, SENDER, TUESDAY, a_letter, a_patient, visit_after
from tests.post import Tray, parsed

FOLDER = Path(__file__).parent / "mails"
BASE_URL = "https://clinic.example.com"
LONG_LINKS = InviteLinks(f"{BASE_URL}/my/{'m' * 43}", f"{BASE_URL}/visit/{'v' * 43}")
DAY_BEFORE = TUESDAY - timedelta(days=1)
MODES = (Mode.IN_PERSON, Mode.VIRTUAL)
LANGUAGES = ("en", "es")
BY_VIDEO_ALONE = frozenset({Kind.DEVICE_CHECK, Kind.JOIN_LINK})
IN_CHICAGO = {
    "patient": a_patient(phone="+13125550111"),
    "virtual": VirtualDetails("US-IL", "+13125550111", "v1"),
}
"""A patient an hour ahead of the clinic."""

IN_DALLAS = {
    "patient": a_patient(phone="+12145550111"),
    "virtual": VirtualDetails("US-TX", "+12145550111", "v1"),
}
"""A patient of whom nobody knows by which of two clocks they live."""


def letters() -> Mapping[str, Letter]:
    """Every mail by its name: each kind and way to meet, the helper's, odd hours, two clocks, hard names."""
    found = {
        f"{kind.value}-{mode.value}-{language}": letter(kind, mode, language)
        for kind in SUBJECTS
        for mode in Mode
        for language in LANGUAGES
        if _is_sent(kind, mode)
    }
    for language in LANGUAGES:
        for kind in (Kind.CONFIRMATION, Kind.REMINDER_DAY):
            to_helper = letter(kind, Mode.VIRTUAL, language, **IN_CHICAGO)
            found[f"{kind.value}-helper-{language}"] = replace(
                to_helper, addressee=Addressee.HELPER, name="Rosa Example", address="rosa@example.com"
            )
        for name, start in MOMENTS.items():
            mail = letter(Kind.CONFIRMATION, Mode.VIRTUAL, language, start=start, **IN_CHICAGO)
            found[f"clocks-{name}-{language}"] = mail
        found[f"two-clocks-{language}"] = letter(Kind.REMINDER_DAY, Mode.VIRTUAL, language, **IN_DALLAS)
        for name, words in NAMES.items():
            organization = an_organization(discreet_name=words)
            mail = letter(Kind.CONFIRMATION, Mode.IN_PERSON, language, organization=organization)
            found[f"name-{name}-{language}"] = replace(mail, name=words)
    return found


def _is_sent(kind: Kind, mode: Mode) -> bool:
    """By phone the same is said in the same words: one of each sort of mail shows it."""
    if mode is Mode.PHONE:
        return kind in {Kind.CONFIRMATION, Kind.CANCELLED, Kind.REMINDER_DAY}
    return mode is Mode.VIRTUAL or kind not in BY_VIDEO_ALONE


def letter(kind: Kind, mode: Mode, language: str, **changes: Any) -> Letter:
    """One letter, in the thread of the visit's first mail."""
    visit = visit_after(kind, mode, language=language, **changes)
    links = replace(LINKS, refuse=f"{BASE_URL}/reminders/REFUSE") if kind in MAY_BE_REFUSED else LINKS
    thread = None if kind is Kind.CONFIRMATION else "first@clinic.example.com"
    held = visit.appointment.start - timedelta(days=4) if kind is Kind.DECLINED else None
    return a_letter(kind, visit, language=language, thread=thread, links=links, held_until=held)


def path_of(name: str) -> Path:
    """Where the mail of that name stands."""
    return FOLDER / f"{name}.txt"


def text_of(letter: Letter) -> str:
    """What should stand there."""
    return readable(Mailer(Tray(), SENDER, BASE_URL).write(letter))


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


def path_of_texts(language: str) -> Path:
    """Where the texts of a language stand."""
    return FOLDER / f"texts-{language}.txt"


def main() -> None:
    """Write every file."""
    for language in LANGUAGES:
        path_of_texts(language).write_text(texts_of(language), encoding="utf-8")
    FOLDER.mkdir(exist_ok=True)
    for name, mail in letters().items():
        path_of(name).write_text(text_of(mail), encoding="utf-8")


if __name__ == "__main__":
    main()
