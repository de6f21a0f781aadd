"""Who may come through a door: one small guard each, named in `web/routes.py` beside the door it stands at.

A guard answers None to let the request pass, an answer of its own to send it elsewhere, or raises a refusal. Whoever
passes is known to the view as `actor()`. What is foreign and what is missing get the same answer: not found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.account import STAFF_ROLES
from scheduler.domain.actor import Actor, Role
from scheduler.domain.errors import NotFound, NotPermitted, SignInRequired
from scheduler.domain.link import Link, LinkPurpose
from scheduler.domain.right import GRANTS, Right
from scheduler.services import private_links, sign_in
from scheduler.web import staff_session
from scheduler.web.context import act_as, actor, db, house, now, request_id, settings
from scheduler.web.i18n import use_language

Guard = Callable[[], ResponseReturnValue | None]


def anyone() -> ResponseReturnValue | None:
    """Let everybody in. Said aloud, so that an open door is a decision and not an omission."""
    return None


def demo_only() -> ResponseReturnValue | None:
    """Let everybody in where the clinic is a demo; elsewhere there is nothing here.

    :raises NotFound: outside a demo.
    """
    if not settings().demo:
        raise NotFound
    return None


@dataclass(frozen=True, slots=True)
class StaffGuard:
    """Let in those of the staff who hold one of these roles."""

    roles: frozenset[Role]

    def __call__(self) -> ResponseReturnValue | None:
        """Send strangers to the sign-in when they only look.

        :raises SignInRequired: for strangers who act.
        :raises NotPermitted: for staff of another role; it is written down.
        """
        found = staff_session.current()
        if found is None:
            return _to_sign_in()
        known = found.member.as_actor(request_id=request_id(), address=request.remote_addr or "")
        act_as(known)
        use_language(found.member.language)
        if not self.roles & known.roles:
            sign_in.note_refusal(db(), known, request.blueprint or "", now=now())
            raise NotPermitted
        return None


@dataclass(frozen=True, slots=True)
class LinkGuard:
    """Let in whoever holds a private link of one of these purposes; the secret is `<token>` in the address."""

    purposes: frozenset[LinkPurpose]
    is_watched: bool = False

    def __call__(self) -> ResponseReturnValue | None:
        """Look the link up.

        :raises NotFound: alike for wrong, ended and foreign ones.
        """
        token = (request.view_args or {}).get("token", "")
        try:
            found = private_links.find(house(), str(token), self.purposes, now())
        except NotFound:
            if self.is_watched:
                private_links.note_guess(house(), actor(), request.blueprint or "", now())
            raise
        _let_in(found)
        return None


def staff(*roles: Role) -> StaffGuard:
    """The guard for staff of any of these roles."""
    return StaffGuard(frozenset(roles))


def holding(*rights: Right) -> StaffGuard:
    """The guard for those of the staff who hold any of these rights."""
    return StaffGuard(frozenset().union(*(GRANTS[right] for right in rights)) & STAFF_ROLES)


def link(*purposes: LinkPurpose) -> LinkGuard:
    """The guard for holders of a link of any of these purposes."""
    return LinkGuard(frozenset(purposes))


def watched_link(*purposes: LinkPurpose) -> LinkGuard:
    """The same, and a secret that opens nothing is written down: programs knock there, and people never mistype."""
    return LinkGuard(frozenset(purposes), is_watched=True)


def current_link() -> Link:
    """The link that this request came by; only behind a link guard, or after `bearer`."""
    return cast("Link", g.link)


def bearer(*purposes: LinkPurpose) -> Link:
    """The link in `Authorization: Bearer`; the view holds it against the visit that the address names.

    :raises SignInRequired: when there is none.
    :raises NotFound: alike when it is wrong, ended, or made for something else.
    """
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise SignInRequired
    found = private_links.find(house(), secret.strip(), purposes, now())
    _let_in(found)
    return found


def _let_in(found: Link) -> None:
    g.link = found
    act_as(
        Actor(
            frozenset({Role.PATIENT}),
            id=found.id,
            request_id=request_id(),
            address=request.remote_addr or "",
        )
    )


def _to_sign_in() -> ResponseReturnValue:
    if request.method not in {"GET", "HEAD"}:
        raise SignInRequired
    asked = request.full_path.rstrip("?")
    return redirect(url_for("sign_in.form", next=asked), 303)
