"""Give: a draft gets its signature, and is a badge of its holder's from then on.

What the browser signed is verified as a stranger would. Then everything is one transaction, in which the
rules are asked once more, when nobody else can change what they go by. The same draft given twice is one
vouch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from exchange.core import urls
from exchange.core.vouches import Given, Wish, judge
from exchange.errors import ConflictError
from exchange.flows.endorsements.endings import over, publish
from exchange.flows.endorsements.endorse import sealed_as
from exchange.flows.endorsements.profiles import profile_of
from exchange.flows.endorsements.write import DRAFT_LIFE
from exchange.flows.instance.clock import check_clock
from exchange.flows.instance.standing import check_writable
from exchange.flows.log.log import award_leaf
from exchange.flows.mail.post import endorsement_mails, notices
from exchange.flows.people.rights import check_speaks
from exchange.flows.ports import Ports
from exchange.flows.records import Ending, Intent, Parcel
from exchange.flows.sign_in.limits import check_limit, endorsed_quotas
from exchange.flows.vouches.offers import offered
from exchange.flows.vouches.records import SealedVouch, Vouch
from exchange.flows.vouches.write import allow, check_same, draft_of

REPLACED = "Who gave it gave a later version of it."


async def give(ports: Ports, id: str, signature: str = "") -> Vouch:
    """Put the signature (base64url of r and s; none where the exchange keeps the key) on a draft.

    NotFoundError("unknown_draft"); ConflictError: "draft_too_old", "vouches_in_use", "vouch_changed", those
    of `judge`; InputError: "signature_missing", "signature_invalid"; TooManyError, UnavailableError.
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
    found = await offered(ports, f"{draft.issuer}/{draft.achievement}")
    wish = Wish(draft.giver, draft.holder, found.offer, draft.relationship, now, draft.until)
    check_same(draft, (await allow(ports, wish)).merged)
    signed = await sealed_as(ports, draft, signature, "badge")
    intent = Intent(
        id=draft.id,
        kind="badge",
        issuer=draft.issuer,
        achievement=draft.achievement,
        version=draft.version,
        recipient=await profile_of(ports, draft.holder),
        proof="jwt",
        key_id=draft.did,
        unsigned=draft.unsigned,
        message=draft.unsigned,
        slots=(draft.slot,),
        intended_at=now,
        valid_until=draft.until,
    )
    holder = await ports.store.person(draft.holder)
    await check_limit(ports, endorsed_quotas(draft.holder))
    told = await endorsement_mails(ports, "vouched", holder, id) if holder else []
    told += await notices_for(ports, draft, "vouch-recorded", found.name)
    sealed = SealedVouch(
        draft.id,
        intent,
        signed,
        award_leaf(intent, urls.badge(ports.base_url, id), ports.new_salt()),
        _judging(draft, wish),
        _ending(ports),
        ports.vouches,
        now,
        told,
    )
    await ports.store.give_vouch(sealed)
    ports.bell.ring()
    stands = await draft_of(ports, id)
    if stands.supersedes:
        await publish(ports, [stands.supersedes])
    return stands


async def notices_for(
    ports: Ports, one: Vouch, notice: Literal["vouch-recorded", "vouch-taken-back"], name: str
) -> list[Parcel]:
    """Tells its giver of what was done in their name from the shell, where they need not have been."""
    giver = await ports.store.person(one.giver)
    return await notices(ports, giver, notice, name) if giver and ports.who.method == "shell" else []


def _judging(draft: Vouch, wish: Wish) -> Callable[[Sequence[Given]], str]:
    def judged(before: Sequence[Given]) -> str:
        merged = judge(wish, before).merged
        check_same(draft, merged)
        return merged

    return judged


def _ending(ports: Ports) -> Callable[[str], Ending]:
    now = ports.now()

    def end(earlier: str) -> Ending:
        return over(ports, earlier, REPLACED, now)

    return end
