"""The second factors of the staff: passkeys, the secret of a code app, and hashes of the codes on paper."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import (
    JSON,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.second_factor import KeyMaterial, Passkey
from scheduler.persistence.database import Instant, Key, Model
from scheduler.persistence.vault import Vault


class PasskeyRow(Model):
    """A passkey: the public half, which is not secret, and the name its owner gave it."""

    __tablename__ = "passkey"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(Key)
    transports: Mapped[list[str]] = mapped_column(JSON)
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class CodeAppRow(Model):
    """The sealed secret of an account's code app; `last_step` is the last code that was used (RFC 6238, 5.2).

    Until its first code was right, `confirmed_at` is empty and it counts for nothing.
    """

    __tablename__ = "code_app"
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int] = mapped_column(Key)
    created_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)


class RecoveryCodeRow(Model):
    """A code on paper, as a keyed hash; each works once."""

    __tablename__ = "recovery_code"
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


def passkeys(connection: Connection, account_id: int) -> tuple[Passkey, ...]:
    """An account's passkeys, the oldest first."""
    query = (
        select(PasskeyRow.id, PasskeyRow.name, PasskeyRow.created_at, PasskeyRow.used_at)
        .where(PasskeyRow.account_id == account_id)
        .order_by(PasskeyRow.id)
    )
    return tuple(Passkey(**row) for row in connection.execute(query).mappings())


def material(connection: Connection, account_id: int) -> dict[int, KeyMaterial]:
    """What an account's passkeys are checked with, by their numbers."""
    query = (
        select(
            PasskeyRow.id,
            PasskeyRow.credential_id,
            PasskeyRow.public_key,
            PasskeyRow.sign_count,
            PasskeyRow.transports,
        )
        .where(PasskeyRow.account_id == account_id)
        .order_by(PasskeyRow.id)
    )
    return {
        number: KeyMaterial(bytes(credential), bytes(public), count, tuple(transports))
        for number, credential, public, count, transports in connection.execute(query)
    }


def add_passkey(connection: Connection, account_id: int, key: KeyMaterial, name: str, now: datetime) -> None:
    """Keep a new passkey."""
    row = {
        "account_id": account_id,
        "credential_id": key.credential_id,
        "public_key": key.public_key,
        "sign_count": key.sign_count,
        "transports": list(key.transports),
        "name": name,
        "created_at": now,
    }
    connection.execute(insert(PasskeyRow), row)


def is_known(connection: Connection, credential_id: bytes) -> bool:
    """Say whether somebody has this very passkey already."""
    query = select(PasskeyRow.id).where(PasskeyRow.credential_id == credential_id)
    return connection.execute(query).first() is not None


def use_passkey(connection: Connection, number: int, sign_count: int, now: datetime) -> bool:
    """Note that a passkey was used; False when it has counted further meanwhile: there may be a copy of it."""
    statement = update(PasskeyRow).where(
        PasskeyRow.id == number,
        or_(PasskeyRow.sign_count < sign_count, (PasskeyRow.sign_count == 0) & (sign_count == 0)),
    )
    return connection.execute(statement.values(sign_count=sign_count, used_at=now)).rowcount == 1


def remove_passkey(connection: Connection, account_id: int, number: int) -> bool:
    """Forget a passkey of this account; False when it has no such one."""
    statement = delete(PasskeyRow).where(PasskeyRow.id == number, PasskeyRow.account_id == account_id)
    return connection.execute(statement).rowcount == 1


def begin_app(connection: Connection, vault: Vault, account_id: int, secret: str, now: datetime) -> None:
    """Keep the secret of a code app that is just being set up, in the place of one that never was confirmed."""
    unconfirmed = CodeAppRow.confirmed_at.is_(None)
    connection.execute(delete(CodeAppRow).where(CodeAppRow.account_id == account_id, unconfirmed))
    row = {
        "account_id": account_id,
        "sealed": vault.seal(CodeAppRow.__tablename__, account_id, {"secret": secret}),
        "last_step": 0,
        "created_at": now,
    }
    connection.execute(insert(CodeAppRow), row)


def app_secret(connection: Connection, vault: Vault, account_id: int, *, confirmed: bool) -> str | None:
    """The secret of an account's code app, the one in use or the one that is being set up; None without one."""
    is_confirmed = CodeAppRow.confirmed_at.is_not(None)
    wanted = is_confirmed if confirmed else ~is_confirmed
    query = select(CodeAppRow.sealed).where(CodeAppRow.account_id == account_id, wanted)
    sealed = connection.execute(query).scalar()
    if sealed is None:
        return None
    return str(vault.open(CodeAppRow.__tablename__, account_id, bytes(sealed))["secret"])


def has_app(connection: Connection, account_id: int) -> bool:
    """Say whether an account has a code app in use."""
    query = select(CodeAppRow.account_id).where(
        CodeAppRow.account_id == account_id, CodeAppRow.confirmed_at.is_not(None)
    )
    return connection.execute(query).first() is not None


def use_step(connection: Connection, account_id: int, step: int) -> bool:
    """Use up the code of one step; False when it, or a later one, was used before."""
    statement = update(CodeAppRow).where(CodeAppRow.account_id == account_id, CodeAppRow.last_step < step)
    return connection.execute(statement.values(last_step=step)).rowcount == 1


def confirm_app(connection: Connection, account_id: int, now: datetime) -> None:
    """The first code was right: the app counts from now on."""
    statement = update(CodeAppRow).where(CodeAppRow.account_id == account_id)
    connection.execute(statement.values(confirmed_at=now))


def remove_app(connection: Connection, account_id: int) -> bool:
    """Forget an account's code app; False when it has none."""
    return connection.execute(delete(CodeAppRow).where(CodeAppRow.account_id == account_id)).rowcount == 1


def replace_codes(connection: Connection, account_id: int, hashes: Iterable[bytes]) -> None:
    """Keep new codes on paper; the old ones work no more."""
    connection.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.account_id == account_id))
    rows = [{"account_id": account_id, "code_hash": one} for one in hashes]
    if rows:
        connection.execute(insert(RecoveryCodeRow), rows)


def use_code(connection: Connection, account_id: int, code_hash: bytes, now: datetime) -> bool:
    """Use up a code on paper; False when it is not one, or was used before."""
    statement = update(RecoveryCodeRow).where(
        RecoveryCodeRow.account_id == account_id,
        RecoveryCodeRow.code_hash == code_hash,
        RecoveryCodeRow.used_at.is_(None),
    )
    return connection.execute(statement.values(used_at=now)).rowcount == 1


def codes_left(connection: Connection, account_id: int) -> int:
    """How many codes on paper still work."""
    query = select(func.count()).where(
        RecoveryCodeRow.account_id == account_id, RecoveryCodeRow.used_at.is_(None)
    )
    return int(connection.execute(query).scalar_one())


def forget_all(connection: Connection, account_id: int) -> None:
    """Take every second factor of an account away: it begins anew."""
    for table in (PasskeyRow, CodeAppRow, RecoveryCodeRow):
        connection.execute(delete(table).where(table.account_id == account_id))
