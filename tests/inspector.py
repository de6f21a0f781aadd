"""A test client that looks at every page it is given, whatever the test itself is about.

Each HTML answer must have a title, a language, one main heading, a label for each field, a CSRF field in each form that
posts, no id twice, no reference that leads nowhere, and neither script nor style inside. While a request runs, opening
a mail connection fails the test: nothing leaves the house inside a request.
"""

from __future__ import annotations

import re
import smtplib
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_FIELDS = {"input", "select", "textarea"}
_WITHOUT_LABEL = {"hidden", "submit", "button", "image", "reset"}
_REFERENCES = ("aria-describedby", "aria-labelledby", "aria-controls")


class Inspector(FlaskClient):
    """Opens pages like a browser would and inspects each one."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Ask, inspect what comes back, hand it on; the whole answer is read, so that no file stays open."""
        kwargs.setdefault("buffered", True)
        with patch.object(
            smtplib.SMTP, "connect", side_effect=AssertionError("a request opened a mail connection")
        ):
            answer = super().open(*args, **kwargs)
        if answer.mimetype == "text/html" and answer.data and answer.request.method != "HEAD":
            faults = faults_of(answer.get_data(as_text=True))
            assert faults == [], f"{answer.request.path}: {faults}"
        return answer

    def submit(self, path: str, data: dict[str, Any], *, to: str = "", **kwargs: Any) -> TestResponse:
        """Open the page at `path` and send its form (the first, or the one whose action is `to`) with these answers."""
        page = self.get(path)
        assert page.status_code == 200, page.status_code
        form = next(
            form for form in Page.read(page.get_data(as_text=True)).forms if not to or form.action == to
        )
        target = form.action or path
        return self.post(target, data={**form.hidden, **data}, **kwargs)


@dataclass(slots=True)
class Form:
    """One form that posts: where to, and what it carries unseen."""

    action: str
    hidden: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Page:
    """What an inspector notes down about a page."""

    text: str = ""
    title: str = ""
    lang: str = ""
    h1: int = 0
    ids: list[str] = field(default_factory=list)
    labelled: set[str] = field(default_factory=set)
    fields: list[dict[str, str]] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, html: str) -> Page:
        """Read a page."""
        reader = _Reader()
        reader.feed(html)
        reader.close()
        return reader.page


def faults_of(html: str) -> list[str]:
    """Everything wrong with one page."""
    page = Page.read(html)
    faults = list(page.faults)
    if not page.title.strip():
        faults.append("no title")
    if page.lang not in {"en", "es"}:
        faults.append(f"language {page.lang!r}")
    if page.h1 != 1:
        faults.append(f"{page.h1} main headings")
    faults += [f"id twice: {name}" for name in sorted(set(page.ids)) if page.ids.count(name) > 1]
    faults += [f"leads nowhere: {name}" for name in page.references if name not in page.ids]
    faults += [f"a field without a label: {one}" for one in page.fields if not _is_labelled(one, page)]
    faults += [
        f"a form without CSRF: {form.action}" for form in page.forms if not form.hidden.get("csrf_token")
    ]
    return faults


def _is_labelled(one: dict[str, str], page: Page) -> bool:
    return bool(one.get("aria-label") or one.get("aria-labelledby")) or one.get("id") in page.labelled


class _Reader(HTMLParser):
    """Walks the markup once."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._in_title = False
        self._in_svg = 0
        self._form: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._in_svg += tag == "svg"
        self._structure(tag, given)
        self._forms(tag, given)
        self._forbidden(tag, given)

    def handle_endtag(self, tag: str) -> None:
        self._in_svg -= tag == "svg"
        if tag == "title":
            self._in_title = False
        if tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        self.page.text += data
        if self._in_title:
            self.page.title += data

    def _structure(self, tag: str, given: dict[str, str]) -> None:
        if tag == "html":
            self.page.lang = given.get("lang", "")
        self._in_title = self._in_title or (tag == "title" and not self._in_svg)
        self.page.h1 += tag == "h1"
        if "id" in given:
            self.page.ids.append(given["id"])
        for name in _REFERENCES:
            self.page.references += given.get(name, "").split()
        if tag == "a" and given.get("href", "").startswith("#"):
            self.page.references.append(given["href"][1:])
        if tag == "img" and "alt" not in given:
            self.page.faults.append("a picture without alt")

    def _forms(self, tag: str, given: dict[str, str]) -> None:
        if tag == "form" and given.get("method", "get").lower() == "post":
            self._form = Form(given.get("action", ""))
            self.page.forms.append(self._form)
        if tag == "label" and "for" in given:
            self.page.labelled.add(given["for"])
        if tag == "input" and given.get("type") == "hidden" and self._form is not None:
            self._form.hidden[given.get("name", "")] = given.get("value", "")
        if tag in _FIELDS and given.get("type") not in _WITHOUT_LABEL:
            self.page.fields.append(given)

    def _forbidden(self, tag: str, given: dict[str, str]) -> None:
        if tag == "style" or "style" in given:
            self.page.faults.append(f"style inside the page: <{tag}>")
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.page.faults.append("script inside the page")
        for name, value in given.items():
            if re.fullmatch(r"on[a-z]+", name) or value.strip().lower().startswith("javascript:"):
                self.page.faults.append(f"a handler inside the page: {name}")
        if (
            tag in {"script", "link", "img", "iframe", "source"}
            and urlsplit(given.get("src", given.get("href", ""))).netloc
        ):
            self.page.faults.append(f"asks another host: {given}")
