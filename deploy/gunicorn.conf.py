"""How the web server runs, on a clinic's machine and under ./dev up."""

import os

bind = os.environ.get("SCHEDULER_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = 2
threads = 4
no_control_socket = True
