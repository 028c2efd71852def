"""Backings: what issuers say of each other and of what they award, as it is read: from what was signed, the
bits as they are now, and the keys that are still believed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from exchange.core import urls
from exchange.core.credentials.endorsement import read_endorsement
from exchange.core.credentials.nouns import plain
from exchange.core.plain_text import one_line
from exchange.core.verdict.secured import read_secured
from exchange.errors import ExchangeError, NotFoundError
from exchange.flows.badges.show import achievement, newest
from exchange.flows.endorsements.records import Endorsement
from exchange.flows.issuers.issuers import BELIEVED, issuer
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports

Live = Literal["active", "withdrawn", "superseded", "key_revoked"]
_MOST_VERSIONS = 20
_AT_A_TIME = 400


@dataclass(frozen=True, slots=True)
class Backing:
    """An issuer's endorsement: by whom, in which words, and how it stands. `earlier`: another version has
    followed the one that it is of, or the issuer that it is of has another id by now. `hidden`: who owns what
    it is about does not display it."""

    endorsement: Endorsement
    issuer_id: str
    issuer_name: str
    subject_id: str
    line: str
    text: str
    state: Live
    earlier: bool = False
    hidden: bool = False

    @property
    def stands(self) -> bool:
        return self.state == "active"

    @property
    def since(self) -> datetime:
        """When it was said."""
        return self.endorsement.signed_at or self.endorsement.drafted_at


async def find(ports: Ports, name: str) -> Endorsement:
    """An issuer's endorsement by its URL or key. NotFoundError("unknown_endorsement")."""
    key = urls.key_of(ports.bases, "endorsements", name)
    found = await ports.store.endorsement(key) if key else None
    if found is None or not found.issuer:
        raise NotFoundError(
            "unknown_endorsement", f"There is no endorsement {name!r:.120} by an issuer here."
        )
    return found


async def one(ports: Ports, row: Endorsement) -> Backing | None:
    """A single one; None for what cannot be read."""
    rows = await ports.store.endorsements_of(row.kind, [row.subject])
    found = await read_all(ports, [row], {await _newest(ports, row)}, _hidden(rows))
    return found[0] if found else None


async def read_all(
    ports: Ports,
    rows: Sequence[Endorsement],
    latest: Collection[str] | None = None,
    hidden: Collection[tuple[str, str]] = (),
) -> list[Backing]:
    """Those by issuers, without what cannot be read, which never hides the others. `latest`: the subjects
    that no other version follows; `hidden` as `_hidden` gives it."""
    believed: dict[str, set[str]] = {}
    ids = {
        row.subject: known.did
        for row in rows
        if row.kind == "issuer" and (known := await ports.store.issuer(row.subject)) is not None
    }
    found = []
    for row in rows:
        if not row.issuer:
            continue
        if row.issuer not in believed:
            keys = await ports.store.keys(row.issuer)
            believed[row.issuer] = {key.multikey for key in keys if key.state in BELIEVED}
        key, is_hidden = row.did.rpartition("#")[2], (row.issuer, row.subject) in hidden
        read = _read(row, key in believed[row.issuer], is_hidden)
        if read is not None:
            followed = latest is not None and row.subject not in latest
            renamed = read.subject_id != ids.get(row.subject, read.subject_id)
            found.append(replace(read, earlier=followed or renamed))
    return found


def _read(row: Endorsement, believed: bool, hidden: bool) -> Backing | None:
    try:
        said = read_endorsement(read_secured(row.signed or b"").document)
    except ExchangeError:
        return None
    line, _, text = plain(said.credential_subject.endorsement_comment).partition("\n\n")
    state: Live = row.state if row.state in ("withdrawn", "superseded") else "active"
    if state == "active" and not believed:
        state = "key_revoked"  # whoever has that key can sign as this issuer, and write any date
    name = one_line(plain(said.issuer.name), 300)
    about = said.credential_subject.id
    return Backing(row, said.issuer.id, name, about, line, text, state, hidden=hidden)


def _hidden(rows: Iterable[Endorsement]) -> set[tuple[str, str]]:
    """(issuer, subject) of what is not displayed: that decision holds for whatever is said there later."""
    return {(row.issuer, row.subject) for row in rows if row.shown == "hidden"}


async def of_issuer(ports: Ports, slug: str) -> list[Backing]:
    """Who endorses an issuer, as everybody may see it; what was withdrawn stays. The oldest first.
    NotFoundError("unknown_issuer")."""
    await issuer(ports, slug)
    rows = await ports.store.endorsements_of("issuer", [slug])
    hidden = _hidden(rows)
    seen = [row for row in rows if (row.issuer, row.subject) not in hidden and row.state != "superseded"]
    return await read_all(ports, seen)


async def of_achievement(ports: Ports, slug: str, badge: str, version: int) -> list[Backing]:
    """The same of one version; of who says nothing about this one, what they said of the last before it.
    NotFoundError("unknown_achievement")."""
    await achievement(ports, slug, badge, version)
    keys = [f"{slug}/{badge}@{number}" for number in range(version, 0, -1)][:_MOST_VERSIONS]
    rows = await ports.store.endorsements_of("achievement", keys)
    hidden = _hidden(rows)
    found = [row for row in rows if row.issuer and row.state != "superseded"]
    latest: dict[str, int] = {}
    for row in found:
        latest[row.issuer] = min(latest.get(row.issuer, len(keys)), keys.index(row.subject))
    shown = [
        row
        for row in found
        if row.subject == keys[latest[row.issuer]] and (row.issuer, row.subject) not in hidden
    ]
    last = await newest(ports, slug, badge)
    return await read_all(ports, shown, {f"{slug}/{badge}@{last.version}"})


async def given(ports: Ports, slug: str) -> list[Backing]:
    """What an issuer endorses and has endorsed, newest first, for who may do so in its name. ForbiddenError,
    NotFoundError."""
    check(ports, "endorse", slug)
    await issuer(ports, slug)
    rows = await ports.store.endorsements_by_issuer(slug)
    return await _gathered(ports, [row for row in rows if row.state != "superseded"])


async def received(ports: Ports, slug: str) -> list[Backing]:
    """What others say of an issuer and of what it awards, newest first, displayed or not. As `given`."""
    check(ports, "endorse", slug)
    await issuer(ports, slug)
    keys = [
        f"{slug}/{last.slug}@{version}"
        for last in await ports.store.achievements(slug, retired=True)
        for version in range(1, last.version + 1)
    ]
    rows = await ports.store.endorsements_of("issuer", [slug])
    for start in range(0, len(keys), _AT_A_TIME):
        rows += await ports.store.endorsements_of("achievement", keys[start : start + _AT_A_TIME])
    rows.sort(key=lambda row: (row.signed_at or row.drafted_at, row.id), reverse=True)
    return await _gathered(ports, [row for row in rows if row.state != "superseded"])


async def _gathered(ports: Ports, rows: list[Endorsement]) -> list[Backing]:
    """Each with whether it is displayed, and whether it is of an earlier version."""
    hidden: set[tuple[str, str]] = set()
    for kind in ("achievement", "issuer"):
        subjects = sorted({row.subject for row in rows if row.kind == kind})
        for start in range(0, len(subjects), _AT_A_TIME):
            some = subjects[start : start + _AT_A_TIME]
            hidden |= _hidden(await ports.store.endorsements_of(kind, some))
    return await read_all(ports, rows, {await _newest(ports, row) for row in rows}, hidden)


async def name_of(ports: Ports, row: Endorsement) -> str:
    """What it is about, as that is called on its page."""
    slug, slash, rest = row.subject.partition("/")
    badge, _, version = rest.partition("@")
    known = await ports.store.achievement(slug, badge, int(version)) if slash else None
    about = known.document if known else (await issuer(ports, slug)).profile
    return one_line(plain(about.get("name")), 300)  # type: ignore[arg-type]


async def _newest(ports: Ports, row: Endorsement) -> str:
    """What it would be about, were it said today."""
    slug, slash, rest = row.subject.partition("/")
    badge = rest.partition("@")[0]
    last = await ports.store.achievement(slug, badge) if slash else None
    return f"{slug}/{badge}@{last.version}" if last else row.subject
