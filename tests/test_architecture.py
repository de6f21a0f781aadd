"""Every import goes downstairs: each floor's files are read and held against the table of who may import whom.

A planted breach must be found, so the rules are tried on made-up files as well.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "scheduler"
HANDLE = "scheduler.persistence.database"
VAULT = "scheduler.persistence.vault"


@dataclass(frozen=True, slots=True)
class Floor:
    """What a floor may import: our own packages, foreign ones, and what single files may import beyond that."""

    ours: tuple[str, ...]
    foreign: tuple[str, ...] = ()
    except_for: tuple[tuple[str, str], ...] = ()


FLOORS = {
    "domain": Floor(
        ("domain",),
        except_for=(
            ("domain/reply.py", "icalendar"),
            ("domain/busy_times.py", "icalendar"),
            ("domain/busy_times.py", "recurring_ical_events"),
            ("domain/telephone.py", "phonenumbers"),
        ),
    ),
    "persistence": Floor(
        ("domain", "persistence"), ("sqlalchemy", "alembic", "cryptography", "argon2", "pyotp", "webauthn")
    ),
    # A connection is handed down and a refusal of the database recognised; statements stay in persistence.
    "services": Floor(("domain", "persistence", "services"), ("sqlalchemy.Connection", "sqlalchemy.exc")),
    "translations": Floor(("domain", "translations"), ("babel", "phonenumbers")),
    "web": Floor(
        ("domain", "services", "translations", "web", "config", "journal"),
        (
            "flask",
            "flask_wtf",
            "flask_login",
            "flask_limiter",
            "wtforms",
            "werkzeug",
            "itsdangerous",
            "jinja2",
            "markupsafe",
            "nhsuk_frontend_jinja",
            "prometheus_client",
            "pydantic",
            "phonenumbers",
            "email_validator",
            "segno",
        ),
        except_for=(("web/context.py", HANDLE), ("web/context.py", VAULT)),
    ),
    "worker": Floor(
        ("domain", "services", "translations", "worker", "config", "journal"),
        ("apscheduler", "jinja2", "httpx", "markupsafe"),
        except_for=(("worker/clock.py", HANDLE), ("worker/clock.py", VAULT)),
    ),
}
WIRES = {"app", "cli", "config", "journal", "server", "__main__", "__init__"}
"""Files at the top of the package that put the floors together, or that every door reads."""

CLOCK_READERS = {"web/context.py", "worker/clock.py"}


@dataclass(frozen=True, slots=True)
class Import:
    """One name a file imports, and whether it does so inside a function or only for the type checker."""

    name: str
    line: int
    inside: bool
    for_types: bool


def sources() -> Iterator[tuple[str, str]]:
    """Every module of the package: its path within it, and its text. Migrations belong to Alembic's own rules."""
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        short = path.relative_to(ROOT / PACKAGE).as_posix()
        if not short.startswith(("persistence/migrations/", "assets/")):
            yield short, path.read_text(encoding="utf-8")


def breaches(short: str, source: str) -> list[str]:
    """Everything a file imports that its floor may not."""
    floor = FLOORS.get(short.partition("/")[0])
    found = []
    for one in imports(source):
        if one.inside:
            found.append(f"{short}:{one.line} imports {one.name} inside a function")
        elif floor is not None and not allowed(floor, short, one.name):
            found.append(f"{short}:{one.line} may not import {one.name}")
    return found


def allowed(floor: Floor, short: str, name: str) -> bool:
    """Say whether a floor may import a name."""
    top = name.partition(".")[0]
    if any(short == path and within(name, extra) for path, extra in floor.except_for):
        return True
    if top == PACKAGE:
        return any(within(name, f"{PACKAGE}.{room}") for room in floor.ours)
    return top in sys.stdlib_module_names or any(within(name, package) for package in floor.foreign)


def within(name: str, package: str) -> bool:
    """Say whether a name is a package or something in it."""
    return name == package or name.startswith(f"{package}.")


def imports(source: str) -> Iterator[Import]:
    """Every import of a source, wherever it stands."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = {id(node) for function in functions for node in ast.walk(function)}
    typed = {id(node) for test in ast.walk(tree) if _for_types(test) for node in ast.walk(test)}
    for node in ast.walk(tree):
        for name in _names(node):
            yield Import(name, getattr(node, "lineno", 0), id(node) in inside, id(node) in typed)


def _for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "no relative imports"
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def test_every_import_goes_downstairs() -> None:
    assert [breach for short, source in sources() for breach in breaches(short, source)] == []


def test_every_file_stands_on_a_floor() -> None:
    unknown = [
        short
        for short, _ in sources()
        if short.partition("/")[0] not in FLOORS and short.removesuffix(".py") not in WIRES
    ]
    assert unknown == []


def test_no_two_modules_import_each_other_in_a_circle() -> None:
    graph = {module_of(short): targets(source) for short, source in sources()}
    done: set[str] = set()

    def walk(module: str, above: tuple[str, ...]) -> list[str]:
        if module in above:
            return [" -> ".join((*above[above.index(module) :], module))]
        if module in done:
            return []
        circles = [
            circle for target in sorted(graph.get(module, ())) for circle in walk(target, (*above, module))
        ]
        done.add(module)
        return circles

    assert [circle for module in sorted(graph) for circle in walk(module, ())] == []


def targets(source: str) -> set[str]:
    """The modules of ours that a source imports when it runs (what is only for the type checker never runs)."""
    modules = {module_of(short) for short, _ in sources()}
    found = set()
    for one in imports(source):
        if one.name.startswith(PACKAGE) and not one.for_types:
            found.add(one.name if one.name in modules else one.name.rpartition(".")[0])
    return found - {PACKAGE}


def module_of(short: str) -> str:
    """The module's name for a path within the package."""
    return f"{PACKAGE}.{short.removesuffix('.py').removesuffix('/__init__').replace('/', '.')}"


def test_only_the_doors_read_the_clock() -> None:
    reads = {
        short
        for short, source in sources()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"now", "utcnow", "today"}
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"datetime", "date"}
        and short.partition("/")[0] in FLOORS
    }
    assert reads <= CLOCK_READERS


def test_every_module_opens_with_one_plain_sentence() -> None:
    bare = []
    for short, source in sources():
        words = ast.get_docstring(ast.parse(source)) or ""
        first = words.partition("\n\n")[0].strip()
        if not first.endswith((".", "?")):
            bare.append(short)
    assert bare == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    nothing = {"utils", "helpers", "common", "misc", "manager", "util", "helper", "base"}
    assert [short for short, _ in sources() if Path(short).stem in nothing] == []


@pytest.mark.parametrize(
    ("short", "source"),
    [
        ("domain/thing.py", "import flask"),
        ("domain/thing.py", "from sqlalchemy import select"),
        ("domain/thing.py", "from scheduler.persistence import people"),
        ("domain/thing.py", "import icalendar"),
        ("persistence/things.py", "from scheduler.services import booking"),
        ("services/doing.py", "from flask import g"),
        ("services/doing.py", "from sqlalchemy import select"),
        ("web/someone.py", "from scheduler.persistence.database import Database"),
        ("web/someone.py", "from scheduler.persistence import people"),
        ("web/someone.py", "import sqlalchemy"),
        ("web/someone.py", "import smtplib\ndef f() -> None:\n    import json"),
        ("worker/post.py", "from flask import render_template"),
        ("worker/post.py", "from scheduler.web import filters"),
    ],
)
def test_a_planted_breach_is_found(short: str, source: str) -> None:
    assert breaches(short, source)


@pytest.mark.parametrize(
    ("short", "source"),
    [
        ("domain/reply.py", "import icalendar"),
        ("web/context.py", "from scheduler.persistence.database import Database"),
        ("services/doing.py", "from sqlalchemy import Connection"),
        ("worker/mail.py", "import smtplib\nfrom scheduler.services import delivery"),
    ],
)
def test_what_the_table_allows_is_let_through(short: str, source: str) -> None:
    assert breaches(short, source) == []
