"""The web door for a server: `python -m scheduler.server`, `flask --app wsgi ...`.

A server takes visitors only when the database proves that it refuses overlaps by itself. The commands of `flask` do
without that proof, because one of them is what makes the tables. Its processes also begin to read the book of names,
so that the first search at the desk waits for nothing.
"""

from __future__ import annotations

import os
import sys

from scheduler import journal
from scheduler.app import create_app
from scheduler.config import SettingError
from scheduler.services import name_reading, vitals
from scheduler.web.context import house, now

journal.start()
try:
    app = create_app()
    if os.environ.get("FLASK_RUN_FROM_CLI") != "true":
        vitals.prove(app.extensions["database"])
        with app.app_context():
            name_reading.begin(house(), now())
except (SettingError, vitals.Unfit) as refusal:
    sys.exit(str(refusal))
