"""Put new wordings in force: the safety questions and the texts people agree to. Old ones stay, answers name them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from scheduler.domain import entries as rules
from scheduler.domain.actor import Actor
from scheduler.domain.directory import ConsentText
from scheduler.domain.eligibility import CONSENT
from scheduler.domain.errors import NotFound
from scheduler.domain.right import Right, demand
from scheduler.domain.safety_gate import Gate, Question
from scheduler.domain.wording import Text
from scheduler.persistence import audit, directory, wordings
from scheduler.services.house import House


def publish_questions(house: House, questions: Sequence[Question], actor: Actor, now: datetime) -> str:
    """Put a new wording of the safety questions in force; returns its version.

    Whoever is answering the old ones right now is asked again, with the new words.

    :raises InvalidInput: when a question lacks a language, or none is about an emergency.
    """
    demand(actor, Right.KEEP_TEXTS)
    rules.check_questions(questions)
    with house.database.transaction() as connection:
        directory.bump(connection)
        version = wordings.next_gate_version(connection)
        wordings.add_gate(connection, Gate(version, tuple(questions)), now)
        audit.record(connection, actor, "publish", "gate", version, now=now)
    return version


def publish_text(house: House, kind: str, text: Text, actor: Actor, now: datetime) -> str:
    """Put a new wording of a text in force; returns its version.

    :raises NotFound: when the clinic has no text of this kind.
    :raises InvalidInput: when a language is missing, or the text about video does not name the emergency number.
    """
    demand(actor, Right.KEEP_TEXTS)
    rules.check_consent(text, names_emergency=kind == CONSENT)
    with house.database.transaction() as connection:
        directory.bump(connection)
        version = wordings.next_consent_version(connection, kind)
        if version is None:
            raise NotFound
        wordings.add_consent(connection, ConsentText(kind, version, text), now)
        audit.record(connection, actor, "publish", "consent-text", f"{kind} {version}", now=now)
    return version
