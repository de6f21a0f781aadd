"""Texts as a company brings them to our door: signed with our account's token, over our public address."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from scheduler.domain.text_account import signature
from tests.text_company import TOKEN

BASE_URL = "https://clinic.example.com"
SMS_URL = f"https://AC0123456789abcdef:{TOKEN}@texts.example.com/?from=+19155550100"
PHONE = "+19155550111"

_count = itertools.count(1)


def new_sid() -> str:
    """A company's name for a text, new each time."""
    return f"SM{next(_count):032x}"


@dataclass
class Caller:
    """The company's machine that calls us."""

    app: Flask
    token: str = TOKEN
    sent: list[TestResponse] = field(default_factory=list)

    def call(self, path: str, form: dict[str, str], *, signed: str | None = None) -> TestResponse:
        """Post a form to us, signed unless another signature is given."""
        given = signed if signed is not None else self.sign(path, form)
        answer: Any = self.app.test_client().post(
            path, data=form, headers={"X-Twilio-Signature": given}, base_url=BASE_URL
        )
        self.sent.append(answer)
        return answer  # type: ignore[no-any-return]

    def sign(self, path: str, form: dict[str, str]) -> str:
        """The signature of a form posted to a path of ours."""
        return signature(self.token, BASE_URL + path, {name: [value] for name, value in form.items()})

    def text(self, words: str, sender: str = PHONE, **more: str) -> str:
        """Bring a text in, and return what we answer ("" when we say nothing)."""
        form = {"MessageSid": new_sid(), "From": sender, "To": "+19155550100", "Body": words, **more}
        answer = self.call("/sms/inbound", form)
        assert answer.status_code == 200
        assert answer.mimetype == "text/xml"
        found = re.search(r"<Message>(.*)</Message>", answer.text, re.DOTALL)
        return unescape(found.group(1)) if found else ""
