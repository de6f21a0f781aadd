"""What a clinic may set about messages: which rule fits which message, and which numbers make sense."""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.domain.errors import InvalidInput
from scheduler.domain.notification import REMINDERS, Channel, Kind
from scheduler.domain.policy import MessagePolicy, MessageRules, Rule
from scheduler.domain.wall_clock import MIDNIGHT
from scheduler.domain.wording import N_

BEFORE = (Rule.DAYS_BEFORE, Rule.DAY_BEFORE_AT, Rule.HOURS_BEFORE, Rule.MINUTES_BEFORE)
NAMES_A_TIME = frozenset({Rule.DAY_BEFORE_AT, Rule.DAY_AFTER_AT})
"""These rules need a time of day."""

RULES: Mapping[Kind, tuple[Rule, ...]] = {
    Kind.CONFIRMATION: (Rule.AT_ONCE,),
    **dict.fromkeys(sorted(REMINDERS), BEFORE),
    Kind.BOOK_AGAIN: (Rule.DAY_AFTER_AT,),
    Kind.NO_SHOW: (Rule.MINUTES_AFTER,),
}
"""The rules that each message may follow; a kind that is not here follows its change and has no policy."""

LIMITS: Mapping[Rule, tuple[int, int]] = {
    Rule.AT_ONCE: (0, 0),
    Rule.DAYS_BEFORE: (1, 60),
    Rule.DAY_BEFORE_AT: (0, 60),
    Rule.HOURS_BEFORE: (1, 72),
    Rule.MINUTES_BEFORE: (5, 180),
    Rule.DAY_AFTER_AT: (0, 30),
    Rule.MINUTES_AFTER: (5, 600),
}
"""The least and the greatest number of each rule."""

WRONG_RULE = N_("This message does not go out in this way. Please choose another rule.")
NO_CHANNEL = N_("Choose at least one way to send it.")
NO_TIME = N_("Enter a time of day.")
SENTENCES: Mapping[Rule, str] = {
    Rule.AT_ONCE: N_("Leave this at 0."),
    Rule.DAYS_BEFORE: N_("Enter a number from 1 to 60."),
    Rule.DAY_BEFORE_AT: N_("Enter a number from 0 to 60."),
    Rule.HOURS_BEFORE: N_("Enter a number from 1 to 72."),
    Rule.MINUTES_BEFORE: N_("Enter a number from 5 to 180."),
    Rule.DAY_AFTER_AT: N_("Enter a number from 0 to 30."),
    Rule.MINUTES_AFTER: N_("Enter a number from 5 to 600."),
}


def check_policy(policy: MessagePolicy) -> None:
    """Check one policy.

    :raises InvalidInput: with a sentence for each field that cannot be used.
    """
    errors: dict[str, str] = {}
    if policy.rule not in RULES.get(policy.kind, ()):
        errors["rule"] = WRONG_RULE
    least, most = LIMITS[policy.rule]
    if not least <= policy.value <= most:
        errors["value"] = SENTENCES[policy.rule]
    if policy.rule in NAMES_A_TIME and policy.at_minute is None:
        errors["at_minute"] = NO_TIME
    if not policy.channels:
        errors["channels"] = NO_CHANNEL
    if (Channel.INTERNAL in policy.channels) != (policy.kind is Kind.NO_SHOW):
        errors["channels"] = NO_CHANNEL
    if errors:
        raise InvalidInput(errors)


def check_limits(rules: MessageRules) -> None:
    """Check the quiet hours and the caps.

    :raises InvalidInput: with a sentence for each field that cannot be used.
    """
    errors: dict[str, str] = {}
    for name, minute in (("quiet_from", rules.quiet.begins), ("quiet_until", rules.quiet.ends)):
        if not 0 <= minute < MIDNIGHT:
            errors[name] = NO_TIME
    if not 1 <= rules.texts_per_day <= 10:
        errors["texts_per_day"] = N_("Enter a number from 1 to 10.")
    if not rules.texts_per_day <= rules.texts_per_week <= 50:
        errors["texts_per_week"] = N_("Enter a number from the daily one to 50.")
    if errors:
        raise InvalidInput(errors)
