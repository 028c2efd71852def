"""Write: who vouches for whom, for what, in which words; it becomes the very document that will be signed.

As with endorsements nothing is said yet, so nothing is logged, and no place of the budget is taken; but what
the rules refuse is refused here already, before anybody signs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from exchange.core import urls
from exchange.core.credentials.vouch import build_vouch, check_words
from exchange.core.proofs import jwt
from exchange.core.vouches import Allowed, Wish, check_budget, judge, until_of
from exchange.errors import ConflictError, ExchangeError, InputError, NotFoundError
from exchange.flows.endorsements import keys
from exchange.flows.endorsements.profiles import ensure_exchange, profile_of
from exchange.flows.endorsements.records import EXCHANGE
from exchange.flows.endorsements.write import key_of, named
from exchange.flows.instance.clock import check_clock
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import issuer
from exchange.flows.people.people import find
from exchange.flows.people.records import Person
from exchange.flows.people.rights import check_person, check_speaks
from exchange.flows.ports import Ports
from exchange.flows.records import StatusSlot
from exchange.flows.sign_in.limits import check_limit, vouch_quotas
from exchange.flows.vouches.budget import in_use_by
from exchange.flows.vouches.offers import Offered, offered, offers
from exchange.flows.vouches.records import Vouch, VouchDraft


@dataclass(frozen=True, slots=True)
class Order:
    """Who is meant (`to`: a handle, an address, or an account of one's own team), for which offer
    (`issuer/slug`), in which words. `days`: for how long, None for as long as it may. `did` names the key in
    the browser, `""` where there is none; `name` is the giver's, as it will be signed."""

    to: str
    offer: str
    relationship: str
    words: str
    evidence: tuple[str, ...] = ()
    days: int | None = None
    name: str = ""
    did: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What somebody needs to write one: what can be given, the people of their teams, their keys that are
    good, whether they may make another one just now, and how many of `budget` are in use."""

    person: Person
    offers: list[Offered]
    mates: list[Person]
    dids: list[str]
    may_add: bool
    in_use: int
    budget: int


async def page(ports: Ports) -> Page:
    """ForbiddenError."""
    await check_speaks(ports)
    me = ports.who.person
    return Page(
        await find(ports, me),
        await offers(ports),
        await _mates(ports, me),
        [
            one.did
            for one in await ports.store.endorser_keys(me)
            if one.custody == "holder" and one.retired_at is None
        ],
        await keys.may_add(ports),
        len(await in_use_by(ports, me)),
        ports.vouches,
    )


async def _mates(ports: Ports, me: str) -> list[Person]:
    ids = [
        other.person
        for team in await ports.store.memberships(me)
        for other in await ports.store.members(team.team)
        if other.person != me
    ]
    found = [await ports.store.person(id) for id in dict.fromkeys(ids)]
    return sorted((one for one in found if one and one.state == "active"), key=lambda one: (one.name, one.id))


async def write(ports: Ports, order: Order) -> Vouch:
    """Draft it. InputError: "unknown_receiver", "evidence_missing" and those of `check_words`, `until_of`,
    `judge`, "name_malformed", "key_unknown"; NotFoundError("unknown_offer"); ConflictError: "vouches_in_use",
    those of `judge`; TooManyError, UnavailableError."""
    await check_speaks(ports)
    await check_writable(ports)
    await check_clock(ports)
    await check_limit(ports, vouch_quotas(ports.who.person))  # also of people who are looked for
    found = await offered(ports, order.offer)
    holder = await _receiver(ports, order.to)
    check_words(order.words, order.relationship)
    now = ports.now()
    until = until_of(now, _days(order.days), _days(found.achievement.valid_days))
    if found.achievement.evidence_required and not order.evidence:
        raise InputError("evidence_missing", "This badge takes a link to what was done.", "/evidence/0")
    wish = Wish(ports.who.person, holder.id, found.offer, order.relationship, now, until)
    allowed = await allow(ports, wish)
    person = await named(ports, order.name)
    key = await key_of(ports, order.did)
    credential = await keys.credential(ports, key, person)
    await ensure_exchange(ports)
    row = await issuer(ports, EXCHANGE)
    profile, id = await profile_of(ports, holder.id), ports.new_id()
    one = found.achievement

    def draft(slot: StatusSlot) -> Vouch:
        document = build_vouch(
            id=urls.badge(ports.base_url, id),
            did=key.did,
            giver_name=person.name,
            key_credential=credential,
            achievement=one.document,
            offer=found.offer,
            holder_id=profile,
            relationship=order.relationship,
            words=order.words.replace("\r\n", "\n").strip(),
            valid_from=now,
            valid_until=until,
            evidence=order.evidence,
            status=(slot.index, urls.status_list(ports.base_url, slot.list_id), row.did),
            supersedes=urls.badge(ports.base_url, allowed.merged) if allowed.merged else None,
            terms_url=urls.terms(ports.base_url),
        )
        kind = "P-256" if key.custody == "holder" else "Ed25519"
        prepared = jwt.prepare_jwt(document, kind, f"{key.did}#{key.did.removeprefix('did:key:')}")
        return Vouch(
            id=id,
            giver=person.id,
            holder=holder.id,
            kind=found.offer.kind,
            issuer=one.issuer,
            achievement=one.slug,
            version=one.version,
            family=", ".join(found.offer.families),
            relationship=order.relationship,
            did=key.did,
            custody=key.custody,
            state="drafted",
            supersedes=allowed.merged,
            unsigned=prepared.unsigned,
            slot=slot,
            drafted_at=now,
            until=until,
        )

    return await ports.store.prepare_vouch(VouchDraft(ports.base_url, draft), ports.new_id)


async def allow(ports: Ports, wish: Wish) -> Allowed:
    """What the rules say to it now; a place must be free, except for thanks. As `judge` and
    `check_budget`."""
    before = await ports.store.vouches_between(wish.giver, wish.holder)
    allowed = judge(wish, [one.given() for one in before])
    if wish.offer.kind != "thanks":
        taken = await in_use_by(ports, wish.giver)
        check_budget(len(taken), ports.vouches, taken[0].until if taken else None)
    return allowed


async def _receiver(ports: Ports, name: str) -> Person:
    missing = InputError("unknown_receiver", "Nobody who is called that has an account here.", "to")
    if not name.strip():
        raise InputError("unknown_receiver", "Say whom it is for.", "to")
    try:
        person = await find(ports, name)
    except ExchangeError as error:
        raise missing from error
    if person.state != "active":
        raise missing
    return person


def _days(days: int | None) -> timedelta | None:
    return None if days is None else timedelta(days=days)


async def draft_of(ports: Ports, id: str) -> Vouch:
    """A draft of who acts, or what came of it. NotFoundError("unknown_draft")."""
    check_person(ports)
    found = await ports.store.vouch(id)
    if found is None or found.giver != ports.who.person:
        raise NotFoundError("unknown_draft", "There is no such draft of yours any more. Write it anew.")
    return found


def check_same(draft: Vouch, merged: str) -> None:
    """ConflictError("vouch_changed") if another one came in between, of which the draft says nothing."""
    if draft.supersedes != merged:
        raise ConflictError(
            "vouch_changed", "Something else was given among you two since. Write it anew; it takes a moment."
        )
