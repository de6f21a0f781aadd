"""What a clinic can set, read once at the start; a wrong setting stops the program with one line that names it.

Order, each over the one before: defaults here, `instance/config.py`, the environment (`SCHEDULER_*`), what a test hands
over. The two secrets are made on the first start, readable for the owner alone. Everything below holds a frozen value:
nothing in the program reads the environment later.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from scheduler.domain.mailbox_address import MailboxAddress
from scheduler.domain.relay import Relay
from scheduler.domain.text_account import TextAccount
from scheduler.persistence.vault import KeyRing, fresh_keys

PREFIX = "SCHEDULER_"
ROOT = Path(__file__).resolve().parent.parent
KEY_BYTES = 32
MAX_BODY = 1_000_000
"""Bytes of one request. Forms are far smaller; the server in front refuses more as well."""


class SettingError(Exception):
    """A setting cannot be used; the message is one line that names it and never shows a secret."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a clinic can set. `encryption_keys` are (id, 32 bytes): the first one seals, all of them open.

    `smtp_url_2` and `sms_url_2` name a second provider, used while the first one fails. `bounces_to` is the mailbox
    that mail servers write to when a mail could not be brought; without it that is `mail_from`. `inbox_url` is the
    mailbox that the worker reads, `inbox_authserv_id` the name under which that mailbox's own server vouches for
    senders (RFC 8601); without it an answer of a calendar is only shown to the desk.
    """

    instance_path: Path
    database_url: str
    base_url: str
    secret_key: str = field(repr=False)
    encryption_keys: tuple[tuple[str, bytes], ...] = field(repr=False)
    smtp_url: str | None = field(default=None, repr=False)
    smtp_url_2: str | None = field(default=None, repr=False)
    mail_from: str = "no-reply@example.com"
    bounces_to: str | None = None
    sms_url: str | None = field(default=None, repr=False)
    sms_url_2: str | None = field(default=None, repr=False)
    inbox_url: str | None = field(default=None, repr=False)
    inbox_authserv_id: str = ""
    turn_url: str | None = None
    turn_secret: str | None = field(default=None, repr=False)
    turn_only: bool = False
    rate_limits: bool = True
    rate_limit_storage_url: str = field(default="memory://", repr=False)
    trusted_hosts: tuple[str, ...] = ()
    proxy_hops: int = 0
    metrics_token: str | None = field(default=None, repr=False)
    demo: bool = False
    testing: bool = False
    now_offset: timedelta = timedelta(0)

    @property
    def is_https(self) -> bool:
        """Say whether people reach the clinic by TLS; cookies and headers follow."""
        return self.base_url.startswith("https://")

    @property
    def relay(self) -> Relay:
        """The relay for picture and sound; `turn_url` may name several addresses of it, with spaces between."""
        return Relay(tuple((self.turn_url or "").split()), self.turn_secret or "", self.turn_only)

    @property
    def text_accounts(self) -> tuple[TextAccount, ...]:
        """The accounts with companies that carry texts, the usual one first; none when texts become files."""
        return tuple(TextAccount.parse(url) for url in (self.sms_url, self.sms_url_2) if url)

    @property
    def mailbox(self) -> MailboxAddress | None:
        """The mailbox that is read; None when none is."""
        return MailboxAddress.parse(self.inbox_url) if self.inbox_url else None

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host names that requests may ask for: the base address, those listed, and this machine in a demo."""
        own = urlsplit(self.base_url).hostname or ""
        local = ("127.0.0.1", "localhost", "[::1]") if self.demo or self.testing else ()
        return tuple(dict.fromkeys((own, *self.trusted_hosts, *local)))


def load_settings(given: Mapping[str, object] | None = None) -> Settings:
    """Read the settings, making folder and secrets where they do not exist yet.

    `given` holds upper-case names without the prefix and wins over all else.

    :raises SettingError: when one is malformed.
    """
    os.umask(0o077)
    values: dict[str, object] = {**_environment(), **(given or {})}
    folder = _instance_folder(str(values.get("INSTANCE_PATH", "")))
    values = {**_instance_file(folder), **values}
    values.setdefault("DATABASE_URL", f"sqlite:///{folder / 'scheduler.sqlite'}")
    values.setdefault("SECRET_KEY", _kept_secret(folder / "secret_key", _new_secret_key))
    values.setdefault("ENCRYPTION_KEYS", _kept_secret(folder / "encryption_keys", fresh_keys))
    return _read(folder, values)


def _read(folder: Path, values: Mapping[str, object]) -> Settings:
    get = _Reader(values)
    settings = Settings(
        instance_path=folder,
        database_url=get.url("DATABASE_URL", ("sqlite", "postgresql", "postgres", "postgresql+psycopg"))
        or "",
        base_url=(get.url("BASE_URL", ("http", "https")) or "http://127.0.0.1:8000").rstrip("/"),
        secret_key=get.long("SECRET_KEY"),
        encryption_keys=_encryption_keys(get.text("ENCRYPTION_KEYS")),
        smtp_url=get.url("SMTP_URL", ("smtp", "smtps")),
        smtp_url_2=get.url("SMTP_URL_2", ("smtp", "smtps")),
        mail_from=get.text("MAIL_FROM") or "no-reply@example.com",
        bounces_to=get.text("BOUNCES_TO") or None,
        sms_url=get.text_account("SMS_URL"),
        sms_url_2=get.text_account("SMS_URL_2"),
        inbox_url=get.mailbox("INBOX_URL"),
        inbox_authserv_id=get.host_name("INBOX_AUTHSERV_ID"),
        turn_url=get.url("TURN_URL", ("turn", "turns")),
        turn_secret=get.text("TURN_SECRET") or None,
        turn_only=get.switch("TURN_ONLY", default=False),
        rate_limits=get.switch("RATE_LIMITS", default=True),
        rate_limit_storage_url=get.text("RATE_LIMIT_STORAGE_URL") or "memory://",
        trusted_hosts=tuple(get.text("TRUSTED_HOSTS").replace(",", " ").split()),
        proxy_hops=get.number("PROXY_HOPS", low=0, high=10),
        metrics_token=get.text("METRICS_TOKEN") or None,
        demo=get.switch("DEMO", default=False),
        testing=get.switch("TESTING", default=False),
        now_offset=timedelta(seconds=get.number("NOW_OFFSET", low=-(10**9), high=10**9)),
    )
    _hold_together(settings)
    return settings


def _hold_together(settings: Settings) -> None:
    """Refuse what is right one by one and wrong together."""
    if settings.now_offset and not (settings.demo or settings.testing):
        raise SettingError(f"{PREFIX}NOW_OFFSET moves the clock and is for demo and tests only")
    if bool(settings.turn_url) != bool(settings.turn_secret):
        raise SettingError(f"{PREFIX}TURN_URL and {PREFIX}TURN_SECRET need each other")
    if settings.inbox_authserv_id and not settings.inbox_url:
        raise SettingError(f"{PREFIX}INBOX_AUTHSERV_ID speaks of a mailbox and needs {PREFIX}INBOX_URL")
    if settings.turn_only and not settings.turn_url:
        raise SettingError(f"{PREFIX}TURN_ONLY needs a relay in {PREFIX}TURN_URL")
    for name, address in (("MAIL_FROM", settings.mail_from), ("BOUNCES_TO", settings.bounces_to)):
        if address is not None and ("@" not in address or any(ord(c) < 32 for c in address)):
            raise SettingError(f"{PREFIX}{name} must be one e-mail address")
    for name, first, second in (
        ("SMTP_URL", settings.smtp_url, settings.smtp_url_2),
        ("SMS_URL", settings.sms_url, settings.sms_url_2),
    ):
        if second and (not first or first == second):
            raise SettingError(
                f"{PREFIX}{name}_2 is a second provider and needs another one in {PREFIX}{name}"
            )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one setting at a time and names it in its complaint."""

    values: Mapping[str, object]

    def text(self, name: str) -> str:
        value = self.values.get(name, "")
        return "" if value is None else str(value).strip()

    def long(self, name: str) -> str:
        value = self.text(name)
        if len(value) < KEY_BYTES:
            raise SettingError(f"{PREFIX}{name} must have at least {KEY_BYTES} characters")
        return value

    def url(self, name: str, schemes: tuple[str, ...]) -> str | None:
        value = self.text(name)
        if value and value.partition(":")[0] not in schemes:
            raise SettingError(
                f"{PREFIX}{name} must start with one of: {', '.join(f'{s}:' for s in schemes)}"
            )
        return value or None

    def text_account(self, name: str) -> str | None:
        value = self.url(name, ("http", "https"))
        try:
            if value:
                TextAccount.parse(value)
        except ValueError as error:
            raise SettingError(f"{PREFIX}{name}: {error}") from None
        return value

    def mailbox(self, name: str) -> str | None:
        value = self.text(name) or None
        try:
            if value:
                MailboxAddress.parse(value)
        except ValueError as error:
            raise SettingError(f"{PREFIX}{name}: {error}") from None
        return value

    def host_name(self, name: str) -> str:
        value = self.text(name)
        if value and re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?", value) is None:
            raise SettingError(f"{PREFIX}{name} must be the name of a mail server, like mx.example.com")
        return value

    def switch(self, name: str, *, default: bool) -> bool:
        value = self.text(name).lower()
        if value not in {"", "1", "0", "on", "off", "true", "false"}:
            raise SettingError(f"{PREFIX}{name} must be on or off")
        return default if value == "" else value in {"1", "on", "true"}

    def number(self, name: str, *, low: int, high: int) -> int:
        value = self.text(name) or "0"
        try:
            number = int(value)
        except ValueError:
            raise SettingError(f"{PREFIX}{name} must be a whole number") from None
        if not low <= number <= high:
            raise SettingError(f"{PREFIX}{name} must be between {low} and {high}")
        return number


def _environment() -> dict[str, object]:
    return {
        name.removeprefix(PREFIX): value
        for name, value in os.environ.items()
        if name.startswith(PREFIX) and value
    }


def _instance_folder(asked: str) -> Path:
    folder = Path(asked).resolve() if asked else ROOT / "instance"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"{PREFIX}INSTANCE_PATH cannot be made: {error.strerror}") from None
    return folder


def _instance_file(folder: Path) -> dict[str, object]:
    """The upper-case names of `config.py` in the instance folder: Python, like Flask's own."""
    path = folder / "config.py"
    if not path.is_file():
        return {}
    names: dict[str, object] = {}
    try:
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)  # noqa: S102 - the owner's own file
    except Exception as error:  # noqa: BLE001 - whatever it is, it is that file's fault
        raise SettingError(f"instance/config.py cannot be read: {type(error).__name__}") from None
    return {name: value for name, value in names.items() if name.isupper()}


def _kept_secret(path: Path, make: Callable[[], str]) -> str:
    """Read a secret, made on first use: several programs may start at once, and all must end with the same one."""
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".secret-") as scratch:
            scratch.write(make())
            scratch.flush()
            with suppress(FileExistsError):
                os.link(scratch.name, path)
    return path.read_text(encoding="ascii").strip()


def _new_secret_key() -> str:
    return secrets.token_urlsafe(48)


def _encryption_keys(text: str) -> tuple[tuple[str, bytes], ...]:
    """Read "id:base64" pairs, separated by commas or lines; the newest first."""
    try:
        return tuple(KeyRing.parse(text).keys.items())
    except ValueError as error:
        raise SettingError(f"{PREFIX}ENCRYPTION_KEYS cannot be used: {error}") from None
