"""A real relay (coturn) on this machine for tests with calls; it can be stopped and started again on the same port.

A relay that is not installed skips its tests and says so; `REQUIRE_BROWSER=1` makes that a failure, as for the browser.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PROGRAM = "turnserver"
SECRET = "a-secret-for-tests-alone"


@dataclass
class RelayServer:
    """One relay: its port and its process."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        """As `TURN_URL` names it."""
        return f"turn:127.0.0.1:{self.port}?transport=udp"

    def begin(self) -> None:
        """Start it, and wait until it hears."""
        command = [
            PROGRAM,
            "-n",
            "--listening-ip=127.0.0.1",
            f"--listening-port={self.port}",
            "--relay-ip=127.0.0.1",
            "--min-port=50000",
            "--max-port=59999",
            "--use-auth-secret",
            f"--static-auth-secret={SECRET}",
            "--realm=example.com",
            "--no-tls",
            "--no-dtls",
            "--no-cli",
            "--allow-loopback-peers",
            f"--pidfile={self.folder / 'turn.pid'}",
            f"--userdb={self.folder / 'turn.db'}",
            "--log-file=stdout",
        ]
        with (self.folder / "turn.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        for _ in range(100):
            if self._hears():
                return
            time.sleep(0.1)
        raise AssertionError((self.folder / "turn.log").read_text(errors="replace")[-2000:])

    def end(self) -> None:
        """Stop it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def _hears(self) -> bool:
        """Ask for its address as any client does (STUN binding, RFC 8489, 5)."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.settimeout(0.2)
            line.sendto(b"\x00\x01\x00\x00\x21\x12\xa4\x42" + b"test-request", ("127.0.0.1", self.port))
            try:
                return bool(line.recv(500))
            except OSError:
                return False


@pytest.fixture
def relay_server(tmp_path: Path) -> Iterator[RelayServer]:
    """A relay that runs."""
    if shutil.which(PROGRAM) is None:
        reason = "coturn is not installed (apt-get install coturn)"
        if os.environ.get("REQUIRE_BROWSER", "") not in {"", "0"}:
            pytest.fail(f"a relay is required: {reason}", pytrace=False)
        pytest.skip(reason)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = RelayServer(tmp_path, port)
    server.begin()
    yield server
    server.end()
