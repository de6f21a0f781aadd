"""`python -m tests.storm sink LOG` and `python -m tests.storm worker`: the processes of a storm."""

from __future__ import annotations

import sys

from tests.storm.crew import worker
from tests.storm.sink import sink

if __name__ == "__main__":
    {"sink": sink, "worker": worker}[sys.argv[1]](*sys.argv[2:])  # type: ignore[operator]
