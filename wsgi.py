"""The web door for a server: `gunicorn wsgi:app`, `flask --app wsgi ...`."""

from __future__ import annotations

import sys

from scheduler import journal
from scheduler.app import create_app
from scheduler.config import SettingError

journal.start()
try:
    app = create_app()
except SettingError as error:
    sys.exit(str(error))
