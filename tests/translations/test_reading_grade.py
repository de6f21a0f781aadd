"""What the clinic says in its own words can be read by a person of 78: the signs, the consents, the visits, the mails.

The pages around them are held to the same where they are tested. English by school grade, Spanish by ease: 80 is easy,
and a text that must say "procedimiento" or "anticoagulante" comes to 70.
"""

from __future__ import annotations

import re

import pytest

from scheduler.domain.founding.house import LOCATION
from scheduler.domain.founding.signs import GATE
from scheduler.domain.founding.texts import CONSENTS
from scheduler.domain.founding.visits import VISIT_TYPES
from scheduler.domain.notification import CHORES, Kind
from scheduler.domain.safety_gate import Question
from scheduler.domain.wording import Text
from scheduler.worker.mail import Mailer
from tests.letters import SENDER, a_letter, visit_after
from tests.pages.reading import ease, grade, sentences_of
from tests.post import Tray, parsed

WORDS = [
    pytest.param([question.text for question in GATE.questions], id="signs"),
    *(pytest.param([consent.text], id=consent.kind) for consent in CONSENTS),
    *(pytest.param([visit.summary, visit.preparation], id=visit.code) for visit in VISIT_TYPES),
    pytest.param([LOCATION.directions], id="directions"),
]


@pytest.mark.parametrize("texts", WORDS)
def test_the_clinics_own_words_are_easy(texts: list[Text]) -> None:
    assert grade(said("\n".join(text.en for text in texts))) <= 6
    assert ease(said("\n".join(text.es for text in texts))) >= 70


@pytest.mark.parametrize("question", GATE.questions, ids=lambda question: question.id)
def test_no_sign_needs_a_second_reading(question: Question) -> None:
    assert grade(said(question.text.en)) <= 6
    assert max(len(words.split()) for words in said(question.text.en) + said(question.text.es)) <= 20


@pytest.mark.parametrize("kind", sorted(set(Kind) - CHORES))
def test_a_mail_is_easy(kind: Kind) -> None:
    assert grade(mail_in("en", kind)) <= 6
    assert ease(mail_in("es", kind)) >= 70


def mail_in(language: str, kind: Kind) -> list[str]:
    """The sentences of a mail's text, without its dates, addresses and names."""
    letter = a_letter(kind, visit_after(kind, language=language), language=language)
    text = parsed(Mailer(Tray(), SENDER, "https://clinic.example.com").write(letter)).get_body(("plain",))
    assert text is not None
    return [words for words in said(text.get_content()) if not re.search(r"\d|https|Institute", words)]


def said(text: str) -> list[str]:
    """The sentences of a text; every line ends one."""
    return sentences_of("<main>" + "".join(f"<p>{line}</p>" for line in text.splitlines()) + "</main>")
