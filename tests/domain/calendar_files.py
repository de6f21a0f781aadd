"""The calendar files as they stand in `calendars/`, one for each kind, language, change of clocks and difficult name.

Write them anew with `python -m tests.domain.calendar_files` after a change, and read the difference before committing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scheduler.domain.appointment import Status
from scheduler.domain.calendar_entry import InviteLinks, for_patients, for_staff
from scheduler.domain.directory import Mode
from scheduler.domain.invitation import Guest, Method, download, entry_of, feed, invitation
from scheduler.domain.notification import Kind
from scheduler.domain.visit import Visit
from scheduler.domain.wording import Language
from scheduler.translations import catalogue
from tests.factories import an_organization
from tests.letters import HOST, LINKS, a_visit, visit_after

FOLDER = Path(__file__).parent / "calendars"
GUEST = Guest("Ana Peña Example", "ana@example.com")
BACK = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
FORWARD = datetime(2027, 3, 14, 9, 0, tzinfo=UTC)
MOMENTS = {
    "before-back": BACK - timedelta(hours=3),
    "into-the-hour-twice": BACK - timedelta(minutes=15),
    "in-the-hour-twice": BACK + timedelta(minutes=30),
    "after-back": BACK + timedelta(hours=8),
    "before-forward": FORWARD - timedelta(hours=3),
    "over-forward": FORWARD - timedelta(minutes=10),
    "after-forward": FORWARD + timedelta(hours=6),
}
NAMES = {
    "tilde": "Begoña Ñáñez",
    "quotes": 'Ana "La" O\'Hara',
    "commas": "Peña, Ana; PhD: <x>",
    "emoji": "José 🦴 👩‍👩‍👧",
    "long": "x" * 200,
    "long-tilde": "ñ" * 200,
    "right-to-left": "מרים كريم",
    "turned": "\u202egnp.exe\u2066",
    "lines": "A\r\nATTENDEE:mailto:victim@example.com",
}


def files() -> Mapping[str, bytes]:
    """Every file by its name, as it should stand."""
    found: dict[str, bytes] = {}
    for language in Language:
        found |= _of_language(language)
    return found


def _of_language(language: Language) -> dict[str, bytes]:
    found = {}
    for mode in Mode:
        ending = f"{mode.value}-{language.value}"
        gone = visit_after(Kind.CANCELLED, mode)
        found[f"request-{ending}"] = _invite(a_visit(mode), Method.REQUEST, language)
        found[f"cancel-{ending}"] = _invite(gone, Method.CANCEL, language)
        found[f"download-{ending}"] = _download(a_visit(mode), language)
        found[f"download-cancelled-{ending}"] = _download(gone, language)
        found[f"declinecounter-{ending}"] = _invite(a_visit(mode), Method.DECLINECOUNTER, language)
    found[f"feed-patient-{language.value}"] = _feed(language, is_staffs=False)
    found[f"feed-staff-{language.value}"] = _feed(language, is_staffs=True)
    return found | dict(_at_changes(language)) | dict(_with_names(language))


def _at_changes(language: Language) -> Iterator[tuple[str, bytes]]:
    """Around both changes of the clocks."""
    for name, start in MOMENTS.items():
        ending = f"{name}-{language.value}"
        yield f"invite-{ending}", _invite(a_visit(start=start), Method.REQUEST, language)
        yield f"download-{ending}", _download(a_visit(start=start), language)
        gone = visit_after(Kind.CANCELLED, start=start)
        yield f"cancel-{ending}", _invite(gone, Method.CANCEL, language)


def _with_names(language: Language) -> Iterator[tuple[str, bytes]]:
    """For people and a clinic whose names are hard to write."""
    for name, words in NAMES.items():
        visit = a_visit(organization=an_organization(discreet_name=words))
        invited = _invite(visit, Method.REQUEST, language, words)
        yield f"invite-name-{name}-{language.value}", invited


def _invite(visit: Visit, method: Method, language: Language, name: str = GUEST.name) -> bytes:
    guest = replace(GUEST, name=name)
    say = catalogue(language).gettext
    return invitation(visit, method=method, guest=guest, host=HOST, links=LINKS, say=say)


def _download(visit: Visit, language: Language) -> bytes:
    return download(visit, host=HOST, links=LINKS, say=catalogue(language).gettext)


def _feed(language: Language, *, is_staffs: bool) -> bytes:
    say = catalogue(language).gettext
    visits = [
        a_visit(mode, start=start, uid=f"{number}@clinic.example.com", status=status, id=number)
        for number, (mode, start, status) in enumerate(
            [
                (Mode.IN_PERSON, MOMENTS["after-back"], Status.BOOKED),
                (Mode.VIRTUAL, MOMENTS["in-the-hour-twice"], Status.BOOKED),
                (Mode.PHONE, MOMENTS["after-forward"], Status.PENDING),
                (Mode.VIRTUAL, MOMENTS["before-forward"], Status.CANCELLED),
            ],
            start=1,
        )
    ]
    links = InviteLinks("https://clinic.example.com/clinic") if is_staffs else LINKS
    styles = for_staff(say) if is_staffs else for_patients(an_organization(), HOST.phone, say)
    entries = [entry_of(visit, links) for visit in visits]
    return feed(entries, styles, uid="feed@clinic.example.com", name="x", zone="America/Denver")


def main() -> None:
    """Write every file."""
    FOLDER.mkdir(exist_ok=True)
    for name, written in files().items():
        (FOLDER / f"{name}.ics").write_bytes(written)


if __name__ == "__main__":
    main()
