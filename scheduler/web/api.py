"""The clinic for other programs: what can be booked, when, and one visit at a time by its secret.

Every answer is JSON, every refusal a problem document (RFC 9457). Nothing here knows a rule: what comes in is checked
for its form by `api_types`, and the services decide as they do for pages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from flask import Blueprint, Response, abort, request
from pydantic import TypeAdapter, ValidationError

from scheduler.domain.appointment import CancelledBy
from scheduler.domain.booking import BookingRequest, GateAnswers, MoveRequest
from scheduler.domain.eligibility import CONSENT
from scheduler.domain.errors import (
    GateClosed,
    HoldLapsed,
    InvalidInput,
    NotFound,
    NotOffered,
    Refusal,
    SignInRequired,
    SlotTaken,
)
from scheduler.domain.link import LinkPurpose
from scheduler.domain.person import HelperDetails, PatientDetails, RemindBy, VirtualDetails
from scheduler.domain.visit import Visit
from scheduler.domain.wording import N_
from scheduler.services import booking, changing, listing, private_links
from scheduler.services.booking import Once
from scheduler.services.listing import DaysQuery
from scheduler.web import api_answers
from scheduler.web.api_types import (
    Asked,
    BookingAsked,
    CancelAsked,
    LanguageQuery,
    MoveAsked,
    SlotsQuery,
    errors_of,
)
from scheduler.web.context import actor, clinic, house, now, organization, settings
from scheduler.web.errors import code_of, problem, status_of
from scheduler.web.guards import bearer, current_link
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language

bp = Blueprint("api", __name__)

KEY_HEADER = "Idempotency-Key"
LONGEST_KEY = 128
MAX_BODY = 64_000
"""Bytes. The largest booking that its types allow is a third of it."""

OPENS_A_VISIT = (LinkPurpose.MANAGE, LinkPurpose.HELPER)
OLDEST = 120
"""Years. A birthday before that is a slip of the hand."""

_JSON: TypeAdapter[Any] = TypeAdapter(Any)

Q = TypeVar("Q", bound=LanguageQuery)
A = TypeVar("A", bound=Asked)


@bp.before_request
def take_little() -> None:
    """Refuse bodies that no booking could fill, before they are read."""
    request.max_content_length = MAX_BODY


@bp.get("/visit-types")
def visit_types() -> Response:
    """The kinds of visit that patients book without the desk."""
    _query(LanguageQuery)
    return _answer(api_answers.visit_types(clinic()))


@bp.get("/gate")
def gate() -> Response:
    """The safety questions, in the asker's language."""
    _query(LanguageQuery)
    return _answer(api_answers.gate(clinic(), language()))


@bp.get("/consent")
def consent() -> Response:
    """The consent that a video visit needs, in the asker's language."""
    _query(LanguageQuery)
    text = clinic().consent(CONSENT)
    return _answer(api_answers.ConsentTold(version=text.version, text=text.text.in_(language())))


@bp.get("/slots")
def slots() -> Response:
    """Free times of some days."""
    asked = _query(SlotsQuery)
    wish = DaysQuery(asked.visit_type, asked.mode, asked.first, asked.days, asked.practitioner)
    found = listing.list_days(house(), wish, now())
    zone = found.clinic.organization.zone
    return _answer({"zone": zone, "slots": api_answers.slots(found.clinic, found.slots)})


@bp.post("/appointments")
def create() -> Response:
    """Book a visit; the same key and body again give the same answer and no second visit."""
    _query(LanguageQuery)
    asked = _body(BookingAsked)
    base_url = settings().base_url
    once = Once(
        key=_key(),
        body=_written(asked),
        answer_of=lambda visit, secrets: _written(api_answers.booked(visit, secrets, base_url)),
    )
    answer = _book(asked, once)
    located = Response(answer, 201, mimetype="application/json")
    located.headers["Location"] = f"{base_url}/api/v1/appointments/{json.loads(answer)['id']}"
    return located


@bp.get("/appointments/<public_id>")
def show(public_id: str) -> Response:
    """One visit, for whoever holds its secret."""
    _query(LanguageQuery)
    return _appointment(_mine(public_id))


@bp.post("/appointments/<public_id>/reschedule")
def reschedule(public_id: str) -> Response:
    """Move a visit to another time; its id, its UID and its links stay."""
    _query(LanguageQuery)
    visit = _mine(public_id)
    asked = _body(MoveAsked)
    wish = MoveRequest(asked.start, visit.appointment.mode, asked.practitioner, seen=asked.sequence)
    return _appointment(changing.move(house(), visit.appointment.id, wish, actor(), now()))


@bp.post("/appointments/<public_id>/cancel")
def cancel(public_id: str) -> Response:
    """Give a visit up; giving up twice changes nothing."""
    _query(LanguageQuery)
    visit = _mine(public_id)
    asked = _body(CancelAsked, may_be_empty=True)
    by_helper = current_link().purpose is LinkPurpose.HELPER
    by = CancelledBy.HELPER if by_helper else CancelledBy.PATIENT
    number, who = visit.appointment.id, actor()
    given_up = changing.cancel(house(), number, by, who, now(), reason=asked.reason, seen=asked.sequence)
    return _appointment(given_up)


@bp.errorhandler(Refusal)
def refuse(refusal: Refusal) -> Response:
    """Say no with the refusal's code and sentence, and with what helps to go on."""
    answer = problem(status_of(refusal), code_of(refusal), _(refusal.sentence), **_help_with(refusal))
    if isinstance(refusal, SignInRequired):
        answer.headers["WWW-Authenticate"] = 'Bearer realm="appointments"'
    return answer


def _help_with(refusal: Refusal) -> Mapping[str, Any]:
    match refusal:
        case InvalidInput(errors=errors):
            return {"errors": {name: _(sentence) for name, sentence in errors.items()}}
        case NotOffered(reason=reason, alternatives=alternatives):
            return {"reason": reason, "alternatives": api_answers.slots(clinic(), alternatives)}
        case SlotTaken(alternatives=alternatives) | HoldLapsed(alternatives=alternatives):
            return {"alternatives": api_answers.slots(clinic(), alternatives)}
        case GateClosed():
            return {"phone": organization().phone}
    return {}


def _answer(content: object) -> Response:
    return Response(_written(content), mimetype="application/json")


def _written(content: object) -> bytes:
    return _JSON.dump_json(content, exclude_none=True)


def _query(kind: type[Q]) -> Q:
    """What stands after `?`, as `kind` has it.

    :raises InvalidInput: with one sentence a field.
    """
    given = {name: values[0] if len(values) == 1 else values for name, values in request.args.lists()}
    try:
        return kind.model_validate(given)
    except ValidationError as trouble:
        raise InvalidInput(errors_of(trouble)) from None


def _body(kind: type[A], *, may_be_empty: bool = False) -> A:
    """The JSON that was sent, as `kind` has it.

    :raises InvalidInput: with one sentence a field.
    """
    sent = request.get_data()
    if not sent and may_be_empty:
        return kind()
    if request.mimetype != "application/json":
        abort(problem(415, "media-type", _(N_("Please send JSON, with the content type application/json."))))
    try:
        return kind.model_validate_json(sent)
    except ValidationError as trouble:
        if any(error["type"] == "json_invalid" for error in trouble.errors(include_input=False)):
            abort(problem(400, "bad-request", _(N_("This is not well-formed JSON in UTF-8."))))
        raise InvalidInput(errors_of(trouble)) from None


def _key() -> str:
    key = request.headers.get(KEY_HEADER, "")
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise InvalidInput({KEY_HEADER: N_("Please send a random key of at most 128 plain letters.")})
    return key


def _book(asked: BookingAsked, once: Once) -> bytes:
    """Book; fields that a service complains of are named as they were sent."""
    try:
        answer = booking.book(house(), _request(asked, now()), actor(), now(), once=once).answer
    except NotFound:
        raise InvalidInput({"visit_type": N_("The clinic does not offer this visit.")}) from None
    except InvalidInput as refusal:
        raise InvalidInput({_as_sent(name): text for name, text in refusal.errors.items()}) from None
    assert answer is not None, "a request with a key is always answered"
    return answer


def _as_sent(name: str) -> str:
    place, _dot, sign = name.partition(".")
    return f"gate.answers.{sign}" if place == "gate" else name


def _request(asked: BookingAsked, now: datetime) -> BookingRequest:
    """What was asked, in the words of the house.

    :raises InvalidInput: when two fields do not go together.
    """
    patient = asked.patient
    _refuse_ill_matched(asked, now)
    return BookingRequest(
        visit_type_code=asked.visit_type,
        mode=asked.mode,
        start=asked.start,
        practitioner_id=asked.practitioner,
        gate=GateAnswers(asked.gate.version, asked.gate.answers, patient.language),
        patient=PatientDetails(
            given_name=patient.given_name,
            family_name=patient.family_name,
            birth_date=patient.birth_date,
            phone=patient.phone,
            email=patient.email,
            language=patient.language,
            remind_by=tuple(dict.fromkeys(asked.remind_by)),
        ),
        helper=HelperDetails(**dict(asked.helper)) if asked.helper else None,
        virtual=VirtualDetails(**dict(asked.virtual)) if asked.virtual else None,
        source="api",
    )


def _refuse_ill_matched(asked: BookingAsked, now: datetime) -> None:
    errors = {}
    if not now.year - OLDEST <= asked.patient.birth_date.year or asked.patient.birth_date > now.date():
        errors["patient.birth_date"] = N_("This date of birth is not possible.")
    if RemindBy.EMAIL in asked.remind_by and asked.patient.email is None:
        errors["remind_by"] = N_("For e-mail we need an e-mail address.")
    if asked.virtual is not None and asked.mode != "virtual":
        errors["virtual"] = N_("This is for a video visit only.")
    if errors:
        raise InvalidInput(errors)


def _mine(public_id: str) -> Visit:
    """The visit of that name, if the secret that came along is its own.

    :raises SignInRequired: when no secret came along.
    :raises NotFound: alike when the visit is missing and when it is somebody else's.
    """
    link = bearer(*OPENS_A_VISIT)
    visit = changing.show(house(), link.appointment_id or 0)
    if visit.appointment.public_id != public_id:
        raise NotFound
    return visit


def _appointment(visit: Visit) -> Response:
    """The visit with its links; the way to change it is the one that was used, be it the patient's or a helper's."""
    secrets = private_links.of_visit(house(), visit.appointment.id)
    used = request.headers["Authorization"].partition(" ")[2].strip()
    links = {**secrets, LinkPurpose.MANAGE: used}
    return _answer(api_answers.appointment(visit, links, settings().base_url))
