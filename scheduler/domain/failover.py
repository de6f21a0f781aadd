"""Which of a channel's two providers gets the next message: the usual one, until it fails, and back again slowly.

Context. A provider that fails now and then, and a judge that changes its mind with every answer, make messages flap
between two companies: each change is a chance for duplicates, and both are blamed.

Decision. Three failures in a row make a provider unfit; then the other one takes over, and keeps it for five minutes
whatever happens. After ten minutes the usual one is tried again with a single message now and then; three good answers
in a row and it has the work back, one bad one and it rests twice as long, at most for an hour. What is a fault of the
message and not of the provider ("no such number") counts for nothing.

Consequence. At most one change in five minutes, whoever made it: the state is one for all workers (`provider_choice`),
and of several that would try a resting provider one does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from scheduler.domain.hand_over import HandOver, Result

UNFIT_AFTER = 3
"""Failures in a row."""

KEPT_FOR = 300.0
"""Seconds between two changes, at least."""

FIRST_REST = 600.0
LONGEST_REST = 3600.0
"""Seconds until the usual provider is tried again."""

PROBES = 3
"""Good answers in a row that bring the usual provider back."""

PROBE_PAUSE = 20.0
"""Seconds between two tries of a provider that rests."""

USUAL = 0
SECOND = 1


@dataclass(frozen=True, slots=True)
class Failover:
    """Who has the work now. Times are seconds of one clock that all who share the state read."""

    active: int = USUAL
    failures: int = 0
    changed_at: float = float("-inf")
    probe_at: float = 0.0
    probes: int = 0
    rest: float = FIRST_REST

    def choice(self, now: float) -> int:
        """The provider for the next message."""
        return USUAL if self.wants_probe(now) else self.active

    def wants_probe(self, now: float) -> bool:
        """Say whether the resting provider should be tried with the next message."""
        return self.active == SECOND and now >= self.probe_at

    def probing(self, now: float) -> Failover:
        """The state while somebody tries the resting provider: nobody else does for a moment."""
        return replace(self, probe_at=now + PROBE_PAUSE)

    def after(self, provider: int, answer: HandOver, now: float) -> Failover:
        """Who has the work after one more answer of `provider`."""
        failed = is_at_fault(answer)
        if provider != self.active:
            return self._after_probe(failed, now) if provider == USUAL else self
        failures = self.failures + 1 if failed else 0
        if failures < UNFIT_AFTER or now - self.changed_at < KEPT_FOR:
            return replace(self, failures=failures)
        return self._changed(now)

    def _changed(self, now: float) -> Failover:
        if self.active == USUAL:
            return Failover(SECOND, changed_at=now, probe_at=now + self.rest, rest=self.rest)
        return Failover(USUAL, changed_at=now, rest=self.rest)

    def _after_probe(self, failed: bool, now: float) -> Failover:
        if failed:
            rest = min(self.rest * 2, LONGEST_REST)
            return replace(self, rest=rest, probes=0, probe_at=now + rest)
        if self.probes + 1 < PROBES:
            return replace(self, probes=self.probes + 1, probe_at=now + PROBE_PAUSE)
        return Failover(USUAL, changed_at=now)


def is_at_fault(answer: HandOver) -> bool:
    """Say whether an answer speaks against the provider: out of reach, silent, or too busy to take anything."""
    return answer.result in {Result.UNREACHABLE, Result.UNSURE} or answer.wait is not None
