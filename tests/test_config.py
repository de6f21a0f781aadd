"""A clinic's settings come from three places in order; a wrong one is named in one line, no secret is shown."""

from __future__ import annotations

import base64
import multiprocessing
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.config import ROOT, SettingError, Settings, load_settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing set but the folder."""
    monkeypatch.setenv("SCHEDULER_INSTANCE_PATH", str(tmp_path / "instance"))
    for name in ("DATABASE_URL", "BASE_URL", "DEMO", "SECRET_KEY", "SMTP_URL"):
        monkeypatch.delenv(f"SCHEDULER_{name}", raising=False)


def test_a_fresh_machine_needs_no_setting(tmp_path: Path) -> None:
    settings = load_settings()
    assert settings.database_url == f"sqlite:///{tmp_path / 'instance' / 'scheduler.sqlite'}"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert not settings.is_https
    assert settings.rate_limits
    assert not settings.demo


def test_secrets_are_made_once_and_are_for_the_owner_alone(tmp_path: Path) -> None:
    first, second = load_settings(), load_settings()
    assert first.secret_key == second.secret_key
    assert first.encryption_keys == second.encryption_keys
    for name in ("secret_key", "encryption_keys"):
        assert stat.S_IMODE((tmp_path / "instance" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "instance").stat().st_mode) == 0o700


def _key_of(folder: str) -> str:
    return load_settings({"INSTANCE_PATH": folder}).secret_key


def test_programs_that_start_at_once_end_with_one_secret(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert len(set(pool.map(_key_of, [str(tmp_path / "shared")] * 8))) == 1


def test_the_environment_goes_over_the_file_and_a_test_over_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "instance"
    folder.mkdir()
    (folder / "config.py").write_text(
        'MAIL_FROM = "file@example.com"\nSMTP_URL = "smtp://file:25"\nPROXY_HOPS = 2\n'
    )
    monkeypatch.setenv("SCHEDULER_SMTP_URL", "smtp://environment:25")
    monkeypatch.setenv("SCHEDULER_PROXY_HOPS", "1")
    settings = load_settings({"PROXY_HOPS": 0})
    assert (settings.mail_from, settings.smtp_url, settings.proxy_hops) == (
        "file@example.com",
        "smtp://environment:25",
        0,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://x"),
        ("BASE_URL", "clinic.example.com"),
        ("SMTP_URL", "mail.example.com"),
        ("SMTP_URL_2", "smtp://second.example.com"),
        ("SMS_URL", "https://texts.example.com/?from=+19155550100"),
        ("SMS_URL", "https://AC1:hunter22@texts.example.com/"),
        ("SMS_URL_2", "https://AC1:x@texts.example.com/?from=+19155550100"),
        ("BOUNCES_TO", "nobody"),
        ("INBOX_URL", "pop3://clinic:hunter22@mail.example.com"),
        ("INBOX_URL", "imaps://mail.example.com/INBOX"),
        ("INBOX_URL", "imaps://clinic:hunter22@mail.example.com:many"),
        ("INBOX_URL", "mail"),
        ("INBOX_URL", "/nowhere/at/all"),
        ("INBOX_AUTHSERV_ID", "mx.clinic.example.com"),
        ("INBOX_AUTHSERV_ID", "not a; name"),
        ("SECRET_KEY", "short"),
        ("ENCRYPTION_KEYS", "k1:not-a-key"),
        ("ENCRYPTION_KEYS", "k1"),
        ("RATE_LIMITS", "perhaps"),
        ("PROXY_HOPS", "many"),
        ("PROXY_HOPS", "-1"),
        ("NOW_OFFSET", "60"),
        ("TURN_URL", "turn:turn.example.com"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "a@example.com\nBcc: b@example.com"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_shown(name: str, value: str) -> None:
    with pytest.raises(SettingError) as refused:
        load_settings({name: value})
    assert f"SCHEDULER_{name}" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "hunter22" not in str(refused.value)
    if name in {"SECRET_KEY", "ENCRYPTION_KEYS"}:
        assert value not in str(refused.value)


def test_one_key_may_not_stand_twice() -> None:
    key = base64.urlsafe_b64encode(bytes(32)).decode()
    with pytest.raises(SettingError, match="ENCRYPTION_KEYS"):
        load_settings({"ENCRYPTION_KEYS": f"k1:{key},k1:{key}"})


def test_a_broken_configuration_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "config.py").write_text("SECRET_KEY = (")
    with pytest.raises(SettingError, match=r"instance/config\.py"):
        load_settings()


def test_the_clock_moves_in_a_demo_only() -> None:
    assert load_settings({"NOW_OFFSET": "90", "DEMO": "1"}).now_offset == timedelta(seconds=90)


def test_the_settings_never_show_a_secret() -> None:
    settings = load_settings(
        {
            "SMTP_URL": "smtp://user:hunter22@mail.example.com",
            "SMTP_URL_2": "smtp://user:hunter22@other.example.com",
            "SMS_URL": "https://AC1:hunter22@texts.example.com/?from=+19155550100",
            "SMS_URL_2": "https://AC2:hunter22@other.example.com/?from=+19155550100",
        }
    )
    assert "hunter22" not in repr(settings)
    assert "hunter22" not in repr(settings.text_accounts)
    assert [account.provider for account in settings.text_accounts] == [
        "texts.example.com",
        "other.example.com",
    ]
    assert settings.secret_key not in repr(settings)


@pytest.mark.parametrize(
    ("base", "demo", "hosts"),
    [
        ("https://clinic.example.com", "0", ("clinic.example.com",)),
        ("http://clinic.example.com:8000", "1", ("clinic.example.com", "127.0.0.1", "localhost", "[::1]")),
    ],
)
def test_the_base_address_says_which_hosts_are_ours(base: str, demo: str, hosts: tuple[str, ...]) -> None:
    assert load_settings({"BASE_URL": base, "DEMO": demo}).hosts == hosts


def test_more_hosts_may_be_trusted() -> None:
    settings: Settings = load_settings({"TRUSTED_HOSTS": "a.example.com, b.example.com"})
    assert settings.hosts == ("127.0.0.1", "a.example.com", "b.example.com")


def test_a_wrong_setting_stops_the_start_with_one_line(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=ROOT,
        env={"SCHEDULER_INSTANCE_PATH": str(tmp_path / "instance"), "SCHEDULER_BASE_URL": "nonsense"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 1
    assert ran.stderr == "SCHEDULER_BASE_URL must start with one of: http:, https:\n"


def test_a_mailbox_is_a_server_or_a_maildir(tmp_path: Path) -> None:
    for name in ("cur", "new", "tmp"):
        (tmp_path / "Mail dir" / name).mkdir(parents=True)
    folder = str(tmp_path / "Mail dir")
    asked = {"INBOX_URL": folder, "INBOX_AUTHSERV_ID": "mx.clinic.example.com"}
    settings = load_settings(asked)
    assert settings.mailbox is not None
    assert settings.mailbox.maildir == tmp_path / "Mail dir"
    assert settings.inbox_authserv_id == "mx.clinic.example.com"
    server = load_settings({"INBOX_URL": "imap://visits%40clinic:p%2Fw@imap.example.com/Answers"}).mailbox
    assert server is not None
    assert (server.user, server.password, server.box) == ("visits@clinic", "p/w", "Answers")
    assert (server.port, server.is_tls, server.must_tls) == (143, False, True)
    assert "p/w" not in repr(server)
