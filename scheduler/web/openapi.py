"""The API described for programs that write programs: `/openapi.json`, and the same to read at `/api/docs`.

The description is put together from the types that check the requests and from one table of operations; a test holds
the table against the addresses that are really there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from scheduler.domain.wording import N_
from scheduler.web import api_answers as told
from scheduler.web import api_types as asked
from scheduler.web.api import KEY_HEADER, LONGEST_KEY
from scheduler.web.errors import STATUS, WORDINGS

bp = Blueprint("openapi", __name__)

PREFIX = "/api/v1"
SCHEMA = "#/components/schemas/{model}"
VERSION = "1.0.0"

GATE = ("gate-emergency", "gate-same-day", "gate-call-back")
TIME_GONE = ("slot-taken", "not-offered", "patient-busy")
ALWAYS = ("bad-request", "invalid", "not-found", "method", "too-many-attempts", "internal", "unavailable")
WITH_BODY = ("too-large", "media-type")
WITH_SECRET = ("sign-in-required",)
CHANGED = ("cut-off-passed", "status-refused", "stale-version")

_STATUS = {**{wording.code: status for status, wording in WORDINGS.items()}, **STATUS}


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing a program may ask: where, what it says, what it is told, and by which codes it may be refused."""

    method: str
    path: str
    view: str
    summary: str
    answer: type[BaseModel]
    codes: tuple[str, ...] = ()
    status: int = 200
    query: type[BaseModel] = asked.LanguageQuery
    body: type[BaseModel] | None = None
    body_required: bool = True
    secret: bool = False
    key: bool = False

    @property
    def problems(self) -> dict[int, list[str]]:
        """The statuses of its refusals, each with the codes that come with it."""
        codes = (
            *ALWAYS,
            *(WITH_BODY if self.method == "post" else ()),
            *(WITH_SECRET if self.secret else ()),
            *self.codes,
        )
        found: dict[int, list[str]] = {}
        for code in codes:
            found.setdefault(_STATUS[code], []).append(code)
        return dict(sorted(found.items()))


OPERATIONS = (
    Operation(
        "get",
        "/visit-types",
        "visit_types",
        N_("List the visits that patients can book."),
        told.VisitTypesTold,
    ),
    Operation("get", "/gate", "gate", N_("Read the safety questions in force."), told.GateTold),
    Operation("get", "/consent", "consent", N_("Read the consent for video visits."), told.ConsentTold),
    Operation(
        "get",
        "/slots",
        "slots",
        N_("List free times."),
        told.SlotsTold,
        codes=("not-permitted",),
        query=asked.SlotsQuery,
    ),
    Operation(
        "post",
        "/appointments",
        "create",
        N_("Book a visit. Sent again with the same key, it gives the same answer and no second visit."),
        told.BookedTold,
        codes=(*GATE, "not-permitted", "gate-needed", *TIME_GONE, "idempotency-mismatch"),
        status=201,
        body=asked.BookingAsked,
        key=True,
    ),
    Operation(
        "get",
        "/appointments/{public_id}",
        "show",
        N_("Look at one visit."),
        told.AppointmentTold,
        secret=True,
    ),
    Operation(
        "post",
        "/appointments/{public_id}/reschedule",
        "reschedule",
        N_("Move a visit to another time."),
        told.AppointmentTold,
        codes=(*TIME_GONE, *CHANGED),
        body=asked.MoveAsked,
        secret=True,
    ),
    Operation(
        "post",
        "/appointments/{public_id}/cancel",
        "cancel",
        N_("Cancel a visit. Sent twice, it changes nothing more."),
        told.AppointmentTold,
        codes=CHANGED,
        body=asked.CancelAsked,
        body_required=False,
        secret=True,
    ),
)


@bp.get("/openapi.json")
def document() -> Response:
    """The description as OpenAPI 3.1."""
    answer = Response(_written(), mimetype="application/json")
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@bp.get("/api/docs")
def docs() -> Response:
    """The description as a page."""
    schemas = {name: json.dumps(one, indent=2) for name, one in described()["components"]["schemas"].items()}
    page = render_template(
        "api/docs.html", operations=OPERATIONS, prefix=PREFIX, described=described(), schemas=schemas
    )
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-cache, private"
    answer.headers["Vary"] = "Accept-Language, Cookie"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@cache
def _written() -> bytes:
    return json.dumps(described(), indent=1).encode()


@cache
def described() -> Mapping[str, Any]:
    """The whole description (OpenAPI 3.1.1)."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(PREFIX + operation.path, {})[operation.method] = _operation(operation)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Appointments",
            "version": VERSION,
            "description": "Book, look at, move and cancel visits to the clinic. Instants have an offset (RFC 3339); "
            "every refusal is a problem document (RFC 9457) with a code.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "secret": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The `token` of the booking, the same as in the address of the visit's page.",
                }
            },
        },
    }


def _schemas() -> dict[str, Any]:
    bodies = [operation.body for operation in OPERATIONS if operation.body]
    answers = [operation.answer for operation in OPERATIONS]
    wanted = [*((body, "validation") for body in bodies), *((answer, "serialization") for answer in answers)]
    _, schemas = models_json_schema([*wanted, (told.Problem, "serialization")], ref_template=SCHEMA)  # type: ignore[list-item]
    return dict(schemas["$defs"])


def _operation(operation: Operation) -> dict[str, Any]:
    written: dict[str, Any] = {
        "operationId": operation.view,
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": _responses(operation),
    }
    if operation.body:
        content = {"application/json": {"schema": _reference(operation.body)}}
        written["requestBody"] = {"required": operation.body_required, "content": content}
    if operation.secret:
        written["security"] = [{"secret": []}]
    return written


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found = []
    if "{public_id}" in operation.path:
        found.append(_parameter("public_id", "path", {"type": "string", "minLength": 1, "maxLength": 64}))
    if operation.key:
        pattern = f"^[ -~]{{1,{LONGEST_KEY}}}$"
        found.append(_parameter(KEY_HEADER, "header", {"type": "string", "pattern": pattern}))
    query = operation.query.model_json_schema(ref_template=SCHEMA)
    for name, schema in query["properties"].items():
        found.append(_parameter(name, "query", _inlined(schema, query), name in query.get("required", ())))
    return found


def _parameter(name: str, place: str, schema: Mapping[str, Any], required: bool = True) -> dict[str, Any]:
    return {"name": name, "in": place, "required": required, "schema": schema}


def _inlined(schema: Any, within: Mapping[str, Any]) -> Any:
    """A parameter's schema without references, and without the null that no address can carry."""
    if isinstance(schema, list):
        return [_inlined(part, within) for part in schema if part != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(within["$defs"][schema["$ref"].rpartition("/")[2]], within)
    plain = {
        key: _inlined(value, within) for key, value in schema.items() if (key, value) != ("default", None)
    }
    only = plain.get("anyOf", ())
    return {**{k: v for k, v in plain.items() if k != "anyOf"}, **only[0]} if len(only) == 1 else plain


def _responses(operation: Operation) -> dict[str, Any]:
    content = {"application/json": {"schema": _reference(operation.answer)}}
    done: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase, "content": content}
    if operation.status == HTTPStatus.CREATED:
        done["headers"] = {"Location": {"schema": {"type": "string", "format": "uri"}}}
    problem = {"application/problem+json": {"schema": _reference(told.Problem)}}
    return {
        str(operation.status): done,
        **{
            str(status): {"description": ", ".join(codes), "content": problem}
            for status, codes in operation.problems.items()
        },
    }


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": SCHEMA.format(model=model.__name__)}
