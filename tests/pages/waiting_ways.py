"""The pages of the waitlist: somebody waits, a time frees, and it is offered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page
from sqlalchemy import select

from scheduler.domain.actor import SYSTEM, Actor, Role
from scheduler.domain.directory import Mode
from scheduler.domain.interval import epoch
from scheduler.domain.link import LinkPurpose
from scheduler.domain.waitlist import Wish
from scheduler.persistence import links, waitlist
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.directory import VisitTypeRow
from scheduler.persistence.offer_rounds import OfferRow
from scheduler.services import offering, private_links, waiting
from tests.pages.world import World

PATIENT = Actor(frozenset({Role.PATIENT}), id="link")


def late_visit(world: World) -> tuple[int, str]:
    """The last visit in person: its number and the code of its kind."""
    question = (
        select(AppointmentRow.id, VisitTypeRow.code)
        .join(VisitTypeRow, VisitTypeRow.id == AppointmentRow.visit_type_id)
        .where(AppointmentRow.status == "booked", AppointmentRow.mode == "in-person")
        .order_by(AppointmentRow.starts_at.desc(), AppointmentRow.id)
        .limit(1)
    )
    with world.house.database.reading() as connection:
        row = connection.execute(question).one()
    return row.id, row.code


def to_the_list(page: Page, world: World, language: str) -> None:
    """Open the waitlist as a manager, once somebody waits."""
    number, code = late_visit(world)
    waiting.join(world.house, number, _wish(code), PATIENT, datetime.now(UTC))
    world.sign_in(page, "manager")
    page.goto(world.address("/desk/waitlist", language))


def to_who_fits(page: Page, world: World, language: str) -> None:
    """Open the page that says whom three free weeks would suit."""
    number, code = late_visit(world)
    waiting.join(world.house, number, _wish(code), PATIENT, datetime.now(UTC))
    world.sign_in(page, "desk")
    practitioner, start, end = _freed(world)
    page.goto(
        world.address(f"/desk/waitlist/fits?freed={practitioner}:{epoch(start)}:{epoch(end)}", language)
    )


def to_the_form(page: Page, world: World, language: str) -> None:
    """Open the form for a visit at the desk."""
    number, _code = late_visit(world)
    with world.house.database.reading() as connection:
        uid = connection.execute(select(AppointmentRow.uid).where(AppointmentRow.id == number)).scalar_one()
    world.sign_in(page, "desk")
    page.goto(world.address(f"/desk/waitlist/visit/{uid.partition('@')[0]}", language))


def to_earlier(page: Page, world: World, language: str) -> None:
    """Open a patient's page that asks what would suit."""
    number, _code = late_visit(world)
    secret = private_links.of_visit(world.house, number)[LinkPurpose.MANAGE]
    page.goto(world.address(f"/my/{secret}/earlier", language))


def to_reminders(rest: str = "") -> Callable[[Page, World, str], None]:
    """Open a patient's page about how they are reminded."""

    def go(page: Page, world: World, language: str) -> None:
        number, _code = late_visit(world)
        secret = private_links.of_visit(world.house, number)[LinkPurpose.MANAGE]
        page.goto(world.address(f"/my/{secret}/reminders{rest}", language))

    return go


def without_a_way(page: Page, world: World, language: str) -> None:
    """Choose no way to be reminded."""
    to_reminders()(page, world, language)
    for box in page.locator("[name=remind_by]:checked").all():
        box.uncheck()
    page.locator("main form button.clinic-main-action").first.click()


def to_an_offer(page: Page, world: World, language: str) -> None:
    """Open an offer that a patient thinks over."""
    page.goto(world.address(f"/offer/{_offer(world)}", language))


def to_no_time(page: Page, world: World, language: str) -> None:
    """Answer the safety questions, choose a visit, and say that no time suits."""
    page.goto(world.address("/book", language))
    for _ in range(3):
        page.locator("input[value=none]").check()
        page.locator("main form button[type=submit]").first.click()
    page.locator("input[value='imaging-review/in-person']").check()
    page.locator("main form button[type=submit]").first.click()
    page.goto(world.address("/book/wait", language))


def to_thanks(page: Page, world: World, language: str) -> None:
    """The same, and see the page that thanks."""
    to_no_time(page, world, language)
    page.goto(world.address("/book/wait/thanks", language))


def _wish(code: str) -> Wish:
    return Wish(code, frozenset({Mode.IN_PERSON}), notice=timedelta(0))


def _freed(world: World) -> tuple[int, datetime, datetime]:
    now = datetime.now(UTC)
    with world.house.database.reading() as connection:
        people = world.house.clinic(connection).practitioners
    return people[0].id, now + timedelta(hours=1), now + timedelta(days=21)


def _offer(world: World) -> str:
    """The secret of an offer; made at noon of the office, whatever the hour of the test."""
    number, code = late_visit(world)
    noon = datetime.now(UTC).replace(hour=19, minute=0)
    with world.house.database.transaction() as connection:
        made = connection.scalars(select(OfferRow.appointment_id).limit(1)).first()
        if made is None:
            waitlist.close_of_visit(connection, number, noon)
    if made is None:
        waiting.join(world.house, number, _wish(code), PATIENT, datetime.now(UTC))
        with world.house.database.transaction() as connection:
            for person in world.house.clinic(connection).practitioners:
                freed = (person.id, noon + timedelta(hours=1), noon + timedelta(days=21))
                found = offering.candidates(connection, world.house, *freed, noon)
                if found:
                    offering.offer(connection, world.house, found[:1], SYSTEM, noon, automatic=False)
                    break
            made = connection.scalars(select(OfferRow.appointment_id).limit(1)).first()
    assert made is not None
    with world.house.database.reading() as connection:
        secret = links.secret_for(connection, world.house.vault, made, LinkPurpose.OFFER)
    assert secret
    return secret
