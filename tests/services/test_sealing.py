"""The trail is chained after the fact, and every way of tampering with it is found."""

from __future__ import annotations

import stat
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from scheduler.domain.audit_trail import Fault
from scheduler.persistence import audit, guards
from scheduler.persistence.database import Database
from scheduler.persistence.vault import KeyRing, Vault, fresh_keys, rotated_keys
from scheduler.services import sealing
from tests.engines import CLERK, NOW

HOURS = timedelta(hours=2)
Tamper = Callable[[Connection], None]


@pytest.fixture
def anchor(tmp_path: Path) -> Path:
    return tmp_path / "audit.anchor"


def act(database: Database, times: int = 1, action: str = "read") -> None:
    with database.transaction() as connection:
        for number in range(times):
            audit.record(connection, CLERK, action, "appointment", number, now=NOW, patient_id=9)


def faults(database: Database, vault: Vault, anchor: Path) -> set[Fault]:
    return {finding.fault for finding in sealing.verify(database, vault, anchor, now=NOW + HOURS)}


def tamper(database: Database, change: Tamper) -> None:
    """What somebody can do who holds the database itself: triggers do not stop them."""
    with database.transaction() as connection:
        guards.drop(connection)
        change(connection)


def sql(*statements: str) -> Tamper:
    def change(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement))

    return change


COPY = (
    "INSERT INTO audit (id, at, actor_kind, actor_id, action, object_type, object_id, patient_id, outcome, detail,"
    " request_id, address) SELECT {new}, at, actor_kind, actor_id, action, object_type, object_id, patient_id, outcome,"
    " detail, request_id, address FROM audit WHERE id = {old}"
)
SWAP = (
    "UPDATE audit_seal SET audit_id = -5 WHERE seq = 5",
    "UPDATE audit_seal SET audit_id = 5 WHERE seq = 6",
    "UPDATE audit_seal SET audit_id = 6 WHERE seq = 5",
)
CUT = ("DELETE FROM audit WHERE id > 7", "DELETE FROM audit_seal WHERE seq > 7")
TAMPERINGS: dict[str, tuple[Tamper, Fault]] = {
    "an act is altered": (sql("UPDATE audit SET actor_id = 'somebody' WHERE id = 5"), Fault.ALTERED),
    "an act is moved to another patient": (
        sql("UPDATE audit SET patient_id = 8 WHERE id = 5"),
        Fault.ALTERED,
    ),
    "an act is moved in time": (
        sql("UPDATE audit SET at = '2026-09-15T00:00:00.000000Z' WHERE id = 5"),
        Fault.ALTERED,
    ),
    "an act is removed": (sql("DELETE FROM audit WHERE id = 5"), Fault.MISSING),
    "an act is removed with its link": (
        sql("DELETE FROM audit WHERE id = 5", "DELETE FROM audit_seal WHERE seq = 5"),
        Fault.MISSING,
    ),
    "an act is slipped in below the chain": (
        sql("DELETE FROM audit_seal WHERE seq = 5", COPY.format(new=0, old=4)),
        Fault.UNSEALED,
    ),
    "a link is forged": (
        sql("UPDATE audit_seal SET mac = (SELECT mac FROM audit_seal WHERE seq = 4) WHERE seq = 5"),
        Fault.ALTERED,
    ),
    "two acts change places": (sql(*SWAP), Fault.ALTERED),
    "the end is cut off": (sql(*CUT), Fault.CUT_SHORT),
    "everything is wiped": (sql("DELETE FROM audit", "DELETE FROM audit_seal"), Fault.CUT_SHORT),
}


def test_an_untouched_trail_is_whole(database: Database, vault: Vault, anchor: Path) -> None:
    act(database, 9)
    assert sealing.seal(database, vault, anchor, now=NOW) == 10
    assert faults(database, vault, anchor) == set()


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found(database: Database, vault: Vault, anchor: Path, name: str) -> None:
    act(database, 9)
    sealing.seal(database, vault, anchor, now=NOW)
    change, fault = TAMPERINGS[name]
    tamper(database, change)
    assert fault in faults(database, vault, anchor)


def test_a_finding_names_the_link_and_the_act(database: Database, vault: Vault, anchor: Path) -> None:
    act(database, 9)
    sealing.seal(database, vault, anchor, now=NOW)
    tamper(database, sql("UPDATE audit SET actor_id = 'somebody' WHERE id = 5"))
    [finding] = sealing.verify(database, vault, anchor, now=NOW)
    assert (finding.seq, finding.audit_id) == (5, 5)


def test_a_cut_end_stays_visible_when_new_acts_follow(database: Database, vault: Vault, anchor: Path) -> None:
    act(database, 9)
    sealing.seal(database, vault, anchor, now=NOW)
    tamper(database, sql(*CUT))
    for _ in range(3):
        act(database, 5)
        sealing.seal(database, vault, anchor, now=NOW)
    assert faults(database, vault, anchor) == {Fault.CUT_SHORT}


def test_yesterdays_anchor_stays_in_the_file_and_finds_a_later_cut(
    database: Database, vault: Vault, anchor: Path
) -> None:
    act(database, 9)
    sealing.seal(database, vault, anchor, now=NOW)
    tamper(database, sql(*CUT))
    act(database, 5)
    sealing.seal(database, vault, anchor, now=NOW + timedelta(days=1))
    assert faults(database, vault, anchor) == {Fault.CUT_SHORT}


def test_a_backdated_act_that_was_sealed_is_found(database: Database, vault: Vault, anchor: Path) -> None:
    with database.transaction() as connection:
        for number in (100, 101):
            audit.record(connection, CLERK, "read", "appointment", number, now=NOW)
    sealing.seal(database, vault, anchor, now=NOW)
    tamper(
        database,
        sql(COPY.format(new=0, old=1), "UPDATE audit SET at = '2026-09-01T00:00:00.000000Z' WHERE id = 0"),
    )
    sealing.seal(database, vault, anchor, now=NOW, everything=True)
    assert faults(database, vault, anchor) == {Fault.BACKDATED}


def test_a_missing_or_unreadable_anchor_is_a_fault(database: Database, vault: Vault, anchor: Path) -> None:
    act(database)
    sealing.seal(database, vault, anchor, now=NOW)
    anchor.write_text("rubbish\n")
    assert faults(database, vault, anchor) == {Fault.ANCHOR_UNREADABLE}
    anchor.unlink()
    assert faults(database, vault, anchor) == {Fault.ANCHOR_UNREADABLE}


def test_another_key_makes_no_valid_chain(database: Database, vault: Vault, anchor: Path) -> None:
    act(database)
    forger = Vault(KeyRing.parse(fresh_keys()))
    sealing.seal(database, forger, anchor, now=NOW)
    assert Fault.ALTERED in faults(database, vault, anchor)


def test_the_chain_holds_across_a_change_of_keys(database: Database, vault: Vault, anchor: Path) -> None:
    act(database, 3)
    sealing.seal(database, vault, anchor, now=NOW)
    later = Vault(KeyRing.parse(rotated_keys(vault.keyring)))
    act(database, 3)
    sealing.seal(database, later, anchor, now=NOW)
    assert faults(database, later, anchor) == set()


def test_acts_wait_an_hour_for_their_link_before_it_is_a_fault(
    database: Database, vault: Vault, anchor: Path
) -> None:
    sealing.seal(database, vault, anchor, now=NOW)
    act(database)
    assert sealing.verify(database, vault, anchor, now=NOW + timedelta(minutes=59)) == ()
    assert faults(database, vault, anchor) == {Fault.UNSEALED}


def test_a_long_trail_is_sealed_in_portions(database: Database, vault: Vault, anchor: Path) -> None:
    act(database, 25)
    portions = [sealing.seal(database, vault, anchor, now=NOW, most=10) for _ in range(4)]
    assert portions == [10, 10, 6, 0]
    assert faults(database, vault, anchor) == set()


def test_an_act_that_commits_late_is_sealed_late(database: Database, vault: Vault, anchor: Path) -> None:
    """On PostgreSQL a number may be taken before and committed after another; on SQLite writers take turns."""
    if database.is_sqlite:
        act(database, 2)
    else:
        with database.transaction() as slow:
            audit.record(slow, CLERK, "slow", "appointment", 1, now=NOW)
            act(database)
            sealing.seal(database, vault, anchor, now=NOW)
    sealing.seal(database, vault, anchor, now=NOW)
    with database.reading() as connection:
        assert audit.unsealed(connection, 10, everything=True) == []
    assert faults(database, vault, anchor) == set()


def test_several_sealers_at_once_make_one_chain(database: Database, vault: Vault, anchor: Path) -> None:
    act(database, 60)

    def work() -> None:
        for _ in range(8):
            sealing.seal(database, vault, anchor, now=NOW, most=10)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sealing.seal(database, vault, anchor, now=NOW)
    assert faults(database, vault, anchor) == set()
    assert len(anchor.read_text().splitlines()) == 1


def test_the_anchor_is_for_the_owner_alone_and_one_line_a_day(
    database: Database, vault: Vault, anchor: Path
) -> None:
    for day in (0, 0, 1):
        act(database)
        sealing.seal(database, vault, anchor, now=NOW + timedelta(days=day))
    assert stat.S_IMODE(anchor.stat().st_mode) == 0o600
    assert len(anchor.read_text().splitlines()) == 2


def test_after_a_restore_the_trail_goes_on_and_names_the_end_that_was_lost(
    database: Database, vault: Vault, anchor: Path
) -> None:
    act(database, 9)
    sealing.seal(database, vault, anchor, now=NOW)
    lost = anchor.read_text().strip()
    tamper(database, sql(*CUT))
    sealing.begin_anew_after_restore(database, anchor, now=NOW)
    sealing.seal(database, vault, anchor, now=NOW)
    assert faults(database, vault, anchor) == set()
    with database.reading() as connection:
        restored = [record for _, record in audit.chain(connection) if record and record.action == "restore"]
    assert [record.detail["anchor"] for record in restored] == [lost]
