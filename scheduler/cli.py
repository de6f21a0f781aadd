"""The command door: what a person types at a terminal to set the clinic up and to look after it.

flask --app wsgi db upgrade                     bring the tables to the shape the program expects
flask --app wsgi seed                           found the clinic; with SCHEDULER_DEMO=1 fill it with made-up people
flask --app wsgi worker                         send what is owed and do the chores, until told to stop
flask --app wsgi create-user                    give someone an account
flask --app wsgi backup FILE                    write everything but the keys to a file
flask --app wsgi restore FILE                   bring such a file back
flask --app wsgi audit verify                   walk the trail of who saw or changed what
flask --app wsgi new-keys                       print ENCRYPTION_KEYS with a new key in front
flask --app wsgi rotate-keys                    put the key in front to everything that is sealed
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from scheduler.config import Settings
from scheduler.domain.account import STAFF_ROLES
from scheduler.domain.actor import SYSTEM
from scheduler.domain.errors import GuardMissing, InvalidInput
from scheduler.persistence import migration
from scheduler.persistence.backups import BackupError
from scheduler.persistence.database import Database
from scheduler.persistence.vault import Vault, rotated_keys
from scheduler.services import backup, founding, loading, rotation, sealing, seeding, staffing, vitals
from scheduler.services.house import House
from scheduler.worker import clock

UNCHANGED = "There is a clinic already; nothing was changed."

db_commands = AppGroup("db", help="The shape of the tables.")
audit_commands = AppGroup("audit", help="The trail of who saw or changed what.")


def init_app(app: Flask) -> None:
    """Teach `flask` the clinic's own commands."""
    for command in (
        db_commands,
        audit_commands,
        seed,
        worker,
        create_user,
        back_up,
        restore,
        new_keys,
        rotate_keys,
    ):
        app.cli.add_command(command)


def _database() -> Database:
    return cast("Database", current_app.extensions["database"])


def _vault() -> Vault:
    return cast("Vault", current_app.extensions["vault"])


def _house() -> House:
    return House(_database(), _vault(), urlsplit(_settings().base_url).hostname or "localhost")


def _settings() -> Settings:
    return cast("Settings", current_app.extensions["settings"])


def _now() -> datetime:
    return datetime.now(UTC) + _settings().now_offset


@db_commands.command("upgrade")
def db_upgrade() -> None:
    """Bring the tables to the shape the program expects; doing it twice changes nothing."""
    migration.upgrade(_database())


@db_commands.command("current")
def db_current() -> None:
    """Say at which revision the tables are."""
    with _database().reading() as connection:
        click.echo(f"{migration.current(connection) or 'empty'} (the program expects {migration.head()})")


@db_commands.command("check")
def db_check() -> None:
    """Compare the tables with the models; end with an error when they differ."""
    with _database().reading() as connection:
        differences = migration.differences(connection)
    for difference in differences:
        click.echo(str(difference))
    if differences:
        raise click.ClickException("the tables are not what the models say")
    click.echo("the tables are what the models say")


@db_commands.command("revision")
@click.option("-m", "--message", required=True, help="What the migration does, in a few words.")
def db_revision(message: str) -> None:
    """Write the next numbered migration from the difference between models and tables."""
    migration.write_revision(_database(), message)


@click.command("seed")
@click.option(
    "--practitioners", type=click.IntRange(1, 1000), help="Add so many clinicians with a full week each."
)
@click.option(
    "--appointments", type=click.IntRange(0, 10_000_000), help="Fill their days with so many visits."
)
@with_appcontext
def seed(practitioners: int | None, appointments: int | None) -> None:
    """Found the clinic in an empty database; one that is in use stays as it is.

    With SCHEDULER_DEMO=1 also fill it with made-up people and visits. With
    numbers, add load data instead: made-up clinicians and visits, past and to come. Never for real use.
    """
    if practitioners is not None or appointments is not None:
        _load(practitioners or 1, appointments or 0)
        return
    if _settings().demo:
        _demo()
    elif founding.found(_database(), SYSTEM, _now()):
        click.echo("The clinic is founded. Change its name, people and hours at /manage.")
    else:
        click.echo(UNCHANGED)


def _demo() -> None:
    folder = _settings().instance_path
    demo = seeding.seed_demo(_house(), folder, _settings().base_url, SYSTEM, _now())
    click.echo(
        UNCHANGED if demo is None else f"Made-up data is loaded. Sign-ins and links: {seeding.DEMO_FILE}"
    )


def _load(practitioners: int, appointments: int) -> None:
    with click.progressbar(length=appointments, label="Visits") as bar:
        loading.load(_house(), practitioners, appointments, SYSTEM, _now(), bar.update)


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Send what is owed and do the chores, until a signal says stop; any number of these may run."""
    try:
        vitals.prove(_database())
    except vitals.Unfit as refusal:
        raise click.ClickException(str(refusal)) from None
    clock.run(_settings())


@click.command("create-user")
@click.option("--email", prompt="E-mail", help="What the person signs in with.")
@click.option("--name", prompt="Name", help="As colleagues know the person.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice(sorted(role.value for role in STAFF_ROLES)),
    help="May be given several times.",
)
@click.option("--practitioner", type=int, help="The id of the clinician whom this account belongs to.")
@click.password_option(help="Asked for when not given, so that it stays out of the shell's history.")
@with_appcontext
def create_user(
    email: str, name: str, roles: tuple[str, ...], practitioner: int | None, password: str
) -> None:
    """Give someone an account."""
    try:
        staffing.create_user(
            _database(),
            email=email,
            name=name,
            roles=roles,
            password=password,
            now=_now(),
            actor=SYSTEM,
            practitioner_id=practitioner,
        )
    except InvalidInput as refusal:
        raise click.ClickException(" ".join(refusal.errors.values())) from None
    click.echo(f"{email} may sign in now.")


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
def back_up(file: Path) -> None:
    """Write everything but the keys to FILE, while the clinic works. Keep FILE and the keys apart."""
    try:
        backup.back_up(_database(), file, SYSTEM, _now())
    except BackupError as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(f"{file} holds everything but the keys (ENCRYPTION_KEYS, or encryption_keys in the instance).")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace a database that is in use.")
@with_appcontext
def restore(file: Path, force: bool) -> None:
    """Bring FILE back, migrate it, and prove guards, keys and trail. Stop web and worker first."""
    anchor = _settings().instance_path / sealing.ANCHOR_FILE
    try:
        backup.put_back(_database(), _vault(), file, anchor, _now(), over=force)
    except BackupError as refusal:
        raise click.ClickException(str(refusal)) from None
    except GuardMissing as gone:
        raise click.ClickException(f"{file} is back, but without the rule {gone}; do not open") from None
    findings = sealing.verify(_database(), _vault(), anchor, now=_now())
    for finding in findings:
        click.echo(f"{finding.fault}: link {finding.seq}, act {finding.audit_id or '-'}")
    click.echo(f"{file} is back; guards and keys hold.")


@click.command("new-keys")
@with_appcontext
def new_keys() -> None:
    """Print ENCRYPTION_KEYS with a new key in front; it is a secret, and takes effect when web and worker restart."""
    click.echo(rotated_keys(_vault().keyring))


@click.command("rotate-keys")
@with_appcontext
def rotate_keys() -> None:
    """Put the key in front to everything that is sealed, while the clinic works."""
    done = rotation.rotate(_database(), _vault(), now=_now(), actor=SYSTEM)
    click.echo(f"{done.seen} sealed values, {done.resealed} given the key {_vault().key_id}.")
    if done.broken:
        raise click.ClickException(f"{done.broken} values do not open; keep every key")
    if done.is_finished:
        click.echo("Nothing is left under an older key: it may be taken out of ENCRYPTION_KEYS.")


@audit_commands.command("verify")
def audit_verify() -> None:
    """Walk the whole trail; end with an error when something was altered, removed, slipped in or cut off."""
    anchor = _settings().instance_path / sealing.ANCHOR_FILE
    findings = sealing.verify(_database(), _vault(), anchor, now=_now())
    for finding in findings:
        click.echo(f"{finding.fault}: link {finding.seq}, act {finding.audit_id or '-'}")
    if findings:
        raise click.ClickException("the trail is not whole")
    click.echo("the trail is whole")
