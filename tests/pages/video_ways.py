"""A video visit in every state for the pages that show it: at the door, waiting, in the call, by phone, over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import Page
from sqlalchemy import delete

from scheduler.domain.device_check import DeviceCheck, Finding
from scheduler.domain.telehealth import Outcome, Provider
from scheduler.persistence.consents import ConsentRow
from scheduler.services import companions, consulting, device_checking, telehealth
from scheduler.services import practising as practice
from scheduler.services.consulting import Ending
from tests.pages.world import World
from tests.video_rooms import PATIENT, Soon, a_visit_soon, answer_all, sit_down

Go = Callable[[Page, World, str], None]
Bring = Callable[[World, Soon, datetime], None]


def at_door(rest: str = "", bring: Bring | None = None, minutes: int = 10) -> Go:
    """Open a patient's page of a visit that begins in so many minutes, once it was brought to a state."""

    def go(page: Page, world: World, language: str) -> None:
        soon = soon_visit(world, language, minutes)
        if bring is not None:
            bring(world, soon, datetime.now(UTC))
        page.goto(world.address(f"/visit/{soon.token}{rest}", language))

    return go


def pressed(go_there: Go) -> Go:
    """Open a page and press its main button."""

    def go(page: Page, world: World, language: str) -> None:
        go_there(page, world, language)
        page.locator("main form button.clinic-main-action").first.click()

    return go


def at_clinic(bring: Bring | None = None, minutes: int = 10) -> Go:
    """Open the clinician's page of such a visit."""

    def go(page: Page, world: World, language: str) -> None:
        soon = soon_visit(world, language, minutes)
        if bring is not None:
            bring(world, soon, datetime.now(UTC))
        world.sign_in(page, "clinician")
        page.goto(world.address(f"/clinic/visits/{soon.public_id}", language))

    return go


def soon_visit(world: World, language: str = "en", minutes: int = 10) -> Soon:
    """A visit with the clinician whom the demo lets sign in."""
    with world.house.database.reading() as connection:
        doctor = world.house.clinic(connection).practitioners[0]
    return a_visit_soon(world.house, datetime.now(UTC), minutes, practitioner=doctor.id, language=language)


def waiting(world: World, soon: Soon, now: datetime) -> None:
    """The patient waits."""
    sit_down(world.house, soon, now)


def delayed(world: World, soon: Soon, now: datetime) -> None:
    """The patient waits, and was told that it takes longer."""
    waiting(world, soon, now)
    consulting.ask_for_time(world.house, soon.number, soon.clinician, now)


def out_of_area(world: World, soon: Soon, now: datetime) -> None:
    """The patient waits in another state, with a sign that cannot wait."""
    sit_down(world.house, soon, now, place="US-NM", yes="leg-weakness")


def let_in(world: World, soon: Soon, now: datetime) -> None:
    """The patient was let in."""
    waiting(world, soon, now)
    consulting.admit(world.house, soon.number, soon.clinician, now)


def elsewhere(world: World, soon: Soon, now: datetime) -> None:
    """The patient was let in to a meeting on another page."""
    address = "https://meet.example.com/room"
    consulting.use_provider(world.house, soon.number, Provider.LINK, address, soon.clinician, now)
    let_in(world, soon, now)


def by_phone(world: World, soon: Soon, now: datetime) -> None:
    """The video failed, and the telephone rings."""
    waiting(world, soon, now)
    telehealth.call_my_phone(world.house, soon.number, PATIENT, now)


def planned_by_phone(world: World, soon: Soon, now: datetime) -> None:
    """The visit was made a phone call days before."""
    telehealth.make_phone_visit(world.house, soon.number, PATIENT, now)


def over(world: World, soon: Soon, now: datetime) -> None:
    """The visit has ended."""
    let_in(world, soon, now)
    consulting.finish(world.house, soon.number, Ending(Outcome.BY_VIDEO), soon.clinician, now)


def rated(world: World, soon: Soon, now: datetime) -> None:
    """The visit has ended, and the patient said how it was."""
    over(world, soon, now)
    telehealth.rate(world.house, soon.number, "yes", "yes", PATIENT, now)


def without_consent(world: World, soon: Soon, _now: datetime) -> None:
    """The text has changed since the patient agreed."""
    with world.house.database.transaction() as connection:
        connection.execute(delete(ConsentRow).where(ConsentRow.appointment_id == soon.number))


def warned(world: World, soon: Soon, now: datetime) -> None:
    """The patient ticked a sign of an emergency."""
    answer_all(world.house, soon, now, yes="leg-weakness")


def warned_of_today(world: World, soon: Soon, now: datetime) -> None:
    """The patient ticked a sign that wants a look today."""
    answer_all(world.house, soon, now, yes="fever-infection")


GOOD, BAD = Finding.GOOD, Finding.BAD


def checked_well(world: World, soon: Soon, now: datetime) -> None:
    """The device is ready."""
    device_checking.note(world.house, soon.number, DeviceCheck(GOOD, GOOD, GOOD, GOOD, GOOD), PATIENT, now)


def checked_badly(world: World, soon: Soon, now: datetime) -> None:
    """Nothing works."""
    device_checking.note(world.house, soon.number, DeviceCheck(BAD, BAD, BAD, BAD, BAD), PATIENT, now)


def practising(world: World, soon: Soon, now: datetime) -> None:
    """The desk rings before the visit, at a time that was chosen."""
    first = practice.offered(world.house, soon.number, now)[0]
    practice.book(world.house, soon.number, first, PATIENT, now)


def accompanied(world: World, soon: Soon, now: datetime) -> None:
    """Somebody has come by the patient's link."""
    companions.invite(world.house, soon.number, PATIENT, now)
    companions.introduce(world.house, soon.number, "guest", "Luz", PATIENT, now)


def as_companion(*, named: bool) -> Go:
    """Open the page of somebody whom the patient asked along."""

    def go(page: Page, world: World, language: str) -> None:
        soon = soon_visit(world, language)
        companions.invite(world.house, soon.number, PATIENT, datetime.now(UTC))
        page.goto(world.address(f"/with/{companions.link_of(world.house, soon.number)}", language))
        if named:
            page.fill("#name", "Luz")
            page.locator("main form button.clinic-main-action").click()

    return go


def at_desk(page: Page, world: World, language: str) -> None:
    """Open the desk's list while a patient waits who is out of area, and a practice call is booked."""
    out_of_area(world, soon_visit(world, language), datetime.now(UTC))
    practising(world, soon_visit(world, language, 11_520), datetime.now(UTC))
    world.sign_in(page, "desk")
    page.goto(world.address("/desk/video", language))
