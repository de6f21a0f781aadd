"""A second provider steps in while the first one fails, and no message goes to both because of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.config import load_settings
from scheduler.domain.failover import FIRST_REST
from scheduler.domain.hand_over import HandOver, Result
from scheduler.worker.mail import Mailer
from scheduler.worker.providers import (
    ClosingGateway,
    Gateways,
    Line,
    OwnChoice,
    PostOffices,
    Switchboard,
    gateways,
    post_offices,
)
from scheduler.worker.sms import Text
from scheduler.worker.text_gateway import FolderGateway, HttpGateway
from tests.letters import SENDER, WRITTEN, a_letter
from tests.text_company import Answer, Company, company_at_work

BASE_URL = "https://clinic.example.com"
NUMBER = "+19155550111"


def a_text(name: str = "a" * 32) -> Text:
    return Text(name, f"Visit tomorrow {name}", WRITTEN)


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def second() -> Iterator[Company]:
    """Another company that takes everything."""
    with company_at_work(Company()) as working:
        yield working


@pytest.fixture
def both(company: Company, second: Company, watch: Watch) -> Iterator[Gateways]:
    lines: list[Line[ClosingGateway]] = [
        Line(name, HttpGateway(each.account, BASE_URL, timeout=0.6))
        for name, each in (("usual", company), ("second", second))
    ]
    made = Gateways(Switchboard(lines, OwnChoice(watch)))
    yield made
    made.close()


def bad(status: int = 401) -> Answer:
    return Answer(status, {}, takes=False)


class TestFailover:
    """Two companies, really answering."""

    def test_the_usual_one_has_the_work(self, both: Gateways, company: Company, second: Company) -> None:
        assert both.post(a_text(), NUMBER).provider == "usual"
        assert (len(company.taken), len(second.taken)) == (1, 0)

    def test_what_surely_was_not_taken_goes_to_the_other_at_once(
        self, both: Gateways, company: Company, second: Company
    ) -> None:
        company.answers = [bad()]
        answer = both.post(a_text(), NUMBER)
        assert (answer.result, answer.provider) == (Result.ACCEPTED, "second")
        assert (len(company.taken), len(second.taken)) == (0, 1)

    def test_after_three_failures_the_usual_one_is_left_alone_for_a_while(
        self, both: Gateways, company: Company, watch: Watch
    ) -> None:
        company.answers = [bad()] * 3
        for number in range(6):
            assert both.post(a_text(f"{number:032d}"), NUMBER).provider == "second"
        assert len(company.asked) == 3
        watch.time = FIRST_REST
        assert both.post(a_text("b" * 32), NUMBER).provider == "usual"

    def test_a_text_of_unknown_fate_goes_again_to_where_it_went_first(
        self, both: Gateways, company: Company, second: Company
    ) -> None:
        company.answers = [Answer(silent=True), bad(), bad(), bad()]
        assert both.post(a_text(), NUMBER).result is Result.UNSURE
        for number in range(3):
            both.post(a_text(f"{number:032d}"), NUMBER)
        assert both.post(a_text(), NUMBER).result is Result.UNREACHABLE
        assert both.post(a_text(), NUMBER).result is Result.ACCEPTED
        assert len(company.taken) == 1
        assert "a" * 32 not in second.taken

    def test_both_out_of_reach_is_no_attempt(self, both: Gateways, company: Company, second: Company) -> None:
        company.answers, second.answers = [bad()], [bad()]
        assert both.post(a_text(), NUMBER).result is Result.UNREACHABLE

    def test_a_number_that_no_phone_has_is_not_tried_twice(
        self, both: Gateways, company: Company, second: Company
    ) -> None:
        company.answers = [Answer(400, {"code": 21211}, takes=False)]
        assert both.post(a_text(), NUMBER).result is Result.REFUSED
        assert second.asked == []


class TestAskingBoth:
    """What became of a text, where two companies may have it."""

    def result(self, both: Gateways, text: Text) -> Result | None:
        answer = both.look_up(text, NUMBER)
        return answer.result if answer else None

    def test_one_that_has_it_settles_it(self, both: Gateways, company: Company) -> None:
        company.answers = [bad()]
        both.post(a_text(), NUMBER)
        assert self.result(both, a_text()) is Result.ACCEPTED

    def test_only_both_together_can_say_no(self, both: Gateways, second: Company) -> None:
        assert self.result(both, a_text()) is Result.REFUSED
        second.answers = [Answer(500, b"x")]
        assert self.result(both, a_text()) is None

    def test_a_repeat_is_not_safe_between_two(self, tmp_path: Path, both: Gateways) -> None:
        assert not both.is_idempotent
        assert Gateways(Switchboard([Line("folder", FolderGateway(tmp_path))])).is_idempotent


class Office:
    """A post office that answers as it is told."""

    def __init__(self, *answers: Result) -> None:
        self.answers = list(answers)
        self.posted = 0
        self.is_open = True

    def post(self, message: bytes, sender: str, recipient: str) -> HandOver:
        self.posted += 1
        return HandOver(self.answers.pop(0) if self.answers else Result.ACCEPTED)

    def close(self) -> None:
        self.is_open = False


def test_mail_servers_stand_in_for_each_other_and_a_mail_keeps_to_its_own() -> None:
    usual, other = Office(Result.UNSURE, Result.UNREACHABLE), Office()
    offices = PostOffices(Switchboard([Line("usual", usual), Line("other", other)]))
    mail = Mailer(offices, SENDER, BASE_URL).write(a_letter())
    elsewhere = Mailer(offices, SENDER, BASE_URL).write(a_letter(message_id="f" * 32 + "@clinic.example.com"))
    results = [offices.post(message, SENDER, "a@example.com").result for message in (mail, mail, elsewhere)]
    assert results == [Result.UNSURE, Result.UNREACHABLE, Result.ACCEPTED]
    assert (usual.posted, other.posted) == (3, 0)
    offices.close()
    assert not usual.is_open
    assert not other.is_open


def test_without_providers_there_are_folders(tmp_path: Path) -> None:
    settings = load_settings({"INSTANCE_PATH": str(tmp_path)})
    mail = Mailer(post_offices(settings), SENDER, BASE_URL).write(a_letter())
    mailed = post_offices(settings).post(mail, SENDER, "a@example.com")
    texted = gateways(settings).post(a_text(), NUMBER)
    assert (mailed.provider, texted.provider) == ("folder", "folder")
    assert len(list((tmp_path / "outbox" / "mail").iterdir())) == 1
    assert len(list((tmp_path / "outbox" / "sms").iterdir())) == 1


def test_the_ledger_names_providers_by_their_host_and_never_by_their_password(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "INSTANCE_PATH": str(tmp_path),
            "SMTP_URL": "smtp://user:hunter22@127.0.0.1:9",
            "SMTP_URL_2": "smtp://user:hunter22@localhost:9",
        }
    )
    offices = post_offices(settings)
    mail = Mailer(offices, SENDER, BASE_URL).write(a_letter())
    assert offices.post(mail, SENDER, "a@example.com").provider == "127.0.0.1:9"
    offices.close()
