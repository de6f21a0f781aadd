"""Everything that is written down has plain words in both languages."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from flask import Flask

from scheduler.domain.message_story import Outcome
from scheduler.domain.telehealth import Stage
from scheduler.domain.worklist import Step
from scheduler.web.audit_words import ACTIONS, THINGS, act_word
from tests.inspector import Inspector
from tests.staff import Employ

SERVICES = Path(__file__).resolve().parent.parent.parent / "scheduler" / "services"
WRITERS = {
    "audit.record": 2,
    "call_moves.record": 2,
    "Entry": 0,
    "Act": 0,
    "audit.Entry": 0,
    "looking.at_list": 2,
    "looking.at_person": 2,
    "looking.at_record": 2,
    "_record": 2,
    "_act": 1,
}
"""Who writes an act down, and which of the arguments is its code."""


def written() -> Iterator[str]:
    """The code of every act that a service writes down, as far as it stands there as one word."""
    for path in sorted(SERVICES.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in WRITERS:
                place = WRITERS[ast.unparse(node.func)]
                code = node.args[place] if len(node.args) > place else None
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    yield code.value


def test_every_act_has_words() -> None:
    codes = (
        set(written()) | {f"todo-{step.value}" for step in Step} | {f"call-{one.value}" for one in Outcome}
    )
    codes |= {f"video-{stage.value}" for stage in Stage}
    assert len(codes) > 80
    assert sorted(codes - set(ACTIONS)) == []


def touched() -> Iterator[str]:
    """The code of every thing that a service says it did something to, as far as it stands there as one word."""
    for path in sorted(SERVICES.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                "audit.record",
                "Entry",
                "audit.Entry",
            }:
                yield from words_in(node.args[WRITERS[ast.unparse(node.func)] + 1 :][:1])
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"_change", "stranding.record"}:
                yield from words_in(
                    pair.elts[1] for pair in node.args if isinstance(pair, ast.Tuple) and pair.elts
                )


def words_in(arguments: Iterable[ast.expr]) -> Iterator[str]:
    """Those of these arguments that are one word."""
    for one in arguments:
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def test_everything_that_is_acted_on_has_words() -> None:
    codes = set(touched())
    assert len(codes) > 30
    assert sorted(codes - set(THINGS)) == []


def test_no_two_acts_are_called_the_same() -> None:
    assert [words for words, times in Counter(ACTIONS.values()).items() if times > 1] == []


def test_the_words_are_those_of_the_page(app: Flask) -> None:
    with app.test_request_context("/?lang=es"):
        assert act_word("move") == "Cambió una cita de hora"
        assert act_word("something-else") == "something-else"


def test_the_managers_list_is_in_plain_words(clerk: Inspector, employ: Employ) -> None:
    clerk.get("/desk")
    page = employ("manager").get("/manage/audit").text
    assert "Looked at the calendar" in page
    assert "<code>" not in page
