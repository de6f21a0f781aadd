"""Who may come through a door: one small guard each, named in `web/routes.py` beside the door it stands at.

A guard answers None to let the request pass, an answer of its own to send it elsewhere, or raises a refusal. Whoever
passes is known to the view as `actor()`. What is foreign and what is missing get the same answer: not found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.account import STAFF_ROLES
from scheduler.domain.actor import Actor, Role
from scheduler.domain.errors import NotFound, NotPermitted, ProofNeeded, ScreenLocked, SignInRequired
from scheduler.domain.link import Link, LinkPurpose
from scheduler.domain.right import GRANTS, WANTS_PROOF, Right
from scheduler.domain.staff_session import Stage, stage
from scheduler.services import private_links, screen_lock, sign_in
from scheduler.web import keeping_forms, staff_session
from scheduler.web.context import act_as, actor, db, house, now, request_id, settings
from scheduler.web.errors import wants_problem
from scheduler.web.i18n import use_language
from scheduler.web.own_paths import page_in_use

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
    """Let in those of the staff who hold one of these roles, and whose browser has come in this far.

    With `wants_proof` they must have shown lately who they are. What a hand asks for keeps the screen open; what a page
    asks for by itself does not. The views named in `awake` go on while the rest of the screen is locked; a stranger who
    acts there is written down.
    """

    roles: frozenset[Role]
    stages: frozenset[Stage] = frozenset({Stage.OPEN})
    wants_proof: bool = False
    awake: frozenset[str] = frozenset()

    def __call__(self) -> ResponseReturnValue | None:
        """Send strangers to the sign-in when they only look, and the staff to what they still owe.

        :raises SignInRequired: for strangers who act.
        :raises ScreenLocked: for a page that asks by itself while the screen is locked.
        :raises NotPermitted: for staff of another role; it is written down.
        :raises ProofNeeded: when it must be shown first who sits here.
        """
        found = staff_session.current()
        if found is None:
            if request.endpoint in self.awake and request.method == "POST":
                private_links.note_guess(house(), actor(), request.blueprint or "", now())
            return _to_sign_in()
        known = _made_known(found)
        reached = stage(found.session, found.member, now(), needs_factor=not settings().demo)
        g.staff_stage, g.staff_awake = reached, request.endpoint in self.awake
        if reached not in self.stages and not (reached is Stage.LOCKED and g.staff_awake):
            return _to_what_is_owed(found, reached)
        if not self.roles & known.roles:
            sign_in.note_refusal(db(), known, request.blueprint or "", now=now())
            raise NotPermitted
        if self.wants_proof and not known.is_proved:
            raise ProofNeeded
        if is_by_hand():
            screen_lock.note_input(db(), found.session, now=now())
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


def holding(*rights: Right, awake: Iterable[str] = ()) -> StaffGuard:
    """The guard for those of the staff who hold any of these rights.

    `awake` names the views (a call, the board on the wall) that go on while everything else on the screen is locked.
    """
    roles: frozenset[Role] = frozenset().union(*(GRANTS[right] for right in rights)) & STAFF_ROLES
    is_grave = all(right in WANTS_PROOF for right in rights)
    return StaffGuard(roles, wants_proof=is_grave, awake=frozenset(awake))


def coming_in(*stages: Stage) -> StaffGuard:
    """The guard for any of the staff whose browser has come in so far and no further."""
    return StaffGuard(STAFF_ROLES, frozenset(stages))


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


def is_by_hand() -> bool:
    """Say whether a person has asked for this page: browsers mark what they do by themselves (W3C Fetch Metadata)."""
    headers = request.headers
    if "Sec-Fetch-Mode" not in headers:
        return "HX-Request" not in headers
    by_person = headers.get("Sec-Fetch-User") == "?1" or headers.get("Sec-Fetch-Site") == "none"
    return headers["Sec-Fetch-Mode"] == "navigate" and by_person


def _is_page() -> bool:
    """Say whether the answer will be shown as a page of its own, and not be read by a script."""
    if "Sec-Fetch-Mode" in request.headers:
        return request.headers["Sec-Fetch-Mode"] == "navigate"
    return "HX-Request" not in request.headers and not wants_problem()


def _made_known(found: staff_session.SignedIn) -> Actor:
    known = found.member.as_actor(
        request_id=request_id(),
        address=request.remote_addr or "",
        is_proved=found.session.is_proved(now()),
    )
    act_as(known)
    use_language(found.member.language)
    return known


def _to_sign_in() -> ResponseReturnValue:
    if request.method not in {"GET", "HEAD"}:
        raise SignInRequired
    asked = request.full_path.rstrip("?")
    return redirect(url_for("sign_in.form", next=asked), 303)


def _to_what_is_owed(found: staff_session.SignedIn, reached: Stage) -> ResponseReturnValue:
    """Lead on to the second factor, to setting one up, or to the lock; a form that was just sent is kept meanwhile."""
    if reached is Stage.OPEN:
        return redirect(url_for("sign_in.form"), 303)
    if not _is_page():
        raise ScreenLocked if reached is Stage.LOCKED else SignInRequired
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for(_OWED[reached], next=page_in_use()), 303)
    if reached is not Stage.LOCKED:
        raise SignInRequired
    keeping_forms.keep_sent(found.session)
    return redirect(url_for(_OWED[reached], next=url_for("screen.kept")), 303)


_OWED = {Stage.SECOND: "second_step.form", Stage.SET_UP: "factors.mine", Stage.LOCKED: "screen.locked"}
