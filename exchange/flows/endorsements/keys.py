"""Keys: what somebody endorses with. Their browser makes and keeps one; where it cannot, the exchange does.

1. A browser's key is never seen here. It proves that it has it by signing a challenge, and gets a *key
   credential*: the exchange says, signed and revocable, whose key it is. That goes along with all it signs.
2. A key that the exchange keeps for somebody is called that in its credential, and everywhere.
3. Another device has another key. A key that is gone is *retired*: nothing is recorded with it any more, and
   what it signed stays good. One that others may have is retired *from a date*: its credential is revoked,
   and what was recorded with it since then is withdrawn.
4. A new key takes somebody who has just proved that it is them, as a new passkey does; they hear of it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from unicodedata import normalize

from exchange.core import urls
from exchange.core.credentials.endorser import build_key_credential, read_key_credential
from exchange.core.keys.multibase import base64url_decode
from exchange.core.keys.multikey import public_key_from_multikey
from exchange.core.proofs.jwt import peek_jwt
from exchange.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from exchange.flows import sign
from exchange.flows.endorsements.endings import ending, over, publish
from exchange.flows.endorsements.logged import endorse_leaf, endorser_key_leaf
from exchange.flows.endorsements.profiles import ensure_exchange, profile_of
from exchange.flows.endorsements.records import EXCHANGE, Custody, Endorsement, EndorserKey
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import signer
from exchange.flows.mail.post import notices
from exchange.flows.people.people import find
from exchange.flows.people.records import Person
from exchange.flows.people.rights import (
    FRESH,
    check_confirmed,
    check_not_suspended,
    check_person,
    check_speaks,
)
from exchange.flows.ports import Ports
from exchange.flows.records import Badge, Draft, Ending, Intent, Leaf, Purpose, StatusSlot
from exchange.flows.sign_in import ceremonies
from exchange.flows.sign_in.ceremonies import derived
from exchange.flows.vouches.records import Vouch

MOST = 20
_TRIES = 5
CHALLENGE = "endorser key"
LOST = "Others may have the key that this was signed with."


async def keys(ports: Ports) -> list[EndorserKey]:
    """One's own, the oldest first, retired ones too. ForbiddenError."""
    check_person(ports)
    return await ports.store.endorser_keys(ports.who.person)


async def may_add(ports: Ports) -> bool:
    """Whether who acts need not prove once more that it is them."""
    try:
        await check_fresh(ports)
    except ForbiddenError:
        return False
    return True


async def begin(ports: Ports, network: str) -> tuple[str, str]:
    """What the browser has to keep, and the challenge for its new key to sign.

    ConflictError("keys_too_many"), ForbiddenError: "not_permitted", "confirmation_needed". TooManyError.
    """
    await _check_may_add(ports)
    secret = await ceremonies.begin(ports, "endorser_key", network, ports.who.person)
    return secret, challenge_of(secret)


def challenge_of(secret: str) -> str:
    """The text that a new key signs: nothing that an endorsement could be mistaken for."""
    return f"exchange: this is my key {derived(secret, CHALLENGE)}"


async def add(ports: Ports, secret: str, did: str, signature: str, label: str) -> EndorserKey:
    """Keep a browser's key, which has signed the challenge (`signature`: base64url of r and s), under a name
    that its person knows the browser by; with its credential.

    InputError: "ceremony_over", "key_malformed", "signature_invalid". ConflictError("key_taken"); as `begin`.
    """
    await _check_may_add(ports)
    await ceremonies.end(ports, "endorser_key", secret, ports.who.person)
    check_possession(did, signature, challenge_of(secret))
    return await _put(ports, did, "holder", "", label)


async def exchange_key(ports: Ports) -> EndorserKey:
    """The key that the exchange keeps for who acts; made when it is needed first."""
    for known in await keys(ports):
        if known.custody == "exchange" and known.retired_at is None:
            return known
    await check_writable(ports)
    multikey, uri = await ports.keys.create("profiles")
    return await _put(ports, f"did:key:{multikey}", "exchange", uri, "")


def check_possession(did: str, signature: str, message: str) -> None:
    """InputError: "key_malformed" for what is no did:key of a P-256 key, "signature_invalid"."""
    malformed = InputError("key_malformed", "This is not the did:key of a P-256 key.", "did")
    if not did.startswith("did:key:zDn") or len(did) > 80:
        raise malformed
    try:
        key = public_key_from_multikey(did.removeprefix("did:key:"))
        sealed = base64url_decode(signature)
    except InputError as error:
        raise malformed from error
    if key.kind != "P-256" or not key.verify(sealed, message.encode()):
        raise InputError("signature_invalid", "The key did not sign the challenge.", "signature")


async def _check_may_add(ports: Ports) -> None:
    await check_speaks(ports)
    await check_fresh(ports)
    await check_writable(ports)
    standing = [one for one in await keys(ports) if one.retired_at is None]
    if len(standing) >= MOST:
        raise ConflictError("keys_too_many", f"{MOST} keys are enough. Retire one that you do not use.")


async def check_fresh(ports: Ports) -> None:
    """As `check_confirmed`; but who has come in just now has proved enough to sign by this browser."""
    found = await ports.store.session(ports.who.session) if ports.who.session else None
    if found is None or ports.now() - found[0].created_at > FRESH:
        check_confirmed(ports)


async def _put(ports: Ports, did: str, custody: Custody, uri: str, label: str) -> EndorserKey:
    """The key goes on record with the id that its credential will have, which any later step finishes."""
    person, now = await find(ports, ports.who.person), ports.now()
    await ensure_exchange(ports)
    label = " ".join(label.split())[:120]
    key = EndorserKey(did, person.id, custody, uri, label, ports.new_id(), now)
    told = await notices(ports, person, "signing-key-added", label) if custody == "holder" else []
    await ports.store.put_endorser_key(key, endorser_key_leaf(key, now, ports.new_salt()), told)
    ports.bell.ring()
    await credential(ports, key, person)
    return key


async def credential(ports: Ports, key: EndorserKey, person: Person) -> str:
    """The key's credential as it is signed; finished, where a crash left it undone, and another one where its
    person has another name by now. The earlier one stays good for what carries it.

    ForbiddenError("profile_suspended"), UnavailableError("key_retired"): also where that happens just now, so
    that no credential comes without the bits that its key's others have."""
    check_not_suspended(person)
    known = await ports.store.badge(key.credential)
    if known is not None and _is_of(known, person) and await _signs_as(ports, known, person):
        return (await sign.finish(ports, known)).decode()
    if known is not None:
        renamed, at = replace(key, credential=ports.new_id()), ports.now()
        leaf = endorser_key_leaf(renamed, at, ports.new_salt())
        if not await ports.store.renew_endorser_key(renamed, key.credential, leaf):
            raise ConflictError("key_changed", "This key was changed just now. Try again.")
        key = renamed
    await ensure_exchange(ports)
    row, signing_key = await signer(ports, EXCHANGE)
    holder, now, salt = await profile_of(ports, person.id), ports.now(), ports.new_salt()
    url = urls.endorsement(ports.base_url, key.credential)

    def write(slots: tuple[StatusSlot, ...]) -> tuple[Intent, Leaf]:
        document = build_key_credential(
            id=url,
            exchange={"id": row.did, **row.profile},
            did=key.did,
            holder_id=holder,
            holder_name=person.name,
            custody=key.custody,
            valid_from=now,
            status=[
                (slot.purpose, slot.index, urls.status_list(ports.base_url, slot.list_id)) for slot in slots
            ],
            terms_url=urls.terms(ports.base_url),
        )
        prepared = sign.prepare(document, "jwt", row, signing_key, now)
        intent = Intent(
            id=key.credential,
            kind="endorsement",
            issuer=EXCHANGE,
            achievement="key",
            version=0,
            recipient=key.did,
            proof="jwt",
            key_id=signing_key.id,
            unsigned=prepared.unsigned,
            message=prepared.message,
            slots=slots,
            intended_at=now,
        )
        return intent, endorse_leaf(intent, url, f"issuer/{EXCHANGE}", f"key/{key.did}", salt)

    try:
        purposes: tuple[Purpose, ...] = ("revocation", "suspension")
        signed = await sign.sign(ports, Draft(EXCHANGE, ports.base_url, purposes, write, speaks=key.did))
        return signed.decode()
    except ConflictError:  # somebody was faster
        again = await ports.store.badge(key.credential)
        if again is None:
            raise
        return (await sign.finish(ports, again)).decode()


def _is_of(known: Badge, person: Person) -> bool:
    said = read_key_credential(peek_jwt(known.unsigned + b".AA").credential)
    if not any(slot.purpose == "suspension" for slot in known.slots):
        return False  # one from before there was such an entry
    return normalize("NFC", said.name) == normalize("NFC", person.name)


async def _signs_as(ports: Ports, known: Badge, person: Person) -> bool:
    """Whether it names the profile that they are known by: the keys of an account that became part of theirs
    have credentials that name another one, by which one person would be counted as two."""
    said = read_key_credential(peek_jwt(known.unsigned + b".AA").credential)
    own = await profile_of(ports, person.id)
    return urls.key_of(ports.bases, "profiles", said.profile) == urls.key_of(ports.bases, "profiles", own)


# --- the end of a key -------------------------------------------------------------------------------------


async def find_key(ports: Ports, did: str) -> EndorserKey:
    """One's own. NotFoundError("unknown_key")."""
    check_person(ports)
    known = await ports.store.endorser_key(did)
    if known is None or known.person != ports.who.person:
        raise NotFoundError("unknown_key", "There is no such key of yours.")
    return known


async def affected(ports: Ports, key: EndorserKey, since: datetime) -> list[Endorsement]:
    """What would be withdrawn if others had the key since then."""
    return await ports.store.endorsements_with(key.did, since)


async def vouched(ports: Ports, key: EndorserKey, since: datetime) -> list[Vouch]:
    """The vouches among that."""
    given = await ports.store.vouches_by(key.person)
    return [
        one
        for one in given
        if one.did == key.did
        and one.state == "signed"
        and not one.is_set
        and (one.signed_at or since) >= since
    ]


async def retire(ports: Ports, did: str, since: datetime | None = None) -> EndorserKey:
    """Record nothing with it any more; `since`: others may have it from then on.

    NotFoundError("unknown_key"), ConflictError("key_retired_already"), InputError("since_in_future").
    """
    key = await find_key(ports, did)
    await check_writable(ports)
    now = ports.now()
    if since is not None and since > now:
        raise InputError("since_in_future", "A key is lost since a moment that has been.", "since")
    retired = replace(key, retired_at=key.retired_at or now, retired_from=since)
    person = await find(ports, key.person)
    told = await notices(ports, person, "signing-key-retired", key.label)
    leaf = endorser_key_leaf(retired, now, ports.new_salt())
    for left in reversed(range(_TRIES)):
        endings = await _endings(ports, key, since, now) if since else []
        try:
            done = await ports.store.retire_endorser_key(retired, leaf, endings, told)
            break
        except ConflictError as error:  # signed by somebody who has the key, after we had looked
            if error.code != "conflict" or not left:
                raise
    if not done:
        raise ConflictError("key_retired_already", "This key was retired before; nothing was changed.")
    ports.bell.ring()
    await publish(ports, [one.change.badge for one in endings])
    return retired


async def _endings(ports: Ports, key: EndorserKey, since: datetime, now: datetime) -> list[Ending]:
    credentials = await ports.store.key_credentials(key.did)
    gone = [*credentials, *(one.id for one in await affected(ports, key, since))]
    vouches = [one.id for one in await vouched(ports, key, since)]
    return [*(ending(ports, id, LOST, now) for id in gone), *(over(ports, id, LOST, now) for id in vouches)]
