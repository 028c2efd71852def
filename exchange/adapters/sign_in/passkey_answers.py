"""What authenticators answer, verified with the `webauthn` library, whatever a stranger made of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import CredentialDeviceType

from exchange.core.keys.multibase import base64url_decode, base64url_encode
from exchange.core.keys.public_key import public_key_of
from exchange.core.strict_json import dump
from exchange.errors import ExchangeError, InputError
from exchange.flows.records import NewPasskey, PasskeyUse
from exchange.flows.sign_in.ports import KnownPasskey

T = TypeVar("T")

_MOST = 16_384


@dataclass(frozen=True, slots=True)
class Answers:
    """Judges answers given at `origin` to the relying party `rp_id`, by keys of these COSE `algorithms`.

    InputError of each method: "passkey_malformed", and of those that verify "passkey_refused".
    """

    origin: str
    rp_id: str
    algorithms: Sequence[int]

    def peek(self, answer: object) -> str:
        """The id of the credential; nothing is proved."""
        return _read(parse_authentication_credential_json, answer).id

    def verify_registration(self, challenge: str, answer: object) -> NewPasskey:
        """WebAuthn §7.1, of which step 24 (attestation) is not wanted."""
        credential = _read(parse_registration_credential_json, answer)

        def judge() -> NewPasskey:
            _refuse_attestation(credential.response.attestation_object)
            verified = verify_registration_response(
                credential=credential,
                expected_challenge=base64url_decode(challenge),
                expected_rp_id=self.rp_id,
                expected_origin=self.origin,
                require_user_verification=True,
                supported_pub_key_algs=[COSEAlgorithmIdentifier(alg) for alg in self.algorithms],
            )
            _refuse_frame(credential.response.client_data_json)
            key = decode_credential_public_key(verified.credential_public_key)
            public_key_of(decoded_public_key_to_cryptography(key))  # type: ignore[arg-type]
            return NewPasskey(
                id=base64url_encode(verified.credential_id),
                public_key=verified.credential_public_key,
                counter=verified.sign_count,
                transports=tuple(transport.value for transport in credential.response.transports or ()),
                synced=verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
            )

        return _judged(judge)

    def verify_sign_in(self, challenge: str, answer: object, passkey: KnownPasskey) -> PasskeyUse:
        """WebAuthn §7.2, but for the counter, which is the caller's to compare."""
        credential = _read(parse_authentication_credential_json, answer)
        handle = credential.response.user_handle
        if credential.id != passkey.id or (handle is not None and handle != passkey.handle.encode()):
            raise _refused("it is of another passkey")

        def judge() -> PasskeyUse:
            verified = verify_authentication_response(
                credential=credential,
                expected_challenge=base64url_decode(challenge),
                expected_rp_id=self.rp_id,
                expected_origin=self.origin,
                credential_public_key=passkey.public_key,
                # The library would compare before it looks at the signature: anybody could cry "a copy!".
                credential_current_sign_count=0,
                require_user_verification=True,
            )
            _refuse_frame(credential.response.client_data_json)
            synced = verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE
            return PasskeyUse(id=credential.id, counter=verified.new_sign_count, synced=synced)

        return _judged(judge)


def _refuse_attestation(attestation_object: bytes) -> None:
    """None was asked for. What comes all the same is looked at only if the passkey made it by itself: chains
    of certificates are for parsers to trip over."""
    attestation = parse_attestation_object(attestation_object)
    if attestation.fmt not in ("none", "packed") or attestation.att_stmt.x5c is not None:
        raise _refused("it comes with an attestation, which was not asked for")


def _refuse_frame(client_data: bytes) -> None:
    """No page of ours is shown inside another's, so no answer comes from there."""
    if parse_client_data_json(client_data).cross_origin:
        raise _refused("it was given inside a page of another site")


def _read(read: Callable[[dict[str, Any]], T], answer: object) -> T:
    if not isinstance(answer, dict) or len(dump(answer)) > _MOST:
        raise InputError("passkey_malformed", f"A passkey's answer is JSON of at most {_MOST} bytes.")
    try:
        return read(answer)
    except Exception as error:  # the library lets through what its parsers raise
        raise _malformed(error) from None


def _judged(judge: Callable[[], T]) -> T:
    try:
        return judge()
    except ExchangeError:
        raise
    except WebAuthnException as error:
        raise _refused(f"{error!s:.200}") from None
    except Exception as error:  # as above: CBOR and keys are parsed here
        raise _malformed(error) from None


def _malformed(error: Exception) -> InputError:
    told = str(error) if isinstance(error, WebAuthnException) else type(error).__name__
    return InputError("passkey_malformed", f"The passkey's answer cannot be read ({told:.100}).")


def _refused(why: str) -> InputError:
    return InputError("passkey_refused", f"This passkey's answer is not accepted: {why}. Begin again.")
