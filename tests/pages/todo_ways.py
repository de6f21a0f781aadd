"""Things to do of every kind for the pages that show them: waiting, taken, put off and done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page
from sqlalchemy import select

from scheduler.domain.actor import Actor, Role
from scheduler.domain.worklist import Act, End, Step
from scheduler.persistence import worklist
from scheduler.persistence.accounts import AccountRow
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.worklist import WorklistRow
from scheduler.services import todo
from tests.pages.world import World

NOTES: dict[str, dict[str, str]] = {
    "call-back": {"name": "Ana Example", "phone": "+19155550123", "tier": "same-day", "best_time": "morning"},
    "late-change": {"wish": "move", "note": "My ride cannot come.", "phone": "+19155550124"},
    "stranded": {"reason": "absence"},
    "call-the-patient": {"message": "reminder-two-days", "channel": "sms", "reason": "undelivered"},
    "declined-invite": {},
    "out-of-area": {"where": "US-AZ"},
    "wrong-number": {"kind": "confirmation"},
    "text-to-read": {"phone": "+19155550125", "text": "Is there parking?"},
    "made-for-pages": {"name": "Luz Example", "phone": "+19155550126"},
}


def with_things(path: str) -> Callable[[Page, World, str], None]:
    """Open an address at the desk, once there is a thing of every kind."""

    def go(page: Page, world: World, language: str) -> None:
        make_things(world)
        world.sign_in(page, "desk")
        page.goto(world.address(path, language))

    return go


def to_a_thing(path: str, *, sent: bool = False) -> Callable[[Page, World, str], None]:
    """The same, and open the first thing; `sent` presses "done" with nothing filled in."""

    def go(page: Page, world: World, language: str) -> None:
        with_things(path)(page, world, language)
        page.locator(".clinic-todo__open").first.click()
        if sent:
            page.locator("form[action*='/done'] button").click()

    return go


def blocking_a_week(page: Page, world: World, language: str) -> None:
    """Try to block a week of everybody: visits are booked in them."""
    world.sign_in(page, "desk")
    page.goto(world.address("/desk/blocks", language))
    first = datetime.now(UTC).date() + timedelta(days=1)
    page.locator("#who").select_option("all")
    page.locator("#first").fill(first.isoformat())
    page.locator("#last").fill((first + timedelta(days=6)).isoformat())
    page.locator("#new ~ form button[type=submit]").click()


def make_things(world: World) -> None:
    """Put a thing of each kind on the list, once for the run."""
    now = datetime.now(UTC)
    with world.house.database.transaction() as connection:
        made = select(WorklistRow.id).where(WorklistRow.kind == "made-for-pages")
        if connection.execute(made).first():
            return
        ahead = select(AppointmentRow.id).where(
            AppointmentRow.starts_at > now + timedelta(days=1), AppointmentRow.status == "booked"
        )
        visits = connection.scalars(ahead.order_by(AppointmentRow.id.desc()).limit(len(NOTES))).all()
        desk = connection.scalars(select(AccountRow.id).order_by(AccountRow.id)).first()
        items = [
            worklist.add(
                connection,
                world.house.vault,
                kind,
                note,
                urgency="urgent" if note.get("tier") else "normal",
                language="en",
                now=now - timedelta(minutes=7 * turn + 3),
                appointment_id=None if "name" in note else visit,
            )
            for turn, ((kind, note), visit) in enumerate(zip(NOTES.items(), visits, strict=True))
        ]
    clerk = Actor(frozenset({Role.DESK}), id=str(desk))
    todo.act(world.house, items[1], 0, Act(Step.CLAIM), clerk, now)
    todo.act(world.house, items[-1], 0, Act(Step.NOTE, words="Her son will answer."), clerk, now)
    todo.act(world.house, items[-1], 1, Act(Step.DONE, end=End.SPOKE), clerk, now)
