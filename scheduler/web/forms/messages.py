"""A message policy and the hours of rest as forms: the fields, their values as typed, and what was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Mode
from scheduler.domain.notification import Channel
from scheduler.domain.notification import Kind as Message
from scheduler.domain.policy import MessagePolicy, MessageRules, Rule
from scheduler.domain.policy_check import RULES
from scheduler.domain.quiet_hours import QuietHours
from scheduler.domain.wording import N_
from scheduler.web.forms.entry import NO_CHOICE, EntrySheet, Field, Kind, Typed, clock, ticked
from scheduler.web.forms.options import mode_options, visit_type_options
from scheduler.web.i18n import gettext as _
from scheduler.web.message_words import CHANNELS, kind_name

RULE_NAMES: Mapping[Rule, str] = {
    Rule.AT_ONCE: N_("At once"),
    Rule.DAYS_BEFORE: N_("Days before, at the time of the visit"),
    Rule.DAY_BEFORE_AT: N_("Days before, at a time of day"),
    Rule.HOURS_BEFORE: N_("Hours before"),
    Rule.MINUTES_BEFORE: N_("Minutes before"),
    Rule.DAY_AFTER_AT: N_("Days after, at a time of day"),
    Rule.MINUTES_AFTER: N_("Minutes after the end"),
}
"""How each rule is called where it is chosen."""

CHORE_NAMES: Mapping[Message, str] = {Message.NO_SHOW: N_("Mark as missed")}
INTERNAL = N_("By itself, nobody is told")


def policy_fields(clinic: Clinic) -> Sequence[Field]:
    """What is asked of one policy."""
    every = ("", _("Every one"))
    return (
        Field("kind", N_("Message"), Kind.CHOICE, options=message_options()),
        Field("visit_type", N_("Kind of visit"), Kind.CHOICE, options=[every, *visit_type_options(clinic)]),
        Field("mode", N_("Way to meet"), Kind.CHOICE, options=[every, *mode_options()]),
        Field(
            "channels",
            N_("Sent by"),
            Kind.CHOICES,
            N_("Each person gets it only in the ways they chose."),
            options=channel_options(),
        ),
        Field(
            "rule",
            N_("When"),
            Kind.CHOICE,
            options=[(rule.value, _(words)) for rule, words in RULE_NAMES.items()],
        ),
        Field("value", N_("How many"), Kind.NUMBER, N_("Days, hours or minutes, as chosen above.")),
        Field(
            "at_minute",
            N_("Time of day"),
            Kind.TIME,
            N_("Only where the rule names a time of day."),
            optional=True,
        ),
        Field("active", N_("In use"), Kind.SWITCH, N_("Take the tick away to send it no more.")),
    )


def message_options() -> list[tuple[str, str]]:
    """The messages that follow a policy."""
    return [(kind.value, policy_name(kind)) for kind in RULES]


def policy_name(kind: Message) -> str:
    """What a message or a chore is called."""
    return _(CHORE_NAMES[kind]) if kind in CHORE_NAMES else kind_name(kind)


def channel_options() -> list[tuple[str, str]]:
    """The ways a message may take."""
    ways = [(channel.value, _(words)) for channel, words in CHANNELS.items()]
    return [*ways, (Channel.INTERNAL.value, _(INTERNAL))]


def typed_policy(policy: MessagePolicy) -> Typed:
    """One policy as its fields show it."""
    return {
        "kind": policy.kind.value,
        "visit_type": policy.visit_type_code or "",
        "mode": policy.mode.value if policy.mode else "",
        "channels": [channel.value for channel in policy.channels],
        "rule": policy.rule.value,
        "value": str(policy.value),
        "at_minute": clock(policy.at_minute),
        "active": ticked(policy.active),
    }


def read_policy(sheet: EntrySheet, number: int, clinic: Clinic, position: int) -> MessagePolicy:
    """One policy as typed; the sheet notes what cannot be read."""
    known = {channel.value for channel in Channel}
    codes = {kind.code for kind in clinic.visit_types}
    code = sheet.optional("visit_type", 60)
    if code and code not in codes:
        sheet.wrong("visit_type", NO_CHOICE)
    mode = sheet.optional("mode", 20)
    if mode and mode not in {one.value for one in Mode}:
        sheet.wrong("mode", NO_CHOICE)
    return MessagePolicy(
        id=number,
        kind=sheet.one_of("kind", Message, NO_CHOICE) or Message.CONFIRMATION,
        channels=tuple(Channel(one) for one in sheet.values("channels") if one in known),
        rule=sheet.one_of("rule", Rule, NO_CHOICE) or Rule.AT_ONCE,
        value=sheet.number("value"),
        at_minute=sheet.minutes_or_none("at_minute"),
        visit_type_code=code if code in codes else None,
        mode=Mode(mode) if mode in {one.value for one in Mode} else None,
        active=sheet.ticked("active"),
        position=position,
    )


LIMIT_FIELDS: Sequence[Field] = (
    Field(
        "quiet_from",
        N_("Rest begins"),
        Kind.TIME,
        N_("From then on no text and no reminder leaves. The reader's own clock counts."),
    ),
    Field("quiet_until", N_("Rest ends"), Kind.TIME),
    Field("texts_per_day", N_("Most texts to one number in a day"), Kind.NUMBER),
    Field("texts_per_week", N_("Most texts to one number in a week"), Kind.NUMBER),
)


def typed_limits(rules: MessageRules) -> Typed:
    """The hours of rest and the caps as their fields show them."""
    return {
        "quiet_from": clock(rules.quiet.begins),
        "quiet_until": clock(rules.quiet.ends),
        "texts_per_day": str(rules.texts_per_day),
        "texts_per_week": str(rules.texts_per_week),
    }


def read_limits(sheet: EntrySheet, before: MessageRules) -> MessageRules:
    """The hours of rest and the caps as typed."""
    return replace(
        before,
        quiet=QuietHours(sheet.minutes("quiet_from"), sheet.minutes("quiet_until")),
        texts_per_day=sheet.number("texts_per_day"),
        texts_per_week=sheet.number("texts_per_week"),
    )
