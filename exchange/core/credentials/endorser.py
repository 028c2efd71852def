"""Whose key an endorser's key is: the key credential, which an exchange issues and each endorsement carries.

A peer's key is made in their browser and says nothing of who they are. The exchange at which they signed in
says it, in an EndorsementCredential of its own about that key's did:key, and says too who keeps the key: the
holder alone, or the exchange for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, get_args

import msgspec

from exchange.core.canonical.our_terms import MEDIA_TYPE, terms_digest
from exchange.core.credentials.credential import CONTEXT, status_of
from exchange.core.credentials.endorsement import RelatedResource
from exchange.core.credentials.nouns import JsonObject, Node, Text, as_json, fit_to_sign, moment, plain, read
from exchange.core.credentials.profile import Profile
from exchange.core.keys.did import did_key
from exchange.core.keys.multikey import public_key_from_jwk
from exchange.errors import InputError

Custody = Literal["holder", "exchange"]
KEY_TYPE = "EndorserKey"

_KEPT: Mapping[Custody, str] = {
    "holder": "They alone hold it, in their browser.",
    "exchange": "The exchange holds it for them and signs when they ask it to.",
}


class Endorser(msgspec.Struct, frozen=True, kw_only=True):
    """Who endorses, as a key credential says: `did` is the key, `profile` the id of whoever holds it.

    `vouched_by` is the issuer of the key credential. Believe it only once that credential was verified.
    """

    did: str
    profile: str
    name: str
    custody: Custody
    vouched_by: str


def did_key_of(jwk: object) -> str:
    """The did:key of a public P-256 JsonWebKey, as WebCrypto exports it.

    Raises as `public_key_from_jwk`; InputError("key_malformed") for a key of another kind.
    """
    key = public_key_from_jwk(jwk)
    if key.kind != "P-256":
        raise InputError("key_malformed", f"An endorser's key is on the curve P-256; this is {key.kind}.")
    return did_key(key.multikey)


def terms_resource(terms_url: str) -> RelatedResource:
    """The pin by which a document's context `terms_url` is known to be our terms."""
    return RelatedResource(id=terms_url, digest_sri=terms_digest(), media_type=MEDIA_TYPE)


def build_key_credential(
    *,
    id: str,
    exchange: Profile | Mapping[str, Any],
    did: str,
    holder_id: str,
    holder_name: str,
    custody: Custody,
    method: str = "",
    valid_from: datetime,
    status: Sequence[tuple[str, int, str]],
    terms_url: str,
) -> JsonObject:
    """An unsigned key credential: the `exchange` says that the key `did` is that of `holder_id`.

    `method` is how the holder had signed in, as words that follow "signed in by" ("a passkey"), `""` to say
    nothing of it. `status` is as in `build_badge`. InputError: custody_unknown, and as `fit_to_sign`.
    """
    if custody not in get_args(Custody):
        raise InputError("custody_unknown", "A key is kept by its holder or by the exchange.", "/custody")
    whose = f"This key is that of {holder_name}."
    if method:
        whose = f"This key is that of {holder_name}, who had signed in by {method}."
    subject = {
        "id": did,
        "type": ["EndorsementSubject", KEY_TYPE],
        "endorsementComment": f"{whose} {_KEPT[custody]}",
        "keyHolder": {"id": holder_id, "type": ["Profile"], "name": holder_name},
        "keyCustody": custody,
    }
    fit: JsonObject = fit_to_sign(
        {
            "@context": [*CONTEXT, terms_url],
            "id": id,
            "type": ["VerifiableCredential", "EndorsementCredential"],
            "name": f"Key of {holder_name}",
            "issuer": as_json(exchange),
            "validFrom": moment(valid_from, "/validFrom"),
            "credentialSubject": subject,
            "relatedResource": [terms_resource(terms_url).to_json()],
            "credentialStatus": status_of(status),
        }
    )
    return fit


def is_key_credential(document: Mapping[str, Any]) -> bool:
    """Whether `document` says of itself that it is one. Untrusted, like all that is only read."""
    subject = _subject(document)
    types = subject.get("type")
    return KEY_TYPE in (types if isinstance(types, list) else [types])


def read_key_credential(document: Mapping[str, Any]) -> Endorser:
    """Who holds which key, as a key credential says. Verify it first.

    InputError("key_credential_malformed") for what is none.
    """
    subject, issuer = _subject(document), document.get("issuer")
    holder = subject.get("keyHolder")
    issuer = issuer.get("id") if isinstance(issuer, dict) else issuer
    did, profile = subject.get("id"), holder.get("id") if isinstance(holder, dict) else None
    custody: Custody | None = next((kept for kept in _KEPT if kept == subject.get("keyCustody")), None)
    if not is_key_credential(document) or custody is None:
        raise _malformed("A key credential says who keeps the key; this does not.")
    if not isinstance(did, str) or not isinstance(profile, str) or not isinstance(issuer, str):
        raise _malformed("A key credential says whose key it is; this does not.")
    name = read({"name": holder.get("name")}, _Named).name if isinstance(holder, dict) else None
    return Endorser(did=did, profile=profile, name=plain(name), custody=custody, vouched_by=issuer)


class _Named(Node, frozen=True, kw_only=True):
    name: Text | None = None


def _malformed(said: str) -> InputError:
    return InputError("key_credential_malformed", said, "/credentialSubject")


def _subject(document: Mapping[str, Any]) -> Mapping[str, Any]:
    subject = document.get("credentialSubject")
    subject = subject[0] if isinstance(subject, list) and len(subject) == 1 else subject
    return subject if isinstance(subject, dict) else {}
