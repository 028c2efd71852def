"""Endorse: a draft gets its signature, and stands from then on.

What the browser signed is verified as a stranger would, before it is on record. Then everything is one
transaction: the signed bytes, the end of what the same person had said of the same thing before, the log, and
the mails. The same draft signed twice is one endorsement.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

from exchange.core import urls
from exchange.core.keys.multibase import base64url_decode
from exchange.core.proofs import Prepared, jwt
from exchange.core.trust.facts import Fact
from exchange.core.trust.read import fact_of
from exchange.core.verdict.secured import read_secured
from exchange.errors import ConflictError, ExchangeError, InputError, UnavailableError
from exchange.flows.badges.verify import Options, verify
from exchange.flows.endorsements.endings import LATER, publish
from exchange.flows.endorsements.keys import check_fresh
from exchange.flows.endorsements.logged import endorse_leaf, withdraw_leaf
from exchange.flows.endorsements.profiles import profile_of
from exchange.flows.endorsements.records import EXCHANGE, Custody, Endorsement, Sealed
from exchange.flows.endorsements.subjects import Subject, check_endorsable, subject
from exchange.flows.endorsements.write import DRAFT_LIFE, check_other, draft_of
from exchange.flows.instance.clock import check_clock
from exchange.flows.instance.standing import check_writable
from exchange.flows.mail.post import endorsement_mails, notices
from exchange.flows.people.people import find
from exchange.flows.people.rights import check_speaks
from exchange.flows.ports import Ports
from exchange.flows.records import Intent, Leaf, Parcel, StatusChange
from exchange.flows.sign import sign_as_kept
from exchange.flows.sign_in.limits import check_limit, endorsed_quotas


async def endorse(ports: Ports, id: str, signature: str = "") -> Endorsement:
    """Put the signature (base64url of r and s; none where the exchange keeps the key) on a draft.

    NotFoundError("unknown_draft"); ConflictError: "draft_too_old", "holder_changed", those of
    `check_endorsable`, "own_badge"; InputError: "signature_missing", "signature_invalid";
    ForbiddenError("confirmation_needed"); TooManyError, UnavailableError.
    """
    draft = await draft_of(ports, id)
    if draft.state != "drafted":
        return draft
    await check_speaks(ports)
    now = ports.now()
    await check_writable(ports)
    await check_clock(ports)
    if now - draft.drafted_at > DRAFT_LIFE:
        raise ConflictError("draft_too_old", "This draft is older than a day. Write it anew.")
    found = await subject(ports, draft.kind, draft.subject)
    check_other(ports, found)
    if draft.holder != (found.holder.id if found.holder else ""):
        raise ConflictError(
            "holder_changed", "Whose badge this is has changed since you wrote that. Write it anew."
        )
    await check_endorsable(ports, found)
    signed = await sealed_as(ports, draft, signature, "endorsement")
    if draft.holder:
        await check_limit(ports, endorsed_quotas(draft.holder))
    url = urls.endorsement(ports.base_url, draft.id)
    intent = await _intent(ports, draft)
    about = f"{draft.kind}/{draft.subject}"
    sealed = Sealed(
        draft.id,
        intent,
        signed,
        endorse_leaf(intent, url, f"account/{draft.endorser}", about, ports.new_salt()),
        _superseding(ports),
        now,
        draft.request,
        await _told(ports, draft, found),
        _fact(draft, signed),
    )
    try:
        await ports.store.endorse(sealed)
    except ConflictError as error:
        if error.code != "conflict":
            raise
        await ports.store.endorse(sealed)  # another one of theirs was faster, and is superseded now
    ports.bell.ring()
    stands = await draft_of(ports, id)
    if stands.supersedes:
        await publish(ports, [stands.supersedes])
    return stands


class Unsigned(Protocol):
    """A draft that is to be signed with the key `did`, which its person keeps or the exchange."""

    @property
    def did(self) -> str: ...
    @property
    def custody(self) -> Custody: ...
    @property
    def unsigned(self) -> bytes: ...


async def sealed_as(
    ports: Ports, draft: Unsigned, signature: str, expect: Literal["endorsement", "badge"]
) -> bytes:
    """The draft with its signature, verified as a stranger would. InputError: "signature_missing",
    "signature_invalid"; UnavailableError: "key_retired", "self_check_failed"."""
    prepared = Prepared("jwt", draft.unsigned, draft.unsigned)
    key = await ports.store.endorser_key(draft.did)
    if key is None or key.retired_at is not None:
        raise UnavailableError("key_retired", "The key that was to sign this is retired. Write it anew.")
    if draft.custody == "exchange":
        # A key in a browser proves whose it is; here a session is all there is, and it may be stolen.
        await check_fresh(ports)
        signed = await sign_as_kept(ports, key.uri, prepared)
    else:
        signed = jwt.seal_jwt(prepared, _raw(signature))
    verdict = await verify(ports, signed, Options(expect=expect))
    if verdict.outcome == "valid":
        return signed
    problem = next(one for one in verdict.findings if one.level in ("error", "unknown"))
    if verdict.outcome == "invalid":
        raise InputError(
            "signature_invalid", f"What was signed does not verify: {problem.message}", "signature"
        )
    raise UnavailableError("self_check_failed", f"What was signed cannot be checked now: {problem.message}")


def _fact(draft: Endorsement, signed: bytes) -> Fact | None:
    """What trust summaries know of it: the document, which was verified just now, and nothing else."""
    return fact_of(read_secured(signed).document, "valid") if draft.holder else None


def _raw(signature: str) -> bytes:
    if not signature:
        raise InputError(
            "signature_missing",
            "Your browser did not sign it. Open this in the browser that has your key, or write it anew.",
            "signature",
        )
    try:
        raw = base64url_decode(signature)
    except ExchangeError:
        raw = b""
    if len(raw) != 64:
        raise InputError("signature_invalid", "That is no signature of this key.", "signature")
    return raw


async def _intent(ports: Ports, draft: Endorsement) -> Intent:
    return Intent(
        id=draft.id,
        kind="endorsement",
        issuer=EXCHANGE,
        achievement=draft.kind,
        version=0,
        recipient=await profile_of(ports, draft.holder) if draft.holder else draft.subject,
        proof="jwt",
        key_id=draft.did,
        unsigned=draft.unsigned,
        message=draft.unsigned,
        slots=(draft.slot,),
        intended_at=ports.now(),
    )


def _superseding(ports: Ports) -> Callable[[str], tuple[StatusChange, Leaf]]:
    now, salt = ports.now(), ports.new_salt()

    def end(earlier: str) -> tuple[StatusChange, Leaf]:
        change = StatusChange(earlier, "revocation", True, LATER, now)
        return change, withdraw_leaf(change, urls.endorsement(ports.base_url, earlier), salt)

    return end


async def _told(ports: Ports, draft: Endorsement, found: Subject) -> list[Parcel]:
    """The holder hears of it, and the endorser too: at every address, with how to take it back."""
    me = await find(ports, draft.endorser)
    told = await notices(ports, me, "endorsement-signed", found.name)
    if found.holder is not None:
        told += await endorsement_mails(ports, "endorsed", found.holder, draft.id)
    return told
