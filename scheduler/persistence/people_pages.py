"""The book of names in sealed pages, so that a process that has just begun knows everybody at once.

Context. Names lie sealed one by one, and unsealing a hundred thousand of them takes a process seconds. Keyed hashes of
name beginnings would be found without unsealing, and would tell a thief how often each name occurs.

Decision. Five hundred people make a page, sealed as one value: what takes a process long is the number of seals, not
the letters inside them. A page says up to when it holds everything; whoever reads the book reads besides it those who
were kept or changed later (`loose`), in one statement, so that an old page is never a wrong one.

Consequence. A page costs nobody anything while people are booked; whoever reads many loose people binds new pages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, LargeBinary, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.name_book import Line
from scheduler.persistence.database import Instant, Model
from scheduler.persistence.people import PatientRow
from scheduler.persistence.vault import Vault

PEOPLE = 500
"""The numbers that one page spans."""


class PeoplePageRow(Model):
    """One page: the people whose number divided by 500 is `number`, as they were known before `whole_until`."""

    __tablename__ = "people_page"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    whole_until: Mapped[datetime] = mapped_column(Instant)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


def _keeping(dialect: Any) -> Any:
    new = dialect.insert(PeoplePageRow)
    changed = {"whole_until": new.excluded.whole_until, "sealed": new.excluded.sealed}
    return new.on_conflict_do_update(index_elements=["number"], set_=changed)


_PAGE_OF = PatientRow.id // PEOPLE
_KEEP: Mapping[str, Any] = {"sqlite": _keeping(sqlite), "postgresql": _keeping(postgresql)}
_LOOSE = (
    select(PatientRow.id)
    .outerjoin(PeoplePageRow, PeoplePageRow.number == _PAGE_OF)
    .where(or_(PeoplePageRow.number.is_(None), PatientRow.changed_at >= PeoplePageRow.whole_until))
    .order_by(PatientRow.changed_at.desc(), PatientRow.id.desc())
)


def loose(connection: Connection) -> list[int]:
    """The numbers of those whom no page knows as they are now, the newest first."""
    return list(connection.scalars(_LOOSE))


def numbers(connection: Connection) -> list[int]:
    """The pages there are, those of the newest people first."""
    return list(connection.scalars(select(PeoplePageRow.number).order_by(PeoplePageRow.number.desc())))


def read(connection: Connection, vault: Vault, number: int) -> list[Line]:
    """The people on one page; none where there is no such page."""
    sealed = connection.scalar(select(PeoplePageRow.sealed).where(PeoplePageRow.number == number))
    if sealed is None:
        return []
    return [Line(*each) for each in json.loads(vault.open_bytes("people_page", number, sealed))]


def keep(
    connection: Connection, vault: Vault, number: int, lines: Sequence[Line], whole_until: datetime
) -> None:
    """Bind a page anew; of two processes that do so at once the later one stays, and both are right."""
    plain = json.dumps([(line.number, line.written, line.heard) for line in lines], separators=(",", ":"))
    row = {
        "number": number,
        "whole_until": whole_until,
        "sealed": vault.seal_bytes("people_page", number, plain.encode()),
    }
    connection.execute(_KEEP[connection.dialect.name], row)


def page_of(number: int) -> int:
    """The page that a person stands on."""
    return number // PEOPLE


def span_of(page: int) -> range:
    """The numbers that a page spans."""
    return range(page * PEOPLE, (page + 1) * PEOPLE)
