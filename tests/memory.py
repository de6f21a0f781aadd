"""How much memory this process holds, for tests and measurements of work that must not pile up."""

from __future__ import annotations

import os
import resource
from pathlib import Path


def resident() -> int:
    """Bytes of memory that this process holds just now."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
