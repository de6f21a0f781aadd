"""Chaining what was written down, so that nobody can change, remove or slip in an act without it being seen.

Context. A chain that each writer extends makes writers queue behind one another; a chain without a key can be made
again by whoever can write the file; and no chain shows that its end was cut off.

Decision. Acts are plain inserts. A tick of the worker links the rows it finds, in an order of its own, by HMAC under a
key that is not in the database. After each tick the end of the chain is noted in a file outside the database: one line
a day, the last one moving. Ship that file away daily and even the machine's owner cannot shorten the trail unseen.

Consequence. An act is tamper-evident a few seconds after it happened, not at once.
"""

from __future__ import annotations

import contextlib
import fcntl
import hmac
import os
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from scheduler.domain.actor import SYSTEM
from scheduler.domain.audit_trail import GENESIS, LATE, Anchor, Fault, Finding, Record, Seal
from scheduler.persistence import audit
from scheduler.persistence.database import Database
from scheduler.persistence.vault import Vault

ANCHOR_FILE = "audit.anchor"
MOST_FINDINGS = 100


def seal(
    database: Database,
    vault: Vault,
    anchor: Path,
    *,
    now: datetime,
    most: int = 500,
    everything: bool = False,
) -> int:
    """Link the acts that are not linked yet and note the end of the chain; returns how many were linked.

    `anchor` is the file outside the database. Call it every few seconds; while it returns `most`, call it again. Once
    an hour ask for `everything`, which looks at the whole trail for acts that came very late.
    """
    with database.reading() as connection:
        if not audit.unsealed(connection, 1, everything=everything):
            return 0
    with _alone(anchor):
        with database.transaction() as connection:
            if not audit.take_sealing_turn(connection):
                return 0
            is_unbroken = all(_stands(connection, noted) for noted in _noted(anchor)[-1:])
            loose = audit.unsealed(connection, most, everything=everything)
            links = list(_linked(vault, loose, audit.head(connection)))
            audit.add_seals(connection, links)
        if links:
            note_anchor(anchor, Anchor(links[-1].seq, links[-1].mac, now), replacing=is_unbroken)
    return len(links)


@contextlib.contextmanager
def _alone(anchor: Path) -> Iterator[None]:
    """One sealer a machine, so that an older end never takes the place of a newer one."""
    handle = os.open(anchor.with_name(f".{anchor.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _linked(vault: Vault, records: Iterable[Record], end: Seal | None) -> Iterator[Seal]:
    seq, previous = (end.seq, end.mac) if end else (0, GENESIS)
    for record in records:
        seq += 1
        previous = vault.audit_mac(previous, record.spelled(seq))
        yield Seal(seq, record.id, previous)


def note_anchor(path: Path, anchor: Anchor, *, replacing: bool = True) -> None:
    """Write the end of the chain: today's line is replaced, earlier days stay. The file is swapped in one step.

    A line that no longer stands in the chain is evidence: then nothing is replaced (`replacing` is false).
    """
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    if replacing and lines and lines[-1][:10] == anchor.line()[:10]:
        lines.pop()
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write("\n".join([*lines, anchor.line()]) + "\n")
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


def verify(database: Database, vault: Vault, anchor: Path, *, now: datetime) -> tuple[Finding, ...]:
    """Walk the whole trail and report what is wrong, at most a hundred things; empty when all is well.

    Finds acts altered, removed, slipped in or put in another order, links forged, and an end cut off (by the anchor).
    Acts of the last hour may still wait for their link.
    """
    noted = _noted(anchor)
    with database.reading() as connection:
        findings = _walk(connection, vault)
        findings += _against_anchors(connection, noted)
        findings += _left_out(connection, now)
    return tuple(findings[:MOST_FINDINGS])


def _walk(connection: Connection, vault: Vault) -> list[Finding]:
    """Go link by link. After a broken one go on from what is written, so that one fault is one finding."""
    findings: list[Finding] = []
    previous, expected, newest = GENESIS, 1, None
    for link, record in audit.chain(connection):
        fault = _fault(vault, link, record, previous, expected, newest)
        if fault is not None:
            findings.append(Finding(fault, link.seq, link.audit_id))
            if len(findings) >= MOST_FINDINGS:
                break
        previous, expected = link.mac, link.seq + 1
        if record is not None and (newest is None or record.id > newest.id):
            newest = record
    return findings


def _fault(
    vault: Vault, link: Seal, record: Record | None, previous: bytes, expected: int, newest: Record | None
) -> Fault | None:
    if record is None or link.seq != expected:
        return Fault.MISSING
    if not hmac.compare_digest(link.mac, vault.audit_mac(previous, record.spelled(link.seq))):
        return Fault.ALTERED
    if newest is not None and record.id < newest.id and newest.at - record.at > LATE:
        return Fault.BACKDATED
    return None


def _noted(path: Path) -> list[Anchor | None]:
    """The noted ends, None for a line that cannot be read. Read before the trail, which only grows meanwhile."""
    lines = path.read_text(encoding="ascii", errors="replace").splitlines() if path.exists() else []
    return [_anchor(line) for line in lines]


def _anchor(line: str) -> Anchor | None:
    try:
        return Anchor.read(line)
    except ValueError:
        return None


def _against_anchors(connection: Connection, noted: list[Anchor | None]) -> list[Finding]:
    """Each noted end must still stand in the chain under the same seal; a chain without any note is a fault too."""
    if not noted:
        end = audit.head(connection)
        return [Finding(Fault.ANCHOR_UNREADABLE, end.seq)] if end else []
    findings = []
    for anchor in noted:
        if anchor is None:
            findings.append(Finding(Fault.ANCHOR_UNREADABLE, 0))
        elif not _stands(connection, anchor):
            findings.append(Finding(Fault.CUT_SHORT, anchor.seq))
    return findings


def _stands(connection: Connection, anchor: Anchor | None) -> bool:
    kept = audit.seal_at(connection, anchor.seq) if anchor else None
    return anchor is not None and kept is not None and kept.mac == anchor.mac


def _left_out(connection: Connection, now: datetime) -> list[Finding]:
    """Acts that should long have had their link: slipped in below the chain, or the worker does not run."""
    end = audit.head(connection)
    loose = audit.unsealed(connection, MOST_FINDINGS, everything=True)
    old = [record for record in loose if now - record.at > LATE]
    return [Finding(Fault.UNSEALED, end.seq if end else 0, record.id) for record in old]


def begin_anew_after_restore(database: Database, anchor: Path, *, now: datetime) -> None:
    """After a backup was put back: keep the old anchor under another name, and write down where it had got to.

    The trail goes on from the restored end, and its first new act names the end that was lost.
    """
    lost = "none"
    if anchor.exists():
        lines = anchor.read_text(encoding="ascii", errors="replace").splitlines()
        lost = lines[-1][:120] if lines else "none"
        stamp = now.strftime("%Y%m%dT%H%M%SZ")
        anchor.rename(anchor.with_name(f"{anchor.name}.{stamp}"))
    with database.transaction() as connection:
        audit.record(connection, SYSTEM, "restore", "database", "", now=now, detail={"anchor": lost})
