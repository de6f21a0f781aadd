"""The manager's pages about messages: how the sending goes, what goes out when, and how each message reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import escape

from scheduler.domain import policy_check
from scheduler.domain.errors import InvalidInput, NotFound
from scheduler.domain.notification import Channel
from scheduler.domain.policy import MessagePolicy, Rule
from scheduler.domain.sample_visit import sample_visit
from scheduler.domain.wording import Language
from scheduler.services import message_rules, messaging_health, replanning
from scheduler.translations import times
from scheduler.web import message_preview
from scheduler.web.context import actor, clinic, clock_place, house, now
from scheduler.web.errors import status_of
from scheduler.web.forms import messages as forms
from scheduler.web.forms.entry import EntrySheet, Typed, typed_again
from scheduler.web.forms.options import LANGUAGES, MODES
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language, ngettext
from scheduler.web.message_preview import Preview

bp = Blueprint("manage_messages", __name__)

CHANNEL = f"<any({', '.join(repr(channel.value) for channel in messaging_health.BY_MACHINE)}):channel>"


@bp.get("/messages")
def overview() -> ResponseReturnValue:
    """Show how the sending goes and what goes out when."""
    rules = clinic().messages
    return render_template(
        "manage/messages.html",
        channels=messaging_health.show(house(), now()),
        policies=[(policy, _cells(policy)) for policy in rules.policies],
        rules=rules,
        replanning=replanning.is_under_way(house(), now()),
        quiet=(times.wall(rules.quiet.begins, language()), times.wall(rules.quiet.ends, language())),
        place=clock_place(),
    )


@bp.post(f"/messages/channels/{CHANNEL}/pause")
def pause(channel: str) -> ResponseReturnValue:
    """Let nothing leave over a channel for now."""
    messaging_health.pause(house(), Channel(channel), actor(), now())
    return redirect(url_for(".overview", done="saved"), 303)


@bp.post(f"/messages/channels/{CHANNEL}/resume")
def resume(channel: str) -> ResponseReturnValue:
    """Let a channel go on."""
    messaging_health.resume(house(), Channel(channel), actor(), now())
    return redirect(url_for(".overview", done="saved"), 303)


@bp.get("/messages/rules/new")
def new() -> ResponseReturnValue:
    """Show an empty form."""
    empty: Typed = {field.name: "" for field in forms.policy_fields(clinic())}
    return _form(0, {**empty, "active": ["yes"], "rule": Rule.DAYS_BEFORE.value})


@bp.post("/messages/rules/new")
def add() -> ResponseReturnValue:
    """Add a policy."""
    return _save(0, len(clinic().messages.policies))


@bp.get("/messages/rules/<int:number>")
def edit(number: int) -> ResponseReturnValue:
    """Show a policy's form."""
    return _form(number, forms.typed_policy(_policy(number)))


@bp.post("/messages/rules/<int:number>")
def save(number: int) -> ResponseReturnValue:
    """Change a policy."""
    return _save(number, _policy(number).position)


@bp.get("/messages/rules/<int:number>/remove")
def ask_removal(number: int) -> ResponseReturnValue:
    """Ask whether a policy should go."""
    policy = _narrow(number)
    return render_template("manage/messages_removal.html", policy=policy, cells=_cells(policy))


@bp.post("/messages/rules/<int:number>/remove")
def remove(number: int) -> ResponseReturnValue:
    """Take a policy away."""
    message_rules.remove_policy(house(), _narrow(number).id, actor(), now())
    return redirect(url_for(".overview", done="removed"), 303)


@bp.get("/messages/rules/<int:number>/preview")
def preview(number: int) -> ResponseReturnValue:
    """Show how a policy's message reads in each language and over each channel."""
    policy = _policy(number)
    return render_template(
        "manage/messages_preview.html",
        policy=policy,
        cells=_cells(policy),
        previews=[(LANGUAGES[tongue], tongue.value, _previews(policy, tongue)) for tongue in Language],
    )


@bp.get("/messages/limits")
def edit_limits() -> ResponseReturnValue:
    """Show the hours of rest and the caps."""
    return _limits(forms.typed_limits(clinic().messages))


@bp.post("/messages/limits")
def save_limits() -> ResponseReturnValue:
    """Change the hours of rest and the caps."""
    try:
        sheet = EntrySheet(request.form)
        rules = forms.read_limits(sheet, clinic().messages)
        _settle(sheet, lambda: policy_check.check_limits(rules))
        message_rules.save_limits(house(), rules, actor(), now())
    except InvalidInput as refusal:
        return _limits(typed_again(forms.LIMIT_FIELDS, request.form), refusal), status_of(refusal)
    return redirect(url_for(".overview", done="saved"), 303)


def _save(number: int, position: int) -> ResponseReturnValue:
    try:
        sheet = EntrySheet(request.form)
        policy = forms.read_policy(sheet, number, clinic(), position)
        _settle(sheet, lambda: policy_check.check_policy(policy))
        message_rules.save_policy(house(), policy, actor(), now())
    except InvalidInput as refusal:
        again = typed_again(forms.policy_fields(clinic()), request.form)
        return _form(number, again, refusal), status_of(refusal)
    return redirect(url_for(".overview", done="saved"), 303)


def _settle(sheet: EntrySheet, check: Callable[[], None]) -> None:
    """Gather what cannot be read and what makes no sense.

    :raises InvalidInput: when anything is.
    """
    errors: dict[str, str] = {}
    try:
        check()
    except InvalidInput as refusal:
        errors = refusal.errors
    if sheet.errors or errors:
        raise InvalidInput(errors | sheet.errors)


def _policy(number: int) -> MessagePolicy:
    """The policy of that number.

    :raises NotFound: when it is not there.
    """
    for policy in clinic().messages.policies:
        if policy.id == number:
            return policy
    raise NotFound


def _narrow(number: int) -> MessagePolicy:
    """A policy for some visits; one for every visit is switched off and never removed.

    :raises NotFound: when it is not there, or not one of these.
    """
    policy = _policy(number)
    if not policy.narrowness:
        raise NotFound
    return policy


def _previews(policy: MessagePolicy, tongue: Language) -> list[Preview]:
    """The message about a made-up visit, over each of the policy's channels."""
    visit = sample_visit(clinic(), policy.visit_type_code, policy.mode, tongue.value, now())
    if visit is None:
        return []
    written = (
        message_preview.of_visit(visit, policy.kind, channel, tongue.value) for channel in policy.channels
    )
    return [one for one in written if one is not None]


def _form(number: int, typed: Typed, refusal: InvalidInput | None = None) -> str:
    fields = forms.policy_fields(clinic())
    return render_template(
        "manage/messages_rule.html", number=number, fields=fields, typed=typed, **_said(refusal, fields)
    )


def _limits(typed: Typed, refusal: InvalidInput | None = None) -> str:
    fields = forms.LIMIT_FIELDS
    return render_template(
        "manage/messages_limits.html", fields=fields, typed=typed, **_said(refusal, fields)
    )


def _said(refusal: InvalidInput | None, fields: Any) -> dict[str, Any]:
    """Complaints by field, and the summary on top that names each field, in the order of the page."""
    complaints = refusal.errors if refusal is not None else {}
    labels = {field.name: field.label for field in fields if field.name in complaints}
    summary = {name: escape(f"{_(label)}: {_(complaints[name])}") for name, label in labels.items()}
    return {"complaints": complaints, "errors": summary}


def _cells(policy: MessagePolicy) -> dict[str, str]:
    """One policy in words."""
    ways = dict(forms.channel_options())
    return {
        "name": forms.policy_name(policy.kind),
        "visits": _visits(policy),
        "channels": ", ".join(ways[channel.value] for channel in policy.channels),
        "when": _when(policy),
    }


def _visits(policy: MessagePolicy) -> str:
    code = policy.visit_type_code
    title = clinic().visit_type(code).title.in_(language()) if code else ""
    words = [title, _(MODES[policy.mode]) if policy.mode else ""]
    return ", ".join(word for word in words if word) or _("Every visit")


def _when(policy: MessagePolicy) -> str:
    number = policy.value
    clock = times.wall(policy.at_minute or 0, language())
    match policy.rule:
        case Rule.AT_ONCE:
            return _("At once")
        case Rule.DAYS_BEFORE:
            return ngettext("%(num)s day before", "%(num)s days before", number) % {"num": number}
        case Rule.DAY_BEFORE_AT:
            days = ngettext("%(num)s day before", "%(num)s days before", number) % {"num": number}
            return _("%(days)s, at %(time)s") % {"days": days, "time": clock}
        case Rule.HOURS_BEFORE:
            return ngettext("%(num)s hour before", "%(num)s hours before", number) % {"num": number}
        case Rule.MINUTES_BEFORE:
            return ngettext("%(num)s minute before", "%(num)s minutes before", number) % {"num": number}
        case Rule.DAY_AFTER_AT:
            days = ngettext("%(num)s day after", "%(num)s days after", number) % {"num": number}
            return _("%(days)s, at %(time)s") % {"days": days, "time": clock}
        case Rule.MINUTES_AFTER:
            return ngettext("%(num)s minute after", "%(num)s minutes after", number) % {"num": number}
