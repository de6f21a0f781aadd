"""Built files are kept by browsers for a year under an address that names their content; pages live without them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.inspector import Inspector

MakeApp = Callable[..., Flask]


@pytest.fixture
def built(make_app: MakeApp, tmp_path: Path) -> Inspector:
    """A client of an app whose assets were built."""
    vendor = tmp_path / "built" / "vendor"
    vendor.mkdir(parents=True)
    (vendor / "site.css").write_text("p { margin: 0 }")
    (vendor / "site.css.gz").write_bytes(gzip.compress(b"p { margin: 0 }"))
    (vendor / "secret.txt").write_text("not listed")
    (vendor / "manifest.json").write_text(json.dumps({"hash": "abc123", "files": ["site.css"]}))
    (tmp_path / "instance0").mkdir()
    (tmp_path / "instance0" / "vendor").symlink_to(vendor)
    client = make_app().test_client()
    assert isinstance(client, Inspector)
    return client


def test_a_page_links_to_the_built_style(built: Inspector) -> None:
    assert 'href="/vendor/abc123/site.css"' in built.get("/").text


def test_a_built_file_is_kept_for_a_year(built: Inspector) -> None:
    answer = built.get("/vendor/abc123/site.css")
    assert answer.text == "p { margin: 0 }"
    assert answer.mimetype == "text/css"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_browser_that_takes_a_packed_file_gets_one(built: Inspector) -> None:
    answer = built.get("/vendor/abc123/site.css", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == b"p { margin: 0 }"


@pytest.mark.parametrize(
    "path",
    [
        "/vendor/old/site.css",
        "/vendor/abc123/secret.txt",
        "/vendor/abc123/../secret.txt",
        "/vendor/abc123/x.css",
    ],
)
def test_nothing_else_is_handed_out(built: Inspector, path: str) -> None:
    assert built.get(path).status_code == 404


def test_a_page_without_built_files_is_plain_html_that_works(client: Inspector) -> None:
    text = client.get("/").text
    assert "stylesheet" not in text
    assert "Book a visit" in text
