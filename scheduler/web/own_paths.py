"""Addresses of this site alone: where to go on to, and which page somebody was just on."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request


def safe_next(target: str | None) -> str | None:
    """The address to go on to, if it is a path of this site; None for all that could lead elsewhere."""
    if not target or len(target) > 2000 or not target.startswith("/") or target.startswith("//"):
        return None
    if "\\" in target or any(ord(sign) < 33 or ord(sign) > 126 for sign in target):
        return None
    return target


def page_in_use() -> str | None:
    """The page a person is looking at: this one, or the one that asked for this part or sent this form."""
    if request.method in {"GET", "HEAD"} and "HX-Request" not in request.headers:
        return safe_next(request.full_path.rstrip("?"))
    named = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    if named.netloc != request.host:
        return None
    return safe_next(named.path + (f"?{named.query}" if named.query else ""))
