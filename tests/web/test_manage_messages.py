"""The manager sees how the sending goes, pauses a channel, sets what goes out when, and reads each message first."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from scheduler.domain.notification import Channel, Kind
from scheduler.domain.policy import MessageRules, Rule
from scheduler.persistence import channel_states
from scheduler.services import directory, timed_actions
from tests.engines import NOW
from tests.inspector import Inspector
from tests.patients import words
from tests.post import book
from tests.programs import house_of
from tests.services.test_ledger import acts, confirmation, put
from tests.staff import Employ

NEW = "/manage/messages/rules/new"
GOOD = {
    "kind": "reminder-two-days",
    "visit_type": "imaging-review",
    "mode": "",
    "channels": ["email"],
    "rule": "day-before-at",
    "value": "3",
    "at_minute": "09:30",
    "active": "yes",
}


@pytest.fixture
def manager(employ: Employ) -> Inspector:
    """A manager at work."""
    return employ("manager")


def rules(app: Flask) -> MessageRules:
    """What the clinic has set."""
    return directory.clinic(house_of(app).database).messages


@pytest.mark.parametrize(
    "path", ["/manage/messages", NEW, "/manage/messages/rules/1", "/manage/messages/limits"]
)
def test_managers_alone_come_in(employ: Employ, path: str) -> None:
    assert employ("manager").get(path).status_code == 200
    assert employ("desk").get(path).status_code == 403


def test_every_policy_is_listed_in_words(manager: Inspector) -> None:
    page = words(manager.get("/manage/messages"))
    assert (
        "Reminder two days before Every visit 2 days before E-mail, Text message, Phone call In use" in page
    )
    assert "Link to join By video 15 minutes before" in page
    assert "Mark as missed Every visit 30 minutes after By itself, nobody is told Off" in page


def test_a_channel_says_what_waits_what_left_and_what_failed(app: Flask, manager: Inspector) -> None:
    house = house_of(app)
    number = confirmation(house, book(house)).entry.id
    put(house, number, due_at=NOW - timedelta(minutes=12), next_attempt_at=NOW - timedelta(minutes=12))
    page = words(manager.get("/manage/messages"))
    assert (
        "E-mail Late Due now 1 Oldest waits 12 minutes Sent in the last hour 0 Failed in the last hour 0"
        in page
    )
    put(house, number, state="dead", reason="smtp 550")
    assert (
        "All well Due now 0 Oldest waits Nothing waits Sent in the last hour 0 Failed in the last hour 1"
        in words(manager.get("/manage/messages"))
    )


def test_a_provider_out_of_reach_is_named_with_its_next_try(app: Flask, manager: Inspector) -> None:
    with house_of(app).database.transaction() as connection:
        channel_states.report(
            connection,
            Channel.SMS,
            "first",
            failures=4,
            open_until=NOW + timedelta(minutes=1),
            now=NOW,
        )
    page = words(manager.get("/manage/messages"))
    assert "Text message Out of reach" in page
    assert "Provider first Out of reach. We try again today at 9:01 AM." in page


def test_a_pause_is_one_press_and_so_is_its_end_and_both_are_audited(app: Flask, manager: Inspector) -> None:
    for verb in ("pause", "resume"):
        manager.submit("/manage/messages", {}, to=f"/manage/messages/channels/email/{verb}")
        with house_of(app).database.reading() as connection:
            assert (Channel.EMAIL in channel_states.paused(connection)) is (verb == "pause")
        assert acts(house_of(app), f"{verb}-channel") == [("email", None)]
    assert "Paused" not in words(manager.get("/manage/messages"))


def test_a_paused_channel_is_why_a_message_waits(app: Flask, manager: Inspector) -> None:
    visit = book(house_of(app))
    manager.submit("/manage/messages", {}, to="/manage/messages/channels/email/pause")
    page = words(manager.get(f"/desk/visits/{visit.appointment.public_id}/messages"))
    assert "It waits: the clinic has paused these messages." in page


def test_a_narrow_policy_is_added_shown_changed_and_removed(app: Flask, manager: Inspector) -> None:
    before = len(rules(app).policies)
    assert manager.submit(NEW, GOOD).status_code == 303
    added = rules(app).policies[-1]
    assert (added.kind, added.visit_type_code, added.rule, added.value, added.at_minute) == (
        Kind.REMINDER_TWO_DAYS,
        "imaging-review",
        Rule.DAY_BEFORE_AT,
        3,
        570,
    )
    path = f"/manage/messages/rules/{added.id}"
    manager.submit(path, {**GOOD, "value": "4"})
    assert "4 days before, at 9:30 AM" in words(manager.get("/manage/messages"))
    manager.submit(f"{path}/remove", {})
    assert len(rules(app).policies) == before
    assert [len(acts(house_of(app), verb)) for verb in ("add", "edit", "remove")][1:] == [1, 1]


def test_the_line_for_every_visit_is_switched_off_and_never_removed(app: Flask, manager: Inspector) -> None:
    assert manager.get("/manage/messages/rules/1/remove").status_code == 404
    shown = {**GOOD, "visit_type": "", "value": "2", "rule": "days-before", "at_minute": ""}
    shown.pop("active")
    manager.submit("/manage/messages/rules/4", shown)
    assert not next(policy for policy in rules(app).policies if policy.id == 4).active


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"value": "0"}, "Enter a number from 1 to 60."),
        ({"value": "x"}, "Enter a number."),
        ({"channels": []}, "Choose at least one way to send it."),
        ({"channels": ["pigeon"]}, "Choose at least one way to send it."),
        ({"rule": "minutes-after"}, "This message does not go out in this way."),
        ({"rule": "never"}, "Please choose one."),
        ({"kind": "nothing"}, "Please choose one."),
        ({"visit_type": "brain-surgery"}, "Please choose one."),
        ({"mode": "by-owl"}, "Please choose one."),
        ({"rule": "day-before-at", "at_minute": ""}, "Enter a time of day."),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field_and_nothing_is_kept(
    app: Flask, manager: Inspector, wrong: dict[str, object], said: str
) -> None:
    before = rules(app)
    answer = manager.submit(NEW, {**GOOD, "rule": "days-before", **wrong})
    assert answer.status_code == 422
    assert said in words(answer)
    assert rules(app) == before


def test_the_hours_of_rest_and_the_caps_are_kept(app: Flask, manager: Inspector) -> None:
    typed = {"quiet_from": "20:00", "quiet_until": "09:00", "texts_per_day": "2", "texts_per_week": "5"}
    manager.submit("/manage/messages/limits", typed)
    kept = rules(app)
    assert (kept.quiet.begins, kept.quiet.ends) == (1200, 540)
    assert (kept.texts_per_day, kept.texts_per_week) == (2, 5)
    refused = manager.submit("/manage/messages/limits", {**typed, "texts_per_week": "1"})
    assert refused.status_code == 422
    assert rules(app) == kept


def test_a_preview_shows_both_languages_and_counts_the_parts_of_a_text(manager: Inspector) -> None:
    page = manager.get("/manage/messages/rules/4/preview")
    assert set(re.findall(r'clinic-preview__text" lang="(\w\w)"', page.text)) == {"en", "es"}
    assert len(re.findall(r"(?:One part|\d parts), \d+ characters", words(page))) == 2


def test_every_policy_has_a_preview(app: Flask, manager: Inspector) -> None:
    for policy in rules(app).policies:
        answer = manager.get(f"/manage/messages/rules/{policy.id}/preview")
        assert answer.status_code == 200
        shown = policy.kind is not Kind.NO_SHOW
        assert ("clinic-preview__text" in answer.text) is shown, policy


def test_a_preview_names_no_treatment(app: Flask, manager: Inspector) -> None:
    for policy in rules(app).policies:
        page = manager.get(f"/manage/messages/rules/{policy.id}/preview").text
        shown = " ".join(re.findall(r'clinic-preview__(?:text|subject)"[^>]*>([^<]*)<', page)).lower()
        assert not re.search(r"fractur|spine|kypho|vertebro|pain institute|imaging", shown), policy


@pytest.mark.parametrize("number", [0, 999])
def test_a_policy_that_is_not_there_is_not_found(manager: Inspector, number: int) -> None:
    for page in ("", "/preview", "/remove"):
        assert manager.get(f"/manage/messages/rules/{number}{page}").status_code == 404


def test_a_changed_rule_counts_for_booked_visits_and_the_page_says_so_while_it_is_at_work(
    app: Flask, manager: Inspector
) -> None:
    house = house_of(app)
    saying = "The messages for the coming visits are being planned anew."
    assert saying not in words(manager.get("/manage/messages"))
    manager.submit(NEW, GOOD)
    assert saying in words(manager.get("/manage/messages"))
    timed_actions.carry_out(house, NOW - datetime.now(UTC) + timedelta(seconds=30))
    assert saying not in words(manager.get("/manage/messages"))
