"""A text is handed over once, and each of the company's answers has its consequence."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from scheduler.domain.hand_over import HandOver, Result
from scheduler.domain.text_account import TextAccount
from scheduler.worker.sms import Text
from scheduler.worker.text_gateway import LONGEST_WAIT, USUAL_WAIT, FolderGateway, HttpGateway
from tests.letters import WRITTEN
from tests.text_company import OUR_NUMBER, Answer, Company

BASE_URL = "https://clinic.example.com"
NUMBER = "+19155550111"
TEXT = Text("00112233445566778899aabbccddeeff", "Visit tomorrow, Tue Dec 1. ¿Preguntas?", WRITTEN)


@pytest.fixture
def gateway(company: Company) -> Iterator[HttpGateway]:
    made = HttpGateway(company.account, BASE_URL, timeout=0.6)
    yield made
    made.close()


def refusal(code: int, status: int = 400, **headers: str) -> Answer:
    said = {"code": code, "message": f"something about {NUMBER}", "status": status}
    return Answer(status, said, tuple((name.replace("_", "-"), value) for name, value in headers.items()))


class TestHandingOver:
    """What travels, and what an acceptance looks like."""

    def test_the_company_gets_number_sender_words_and_where_to_report(
        self, company: Company, gateway: HttpGateway
    ) -> None:
        answer = gateway.post(TEXT, NUMBER)
        assert answer == HandOver(
            Result.ACCEPTED, reference=f"SM{0:032d}", provider=f"127.0.0.1:{company.port}"
        )
        assert company.asked == [
            {
                "To": NUMBER,
                "From": OUR_NUMBER,
                "Body": TEXT.words,
                "StatusCallback": f"{BASE_URL}/sms/status/{TEXT.name}",
            }
        ]

    def test_the_same_text_again_is_the_same_text(self, company: Company, gateway: HttpGateway) -> None:
        first, second = gateway.post(TEXT, NUMBER), gateway.post(TEXT, NUMBER)
        assert first == second
        assert len(company.taken) == 1

    def test_one_connection_serves_many_texts_and_threads_may_share_it(self, gateway: HttpGateway) -> None:
        assert {gateway.post(TEXT, NUMBER).result for _ in range(5)} == {Result.ACCEPTED}

    def test_a_pool_of_numbers_is_named_as_such(self, company: Company) -> None:
        url = company.url.replace(OUR_NUMBER, "MG0123456789abcdef")
        pooled = HttpGateway(TextAccount.parse(url), BASE_URL)
        assert pooled.post(TEXT, NUMBER).result is Result.ACCEPTED
        assert company.asked[0]["MessagingServiceSid"] == "MG0123456789abcdef"
        assert "From" not in company.asked[0]
        pooled.close()


class TestAnswers:
    """What each answer means."""

    @pytest.mark.parametrize(
        ("answer", "result"),
        [
            (refusal(21211), Result.REFUSED),
            (refusal(21614), Result.REFUSED),
            (refusal(21617), Result.REFUSED),
            (refusal(21610), Result.OPTED_OUT),
            (refusal(21606), Result.UNREACHABLE),
            (refusal(20003, 401), Result.UNREACHABLE),
            (Answer(403, {}), Result.UNREACHABLE),
            (Answer(404, b"<html>"), Result.UNREACHABLE),
            (Answer(302, {}, (("Location", "https://elsewhere.example.com/"),)), Result.UNREACHABLE),
            (refusal(20429, 429), Result.DEFERRED),
            (refusal(21611), Result.DEFERRED),
            (Answer(503, b""), Result.DEFERRED),
            (Answer(500, b"oops"), Result.UNSURE),
            (Answer(502, {}), Result.UNSURE),
            (Answer(504, {}), Result.UNSURE),
            (Answer(400, b"not json"), Result.REFUSED),
            (Answer(400, []), Result.REFUSED),
            (Answer(400, {"code": "many"}), Result.REFUSED),
        ],
        ids=str,
    )
    def test_it_is_read_by_status_and_code(
        self, company: Company, gateway: HttpGateway, answer: Answer, result: Result
    ) -> None:
        company.answers = [answer]
        told = gateway.post(TEXT, NUMBER)
        assert told.result is result
        assert NUMBER not in repr(told)
        assert told.reason.startswith("sms ")

    @pytest.mark.parametrize(
        ("asked", "wait"),
        [
            ({"Retry_After": "7"}, timedelta(seconds=7)),
            ({"Retry_After": "0"}, USUAL_WAIT),
            ({"Retry_After": "999999"}, LONGEST_WAIT),
            ({"Retry_After": "soon"}, USUAL_WAIT),
            ({}, USUAL_WAIT),
        ],
    )
    def test_too_many_says_when_to_come_again(
        self, company: Company, gateway: HttpGateway, asked: dict[str, str], wait: timedelta
    ) -> None:
        company.answers = [refusal(20429, 429, **asked)]
        assert gateway.post(TEXT, NUMBER).wait == wait

    def test_nobody_there_is_no_attempt(self) -> None:
        gone = TextAccount.parse("http://AC1:x@127.0.0.1:9/?from=+19155550100")
        gateway = HttpGateway(gone, BASE_URL)
        assert gateway.post(TEXT, NUMBER).result is Result.UNREACHABLE
        gateway.close()

    @pytest.mark.parametrize("answer", [Answer(silent=True), Answer(delay=1.2)], ids=["hangs up", "too late"])
    def test_silence_after_the_words_were_sent_is_unsure_and_a_repeat_is_absorbed(
        self, company: Company, gateway: HttpGateway, answer: Answer
    ) -> None:
        company.answers = [answer]
        assert gateway.post(TEXT, NUMBER).result is Result.UNSURE
        assert gateway.post(TEXT, NUMBER).result is Result.ACCEPTED
        assert len(company.taken) == 1


class TestLookingUp:
    """What became of a text whose hand-over had no answer."""

    def test_what_was_taken_is_found_by_its_words(self, company: Company, gateway: HttpGateway) -> None:
        company.answers = [Answer(silent=True)]
        gateway.post(TEXT, NUMBER)
        found = gateway.look_up(TEXT, NUMBER)
        assert found is not None
        assert (found.result, found.reference) == (Result.ACCEPTED, f"SM{0:032d}")

    def test_other_words_another_number_and_an_older_text_are_not_it(
        self, company: Company, gateway: HttpGateway
    ) -> None:
        gateway.post(TEXT, NUMBER)
        later = Text(TEXT.name, TEXT.words, WRITTEN + timedelta(hours=1))
        for text, number in (
            (Text(TEXT.name, "Other words", WRITTEN), NUMBER),
            (TEXT, "+19155550112"),
            (later, NUMBER),
        ):
            answer = gateway.look_up(text, number)
            assert answer is not None
            assert answer.result is Result.REFUSED

    @pytest.mark.parametrize("answer", [Answer(500, b"x"), Answer(200, b"x"), Answer(200, [1])])
    def test_a_company_that_does_not_answer_is_not_taken_for_no(
        self, company: Company, gateway: HttpGateway, answer: Answer
    ) -> None:
        company.answers = [answer]
        assert gateway.look_up(TEXT, NUMBER) is None

    def test_no_number_reaches_the_log(self, gateway: HttpGateway, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.INFO):
            gateway.look_up(TEXT, NUMBER)
            gateway.post(TEXT, NUMBER)
        assert NUMBER.removeprefix("+") not in caplog.text


class TestFolder:
    """Where no company is set."""

    def test_a_text_is_a_file_for_its_owner_alone(self, tmp_path: Path) -> None:
        folder = tmp_path / "outbox" / "sms"
        assert FolderGateway(folder).post(TEXT, NUMBER).result is Result.ACCEPTED
        (path,) = folder.iterdir()
        assert path.name == f"20261120T163000-{TEXT.name}.json"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert json.loads(path.read_text(encoding="utf-8")) == {
            "id": TEXT.name,
            "at": WRITTEN.isoformat(),
            "to": NUMBER,
            "body": TEXT.words,
            "alphabet": "gsm-7",
            "units": len(TEXT.words),
            "parts": 1,
        }

    def test_a_repeat_takes_the_same_place_and_can_be_found(self, tmp_path: Path) -> None:
        gateway = FolderGateway(tmp_path)
        before = gateway.look_up(TEXT, NUMBER)
        for _ in range(2):
            gateway.post(TEXT, NUMBER)
        after = gateway.look_up(TEXT, NUMBER)
        assert len(list(tmp_path.iterdir())) == 1
        assert before is not None
        assert after is not None
        assert (before.result, after.result) == (Result.REFUSED, Result.ACCEPTED)

    def test_a_folder_that_cannot_be_written_is_no_attempt(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        assert FolderGateway(tmp_path / "file" / "sms").post(TEXT, NUMBER).result is Result.UNREACHABLE


def test_the_library_is_told_never_to_follow_or_to_use_a_proxy_of_the_environment(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    gateway = HttpGateway(company.account, BASE_URL, timeout=httpx.Timeout(1.0))
    assert gateway.post(TEXT, NUMBER).result is Result.ACCEPTED
    gateway.close()
