"""Plain words for every act that the clinic writes down, and for what it was done to."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask

from scheduler.domain.audit_trail import Record
from scheduler.domain.wording import N_
from scheduler.web.i18n import gettext as _

ACTIONS: Mapping[str, str] = {
    "accept-invitation": N_("Accepted the invitation to work here"),
    "accept-offer": N_("Took an offered time"),
    "add": N_("Added"),
    "add-factor": N_("Added a way to sign in"),
    "ask-for-call": N_("Asked for a call"),
    "ask-for-change": N_("Asked for a change"),
    "ask-for-links": N_("Asked for new links"),
    "backup": N_("Made a backup"),
    "block": N_("Blocked time"),
    "book": N_("Booked a visit"),
    "break-glass": N_("Opened a record for a reason"),
    "call-again": N_("Put a call back on the list"),
    "call-instead": N_("Chose a call instead of a message"),
    "call-reached": N_("Called and reached"),
    "call-voicemail": N_("Left a voice message"),
    "call-wrong-number": N_("Called a wrong number"),
    "cancel": N_("Cancelled a visit"),
    "change": N_("Changed"),
    "change-password": N_("Changed a password"),
    "close-feed": N_("Ended a calendar link"),
    "confirm": N_("Confirmed a visit"),
    "confirm-email": N_("E-mail said to be right"),
    "correct-email": N_("E-mail corrected"),
    "create": N_("Added"),
    "decline": N_("Declined a visit in a calendar"),
    "decline-offer": N_("Declined an offered time"),
    "edit": N_("Changed"),
    "end-session": N_("Ended a sign-in"),
    "end-sessions": N_("Ended every sign-in"),
    "enter": N_("Tried to open a page"),
    "export": N_("Took a file out"),
    "export-visit": N_("Took a visit out in a file"),
    "find-person": N_("Saw a person while searching"),
    "find-visit": N_("Saw a visit while searching"),
    "flood": N_("Knocked too often"),
    "found": N_("Set up the clinic"),
    "hang": N_("Put a board on a wall"),
    "hold": N_("Kept a time"),
    "invite": N_("Invited somebody to work here"),
    "load": N_("Filled in made-up data"),
    "lock": N_("Locked the screen"),
    "mail-handled": N_("Dealt with a mail"),
    "mail-in": N_("A mail came in"),
    "merge-people": N_("Joined two records"),
    "move": N_("Moved a visit"),
    "no-show": N_("Marked a visit as missed"),
    "offer": N_("Offered a time"),
    "open-feed": N_("Made a calendar link"),
    "open-link": N_("Opened a private link"),
    "opt-in": N_("Wants messages again"),
    "opt-out": N_("Wants no more messages"),
    "practice-book": N_("Booked a practice call"),
    "practice-withdrawn": N_("Gave a practice call up"),
    "practice-held": N_("Held a practice call"),
    "practice-missed": N_("Missed a practice call"),
    "practice-withdraw": N_("Gave a practice call up"),
    "publish": N_("Published a text"),
    "rearrange": N_("Changed clinician or room"),
    "remove": N_("Removed"),
    "remove-factor": N_("Removed a way to sign in"),
    "renew-codes": N_("Made new recovery codes"),
    "renew-links": N_("Made new links"),
    "resend": N_("Sent a message again"),
    "restore": N_("Brought back a backup"),
    "review-glass": N_("Read why a record was opened"),
    "rotate-keys": N_("Changed the keys"),
    "second-factor": N_("Showed the second step"),
    "see-audit": N_("Searched this list"),
    "see-calendar": N_("Looked at the calendar"),
    "see-mail": N_("Read a mail"),
    "see-messages": N_("Looked at messages"),
    "see-own-day": N_("Looked at their own day"),
    "see-person": N_("Looked at a person"),
    "see-reasons": N_("Looked at opened records"),
    "see-todo": N_("Looked at the to-do list"),
    "see-video-day": N_("Looked at the video visits"),
    "see-visit": N_("Looked at a visit"),
    "see-waitlist": N_("Looked at the waitlist"),
    "seed": N_("Filled in made-up data"),
    "send-feed": N_("Sent a calendar link"),
    "set-status": N_("Changed the state of a visit"),
    "sign-in": N_("Signed in"),
    "sign-out": N_("Signed out"),
    "stop-waiting": N_("Left the waitlist"),
    "take-down": N_("Took a board off a wall"),
    "text-in": N_("A text came in"),
    "todo-claim": N_("Took a thing to do"),
    "todo-done": N_("Finished a thing to do"),
    "todo-note": N_("Wrote a note on a thing to do"),
    "todo-offered": N_("Asked the patient for another time"),
    "todo-release": N_("Gave a thing to do back"),
    "todo-reopen": N_("Took a thing to do up again"),
    "todo-snooze": N_("Put a thing off"),
    "todo-to-calls": N_("Put a visit on the call list"),
    "todo-tried": N_("Called without an answer"),
    "undo": N_("Took a change back"),
    "undo-merge": N_("Took two records apart again"),
    "unlock": N_("Unlocked the screen"),
    "video-admitted": N_("Let a patient into the call"),
    "video-area": N_("Decided where a patient may be seen"),
    "video-check": N_("Tried out camera and sound"),
    "video-companion": N_("Somebody asked along came in"),
    "video-consent": N_("Agreed to video"),
    "video-delay": N_("Said that it takes longer"),
    "video-ended": N_("Ended a call"),
    "video-expected": N_("Left the waiting room of the call"),
    "video-help": N_("Asked for help with the video"),
    "video-in-call": N_("Began a call"),
    "video-invite": N_("Asked somebody along"),
    "video-join": N_("Joined a call"),
    "video-leave": N_("Left a call"),
    "video-meeting-place": N_("Changed the meeting place"),
    "video-open": N_("Opened a video visit"),
    "video-phone": N_("Went on by phone"),
    "video-plan-phone": N_("Asked for a call instead of video"),
    "video-provider": N_("Changed the way to call"),
    "video-rate": N_("Said how the call was"),
    "video-signal": N_("Tried to enter a call"),
    "video-signs": N_("Answered the safety questions before a call"),
    "video-uninvite": N_("Took an invitation back"),
    "video-waiting": N_("Waits for the call"),
    "video-where": N_("Said where they are"),
    "wait": N_("Joined the waitlist"),
    "write-note": N_("Wrote a note"),
}
"""Each act by its code: what the manager's search and a visit's history call it. A test names those that lack words."""

THINGS: Mapping[str, str] = {
    "account": N_("Member of staff"),
    "appointment": N_("Visit"),
    "audit": N_("List of acts"),
    "contact": N_("Phone or e-mail"),
    "day": N_("Day"),
    "door": N_("Page"),
    "inbound-mail": N_("Mail"),
    "message": N_("Message"),
    "organization": N_("Clinic"),
    "patient": N_("Person"),
    "practitioner": N_("Clinician"),
    "report": N_("Report"),
    "screen": N_("Screen"),
    "waitlist": N_("Waitlist"),
    "worklist": N_("To do"),
}


def init_app(app: Flask) -> None:
    """Teach the templates the filters below."""
    app.jinja_env.filters.update(act_word=act_word, thing_word=thing_word)


def act_word(code: str) -> str:
    """`{{ record.action|act_word }}`: "Moved a visit"; a code without words is shown as it is."""
    return _(ACTIONS[code]) if code in ACTIONS else code


def thing_word(record: Record) -> str:
    """`{{ record|thing_word }}`: "Visit 12"; a thing without a word is named by its code."""
    word = _(THINGS[record.object_type]) if record.object_type in THINGS else record.object_type
    return f"{word} {record.object_id}".strip()
