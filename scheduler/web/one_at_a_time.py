"""Lets the requests of one process take turns while each is quick, as threads that all compute only hinder one another.

Context. On SQLite a request hardly ever waits for anybody: it computes. Python runs one thread at a time, and whoever
writes holds everybody's turn at the file; each time it steps into SQLite another thread may take the interpreter away
from it, fourteen times a booking. Two processes of four threads made 340 bookings a second where two of one made 500.

Decision. A request waits until the one before it in the same process is done, but no longer than `PATIENCE`: beside a
slow one (a large export, a password being checked) the others go on, as they always did.

Consequence. Nothing stands still, and the queue is where it costs nothing. On PostgreSQL requests wait for the server
most of the time, so there they do not take turns.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[..., Iterable[bytes]]
"""What WSGI calls so (PEP 3333): given the environment and `start_response`."""

PATIENCE = 0.05
"""Seconds. Some twenty quick requests long: who has waited for that, waits for a slow one."""


class OneAtATime:
    """A WSGI application whose calls take turns."""

    def __init__(self, application: Application, patience: float = PATIENCE) -> None:
        self._application, self._patience = application, patience
        self._turn = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer when it is this request's turn, or when its patience is at an end."""
        mine = self._turn.acquire(timeout=self._patience)
        try:
            return self._application(environ, start_response)
        finally:
            if mine:
                self._turn.release()
