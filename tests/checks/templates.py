"""Reads every template and reports what no page of the clinic may hold.

A template must parse and name only templates that exist; it may not switch escaping off, carry script or style inline
(the content security policy would stop it anyway, in front of a patient), fetch from another host, post without a CSRF
field, or hold words that are not translated. Mail is read by programs that know inline styles only, so those may stay
there.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, TemplateSyntaxError, meta, nodes

TEMPLATES = Path("templates")
MAIL = "email"
EXTENSIONS = ["jinja2.ext.i18n", "jinja2.ext.do"]
VERBATIM = {"code", "kbd", "samp"}
SPOKEN = {"alt", "aria-label", "aria-description", "placeholder", "title"}
FETCHED = {"src", "srcset", "data", "poster", "action", "formaction"}
# A letter stands for an expression, so that `{{ name }}` is no word and `href="{{ url }}"` is not empty.
EXPRESSION = "\u00b7"


def environment_of(folder: Path) -> Environment:
    """Jinja as the application sets it up, as far as reading goes."""
    return Environment(loader=FileSystemLoader(folder), extensions=EXTENSIONS, autoescape=True)


def main() -> int:
    """Prints one line per fault; answers 1 when there is any."""
    environment = environment_of(TEMPLATES)
    names = environment.list_templates()
    faults = [f"{TEMPLATES / name}: {fault}" for name in names for fault in faults_of(environment, name)]
    sys.stdout.write("\n".join([*faults, f"{len(names)} templates, {len(faults)} faults"]) + "\n")
    return 1 if faults else 0


def faults_of(environment: Environment, name: str) -> Iterator[str]:
    """Everything wrong with one template, with its line where that is known."""
    assert environment.loader
    source = environment.loader.get_source(environment, name)[0]
    try:
        tree = environment.parse(source, name)
    except TemplateSyntaxError as error:
        yield f"{error.lineno}: {error.message}"
        return
    yield from _tree_faults(environment, tree)
    if name.endswith((".html", ".svg", ".xml")):
        yield from _markup_faults(source, in_mail=name.startswith(f"{MAIL}/"))


def _tree_faults(environment: Environment, tree: nodes.Template) -> Iterator[str]:
    known = set(environment.list_templates())
    for reference in meta.find_referenced_templates(tree):
        if reference is not None and reference not in known:
            yield f"names a template that is not there: {reference}"
    for node in tree.find_all(nodes.Filter):
        if node.name in {"safe", "forceescape"}:
            yield f"{node.lineno}: |{node.name} takes escaping out of the template's hands"
    for option in tree.find_all(nodes.ScopedEvalContextModifier):
        yield f"{option.lineno}: autoescape may not be switched"


def _markup_faults(source: str, *, in_mail: bool) -> Iterator[str]:
    reader = _Reader(in_mail=in_mail)
    reader.feed(_without_jinja(source))
    reader.close()
    yield from reader.faults
    for form in re.finditer(r"<form\b([^>]*)>(.*?)</form>", source, re.IGNORECASE | re.DOTALL):
        posts = re.search(r"method\s*=\s*[\"']?post", form.group(1), re.IGNORECASE)
        if posts and "csrf" not in form.group(2):
            yield f"{_line(source, form.start())}: a form that posts without a CSRF field"


def _without_jinja(source: str) -> str:
    """The markup alone: translated passages and tags leave nothing, expressions leave a dot; lines stay in place."""
    passages = (
        (r"\{#.*?#\}", ""),
        (r"\{%-?\+?\s*trans\b.*?%\}.*?\{%-?\+?\s*endtrans\b.*?%\}", EXPRESSION),
        (r"\{%.*?%\}", ""),
        (r"\{\{.*?\}\}", EXPRESSION),
    )
    for pattern, mark in passages:
        source = _replaced(source, pattern, mark)
    return source


def _replaced(source: str, pattern: str, mark: str) -> str:
    def keep_lines(found: re.Match[str]) -> str:
        return mark + "\n" * found[0].count("\n")

    return re.sub(pattern, keep_lines, source, flags=re.DOTALL)


def _line(source: str, position: int) -> int:
    return source.count("\n", 0, position) + 1


class _Reader(HTMLParser):
    """Walks the markup and writes down faults with their lines."""

    def __init__(self, *, in_mail: bool) -> None:
        super().__init__()
        self.in_mail = in_mail
        self.faults: list[str] = []
        self.verbatim = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.verbatim += tag in VERBATIM
        given = {name: value or "" for name, value in attrs}
        if tag == "style" and not self.in_mail:
            self._fault("a <style> element")
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self._fault("a script inside the page")
        for name, value in given.items():
            self._attribute(tag, name, value)

    def handle_endtag(self, tag: str) -> None:
        self.verbatim -= tag in VERBATIM

    def handle_data(self, data: str) -> None:
        if not self.verbatim and re.search(r"[^\W\d_]{2}", data):
            self._fault(f"words outside the translations: {' '.join(data.split())[:60]!r}")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name == "style" and not self.in_mail:
            self._fault("a style attribute")
        if re.fullmatch(r"on[a-z]+", name) or value.strip().lower().startswith("javascript:"):
            self._fault(f"a handler inside the page: {name}")
        if name in SPOKEN and re.search(r"[^\W\d_]{2}", value):
            self._fault(f"words outside the translations in {name}: {value[:60]!r}")
        fetches = name in FETCHED or (tag == "link" and name == "href")
        if fetches and re.match(r"(?:https?:)?//", value.strip()):
            self._fault(f"asks another host: {value[:80]}")

    def _fault(self, text: str) -> None:
        self.faults.append(f"{self.getpos()[0]}: {text}")


if __name__ == "__main__":
    sys.exit(main())
