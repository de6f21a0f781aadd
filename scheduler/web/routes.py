"""The whole site on one screen: each door's address, its blueprint, whom it is for and who stands guard.

This file alone registers blueprints. A request that leads to no door in this table is refused, whatever it would find:
a view that nobody listed here does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Flask, abort, request

from scheduler.domain.link import LinkPurpose
from scheduler.domain.right import Right
from scheduler.domain.staff_session import Stage
from scheduler.web import (
    about,
    account,
    agenda,
    api,
    assets,
    blocks,
    booking,
    call_list,
    clinic_calendars,
    companion,
    company,
    consulting,
    demo,
    desk_booking,
    desk_calendar,
    desk_contact,
    desk_export,
    desk_flow,
    desk_merging,
    desk_messages,
    desk_move,
    desk_people,
    desk_record,
    desk_video,
    desk_visit,
    device_check,
    earlier,
    factors,
    feeds,
    health,
    inbox,
    invitation,
    joining,
    keeping,
    lost_link,
    manage,
    manage_audit,
    manage_calendars,
    manage_messages,
    manage_screens,
    manage_staff,
    moving,
    offer,
    openapi,
    own_contact,
    patient,
    practice,
    public,
    records,
    refusing,
    renewing,
    reports,
    rewording,
    safety,
    screen,
    second_step,
    sign_in,
    sms_hooks,
    telehealth,
    times,
    todo,
    video_line,
    video_room,
    waiting,
    wall,
    wordings,
)
from scheduler.web.draft_session import gate_passed
from scheduler.web.guards import Guard, anyone, coming_in, demo_only, holding, link, watched_link
from scheduler.web.renewing import RenewingGuard


@dataclass(frozen=True, slots=True)
class Door:
    """One blueprint: where it is, whom it is for, who guards it.

    `personal` pages show somebody's data: no cache may keep them. `token` pages carry a secret in their address:
    they send no full referrer, and what is `kept` may stay in its reader's own cache all the same. `camera` pages may
    ask for the camera. `api` doors answer in JSON and take no cookies, so they need no CSRF token. `called` doors are
    posted to by machines that have seen no form of ours; what they bring proves itself.
    """

    prefix: str
    blueprint: Blueprint
    audience: str
    guards: tuple[Guard, ...]
    personal: bool = False
    token: bool = False
    kept: bool = False
    camera: bool = False
    api: bool = False
    called: bool = False


SITE = (
    Door("", public.bp, "everyone", (anyone,)),
    Door("/book", safety.bp, "everyone", (anyone,), personal=True),
    Door("/book", booking.bp, "everyone", (anyone, gate_passed), personal=True),
    Door("/book", times.bp, "everyone", (anyone, gate_passed), personal=True),
    Door("/book", about.bp, "everyone", (anyone, gate_passed), personal=True),
    Door("/book", joining.bp, "everyone", (anyone, gate_passed), personal=True),
    Door("/my", earlier.bp, "patients", (link(LinkPurpose.MANAGE),), personal=True, token=True),
    Door("/offer", offer.bp, "patients", (link(LinkPurpose.OFFER),), personal=True, token=True),
    Door("/my", patient.bp, "patients", (link(LinkPurpose.MANAGE),), personal=True, token=True),
    Door("/my", moving.bp, "patients", (link(LinkPurpose.MANAGE),), personal=True, token=True),
    Door("/my", own_contact.bp, "patients", (link(LinkPurpose.MANAGE),), personal=True, token=True),
    Door("/my", keeping.bp, "patients", (link(LinkPurpose.MANAGE),), personal=True, token=True),
    Door(
        "/my",
        renewing.bp,
        "patients",
        (RenewingGuard(frozenset({LinkPurpose.MANAGE})),),
        personal=True,
        token=True,
    ),
    Door(
        "/visit",
        telehealth.bp,
        "patients",
        (link(LinkPurpose.VISIT),),
        personal=True,
        token=True,
        camera=True,
    ),
    Door(
        "/visit",
        video_room.bp,
        "patients",
        (link(LinkPurpose.VISIT),),
        personal=True,
        token=True,
        camera=True,
    ),
    Door(
        "/visit",
        video_line.bp,
        "patients' pages",
        (watched_link(LinkPurpose.VISIT),),
        personal=True,
        token=True,
    ),
    Door(
        "/visit",
        device_check.bp,
        "patients",
        (link(LinkPurpose.VISIT),),
        personal=True,
        token=True,
        camera=True,
    ),
    Door("/visit", practice.bp, "patients", (link(LinkPurpose.VISIT),), personal=True, token=True),
    Door("/visit", company.bp, "patients", (link(LinkPurpose.VISIT),), personal=True, token=True),
    Door(
        "/with",
        companion.bp,
        "those whom a patient asked along",
        (watched_link(LinkPurpose.COMPANION),),
        personal=True,
        token=True,
    ),
    Door(
        "/wall",
        wall.bp,
        "screens on the wall",
        (watched_link(LinkPurpose.WALL),),
        personal=True,
        token=True,
    ),
    Door("", lost_link.bp, "everyone", (anyone,), personal=True),
    Door("", refusing.bp, "readers of mails", (anyone,), personal=True, token=True, called=True),
    Door("", sms_hooks.bp, "text companies", (anyone,), personal=True, called=True),
    Door("", sign_in.bp, "staff", (anyone,), personal=True),
    Door("", invitation.bp, "people invited to work here", (anyone,), personal=True, token=True),
    Door("", second_step.bp, "staff", (coming_in(Stage.SECOND),), personal=True),
    Door("", screen.bp, "staff", (coming_in(Stage.LOCKED, Stage.SET_UP, Stage.OPEN),), personal=True),
    Door("", factors.bp, "staff", (coming_in(Stage.SET_UP, Stage.OPEN),), personal=True),
    Door("", account.bp, "staff", (holding(Right.KEEP_OWN_ACCOUNT),), personal=True),
    Door("/records", records.bp, "clinicians", (holding(Right.BREAK_GLASS),), personal=True),
    Door("/manage", manage.bp, "managers", (holding(Right.KEEP_DIRECTORY),), personal=True),
    Door("/desk", desk_calendar.bp, "the desk", (holding(Right.SEE_VISITS),), personal=True),
    Door("/desk", desk_visit.bp, "the desk", (holding(Right.SEE_VISITS),), personal=True),
    Door("/desk", desk_people.bp, "the desk", (holding(Right.SEE_PEOPLE),), personal=True),
    Door("/desk", desk_record.bp, "the desk", (holding(Right.CHANGE_PEOPLE),), personal=True),
    Door("/desk", desk_export.bp, "managers", (holding(Right.EXPORT),), personal=True),
    Door("/desk", desk_merging.bp, "the desk", (holding(Right.MERGE_PEOPLE),), personal=True),
    Door("/desk", desk_contact.bp, "the desk", (holding(Right.CHANGE_PEOPLE),), personal=True),
    Door("/desk", desk_booking.bp, "the desk", (holding(Right.CHANGE_PEOPLE),), personal=True),
    Door("/desk", desk_move.bp, "the desk", (holding(Right.MOVE),), personal=True),
    Door(
        "/desk", desk_flow.bp, "the desk", (holding(Right.SEE_VISITS, awake=desk_flow.BOARD),), personal=True
    ),
    Door("/desk", desk_messages.bp, "the desk", (holding(Right.SEE_MESSAGES),), personal=True),
    Door("/desk", todo.bp, "the desk", (holding(Right.WORK_LIST),), personal=True),
    Door("/desk", inbox.bp, "the desk", (holding(Right.WORK_LIST),), personal=True),
    Door("/desk", blocks.bp, "the desk", (holding(Right.BLOCK_TIME),), personal=True),
    Door("/desk", desk_video.bp, "the desk", (holding(Right.WORK_LIST),), personal=True),
    Door("/desk", waiting.bp, "the desk", (holding(Right.WAIT_LIST),), personal=True),
    Door("/desk", call_list.bp, "the desk", (holding(Right.SEND_MESSAGES),), personal=True),
    Door("/clinic", agenda.bp, "clinicians", (holding(Right.SEE_OWN_DAY),), personal=True),
    Door(
        "/clinic",
        consulting.bp,
        "clinicians",
        (holding(Right.RUN_VIDEO, awake=consulting.CALL),),
        personal=True,
        camera=True,
    ),
    Door("/manage", reports.bp, "managers", (holding(Right.SEE_REPORTS),), personal=True),
    Door("/clinic", clinic_calendars.bp, "clinicians", (holding(Right.SEE_OWN_DAY),), personal=True),
    Door("/manage", manage_calendars.bp, "managers", (holding(Right.KEEP_DIRECTORY),), personal=True),
    Door("/manage", manage_screens.bp, "managers", (holding(Right.KEEP_DIRECTORY),), personal=True),
    Door("/manage", manage_messages.bp, "managers", (holding(Right.KEEP_MESSAGES),), personal=True),
    Door("/manage", manage_staff.bp, "managers", (holding(Right.KEEP_STAFF),), personal=True),
    Door("/manage", manage_audit.bp, "managers", (holding(Right.SEE_AUDIT),), personal=True),
    Door("/manage", wordings.bp, "managers", (holding(Right.KEEP_TEXTS),), personal=True),
    Door("/manage", rewording.bp, "managers", (holding(Right.KEEP_TEXTS),), personal=True),
    Door(
        "/ics",
        feeds.bp,
        "calendars",
        (link(LinkPurpose.CALENDAR, LinkPurpose.FEED),),
        token=True,
        kept=True,
    ),
    Door("/api/v1", api.bp, "programs", (anyone,), personal=True, api=True),
    Door("", openapi.bp, "programmers", (anyone,)),
    Door("/demo", demo.bp, "newcomers", (demo_only,), personal=True),
    Door("", health.bp, "machines", (anyone, health.machines)),
    Door("/vendor", assets.bp, "everyone", (anyone,)),
)


def init_app(app: Flask) -> None:
    """Open the doors, each with its guards before it."""
    for door in SITE:
        app.register_blueprint(door.blueprint, url_prefix=door.prefix or None)
        app.before_request_funcs.setdefault(door.blueprint.name, []).extend(door.guards)
        if door.api or door.called:
            app.extensions["csrf"].exempt(door.blueprint)
    app.before_request(_refuse_undeclared)


def door_of(blueprint: str | None) -> Door | None:
    """The door that a blueprint's name leads through."""
    return _BY_NAME.get(blueprint or "")


def _refuse_undeclared() -> None:
    """Deny by default. Addresses that match nothing go on to Flask's own 404."""
    if request.endpoint is not None and request.endpoint != "static" and door_of(request.blueprint) is None:
        abort(404)


_BY_NAME = {door.blueprint.name: door for door in SITE}
