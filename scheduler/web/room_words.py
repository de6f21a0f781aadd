"""Where somebody stands in a video visit, in one or two sentences that are also spoken aloud when they change."""

from __future__ import annotations

from flask import Flask

from scheduler.domain.device_check import Verdict
from scheduler.domain.signalling import Heard, Standing
from scheduler.domain.telehealth import AreaDecision, Outcome, Party, Provider, Quality, Stage
from scheduler.domain.wording import N_
from scheduler.web.context import clinic
from scheduler.web.filters import clock
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import ngettext

STAGES = {
    Stage.EXPECTED: N_("not here yet"),
    Stage.WAITING: N_("waiting"),
    Stage.ADMITTED: N_("let in"),
    Stage.IN_CALL: N_("in the call"),
    Stage.PHONE: N_("by phone"),
    Stage.ENDED: N_("ended"),
}
COLOURS = {
    Stage.EXPECTED: "calm",
    Stage.WAITING: "warm",
    Stage.ADMITTED: "good",
    Stage.IN_CALL: "good",
    Stage.PHONE: "alert",
    Stage.ENDED: "calm",
}
OUTCOMES = {
    Outcome.BY_VIDEO: N_("Seen by video"),
    Outcome.BY_PHONE: N_("Seen by phone"),
    Outcome.NOT_REACHED: N_("Not reached"),
    Outcome.CUT_SHORT: N_("Cut short"),
    Outcome.RULE: N_("Ended by the clock"),
}
ENDINGS = {outcome.value: words for outcome, words in OUTCOMES.items()}
PROVIDERS = {
    Provider.OWN: N_("Video on this page"),
    Provider.LINK: N_("A meeting on another page"),
    Provider.PHONE: N_("A phone call"),
}
QUALITIES = {
    Quality.GOOD: N_("The line is good."),
    Quality.WEAK: N_("The line is weak. We make the picture smaller to keep the sound."),
    Quality.SOUND_ONLY: N_("The line is very weak. We stop the picture to keep the sound."),
    Quality.LOST: N_("The line is lost. We try to bring it back."),
}
LINES = {
    Quality.GOOD: N_("Good all the time"),
    Quality.WEAK: N_("Weak at times"),
    Quality.SOUND_ONLY: N_("Sound only at times"),
    Quality.LOST: N_("Lost at times"),
}
VERDICTS = {
    Verdict.READY: N_("Device works"),
    Verdict.SOUND_ONLY: N_("Device: sound only"),
    Verdict.NEEDS_HELP: N_("Device does not work"),
}
VERDICT_COLOURS = {Verdict.READY: "good", Verdict.SOUND_ONLY: "warm", Verdict.NEEDS_HELP: "alert"}
ANSWERS = {"yes": N_("Yes"), "partly": N_("Partly"), "no": N_("No")}
AREAS = {AreaDecision.GO_ON: N_("Go on with the visit"), AreaDecision.NOT_TODAY: N_("Not today by video")}


COMPANY = {
    Stage.EXPECTED: N_("The patient is not in the waiting room yet."),
    Stage.WAITING: N_("The patient sits in the waiting room."),
    Stage.ADMITTED: N_("The patient was let in."),
    Stage.IN_CALL: N_("The visit is going on."),
    Stage.PHONE: N_("The visit goes on by phone."),
    Stage.ENDED: N_("The visit has ended."),
}


def init_app(app: Flask) -> None:
    """Teach the templates the words for states, outcomes and ways to meet."""
    app.jinja_env.filters.update(
        stage_name=lambda stage: _(STAGES[stage]),
        stage_colour=lambda stage: COLOURS[stage],
        video_outcome=lambda outcome: _(OUTCOMES[outcome]),
        provider_name=lambda provider: _(PROVIDERS[provider]),
        quality_name=lambda quality: _(QUALITIES[quality]),
        line_name=lambda quality: _(LINES[quality]),
        verdict_name=lambda verdict: _(VERDICTS[verdict]),
        verdict_colour=lambda verdict: VERDICT_COLOURS[verdict],
        answer_name=lambda answer: _(ANSWERS[answer]),
        area_name=lambda decision: _(AREAS[decision]),
    )


def for_patient(call: Standing) -> str:
    """Where the patient stands."""
    name = clinic().practitioner(call.practitioner_id).name
    if call.stage is Stage.WAITING and call.area is AreaDecision.NOT_TODAY:
        return _("We cannot go on by video today. We call you. Keep your phone near you.")
    if call.stage is Stage.WAITING:
        return " ".join(part for part in (_place_in_line(call.ahead), _delay(call)) if part)
    if call.stage is Stage.ADMITTED:
        return _("%(name)s is ready for you.") % {"name": name}
    if call.stage is Stage.PHONE:
        return _("%(name)s calls you. Keep your phone near you.") % {"name": name}
    if call.stage is Stage.IN_CALL:
        return _("You are in the visit with %(name)s.") % {"name": name}
    return _("The visit has ended.") if call.stage is Stage.ENDED else ""


def for_companion(stage: Stage) -> str:
    """Where the visit stands, for somebody who keeps the patient company."""
    return _(COMPANY[stage])


def for_clinician(heard: Heard) -> str:
    """Where the patient stands, for the clinician."""
    patient = next((one for one in heard.peers if one.kind is Party.PATIENT), None)
    here = patient is not None and patient.is_here
    stage = heard.standing.stage
    if stage is Stage.WAITING:
        return _("The patient waits.") if here else _("The patient was here, and is away now.")
    if stage in {Stage.ADMITTED, Stage.IN_CALL}:
        return _("The patient is here.") if here else _("The patient has left or lost the line.")
    if stage is Stage.PHONE:
        return _("Call the patient by phone.")
    return _("The visit has ended.") if stage is Stage.ENDED else _("The patient is not here yet.")


def _place_in_line(ahead: int) -> str:
    if ahead == 0:
        return _("You are next. You need do nothing.")
    line = ngettext("One person is before you.", "%(num)s people are before you.", ahead) % {"num": ahead}
    return line + " " + _("You need do nothing.")


def _delay(call: Standing) -> str:
    if call.delay_until is None:
        return ""
    place = clinic().location(call.location_id)
    return _("It takes a little longer, until about %(time)s.") % {"time": clock(call.delay_until, place)}
