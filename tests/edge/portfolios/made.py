"""Portfolios as values, to render them in tests: everything that can stand in one, in every state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from exchange.core.portfolio.shown import Evidence, Group, Item, Shown, Skill

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
SECRET = "s3cretS3cretS3cretS3cre"
BADGE = Item(
    key="i1",
    kind="badge",
    state="valid",
    name="Incident lead",
    description="Leads the response to an incident.",
    issuer="Reliability School",
    domain="school.example",
    page="/badges/b1",
    picture="/achievements/school/incident-lead/1/image.png",
    alt="A blue hexagon with the letters IL",
    credential="/badges/b1.json",
    at=NOW,
    starts=NOW,
    ends=NOW + timedelta(days=365),
    skills=(Skill("Incident management", "https://skills.example.org/usup"),),
    evidence=(Evidence("https://example.org/report", "The report", "What happened"),),
)
REVOKED = Item(
    key="i2",
    kind="badge",
    state="revoked",
    since=NOW,
    reason="Wrong person",
    name="Retrospective facilitator",
    issuer="Atlas Learning Team",
    page="/badges/b2",
)
ENDORSEMENT = Item(
    key="i3",
    kind="endorsement",
    state="valid",
    issuer="Bo Lind",
    relationship="manager",
    team="Platform",
    line="Kept calm and led us through.",
    text="**Twice** in one night.",
    signed_by="own",
    page="/endorsements/e1",
    about="i1",
    at=NOW,
)
VOUCH = Item(
    key="i4", kind="vouch", state="valid", name="Vouch for site reliability", issuer="Cy", page="/badges/v1"
)
WHOLE = Shown(
    key=SECRET,
    person="Ana Ruiz",
    headline="Ready to lead on-call",
    points=("Led four incidents", "Taught twelve people"),
    groups=(Group("Reliability", ("i1", "i2")), Group("", ("i4",))),
    items=(BADGE, REVOKED, ENDORSEMENT, VOUCH),
)


def shown(*items: Item, **changed: Any) -> Shown:
    """`WHOLE` with these items, in one group."""
    keys = tuple(item.key for item in items if not (item.kind == "endorsement" and item.about))
    return msgspec.structs.replace(WHOLE, items=items, groups=(Group("", keys),), **changed)


def other(item: Item = BADGE, **changed: Any) -> Item:
    """The same item, changed."""
    return msgspec.structs.replace(item, **changed)
