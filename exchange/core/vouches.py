"""Vouches: who may put their name to whom, how often and for how long; and help that nobody saw.

Three kinds of badges are issued by people, each in their own name, and readers are always told which it is:

- a **peer vouch** (`ext:PeerVouch`): how it is to work beside somebody, for one family of roles;
- a **sponsor vouch** (`ext:SponsorVouch`): somebody senior answers for a promotion, or for a try. It never
  counts as a peer's;
- **thanks** (tagged `invisible work`): help that left no trace, told by who received it.

Vouches of both kinds come out of one personal budget, which is what makes them worth something: whoever has
none left has to take one back first. Thanks are free, so they are kept from being traded: nobody thanks
themselves, a manager alone is not enough, and the same two come together once in 90 days, whoever thanks.

Which kind a badge is, and for which family of roles, its achievement says (issuers/vouches, issuers/commons).
Pure: who gave what before is handed in, and so is the time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from exchange.errors import ConflictError, InputError

Kind = Literal["peer", "sponsor", "thanks"]
End = Literal["self", "twice", "received", "above"]
"""Why a vouch ends when two accounts become one."""

LONGEST = timedelta(days=365)
"""Twelve months: after that somebody must have seen it again."""
APART = timedelta(days=90)
"""Between thanks among the same two people."""

_KINDS: Mapping[str, Kind] = {"ext:PeerVouch": "peer", "ext:SponsorVouch": "sponsor"}
_THANKS = "invisible work"
_FAMILY = "role family: "

RECEIVED: Mapping[str, Collection[str]] = {
    "mentoring": ("mentee",),
    "knowledge sharing": ("learned-from",),
}
"""By the tag of a badge, how somebody who received that help stands to who gave it (`RELATIONSHIPS` of
endorsements)."""
_ANY_HELP = ("mentee", "learned-from", "client")


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be given: its `kind`, and the `families` of roles that it is for (none for thanks). `received`
    are the relationships by which it may be given, empty for any."""

    achievement: str
    kind: Kind
    families: tuple[str, ...] = ()
    received: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """A vouch, or thanks, on record: who gave it to whom, by any identifiers that are the same for the same
    person, and until when it holds. `achievement` is the badge, whatever its version."""

    id: str
    giver: str
    holder: str
    achievement: str
    kind: Kind
    at: datetime
    until: datetime
    withdrawn_at: datetime | None = None

    def in_use(self, now: datetime) -> bool:
        """Whether it takes a place of its giver's budget: not from the moment on that it is over."""
        return self.kind != "thanks" and self.withdrawn_at is None and now < self.until


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody is about to give. `relationship` is how they stand to `holder`."""

    giver: str
    holder: str
    offer: Offer
    relationship: str
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may be given; as a later version of `merged` where that is said, and `because` of what."""

    merged: str = ""
    because: str = ""


def offer_of(achievement: Mapping[str, Any]) -> Offer | None:
    """What an Achievement document is in here, None for a badge that only issuers award."""
    tags = [tag for tag in achievement.get("tag", ()) if isinstance(tag, str)]
    id = str(achievement.get("id", ""))
    kind = _KINDS.get(str(achievement.get("achievementType", "")))
    if kind is not None:
        families = tuple(tag.removeprefix(_FAMILY) for tag in tags if tag.startswith(_FAMILY))
        return Offer(id, kind, families)
    if _THANKS not in tags:
        return None
    narrow = [one for tag in tags for one in RECEIVED.get(tag, ())]
    return Offer(id, "thanks", received=tuple(dict.fromkeys(narrow)) or _ANY_HELP)


def until_of(at: datetime, wanted: timedelta | None, most: timedelta | None = None) -> datetime:
    """When a vouch of that moment ends: as wanted, else as long as its badge allows, twelve months at most.

    InputError: vouch_too_long, vouch_too_short.
    """
    longest = min(LONGEST, most or LONGEST)
    if wanted is None:
        return at + longest
    if wanted > longest:
        said = f"This vouch holds for {longest.days} days at most; then somebody must have seen it again."
        raise InputError("vouch_too_long", said, "until")
    if wanted < timedelta(days=1):
        raise InputError("vouch_too_short", "A vouch holds for a day at least.", "until")
    return at + wanted


def in_use(given: Iterable[Given], giver: str, now: datetime) -> tuple[Given, ...]:
    """The vouches that take a place of somebody's budget, those that end first before the others."""
    taken = {one.id: one for one in given if one.giver == giver and one.in_use(now)}
    return tuple(sorted(taken.values(), key=lambda one: (one.until, one.id)))


def joined(given: Iterable[Given], source: str, target: str, most: int, now: datetime) -> dict[str, End]:
    """What ends when the account `source` becomes part of `target`, by id, and why, of what either gave
    and got: what one gave the other; of two that may not both be by one person, the one of `source`, or the
    later one; of two that somebody else may not both have given one person, the later one; and what they gave
    above `most` in use, the newest first. After that, nothing (with `target` as both)."""
    stands = [one for one in given if one.withdrawn_at is None and now < one.until]
    both = (source, target)
    ends: dict[str, End] = {}
    kept: list[Given] = []
    got: list[Given] = []
    for one in sorted(stands, key=lambda one: (one.giver != target, one.at, one.id)):
        if one.giver in both and one.holder in both:
            ends[one.id] = "self"
        elif one.giver not in both:
            got.append(one)
        elif any(_same(one, other) for other in kept):
            ends[one.id] = "twice"
        else:
            kept.append(one)
    stays: list[Given] = []
    for one in sorted(got, key=lambda one: (one.at, one.id)):
        if any(one.giver == other.giver and _same(one, replace(other, holder=one.holder)) for other in stays):
            ends[one.id] = "received"
        else:
            stays.append(one)
    in_use = sorted((one for one in kept if one.in_use(now)), key=lambda one: (one.at, one.id))
    return ends | {one.id: "above" for one in in_use[most:]}


def _same(one: Given, other: Given) -> bool:
    """Whether one person could not have given both."""
    apart = APART if one.kind == other.kind == "thanks" else LONGEST
    about = (one.holder, one.achievement) == (other.holder, other.achievement)
    return about and abs(one.at - other.at) < apart


def check_budget(count: int, budget: int, next_free: datetime | None = None) -> None:
    """ConflictError("vouches_in_use") for whoever has `count` vouches in use of `budget`, or more."""
    if count < budget:
        return
    if not budget:
        raise ConflictError("vouches_in_use", "Nobody gives vouches at this exchange: the budget is 0.")
    said = [f"{count} of your {budget} vouches are in use. Withdraw one, and its place is free at once."]
    if next_free is not None:
        said.append(f"Else the next place gets free on {_day(next_free)}.")
    raise ConflictError("vouches_in_use", " ".join(said))


def judge(wish: Wish, before: Sequence[Given]) -> Allowed:
    """Whether somebody may give this; `before` is what the two gave each other, and to nobody else.

    InputError: vouch_self, vouch_upwards, thanks_not_received, thanks_by_manager.
    ConflictError: vouch_again, thanks_again.
    """
    if wish.giver == wish.holder:
        raise InputError("vouch_self", "Nobody vouches for themselves, or thanks themselves.", "to")
    if wish.offer.kind == "thanks":
        _check_help(wish)
        return _apart(wish, before)
    if wish.offer.kind == "peer" and wish.relationship == "report":
        raise InputError(
            "vouch_upwards",
            "Nobody vouches as a peer for who decides about their own pay or career.",
            "relationship",
        )
    for one in before:
        same = (one.giver, one.holder, one.achievement) == (wish.giver, wish.holder, wish.offer.achievement)
        if same and one.withdrawn_at is None and wish.at - one.at < LONGEST:
            raise ConflictError(
                "vouch_again",
                f"You vouched for them for the same on {_day(one.at)}. That can be done again from "
                f"{_day(one.at + LONGEST)} on, with something new that was seen; or withdraw the first one.",
            )
    return Allowed()


def _check_help(wish: Wish) -> None:
    """Thanks come from who received the help."""
    if wish.relationship == "manager":
        raise InputError(
            "thanks_by_manager",
            "Invisible work is told by who received the help, and a manager alone is not enough: ask them.",
            "relationship",
        )
    if wish.relationship not in wish.offer.received:
        raise InputError(
            "thanks_not_received",
            "Only somebody who received this help can give this badge, and says so by their relationship.",
            "relationship",
        )


def _apart(wish: Wish, before: Sequence[Given]) -> Allowed:
    """Within 90 days the same thanks again are one with the earlier ones; others between the two wait."""
    two = {wish.giver, wish.holder}
    near = sorted(
        (
            one
            for one in before
            if one.kind == "thanks"
            and {one.giver, one.holder} == two
            and one.withdrawn_at is None
            and wish.at - one.at < APART
        ),
        key=lambda one: (one.at, one.id),
    )
    for one in reversed(near):
        if (one.giver, one.achievement) == (wish.giver, wish.offer.achievement):
            because = f"You thanked them for the same on {_day(one.at)}: this becomes a later version of it."
            return Allowed(one.id, because)
    if near:
        last = near[-1]
        first = "You thanked them" if last.giver == wish.giver else "They thanked you"
        raise ConflictError(
            "thanks_again",
            f"{first} on {_day(last.at)}. The same two people come together once in 90 days: try again from "
            f"{_day(last.at + APART)} on.",
        )
    return Allowed()


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()
