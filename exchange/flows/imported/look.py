"""Look: what an imported badge is, as any stranger would find it, and whether it is its keeper's.

Whose it is decides whether it may ever be called good. A badge is public: whoever was shown one has its file.
So it counts only if it names its recipient as an address that its keeper has verified (or as their profile
here). One that names another address is refused; one that names nobody comparable (a key, a number of its
issuer's) is kept, but nobody can tell whose it is, and it never reads *valid*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exchange.core import urls
from exchange.core.credentials.identity import check_recipient
from exchange.core.portfolio.imported import Recipient, Seen, is_known, outline_of, state_of
from exchange.core.status.ttl import shortest_ttl
from exchange.core.verdict.verdict import Verdict
from exchange.errors import ForbiddenError, NotFoundError
from exchange.flows.badges.open_badges_2 import KIND, as_subject
from exchange.flows.badges.verify import Options, examine
from exchange.flows.endorsements.profiles import person_of
from exchange.flows.people.people import find
from exchange.flows.people.rights import check_person
from exchange.flows.ports import Ports


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, in the bytes of `data` (`b""` if there were none to be had at a URL)."""

    seen: Seen
    verdict: Verdict
    data: bytes


async def look(ports: Ports, person: str, data: bytes, url: str = "") -> Looked:
    """Verify the bytes, or what lies at the URL, and compare whom they name with `person`.

    Who keeps it is known here, and how often they look is counted: so it gets the worker, unlike a
    stranger's, and Open Badges 2.0 are read.
    """
    found = await examine(ports, data, Options(expect="badge", trusted=True), url)
    verdict = found.verdict
    seen = Seen(
        state=state_of(verdict),
        recipient=await _whose(ports, person, verdict),
        findings=verdict.findings[:_MOST],
        outline=outline_of(verdict, found.documents),
        known=is_known(verdict),
        ttl=shortest_ttl(verdict.credential or {}, found.documents),
    )
    return Looked(seen, verdict, found.data)


_MOST = 60
"""Findings that are kept; no badge that says something has as many."""


async def keeper(ports: Ports, name: str = "") -> str:
    """Who keeps them: the person who acts, in a browser of theirs; or whom the shell names. ForbiddenError,
    NotFoundError("unknown_person")."""
    if not name:
        check_person(ports)
        return ports.who.person
    if ports.who.method != "shell":
        raise ForbiddenError("not_permitted", "Only you yourself may do that, signed in with a browser.")
    return (await find(ports, name)).id


async def _whose(ports: Ports, person: str, verdict: Verdict) -> Recipient:
    if verdict.credential is None:
        return "unproven"
    document = verdict.credential if verdict.kind != KIND else as_subject(verdict.credential.get("recipient"))
    if await _is_profile(ports, person, document):
        return "yours"
    found = {level for _, level in await _compared(ports, person, document)}
    return "yours" if found & _SAME else "other" if "error" in found else "unproven"


_SAME = {"ok", "warning"}


async def addresses_of(ports: Ports, person: str, document: Mapping[str, Any]) -> list[str]:
    """As which of their verified addresses a credential of Open Badges 3.0 names somebody."""
    return [one for one, level in await _compared(ports, person, document) if level in _SAME]


async def _compared(ports: Ports, person: str, document: Mapping[str, Any]) -> list[tuple[str, str]]:
    addresses = [one.address for one in await ports.store.addresses(person) if one.verified_at]
    return [(one, check_recipient(document, f"mailto:{one}").level) for one in addresses]


async def _is_profile(ports: Ports, person: str, document: Mapping[str, Any]) -> bool:
    """Whether it was issued to a pseudonym of theirs."""
    subject = document.get("credentialSubject")
    id = subject.get("id") if isinstance(subject, dict) else None
    if not isinstance(id, str) or not id.startswith(tuple(urls.profile(base, "") for base in ports.bases)):
        return False
    try:
        return (await person_of(ports, id)).id == person
    except NotFoundError:
        return False
