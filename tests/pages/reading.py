"""How hard a text is to read: the Flesch-Kincaid grade for English, the Fernández-Huerta score for Spanish.

Both count words in a sentence and syllables in a word; syllables are counted by groups of vowels, which is right often
enough for a page. Names of treatments cannot be made shorter and count as two syllables each.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

NAMES = re.compile(
    r"\b(kyphoplast\w*|vertebroplast\w*|cifoplast\w*|osteoporosis|institute|example|clinician)\b",
    re.IGNORECASE,
)
_BLOCKS = {
    "p",
    "li",
    "h1",
    "h2",
    "h3",
    "td",
    "th",
    "dt",
    "dd",
    "legend",
    "label",
    "a",
    "button",
    "caption",
    "figcaption",
}


def sentences_of(html: str) -> list[str]:
    """The sentences inside <main>; every block ends one."""
    reader = _Reader()
    reader.feed(html)
    text = NAMES.sub("thing-name", "".join(reader.parts))
    found = [" ".join(part.split()) for part in re.split(r"[.!?:]\s|\n", text)]
    return [sentence for sentence in found if re.search(r"[^\W\d_]{2}", sentence)]


def grade(sentences: list[str]) -> float:
    """The school grade (Flesch-Kincaid) at which English text is understood."""
    words = [word for sentence in sentences for word in _words(sentence)]
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(_english, words)) / len(words) - 15.59


def ease(sentences: list[str]) -> float:
    """How easy Spanish text is (Fernández-Huerta): 70 is standard, 80 is easy."""
    words = [word for sentence in sentences for word in _words(sentence)]
    return 206.84 - 60 * sum(map(_spanish, words)) / len(words) - 1.02 * len(words) / len(sentences)


def _words(sentence: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", sentence)


def _english(word: str) -> int:
    word = word.lower()
    groups = len(re.findall(r"[aeiouy]+", word))
    if re.search(r"[^aeioulr]e$|[^aeiou]es$|[^aeioutd]ed$", word) and groups > 1:
        groups -= 1
    return max(groups, 1)


def _spanish(word: str) -> int:
    return max(len(re.findall(r"[iu]?[aeoáéó][iu]?|[iuíú]+", word.lower())), 1)


class _Reader(HTMLParser):
    """Collects the words of <main>, one line a block."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = self.inside or tag == "main"
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "main":
            self.inside = False
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.parts.append(re.sub(r"\s+", " ", data))
