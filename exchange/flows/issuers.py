"""Issuers: their identity, their keys, and the public documents that say so."""

from __future__ import annotations

from typing import Any

from exchange.core import urls
from exchange.core.credential import CONTEXT
from exchange.core.did import build_did_document, did_key, did_web
from exchange.errors import NotFoundError, UnavailableError
from exchange.flows.log import issuer_leaf, key_leaf
from exchange.flows.ports import Ports
from exchange.flows.records import Issuer, SigningKey


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


async def active_key(ports: Ports, slug: str) -> SigningKey:
    """The key the issuer signs with now; UnavailableError("no_active_key")."""
    keys = [key for key in await ports.store.keys(slug) if key.state == "active"]
    if not keys:
        raise UnavailableError("no_active_key", f"{slug} has no active key; run `exchange issuers sync`.")
    return keys[0]


async def put_issuer(ports: Ports, slug: str, profile: dict[str, Any]) -> Issuer:
    """Make the issuer known, or bring its profile up to date; a new issuer gets its key.

    Under a public URL it is a did:web; else a did:key, so that what it signs can be verified anywhere.
    """
    active = next((key for key in await ports.store.keys(slug) if key.state == "active"), None)
    key = active or await _new_key(ports, slug)
    did = id_with(ports, slug, key.multikey)
    known = await ports.store.issuer(slug)
    if known is not None and active is not None and (known.did, known.profile) == (did, profile):
        return known
    row = Issuer(slug, did, profile, ports.now())
    await ports.store.put_issuer(row, issuer_leaf(row, ports.new_salt()))
    if active is None:
        await ports.store.put_key(key, key_leaf(key, ports.now(), ports.new_salt()))
    return row


def id_with(ports: Ports, slug: str, multikey: str) -> str:
    """The id of an issuer that signs with this key, under the address the exchange has now."""
    return did_web(urls.issuer(ports.base_url, slug)) if ports.public else did_key(multikey)


async def renew_ids(ports: Ports) -> None:
    """Give every issuer on record the id that the present address asks for; what it says of itself stays."""
    for row in await ports.store.issuers():
        await put_issuer(ports, row.slug, dict(row.profile))


async def _new_key(ports: Ports, slug: str) -> SigningKey:
    multikey, uri = await ports.keys.create(slug)
    return SigningKey(ports.new_id(), slug, multikey, uri, "active", ports.now())


async def known_issuers(ports: Ports) -> frozenset[str]:
    """The ids of this exchange's issuers, those they had under an older base URL included."""
    rows = await ports.store.issuers()
    keys = [key for row in rows for key in await ports.store.keys(row.slug) if key.state != "revoked"]
    older = [did_web(urls.issuer(base, row.slug)) for base in ports.bases for row in rows if "https:" in base]
    return frozenset([*(row.did for row in rows), *(did_key(key.multikey) for key in keys), *older])


async def did_document(ports: Ports, slug: str) -> dict[str, Any]:
    """The issuer's DID document with every key that may still be believed (DID Core §5, CID 1.0 §2)."""
    row = await issuer(ports, slug)
    keys = [key for key in await ports.store.keys(slug) if key.state in ("active", "verify-only")]
    return build_did_document(row.did, [key.multikey for key in keys])


async def issuer_profile(ports: Ports, slug: str) -> dict[str, Any]:
    """The issuer as an Open Badges Profile (OB 3.0 §B.1.25), a JSON-LD document of its own."""
    row = await issuer(ports, slug)
    return {"@context": CONTEXT, "id": row.did, **row.profile}
