"""A second provider steps in while the first one fails, and no message goes to both because of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler.config import load_settings
from scheduler.domain.failover import FIRST_REST, SECOND, USUAL, Failover
from scheduler.domain.hand_over import Circuit, HandOver, Held, Result
from scheduler.domain.notification import Channel
from scheduler.services.delivery import drain
from scheduler.services.house import House
from scheduler.services.post_room import PostRoom
from scheduler.services.provider_choice import SharedChoice
from scheduler.worker.mail import Mailer
from scheduler.worker.providers import (
    ClosingGateway,
    Gateways,
    Line,
    PostOffices,
    Switchboard,
    gateways,
    post_offices,
)
from scheduler.worker.sms import Text
from scheduler.worker.text_gateway import FolderGateway, HttpGateway
from tests.engines import NOW
from tests.letters import SENDER, WRITTEN, a_letter
from tests.post import book, later, outbox_of, reap, room_of
from tests.text_company import Answer, Company, company_at_work

BASE_URL = "https://clinic.example.com"
NUMBER = "+19155550111"


def a_text(name: str = "a" * 32) -> Text:
    return Text(name, f"Visit tomorrow {name}", WRITTEN)


class Notebook:
    """The choice as all workers share it, in memory, with a clock that a test moves."""

    def __init__(self) -> None:
        self.time = 0.0
        self.state = Failover()
        self.rows: dict[str, Held] = {}
        self.is_lost = False

    def choose(self) -> int:
        return self.state.choice(self.time)

    def heard(self, provider: int, answer: HandOver) -> bool:
        before, self.state = self.state, self.state.after(provider, answer, self.time)
        return before.active != self.state.active

    def held(self, name: str) -> Held | None:
        return None if self.is_lost else self.rows.get(name, Held())

    def hand_to(self, name: str, provider: str) -> bool:
        self.rows[name] = replace(self.rows.get(name, Held()), provider=provider)
        return True

    def doubt(self, name: str) -> None:
        """What the ledger says once nobody knows whether a message arrived."""
        self.rows[name] = replace(self.rows.get(name, Held()), in_doubt=True)


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
def second() -> Iterator[Company]:
    """Another company that takes everything."""
    with company_at_work(Company()) as working:
        yield working


@pytest.fixture
def both(company: Company, second: Company, notebook: Notebook) -> Iterator[Gateways]:
    lines: list[Line[ClosingGateway]] = [
        Line(name, HttpGateway(each.account, BASE_URL, timeout=0.6))
        for name, each in (("usual", company), ("second", second))
    ]
    made = Gateways(Switchboard(lines, notebook))
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
        self, both: Gateways, company: Company, notebook: Notebook
    ) -> None:
        company.answers = [bad()] * 3
        for number in range(6):
            assert both.post(a_text(f"{number:032d}"), NUMBER).provider == "second"
        assert len(company.asked) == 3
        notebook.time = FIRST_REST
        assert both.post(a_text("b" * 32), NUMBER).provider == "usual"

    def test_a_text_of_unknown_fate_goes_again_to_where_it_went_first(
        self, both: Gateways, company: Company, second: Company, notebook: Notebook
    ) -> None:
        company.answers = [Answer(silent=True), bad(), bad(), bad()]
        assert both.post(a_text(), NUMBER).result is Result.UNSURE
        notebook.doubt("a" * 32)
        for number in range(3):
            both.post(a_text(f"{number:032d}"), NUMBER)
        assert both.post(a_text(), NUMBER).result is Result.UNREACHABLE
        assert both.post(a_text(), NUMBER).result is Result.ACCEPTED
        assert len(company.taken) == 1
        assert "a" * 32 not in second.taken

    def test_whoever_gets_it_is_written_down_before_it_goes(
        self, both: Gateways, company: Company, second: Company, notebook: Notebook
    ) -> None:
        company.answers, second.answers = [bad()], [Answer(silent=True)]
        assert both.post(a_text(), NUMBER).result is Result.UNSURE
        assert notebook.rows["a" * 32].provider == "second"

    def test_what_cannot_be_written_down_goes_to_nobody(
        self, both: Gateways, company: Company, second: Company, notebook: Notebook
    ) -> None:
        notebook.is_lost = True
        assert both.post(a_text(), NUMBER).result is Result.UNREACHABLE
        assert (company.asked, second.asked) == ([], [])

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
        assert Gateways(Switchboard([Line("folder", FolderGateway(tmp_path))], Notebook())).is_idempotent


class Office:
    """A post office that answers as it is told."""

    def __init__(self, *answers: Result, on_post: Callable[[], None] = lambda: None) -> None:
        self.answers = list(answers)
        self.posted = 0
        self.is_open = True
        self.on_post = on_post

    def post(self, message: bytes, sender: str, recipient: str) -> HandOver:
        self.posted += 1
        self.on_post()
        return HandOver(self.answers.pop(0) if self.answers else Result.ACCEPTED)

    def close(self) -> None:
        self.is_open = False


def test_mail_servers_stand_in_for_each_other_and_a_mail_keeps_to_its_own(notebook: Notebook) -> None:
    usual, other = Office(Result.UNSURE, Result.UNREACHABLE), Office()
    offices = PostOffices(Switchboard([Line("usual", usual), Line("other", other)], notebook))
    mail = Mailer(offices, SENDER, BASE_URL).write(a_letter())
    elsewhere = Mailer(offices, SENDER, BASE_URL).write(a_letter(message_id="f" * 32 + "@clinic.example.com"))
    results = [offices.post(mail, SENDER, "a@example.com").result]
    notebook.doubt(a_letter().message_id)
    results += [offices.post(message, SENDER, "a@example.com").result for message in (mail, elsewhere)]
    assert results == [Result.UNSURE, Result.UNREACHABLE, Result.ACCEPTED]
    assert (usual.posted, other.posted) == (3, 0)
    offices.close()
    assert not usual.is_open
    assert not other.is_open


def test_without_providers_there_are_folders(tmp_path: Path) -> None:
    settings = load_settings({"INSTANCE_PATH": str(tmp_path)})
    mail = Mailer(post_offices(settings, Notebook()), SENDER, BASE_URL).write(a_letter())
    mailed = post_offices(settings, Notebook()).post(mail, SENDER, "a@example.com")
    texted = gateways(settings, Notebook()).post(a_text(), NUMBER)
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
    offices = post_offices(settings, Notebook())
    mail = Mailer(offices, SENDER, BASE_URL).write(a_letter())
    assert offices.post(mail, SENDER, "a@example.com").provider == "127.0.0.1:9"
    offices.close()


class Killed(BaseException):
    """The worker is gone in the middle of a hand-over."""


def die() -> None:
    raise Killed


class TestAcrossWorkers:
    """Where a mail went is in the ledger, so any worker sends it again to the same server, and none to the other."""

    def worker(self, house: House, usual: Office, other: Office) -> PostRoom:
        """A worker that has just started and knows nothing."""
        choice = SharedChoice(house, Channel.EMAIL, NOW - datetime.now(UTC))
        return room_of(house, PostOffices(Switchboard([Line("usual", usual), Line("other", other)], choice)))

    def test_a_mail_of_unknown_fate_goes_to_its_first_server_again(self, house: House) -> None:
        book(house)
        usual, other = Office(Result.UNREACHABLE), Office(Result.UNSURE)
        drain(self.worker(house, usual, other), Circuit())
        again = later(self.worker(house, usual, other), seconds=31)
        reap(again)
        assert drain(again, Circuit()).sent == 1
        assert (usual.posted, other.posted) == (1, 2)
        (row,) = outbox_of(house)
        assert (row.state, row.ambiguous) == ("sent", True)

    @pytest.mark.parametrize("first", [USUAL, SECOND])
    def test_so_does_one_whose_worker_was_killed_with_it(self, house: House, first: int) -> None:
        book(house)
        dying = Office(on_post=die)
        offices = [Office(Result.UNREACHABLE), Office()]
        offices[first] = dying
        with pytest.raises(Killed):
            drain(self.worker(house, *offices), Circuit())
        dying.on_post = lambda: None
        away = Office(Result.UNREACHABLE)
        offices[1 - first] = away
        again = later(self.worker(house, *offices), minutes=5)
        reap(again)
        assert drain(again, Circuit()).sent == 1
        assert (dying.posted, away.posted) == (2, 0)

    def test_a_mail_that_was_surely_not_taken_is_free_again(self, house: House) -> None:
        book(house)
        usual, other = Office(Result.UNREACHABLE, Result.ACCEPTED), Office(Result.DEFERRED)
        drain(self.worker(house, usual, other), Circuit())
        assert drain(later(self.worker(house, usual, other), minutes=5), Circuit()).sent == 1
        assert (usual.posted, other.posted) == (2, 1)
