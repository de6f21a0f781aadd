"""Who may come through a door: one small function a guard, named in `web/routes.py` beside the door it stands at.

A guard answers None to let the request pass, an answer of its own to send it elsewhere, or raises a refusal.
"""

from __future__ import annotations

from collections.abc import Callable

from flask.typing import ResponseReturnValue

Guard = Callable[[], ResponseReturnValue | None]


def anyone() -> ResponseReturnValue | None:
    """Let everybody in. Said aloud, so that an open door is a decision and not an omission."""
    return None
