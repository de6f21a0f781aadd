"""What every test may ask for."""

from __future__ import annotations

pytest_plugins = [
    "tests.quick",
    "tests.postgres",
    "tests.browser",
    "tests.house",
    "tests.engines",
    "tests.databases",
    "tests.programs",
    "tests.post",
    "tests.text_company",
    "tests.patients",
    "tests.staff",
    "tests.pages.world",
    "tests.pages.meeting",
    "tests.pages.counter",
    "tests.relay",
]
