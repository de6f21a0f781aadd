"""How a draft is written down and read again: typed answers on one side, plain values on the other.

A value that a newer or an older program wrote differently counts as not answered: the person is asked again, and never
sees an accident.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from scheduler.domain.booking import GateAnswers
from scheduler.domain.call_back import BestTime, CallBack
from scheduler.domain.directory import Mode
from scheduler.domain.draft import DraftAnswers, ForWhom, Step, Typed
from scheduler.domain.person import HelperDetails, PatientDetails, Relation, RemindBy, VirtualDetails
from scheduler.domain.safety_gate import Answer

T = TypeVar("T")
Values = Mapping[str, Any]


def written(answers: DraftAnswers) -> dict[str, Any]:
    """The answers as plain values, ready to be sealed."""
    return {
        "gate": _gate_values(answers.gate),
        "visit_type": answers.visit_type_code,
        "mode": answers.mode.value if answers.mode else None,
        "start": answers.start.isoformat() if answers.start else None,
        "practitioner": answers.practitioner_id,
        "for_whom": answers.for_whom.value if answers.for_whom else None,
        "helper": _helper_values(answers.helper),
        "patient": _patient_values(answers.patient),
        "virtual": _virtual_values(answers.virtual),
        "is_minor": answers.is_minor,
        "call_back": _call_back_values(answers.call_back),
        "typed": [answers.typed.step.value, *answers.typed.fields] if answers.typed else None,
    }


def read(values: Values) -> DraftAnswers:
    """The answers that these values say; what cannot be read is left open."""
    return DraftAnswers(
        gate=_tried(_gate, values.get("gate")),
        visit_type_code=str(values.get("visit_type") or ""),
        mode=_tried(Mode, values.get("mode")),
        start=_tried(datetime.fromisoformat, values.get("start")),
        practitioner_id=_tried(int, values.get("practitioner")),
        for_whom=_tried(ForWhom, values.get("for_whom")),
        helper=_tried(_helper, values.get("helper")),
        patient=_tried(_patient, values.get("patient")),
        virtual=_tried(_virtual, values.get("virtual")),
        is_minor=bool(values.get("is_minor")),
        call_back=_tried(_call_back, values.get("call_back")),
        typed=_tried(_typed, values.get("typed")),
    )


def _tried(make: Callable[[Any], T], value: object) -> T | None:
    if value is None:
        return None
    try:
        return make(value)
    except (KeyError, TypeError, ValueError):
        return None


def _gate_values(gate: GateAnswers | None) -> dict[str, Any] | None:
    if gate is None:
        return None
    said = {sign: answer.value for sign, answer in gate.answers.items()}
    return {"version": gate.version, "answers": said, "language": gate.language}


def _gate(values: Values) -> GateAnswers:
    said = {sign: Answer(answer) for sign, answer in values["answers"].items()}
    return GateAnswers(values["version"], said, values["language"])


def _helper_values(helper: HelperDetails | None) -> dict[str, Any] | None:
    if helper is None:
        return None
    return {
        "name": helper.name,
        "phone": helper.phone,
        "email": helper.email,
        "relation": helper.relation.value,
        "may_be_told": helper.may_be_told,
    }


def _helper(values: Values) -> HelperDetails:
    return HelperDetails(
        values["name"], values["phone"], values["email"], Relation(values["relation"]), values["may_be_told"]
    )


def _patient_values(patient: PatientDetails | None) -> dict[str, Any] | None:
    if patient is None:
        return None
    return {
        "given_name": patient.given_name,
        "family_name": patient.family_name,
        "birth_date": patient.birth_date.isoformat(),
        "phone": patient.phone,
        "email": patient.email,
        "language": patient.language,
        "remind_by": [way.value for way in patient.remind_by],
    }


def _patient(values: Values) -> PatientDetails:
    return PatientDetails(
        given_name=values["given_name"],
        family_name=values["family_name"],
        birth_date=date.fromisoformat(values["birth_date"]),
        phone=values["phone"],
        email=values["email"],
        language=values["language"],
        remind_by=tuple(RemindBy(way) for way in values["remind_by"]),
    )


def _virtual_values(virtual: VirtualDetails | None) -> list[str | None] | None:
    if virtual is None:
        return None
    return [virtual.state, virtual.callback_phone, virtual.consent_version, virtual.zone]


def _virtual(values: list[str]) -> VirtualDetails:
    return VirtualDetails(*values)


def _call_back_values(call_back: CallBack | None) -> dict[str, str] | None:
    if call_back is None:
        return None
    return {
        "name": call_back.name,
        "phone": call_back.phone,
        "language": call_back.language,
        "best_time": call_back.best_time.value,
    }


def _call_back(values: Values) -> CallBack:
    return CallBack(values["name"], values["phone"], values["language"], BestTime(values["best_time"]))


def _typed(values: list[Any]) -> Typed:
    step, *fields = values
    return Typed(Step(step), tuple((str(name), str(text)) for name, text in fields))
