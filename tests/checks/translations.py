"""Holds the Spanish catalogue against every sentence that the program and its templates can say.

A sentence without a Spanish one, a fuzzy one, or one whose placeholders differ would reach a patient half in English or
not at all. One that stands there twice is as bad: only the first is heard, and a later correction is lost.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

CATALOGUE = Path("scheduler/translations/es/LC_MESSAGES/messages.po")
KEYWORDS: dict[str, tuple[int, ...] | tuple[tuple[int, str], int] | None] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
SOURCES = {
    "scheduler": [("**.py", "python")],
    "templates": [("**.html", "jinja2"), ("**.txt", "jinja2"), ("**.svg", "jinja2")],
}
OPTIONS = {"**.html": {"extensions": "jinja2.ext.do"}}


def main() -> int:
    """Prints one line per fault; answers 1 when there is any."""
    spoken = said()
    with CATALOGUE.open("rb") as handle:
        known = read_po(handle, locale="es")
    twice = [f"{CATALOGUE}: said twice: {text}" for text in repeated(CATALOGUE.read_text(encoding="utf-8"))]
    faults = [*faults_of(spoken, known), *twice, *unheard()]
    unused = [message.id for message in known if message.id and (message.id, message.context) not in spoken]
    lines = [*faults, f"{len(spoken)} sentences, {len(faults)} faults, {len(unused)} no longer said"]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if faults else 0


Sentence = tuple[str | tuple[str, ...], str | None]


def said() -> dict[Sentence, str]:
    """Every sentence, as gettext keys them, with one place where it is said."""
    found: dict[Sentence, str] = {}
    for folder, methods in SOURCES.items():
        rows = extract_from_dir(folder, methods, OPTIONS, keywords=KEYWORDS, directory_filter=_every)
        for name, line, text, _comments, context in rows:
            key = tuple(text) if isinstance(text, (tuple, list)) else text
            found.setdefault((key, context), f"{folder}/{name}:{line}")
    return found


def _every(_folder: str) -> bool:
    """Look into every folder: Babel by itself passes over those whose name begins with an underscore."""
    return True


def unheard() -> Iterator[str]:
    """Sentences that the extractor passes over: before Python 3.12 it does not look into an f-string."""
    for path in sorted(Path("scheduler").rglob("*.py")):
        for sentence in hidden_in(path.read_text(encoding="utf-8")):
            yield f"{path}: hidden in an f-string: {sentence!r}"


def hidden_in(source: str) -> Iterator[str]:
    """The sentences that a source marks for translation inside an f-string."""
    strings = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.JoinedStr))
    for node in (inner for string in strings for inner in ast.walk(string)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
            parts = (part.value for part in node.args if isinstance(part, ast.Constant))
            yield from (part for part in parts if isinstance(part, str))


def repeated(catalogue: str) -> list[str]:
    """The sentences, as they are written, that a catalogue holds more than once in one context."""
    keys = re.findall(r'^((?:msgctxt .*\n(?:".*\n)*)?msgid .*\n(?:".*\n)*)', catalogue, re.MULTILINE)
    return [key.strip() for key, times in Counter(keys).items() if times > 1]


def faults_of(spoken: dict[Sentence, str], known: Catalog) -> Iterator[str]:
    """What a Spanish reader would meet."""
    for (text, context), place in sorted(spoken.items(), key=lambda pair: pair[1]):
        message = known.get(text if isinstance(text, str) else text[0], context)
        fault = fault_of(text, message)
        if fault:
            yield f"{place}: {fault}: {text!r}"


def fault_of(text: str | tuple[str, ...], message: Message | None) -> str | None:
    """Why this sentence cannot be said in Spanish, if it cannot."""
    if message is None:
        return "no Spanish"
    if message.fuzzy:
        return "the Spanish is marked fuzzy"
    english = [text] if isinstance(text, str) else list(text)
    spanish = [message.string] if isinstance(message.string, str) else list(message.string or ())
    if not spanish or not all(part.strip() for part in spanish):
        return "no Spanish"
    if len(english) > 1 and len(spanish) < len(english):
        return "a plural is missing"
    needed, may = _placeholders(english[-1]), set().union(*map(_placeholders, english))
    if any(not _placeholders(part) <= may for part in spanish) or not needed <= _placeholders(spanish[-1]):
        return "the placeholders differ"
    return None


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]|%[sd]|\{\w*\}", text))


if __name__ == "__main__":
    sys.exit(main())
