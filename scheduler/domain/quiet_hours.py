"""The hours of the night in which nobody is written to, by the clock on the reader's own wall.

The clinic sets them as minutes after midnight. They may run over midnight (21:00 to 8:00), and from a moment equal to
their end there are none at all. Both clock changes follow the house rule of `wall_clock`: an instant is quiet when the
wall clock then shows a quiet time. Where nobody knows which of several clocks is the reader's, it is night while it is
night by any of them; should that leave no day at all, the first clock alone counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.interval import Span, epoch, instant, merge
from scheduler.domain.wall_clock import DAY, MIDNIGHT, offset_at, ordinal_at, wall_spans

BEFORE_NIGHT = timedelta(hours=1)
"""What would fall into the night goes out this long before the night begins."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """`[begins, ends)` in minutes after midnight of the reader's wall clock (47 CFR 64.1200(c)(1): 9 pm to 8 am)."""

    begins: int = 21 * 60
    ends: int = 8 * 60

    def are_on(self, moment: datetime, zones: Sequence[str]) -> bool:
        """Say whether it is night for a reader in one of those zones."""
        return self._night_around(epoch(moment), zones) is not None

    def over_at(self, moment: datetime, zones: Sequence[str]) -> datetime:
        """The first instant from `moment` on that is not quiet; `moment` itself by day."""
        night = self._night_around(epoch(moment), zones)
        return moment if night is None else instant(night[1])

    def begun_at(self, moment: datetime, zones: Sequence[str]) -> datetime:
        """The instant at which the night around `moment` began; `moment` itself by day."""
        night = self._night_around(epoch(moment), zones)
        return moment if night is None else instant(night[0])

    def earlier(self, moment: datetime, zones: Sequence[str]) -> datetime:
        """A moment by day that is no later: `moment` itself by day, else one hour before the night began."""
        night = self._night_around(epoch(moment), zones)
        if night is None:
            return moment
        wished = instant(night[0]) - BEFORE_NIGHT
        return instant(night[0]) - timedelta(minutes=1) if self.are_on(wished, zones) else wished

    def _night_around(self, second: int, zones: Sequence[str]) -> Span | None:
        """The whole quiet stretch that holds this second, in epoch seconds."""
        if self.begins == self.ends or not any(self._is_shown(second, zone) for zone in zones):
            return None
        today = ordinal_at(second, offset_at(zones[0], second))
        ends = self.ends if self.ends > self.begins else self.ends + MIDNIGHT
        days = range(today - 3, today + 4)
        nights = merge(
            span for zone in zones for day in days for span in wall_spans(zone, day, self.begins, ends)
        )
        start, end = next((start, end) for start, end in nights if start <= second < end)
        if end - start >= DAY and len(zones) > 1:
            return self._night_around(second, zones[:1])
        return start, end

    def _is_shown(self, second: int, zone: str) -> bool:
        """Say whether the zone's clock shows a quiet time; a night may reach into the next day."""
        shown = (second + offset_at(zone, second)) % DAY // 60
        if self.begins < self.ends:
            return self.begins <= shown < self.ends
        return shown >= self.begins or shown < self.ends
