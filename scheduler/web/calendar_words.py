"""Words about calendars for those who work here: why one could not be read, and how long ago it was."""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.domain.outside_calendar import Trouble
from scheduler.domain.wording import N_

TROUBLES: Mapping[str, str] = {
    Trouble.ADDRESS: N_("The address cannot be used."),
    Trouble.NOT_PUBLIC: N_("The address is not on the public internet."),
    Trouble.UNREACHABLE: N_("The other server does not answer."),
    Trouble.REFUSED: N_("The other server does not let us in. Look for the secret address in your calendar."),
    Trouble.GONE: N_("There is no calendar at this address any more."),
    Trouble.TOO_LARGE: N_("The calendar is too large."),
    Trouble.TOO_SLOW: N_("The other server takes too long."),
    Trouble.TOO_MANY: N_("There is more in this calendar than we can read."),
    Trouble.REDIRECTS: N_("The address sends us from one place to the next."),
    Trouble.NO_CALENDAR: N_("What is at this address is not a calendar file."),
}
