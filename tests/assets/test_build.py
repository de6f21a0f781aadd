"""The built styles and scripts: complete, ours, and asking no other host for anything."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from scheduler.assets import build

VENDOR = build.ROOT / "instance" / "vendor"


@pytest.fixture(scope="module")
def css() -> str:
    """The style sheet as built by `./dev`."""
    return (VENDOR / "site.css").read_text(encoding="utf-8")


def test_the_style_sheet_asks_no_other_host(css: str) -> None:
    assert re.findall(r"(?:https?:)?//[^)\s\"']+", css) == []


def test_the_style_sheet_carries_neither_the_font_nor_the_colours_of_another_institution(css: str) -> None:
    assert "frutiger" not in css.lower()
    assert re.findall(r"#(?:005eb8|007f3b|d5281b)\b", css.lower()) == []


def test_every_picture_that_the_style_sheet_names_is_there(css: str) -> None:
    names = re.findall(r'url\("?([^")]+)"?\)', css)
    missing = [name for name in names if not name.startswith("data:") and not (VENDOR / name).is_file()]
    assert missing == []


def test_the_manifest_lists_what_is_served_and_packed_copies_say_the_same() -> None:
    manifest = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    assert {"site.css", "site.js", "nhsuk-frontend.min.js", "htmx.min.js"} <= set(manifest["files"])
    for name in manifest["files"]:
        packed = VENDOR / f"{name}.gz"
        if packed.exists():
            assert gzip.decompress(packed.read_bytes()) == (VENDOR / name).read_bytes()


def test_one_changed_byte_changes_the_address(tmp_path: Path) -> None:
    hashes = []
    for text in ("a{}", "b{}"):
        folder = tmp_path / text[0]
        folder.mkdir()
        (folder / "site.css").write_text(text, encoding="utf-8")
        build._write_manifest(folder)
        hashes.append(json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["hash"])
    assert hashes[0] != hashes[1]


def test_the_lock_names_every_package_by_hash_and_no_download_address() -> None:
    lock = json.loads((build.ASSETS / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert [
        name for name, entry in packages.items() if not entry.get("integrity", "").startswith("sha512-")
    ] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
