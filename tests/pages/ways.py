"""How a person reaches each page of the site. A page that is not listed here fails the tests.

To add a page, add a line to WAYS: `Way("public.learn", at("/learn"))`; or a stop to one of the walks, where a page is
reached by way of others. `go` gets the browser's page, the world and a language, and leaves the browser on the page. A
page that shows errors or another state is a line of its own with a `name`. `staff=True` asks for smaller targets (24
px, not 44); `quotes=True` is for pages with words that are not ours to translate (a mail, the parts of the gallery).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage

from playwright.sync_api import Page
from sqlalchemy import select

from scheduler.persistence.appointments import AppointmentRow
from scheduler.services import opt_out
from scheduler.worker.sms import Text
from scheduler.worker.text_gateway import FolderGateway
from tests.pages import booking_way, video_ways, waiting_ways
from tests.pages.inbox_ways import to_a_mail, to_returned_mail, with_mails
from tests.pages.message_ways import followed_to, with_messages
from tests.pages.people_ways import (
    app_begun,
    found_at_the_desk,
    found_at_the_desk_to_put_right,
    invited,
    locked,
    second_step,
    two_records,
)
from tests.pages.todo_ways import blocking_a_week, to_a_thing, with_things
from tests.pages.world import World

Go = Callable[[Page, World, str], None]


@dataclass(frozen=True, slots=True)
class Way:
    """One page in one state: its endpoint, how to get there, and the status it answers with."""

    endpoint: str
    go: Go
    name: str = ""
    staff: bool = False
    status: int = 200
    quotes: bool = False

    def __str__(self) -> str:
        return f"{self.endpoint} {self.name}".strip()


def at(path: str) -> Go:
    """Open an address."""

    def go(page: Page, world: World, language: str) -> None:
        page.goto(world.address(path, language))

    return go


def signed_in(role: str, path: str) -> Go:
    """Open an address as one of the staff."""

    def go(page: Page, world: World, language: str) -> None:
        world.sign_in(page, role)
        page.goto(world.address(path, language))

    return go


def sent(path: str) -> Go:
    """Open a page with a form and send it empty."""

    def go(page: Page, world: World, language: str) -> None:
        page.goto(world.address(path, language))
        page.locator("main form button[type=submit]").first.click()

    return go


def sent_by(role: str, path: str) -> Go:
    """Open a page with a form as one of the staff and send it empty."""

    def go(page: Page, world: World, language: str) -> None:
        signed_in(role, path)(page, world, language)
        page.locator("main form button[type=submit]").last.click()

    return go


def followed(role: str, path: str, link: str) -> Go:
    """Open a page as one of the staff and follow the first such link."""

    def go(page: Page, world: World, language: str) -> None:
        signed_in(role, path)(page, world, language)
        page.locator(link).first.click()

    return go


def stranding(page: Page, world: World, language: str) -> None:
    """Try to remove the first weekly hours: visits are booked in them."""
    followed("manager", "/manage/weekly-hours", "a[href$='/remove']")(page, world, language)
    page.locator("main form button[type=submit]").click()


def demo_mail(path: str) -> Go:
    """Open an address once the clinic has written a mail."""

    def go(page: Page, world: World, language: str) -> None:
        folder = world.app.extensions["settings"].instance_path / "outbox" / "mail"
        folder.mkdir(parents=True, exist_ok=True)
        letter = EmailMessage()
        letter["Subject"], letter["To"] = "Appointment - West Texas Institute", "rosa@example.com"
        letter["Date"] = "Mon, 14 Sep 2026 15:00:00 +0000"
        letter.set_content("Your visit is booked.")
        (folder / "sample.eml").write_bytes(letter.as_bytes())
        page.goto(world.address(path, language))

    return go


def demo_texts(page: Page, world: World, language: str) -> None:
    """Open the texts once the clinic has written one."""
    folder = world.app.extensions["settings"].instance_path / "outbox" / "sms"
    gateway = FolderGateway(folder)
    sent = datetime(2026, 9, 14, 15, 0, tzinfo=UTC)
    gateway.post(Text("a" * 32, "West Texas Institute: Visit tomorrow. STOP to end.", sent), "+19155550111")
    page.goto(world.address("/demo/texts", language))


def a_visit_at_the_desk(more: str) -> Go:
    """Open a page of the demo's visit in person at the desk."""

    def go(page: Page, world: World, language: str) -> None:
        world.sign_in(page, "desk")
        page.goto(f"{world.base}{_visit_path(world)}{more}{'&' if '?' in more else '?'}lang={language}")

    return go


def _visit_path(world: World) -> str:
    """Where the desk looks at the demo's visit in person."""
    with world.house.database.reading() as connection:
        row = connection.execute(
            select(AppointmentRow.uid)
            .where(AppointmentRow.status == "booked", AppointmentRow.mode == "in-person")
            .order_by(AppointmentRow.id)
            .limit(1)
        ).one()
    return f"/desk/visits/{row.uid.partition('@')[0]}"


def looked_at_text(page: Page, world: World, language: str) -> None:
    """See how a text reads before it is put in force."""
    signed_in("manager", "/manage/texts/telehealth")(page, world, language)
    page.locator("#text_en").fill("A video visit.")
    page.locator("button[name=look]").click()


def words_of(message: str) -> str:
    """Where the manager words a message anew; `message` is its kind and channel."""
    return f"/manage/texts/messages/{message}"


def looked_at_words(message: str, said: str = "") -> Go:
    """See how the words of a message read before they are in force; with `said` after it was typed for English."""

    def go(page: Page, world: World, language: str) -> None:
        signed_in("manager", words_of(message))(page, world, language)
        if said:
            page.locator("#body_en").fill(said)
        page.locator("button[name=look]").click()

    return go


def in_own_words(page: Page, world: World, language: str) -> None:
    """Open a message that the clinic has put in words of its own."""
    looked_at_words("offer-gone/email", "Somebody was faster. We keep you on our list, {name}.")(
        page, world, language
    )
    page.locator("#words .clinic-main-action").click()
    page.wait_for_url("**done=saved**")


def words_changed_meanwhile(page: Page, world: World, language: str) -> None:
    """Put words in force that somebody else has changed since they were opened."""
    looked_at_words("counter-refused/sms")(page, world, language)
    with page.context.expect_page() as opened:
        page.evaluate("window.open(location.pathname, '_blank', 'noopener')")
    other = opened.value
    for _step in range(2):
        other.wait_for_load_state()
        other.locator("#words .clinic-main-action").click()
    other.wait_for_url("**done=saved**")
    other.close()
    page.locator("#words .clinic-main-action").click()


def with_a_screen(page: Page, world: World, language: str) -> None:
    """Open the manager's page of the screens on the wall, once one hangs."""
    signed_in("manager", "/manage/screens")(page, world, language)
    if page.locator("a[href*='/wall/']").count() == 0:
        page.locator("form[action$='/screens'] button").click()
        page.goto(world.address("/manage/screens", language))


def on_the_wall(page: Page, world: World, language: str) -> None:
    """Open the board by the address of a screen, as nobody in particular."""
    with_a_screen(page, world, language)
    secret = str(page.locator("a[href*='/wall/']").first.get_attribute("href")).rpartition("/")[2]
    page.context.clear_cookies()
    page.goto(world.address(f"/wall/{secret}", language))


def refusing(*, ended: bool) -> Go:
    """Open the page that ends reminders by mail, before or after the press."""

    def go(page: Page, world: World, language: str) -> None:
        token = opt_out.token_for(world.app.extensions["vault"], f"ana-{ended}-{language}@example.com")
        page.goto(world.address(f"/reminders/{token}", language))
        if ended and page.locator("main input[name=again]").count() == 0:
            page.locator("main form button[type=submit]").click()

    return go


@dataclass(frozen=True, slots=True)
class Walk:
    """Several pages on one way: a generator that stops at each, and the endpoints it must come by."""

    name: str
    go: Callable[[Page, World, str], Iterator[str]]
    endpoints: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


WALKS = (
    Walk(
        "to a visit in person",
        booking_way.in_person,
        (
            "safety.first",
            "safety.further",
            "booking.visit",
            "times.soonest",
            "times.day",
            "about.who",
            "about.helper",
            "about.patient",
            "booking.check",
            "booking.booked",
            "patient.see",
            "patient.card",
            "patient.cancelling",
            "patient.asking",
            "renewing.asking",
            "moving.switching",
            "moving.soonest",
            "moving.day",
            "moving.confirming",
        ),
    ),
    Walk("to a visit by video", booking_way.by_video, ("about.video", "telehealth.visit")),
    Walk(
        "to a call",
        booking_way.to_a_call,
        (
            "safety.emergency",
            "safety.same_day",
            "safety.call_back",
            "safety.call_back_asked",
            "lost_link.asking",
            "lost_link.sent",
            "lost_link.closed",
        ),
    ),
)

WAYS: tuple[Way, ...] = (
    Way("public.home", at("/")),
    Way("public.learn", at("/learn")),
    Way("public.privacy", at("/privacy")),
    Way("public.accessibility", at("/accessibility")),
    Way("public.gallery", at("/gallery"), "every part, with errors", quotes=True),
    Way("", at("/nowhere"), "an address that leads nowhere", status=404),
    Way("sign_in.form", at("/sign-in"), staff=True),
    Way("sign_in.form", sent("/sign-in"), "sent empty", staff=True, status=422),
    Way("sign_in.leaving", signed_in("desk", "/sign-out"), staff=True),
    Way("account.mine", signed_in("desk", "/account"), staff=True),
    Way("invitation.form", invited, staff=True),
    Way("manage_staff.all", signed_in("manager", "/manage/staff"), staff=True, quotes=True),
    Way("manage_staff.new", signed_in("manager", "/manage/staff/new"), staff=True),
    Way("manage_staff.invite", sent_by("manager", "/manage/staff/new"), "sent empty", staff=True, status=422),
    Way("manage_staff.edit", signed_in("manager", "/manage/staff/1"), staff=True),
    Way("manage_audit.look", signed_in("manager", "/manage/audit"), staff=True, quotes=True),
    Way("second_step.form", second_step(), staff=True),
    Way("second_step.by_code", second_step(wrong=True), "a wrong code", staff=True, status=401),
    Way("screen.locked", locked, staff=True),
    Way("screen.locked", signed_in("desk", "/unlock"), "before a step that asks again", staff=True),
    Way("screen.by_password", sent_by("desk", "/unlock"), "sent empty", staff=True, status=401),
    Way("screen.kept", signed_in("desk", "/screen/kept"), staff=True),
    Way("factors.mine", signed_in("manager", "/account/factors"), staff=True),
    Way("factors.app", app_begun, staff=True),
    Way("records.asking", signed_in("clinician", "/records/1/reason"), staff=True),
    Way(
        "records.open_record", sent_by("clinician", "/records/1/reason"), "sent empty", staff=True, status=422
    ),
    Way("openapi.docs", at("/api/docs"), staff=True, quotes=True),
    Way("manage.home", signed_in("manager", "/manage/"), staff=True),
    Way("manage.edit_clinic", signed_in("manager", "/manage/clinic"), staff=True),
    Way("manage.shelf", signed_in("manager", "/manage/weekly-hours"), "weekly hours", staff=True),
    Way("manage.shelf", signed_in("manager", "/manage/closures"), "closed days", staff=True),
    Way("manage.new", signed_in("manager", "/manage/clinicians/new"), staff=True),
    Way("manage.new", sent_by("manager", "/manage/visit-types/new"), "sent empty", staff=True, status=422),
    Way("manage.edit", signed_in("manager", "/manage/visit-types/1"), staff=True),
    Way("manage.ask_removal", followed("manager", "/manage/closures", "a[href$='/remove']"), staff=True),
    Way("manage.remove", stranding, "visits in the way", staff=True, status=409),
    Way("wordings.questions", signed_in("manager", "/manage/questions"), staff=True),
    Way("wordings.texts", signed_in("manager", "/manage/texts"), staff=True, quotes=True),
    Way("wordings.publish_text", looked_at_text, "looked at", staff=True, quotes=True),
    Way("wordings.text", signed_in("manager", "/manage/texts/telehealth"), staff=True),
    Way("rewording.edit", signed_in("manager", words_of("confirmation/email")), staff=True, quotes=True),
    Way("rewording.edit", in_own_words, "in own words", staff=True, quotes=True),
    Way("rewording.put_in_force", looked_at_words("confirmation/email"), "a mail", staff=True, quotes=True),
    Way("rewording.put_in_force", looked_at_words("reminder-day/sms"), "a text", staff=True, quotes=True),
    Way(
        "rewording.put_in_force",
        looked_at_words("reminder-day/sms", "{clinic}: your back, see www.example.com {foo} {"),
        "refused",
        staff=True,
        status=422,
        quotes=True,
    ),
    Way(
        "rewording.put_in_force",
        words_changed_meanwhile,
        "changed meanwhile",
        staff=True,
        status=409,
        quotes=True,
    ),
    Way("desk_calendar.day", signed_in("desk", "/desk"), "by clinician", staff=True),
    Way(
        "desk_calendar.day", signed_in("desk", "/desk?view=rooms&density=comfortable"), "by room", staff=True
    ),
    Way("desk_calendar.day", signed_in("desk", "/desk?view=week"), "a week", staff=True),
    Way("desk_calendar.day", signed_in("desk", "/desk?view=month"), "a month", staff=True),
    Way("desk_visit.see", a_visit_at_the_desk(""), staff=True),
    Way("desk_visit.see", a_visit_at_the_desk("?why=2026-12-25T10:00"), "why not", staff=True),
    Way("desk_contact.asking", a_visit_at_the_desk("/email"), staff=True, quotes=True),
    Way("desk_visit.cancelling", a_visit_at_the_desk("/cancel"), staff=True),
    Way("desk_move.asking", a_visit_at_the_desk("/move"), staff=True),
    Way(
        "desk_booking.asking", signed_in("desk", "/desk/book?start=2026-12-01T10:00"), staff=True, quotes=True
    ),
    Way("desk_booking.walking_in", signed_in("desk", "/desk/walk-in"), staff=True, quotes=True),
    Way("desk_people.find", signed_in("desk", "/desk/people"), staff=True),
    Way("desk_people.see", found_at_the_desk, staff=True),
    Way("desk_record.changing", found_at_the_desk_to_put_right, staff=True),
    Way("desk_merging.compare", two_records, staff=True),
    Way("desk_calendar.keys", signed_in("desk", "/desk/keys"), staff=True),
    Way("desk_calendar.sheet", signed_in("desk", "/desk/sheet"), staff=True),
    Way("desk_flow.board", signed_in("desk", "/desk/flow"), staff=True),
    Way("wall.board", on_the_wall, staff=True),
    Way("manage_screens.all_of_them", with_a_screen, staff=True, quotes=True),
    Way("desk_messages.all", with_messages("desk", "/desk/messages"), "a day", staff=True),
    Way("desk_messages.all", with_messages("desk", "/desk/messages?code=123456"), "no such code", staff=True),
    Way(
        "desk_messages.one",
        followed_to("desk", "/desk/messages", "a[href*='/desk/messages/']"),
        staff=True,
        quotes=True,
    ),
    Way(
        "desk_messages.of_visit",
        followed_to("desk", "/desk/messages", "a[href*='/desk/visits/']"),
        staff=True,
    ),
    Way("inbox.all", with_mails("/desk/inbox"), staff=True, quotes=True),
    Way("inbox.all", with_mails("/desk/inbox?done=agreed"), "done", staff=True, quotes=True),
    Way("inbox.one", to_a_mail("words"), "words", staff=True, quotes=True),
    Way("inbox.one", to_a_mail("unvouched"), "unvouched", staff=True, quotes=True),
    Way("inbox.one", to_a_mail("counter"), "counter", staff=True, quotes=True),
    Way("inbox.one", with_mails("/desk/inbox/999999"), "gone", staff=True),
    Way("todo.all", with_things("/desk/todo"), staff=True),
    Way("todo.all", with_things("/desk/todo?show=done"), "done", staff=True),
    Way("todo.one", to_a_thing("/desk/todo"), staff=True),
    Way("todo.one", to_a_thing("/desk/todo", sent=True), "sent empty", staff=True, status=422),
    Way("agenda.day", signed_in("clinician", "/clinic"), staff=True),
    Way("agenda.all", signed_in("clinician", "/clinic/blocks"), staff=True),
    Way("reports.all", signed_in("manager", "/manage/reports"), staff=True),
    Way("waiting.all", waiting_ways.to_the_list, staff=True),
    Way("waiting.fits", waiting_ways.to_who_fits, staff=True),
    Way("waiting.for_visit", waiting_ways.to_the_form, staff=True),
    Way("own_contact.asking", to_returned_mail("/email")),
    Way("own_contact.correct", video_ways.pressed(to_returned_mail("/email")), "sent empty", status=422),
    Way("patient.see", to_returned_mail(""), "mail came back"),
    Way("own_contact.reminders", waiting_ways.to_reminders()),
    Way("own_contact.change_reminders", waiting_ways.without_a_way, "no way chosen", status=422),
    Way("own_contact.reminders_now", waiting_ways.to_reminders("/now")),
    Way("own_contact.reminders", to_returned_mail("/reminders"), "mail came back"),
    Way("own_contact.reminders_now", to_returned_mail("/reminders/now"), "mail came back"),
    Way("earlier.asking", waiting_ways.to_earlier),
    Way("offer.see", waiting_ways.to_an_offer),
    Way("joining.asking", waiting_ways.to_no_time),
    Way("joining.joined", waiting_ways.to_thanks),
    Way("blocks.all", signed_in("desk", "/desk/blocks"), staff=True),
    Way("blocks.all", blocking_a_week, "visits in the way", staff=True, status=409),
    Way("call_list.today", with_messages("desk", "/desk/calls"), staff=True),
    Way("clinic_calendars.mine", signed_in("clinician", "/clinic/calendars"), staff=True),
    Way(
        "clinic_calendars.mine",
        sent_by("clinician", "/clinic/calendars"),
        "sent empty",
        staff=True,
        status=422,
    ),
    Way("manage_calendars.all_of_them", signed_in("manager", "/manage/calendars"), staff=True, quotes=True),
    Way("manage_messages.overview", with_messages("manager", "/manage/messages"), staff=True),
    Way("manage_messages.new", signed_in("manager", "/manage/messages/rules/new"), staff=True),
    Way(
        "manage_messages.new",
        sent_by("manager", "/manage/messages/rules/new"),
        "sent empty",
        staff=True,
        status=422,
    ),
    Way("manage_messages.edit", signed_in("manager", "/manage/messages/rules/4"), staff=True),
    Way(
        "manage_messages.preview",
        signed_in("manager", "/manage/messages/rules/4/preview"),
        staff=True,
        quotes=True,
    ),
    Way("manage_messages.ask_removal", signed_in("manager", "/manage/messages/rules/5/remove"), staff=True),
    Way("manage_messages.edit_limits", signed_in("manager", "/manage/messages/limits"), staff=True),
    Way("telehealth.visit", video_ways.at_door(minutes=300), "hours before"),
    Way("telehealth.visit", video_ways.at_door(), "open"),
    Way("telehealth.visit", video_ways.at_door("?left=yes", video_ways.waiting), "left"),
    Way("telehealth.visit", video_ways.at_door(bring=video_ways.planned_by_phone), "by phone"),
    Way("telehealth.visit", video_ways.at_door(bring=video_ways.over), "over"),
    Way("telehealth.visit", video_ways.at_door(bring=video_ways.rated), "rated"),
    Way("telehealth.asking_where", video_ways.at_door("/where")),
    Way("telehealth.asking_consent", video_ways.at_door("/consent", video_ways.without_consent)),
    Way(
        "telehealth.asking_consent",
        video_ways.pressed(video_ways.at_door("/consent", video_ways.without_consent)),
        "sent empty",
        status=422,
    ),
    Way("telehealth.asking_signs", video_ways.at_door("/signs")),
    Way(
        "telehealth.asking_signs",
        video_ways.pressed(video_ways.at_door("/signs")),
        "sent empty",
        status=422,
    ),
    Way("telehealth.red_flag", video_ways.at_door("/help-now", video_ways.warned)),
    Way("telehealth.red_flag", video_ways.at_door("/help-now", video_ways.warned_of_today), "today"),
    Way("video_room.room", video_ways.at_door("/room", video_ways.waiting), "waiting"),
    Way("video_room.room", video_ways.at_door("/room", video_ways.delayed), "delayed"),
    Way("video_room.room", video_ways.at_door("/room", video_ways.let_in), "let in"),
    Way("video_room.room", video_ways.at_door("/room", video_ways.elsewhere), "elsewhere"),
    Way("video_room.room", video_ways.at_door("/room", video_ways.by_phone), "by phone"),
    Way("device_check.check", video_ways.at_door("/check")),
    Way("device_check.result", video_ways.at_door("/check/result", video_ways.checked_well), "ready"),
    Way("device_check.result", video_ways.at_door("/check/result", video_ways.checked_badly), "needs help"),
    Way("practice.choose", video_ways.at_door("/practice", minutes=11_520), "times"),
    Way(
        "practice.choose",
        video_ways.pressed(video_ways.at_door("/practice", minutes=11_520)),
        "sent empty",
        status=422,
    ),
    Way("practice.choose", video_ways.at_door("/practice", video_ways.practising, minutes=11_520), "booked"),
    Way("practice.choose", video_ways.at_door("/practice"), "too near"),
    Way("practice.choose", video_ways.at_door("/practice?asked=now"), "asked"),
    Way("company.see", video_ways.at_door("/company")),
    Way("company.see", video_ways.at_door("/company", video_ways.accompanied), "with a helper", quotes=True),
    Way("companion.see", video_ways.as_companion(named=False), "a name first"),
    Way("companion.see", video_ways.as_companion(named=True)),
    Way("consulting.today", signed_in("clinician", "/clinic/visits"), staff=True),
    Way("desk_video.today", video_ways.at_desk, staff=True),
    Way("consulting.place", signed_in("clinician", "/clinic/visits/place"), staff=True),
    Way(
        "consulting.place",
        sent_by("clinician", "/clinic/visits/place"),
        "sent",
        staff=True,
    ),
    Way("consulting.room", video_ways.at_clinic(), "not here yet", staff=True),
    Way("consulting.room", video_ways.at_clinic(video_ways.waiting), "waiting", staff=True),
    Way("consulting.room", video_ways.at_clinic(video_ways.delayed), "delayed", staff=True),
    Way("consulting.room", video_ways.at_clinic(video_ways.elsewhere), "elsewhere", staff=True),
    Way("consulting.room", video_ways.at_clinic(video_ways.rated), "rated", staff=True),
    Way("consulting.room", video_ways.at_clinic(video_ways.out_of_area), "out of area", staff=True),
    Way("consulting.room", video_ways.at_clinic(video_ways.let_in), "let in", staff=True),
    Way("consulting.room", video_ways.at_clinic(video_ways.by_phone), "by phone", staff=True),
    Way("consulting.room", video_ways.at_clinic(video_ways.over), "over", staff=True),
    Way("demo.mails", demo_mail("/demo/mail")),
    Way("demo.mail", demo_mail("/demo/mail/sample.eml"), quotes=True),
    Way("demo.texts", demo_texts, quotes=True),
    Way("refusing.see", refusing(ended=False)),
    Way("refusing.see", refusing(ended=True), "ended"),
)

NOT_PAGES = {
    "reports.export": "a file",
    "desk_export.day": "a file",
    "static": "a file",
    "assets.file": "a file",
    "consulting.waiting": "for the page's own script",
    "desk_video.waiting": "for the page's own script",
    "api.visit_types": "for programs",
    "api.gate": "for programs",
    "api.consent": "for programs",
    "api.slots": "for programs",
    "api.show": "for programs",
    "openapi.document": "for programs",
    "desk_calendar.live": "the calendar once more, for a page that is open",
    "feeds.appointment": "a file",
    "feeds.feed": "a file",
    "clinic_calendars.feed": "leads to one's calendars",
    "health.alive": "for machines",
    "health.ready": "for machines",
    "health.metrics": "for machines",
    "demo.page": "a mail's own HTML, as the mail program shows it",
    "demo.file": "a file",
    "demo.invite": "a file",
}
"""Addresses that answer GET and are no pages, each with the reason."""
