"""Award: a learning team issues a badge to one person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from exchange.core import bake, urls
from exchange.core.credentials.credential import build_badge
from exchange.core.orders import check_evidence, check_narrative, check_until, recipient_of
from exchange.core.proofs import Prepared
from exchange.core.vouches import offer_of
from exchange.errors import AlreadyDoneError, ConflictError, InputError, NotFoundError
from exchange.flows import sign
from exchange.flows.issuers.issuers import issuer, signer
from exchange.flows.log.log import award_leaf
from exchange.flows.mail.post import award_mail
from exchange.flows.orders.pick import address_of
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports
from exchange.flows.records import Achievement, Draft, Intent, Leaf, Once, SigningKey, StatusSlot, record
from exchange.flows.webhooks.webhooks import award_events

FIRST_REMINDER = timedelta(days=7)
"""How long after the mail about it somebody is asked again whether they want their badge."""


@record
class Order:
    """Who is to get what. `to` is `mailto:…`, a bare address, a DID, an https URL or the handle of somebody;
    with `mail`, who has an address is told. `version`: that one of the badge, or (None) the newest. `renews`:
    the key of the badge that this one follows."""

    issuer: str
    achievement: str
    to: str
    evidence: tuple[str, ...] = ()
    narrative: str = ""
    valid_until: datetime | None = None
    proof: str = "eddsa-rdfc-2022"
    mail: bool = True
    version: int | None = None
    renews: str = ""


@dataclass(frozen=True, slots=True)
class Awarded:
    """The result: the badge's URL, its bare key, the signed bytes, and the two baked pictures."""

    id: str
    key: str
    signed: bytes
    png: bytes
    svg: bytes
    extension: str


async def award(ports: Ports, order: Order, once: Once | None = None) -> Awarded:
    """Sign a badge for one recipient, revocable and suspendable from the first second; `once` per key.

    NotFoundError: unknown_issuer, unknown_achievement. ConflictError: achievement_retired. InputError:
    recipient_malformed, evidence_malformed, evidence_required, valid_until_past, unknown_proof.
    UnavailableError: signing_stopped, no_active_key, key_retired. ForbiddenError.
    """
    await issuer(ports, order.issuer)
    check(ports, "award", order.issuer)
    row, signing_key = await signer(ports, order.issuer)
    achievement = await find_achievement(ports, order)
    order = replace(order, to=await address_of(ports, order.to))
    recipient = check_order(order, achievement, ports.now())
    key, now, salt, leaf_salt = ports.new_id(), ports.now(), ports.new_salt(), ports.new_salt()
    subject_id = recipient if not recipient.startswith("mailto:") else f"urn:uuid:{ports.new_id()}"
    until = order.valid_until or validity(achievement, now)

    def write(slots: tuple[StatusSlot, ...]) -> tuple[Intent, Leaf]:
        document = build_badge(
            id=urls.badge(ports.base_url, key),
            issuer={"id": row.did, **row.profile},
            achievement=achievement.document,
            recipient=recipient,
            subject_id=subject_id,
            salt=salt,
            valid_from=now,
            valid_until=until,
            evidence=order.evidence,
            narrative=order.narrative,
            status=[
                (slot.purpose, slot.index, urls.status_list(ports.base_url, slot.list_id)) for slot in slots
            ],
        )
        prepared = sign.prepare(document, order.proof, row, signing_key, now)
        intent = intent_of(
            *(prepared, key, recipient, achievement, signing_key, slots, now),
            until=until,
            renews=order.renews,
            mail=order.mail,
        )
        return intent, award_leaf(intent, document["id"], leaf_salt)

    once = once and replace(once, answer=key)
    told = award_mail(ports, key, recipient, now) if order.mail else ()
    told += award_events(ports, await ports.store.webhooks(row.slug), key, now)
    try:
        signed = await sign.sign(
            ports, Draft(row.slug, ports.base_url, ("revocation", "suspension"), write, once, told)
        )
    except AlreadyDoneError as done:
        return await awarded(ports, done.answer)
    return _awarded(ports, key, signed, achievement, order.proof)


def intent_of(
    prepared: Prepared,
    key: str,
    recipient: str,
    achievement: Achievement,
    signing_key: SigningKey,
    slots: tuple[StatusSlot, ...],
    now: datetime,
    *,
    until: datetime | None,
    renews: str,
    mail: bool,
) -> Intent:
    """What goes on record of a prepared badge, before it is signed. It is offered to who has an address, and
    they are reminded of it if a `mail` told them."""
    offered = recipient.startswith("mailto:")
    return Intent(
        id=key,
        kind="badge",
        issuer=achievement.issuer,
        achievement=achievement.slug,
        version=achievement.version,
        recipient=recipient,
        proof=prepared.proof,
        key_id=signing_key.id,
        unsigned=prepared.unsigned,
        message=prepared.message,
        slots=slots,
        intended_at=now,
        claim="offered" if offered else "",
        remind_at=now + FIRST_REMINDER if offered and mail else None,
        valid_until=until and until.replace(microsecond=0),  # as the document says it
        renews=renews,
    )


async def awarded(ports: Ports, key: str) -> Awarded:
    """What an award on record gave; finished first, if a crash left it unsigned."""
    badge = await ports.store.badge(key)
    if badge is None:
        raise NotFoundError("unknown_badge", f"There is no badge {key!r:.120} here.")
    found = await ports.store.achievement(badge.issuer, badge.achievement, badge.version)
    if found is None:
        raise NotFoundError("unknown_badge", f"There is no badge {key!r:.120} here.")
    return _awarded(ports, key, await sign.finish(ports, badge), found, badge.proof)


def _awarded(ports: Ports, key: str, signed: bytes, achievement: Achievement, proof: str) -> Awarded:
    text = signed.decode()
    return Awarded(
        id=urls.badge(ports.base_url, key),
        key=key,
        signed=signed,
        png=bake.bake_png(achievement.image, text),
        svg=bake.bake_svg(achievement.svg, text),
        extension="jwt" if proof == "jwt" else "json",
    )


async def find_achievement(ports: Ports, order: Order) -> Achievement:
    """The version that is ordered. NotFoundError("unknown_achievement"), ConflictError:
    "achievement_retired", "given_by_people" for a vouch, which would be in nobody's budget."""
    found = await ports.store.achievement(order.issuer, order.achievement, order.version)
    if found is None:
        names = ", ".join(row.slug for row in await ports.store.achievements(order.issuer)) or "none yet"
        raise NotFoundError(
            "unknown_achievement", f"{order.issuer} has no badge {order.achievement!r:.80}. It has: {names}."
        )
    if found.retired_at is not None:
        since = f"it was taken out of the catalogue on {found.retired_at:%Y-%m-%d}"
        raise ConflictError(
            "achievement_retired", f"{order.issuer}/{found.slug} is no longer awarded: {since}."
        )
    offer = offer_of(found.document)
    if offer is not None and offer.kind != "thanks":
        raise ConflictError(
            "given_by_people",
            f"{order.issuer}/{found.slug} is a vouch: people give it in their own name, from their own "
            "budget. Whoever wants to vouch does that in their account, under Vouches.",
        )
    return found


def check_order(order: Order, achievement: Achievement, now: datetime) -> str:
    """The recipient's identifier in its one written form, if the order can be carried out."""
    if order.proof not in sign.PROOFS:
        raise InputError("unknown_proof", f"proof is one of {', '.join(sign.PROOFS)}.", "proof")
    check_evidence(order.evidence, achievement.slug, achievement.evidence_required)
    check_until(order.valid_until, now)
    check_narrative(order.narrative)
    return recipient_of(order.to)


def validity(achievement: Achievement, now: datetime) -> datetime | None:
    """Until when a badge awarded now is valid, by what the achievement says of itself."""
    return now + timedelta(days=achievement.valid_days) if achievement.valid_days else None
