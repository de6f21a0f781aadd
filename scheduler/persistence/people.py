"""Patients and those who help them, sealed at rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Connection,
    ForeignKey,
    LargeBinary,
    Row,
    Select,
    String,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.errors import NotFound
from scheduler.domain.name_book import Line
from scheduler.domain.person import HelperDetails, Patient, PatientDetails, Relation, RemindBy
from scheduler.persistence.database import Instant, Key, Model
from scheduler.persistence.directory import DirectoryVersionRow, ResourceRow
from scheduler.persistence.vault import Vault


class PatientRow(Model):
    """A patient; the id is the resource's. Everything that names the person is inside `sealed`.

    The indexes are keyed hashes of the normalised phone, e-mail, and family name with date of birth: they answer "is
    this person known?" exactly, and nothing else. `merged_into` is the patient whom this record was joined to.
    """

    __tablename__ = "patient"
    id: Mapped[int] = mapped_column(ForeignKey("resource.id"), primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    email_index: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    person_index: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    language: Mapped[str] = mapped_column(String(2))
    zone: Mapped[str | None] = mapped_column(String(64))
    remind_by: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant, index=True)
    merged_into: Mapped[int | None] = mapped_column(Key)


class RelatedPersonRow(Model):
    """Who booked for a patient; the name, phone and e-mail are sealed."""

    __tablename__ = "related_person"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    relation: Mapped[str] = mapped_column(String(16))
    may_be_told: Mapped[bool] = mapped_column(Boolean)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)


_TURN = select(func.pg_advisory_xact_lock(bindparam("person", type_=BigInteger)))
_INSERT_RESOURCE = insert(ResourceRow).values(kind="patient").returning(ResourceRow.id)
_INSERT = insert(PatientRow).inline()
_INSERT_HELPER = insert(RelatedPersonRow).inline()
_KNOWN = (
    select(
        DirectoryVersionRow.version,
        PatientRow.id,
        PatientRow.sealed,
        PatientRow.language,
        PatientRow.remind_by,
        PatientRow.merged_into,
        and_(
            PatientRow.person_index == bindparam("person"), PatientRow.phone_index == bindparam("phone")
        ).label("is_both"),
    )
    .outerjoin_from(
        DirectoryVersionRow,
        PatientRow,
        or_(PatientRow.person_index == bindparam("person"), PatientRow.phone_index == bindparam("phone")),
    )
    .order_by(PatientRow.id)
)


def wait_for_turn(connection: Connection, vault: Vault, details: PatientDetails) -> None:
    """Let one booking for a person through at a time, until its transaction ends.

    Two at once would each find nobody and keep the same person twice, and then nothing would stop the two from being in
    two visits at one time. SQLite holds its one write lock already.
    """
    if connection.dialect.name != "sqlite":
        turn = int.from_bytes(_person_index(vault, details)[:8], "big", signed=True)
        connection.execute(_TURN, {"person": turn})


@dataclass(frozen=True, slots=True)
class Met:
    """What one look tells of somebody who books: the directory's version in force, who they are, who looks alike.

    `patient_id` is None for somebody unknown. `alike` are those with the same family name and date of birth,
    or with the same telephone number; a record that was joined to another is not among them.
    """

    version: int
    patient_id: int | None
    alike: Sequence[Any]


def recognise(connection: Connection, vault: Vault, details: PatientDetails) -> Met:
    """Find the patient with this family name, date of birth and phone, and those who may be the same.

    Family name and birthday alone may be two people, so the phone must agree, and the given name is compared after
    unsealing: a twin on the family's phone stays a person of their own. The version comes along because whoever books
    needs it at the same moment.
    """
    wanted = {"person": _person_index(vault, details), "phone": vault.index("phone", details.phone)}
    rows = connection.execute(_KNOWN, wanted).all()
    given_name = details.given_name.casefold()
    known = (
        _standing(connection, row.id, row.merged_into)
        for row in rows
        if row.is_both and vault.open("patient", row.id, row.sealed)["given_name"].casefold() == given_name
    )
    alike = [row for row in rows if row.id is not None and row.merged_into is None]
    return Met(rows[0].version if rows else 0, next(known, None), alike)


def unsealed(vault: Vault, rows: Iterable[Row[Any]]) -> Iterator[Patient]:
    """The patients of these rows, one after the other."""
    return (_patient(vault, row) for row in rows)


def standing(connection: Connection, patient_id: int) -> int:
    """The record that stands for this one: itself, or the one that it was joined to."""
    return _standing(connection, patient_id, _merged_into(connection, patient_id))


def _merged_into(connection: Connection, patient_id: int) -> int | None:
    return connection.scalar(select(PatientRow.merged_into).where(PatientRow.id == patient_id))


def _standing(connection: Connection, patient_id: int, merged_into: int | None) -> int:
    while merged_into is not None:
        patient_id, merged_into = merged_into, _merged_into(connection, merged_into)
    return int(patient_id)


def find(connection: Connection, vault: Vault, details: PatientDetails) -> int | None:
    """The patient who is surely the same; None when unknown."""
    return recognise(connection, vault, details).patient_id


def add(connection: Connection, vault: Vault, details: PatientDetails, now: datetime) -> int:
    """Keep a new patient, and return the resource id."""
    patient_id: int = connection.execute(_INSERT_RESOURCE).scalar_one()
    row = {"id": patient_id, "created_at": now, **values_of(vault, patient_id, details, now)}
    connection.execute(_INSERT, row)
    return patient_id


def renew(
    connection: Connection, vault: Vault, patient_id: int, details: PatientDetails, now: datetime
) -> None:
    """Keep what a known patient says of themselves now."""
    connection.execute(
        update(PatientRow)
        .where(PatientRow.id == patient_id)
        .values(values_of(vault, patient_id, details, now))
    )


def one(connection: Connection, vault: Vault, patient_id: int) -> PatientDetails:
    """What is known of a patient.

    :raises NotFound: when there is none.
    """
    question = select(PatientRow.sealed, PatientRow.language, PatientRow.remind_by).where(
        PatientRow.id == patient_id
    )
    row = connection.execute(question).one_or_none()
    if row is None:
        raise NotFound
    return details_of(vault, patient_id, row.sealed, row.language, row.remind_by)


def details_of(
    vault: Vault, patient_id: int, sealed: bytes, language: str, remind_by: list[str]
) -> PatientDetails:
    """Unseal what is known of a patient."""
    kept = vault.open("patient", patient_id, sealed)
    return PatientDetails(
        given_name=kept["given_name"],
        family_name=kept["family_name"],
        birth_date=date.fromisoformat(kept["birth_date"]),
        phone=kept["phone"],
        email=kept["email"],
        language=language,
        remind_by=tuple(RemindBy(channel) for channel in remind_by),
    )


def add_helper(
    connection: Connection, vault: Vault, patient_id: int, helper: HelperDetails, now: datetime
) -> str:
    """Keep who booked for a patient, and return the id."""
    helper_id = uuid4().hex
    kept = {"name": helper.name, "phone": helper.phone, "email": helper.email}
    row = {
        "id": helper_id,
        "patient_id": patient_id,
        "relation": helper.relation.value,
        "may_be_told": helper.may_be_told,
        "sealed": vault.seal("related_person", helper_id, kept),
        "created_at": now,
    }
    connection.execute(_INSERT_HELPER, row)
    return helper_id


def renew_helper(connection: Connection, vault: Vault, helper_id: str, helper: HelperDetails) -> None:
    """Keep what is now known of who helps."""
    kept = {"name": helper.name, "phone": helper.phone, "email": helper.email}
    connection.execute(
        update(RelatedPersonRow)
        .where(RelatedPersonRow.id == helper_id)
        .values(sealed=vault.seal("related_person", helper_id, kept))
    )


def let_be_told(connection: Connection, helper_id: str, *, may_be_told: bool) -> None:
    """Keep whether copies may go to who helps."""
    connection.execute(
        update(RelatedPersonRow).where(RelatedPersonRow.id == helper_id).values(may_be_told=may_be_told)
    )


def helper_of(vault: Vault, helper_id: str, sealed: bytes, relation: str, may_be_told: bool) -> HelperDetails:
    """Unseal who helps."""
    kept = vault.open("related_person", helper_id, sealed)
    return HelperDetails(kept["name"], kept["phone"], kept["email"], Relation(relation), may_be_told)


def _person_index(vault: Vault, details: PatientDetails) -> bytes:
    return vault.index("person", f"{details.family_name}|{details.birth_date.isoformat()}")


def values_of(vault: Vault, patient_id: int, details: PatientDetails, now: datetime) -> Mapping[str, Any]:
    """The columns of a patient, sealed and indexed, for whoever writes one or many."""
    kept = {
        "given_name": details.given_name,
        "family_name": details.family_name,
        "birth_date": details.birth_date.isoformat(),
        "phone": details.phone,
        "email": details.email,
    }
    return {
        "sealed": vault.seal("patient", patient_id, kept),
        "phone_index": vault.index("phone", details.phone),
        "email_index": vault.index("email", details.email) if details.email else None,
        "person_index": _person_index(vault, details),
        "language": details.language,
        "remind_by": [channel.value for channel in details.remind_by],
        "changed_at": now,
    }


@dataclass(frozen=True, slots=True)
class Record:
    """A patient's record: what is known, since when, at which stamp, and the record it was joined to."""

    patient: Patient
    created_at: datetime
    changed_at: datetime
    merged_into: int | None


def record_of(connection: Connection, vault: Vault, patient_id: int, *, locked: bool = False) -> Record:
    """A patient's record; `locked` makes other writers wait on PostgreSQL.

    :raises NotFound: when there is none.
    """
    question = _RECORD.where(PatientRow.id == patient_id)
    row = connection.execute(question.with_for_update() if locked else question).one_or_none()
    if row is None:
        raise NotFound
    known = details_of(vault, row.id, row.sealed, row.language, row.remind_by)
    patient = Patient(row.id, replace(known, zone=row.zone))
    return Record(patient, row.created_at, row.changed_at, row.merged_into)


def standing_record(connection: Connection, vault: Vault, patient_id: int, *, locked: bool = False) -> Record:
    """The same of a record that stands by itself.

    :raises NotFound: when there is none, or it was joined to another.
    """
    record = record_of(connection, vault, patient_id, locked=locked)
    if record.merged_into is not None:
        raise NotFound
    return record


def join_to(connection: Connection, patient_id: int, kept_id: int | None, now: datetime) -> None:
    """Note that a record was joined to another, or with None that it stands alone again."""
    connection.execute(
        update(PatientRow).where(PatientRow.id == patient_id).values(merged_into=kept_id, changed_at=now)
    )


def with_phone(connection: Connection, vault: Vault, phone: str) -> tuple[int, ...]:
    """The patients who gave this telephone number as their own."""
    query = select(PatientRow.id).where(PatientRow.phone_index == vault.index("phone", phone))
    return tuple(connection.scalars(query.order_by(PatientRow.id)))


def twins(connection: Connection, vault: Vault, details: PatientDetails) -> list[Patient]:
    """Those with the same family name and date of birth, or with the same telephone number, unsealed."""
    wanted = {"person": _person_index(vault, details), "phone": vault.index("phone", details.phone)}
    return [_patient(vault, row) for row in connection.execute(_TWINS, wanted)]


def open_one(connection: Connection, vault: Vault) -> None:
    """Unseal one patient, if there is any, to see that the keys are those the data was sealed with.

    :raises SealBroken: when they are not.
    """
    row = connection.execute(select(PatientRow.id, PatientRow.sealed).limit(1)).first()
    if row is not None:
        vault.open("patient", row.id, row.sealed)


def changed_since(connection: Connection, since: datetime) -> list[tuple[int, datetime]]:
    """Who was kept or changed since a moment, and when."""
    question = select(PatientRow.id, PatientRow.changed_at).where(PatientRow.changed_at >= since)
    return [(row.id, row.changed_at) for row in connection.execute(question)]


def lines(
    connection: Connection, vault: Vault, numbers: Sequence[int]
) -> list[tuple[int, datetime, Line | None]]:
    """These patients as the book of names has them, with the moment of their last change; None: joined to another."""
    rows = connection.execute(_SOME, {"numbers": list(numbers)})
    return [(row.id, row.changed_at, _line(vault, row)) for row in rows]


def _line(vault: Vault, row: Row[Any]) -> Line | None:
    if row.merged_into is not None:
        return None
    return Line.of(row.id, details_of(vault, row.id, row.sealed, row.language, row.remind_by))


def some(connection: Connection, vault: Vault, numbers: Sequence[int]) -> dict[int, Patient]:
    """The patients of these numbers, unsealed; numbers unknown or joined to another are left out."""
    rows = connection.execute(_SOME, {"numbers": list(numbers)})
    return {row.id: _patient(vault, row) for row in rows if row.merged_into is None}


def _patient(vault: Vault, row: Row[Any]) -> Patient:
    return Patient(row.id, details_of(vault, row.id, row.sealed, row.language, row.remind_by))


_RECORD: Select[Any] = select(PatientRow.__table__)
_SOME_OF_ALL: Any = select(
    PatientRow.id,
    PatientRow.sealed,
    PatientRow.language,
    PatientRow.remind_by,
    PatientRow.changed_at,
    PatientRow.merged_into,
)
_SOME: Any = _SOME_OF_ALL.where(PatientRow.id.in_(bindparam("numbers", expanding=True)))
_TWINS: Any = _SOME_OF_ALL.where(
    or_(PatientRow.person_index == bindparam("person"), PatientRow.phone_index == bindparam("phone")),
    PatientRow.merged_into.is_(None),
).order_by(PatientRow.id)
