"""What anybody may know of a badge that stands on another site: one value, of which every rendering is made.

Its revision names what it says, so whatever is made of it (a picture, say) is made once a revision. When it
was looked at, and until when that may be believed, is said beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal, Protocol

from msgspec import Struct
from msgspec.structs import replace

from exchange.core import strict_json, urls
from exchange.core.credentials.gently import first_object, moment_of
from exchange.core.dates import LEEWAY, format_date
from exchange.core.keys.domain import proven_domain
from exchange.core.plain_text import as_named, plain
from exchange.core.verdict.verdict import Verdict
from exchange.flows.records import Badge, Purpose, Signed, StatusChange

State = Literal["valid", "suspended", "revoked", "expired", "not_yet_valid", "invalid", "unknown"]

_BY_ROW: Mapping[Purpose, State] = {"revocation": "revoked", "suspension": "suspended"}
"""What the last change for a purpose makes of a badge when it set the bit; what is final first."""

FRESH = timedelta(seconds=60)
"""How long after it was looked at an embed may show a badge as good."""


class Embedded(Protocol):
    """What the hub asks of the value of anything that is embedded; `Value` says what its members mean."""

    @property
    def revision(self) -> str: ...
    def to_json(self, base: str, checked: datetime) -> dict[str, Any]: ...
    def fresh_until(self, checked: datetime) -> datetime: ...
    def turns(self) -> Iterable[datetime]: ...
    def changed(self, history: Sequence[StatusChange]) -> Embedded | None: ...


class Value(Struct, frozen=True, dict=True):
    """`since`: from when on it is so, None for what is valid. `reason`: as its issuer gave it, for everybody
    to read. `domain`: what the issuer's name rests on, `""` for a key only. `picture` is a path of ours.

    While the signature does not stand (`invalid`, and some of `unknown`), `name` and all else that was to be
    signed is `""` or None: nothing of it may be shown.
    """

    key: str
    state: State
    page: str
    picture: str
    alt: str
    since: datetime | None = None
    reason: str = ""
    name: str = ""
    description: str = ""
    issuer: str = ""
    issuer_page: str = ""
    domain: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    kind: str = "badge"

    @cached_property
    def revision(self) -> str:
        """Names all that it says."""
        return sha256(strict_json.dump(self._said())).hexdigest()[:16]

    def to_json(self, base: str, checked: datetime) -> dict[str, Any]:
        """The public value as it was found at `checked`; `docs/embed.md` says what its members mean."""
        home = urls.embed(base, "badges", self.key)
        return {
            **self._said(),
            "revision": self.revision,
            "picture": {"url": base + self.picture, "alt": self.alt} if self.picture else None,
            "checkedAt": format_date(checked),
            "freshUntil": format_date(self.fresh_until(checked)),
            "links": {
                "page": base + self.page,
                "issuer": base + self.issuer_page if self.issuer_page else None,
                "frame": home,
                "events": f"{urls.embed_events(base)}?of=badges/{self.key}",
                "card": f"{home}.png",
                "shield": f"{home}.svg",
            },
        }

    def fresh_until(self, checked: datetime) -> datetime:
        """Until when this may be shown as it is: no later than the moment at which its dates change it."""
        return min([checked + FRESH, *(turn for turn in self.turns() if turn > checked)])

    def turns(self) -> Iterator[datetime]:
        """The moments at which its dates make it begin and end."""
        if self.starts:
            yield self.starts - LEEWAY
        if self.ends and self.ends < self.ends.max.replace(tzinfo=self.ends.tzinfo) - LEEWAY:
            yield self.ends + LEEWAY

    def changed(self, history: Sequence[StatusChange]) -> Value | None:
        """What became of it by its whole history, where that can be told without looking further; None where
        only a new verdict can: nothing is called good by what a row says."""
        if not self.name:
            return self
        last = {change.purpose: change for change in history if change.purpose in _BY_ROW}
        for purpose, state in _BY_ROW.items():
            change = last.get(purpose)
            if change is not None and change.on:
                return replace(self, state=state, since=change.at, reason=plain(change.reason, 500))
        return None if self.state in ("revoked", "suspended") else self

    def _said(self) -> dict[str, Any]:
        proof = "domain" if self.domain else "key"
        return {
            "type": self.kind,
            "key": self.key,
            "state": self.state,
            "since": _date(self.since),
            "reason": self.reason or None,
            "name": self.name or None,
            "description": self.description or None,
            "issuer": {"name": self.issuer, "proof": proof, "domain": self.domain or None}
            if self.issuer
            else None,
            "validFrom": _date(self.starts),
            "validUntil": _date(self.ends),
            "picture": [self.picture, self.alt],
        }


def badge_value(badge: Badge | Signed, alt: str, verdict: Verdict, history: Sequence[StatusChange]) -> Value:
    """The value of one of our badges, by a verdict of just now; `alt` is the text of its picture."""
    state, page = state_by(verdict), urls.badge_page("", badge.id)
    document = verdict.credential
    if document is None:
        return Value(key=badge.id, state=state, page=page, picture="", alt="")
    issuer, subject = first_object(document.get("issuer")), first_object(document.get("credentialSubject"))
    earned = first_object(subject.get("achievement"))
    starts, ends = moment_of(document.get("validFrom")), moment_of(document.get("validUntil"))
    value = Value(
        key=badge.id,
        state=state,
        page=page,
        picture=urls.achievement_image("", badge.issuer, badge.achievement, badge.version),
        alt=alt,
        name=as_named(earned.get("name")) or as_named(document.get("name")) or badge.achievement,
        description=plain(earned.get("description"), 500),
        issuer=as_named(issuer.get("name")) or badge.issuer,
        issuer_page=urls.issuer("", badge.issuer),
        domain=proven_domain(plain(issuer.get("id"))),
        starts=starts,
        ends=ends,
        since={"expired": ends, "not_yet_valid": starts}.get(state),
    )
    return (value.changed(history) or value) if state in ("revoked", "suspended") else value


def state_by(verdict: Verdict) -> State:
    """How a badge stands. What is final comes before what is temporary, and doubt last, as on the badge's own
    page."""
    if verdict.outcome == "valid":
        return "valid"
    if verdict.credential is not None:
        for state in ("revoked", "suspended", "expired", "not_yet_valid"):
            if state in verdict.codes:
                return state
        if "endorser_suspended" in verdict.codes:
            return "suspended"
    return "invalid" if verdict.outcome == "invalid" else "unknown"


def _date(moment: datetime | None) -> str | None:
    return format_date(moment) if moment else None
