"""One or two providers for each channel: the usual one, and a second that steps in while the first one fails.

Who has the work is decided by `domain/failover`, from what all workers find out (`services/provider_choice`). A message
that surely was not handed over may try the other provider at once; one whose fate is unknown goes again to where it
went first, because the other could only send it twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlsplit

from scheduler import journal
from scheduler.config import Settings
from scheduler.domain.failover import USUAL
from scheduler.domain.hand_over import HandOver, Held, Result
from scheduler.worker.mail import PostOffice
from scheduler.worker.post_office import FolderOffice, Server, SmtpOffice
from scheduler.worker.sms import Gateway, Text
from scheduler.worker.text_gateway import FolderGateway, HttpGateway

UNWRITTEN = HandOver(Result.UNREACHABLE, "not written down")
"""Nobody gets a message while it cannot be written down who does."""

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([^>\r\n]{1,200})>", re.IGNORECASE | re.MULTILINE)


class Closes(Protocol):
    """Something that may keep a connection open."""

    def close(self) -> None:
        """Hang up."""
        ...


Means = TypeVar("Means", bound=Closes)


@dataclass(frozen=True, slots=True)
class Line(Generic[Means]):
    """One provider, by the name that the ledger shows, and the means to reach it."""

    name: str
    means: Means


class Choice(Protocol):
    """Decides which provider gets the next message."""

    def choose(self) -> int:
        """The provider for the next message."""
        ...

    def heard(self, provider: int, answer: HandOver) -> bool:
        """Learn from one answer of `provider`; True when the work has changed hands by it."""
        ...

    def held(self, name: str) -> Held | None:
        """Who had the message of that name last; None when nobody can say now."""
        ...

    def hand_to(self, name: str, provider: str) -> bool:
        """Write down who is about to get the message; False when that cannot be written now."""
        ...


class Switchboard(Generic[Means]):
    """Hands each message to the provider that has the work. Any thread may use it, if its lines allow that."""

    def __init__(self, lines: Sequence[Line[Means]], choice: Choice) -> None:
        assert 1 <= len(lines) <= 2
        self.lines = tuple(lines)
        self._choice = choice

    def hand_over(self, name: str, send: Callable[[Means], HandOver]) -> HandOver:
        """Hand the message of that name over by `send`, to one provider or, where that is safe, to the other."""
        if len(self.lines) == 1:
            return self._send(0, send)
        held = self._choice.held(name)
        if held is None:
            return UNWRITTEN
        bound = self._number(held) if held.in_doubt else None
        first = self._choice.choose() if bound is None else bound
        answer = self._try(name, held, first, send)
        if answer.result is not Result.UNREACHABLE or bound is not None:
            return answer
        second = self._try(name, Held(self.lines[first].name), 1 - first, send)
        return answer if second.result is Result.UNREACHABLE else second

    def _number(self, held: Held) -> int | None:
        """Which line had the message last; None when it is none of these."""
        if held.provider is None:
            return USUAL
        return next((place for place, line in enumerate(self.lines) if line.name == held.provider), None)

    def _try(self, name: str, held: Held, number: int, send: Callable[[Means], HandOver]) -> HandOver:
        """One hand-over, after it is written down where that is not known already."""
        if self._number(held) != number and not self._choice.hand_to(name, self.lines[number].name):
            return UNWRITTEN
        answer = self._send(number, send)
        if self._choice.heard(number, answer):
            journal.note("worker", "another provider has the work", {"lately": self.lines[number].name})
        return answer

    def _send(self, number: int, send: Callable[[Means], HandOver]) -> HandOver:
        line = self.lines[number]
        return replace(send(line.means), provider=line.name)

    def close(self) -> None:
        """Hang up everywhere."""
        for line in self.lines:
            line.means.close()


class ClosingOffice(PostOffice, Closes, Protocol):
    """A post office that may keep a connection open."""


class ClosingGateway(Gateway, Closes, Protocol):
    """A gateway that may keep connections open."""


class PostOffices:
    """The clinic's one or two mail servers, as one post office."""

    def __init__(self, board: Switchboard[ClosingOffice]) -> None:
        self._board = board

    def post(self, message: bytes, sender: str, recipient: str) -> HandOver:
        """Hand over one mail for one recipient."""
        found = _MESSAGE_ID.search(message)
        name = found[1].decode("ascii", "replace") if found else ""
        return self._board.hand_over(name, lambda office: office.post(message, sender, recipient))

    def close(self) -> None:
        """Hang up."""
        self._board.close()


class Gateways:
    """The clinic's one or two text companies, as one gateway."""

    def __init__(self, board: Switchboard[ClosingGateway]) -> None:
        self._board = board

    def post(self, text: Text, number: str) -> HandOver:
        """Hand over one text for one number."""
        return self._board.hand_over(text.message_id or text.name, lambda gateway: gateway.post(text, number))

    def look_up(self, text: Text, number: str) -> HandOver | None:
        """Ask every company: one that has the text settles it, and only all together can say that nobody has."""
        answers = [line.means.look_up(text, number) for line in self._board.lines]
        for answer in answers:
            if answer is not None and answer.result is Result.ACCEPTED:
                return answer
        return None if None in answers else answers[0]

    @property
    def is_idempotent(self) -> bool:
        """Two companies know nothing of each other's names."""
        return len(self._board.lines) == 1 and self._board.lines[0].means.is_idempotent

    def close(self) -> None:
        """Hang up."""
        self._board.close()


def post_offices(settings: Settings, choice: Choice) -> PostOffices:
    """The mail servers that the settings name, else the folder; `choice` decides between two.

    :raises ValueError: when a setting cannot be read.
    """
    urls = [url for url in (settings.smtp_url, settings.smtp_url_2) if url]
    lines: list[Line[ClosingOffice]] = [
        Line(_name(url), SmtpOffice(Server.parse(url), bounces_to=settings.bounces_to)) for url in urls
    ]
    if not lines:
        lines = [Line("folder", FolderOffice(settings.instance_path / "outbox" / "mail"))]
    return PostOffices(Switchboard(lines, choice))


def gateways(settings: Settings, choice: Choice) -> Gateways:
    """The text companies that the settings name, else the folder; `choice` decides between two."""
    lines: list[Line[ClosingGateway]] = [
        Line(account.provider, HttpGateway(account, settings.base_url)) for account in settings.text_accounts
    ]
    if not lines:
        lines = [Line("folder", FolderGateway(settings.instance_path / "outbox" / "sms"))]
    return Gateways(Switchboard(lines, choice))


def _name(url: str) -> str:
    """A server as the ledger names it: its host, and its port where that is said."""
    return urlsplit(url).netloc.rpartition("@")[2][:32]
