"""The description of the API: whole, true to the addresses that are there, and readable without asking anybody else."""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask

from scheduler.web import errors
from scheduler.web.openapi import OPERATIONS, PREFIX, described
from tests.inspector import Inspector
from tests.programs import API, Program, a_person

MODELS = [operation.answer.__name__ for operation in OPERATIONS]


def fits(name: str, given: Any) -> bool:
    """Hold a value against one of the description's shapes."""
    whole = {"$ref": f"#/components/schemas/{name}", "components": described()["components"]}
    return bool(jsonschema_rs.validator_for(whole).is_valid(given))


def test_every_address_is_described_and_every_description_has_its_address(app: Flask) -> None:
    there = {
        (method.lower(), re.sub(r"<(\w+)>", r"{\1}", rule.rule.removeprefix(PREFIX)), rule.endpoint)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(API)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert there == {(one.method, one.path, f"api.{one.view}") for one in OPERATIONS}


def test_every_code_has_the_status_that_the_refusals_have() -> None:
    for operation in OPERATIONS:
        for status, codes in operation.problems.items():
            for code in codes:
                assert errors.STATUS.get(code, status) == status


@pytest.mark.parametrize(
    "status", ["400", "401", "403", "404", "405", "409", "413", "415", "422", "429", "500"]
)
def test_every_kind_of_refusal_is_described_somewhere(status: str) -> None:
    found = [
        answer["content"]
        for path in described()["paths"].values()
        for operation in path.values()
        for known, answer in operation["responses"].items()
        if known == status
    ]
    assert found
    assert all(list(content) == ["application/problem+json"] for content in found)


def test_every_text_that_comes_in_has_a_limit() -> None:
    def texts(schema: Any, path: str) -> list[str]:
        if isinstance(schema, list):
            return [fault for part in schema for fault in texts(part, path)]
        if not isinstance(schema, dict):
            return []
        bounded = {"maxLength", "enum", "format", "const"} & set(schema)
        faults = [path] if schema.get("type") == "string" and not bounded else []
        return faults + [fault for name, part in schema.items() for fault in texts(part, f"{path}.{name}")]

    schemas = described()["components"]["schemas"]
    assert texts({name: one for name, one in schemas.items() if name.endswith("Asked")}, "") == []


def test_what_is_told_has_the_shape_that_is_described(program: Program) -> None:
    booked = program.book(mode="virtual")
    path, token = f"/appointments/{booked['id']}", booked["token"]
    told = {
        "VisitTypesTold": program.get("/visit-types"),
        "GateTold": program.get("/gate"),
        "ConsentTold": program.get("/consent"),
        "SlotsTold": program.get("/slots?visit_type=imaging-review&mode=virtual"),
        "AppointmentTold": program.get(path, token),
    }
    assert {*told, "BookedTold"} == set(MODELS)
    assert fits("BookedTold", booked)
    for name, answer in told.items():
        assert fits(name, answer.get_json()), name
        assert not fits(name, {**answer.get_json(), "surprise": 1}), name


def test_refusals_have_the_shape_that_is_described(program: Program) -> None:
    taken = program.book(practitioner=1, start=program.slots(practitioner=1)[0]["start"])
    gate = program.no_to_all()
    refused = [
        program.send(program.body(start=taken["start"], practitioner=1)),
        program.send(program.body(gate={**gate, "answers": {"leg-weakness": "yes"}})),
        program.send(program.body(patient=a_person(phone="none"))),
        program.get("/nowhere"),
    ]
    assert [answer.status_code for answer in refused] == [409, 403, 422, 404]
    assert all(fits("Problem", answer.get_json()) for answer in refused)


def test_what_the_description_allows_can_be_sent(program: Program) -> None:
    body = program.body(mode="virtual")
    assert fits("BookingAsked", body)
    assert not fits("BookingAsked", {**body, "surprise": 1})
    assert program.send(body).status_code == 201


def test_the_description_is_sent_once(client: Inspector) -> None:
    first = client.get("/openapi.json")
    assert (first.status_code, first.content_type) == (200, "application/json")
    assert first.get_json()["openapi"].startswith("3.1")
    again = client.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_shows_every_operation_and_every_shape(client: Inspector, language: str) -> None:
    page = client.get(f"/api/docs?lang={language}")
    assert page.status_code == 200
    for operation in OPERATIONS:
        assert f"<code>{operation.method.upper()} {PREFIX}{operation.path}</code>" in page.text
    for name in described()["components"]["schemas"]:
        assert f'id="{name}"' in page.text


def test_the_page_in_spanish_is_not_the_english_one(client: Inspector) -> None:
    assert "Listar las horas libres." in client.get("/api/docs?lang=es").text
    assert "List free times." not in client.get("/api/docs?lang=es").text
