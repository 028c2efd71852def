"""Issuers: their identity, their keys, and the public documents that say so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from exchange.core import urls
from exchange.core.catalogues.picture import Picture
from exchange.core.credentials.credential import CONTEXT
from exchange.core.dates import format_date
from exchange.core.keys.controller import MAX_KEYS
from exchange.core.keys.did import build_did_document, did_key, did_web
from exchange.core.keys.multikey import public_key_from_multikey
from exchange.errors import NotFoundError, UnavailableError
from exchange.flows.instance.standing import check_writable
from exchange.flows.log.log import issuer_leaf, key_leaf, rotation_leaves
from exchange.flows.ports import Ports
from exchange.flows.records import EVERY, Achievement, Issuer, Origin, SigningKey

BELIEVED = ("active", "verify-only")
"""The states of a key in which what it signed is good."""


async def issuer(ports: Ports, slug: str) -> Issuer:
    """The issuer on record; NotFoundError("unknown_issuer") names those there are."""
    found = await ports.store.issuer(slug)
    if found is None:
        names = (
            ", ".join(row.slug for row in await ports.store.issuers())
            or "none yet; run `exchange issuers sync`"
        )
        raise NotFoundError("unknown_issuer", f"There is no issuer {slug!r:.80}. There are: {names}.")
    return found


async def signer(ports: Ports, slug: str) -> tuple[Issuer, SigningKey]:
    """The issuer and the key it signs with now, which can be had. NotFoundError("unknown_issuer"), as
    `active_key`, and the UnavailableErrors of a key that does not open: sooner than something is on record
    that waits for it.

    The key is read first: a rotation in between is seen by `intend`, which refuses a retired key.
    """
    active = await _active_key(ports, slug)
    row = await issuer(ports, slug)
    key = await _may_sign(ports, slug, active)
    await ports.keys.ready(key.uri)
    return row, key


async def active_key(ports: Ports, slug: str) -> SigningKey:
    """The key the issuer signs with now; UnavailableError "no_active_key", "signing_stopped"."""
    return await _may_sign(ports, slug, await _active_key(ports, slug))


async def speaking_key(ports: Ports, row: Issuer) -> SigningKey:
    """The key that signs as `row.did` now: a did:key is one key for good, also when another one is active.

    UnavailableError "key_unavailable" if that one is revoked, and as `active_key`.
    """
    if not row.did.startswith("did:key:"):
        return await active_key(ports, row.slug)
    await check_signing(ports, row.slug)
    for key in await ports.store.keys(row.slug):
        if f"did:key:{key.multikey}" == row.did and key.state in BELIEVED:
            return key
    raise UnavailableError("key_unavailable", f"The key of {row.did} is revoked, and nothing else can be it.")


async def check_signing(ports: Ports, slug: str) -> None:
    """UnavailableError("signing_stopped") while the issuer, or everybody here, must not sign.

    It is read from the database before each signature, so a stop holds on every node from the next one on.
    """
    for stop in await ports.store.stops():
        if stop.issuer in (EVERY, slug):
            who = "here" if stop.issuer == EVERY else f"for {slug}"
            message = f"Signing is stopped {who} since {format_date(stop.at)}: {stop.reason}"
            raise UnavailableError("signing_stopped", message)


async def _active_key(ports: Ports, slug: str) -> SigningKey | None:
    return next((key for key in await ports.store.keys(slug) if key.state == "active"), None)


async def _may_sign(ports: Ports, slug: str, key: SigningKey | None) -> SigningKey:
    await check_signing(ports, slug)
    if key is None:
        raise UnavailableError(
            "no_active_key", f"{slug} has no active key; run `exchange keys rotate {slug}`."
        )
    return key


async def put_issuer(ports: Ports, slug: str, profile: dict[str, Any], origin: Origin = "files") -> Issuer:
    """Create the issuer known, or bring its profile up to date; one without a key gets its key."""
    await check_writable(ports)
    active = await _active_key(ports, slug)
    key = active or await new_key(ports, slug)
    did = issuer_id(ports, key)
    known = await ports.store.issuer(slug)
    row = Issuer(slug, did, profile, ports.now(), origin)
    if known is not None and active is not None and known == replace(row, updated_at=known.updated_at):
        return known
    if active is not None:
        await ports.store.put_issuer(row, issuer_leaf(row, ports.new_salt()))
        return row
    first = known or row  # a key belongs to an issuer that is on record
    await ports.store.put_issuer(first, issuer_leaf(first, ports.new_salt()))
    await ports.store.put_key(key, key_leaf(key, key.created_at, ports.new_salt()))
    await ports.store.rotate(key.id, row, row.updated_at, rotation_leaves(ports, key, row))
    return row


async def renew_ids(ports: Ports) -> None:
    """Give every issuer on record the id that the present address asks for; what it says of itself stays."""
    for row in await ports.store.issuers():
        profile = dict(row.profile)
        if isinstance(image := profile.get("image"), dict):
            digest = str(image["id"]).rpartition("/")[2].removesuffix(".png")
            profile["image"] = {**image, "id": urls.issuer_image(ports.base_url, row.slug, digest)}
        await put_issuer(ports, row.slug, profile, row.origin)


def shown(ports: Ports, slug: str, picture: Picture) -> dict[str, Any]:
    """The `image` of an issuer's profile that shows this picture. Its address names what is seen, so that a
    badge goes on showing the picture its issuer had."""
    url = urls.issuer_image(ports.base_url, slug, picture.png_digest)
    return {"id": url, "type": "Image", "caption": picture.alt}


def achievement_document(one: Achievement) -> dict[str, Any]:
    """The Achievement as a JSON-LD document of its own."""
    return {"@context": CONTEXT, **one.document}


def issuer_id(ports: Ports, key: SigningKey) -> str:
    """The id of the issuer that signs with this key: a did:web under a public URL, for as long as that stays.

    Else a did:key, so that what it signs can be verified anywhere; it changes with the key.
    """
    return did_web(urls.issuer(ports.base_url, key.issuer)) if ports.public else did_key(key.multikey)


async def new_key(ports: Ports, slug: str, uri: str = "") -> SigningKey:
    """A pending key that was seen to sign: made now, or found at `uri`. Not on record yet.

    UnavailableError "self_check_failed", and those of the place that keeps it.
    """
    multikey, uri = await (ports.keys.find(uri) if uri else ports.keys.create(slug))
    key = SigningKey(ports.new_id(), slug, multikey, uri, "pending", ports.now())
    await check_key(ports, key)
    return key


async def check_key(ports: Ports, key: SigningKey) -> None:
    """Let the key sign words that no badge can be mistaken for, and verify them."""
    message = f"exchange: may this key sign? {key.multikey}\n".encode()
    signature = await ports.keys.sign(key.uri, message)
    if not public_key_from_multikey(key.multikey).verify(signature, message):
        raise UnavailableError("self_check_failed", f"What the key {key.uri} signs does not verify.")


@dataclass(frozen=True, slots=True)
class Standing:
    """Ids that we can say something of: our issuers' (older ones included), and those of revoked keys."""

    known: frozenset[str]
    revoked: frozenset[str]


async def standing(ports: Ports) -> Standing:
    """Who is one of ours, and who was until its key fell into other hands."""
    rows, keys = await ports.store.issuers(), await ports.store.keys()
    older = [did_web(urls.issuer(base, row.slug)) for base in ports.bases for row in rows if "https:" in base]
    own = [f"did:key:{key.multikey}" for key in keys if key.state in BELIEVED]
    revoked = frozenset(f"did:key:{key.multikey}" for key in keys if key.state == "revoked")
    return Standing(frozenset([*(row.did for row in rows), *own, *older]) - revoked, revoked)


async def did_document(ports: Ports, slug: str, did: str = "") -> dict[str, Any]:
    """The issuer's DID document with every key that may still be believed (DID Core §5, CID 1.0 §2).

    A revoked key is named as such and proves nothing, whatever date a proof bears: who has the key writes the
    date. `did`: an id it had before. A did:key has one key for good.
    """
    did = did or (await issuer(ports, slug)).did
    keys = await ports.store.keys(slug)
    if did.startswith("did:key:"):
        keys = [key for key in keys if f"did:key:{key.multikey}" == did]
    good = [key.multikey for key in keys if key.state in BELIEVED]
    revoked = {key.multikey: key.revoked_at for key in keys if key.revoked_at is not None}
    newest = list(revoked.items())[-(MAX_KEYS - len(good)) :] if len(good) < MAX_KEYS else []
    return build_did_document(did, good, dict(newest))


async def issuer_profile(ports: Ports, slug: str) -> dict[str, Any]:
    """The issuer as an Open Badges Profile (OB 3.0 §B.1.25), a JSON-LD document of its own."""
    row = await issuer(ports, slug)
    return {"@context": CONTEXT, "id": row.did, **row.profile}
