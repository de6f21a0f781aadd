"""Measures the engine of messages against the sink's own ceiling, and storms it: kills, outages, cancellations.

./dev bench reminders [--messages 20000] [--kills 20] [--workers 4] [--future 1000000] [--ledger 5000000]
                      [--cancels 4000] [--crashes 4] [--away 20] [--engines sqlite postgresql]
                      [--only throughput latency idle ledger kills outages clocks cancels]
"""

from __future__ import annotations

import argparse

from tests.bench import _reminder_speed as speed
from tests.bench import _reminder_storms as storms

FIGURES = {
    "throughput": speed.throughput,
    "latency": speed.latency,
    "idle": speed.idle,
    "ledger": speed.ledger,
    "kills": storms.kills,
    "outages": storms.outages,
    "clocks": storms.clocks,
    "cancels": storms.cancelled,
}


def main() -> None:
    """Print one table for each question."""
    parser = argparse.ArgumentParser(prog="./dev bench reminders")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--future", type=int, default=1_000_000)
    parser.add_argument("--ledger", type=int, default=5_000_000)
    parser.add_argument("--cancels", type=int, default=4_000)
    parser.add_argument("--cancel-rate", type=float, default=30.0, help="visits given up a second")
    parser.add_argument("--crashes", type=int, default=4)
    parser.add_argument("--away", type=float, default=20.0, help="seconds of each outage")
    parser.add_argument("--companies", nargs="*", default=["idempotent", "reporting"])
    parser.add_argument("--engines", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--only", nargs="*", default=list(FIGURES), choices=list(FIGURES))
    options = parser.parse_args()
    for name in options.only:
        FIGURES[name](options)


if __name__ == "__main__":
    main()
