"""Looks at a page as everybody must be able to read and use it, at every width, and lists what is wrong with it."""

from __future__ import annotations

import re
from functools import cache

from babel.messages.pofile import read_po
from playwright.sync_api import Page

from scheduler.translations import CATALOGUE
from tests.pages.reading import grade, sentences_of
from tests.pages.world import BUILT_FOR_TESTS

SIZES = ((1280, 800), (768, 1024), (320, 256))
"""A laptop, a tablet, and a laptop at 400 % zoom, which is as narrow as the smallest phone (WCAG 1.4.10)."""

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
HIGHEST_GRADE = 6

AXE = """async (rules) => {
  const found = await axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']});
  const where = v => v.nodes.map(n => n.target.join(' ') + ' ' + n.html.slice(0, 120)).join(' | ');
  return found.violations.map(v => `${v.id}: ${v.help} @ ${where(v)}`);
}"""

SMALL_TARGETS = """(least) => {
  const shown = e => { const s = getComputedStyle(e); const r = e.getBoundingClientRect();
    return s.visibility !== 'hidden' && s.display !== 'none' && r.width > 0 && r.height > 0; };
  const inSentence = e => e.tagName === 'A' && !/button|call|link/.test(e.className) && e.parentElement
    && [...e.parentElement.childNodes].some(n => n !== e && n.nodeType === 3 && n.textContent.trim().length > 1);
  return [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
    .filter(e => shown(e) && e.type !== 'hidden' && !inSentence(e) && !e.closest('.nhsuk-skip-link'))
    .map(e => [e, e.getBoundingClientRect()])
    .filter(([e, r]) => r.height < least - 0.5 || r.width < least - 0.5)
    .map(([e, r]) => `${Math.round(r.width)}x${Math.round(r.height)} ${e.outerHTML.slice(0, 120)}`);
}"""

TOO_WIDE = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
  [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > window.innerWidth + 1)
    .map(e => e.outerHTML.slice(0, 100)).slice(0, 5).concat(document.documentElement.scrollWidth)"""

SMALL_TEXT = """(least) => [...document.querySelectorAll('main :is(p, li, label, dd, td, a, button)')]
  .filter(e => e.getBoundingClientRect().width > 0 && parseFloat(getComputedStyle(e).fontSize) < least)
  .map(e => getComputedStyle(e).fontSize + ' ' + e.outerHTML.slice(0, 100))"""


def seen_at_every_width(page: Page, language: str, *, staff: bool = False, quotes: bool = False) -> list[str]:
    """What is wrong with a page, whatever the size of its window; it is left as wide as it was found."""
    page.wait_for_load_state()
    page.evaluate(_axe())
    faults = [] if page.evaluate("document.documentElement.lang") == language else ["speaks another language"]
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        faults += [f"at {width}: {fault}" for fault in looked_at(page, staff=staff)]
    page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
    if language == "es" and not quotes:
        faults += english_left(page)
    if language == "en" and not staff and not quotes:
        faults += hard_to_read(page)
    return faults


@cache
def _axe() -> str:
    return (BUILT_FOR_TESTS / "axe.min.js").read_text(encoding="utf-8")


def looked_at(page: Page, *, staff: bool) -> list[str]:
    """What is wrong with a page at its present width."""
    faults: list[str] = page.evaluate(AXE, RULES)
    faults += [f"too wide: {found}" for found in page.evaluate(TOO_WIDE)]
    faults += [f"small target: {found}" for found in page.evaluate(SMALL_TARGETS, 24 if staff else 44)]
    faults += [f"small text: {found}" for found in page.evaluate(SMALL_TEXT, 13 if staff else 16)]
    return faults


def hard_to_read(page: Page) -> list[str]:
    """The school grade of a page's words, where it is too high. Dates, times, numbers and the names in a list to choose
    from are no sentences, and a page of few words has no grade.
    """
    said = re.sub(r"<select.*?</select>", "", page.content(), flags=re.DOTALL)
    sentences = [sentence for sentence in sentences_of(said) if not re.search(r"\d", sentence)]
    found = grade(sentences) if len(sentences) > 5 else 0
    return [f"is read in grade {found:.1f}"] if found > HIGHEST_GRADE else []


def english_left(page: Page) -> list[str]:
    """Sentences of the catalogue that a Spanish page still says in English."""
    words = " ".join(page.inner_text("body").split())
    return [f"still English: {sentence}" for sentence in english_sentences() if sentence in words]


@cache
def english_sentences() -> tuple[str, ...]:
    """English sentences long enough not to be a Spanish word by accident, whose Spanish is another one."""
    with CATALOGUE.open("rb") as handle:
        messages = read_po(handle, locale="es_US")
    return tuple(
        message.id
        for message in messages
        if isinstance(message.id, str)
        and len(message.id) > 6
        and message.id not in str(message.string)
        and "%" not in message.id
    )
