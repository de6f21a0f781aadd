"""A real IMAP server for tests: Dovecot with one mailbox, started on a port of its own and stopped afterwards.

Where the machine has none, the tests that want one are skipped and say so, and fail under `REQUIRE_BROWSER=1` as those
that want a browser do: `apt-get install dovecot-imapd`.
"""

from __future__ import annotations

import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "clinic", "secret"
SECONDS = 20.0

CONFIGURATION = """
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{base}/cert.pem
ssl_key = <{base}/key.pem
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{base}/mail
mail_access_groups =
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True)
class ImapServer:
    """A server that listens, and the context that trusts its certificate."""

    port: int
    tls: ssl.SSLContext

    @property
    def url(self) -> str:
        """The setting that names its mailbox."""
        return f"imaps://{USER}:{PASSWORD}@127.0.0.1:{self.port}/INBOX"

    @classmethod
    @contextmanager
    def started(cls, _folder: Path) -> Iterator[ImapServer]:
        """Start it, and stop it at the end."""
        program = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
        if program is None:
            missing = "no IMAP server on this machine: apt-get install dovecot-imapd"
            if os.environ.get("REQUIRE_BROWSER", "") not in {"", "0"}:
                pytest.fail(f"an IMAP server is required: {missing}", pytrace=False)
            pytest.skip(missing)
        with tempfile.TemporaryDirectory(prefix="imap-", dir="/tmp", ignore_cleanup_errors=True) as name:
            base = Path(name)
            port = _prepare(base)
            with subprocess.Popen([program, "-F", "-c", str(base / "dovecot.conf")]) as process:
                try:
                    server = cls(port, ssl.create_default_context(cafile=str(base / "cert.pem")))
                    server._wait(process, base / "log")
                    yield server
                finally:
                    process.terminate()

    def deliver(self, *mails: bytes) -> None:
        """Put mails into the mailbox, in order."""
        with self._line() as line:
            for mail in mails:
                assert line.append("INBOX", "", None, mail)[0] == "OK"

    def delete(self, *numbers: int) -> None:
        """Take mails out of the mailbox, by their place in it."""
        with self._line() as line:
            line.select("INBOX")
            line.store(",".join(map(str, numbers)), "+FLAGS", r"(\Deleted)")
            line.expunge()

    def see_everything(self) -> None:
        """Read every mail, as a person with a mail program does."""
        with self._line() as line:
            line.select("INBOX")
            line.store("1:*", "+FLAGS", r"(\Seen)")

    def unseen(self) -> int:
        """How many mails nobody has read."""
        with self._line() as line:
            line.select("INBOX", readonly=True)
            return len(line.search(None, "UNSEEN")[1][0].split())

    def _line(self) -> imaplib.IMAP4_SSL:
        line = imaplib.IMAP4_SSL("127.0.0.1", self.port, ssl_context=self.tls, timeout=SECONDS)
        line.login(USER, PASSWORD)
        return line

    def _wait(self, process: subprocess.Popen[bytes], log: Path) -> None:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until and process.poll() is None:
            with suppress(OSError, imaplib.IMAP4.error), self._line():
                return
            time.sleep(0.1)
        said = log.read_text(encoding="utf-8") if log.exists() else ""
        pytest.fail(f"Dovecot did not start: {said[-2000:]}")


def _prepare(base: Path) -> int:
    base.chmod(0o755)
    is_root = os.getuid() == 0
    own = pwd.getpwuid(os.getuid())
    mailer = pwd.getpwnam("nobody") if is_root else own
    for name in ("mail", "home", "run", "state"):
        (base / name).mkdir()
    if is_root:
        for name in ("mail", "home"):
            os.chown(base / name, mailer.pw_uid, mailer.pw_gid)
    _certify(base)
    port = _free_port()
    group = subprocess.run(["id", "-gn"], check=True, capture_output=True, text=True).stdout.strip()
    configuration = CONFIGURATION.format(
        base=base,
        port=port,
        password=PASSWORD,
        internal="dovecot" if is_root else own.pw_name,
        group="dovecot" if is_root else group,
        login="dovenull" if is_root else own.pw_name,
        uid=mailer.pw_uid,
        gid=mailer.pw_gid,
    )
    (base / "dovecot.conf").write_text(configuration, encoding="utf-8")
    return port


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _certify(base: Path) -> None:
    """A certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (base / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (base / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
