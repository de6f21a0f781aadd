"""The desk's list on the screen: who waits and why, one press for each step, and a slower desk sees how it stands."""

from __future__ import annotations

import pytest
from flask import Flask

from scheduler.domain.actor import Actor, Role
from scheduler.domain.call_back import Urgency
from scheduler.domain.safety_gate import Tier
from scheduler.domain.worklist import Wanted
from scheduler.services import calling_back, todo
from scheduler.translations import phones
from tests.engines import NOW
from tests.inspector import Inspector, Page
from tests.patients import Visitor, heading, words
from tests.programs import house_of
from tests.services.test_todo import put
from tests.staff import Employ
from tests.web.test_safety import CALL


@pytest.fixture
def item(app: Flask) -> str:
    return put(house_of(app), urgency=Urgency.URGENT)


def test_an_empty_list_says_so(clerk: Inspector) -> None:
    assert "Nothing waits. Well done." in words(clerk.get("/desk/todo"))


def test_a_thing_says_whom_to_call_where_and_since_when(clerk: Inspector, item: str) -> None:
    page = clerk.get("/desk/todo")
    assert "Ana Example" in page.text
    assert f'href="{phones.href("+19155550123")}"' in page.text
    assert "One thing waits." in words(page)
    assert "Urgent" in words(page)


def test_every_page_of_the_desk_shows_how_much_waits(clerk: Inspector, item: str) -> None:
    assert 'clinic-count--urgent">1' in clerk.get("/desk/calls").text


def test_the_count_is_not_for_those_who_do_not_work_the_list(employ: Employ, item: str) -> None:
    assert "clinic-count" not in employ("clinician").get("/account").text


def test_a_thing_is_taken_and_done_and_kept(clerk: Inspector, item: str) -> None:
    clerk.submit("/desk/todo", {"version": "0"}, to=f"/desk/todo/{item}/claim")
    assert "Yours" in words(clerk.get("/desk/todo"))
    answer = clerk.submit(
        f"/desk/todo/{item}",
        {"version": "1", "end": "spoke", "words": "will come on Friday"},
        to=f"/desk/todo/{item}/done",
    )
    assert answer.status_code == 303
    assert "Nothing waits." in words(clerk.get("/desk/todo"))
    done = clerk.get("/desk/todo?show=done")
    assert "Spoke with them" in words(done)
    history = words(clerk.get(f"/desk/todo/{item}"))
    assert "will come on Friday" in history
    assert "Done: Spoke with them: desk, today at 9:00 AM" in history


def test_the_slower_desk_sees_how_it_stands_and_keeps_its_words(
    app: Flask, clerk: Inspector, employ: Employ, item: str
) -> None:
    clerk.submit("/desk/todo", {"version": "0"}, to=f"/desk/todo/{item}/claim")
    other = employ("manager")
    answer = other.submit(
        f"/desk/todo/{item}",
        {"version": "0", "end": "spoke", "words": "half an hour of talk"},
        to=f"/desk/todo/{item}/done",
    )
    assert answer.status_code == 409
    assert "Somebody else was faster." in words(answer)
    assert "half an hour of talk" in answer.text
    assert "With desk" in words(answer)


def test_what_is_missing_is_asked_for_and_nothing_typed_is_lost(clerk: Inspector, item: str) -> None:
    answer = clerk.submit(
        f"/desk/todo/{item}",
        {"version": "0", "end": "", "words": "she was out"},
        to=f"/desk/todo/{item}/done",
    )
    assert answer.status_code == 422
    assert "Please choose how it ended." in words(answer)
    assert "she was out" in answer.text


@pytest.mark.parametrize(
    ("step", "data", "status"),
    [
        ("fly", {"version": "0"}, 404),
        ("claim", {"version": "zero"}, 422),
        ("claim", {"version": ""}, 422),
        ("snooze", {"version": "0", "until": "never"}, 422),
        ("reopen", {"version": "0"}, 409),
    ],
)
def test_nonsense_is_refused(
    clerk: Inspector, item: str, step: str, data: dict[str, str], status: int
) -> None:
    token = Page.read(clerk.get("/desk/todo").text).forms[0].hidden
    answer = clerk.post(f"/desk/todo/{item}/{step}", data={**token, **data})
    assert answer.status_code == status


def test_a_thing_put_off_says_when_it_comes_back(clerk: Inspector, item: str) -> None:
    clerk.submit("/desk/todo", {"version": "0", "until": "60"}, to=f"/desk/todo/{item}/snooze")
    assert "comes back today at 10:00 AM" in words(clerk.get("/desk/todo?show=later"))


def test_tomorrow_is_eight_in_the_morning_at_the_office(app: Flask, clerk: Inspector) -> None:
    calm = put(house_of(app))
    clerk.submit("/desk/todo", {"version": "0", "until": "tomorrow"}, to=f"/desk/todo/{calm}/snooze")
    assert "on Tuesday, September 15 at 8:00 AM" in words(clerk.get("/desk/todo?show=later"))


def test_one_kind_can_be_shown_alone(app: Flask, clerk: Inspector, item: str) -> None:
    put(house_of(app), "possible-duplicate")
    page = clerk.get("/desk/todo?kind=possible-duplicate")
    assert page.text.count("data-call ") + page.text.count("data-call>") == 1
    assert "Perhaps one person twice (1)" in words(page)


def test_a_kind_nobody_listed_is_shown_all_the_same(app: Flask, clerk: Inspector) -> None:
    put(house_of(app), "never-heard-of")
    assert "Ana Example" in clerk.get("/desk/todo").text


def test_the_desk_sees_the_signs_and_a_manager_does_not(
    app: Flask, visitor: Visitor, clerk: Inspector, employ: Employ
) -> None:
    visitor.send("/book", {"signs": ["leg-weakness"]})
    visitor.send("/book/call-back", {**CALL, "name": "Luz Example"})
    task = todo.look(house_of(app), Wanted(), _desk(), NOW).tasks[0]
    assert task.item.kind == calling_back.KIND
    assert task.item.note["tier"] == Tier.EMERGENCY.value
    path = f"/desk/todo/{task.item.id}"
    assert "Said at the safety questions" in clerk.get(path).text
    assert heading(clerk.get(path)) == "Luz Example"
    hidden = employ("manager").get(path)
    assert "Said at the safety questions" not in hidden.text
    assert "911 or the emergency room" not in hidden.text


def _desk() -> Actor:
    return Actor(frozenset({Role.DESK}), id="1")
