"""What makes the tests quick and leaves what they prove alone: work that every app repeats is done once for the run.

Each test makes an app of its own. Werkzeug writes code for each of three hundred rules, Jinja for each template; both
are the same every time. Passwords are hashed for the tests with the least memory and time; what is said about their
strength is proved with the `real_hashes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import CodeType

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from scheduler.persistence import passwords

Builder = Callable[..., tuple[str, str]]

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
REAL, REAL_NOBODY = passwords._HASHER, passwords._NOBODY


class RuleWrittenOnce(Rule):
    """A rule of the route map that finds the code of its twin in an earlier app; the code knows no rule by itself."""

    _written: dict[tuple[object, ...], Builder] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        known = (append_unknown, self.rule, self.host, self.subdomain, str(self.defaults), *self._trace)
        if known not in self._written:
            self._written[known] = super()._compile_builder(append_unknown)
        return self._written[known]


class TemplatesWrittenOnce(BytecodeCache):
    """The code of templates, for as long as the run lasts; a template that changed has another checksum."""

    def __init__(self) -> None:
        self._written: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Hand out what is known."""
        bucket.code = self._written.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Remember."""
        assert bucket.code is not None
        self._written[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session", autouse=True)
def work_done_once() -> Iterator[None]:
    """Every app of the run takes the code of rules and templates from the first that needed it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "url_rule_class", RuleWrittenOnce)
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": TemplatesWrittenOnce()})
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """The same hash with the least memory and time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", QUICK)
        patch.setattr(passwords, "_NOBODY", QUICK.hash("nobody's"))
        yield


@pytest.fixture
def real_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes as strong as in real use."""
    monkeypatch.setattr(passwords, "_HASHER", REAL)
    monkeypatch.setattr(passwords, "_NOBODY", REAL_NOBODY)
