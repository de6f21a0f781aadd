"""The ready-made form parts (labels, hints, errors, radios), filled with the clinic's words in the page's language.

The parts come from `nhsuk-frontend-jinja`. They need a forgiving environment of their own (`ChainableUndefined`); page
templates stay strict, so that a misspelt name there is still an error. Every English word inside the parts is a
parameter, and this file alone fills them. Pages do not call this: they use `templates/_macros/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

from flask import Flask
from jinja2 import ChainableUndefined, Environment, PackageLoader
from markupsafe import Markup

from scheduler.web.i18n import gettext as _

Params = Mapping[str, Any]
Part = Callable[[Params], Markup]

_PARTS = {
    "back_link": ("back-link", "backLink"),
    "checkboxes": ("checkboxes", "checkboxes"),
    "date_input": ("date-input", "dateInput"),
    "details": ("details", "details"),
    "error_summary": ("error-summary", "errorSummary"),
    "input": ("input", "input"),
    "password_input": ("password-input", "passwordInput"),
    "radios": ("radios", "radios"),
    "select": ("select", "select"),
    "skip_link": ("skip-link", "skipLink"),
    "summary_list": ("summary-list", "summaryList"),
    "textarea": ("textarea", "textarea"),
}


def init_app(app: Flask) -> None:
    """Give the macros of `templates/_macros/` the parts, as `ui.input({...})`."""
    app.jinja_env.globals["ui"] = SimpleNamespace(**{name: _adapted(name) for name in _PARTS})


def _adapted(name: str) -> Part:
    def part(params: Params) -> Markup:
        given = {key: value for key, value in params.items() if value is not None}
        return Markup(_macro(name)({**_words(name), **given, **_spoken_error(given)}))  # noqa: S704 - escaped by the part

    return part


def _words(name: str) -> dict[str, Any]:
    """The words a part would otherwise say in English whatever the page's language is."""
    if name == "error_summary":
        return {"heading": _("There is a problem")}
    if name == "back_link":
        return {"text": _("Back")}
    if name == "skip_link":
        return {"text": _("Skip to main content")}
    if name == "password_input":
        return {
            "showPasswordText": _("Show"),
            "hidePasswordText": _("Hide"),
            "showPasswordAriaLabelText": _("Show password"),
            "hidePasswordAriaLabelText": _("Hide password"),
            "passwordShownAnnouncementText": _("Your password is shown"),
            "passwordHiddenAnnouncementText": _("Your password is hidden"),
        }
    return {}


def _spoken_error(given: Params) -> dict[str, Any]:
    """A message by a field begins with "Error" for those who hear the page."""
    message = given.get("errorMessage")
    return (
        {"errorMessage": {"text": message, "visuallyHiddenText": _("Error")}}
        if isinstance(message, str)
        else {}
    )


@cache
def _library() -> Environment:
    return Environment(
        loader=PackageLoader("nhsuk_frontend_jinja"),
        undefined=ChainableUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _macro(name: str) -> Part:
    folder, macro = _PARTS[name]
    module = _library().get_template(f"nhsuk/components/{folder}/macro.jinja").module
    return cast("Part", getattr(module, macro))
