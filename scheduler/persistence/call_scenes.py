"""One look at a call, by the shortest way: the visit, where its call stands, and who is there, in a single statement.

Every open page of every video visit asks this each second or two, so it is written out in the driver's own words
(`Database.ask`). What changes something reads again, in its transaction, by the ordinary way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from scheduler.domain.appointment import Status
from scheduler.domain.directory import Mode
from scheduler.domain.errors import NotFound
from scheduler.domain.signalling import Standing
from scheduler.domain.telehealth import AreaDecision, Party, Provider, Quality, Stage, Window
from scheduler.persistence.database import Database, instant_of
from scheduler.persistence.vault import Vault
from scheduler.persistence.visit_parties import Present

_SCENE = """
SELECT a.id, a.uid, a.patient_id, a.practitioner_id, a.location_id, a.language, a.status, a.mode,
  a.starts_at, a.ends_at,
  (SELECT video_opens_minutes FROM organization), (SELECT video_grace_minutes FROM organization),
  v.stage, v.provider, m.provider, v.delay_until,
  CASE WHEN v.stage = 'waiting' THEN (SELECT count(*) FROM video_visit w JOIN appointment b ON b.id = w.appointment_id
    WHERE w.stage = 'waiting' AND b.practitioner_id = a.practitioner_id AND b.starts_at < a.starts_at) ELSE 0 END,
  (SELECT version FROM directory_version), v.area,
  EXISTS (SELECT 1 FROM visit_signal WHERE to_instance = {mark} AND id > {mark}),
  p.id, p.kind, p.holder, p.sealed, p.instance, p.device, p.seen_at, p.quality, p.worst
FROM appointment a
LEFT JOIN video_visit v ON v.appointment_id = a.id
LEFT JOIN meeting_place m ON m.practitioner_id = a.practitioner_id
LEFT JOIN visit_party p ON p.appointment_id = a.id
WHERE {column} = {mark}
"""
"""Tables of one row are asked beside it: joined, PostgreSQL takes them for thousands of rows, as it never counts such
small ones, and compiles a plan that takes a second."""
_PARTY = 20
"""Where in a row of the scene the party begins."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a call stands, who is there, and whether a note waits for the page that asks."""

    standing: Standing
    people: list[Present]
    has_notes: bool


def look(database: Database, vault: Vault, visit: int | str, instance: str = "", since: int = 0) -> Scene:
    """The scene of a visit, by its number or its UID; `instance` is the page that asks, `since` its last note.

    :raises NotFound: when there is no such visit.
    """
    statement = _BY_NUMBER if isinstance(visit, int) else _BY_UID
    rows = database.ask(statement[database.is_sqlite], (instance, since, visit))
    if not rows:
        raise NotFound
    people = [_present(row[_PARTY:], vault) for row in rows if row[_PARTY] is not None]
    return Scene(_standing(rows[0]), people, bool(rows[0][_PARTY - 1]))


def _in_words_of(column: str) -> dict[bool, str]:
    """The statement for SQLite (True) and for PostgreSQL, which mark values each in their own way."""
    return {
        is_sqlite: _SCENE.format(column=column, mark="?" if is_sqlite else "%s")
        for is_sqlite in (True, False)
    }


_BY_NUMBER, _BY_UID = _in_words_of("a.id"), _in_words_of("a.uid")


def _standing(row: Sequence[Any]) -> Standing:
    lead, grace = timedelta(minutes=row[10]), timedelta(minutes=row[11])
    return Standing(
        number=row[0],
        uid=row[1],
        patient_id=row[2],
        practitioner_id=row[3],
        location_id=row[4],
        language=row[5],
        status=Status(row[6]),
        mode=Mode(row[7]),
        window=Window(instant_of(row[8]), instant_of(row[9]), lead, grace),
        stage=Stage(row[12] or Stage.EXPECTED),
        provider=Provider(row[13] or row[14] or Provider.OWN),
        delay_until=None if row[15] is None else instant_of(row[15]),
        ahead=row[16],
        version=row[17],
        area=AreaDecision(row[18]) if row[18] else None,
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
