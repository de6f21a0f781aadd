"""Many odd requests, made from the API's own description: no accident, and no answer that it does not announce.

Some come from a stranger, some from somebody who owns a visit, so that the views behind the secret are reached. The
plug-in that schemathesis brings for pytest lags behind pytest, so the requests are drawn here.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
)

from scheduler.web.openapi import OPERATIONS, PREFIX, Operation
from tests.programs import Program

EXAMPLES = 15
QUIET = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
NOT_HELD: list[Any] = [positive_data_acceptance, ignored_auth]
"""A well-formed request may still name a visit that this clinic does not give, and a wrong secret is answered like a
missing visit, so that nobody learns which it was. All other checks are held.
"""


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=str)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.view)
def test_no_request_finds_an_accident_or_an_unannounced_answer(
    everywhere: Program, operation: Operation, mode: GenerationMode
) -> None:
    described = schemathesis.openapi.from_wsgi("/openapi.json", everywhere.app)
    cases = described[PREFIX + operation.path][operation.method.upper()].as_strategy(generation_mode=mode)
    right = Right(everywhere)
    seen: set[int] = set()

    @QUIET
    @given(case=cases, share=st.sampled_from(["none", "some", "all"]))
    def ask(case: Case[Any], share: str) -> None:
        right.put_into(case, share)
        answer = case.call()
        seen.add(answer.status_code)
        mended = [] if share == "none" else [negative_data_rejection]
        case.validate_response(answer, excluded_checks=[*NOT_HELD, *mended])

    ask()
    assert seen <= {operation.status, *operation.problems}
    assert mode is GenerationMode.NEGATIVE or operation.status in seen


class Right:
    """What chance would never find: a secret that opens, a visit that the clinic gives, a whole booking."""

    def __init__(self, program: Program) -> None:
        self.own = program.book()
        self.booking = program.body(mode="virtual")
        self.move = {"start": program.slots()[7]["start"]}

    def put_into(self, case: Case[Any], share: str) -> None:
        """Replace nothing, some of the request, or all that can be replaced."""
        if share == "none":
            return
        if case.path_parameters:
            case.path_parameters["public_id"] = self.own["id"]
            case.headers["Authorization"] = f"Bearer {self.own['token']}"
        if "visit_type" in case.query:
            case.query["visit_type"] = self.booking["visit_type"]
        if isinstance(case.body, dict) and case.body:
            case.body = self._body(case.body, share)

    def _body(self, drawn: dict[str, Any], share: str) -> dict[str, Any]:
        whole = self.booking if "patient" in drawn or len(drawn) > 3 else self.move
        if share == "all" and "start" in drawn:
            return dict(whole)
        return {**drawn, **{name: whole[name] for name in drawn if name in whole and name != "patient"}}
