"""What each right is called on the manager's page, in the order in which the page shows them."""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.domain.right import Right
from scheduler.domain.wording import N_

RIGHTS: Mapping[Right, str] = {
    Right.SEE_VISITS: N_("See the calendar"),
    Right.SEE_PEOPLE: N_("Search for people"),
    Right.BOOK: N_("Book a visit"),
    Right.MOVE: N_("Move a visit"),
    Right.CANCEL: N_("Cancel a visit"),
    Right.OVERBOOK: N_("Book outside the hours"),
    Right.SET_STATUS: N_("Say that someone arrived or was seen"),
    Right.WRITE_DESK_NOTE: N_("Write notes for the desk"),
    Right.CHANGE_PEOPLE: N_("Change names and phone numbers"),
    Right.CHANGE_REMINDERS: N_("Change how reminders come"),
    Right.MERGE_PEOPLE: N_("Join two entries of one person"),
    Right.SEE_GATE_RESULT: N_("See how the safety questions ended"),
    Right.SEE_RECORD: N_("See health answers of own patients"),
    Right.BREAK_GLASS: N_("See health answers of other patients, with a reason"),
    Right.SEE_MESSAGES: N_("See messages"),
    Right.SEND_MESSAGES: N_("Send messages and make calls"),
    Right.WORK_LIST: N_("Work on the to-do list"),
    Right.WAIT_LIST: N_("Work on the waiting list"),
    Right.BLOCK_TIME: N_("Block time for anyone"),
    Right.BLOCK_OWN_TIME: N_("Block one's own time"),
    Right.SEE_OWN_DAY: N_("See one's own day"),
    Right.RUN_VIDEO: N_("Hold video visits"),
    Right.SEE_VIDEO_STATE: N_("See who waits for a video visit"),
    Right.KEEP_DIRECTORY: N_("Change hours, rooms and visit types"),
    Right.KEEP_TEXTS: N_("Change questions and texts"),
    Right.KEEP_MESSAGES: N_("Change when messages go out"),
    Right.SEE_REPORTS: N_("See reports"),
    Right.EXPORT: N_("Take lists out as files"),
    Right.KEEP_STAFF: N_("Manage staff accounts"),
    Right.SEE_AUDIT: N_("See who looked at or changed what"),
    Right.KEEP_OWN_ACCOUNT: N_("Look after one's own account"),
    Right.KEEP_OWN_FACTORS: N_("Change how one signs in"),
}
