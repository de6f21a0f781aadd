"""Where texts are handed over: a company that speaks Twilio's form of HTTP, or a folder of files where none is set.

What the company answers decides what becomes of a text. "Too many" is tried again when it says; "no such number" is
given up; "told us to stop" is kept as the reader's word; an account or sender of ours that is refused says nothing
about the text at all; and an answer that never came leaves its fate unknown. Codes are kept and words are not, because
they repeat numbers.
"""

from __future__ import annotations

import json
import logging
import os
import re
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx

from scheduler.domain.hand_over import HandOver, Result
from scheduler.domain.text_account import TextAccount
from scheduler.worker.sms import Text

TIMEOUT = httpx.Timeout(15.0, connect=5.0)
"""Seconds."""

STATUS_PATH = "/sms/status"
LONGEST_WAIT = timedelta(hours=1)
USUAL_WAIT = timedelta(seconds=2)
_LOOK_BACK = timedelta(hours=26)
"""The company looks texts up by day; the day of its clock may be another one than ours."""

OPTED_OUT = frozenset({21610})
OURS = frozenset(
    {20003, 20005, 20008, 20404, 21212, 21603, 21606, 21659, 21660, 21661, 21703, 21704, 21705, 63016}
)
"""Our account, our sender or our pool is refused: no text is to blame."""

FULL = frozenset({20429, 21611, 30001, 63038, 14107})
"""Too much at once, or for today."""

_CODE_OF_OURS = frozenset({401, 403, 404, 407})
_SAFE_TO_REPEAT = frozenset({503})
"""The text cannot have been taken: nobody was there to take it (RFC 9110, 15.6.4)."""


class HttpGateway:
    """Hands texts to one account over connections that are kept. Any thread may use it."""

    def __init__(
        self, account: TextAccount, base_url: str, *, timeout: httpx.Timeout | float = TIMEOUT
    ) -> None:
        self.account = account
        self._base_url = base_url
        # The library would write every address into the log, and a look-up's address holds a telephone number.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._client = httpx.Client(
            auth=(account.user, account.token), timeout=timeout, follow_redirects=False, trust_env=False
        )

    def post(self, text: Text, number: str) -> HandOver:
        """Hand over one text for one number; the same text again is the same text to the company."""
        form = {
            "To": number,
            self.account.sender_field: self.account.sender,
            "Body": text.words,
            "StatusCallback": f"{self._base_url}{STATUS_PATH}/{text.name}",
        }
        named = {"I-Twilio-Idempotency-Token": text.name, "Idempotency-Key": text.name}
        try:
            answer = self._client.post(self.account.messages_url, data=form, headers=named)
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.PoolTimeout,
            httpx.UnsupportedProtocol,
        ) as error:
            return self._told(Result.UNREACHABLE, type(error).__name__)
        except httpx.HTTPError as error:
            return self._told(Result.UNSURE, type(error).__name__)
        return self._read(answer)

    def look_up(self, text: Text, number: str) -> HandOver | None:
        """Look for the text among those sent to this number since it was written: the company keeps no name of ours.

        ACCEPTED when it is there, REFUSED when it surely is not, None when the company cannot be asked.
        """
        since = (text.written_at - _LOOK_BACK).date().isoformat()
        asked = {"To": number, "DateSent>": since, "PageSize": "50"}
        try:
            answer = self._client.get(self.account.messages_url, params=asked)
            answer.raise_for_status()
            found = [one for one in answer.json()["messages"] if _is_it(one, text)]
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError):
            return None
        if not found:
            return self._told(Result.REFUSED, "not there")
        return self._told(Result.ACCEPTED, reference=str(found[0].get("sid", ""))[:64])

    @property
    def is_idempotent(self) -> bool:
        """Whether the company promises to take the same name for the same text."""
        return self.account.is_idempotent

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def _read(self, answer: httpx.Response) -> HandOver:
        """What an answer means for the text."""
        said = _json(answer)
        if answer.is_success:
            return self._told(Result.ACCEPTED, reference=str(said.get("sid", ""))[:64])
        code = _number(said.get("code"))
        reason = f"{answer.status_code} {code}" if code else f"{answer.status_code}"
        if code in OPTED_OUT:
            return self._told(Result.OPTED_OUT, reason)
        if answer.status_code == 429 or code in FULL:
            return self._told(Result.DEFERRED, reason, wait=_wait(answer))
        if answer.status_code in _SAFE_TO_REPEAT:
            return self._told(Result.DEFERRED, reason, wait=_wait(answer))
        if answer.status_code >= 500:
            return self._told(Result.UNSURE, reason)
        if code in OURS or answer.status_code in _CODE_OF_OURS or answer.is_redirect:
            return self._told(Result.UNREACHABLE, reason)
        return self._told(Result.REFUSED, reason)

    def _told(
        self, result: Result, reason: str = "", *, reference: str = "", wait: timedelta | None = None
    ) -> HandOver:
        said = f"sms {reason}" if reason else ""
        return HandOver(result, said, reference, wait, self.account.provider)


def _json(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | str) and re.fullmatch(r"[0-9]{1,6}", str(value)) else 0


def _wait(answer: httpx.Response) -> timedelta:
    """How long the company asks us to wait (RFC 9110, 10.2.3): seconds or a date, within reason."""
    asked = answer.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", asked):
        return max(USUAL_WAIT, min(timedelta(seconds=int(asked)), LONGEST_WAIT))
    until, at = _date(asked), _date(answer.headers.get("Date", ""))
    if until is not None and at is not None:
        return max(USUAL_WAIT, min(until - at, LONGEST_WAIT))
    return USUAL_WAIT


def _date(written: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(written)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo is not None else None


def _is_it(found: Mapping[str, Any], text: Text) -> bool:
    """Say whether a text of the list is ours: the same words, made no earlier; the company's clock may be a bit off."""
    made = _date(str(found.get("date_created", "")))
    return (
        found.get("body") == text.words
        and made is not None
        and made >= text.written_at - timedelta(minutes=2)
    )


class FolderGateway:
    """Keeps each text as a `.json` file, for clinics that are only trying things out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def post(self, text: Text, number: str) -> HandOver:
        """Write the text as a file, whole or not at all, for the owner alone; a repeat takes the same place."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(text, number)
        except OSError as error:
            return HandOver(Result.UNREACHABLE, f"folder {type(error).__name__}", provider="folder")
        return HandOver(Result.ACCEPTED, reference=text.name, provider="folder")

    is_idempotent = True
    """A repeat takes the same place."""

    def look_up(self, text: Text, number: str) -> HandOver | None:
        """Say whether the file is there."""
        there = (self._folder / _file_name(text)).exists()
        result = Result.ACCEPTED if there else Result.REFUSED
        return HandOver(result, reference=text.name, provider="folder")

    def close(self) -> None:
        """Nothing is open."""

    def _write(self, text: Text, number: str) -> None:
        handle, scratch = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(_shown(text, number), file, ensure_ascii=False, indent=1)
                file.flush()
                os.fsync(file.fileno())
            Path(scratch).replace(self._folder / _file_name(text))
        except BaseException:
            Path(scratch).unlink(missing_ok=True)
            raise


def _shown(text: Text, number: str) -> dict[str, object]:
    return {
        "id": text.name,
        "at": text.written_at.isoformat(),
        "to": number,
        "body": text.words,
        "alphabet": text.cost.alphabet.value,
        "units": text.cost.units,
        "parts": text.cost.parts,
    }


def _file_name(text: Text) -> str:
    """Sorted by time, one name for one text."""
    return f"{text.written_at:%Y%m%dT%H%M%S}-{re.sub(r'[^A-Za-z0-9]', '', text.name)[:32]}.json"
