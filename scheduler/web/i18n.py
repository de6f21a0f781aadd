"""Which language a page speaks, and its sentences in that language.

The order: a patient's own page speaks the patient's language (`use_language`); `?lang=` on any page switches, and a
small cookie keeps it; else the browser's wish; else English. The cookie holds two letters and nothing else.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, request, url_for
from jinja2 import Undefined
from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from scheduler.domain.wording import Language
from scheduler.translations import catalogue, language_of
from scheduler.web.context import settings

COOKIE = "lang"
_YEAR = 365 * 24 * 3600
_SPOKEN = [language.value for language in Language]


def init_app(app: Flask) -> None:
    """Give the templates their sentences and keep a switched language."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.globals.update(language=language, say=say, spoken=spoken, switch_links=switch_links)
    app.after_request(_keep_choice)


def language() -> Language:
    """The language of this page."""
    known: Language | None = g.get("language")
    if known is None:
        known = _chosen() or _kept() or _wished(request.headers.get("Accept-Language", ""))
        g.language = known
    return known


def use_language(tag: str) -> None:
    """Speak a patient's own language on this page, unless the reader has asked for another one."""
    if _chosen() is None and _kept() is None:
        g.language = language_of(tag)


def gettext(sentence: str) -> str:
    """The sentence in the page's language."""
    return catalogue(language()).gettext(sentence)


def ngettext(singular: str, plural: str, number: int) -> str:
    """The sentence in the page's language, in the form that goes with `number`."""
    return catalogue(language()).ngettext(singular, plural, number)


def say(sentence: str, **values: object) -> str:
    """Translate a sentence that a variable holds (a form's message, a refusal); the answer is not yet escaped.

    Templates must use this, not `_()`, for anything but a literal: `_()` marks its answer as safe HTML.
    """
    if isinstance(sentence, Markup):
        return sentence
    words = gettext(sentence)
    return words % values if values else words


def spoken(error: str | Undefined | None) -> str | None:
    """A field's complaint in the page's language, or None: `errors.phone` may well not be there."""
    return say(error) if isinstance(error, str) and error else None


def switch_links() -> list[tuple[Language, str, str]]:
    """For each language the clinic speaks: itself, its own name, and this page's address in it."""
    names = {Language.ENGLISH: "English", Language.SPANISH: "Español"}
    return [(tongue, names[tongue], _address_in(tongue)) for tongue in Language]


def _address_in(tongue: Language) -> str:
    """This page in another language: same path, same query, another `lang`; home, where a form has no page to read."""
    kept = [(key, value) for key, value in request.args.items(multi=True) if key != "lang"]
    path = request.path if _can_be_read() else url_for("public.home")
    return f"{path}?{urlencode([*kept, ('lang', tongue.value)])}"


def _can_be_read() -> bool:
    if request.method in {"GET", "HEAD"}:
        return True
    adapter = current_app.create_url_adapter(request)
    return adapter is not None and adapter.test(request.path, "GET")


def _chosen() -> Language | None:
    asked = request.args.get("lang", "")
    return Language(asked) if asked in _SPOKEN else None


@lru_cache(maxsize=512)
def _wished(header: str) -> Language:
    """The language of ours that a browser likes best; browsers send few different wishes, again and again."""
    return language_of(parse_accept_header(header, LanguageAccept).best_match(_SPOKEN))


def _kept() -> Language | None:
    kept = request.cookies.get(COOKIE, "") if "HTTP_COOKIE" in request.environ else ""
    return Language(kept) if kept in _SPOKEN else None


def _keep_choice(response: Response) -> Response:
    """Keep it in a page's browser; a program says its language each time and is given no cookie."""
    chosen = _chosen()
    if chosen is not None and chosen is not _kept() and not request.path.startswith("/api/v1/"):
        response.set_cookie(
            COOKIE, chosen.value, max_age=_YEAR, secure=settings().is_https, httponly=True, samesite="Lax"
        )
    response.headers["Content-Language"] = language().value
    return response
