"""One look at a call, by the shortest way: the visit, where its call stands, and who is there, in a single statement.

Every open page of every video visit asks this each second or two, so it is written out in the driver's own words
(`Database.ask`). What changes something reads again, in its transaction, by the ordinary way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scheduler.domain.appointment import Status
from scheduler.domain.directory import Mode
from scheduler.domain.errors import NotFound
from scheduler.domain.signalling import Standing
from scheduler.domain.telehealth import Party, Provider, Quality, Stage
from scheduler.persistence.database import Database, instant_of
from scheduler.persistence.vault import Vault
from scheduler.persistence.visit_parties import Present

_SCENE = """
SELECT a.id, a.uid, a.patient_id, a.practitioner_id, a.location_id, a.language, a.status, a.mode,
  a.starts_at, a.ends_at, v.stage, v.provider, m.provider, v.delay_until,
  CASE WHEN v.stage = 'waiting' THEN (SELECT count(*) FROM video_visit w JOIN appointment b ON b.id = w.appointment_id
    WHERE w.stage = 'waiting' AND b.practitioner_id = a.practitioner_id AND b.starts_at < a.starts_at) ELSE 0 END,
  p.id, p.kind, p.holder, p.sealed, p.instance, p.device, p.seen_at, p.quality, p.worst
FROM appointment a
LEFT JOIN video_visit v ON v.appointment_id = a.id
LEFT JOIN meeting_place m ON m.practitioner_id = a.practitioner_id
LEFT JOIN visit_party p ON p.appointment_id = a.id
WHERE {column} = {mark}
"""
_NOTES = "SELECT 1 FROM visit_signal WHERE to_instance = {mark} AND id > {mark} LIMIT 1"


def look(database: Database, vault: Vault, visit: int | str) -> tuple[Standing, list[Present]]:
    """Where the call of a visit stands and who is there; `visit` is its number or its UID.

    :raises NotFound: when there is no such visit.
    """
    column = "a.id" if isinstance(visit, int) else "a.uid"
    rows = database.ask(_SCENE.format(column=column, mark=_mark(database)), (visit,))
    if not rows:
        raise NotFound
    return _standing(rows[0]), [_present(row[15:], vault) for row in rows if row[15] is not None]


def has_notes(database: Database, instance: str, since: int) -> bool:
    """Say whether a note waits for this page: for most breaths there is none."""
    return bool(database.ask(_NOTES.format(mark=_mark(database)), (instance, since)))


def _mark(database: Database) -> str:
    return "?" if database.is_sqlite else "%s"


def _standing(row: Sequence[Any]) -> Standing:
    return Standing(
        number=row[0],
        uid=row[1],
        patient_id=row[2],
        practitioner_id=row[3],
        location_id=row[4],
        language=row[5],
        status=Status(row[6]),
        mode=Mode(row[7]),
        start=instant_of(row[8]),
        end=instant_of(row[9]),
        stage=Stage(row[10] or Stage.EXPECTED),
        provider=Provider(row[11] or row[12] or Provider.OWN),
        delay_until=None if row[13] is None else instant_of(row[13]),
        ahead=row[14],
    )


def _present(row: Sequence[Any], vault: Vault) -> Present:
    name = vault.open("visit_party", row[0], bytes(row[3]))["name"] if row[3] else ""
    return Present(
        id=row[0],
        kind=Party(row[1]),
        holder=row[2],
        name=name,
        instance=row[4] or "",
        device=row[5] or "",
        seen_at=None if row[6] is None else instant_of(row[6]),
        quality=Quality(row[7]) if row[7] else None,
        worst=Quality(row[8]) if row[8] else None,
    )
