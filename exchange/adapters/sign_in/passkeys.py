"""Passkeys (WebAuthn Level 3), with this exchange as the relying party. Implements `sign_in.ports.Passkeys`.

Discoverable credentials, always with user verification, and no attestation: which make of device somebody
uses is nobody's business here. A passkey is bound to the host of the public address: moving to another one
makes all of them useless.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from exchange.core.keys.multibase import base64url_encode
from exchange.errors import ConflictError
from exchange.flows.records import NewPasskey, PasskeyUse
from exchange.flows.sign_in.ports import KnownPasskey

if TYPE_CHECKING:
    from exchange.adapters.sign_in.passkey_answers import Answers

ALGORITHMS = (-8, -7, -257)
"""EdDSA, ES256 and RS256, as COSE numbers them; the ones before are preferred."""

_MILLISECONDS = 300_000
"""How long the browser lets somebody look for their key."""


class WebAuthnPasskeys:
    """Passkeys for the site at `base_url`; `name` is what devices call it."""

    def __init__(self, base_url: str, name: str = "Badge Exchange") -> None:
        self._origin = base_url
        self._rp_id = urlsplit(base_url).hostname or ""
        self._name = name

    def begin_registration(
        self, challenge: str, person: str, name: str, known: Sequence[str] = ()
    ) -> dict[str, Any]:
        """What `navigator.credentials.create` is to be called with, as JSON (WebAuthn §5.1.8).

        `person` becomes the user handle, which devices keep and give away: an opaque id, no address. `name`
        is what the person sees in a list of passkeys; `known` are those they have.
        """
        return {
            "rp": {"id": self._rp_id, "name": self._name},
            "user": {"id": base64url_encode(person.encode()), "name": name, "displayName": name},
            "challenge": challenge,
            "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in ALGORITHMS],
            "timeout": _MILLISECONDS,
            "excludeCredentials": _named(known),
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": True,
                "userVerification": "required",
            },
            "attestation": "none",
        }

    def finish_registration(self, challenge: str, answer: object) -> NewPasskey:
        """The passkey that was made (WebAuthn §7.1).

        InputError: "passkey_malformed", "passkey_refused" (another challenge or site, nobody verified),
        "key_malformed", "weak_key".
        """
        return self._answers().verify_registration(challenge, answer)

    def begin_sign_in(self, challenge: str, known: Sequence[str] = ()) -> dict[str, Any]:
        """What `navigator.credentials.get` is to be called with, as JSON (WebAuthn §5.1.10).

        Without `known`, the device offers whatever passkeys it has for this site; with it, only those: to
        have somebody who is signed in prove it again.
        """
        return {
            "rpId": self._rp_id,
            "challenge": challenge,
            "timeout": _MILLISECONDS,
            "allowCredentials": _named(known),
            "userVerification": "required",
        }

    def peek_passkey(self, answer: object) -> str:
        """The id of the passkey that an answer says it is of. InputError("passkey_malformed")."""
        return self._answers().peek(answer)

    def finish_sign_in(self, challenge: str, answer: object, passkey: KnownPasskey) -> PasskeyUse:
        """Whether `passkey`, which is on record, gave this answer (WebAuthn §7.2).

        InputError: "passkey_malformed", "passkey_refused". ConflictError("passkey_counter"): the answer is
        the passkey's own, but its counter has been as far before, so there may be two of it.
        """
        use = self._answers().verify_sign_in(challenge, answer, passkey)
        if use.counter <= passkey.counter and (use.counter or passkey.counter):
            raise ConflictError(
                "passkey_counter",
                "This passkey counts fewer uses than we have seen: there may be a copy of it. "
                "Sign in another way, remove it, and make a new one.",
            )
        return use

    def _answers(self) -> Answers:
        """What judges answers. Loaded when the first one comes: its library takes a quarter of a second."""
        from exchange.adapters.sign_in.passkey_answers import Answers

        return Answers(self._origin, self._rp_id, ALGORITHMS)


def _named(ids: Sequence[str]) -> list[dict[str, str]]:
    return [{"type": "public-key", "id": id} for id in ids]
