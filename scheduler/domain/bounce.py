"""Word that one of our mails did not arrive: a mail that says so (RFC 3464), or a server that refuses the address.

Both are read also as servers write them that follow no rule. Such a mail proves nothing by its sender. What makes it
ours is that it names our mail: nobody else knows that name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum

MOST_TEXT = 200_000
_NAME = r"([0-9a-f]{32}@[A-Za-z0-9.-]{1,80})"
_OUR_HEADER = re.compile(rf"(?im)^[ \t]*message-id:[ \t]*(?:\r?\n[ \t]+)?<{_NAME}>")
_ANY_NAME = re.compile(rf"<{_NAME}>")
_ENVELOPE = re.compile(r"(?im)^original-envelope-id:[ \t]*([0-9a-f]{32})[ \t]*$")
_ACTION = re.compile(r"(?im)^action:[ \t]*([a-z]+)")
_STATUS = re.compile(r"(?im)^status:[ \t]*([245]\.\d{1,3}\.\d{1,3})")
_STATUS_ANYWHERE = re.compile(r"(?:^|[\s#(])([45]\.\d{1,3}\.\d{1,3})(?=$|[\s:;,)>])")
_REPLY_CODE = re.compile(r"(?:^|[\s:])(5\d\d|4\d\d)[ -](?=\S)")
_POSTMEN = frozenset({"mailer-daemon", "mailerdaemon", "mail-daemon", "postmaster", "maildaemon"})
_LOST = re.compile(
    r"undeliver|returned mail|returned to sender|delivery status|delivery (has )?fail|failure notice|"
    r"mail delivery|could not be delivered|non remis|no se pudo entregar|no se ha podido entregar|devuelto",
    re.IGNORECASE,
)
_LATE = re.compile(r"delay|\bwarning\b|still (being )?(re)?tr|retras|temporar", re.IGNORECASE)

_ENHANCED = re.compile(r"(?<![\d.])5\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_OF_THE_ADDRESS = re.compile(r"5\.(?:1\.(?:[12346]|10)|2\.[0124]|4\.[14])")
_OF_POLICY = re.compile(r"5\.7\.")
_TAKES_NO_MAIL = 556
_NOBODY = re.compile(
    r"(user|recipient|mailbox|address|account)\b.{0,60}\b(unknown|unavailable|disabled|inactive|closed|not found|"
    r"(not|n't) (exist|found|known|valid))|\b(no such|unknown|invalid) (user|recipient|mailbox|address|account|person)|"
    r"no mailbox|unrouteable|>:? unknown|^unknown",
    re.IGNORECASE | re.DOTALL,
)
_OURS = re.compile(
    r"sender|relay|polic|spam|block|black ?list|denied|spf|dkim|dmarc|reputation|authenti|grey ?list|\brate\b|too many",
    re.IGNORECASE,
)


class Fate(StrEnum):
    """What the report says of our mail."""

    FAILED = "failed"
    DELAYED = "delayed"
    ARRIVED = "arrived"


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report about a mail of ours. `names` are Message-IDs it may mean, the likeliest first; `envelope_id` is the
    local part that we gave the server (RFC 3461, 4.4); `status` the enhanced code (RFC 3463), "" when it names none.
    """

    fate: Fate
    status: str
    names: tuple[str, ...]
    envelope_id: str = ""

    @property
    def is_for_good(self) -> bool:
        """Say whether mail to this address will go on coming back: not after a fault that passes (RFC 3463, 2)."""
        return self.fate is Fate.FAILED and not self.status.startswith("4")


def is_of_address(code: int, words: str, *, at_recipient: bool) -> bool:
    """Say whether a server's refusal for good (its reply code and words) means that nobody gets mail at this address.

    The enhanced code decides (RFC 3463, 3.2 to 3.8) where it is one of the address, the mailbox or the way there, and
    never where it is one of policy. Some servers give none, or one that says nothing: then, in the answer to the
    recipient's name alone, their words do (RFC 5321, 4.2.3, gives 550 both meanings), unless they speak of us. A server
    may also say that its domain takes no mail at all (RFC 7504, 4).
    """
    status = enhanced(words)
    if code < 500 or _OF_POLICY.match(status):
        return False
    if _OF_THE_ADDRESS.fullmatch(status):
        return not re.search("sender", words, re.IGNORECASE)
    if not at_recipient or _OURS.search(words):
        return False
    return code == _TAKES_NO_MAIL or bool(_NOBODY.search(words))


def enhanced(words: str) -> str:
    """The enhanced code of a server's refusal for good, "" where it gave none."""
    found = _ENHANCED.search(words[:200])
    return found[0] if found else ""


def of(message: Message, parts: list[Message], sender: str, subject: str) -> Bounce | None:
    """The report that a mail is; None when it is none. `parts` are its parts that hold something."""
    reports = [part for part in parts if part.get_content_type().endswith("/delivery-status")]
    postman = sender.partition("@")[0].casefold() in _POSTMEN
    is_one = bool(reports) or "X-Failed-Recipients" in message or (postman and _LOST.search(subject))
    if not is_one and not (postman and _LATE.search(subject)):
        return None
    report = "\n".join(_fields(part) for part in reports)[:MOST_TEXT]
    said = "\n".join(_seen(part) for part in parts)[:MOST_TEXT]
    envelope = _ENVELOPE.search(report)
    named = [*_OUR_HEADER.findall(said), *_ANY_NAME.findall(_answers(message)), *_ANY_NAME.findall(said)]
    return Bounce(
        fate=_fate(report, said, subject),
        status=_status(report, said),
        names=tuple(dict.fromkeys(named))[:10],
        envelope_id=envelope[1] if envelope else "",
    )


def _fate(report: str, said: str, subject: str) -> Fate:
    actions = {action.lower() for action in _ACTION.findall(report)}
    if actions:
        if "failed" in actions:
            return Fate.FAILED
        return Fate.DELAYED if "delayed" in actions else Fate.ARRIVED
    status = _status(report, said)
    is_late = bool(_LATE.search(subject)) and not _LOST.search(subject)
    return Fate.DELAYED if is_late or status.startswith("4") else Fate.FAILED


def _status(report: str, said: str) -> str:
    found = _STATUS.search(report) or _STATUS_ANYWHERE.search(said)
    if found:
        return found[1]
    code = _REPLY_CODE.search(said)
    return f"{code[1][0]}.0.0" if code else ""


def _answers(message: Message) -> str:
    return " ".join(str(message.get(name, ""))[:4_000] for name in ("In-Reply-To", "References"))


def _fields(part: Message) -> str:
    """The fields of a report; the parser makes a small message of each of its blocks."""
    return _inner(part) if part.is_multipart() else _plain(part)


def _seen(part: Message) -> str:
    """A part as lines: the headers alone of a mail that was sent back, the text of all else."""
    if part.is_multipart():
        return _inner(part)
    is_text = part.get_content_maintype() == "text" or "rfc822" in part.get_content_type()
    return _plain(part) if is_text else ""


def _inner(part: Message) -> str:
    inner = part.get_payload()
    return "\n".join(_headers(each) for each in inner if isinstance(each, Message))


def _plain(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content[:MOST_TEXT].decode("latin-1") if isinstance(content, bytes) else ""


def _headers(message: Message) -> str:
    return "\n".join(f"{name}: {value}" for name, value in message.items())
