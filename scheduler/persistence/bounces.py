"""Addresses that mail came back from, by their look-up hash: nothing is written there until the mark is taken off.

It is taken off when something arrives from there, or when somebody says that the address is right.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Integer, LargeBinary, String, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Model


class BouncedAddressRow(Model):
    """One address; `status` is the enhanced code of the last report (RFC 3463), "" when it named none."""

    __tablename__ = "bounced_address"
    address_index: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(String(16))
    times: Mapped[int] = mapped_column(Integer)


_AGAIN = {"at": bindparam("when"), "status": bindparam("code"), "times": BouncedAddressRow.times + 1}
_MARK = {
    engine: insert.values(
        address_index=bindparam("address"), at=bindparam("when"), status=bindparam("code"), times=1
    ).on_conflict_do_update(index_elements=["address_index"], set_=_AGAIN)
    for engine, insert in (
        ("sqlite", sqlite.insert(BouncedAddressRow)),
        ("postgresql", postgresql.insert(BouncedAddressRow)),
    )
}


def mark(connection: Connection, address_index: bytes, status: str, now: datetime) -> None:
    """Remember that mail to this address came back."""
    values = {"address": address_index, "when": now, "code": status[:16]}
    connection.execute(_MARK[connection.dialect.name], values)


def clear(connection: Connection, address_index: bytes) -> None:
    """Forget it: somebody wrote from there, or says that it is right."""
    connection.execute(delete(BouncedAddressRow).where(BouncedAddressRow.address_index == address_index))


RETURNED_AT = select(BouncedAddressRow.at).where(
    BouncedAddressRow.address_index == bindparam("address", type_=LargeBinary(16))
)
"""When mail to one address last came back, for whoever asks it beside something else."""


def since(connection: Connection, address_indexes: Iterable[bytes]) -> dict[bytes, datetime]:
    """Of these addresses, those that mail came back from, and when it last did."""
    question = select(BouncedAddressRow.address_index, BouncedAddressRow.at).where(
        BouncedAddressRow.address_index.in_(list(address_indexes))
    )
    return {bytes(row.address_index): row.at for row in connection.execute(question)}
