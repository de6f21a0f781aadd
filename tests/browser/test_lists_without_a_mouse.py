"""Blocks, the waitlist and the report from the keyboard alone, each to its end."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import text

from scheduler.domain.appointment import Status
from scheduler.domain.link import LinkPurpose
from scheduler.domain.visit import Visit
from scheduler.persistence import links, worklist
from scheduler.translations import translate
from scheduler.web.todo import SAID
from tests.pages.counter import Counter
from tests.pages.keyboard import FAR, a_visit, choose, tab_to, type_time


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody at a list who reads one language."""

    counter: Counter
    page: Page
    language: str

    def go(self, path: str) -> None:
        """Open a page in the reader's language."""
        self.page.goto(self.counter.world.address(path, self.language))

    def say(self, words: str) -> str:
        """A sentence of the pages as this reader sees it."""
        return translate(words, self.language)

    def press(self, role: Literal["button", "link"], words: str) -> None:
        """Go to a button or link by its words, and press it."""
        press(self.page, self.page.get_by_role(role, name=self.say(words)))


@pytest.fixture(params=["en", "es"])
def reader(
    request: pytest.FixtureRequest, counter: Counter, new_page: Callable[..., Page]
) -> Callable[[str], Reader]:
    """Signs somebody of a role in, once for each language."""

    def sit_down(role: str) -> Reader:
        page = new_page()
        counter.world.sign_in(page, role)
        return Reader(counter, page, request.param)

    return sit_down


def press(page: Page, place: Locator) -> None:
    """Go to a button or link and press it."""
    tab_to(page, place)
    page.keyboard.press("Enter")


def test_time_is_blocked_and_given_back(counter: Counter, new_page: Callable[..., Page]) -> None:
    page = new_page()
    counter.world.sign_in(page, "desk")
    page.goto(counter.world.address("/desk/blocks"))
    choose(page, page.locator("#who"), counter.doctor(0).name)
    choose(page, page.locator("#kind"), "Lunch")
    tab_to(page, page.locator("#first"))
    page.keyboard.type(f"{counter.day:%m%d%Y}")
    tab_to(page, page.locator("#opens"))
    page.keyboard.type("1200PM")
    tab_to(page, page.locator("#closes"))
    page.keyboard.type("0100PM")
    tab_to(page, page.get_by_role("button", name="Block this time"))
    page.keyboard.press("Enter")
    row = page.locator("tr", has_text=f"{counter.day:%B} {counter.day.day}, 12:00")
    expect(row).to_be_visible()
    tab_to(page, row.get_by_role("button"))
    page.keyboard.press("Enter")
    expect(row).to_have_count(0)


def block_the_morning(desk: Reader, *, ask: bool) -> None:
    """Block the first doctor's morning over booked visits, and say what shall be done for their patients."""
    page, counter = desk.page, desk.counter
    desk.go("/desk/blocks")
    choose(page, page.locator("#who"), counter.doctor(0).name)
    choose(page, page.locator("#kind"), desk.say("Away"))
    tab_to(page, page.locator("#first"))
    page.keyboard.type(f"{counter.day:%m%d%Y}")
    tab_to(page, page.locator("#opens"))
    page.keyboard.type("0830AM")
    tab_to(page, page.locator("#closes"))
    page.keyboard.type("1130AM")
    desk.press("button", "Block this time")
    warning = page.locator(".clinic-panel--warning")
    for visit in counter.taken:
        expect(warning).to_contain_text(visit.patient.name)
    tab_to(page, page.get_by_role("radio", name=desk.say("Ask each to choose another time")))
    if not ask:
        page.keyboard.press("ArrowDown")
    desk.press("button", "Block this time")
    expect(page.locator("h1")).to_have_text(desk.say("To do"))


def card_of(page: Page, visit: Visit) -> Locator:
    return page.locator("[data-call]", has_text=visit.patient.name)


def kinds_owed(counter: Counter, visit: Visit) -> set[tuple[str, str]]:
    """The kinds and ways of what is owed about a visit and not taken back."""
    question = text("SELECT kind, channel FROM outbox WHERE appointment_id = :n AND state <> 'cancelled'")
    with counter.world.house.database.reading() as connection:
        return {(row.kind, row.channel) for row in connection.execute(question, {"n": visit.appointment.id})}


def test_each_stranded_visit_has_three_ways_out_of_one_press(reader: Callable[[str], Reader]) -> None:
    desk = reader("desk")
    page, counter = desk.page, desk.counter
    asked, called, moved = (counter.book(clock) for clock in ("09:00", "09:30", "10:00"))
    block_the_morning(desk, ask=False)
    for visit, key, said in ((asked, "m", SAID["offered"]), (called, "k", SAID["to-calls"])):
        card_of(page, visit).focus()
        page.keyboard.press(key)
        expect(page.get_by_role("status")).to_contain_text(desk.say(said))
        expect(card_of(page, visit)).to_have_count(0)
    assert ("choose-time", "email") in kinds_owed(counter, asked)
    assert ("choose-time", "phone") in kinds_owed(counter, called)
    card_of(page, moved).focus()
    page.keyboard.press("v")
    expect(page.locator("h1")).to_have_text(desk.say("Move the visit"))
    tab_to(page, page.locator("#start"))
    type_time(page, counter.day, "0130PM")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/desk\?"))
    assert counter.clock_of(moved) == "13:30"
    desk.go("/desk/todo?kind=stranded")
    expect(card_of(page, moved)).to_have_count(0)


def test_whoever_a_block_strands_may_be_asked_all_at_once(reader: Callable[[str], Reader]) -> None:
    desk = reader("desk")
    page, counter = desk.page, desk.counter
    visits = [counter.book(clock) for clock in ("09:00", "10:00")]
    block_the_morning(desk, ask=True)
    for visit in visits:
        expect(card_of(page, visit)).to_contain_text(desk.say("comes back %(when)s").partition("%")[0])
        assert ("choose-time", "email") in kinds_owed(counter, visit)
    desk.go(f"/desk?day={counter.day}")
    expect(page.locator(".cal-shade--away", has_text=desk.say("Away"))).to_be_visible()


def test_a_thing_is_taken_put_off_and_done_with_a_note(reader: Callable[[str], Reader]) -> None:
    desk = reader("desk")
    page, counter = desk.page, desk.counter
    visit = counter.book("09:00")
    with counter.world.house.database.transaction() as connection:
        worklist.add(
            connection,
            counter.world.house.vault,
            "late-change",
            {"wish": "move"},
            urgency="urgent",
            language="en",
            now=counter.now() - timedelta(hours=2),
            appointment_id=visit.appointment.id,
        )
    desk.go("/desk/todo?kind=late-change")
    card = card_of(page, visit)
    expect(card).to_contain_text(desk.say("Urgent"))
    expect(card).to_contain_text(desk.say("waits for %(time)s").partition("%")[0])
    card.focus()
    page.keyboard.press("t")
    expect(card).to_contain_text(desk.say("Yours"))
    page.keyboard.press("l")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(desk.say(SAID["snooze"]))
    desk.go("/desk/todo?kind=late-change&show=later")
    card.focus()
    page.keyboard.press("d")
    page.keyboard.type(desk.say("The visit stays as it is"))
    page.keyboard.press("Tab")
    page.keyboard.type("Talked to her.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(desk.say(SAID["done"]))
    desk.go("/desk/todo?kind=late-change&show=done")
    expect(card).to_contain_text(desk.say("The visit stays as it is"))
    expect(card).to_contain_text("Talked to her.")


@pytest.mark.parametrize(("kind", "word"), [("Lunch", "Lunch"), ("Meeting", "Meeting: Budget")])
def test_the_calendar_says_what_a_block_is_for(
    kind: str, word: str, counter: Counter, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    counter.world.sign_in(page, "desk")
    start, end = f"{counter.day}T12:00", f"{counter.day}T13:00"
    who = counter.doctor(0).id
    page.goto(counter.world.address(f"/desk/blocks?practitioner={who}&start={start}&end={end}"))
    choose(page, page.locator("#kind"), kind)
    if ":" in word:
        tab_to(page, page.locator("#note"))
        page.keyboard.type(word.partition(": ")[2])
    press(page, page.get_by_role("button", name="Block this time"))
    expect(page.get_by_role("status")).to_be_visible()
    page.goto(counter.world.address(f"/desk?day={counter.day}"))
    expect(page.locator(".cal-shade--away").first).to_have_text(word)


def test_a_visit_s_patient_is_put_on_the_waitlist_and_taken_off(
    counter: Counter, new_page: Callable[..., Page]
) -> None:
    visit = counter.book("09:00")
    page = counter.open(new_page())
    a_visit(page)
    page.keyboard.press("Enter")
    tab_to(page, page.locator("dialog[open]").get_by_role("link", name="Wait for a sooner time"))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Wait for a sooner time")
    tab_to(page, page.get_by_role("button", name="Put on the waitlist"))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Waitlist")
    row = page.locator("tr", has_text=visit.patient.name)
    expect(row).to_be_visible()
    tab_to(page, row.get_by_role("button"))
    page.keyboard.press("Enter")
    expect(row).to_have_count(0)


def wait_for_sooner(desk: Reader, visit: Visit) -> None:
    """Put the patient of a visit on the waitlist: any time of day, told as late as there is."""
    page = desk.page
    desk.go(f"/desk/visits/{visit.appointment.public_id}")
    desk.press("link", "Wait for a sooner time")
    tab_to(page, page.locator("#notice"))
    page.keyboard.press("Home")
    desk.press("button", "Put on the waitlist")
    expect(page.locator("tr", has_text=visit.patient.name)).to_be_visible()


def link_of_offer(counter: Counter, visit: Visit) -> str:
    """The address in the message to the patient of a visit who was offered a sooner time."""
    question = text(
        "SELECT offer.appointment_id FROM offer JOIN waitlist ON waitlist.id = offer.entry_id"
        " WHERE waitlist.appointment_id = :n"
    )
    house = counter.world.house
    with house.database.reading() as connection:
        proposed = connection.execute(question, {"n": visit.appointment.id}).scalar_one()
        secret = links.secret_for(connection, house.vault, proposed, LinkPurpose.OFFER)
    return counter.world.address(f"/offer/{secret}")


def test_a_time_that_frees_is_offered_to_two_the_first_has_it_and_the_other_is_told_kindly(
    reader: Callable[[str], Reader], new_page: Callable[..., Page]
) -> None:
    desk = reader("desk")
    page, counter = desk.page, desk.counter
    freed, first, second = (counter.book(clock) for clock in ("09:00", "14:00", "15:00"))
    wait_for_sooner(desk, first)
    wait_for_sooner(desk, second)
    desk.go(f"/desk/visits/{freed.appointment.public_id}/cancel")
    choose(page, page.locator("#by"), desk.say("The patient"))
    press(page, page.locator("main button[type=submit]").last)
    desk.press("link", "Who would like this time?")
    expect(page.locator("h1")).to_have_text(desk.say("Who fits"))
    for visit in (first, second):
        box = page.get_by_role("checkbox", name=visit.patient.name)
        tab_to(page, box)
        if not box.is_checked():
            page.keyboard.press("Space")
    desk.press("button", "Offer this time")
    expect(page.get_by_role("status")).to_have_text(desk.say("The time is kept, and each of them is asked."))
    being_offered = page.locator(".clinic-offer", has_text=first.patient.name)
    expect(being_offered).to_contain_text(desk.say("until %(when)s").partition("%")[0])
    expect(being_offered).to_contain_text(f"{second.patient.name}: {desk.say('thinks it over')}")
    assert ("offer", "email") in kinds_of_offers(counter)

    quick, slow = link_of_offer(counter, first), link_of_offer(counter, second)
    patient = new_page()
    patient.goto(quick)
    press(patient, patient.get_by_role("button").first)
    expect(patient.locator("h1")).to_have_text("This time is yours")
    assert counter.clock_of(first) == "09:00"
    patient.goto(slow)
    expect(patient.locator("h1")).to_have_text("This time is no longer free")
    assert ("offer-gone", "email") in kinds_of_offers(counter)
    assert counter.clock_of(second) == "15:00"
    assert counter.stands(freed).status is Status.CANCELLED
    desk.go("/desk/waitlist")
    expect(page.locator("tr", has_text=second.patient.name)).to_be_visible()
    expect(page.locator("tr", has_text=first.patient.name)).to_have_count(0)


def kinds_of_offers(counter: Counter) -> set[tuple[str, str]]:
    with counter.world.house.database.reading() as connection:
        rows = connection.execute(text("SELECT kind, channel FROM outbox WHERE kind LIKE 'offer%'"))
        return {(row.kind, row.channel) for row in rows}


def test_what_suits_somebody_is_changed_from_the_list(reader: Callable[[str], Reader]) -> None:
    desk = reader("desk")
    page, counter = desk.page, desk.counter
    visit = counter.book("14:00")
    wait_for_sooner(desk, visit)
    row = page.locator("tr", has_text=visit.patient.name)
    press(page, row.get_by_role("link", name=desk.say("Change what suits")))
    tab_to(page, page.locator("[name=part]:checked"))
    page.keyboard.press("ArrowDown")
    desk.press("button", "Put on the waitlist")
    expect(row).to_contain_text(desk.say("In the morning"))
    press(page, row.get_by_role("link", name=desk.say("Has %(when)s").partition("%")[0]))
    expect(page.locator("h1")).to_have_text(visit.patient.name)


def test_a_report_is_asked_for_its_table_scrolled_and_a_file_of_it_taken(
    reader: Callable[[str], Reader],
) -> None:
    manager = reader("manager")
    page, counter = manager.page, manager.counter
    counter.book("09:00")
    manager.go("/manage/reports")
    tab_to(page, page.locator("#last"))
    page.keyboard.type(f"{counter.day:%m%d%Y}")
    choose(page, page.locator("#weeks"), manager.say("One week"))
    manager.press("button", "Show")
    page.wait_for_url(re.compile("weeks=1"))
    for table in page.locator(".clinic-report").all():
        expect(table.locator("canvas")).to_be_visible()
        tab_to(page, table.locator(".clinic-report__table"))
    link = page.locator("a[href*='/reports/rooms.csv']")
    for _ in range(FAR):
        page.keyboard.press("Shift+Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    with page.expect_download() as taken:
        page.keyboard.press("Enter")
    assert taken.value.suggested_filename == "rooms.csv"
