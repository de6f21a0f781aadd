"""What people, cats and attackers put into forms, and a reader that finds every form on a page with what it offers."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from random import Random

RUBBISH = (
    "",
    " ",
    "\x00",
    "a\x00b\x1b[31m",
    "\u202egnp.exe",
    "\ufeff\u200b",
    "é" * 1000,
    "x" * 20_000,
    "💥" * 40,
    "-1",
    "0",
    "9" * 19,
    "9" * 40,
    "1e309",
    "NaN",
    "²",
    "١٢٣",
    "2026-02-30",
    "9999-12-31",
    "0001-01-01",
    "2026-09-16",
    "2026-W38-3",
    "24:00",
    "08:30",
    "2026-09-16T08:30:00Z",
    "9999-12-31T23:59:59-23:59",
    "[]",
    '{"$ne": null}',
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "=cmd|' /C calc'!A0",
    "a@example.com\r\nBcc: b@example.com",
    "a@example.com,b@example.com",
    "%s%n%(x)s",
    "{{ 7 * 7 }}",
    "../../etc/passwd",
    "https://evil.example.org/",
    "on",
    "none",
    "es",
)

PLAUSIBLE = (
    ("phone", "(915) 555-0123"),
    ("email", "ana@example.com"),
    ("password", "correct horse battery"),
    ("year", "1950"),
    ("month", "3"),
    ("-day", "9"),
    ("date", "2026-09-16"),
    ("day", "2026-09-16"),
    ("minutes", "30"),
    ("npi", "1234567893"),
    ("zone", "America/Denver"),
    ("name", "Ana"),
)
"""By a part of a field's name, what somebody sensible types there."""


@dataclass(slots=True)
class FoundForm:
    """One form: where it goes, how, what it carries unseen, and for each field what may be chosen (nothing: typed)."""

    action: str
    method: str
    hidden: dict[str, str] = field(default_factory=dict)
    fields: dict[str, list[str]] = field(default_factory=dict)

    def sensibly(self, chance: Random) -> dict[str, str]:
        """Fill it in as a person would who has nothing to hide and takes any choice."""
        return {
            **self.hidden,
            **{name: sensible(name, offered, chance) for name, offered in self.fields.items()},
        }


def sensible(name: str, offered: list[str], chance: Random) -> str:
    """One sensible value: a "none" where it is offered, any other choice, or what belongs into such a field."""
    if "none" in offered:
        return "none"
    if offered:
        return chance.choice(offered)
    return next((value for part, value in PLAUSIBLE if part in name), "Ana")


def forms_in(html: str) -> list[FoundForm]:
    """Every form of a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.forms


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FoundForm] = []
        self._form: FoundForm | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = FoundForm(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._part(self._form, tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None

    def _part(self, form: FoundForm, tag: str, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "option":
            form.fields[self._select].append(given.get("value", ""))
        elif not name:
            return
        elif kind == "hidden":
            form.hidden[name] = given.get("value", "")
        elif tag == "select" or kind in {"radio", "checkbox"} or tag == "button":
            self._select = name
            form.fields.setdefault(name, [])
            if tag != "select":
                form.fields[name].append(given.get("value", "on"))
        elif tag in {"input", "textarea"}:
            form.fields.setdefault(name, [])
