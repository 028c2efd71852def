"""The only place that signs: intend -> sign -> self-check -> publish.

What is to be signed is on record before a key sees it, and what a key made is verified by our own strict
verifier, as a stranger would, before anybody gets it. A crash in between leaves an intent that `finish`
completes with the same bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from exchange.core.credentials.schema import check_schema
from exchange.core.credentials.serial import Series
from exchange.core.keys.did import urls_for
from exchange.core.proofs import Prepared, data_integrity, jwt
from exchange.core.strict_json import dump
from exchange.core.verdict.documents import Document
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.secured import check_proof, read_secured
from exchange.core.verdict.verdict import kind_of
from exchange.errors import ExchangeError, UnavailableError
from exchange.flows.instance.clock import check_clock
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import check_signing, did_document, speaking_key
from exchange.flows.log.log import sign_leaf
from exchange.flows.ports import Ports
from exchange.flows.records import EVERY, Badge, Draft, Intent, Issuer, Leaf, SigningKey

PROOFS = ("eddsa-rdfc-2022", "eddsa-jcs-2022", "jwt")
"""The proofs an issuer of this exchange can choose from."""


KINDS = ("badge", "endorsement", "clr", "status_list")
"""What the exchange signs with its issuers' keys; any other credential of theirs is nobody's wish."""


def prepare(
    document: Mapping[str, Any],
    proof: str,
    issuer: Issuer,
    key: SigningKey,
    now: datetime,
    canonical: bytes | None = None,
    plain: bool = False,
) -> Prepared:
    """The exact bytes to record and the message to sign; refused before signing if the form is not right.

    `canonical`: the document's N-Quads, where a template made them (`eddsa-rdfc-2022`); `plain`: what
    `is_plain` says of it.
    """
    kind = kind_of(document)
    if kind not in KINDS:
        raise UnavailableError("refused_to_sign", f"The exchange does not sign a {kind}.", "/type")
    failed = [finding for finding in check_schema(dict(document), kind) if finding.level == "error"]
    if failed:
        problem = failed[0]
        raise UnavailableError(
            "refused_to_sign", f"This would not be a good credential: {problem.message}", problem.at
        )
    method = f"{issuer.did}#{key.multikey}"
    if proof == "jwt":
        return jwt.prepare_jwt(document, "Ed25519", method)
    return data_integrity.prepare(document, proof, "Ed25519", method, now, canonical=canonical, plain=plain)


def prepare_next(series: Series, proof: str, issuer: Issuer, key: SigningKey, now: datetime) -> Prepared:
    """`prepare` for the badge that the series has at hand, and to the byte what that makes.

    The first badge of a structure goes through it; what others say in plain texts is put into what that one
    became. Whatever the texts of a badge leave in doubt, `prepare` looks at.
    """
    method = f"{issuer.did}#{key.multikey}"
    made = series.prepared(proof, method, now)
    if made is None:
        canonical = series.canonize() if proof == "eddsa-rdfc-2022" else None
        made = prepare(series.document(), proof, issuer, key, now, canonical, series.plain)
        series.found_good(proof, method)
    return made


def seal(prepared: Prepared, signature: bytes) -> bytes:
    """The signed credential, as bytes that never change again."""
    return (jwt.seal_jwt if prepared.proof == "jwt" else data_integrity.seal)(prepared, signature)


async def sign(ports: Ports, draft: Draft) -> bytes:
    """Put the draft on record, then finish what it became, as `sign_intended`."""
    return await sign_intended(ports, lambda: ports.store.intend(draft, ports.new_id))


async def sign_intended(ports: Ports, intend: Callable[[], Awaitable[Intent]]) -> bytes:
    """Finish what `intend` puts on record, as the record has it.

    An UnavailableError that comes after it is on record says that, for the sweep will sign it: who only read
    that something failed would ask again, and two would be signed.
    """
    await check_writable(ports)
    await check_clock(ports)
    intent = await intend()
    recorded = await ports.store.badge(intent.id)
    if recorded is None:
        raise UnavailableError(
            "intent_lost", "The database did not keep what was to be signed; nothing was signed."
        )
    try:
        return await _finish(ports, recorded)
    except UnavailableError as error:
        kept = (
            f"Do not ask again: it is on record, and signed as soon as that is over. Or revoke {recorded.id}."
        )
        raise UnavailableError(error.code, f"{error.message} {kept}", error.at) from error


async def finish(ports: Ports, badge: Badge) -> bytes:
    """Sign what is on record, check it, publish it. Doing it again gives the same bytes (Ed25519)."""
    if badge.signed is not None:
        return badge.signed
    await check_writable(ports)
    await check_clock(ports)
    return await _finish(ports, badge)


async def _finish(ports: Ports, badge: Badge) -> bytes:
    issuer, key = await _signer_of(ports, badge)
    signed = await _signed(ports, issuer, key, Prepared(badge.proof, badge.unsigned, badge.message))
    await ports.store.publish(badge.id, signed)
    ports.bell.ring()
    return signed


async def finish_many(ports: Ports, intents: Sequence[Intent], thorough: Collection[int]) -> None:
    """`finish` for intents of one issuer and key that `intend_many` put on record, all or none.

    What goes through our strict verifier, as a stranger would read it, are those numbered in `thorough`: one
    of every structure. That the key signs rightly, `Keys.sign_many` sees to. The rest of a badge is bytes
    that are on record.
    """
    await check_writable(ports)
    await check_clock(ports)
    issuer, key = await _signer_of(ports, intents[0])
    signatures = await ports.keys.sign_many(key.uri, [one.message for one in intents])
    documents = await own_controller(ports, issuer)
    signed = await asyncio.to_thread(_checked, intents, signatures, thorough, documents, ports)
    await ports.store.publish_many(signed)
    ports.bell.ring()


def _checked(
    intents: Sequence[Intent],
    signatures: Sequence[bytes],
    thorough: Collection[int],
    documents: Mapping[str, Document],
    ports: Ports,
) -> list[tuple[str, bytes]]:
    """(id, signed bytes) of each."""
    sealed = [
        (one.id, seal(Prepared(one.proof, one.unsigned, one.message), signature))
        for one, signature in zip(intents, signatures, strict=True)
    ]
    for number in thorough:
        _self_check(sealed[number][1], documents, ports)
    return sealed


async def sign_document(ports: Ports, issuer: Issuer, document: Mapping[str, Any]) -> bytes:
    """Sign a document that can be made again at any time from what is on record (a status list). That it will
    be signed is in the log before."""

    async def log(_: bytes, leaf: Leaf) -> None:
        await ports.store.append(leaf)

    return await sign_kept(ports, issuer, document, log)


async def sign_kept(
    ports: Ports,
    issuer: Issuer,
    document: Mapping[str, Any],
    keep: Callable[[bytes, Leaf], Awaitable[None]],
) -> bytes:
    """Sign a document that is no badge, once `keep` has put on record what will be signed, with its leaf;
    what that raises ends it."""
    await check_writable(ports)
    key, now = await speaking_key(ports, issuer), ports.now()
    await check_clock(ports)
    prepared = await asyncio.to_thread(prepare, document, "eddsa-rdfc-2022", issuer, key, now)
    await keep(prepared.unsigned, sign_leaf(prepared, str(document["id"]), now, ports.new_salt()))
    return await _signed(ports, issuer, key, prepared)


async def sign_as_kept(ports: Ports, uri: str, prepared: Prepared) -> bytes:
    """Sign for a person with the key that the exchange keeps for them: what they have just read and agreed
    to, and what is on record as a draft. Whoever publishes it verifies it first."""
    await check_signing(ports, EVERY)
    return seal(prepared, await ports.keys.sign(uri, prepared.message))


async def _signed(ports: Ports, issuer: Issuer, key: SigningKey, prepared: Prepared) -> bytes:
    signed = seal(prepared, await ports.keys.sign(key.uri, prepared.message))
    documents = await own_controller(ports, issuer)
    await asyncio.to_thread(_self_check, signed, documents, ports)
    return signed


def _self_check(signed: bytes, documents: Mapping[str, Document], ports: Ports) -> None:
    try:
        proven = check_proof(read_secured(signed), documents, Policy(), ports.now())
        problems = [finding.message for finding in proven.findings if finding.level != "ok"]
    except ExchangeError as error:
        problems = [error.message]
    if problems:
        raise UnavailableError(
            "self_check_failed", f"What was signed did not verify, so it was not published: {problems[0]}"
        )


async def _signer_of(ports: Ports, badge: Badge | Intent) -> tuple[Issuer, SigningKey]:
    await check_signing(ports, badge.issuer)
    issuer = await ports.store.issuer(badge.issuer)
    keys = [key for key in await ports.store.keys(badge.issuer) if key.id == badge.key_id]
    if issuer is None or not keys or keys[0].state == "revoked":
        raise UnavailableError(
            "key_unavailable", f"The key that {badge.id} was to be signed with is gone or revoked."
        )
    return issuer, keys[0]


async def own_controller(ports: Ports, issuer: Issuer) -> dict[str, Document]:
    """The documents that say which keys are this issuer's, from the store instead of the network."""
    needed = urls_for(issuer.did, None)
    if not needed:
        return {}
    body = dump(await did_document(ports, issuer.slug, issuer.did))
    return {url: Document(url, 200, "application/did+ld+json", body) for url in needed}
