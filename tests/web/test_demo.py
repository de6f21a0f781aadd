"""Claims about the mails a newcomer may read: only in a demonstration, and nothing in them runs."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from scheduler.worker.sms import Text
from scheduler.worker.text_gateway import FolderGateway
from tests.house import MakeApp
from tests.inspector import Inspector

NAME = "20260914T150000-abc.eml"
PATHS = ("/demo/mail", f"/demo/mail/{NAME}", f"/demo/mail/{NAME}/page", f"/demo/mail/{NAME}/file.eml")


@pytest.fixture
def demo(make_app: MakeApp) -> Flask:
    return make_app(DEMO="1")


def folder(app: Flask) -> Path:
    made = Path(app.instance_path) / "outbox" / "mail"
    made.mkdir(parents=True, exist_ok=True)
    return made


def written(app: Flask, name: str = NAME, **changes: str) -> None:
    letter = EmailMessage()
    letter["Subject"] = changes.get("subject", "Appointment – West Texas Institute")
    letter["To"] = "Rosa <rosa@example.com>"
    letter["Date"] = changes.get("date", "Mon, 14 Sep 2026 15:00:00 +0000")
    letter.set_content(changes.get("text", "Your visit is booked."))
    letter.add_alternative('<p style="color: red">Your visit</p><script>alert(1)</script>', subtype="html")
    letter.add_alternative(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", maintype="text", subtype="calendar")
    (folder(app) / name).write_bytes(letter.as_bytes())


@pytest.mark.parametrize("path", PATHS)
def test_outside_a_demonstration_there_is_nothing_here(app: Flask, client: Inspector, path: str) -> None:
    written(app)
    assert client.get(path).status_code == 404


def test_before_the_first_mail_the_page_says_so(demo: Flask) -> None:
    assert "There is no mail yet" in demo.test_client().get("/demo/mail").get_data(as_text=True)


def test_mails_are_listed_the_newest_first(demo: Flask) -> None:
    written(demo, "a.eml", subject="Older one", date="Mon, 14 Sep 2026 15:00:00 +0000")
    written(demo, "b.eml", subject="Newer one", date="Tue, 15 Sep 2026 15:00:00 +0000")
    page = demo.test_client().get("/demo/mail").get_data(as_text=True)
    assert 0 < page.index("Newer one") < page.index("Older one")


def test_a_mail_is_shown_as_its_words(demo: Flask) -> None:
    written(demo, text="Your visit <b>is</b> booked.\n")
    page = demo.test_client().get(f"/demo/mail/{NAME}").get_data(as_text=True)
    assert "Your visit &lt;b&gt;is&lt;/b&gt; booked." in page
    assert "rosa@example.com" in page
    assert "alert(1)" not in page


def test_the_html_of_a_mail_may_run_and_fetch_nothing(demo: Flask) -> None:
    written(demo)
    answer = FlaskClient(demo).get(f"/demo/mail/{NAME}/page")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox;") and "default-src 'none'" in policy and "script" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_mail_and_its_invitation_are_files(demo: Flask) -> None:
    written(demo)
    client = demo.test_client()
    mail = client.get(f"/demo/mail/{NAME}/file.eml")
    assert mail.mimetype == "message/rfc822"
    assert "attachment" in mail.headers["Content-Disposition"]
    assert b"rosa@example.com" in mail.data
    invite = client.get(f"/demo/mail/{NAME}/invite.ics")
    assert invite.mimetype == "text/calendar"
    assert invite.data.startswith(b"BEGIN:VCALENDAR")


@pytest.mark.parametrize("name", ["..%2F..%2Fsecret_key", "nothing.eml", "%00", "../secret_key", ".."])
def test_no_name_leads_out_of_the_folder(demo: Flask, name: str) -> None:
    written(demo)
    for rest in ("", "/page", "/file.eml", "/invite.ics"):
        assert FlaskClient(demo).get(f"/demo/mail/{name}{rest}").status_code in {404, 308}


def test_a_file_that_is_no_mail_spoils_no_list(demo: Flask) -> None:
    written(demo)
    (folder(demo) / "broken.eml").write_bytes(b"\xff\xfe\x00 not a mail at all")
    (folder(demo) / "empty.eml").write_bytes(b"")
    (folder(demo) / "dated.eml").write_bytes(b"Date: nonsense\r\nSubject: =?utf-8?q?=FF?=\r\n\r\nx")
    assert demo.test_client().get("/demo/mail").status_code == 200


class TestTexts:
    """The texts a newcomer may read."""

    def test_outside_a_demonstration_there_is_nothing_here(self, app: Flask, client: Inspector) -> None:
        assert client.get("/demo/texts").status_code == 404

    def test_before_the_first_text_the_page_says_so(self, demo: Flask) -> None:
        assert "There is no text yet" in demo.test_client().get("/demo/texts").text

    def test_they_are_shown_as_their_words_the_newest_first_and_rubbish_is_left_out(
        self, demo: Flask
    ) -> None:
        folder = Path(demo.instance_path) / "outbox" / "sms"
        gateway = FolderGateway(folder)
        for hour, words in ((15, "Older <b>one"), (16, "Newer one")):
            sent = datetime(2026, 9, 14, hour, tzinfo=UTC)
            gateway.post(Text(f"{hour:032d}", words, sent), "+19155550111")
        (folder / "x.json").write_text("{")
        (folder / "y.json").write_text('{"at": "2026-09-14T15:00:00", "to": "", "body": "", "parts": 1}')
        page = demo.test_client().get("/demo/texts").text
        assert 0 < page.index("Newer one") < page.index("Older &lt;b&gt;one")
        assert page.count("(915) 555-0111") == 2
