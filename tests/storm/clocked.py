"""The clinic's web application with a clock of its own in each of its processes, which is harmless."""

from __future__ import annotations

from contextlib import ExitStack

from scheduler.app import create_app
from scheduler.config import load_settings
from scheduler.worker import clock
from tests.storm.crew import shorten

shorten()
app = create_app()
held = ExitStack()
held.enter_context(clock.ticking(load_settings()))
