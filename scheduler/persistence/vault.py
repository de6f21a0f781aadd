"""The clinic's safe: what names a person or tells of their health is locked here before it is written down.

Context. A stolen database or backup must tell nothing, a value moved to another row must not open, and a key must be
replaceable while the clinic works.

Decision. Each value is sealed with AES-256-GCM; its table and its record's id are bound in, so that it opens in its own
place alone, and the key's name stands in front, so that old and new keys live side by side. Every purpose has its own
key, made by HKDF. The setting reads "k2:base64,k1:base64,stable:base64": the first entry seals, every entry opens.

What cannot be made again from the data (private links, the audit's chain, look-up hashes) hangs on one entry that a
rotation leaves alone: the one named "stable", else the oldest, which is the last. So without a "stable" entry the
oldest key must stay in the setting for ever; `fresh_keys` therefore always makes one.

Consequence. `reseal` is all a rotation needs; when it has gone through every row, the old key can be taken out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

STABLE = "stable"
_FORMAT = 1
_NONCE = 12
_KEY_BYTES = 32
_NAME = re.compile(r"[a-z0-9-]{1,16}")
_SHORT_LIVED = frozenset({"draft", "idempotency"})


class SealBroken(Exception):
    """A sealed value does not open: altered, moved from another record, or its key is gone. Names no content."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of `ENCRYPTION_KEYS`: name to 32 bytes, the current one first. Its printed form shows names only."""

    keys: Mapping[str, bytes] = field(repr=False)
    current: str
    stable: str

    @classmethod
    def parse(cls, setting: str) -> KeyRing:
        """Read the setting.

        :raises ValueError: when it is malformed; the message shows no part of it.
        """
        entries = (part.partition(":") for part in setting.replace(",", " ").split())
        return cls.of([(name, _decode(encoded)) for name, _, encoded in entries])

    @classmethod
    def of(cls, entries: Iterable[tuple[str, bytes]]) -> KeyRing:
        """Make the ring from names and keys, the current one first.

        :raises ValueError: when a name is missing, too long or there twice, or no key can seal.
        """
        keys: dict[str, bytes] = {}
        for name, key in entries:
            if not _NAME.fullmatch(name) or name in keys or len(key) != _KEY_BYTES:
                raise ValueError("each key needs a short name of its own in small letters and digits")
            keys[name] = key
        rotating = [name for name in keys if name != STABLE]
        if not rotating:
            raise ValueError("at least one key that can be rotated is needed")
        return cls(keys, rotating[0], STABLE if STABLE in keys else rotating[-1])

    def derive(self, name: str, purpose: str) -> bytes:
        """The 32-byte key of one purpose.

        :raises SealBroken: when no key of this name is on the ring.
        """
        if name not in self.keys:
            raise SealBroken(f"no key named {name}")
        hkdf = HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"spine-clinic/1/{purpose}".encode())
        return hkdf.derive(self.keys[name])


def fresh_keys() -> str:
    """A new setting for a first start: one key that may be rotated, and the one that stays."""
    return f"k1:{_new_key()},{STABLE}:{_new_key()}"


def rotated_keys(ring: KeyRing) -> str:
    """The setting for the next rotation: a new key first, then the old ones, then the one that stays under its name."""
    numbers = [int(name[1:]) for name in ring.keys if re.fullmatch(r"k[0-9]{1,6}", name)]
    kept = [f"{name}:{_encode(key)}" for name, key in ring.keys.items() if name != STABLE]
    stays = f"{STABLE}:{_encode(ring.keys[ring.stable])}"
    return ",".join([f"k{max(numbers, default=0) + 1}:{_new_key()}", *kept, stays])


def _new_key() -> str:
    return _encode(secrets.token_bytes(_KEY_BYTES))


def _encode(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode()


def _decode(encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise ValueError("each key must be a name and 32 bytes in base64")
    return key


class Vault:
    """Seals and opens values, and makes the hashes and secrets that hang on the keys."""

    def __init__(self, keyring: KeyRing) -> None:
        self.keyring = keyring
        self._ciphers: dict[tuple[str, str], AESGCM] = {}
        self._links: dict[str, bytes] = {}

    @property
    def key_id(self) -> str:
        """The name of the key that seals now."""
        return self.keyring.current

    @property
    def link_key_id(self) -> str:
        """The name of the key that private links are made from; a rotation leaves it alone."""
        return self.keyring.stable

    def seal(self, table: str, record: str | int, value: Mapping[str, Any]) -> bytes:
        """Lock JSON values for one record."""
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return self.seal_bytes(table, record, plain)

    def open(self, table: str, record: str | int, sealed: bytes) -> dict[str, Any]:
        """Unlock what `seal` locked for this very record.

        :raises SealBroken: when it was altered, moved, or its key is gone.
        """
        opened: dict[str, Any] = json.loads(self.open_bytes(table, record, sealed))
        return opened

    def seal_bytes(self, table: str, record: str | int, plain: bytes) -> bytes:
        """Lock bytes (a rendered mail, say) for one record: a header that names the key, a nonce, the ciphertext."""
        header = _header(self.key_id)
        nonce = secrets.token_bytes(_NONCE)
        cipher = self._cipher(self.key_id, table)
        return header + nonce + cipher.encrypt(nonce, plain, _bound(header, table, record))

    def open_bytes(self, table: str, record: str | int, sealed: bytes) -> bytes:
        """Unlock what `seal_bytes` locked for this very record.

        :raises SealBroken: when it was altered, moved, or its key is gone.
        """
        name, start = _name_in(sealed)
        nonce, secret = sealed[start : start + _NONCE], sealed[start + _NONCE :]
        try:
            return self._cipher(name, table).decrypt(nonce, secret, _bound(sealed[:start], table, record))
        except (InvalidTag, ValueError):
            raise SealBroken(f"a sealed value of {table} does not open") from None

    def is_current(self, sealed: bytes) -> bool:
        """Say whether the value is sealed with the current key."""
        return _name_in(sealed)[0] == self.key_id

    def reseal(self, table: str, record: str | int, sealed: bytes) -> bytes:
        """The same value under the current key.

        :raises SealBroken: as `open_bytes`.
        """
        return self.seal_bytes(table, record, self.open_bytes(table, record, sealed))

    def index(self, kind: str, value: str) -> bytes:
        """A 16-byte look-up hash: equal for values that mean the same, telling nothing else.

        `kind` is "phone" (E.164), "email", "person" ("family name|1950-12-31") or a word for a value taken as it is.
        """
        normal = _NORMAL.get(kind, str)(value)
        return hmac.digest(self._index_key, f"{kind}\0{normal}".encode(), "sha256")[:16]

    def person_index(self, family_name: str, birth_date: date) -> bytes:
        """The look-up hash of family name and date of birth together (a date alone could be guessed)."""
        return self.index("person", f"{family_name}|{birth_date.isoformat()}")

    def digest(self, purpose: str, value: bytes) -> bytes:
        """A 32-byte keyed hash, for what must be recognised and could be guessed from a bare one."""
        return hmac.digest(self._index_key, purpose.encode() + b"\1" + value, "sha256")

    def link_secret(self, link_id: str, key_id: str | None = None) -> str:
        """The 256-bit secret of a private link, as 43 letters for a URL; made again whenever a mail needs it.

        A key that is gone from the setting may live on as the stable one; whoever asks compares with the kept hash.
        """
        mac = hmac.digest(self._link_key(key_id or self.link_key_id), link_id.encode(), "sha256")
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")

    def audit_mac(self, previous: bytes, row: bytes) -> bytes:
        """One link of the audit's chain."""
        return hmac.digest(self._audit_key, previous + row, "sha256")

    @cached_property
    def _index_key(self) -> bytes:
        return self.keyring.derive(self.keyring.stable, "index")

    @cached_property
    def _audit_key(self) -> bytes:
        return self.keyring.derive(self.keyring.stable, "audit")

    def _link_key(self, name: str) -> bytes:
        if name not in self._links:
            known = name if name in self.keyring.keys else self.keyring.stable
            self._links[name] = self.keyring.derive(known, "links")
        return self._links[name]

    def _cipher(self, name: str, table: str) -> AESGCM:
        purpose = "drafts" if table in _SHORT_LIVED else "data"
        if (name, purpose) not in self._ciphers:
            self._ciphers[name, purpose] = AESGCM(self.keyring.derive(name, purpose))
        return self._ciphers[name, purpose]


def token_hash(secret: str) -> bytes:
    """What the database keeps of a random 256-bit secret: plain SHA-256 is enough, there is nothing to guess."""
    return hashlib.sha256(secret.encode()).digest()


def _header(name: str) -> bytes:
    return bytes((_FORMAT, len(name))) + name.encode()


def _name_in(sealed: bytes) -> tuple[str, int]:
    """The key's name, and where the nonce starts."""
    if len(sealed) < 2 + _NONCE or sealed[0] != _FORMAT:
        raise SealBroken("not a sealed value")
    end = 2 + sealed[1]
    return sealed[2:end].decode("ascii", "replace"), end


def _bound(header: bytes, table: str, record: str | int) -> bytes:
    return header + f"{table}|{record}".encode()


def _phone(value: str) -> str:
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", value))
    return f"+1{digits}" if len(digits) == 10 and "+" not in value else f"+{digits}"


def _email(value: str) -> str:
    return unicodedata.normalize("NFKC", value).strip().lower()


def _person(value: str) -> str:
    """Family name without accents, spaces or marks ("de la Peña" is "delapena"), and the date as it is."""
    family, _, born = value.rpartition("|")
    plain = unicodedata.normalize("NFKD", family).casefold()
    return "".join(letter for letter in plain if letter.isalnum()) + "|" + born


_NORMAL: Mapping[str, Callable[[str], str]] = {"phone": _phone, "email": _email, "person": _person}
