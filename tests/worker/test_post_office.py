"""What a server's answers mean for a mail, against a real server; and the folder that stands in for one."""

from __future__ import annotations

import asyncio
import socket
import ssl
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from scheduler.domain.hand_over import HandOver, Result
from scheduler.domain.notification import Kind
from scheduler.worker.letter_words import SUBJECTS
from scheduler.worker.mail import Mailer
from scheduler.worker.post_office import FolderOffice, Server, SmtpOffice
from tests.letters import SENDER, a_letter
from tests.worker import golden

RECIPIENT = "ana@example.com"
MESSAGE = Mailer(FolderOffice(Path("unused")), SENDER, golden.BASE_URL).write(a_letter())


class Handler:
    """An SMTP server's mind: keeps what it takes, and answers as a test tells it."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.sessions: list[Session] = []
        self.answers: dict[str, str] = {}
        self.refuses: dict[str, str] = {}
        self.at_data: Callable[[SMTP], None] = lambda _server: None

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.refuses.get(address) or self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.sessions.append(session)
        self.taken.append(envelope)
        self.at_data(server)
        return self.answers.get("DATA", "250 OK: queued as 4Xyz-9")


@contextmanager
def a_server(handler: Handler, **settings: Any) -> Iterator[int]:
    port = a_free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port, **settings)
    controller.start()
    try:
        yield port
    finally:
        _wait_for_goodbyes(controller)
        controller.stop()


def _wait_for_goodbyes(controller: Controller) -> None:
    """The library leaves open sockets behind when it is stopped while it is still closing one."""
    until = time.monotonic() + 5
    while asyncio.all_tasks(controller.loop) and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.02)


def a_free_port() -> int:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port: int = nobody.getsockname()[1]
    return port


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def port(handler: Handler) -> Iterator[int]:
    with a_server(handler) as port:
        yield port


@pytest.fixture
def office(port: int) -> Iterator[SmtpOffice]:
    office = SmtpOffice(Server("127.0.0.1", port), timeout=5)
    yield office
    office.close()


def post(office: SmtpOffice | FolderOffice, message: bytes = MESSAGE) -> HandOver:
    return office.post(message, SENDER, RECIPIENT)


class TestServer:
    def test_a_mail_arrives_byte_for_byte(self, office: SmtpOffice, handler: Handler) -> None:
        assert post(office) == HandOver(Result.ACCEPTED, reference="4Xyz-9")
        (envelope,) = handler.taken
        assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, [RECIPIENT])
        assert isinstance(envelope.content, bytes)
        assert envelope.content.rstrip(b"\r\n") == MESSAGE.rstrip(b"\r\n")

    @pytest.mark.parametrize("kind", list(SUBJECTS))
    def test_every_kind_of_mail_arrives(self, office: SmtpOffice, handler: Handler, kind: Kind) -> None:
        message = Mailer(office, SENDER, golden.BASE_URL).write(a_letter(kind, language="es"))
        assert post(office, message).result is Result.ACCEPTED
        content = handler.taken[0].content
        assert isinstance(content, bytes)
        assert golden.readable(content) == golden.readable(message)

    def test_one_line_serves_many_mails(self, office: SmtpOffice, handler: Handler) -> None:
        for _ in range(3):
            assert post(office).result is Result.ACCEPTED
        assert len({id(session) for session in handler.sessions}) == 1

    def test_a_line_that_the_server_dropped_meanwhile_is_opened_anew(
        self, office: SmtpOffice, handler: Handler
    ) -> None:
        post(office)
        assert office._line is not None
        assert office._line.sock is not None
        office._line.sock.shutdown(socket.SHUT_RDWR)
        assert post(office).result is Result.ACCEPTED
        assert len({id(session) for session in handler.sessions}) == 2

    @pytest.mark.parametrize(
        ("step", "answer", "expected"),
        [
            ("RCPT", "450 mailbox busy", HandOver(Result.DEFERRED, "smtp 450")),
            ("RCPT", "550 <ana@example.com> unknown", HandOver(Result.BAD_ADDRESS, "smtp 550")),
            ("RCPT", "550 5.1.1 no such user", HandOver(Result.BAD_ADDRESS, "smtp 550 5.1.1")),
            ("RCPT", "550 5.7.1 relaying denied", HandOver(Result.REFUSED, "smtp 550 5.7.1")),
            ("DATA", "550 5.1.1 no such user", HandOver(Result.BAD_ADDRESS, "smtp 550 5.1.1")),
            ("DATA", "550 no such user", HandOver(Result.REFUSED, "smtp 550")),
            ("RCPT", "421 closing", HandOver(Result.UNREACHABLE, "smtp 421")),
            ("MAIL", "451 later", HandOver(Result.DEFERRED, "smtp 451")),
            ("MAIL", "550 you may not send", HandOver(Result.UNREACHABLE, "smtp 550")),
            ("MAIL", "421 too busy", HandOver(Result.UNREACHABLE, "smtp 421")),
            ("DATA", "452 no room", HandOver(Result.DEFERRED, "smtp 452")),
            ("DATA", "554 looks like spam", HandOver(Result.REFUSED, "smtp 554")),
        ],
    )
    def test_each_answer_means_one_thing(
        self, office: SmtpOffice, handler: Handler, step: str, answer: str, expected: HandOver
    ) -> None:
        handler.answers[step] = answer
        assert post(office) == expected

    def test_one_refusal_does_not_spoil_the_next_mail(self, office: SmtpOffice, handler: Handler) -> None:
        handler.answers["RCPT"] = "550 unknown"
        post(office)
        handler.answers.clear()
        assert post(office).result is Result.ACCEPTED

    def test_a_line_that_breaks_after_the_text_leaves_the_fate_unknown(
        self, office: SmtpOffice, handler: Handler
    ) -> None:
        def hang_up(server: SMTP) -> None:
            assert server.transport is not None
            server.transport.abort()  # type: ignore[attr-defined]

        handler.at_data = hang_up
        assert post(office).result is Result.UNSURE
        assert len(handler.taken) == 1
        handler.at_data = lambda _server: None
        assert post(office).result is Result.ACCEPTED

    def test_nobody_at_the_door_is_no_attempt(self) -> None:
        assert post(SmtpOffice(Server("127.0.0.1", a_free_port()))) == HandOver(
            Result.UNREACHABLE, "smtp ConnectionRefusedError"
        )

    def test_a_server_that_says_nothing_is_given_up_in_time(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            office = SmtpOffice(Server("127.0.0.1", silent.getsockname()[1]), timeout=0.3)
            assert post(office).result is Result.UNREACHABLE

    def test_a_server_that_falls_silent_after_the_text_leaves_the_fate_unknown(self) -> None:
        with _mute_after_text() as port:
            office = SmtpOffice(Server("127.0.0.1", port), timeout=0.5)
            assert post(office).result is Result.UNSURE

    @pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")
    def test_a_password_is_shown_to_the_server_and_a_wrong_one_keeps_mails_waiting(
        self, handler: Handler
    ) -> None:
        def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
            known = data.login == b"clinic" and data.password == b"p:w@1"
            return AuthResult(success=known, handled=False)

        settings = {"authenticator": check, "auth_required": True, "auth_require_tls": False}
        with a_server(handler, **settings) as port:
            right = SmtpOffice(Server.parse(f"smtp://clinic:p%3Aw%401@127.0.0.1:{port}"), timeout=5)
            wrong = SmtpOffice(Server.parse(f"smtp://clinic:no@127.0.0.1:{port}"), timeout=5)
            assert post(right).result is Result.ACCEPTED
            assert post(wrong) == HandOver(Result.UNREACHABLE, "smtp 535")
            right.close()

    def test_without_tls_nothing_is_sent_where_tls_is_asked_for(self, port: int, handler: Handler) -> None:
        office = SmtpOffice(Server.parse(f"smtp://127.0.0.1:{port}?tls=required"), timeout=5)
        assert post(office) == HandOver(Result.UNREACHABLE, "smtp SMTPNotSupportedError")
        assert handler.taken == []


class TestTls:
    """The line is closed to others, and the server at its end is who it says it is."""

    def test_a_server_that_offers_tls_gets_mail_by_tls(self, handler: Handler, tls: Tls) -> None:
        with a_server(handler, tls_context=tls.server, require_starttls=True) as port:
            office = SmtpOffice(Server("127.0.0.1", port, must_tls=True), timeout=5, tls=tls.client)
            assert post(office).result is Result.ACCEPTED
            office.close()
        assert handler.sessions[0].ssl is not None

    def test_smtps_is_tls_from_the_first_byte(self, handler: Handler, tls: Tls) -> None:
        with a_server(handler, ssl_context=tls.server) as port:
            office = SmtpOffice(Server("127.0.0.1", port, is_tls=True), timeout=5, tls=tls.client)
            assert post(office).result is Result.ACCEPTED
            office.close()

    @pytest.mark.parametrize("is_tls", [True, False])
    def test_a_server_that_nobody_vouches_for_gets_nothing(
        self, handler: Handler, tls: Tls, is_tls: bool
    ) -> None:
        context = {"ssl_context" if is_tls else "tls_context": tls.server}
        with a_server(handler, **context) as port:
            office = SmtpOffice(Server("127.0.0.1", port, is_tls=is_tls), timeout=5)
            assert post(office) == HandOver(Result.UNREACHABLE, "smtp SSLCertVerificationError")
        assert handler.taken == []


@dataclass(frozen=True)
class Tls:
    """A server's certificate, and a client that trusts it alone."""

    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    """A certificate that the test made itself, for one day and one machine."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain = folder / "chain.pem"
    chain.write_bytes(
        certificate.public_bytes(Encoding.PEM)
        + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    return Tls(server, ssl.create_default_context(cadata=certificate.public_bytes(Encoding.PEM).decode()))


@contextmanager
def _mute_after_text() -> Iterator[int]:
    """A server that takes the whole text and never says so."""
    door = socket.create_server(("127.0.0.1", 0))

    def talk() -> None:
        line, _ = door.accept()
        with line, line.makefile("rb") as heard:
            line.sendall(b"220 hello\r\n")
            for command in heard:
                if command.upper().startswith(b"DATA"):
                    line.sendall(b"354 go on\r\n")
                    while heard.readline() not in {b".\r\n", b""}:
                        pass
                    heard.readline()
                    return
                line.sendall(b"250 OK\r\n")

    talker = threading.Thread(target=talk)
    talker.start()
    try:
        yield door.getsockname()[1]
    finally:
        door.close()
        talker.join(10)


class TestSetting:
    @pytest.mark.parametrize(
        ("url", "server"),
        [
            ("smtp://mail.example.com", Server("mail.example.com", 25)),
            ("smtp://mail.example.com:2525", Server("mail.example.com", 2525)),
            ("smtps://mail.example.com", Server("mail.example.com", 465, is_tls=True)),
            (
                "smtp://user%40x:p%2Fw@mail.example.com",
                Server("mail.example.com", 587, must_tls=True, user="user@x", password="p/w"),
            ),
            ("smtp://u:p@127.0.0.1:1025", Server("127.0.0.1", 1025, user="u", password="p")),
            ("smtp://mail.example.com?tls=required", Server("mail.example.com", 25, must_tls=True)),
        ],
    )
    def test_an_address_names_a_server(self, url: str, server: Server) -> None:
        assert Server.parse(url) == server

    @pytest.mark.parametrize("url", ["http://mail.example.com", "smtp://", "mail.example.com"])
    def test_anything_else_is_refused(self, url: str) -> None:
        with pytest.raises(ValueError, match="SMTP address"):
            Server.parse(url)

    def test_a_password_shows_in_no_message(self) -> None:
        assert "secret" not in repr(Server.parse("smtp://u:secret@mail.example.com"))


class TestFolder:
    def test_each_mail_becomes_a_file_that_only_the_owner_reads(self, tmp_path: Path) -> None:
        office = FolderOffice(tmp_path / "outbox" / "mail")
        assert post(office).result is Result.ACCEPTED
        (kept,) = (tmp_path / "outbox" / "mail").iterdir()
        assert kept.name == "20261120T163000-0011223344556677.eml"
        assert kept.read_bytes() == MESSAGE
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
        assert message_from_bytes(kept.read_bytes())["To"] == RECIPIENT

    def test_a_repeat_takes_the_same_place(self, tmp_path: Path) -> None:
        office = FolderOffice(tmp_path)
        post(office)
        post(office)
        assert len(list(tmp_path.iterdir())) == 1

    def test_a_folder_that_cannot_be_written_keeps_mails_waiting(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        assert post(FolderOffice(tmp_path / "file" / "mail")).result is Result.UNREACHABLE


class Reporter:
    """A server that knows how to report failures (RFC 3461), as far as one mail needs it; keeps what it was told."""

    def __init__(self, *, knows_how: bool = True) -> None:
        self.said: list[str] = []
        self._greeting = b"250-reporter\r\n250 DSN\r\n" if knows_how else b"250 reporter\r\n"
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        line, _ = self._socket.accept()
        with line, line.makefile("rb") as heard:
            line.sendall(b"220 here\r\n")
            in_text = False
            for raw in heard:
                word = raw.decode("ascii", "replace").strip()
                if in_text:
                    in_text = word != "."
                    if not in_text:
                        line.sendall(b"250 taken\r\n")
                    continue
                self.said.append(word)
                in_text = word == "data"
                line.sendall(
                    self._greeting if word.startswith("ehlo") else b"354 go\r\n" if in_text else b"250 ok\r\n"
                )

    def close(self) -> None:
        self._thread.join(5)
        self._socket.close()


class TestReports:
    """Whose mailbox hears of a mail that could not be brought, and under which name."""

    def envelope(self, reporter: Reporter, bounces_to: str | None = None) -> list[str]:
        office = SmtpOffice(Server("127.0.0.1", reporter.port), timeout=5, bounces_to=bounces_to)
        assert post(office).result is Result.ACCEPTED
        office.close()
        reporter.close()
        return [word for word in reporter.said if word.lower().startswith(("mail", "rcpt"))]

    def test_a_server_that_can_is_asked_to_report_under_our_name(self) -> None:
        assert self.envelope(Reporter(), "bounces@clinic.example.com") == [
            "mail FROM:<bounces@clinic.example.com> RET=HDRS ENVID=00112233445566778899aabbccddeeff",
            "rcpt TO:<ana@example.com> NOTIFY=FAILURE,DELAY ORCPT=rfc822;ana@example.com",
        ]

    def test_a_server_that_cannot_is_not_confused(self) -> None:
        assert self.envelope(Reporter(knows_how=False)) == [
            f"mail FROM:<{SENDER}>",
            "rcpt TO:<ana@example.com>",
        ]
