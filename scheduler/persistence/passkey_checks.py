"""What a browser is asked to make or use a passkey with, and whether its answer is right (W3C Web Authentication 3).

The person must be verified by their device, by finger, face or PIN: a key that somebody left in the machine is none.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json, parse_registration_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from scheduler.domain.second_factor import KeyMaterial, Party

_REQUIRED = UserVerificationRequirement.REQUIRED
_TRANSPORTS = {one.value: one for one in AuthenticatorTransport}
LONGEST_ANSWER = 20_000


def new_challenge() -> bytes:
    """A question that was never asked before."""
    return secrets.token_bytes(32)


def to_make(party: Party, user: bytes, name: str, known: Iterable[KeyMaterial], challenge: bytes) -> str:
    """What the browser is told when a passkey is to be made, as JSON."""
    options = generate_registration_options(
        rp_id=party.host,
        rp_name=party.name,
        user_id=user,
        user_name=name,
        challenge=challenge,
        exclude_credentials=_described(known),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=_REQUIRED
        ),
    )
    return options_to_json(options)


def to_use(party: Party, known: Iterable[KeyMaterial], challenge: bytes) -> str:
    """What the browser is told when one of these passkeys is to be used, as JSON."""
    options = generate_authentication_options(
        rp_id=party.host,
        challenge=challenge,
        allow_credentials=_described(known),
        user_verification=_REQUIRED,
    )
    return options_to_json(options)


def made(party: Party, answer: str, challenge: bytes) -> KeyMaterial | None:
    """The new passkey, if the browser's answer is right; else None."""
    try:
        credential = parse_registration_credential_json(answer[:LONGEST_ANSWER])
        found = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        return None
    transports = tuple(one.value for one in credential.response.transports or ())
    return KeyMaterial(found.credential_id, found.credential_public_key, found.sign_count, transports)


def used(
    party: Party, answer: str, challenge: bytes, known: dict[int, KeyMaterial]
) -> tuple[int, int] | None:
    """Which of these passkeys has signed, and its new count; None when the answer is wrong."""
    try:
        credential = parse_authentication_credential_json(answer[:LONGEST_ANSWER])
        number, key = next(
            (number, key) for number, key in known.items() if key.credential_id == credential.raw_id
        )
        found = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, StopIteration):
        return None
    return number, found.new_sign_count


def _described(known: Iterable[KeyMaterial]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=key.credential_id,
            transports=[_TRANSPORTS[one] for one in key.transports if one in _TRANSPORTS] or None,
        )
        for key in known
    ]
