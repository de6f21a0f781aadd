"""Hands out the styles and scripts that were built into the instance folder, under an address that names their content.

The address changes when the content does, so browsers keep each file for a year. Where nothing was built the pages go
without: they are plain HTML that works by itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request, send_from_directory, url_for

bp = Blueprint("assets", __name__)
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was built: one hash over the folder, and the names in it."""

    folder: Path
    hash: str
    names: frozenset[str]


def init_app(app: Flask, instance: Path) -> None:
    """Read what was built and teach the templates `asset("site.css")`."""
    app.extensions["assets"] = _manifest(instance / "vendor")
    app.jinja_env.globals["asset"] = asset


def asset(name: str) -> str | None:
    """The address of a built file, or None when it was not built."""
    built = _built()
    return url_for("assets.file", digest=built.hash, name=name) if name in built.names else None


@bp.get("/<digest>/<path:name>")
def file(digest: str, name: str) -> Response:
    """One built file; the packed copy for browsers that take one, which is all of them."""
    built = _built()
    if digest != built.hash or name not in built.names:
        abort(404)
    packed = "gzip" in request.headers.get("Accept-Encoding", "") and (built.folder / f"{name}.gz").is_file()
    answer = send_from_directory(
        built.folder, f"{name}.gz" if packed else name, max_age=_YEAR, mimetype=_type(name)
    )
    answer.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    answer.headers["Vary"] = "Accept-Encoding"
    if packed:
        answer.headers["Content-Encoding"] = "gzip"
    return answer


def _type(name: str) -> str:
    types = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
    return types.get(Path(name).suffix, "application/octet-stream")


def _built() -> Manifest:
    manifest: Manifest = current_app.extensions["assets"]
    return manifest


def _manifest(folder: Path) -> Manifest:
    try:
        read = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Manifest(folder, "none", frozenset())
    return Manifest(folder, read["hash"], frozenset(read["files"]))
