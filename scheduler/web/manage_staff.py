"""The manager's pages about the people who work here: who they are, what they may do, and the link to come in by."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.account import StaffMember
from scheduler.domain.actor import Role
from scheduler.domain.errors import InvalidInput, NotFound
from scheduler.domain.plain_text import clean
from scheduler.domain.right import GRANTS
from scheduler.domain.wording import N_
from scheduler.services import staffing
from scheduler.web.context import actor, clinic, clock_place, db, now
from scheduler.web.errors import status_of
from scheduler.web.forms.options import LANGUAGES
from scheduler.web.i18n import gettext as _
from scheduler.web.right_words import RIGHTS

bp = Blueprint("manage_staff", __name__)

ROLES = {Role.DESK: N_("Front desk"), Role.CLINICIAN: N_("Clinician"), Role.MANAGER: N_("Manager")}
ACCOUNT = "<int(max=2147483647):number>"


@bp.get("/staff")
def all() -> ResponseReturnValue:
    """List everybody, and show the table of rights."""
    return render_template(
        "manage/staff.html",
        people=staffing.roster(db(), actor(), now()),
        roles=ROLES,
        rights=[(words, [role in GRANTS[right] for role in ROLES]) for right, words in RIGHTS.items()],
        place=clock_place(),
        clinic=clinic(),
    )


@bp.get("/staff/new")
def new() -> ResponseReturnValue:
    """Show an empty form."""
    return _form(None, {"language": "en", "roles": [Role.DESK.value]}, {})


@bp.post("/staff/new")
def invite() -> ResponseReturnValue:
    """Invite somebody, and show the link this once."""
    typed = _typed()
    try:
        number, secret = staffing.invite(
            db(),
            email=typed["email"],
            name=typed["name"],
            roles=typed["roles"],
            practitioner_id=_practitioner(typed),
            language=typed["language"],
            now=now(),
            actor=actor(),
        )
    except InvalidInput as refusal:
        return _form(None, typed, refusal.errors), status_of(refusal)
    return _link(_one(number), secret)


@bp.get(f"/staff/{ACCOUNT}")
def edit(number: int) -> ResponseReturnValue:
    """Show somebody's form."""
    member = _one(number)
    known = {
        "name": member.name,
        "roles": sorted(member.roles),
        "practitioner": str(member.practitioner_id or ""),
        "active": ["yes"] if member.active else [],
    }
    return _form(member, known, {})


@bp.post(f"/staff/{ACCOUNT}")
def save(number: int) -> ResponseReturnValue:
    """Change somebody's name, roles, clinician, or whether they may sign in."""
    typed, member = _typed(), _one(number)
    try:
        staffing.change_user(
            db(),
            number,
            name=typed["name"],
            roles=typed["roles"],
            active="yes" in typed["active"],
            practitioner_id=_practitioner(typed),
            now=now(),
            actor=actor(),
        )
    except InvalidInput as refusal:
        return _form(member, typed, refusal.errors), status_of(refusal)
    return redirect(url_for(".all", done="saved"), 303)


@bp.post(f"/staff/{ACCOUNT}/link")
def invite_again(number: int) -> ResponseReturnValue:
    """Make a new link for somebody, and show it this once."""
    return _link(_one(number), staffing.invite_again(db(), number, now=now(), actor=actor()))


@bp.post(f"/staff/{ACCOUNT}/sign-out")
def sign_out(number: int) -> ResponseReturnValue:
    """Sign every browser of somebody out."""
    staffing.sign_out_of_all(db(), _one(number).id, now=now(), actor=actor())
    return redirect(url_for(".all", done="saved"), 303)


def _one(number: int) -> StaffMember:
    """The member of the staff with that number.

    :raises NotFound: when there is none.
    """
    for one in staffing.roster(db(), actor(), now()):
        if one.member.id == number:
            return one.member
    raise NotFound


def _typed() -> dict[str, Any]:
    form = request.form
    spoken = {tongue.value for tongue in LANGUAGES}
    return {
        "email": clean(form.get("email", ""), 254),
        "name": clean(form.get("name", ""), 200),
        "roles": form.getlist("roles"),
        "practitioner": form.get("practitioner", ""),
        "language": form.get("language", "") if form.get("language") in spoken else "en",
        "active": form.getlist("active"),
    }


def _practitioner(typed: dict[str, Any]) -> int | None:
    """The chosen clinician's number.

    :raises InvalidInput: when there is no such clinician.
    """
    chosen = typed["practitioner"]
    if not chosen:
        return None
    if chosen not in {str(one.id) for one in clinic().practitioners}:
        raise InvalidInput({"practitioner": N_("Please choose one.")})
    return int(chosen)


def _form(member: StaffMember | None, typed: dict[str, Any], errors: dict[str, str]) -> str:
    people = [("", _("Nobody")), *((str(one.id), one.name) for one in clinic().practitioners)]
    return render_template(
        "manage/staff_form.html",
        member=member,
        typed=typed,
        errors=errors,
        roles=[(role.value, _(words)) for role, words in ROLES.items()],
        practitioners=people,
        languages=[(tongue.value, words) for tongue, words in LANGUAGES.items()],
    )


def _link(member: StaffMember, secret: str) -> str:
    address = url_for("invitation.form", invitation=secret, _external=True)
    return render_template("manage/staff_link.html", member=member, address=address)
