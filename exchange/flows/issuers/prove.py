"""Prove: whether the domain of an issuer's web address says that the issuer is its own.

Anybody can write any address into a profile. The domain itself is asked, through the guarded fetch, on demand
and once a day from then on; what it said is on record with the moment, and in the log when it changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from exchange.core import urls
from exchange.core.keys.domain import DOCUMENT, LIST, domain_of, is_listed, is_named
from exchange.errors import ExchangeError, InputError
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import BELIEVED, issuer
from exchange.flows.issuers.records import DomainProof
from exchange.flows.log.log import domain_leaf
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports
from exchange.flows.records import Issuer

_AGAIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Domain:
    """The domain of an issuer's web address, `""` without one; and what it said when it was asked, None if it
    was not asked about the issuer as it is now."""

    name: str
    did: str
    proof: DomainProof | None


async def domain(ports: Ports, slug: str) -> Domain:
    """How it stands, without asking. NotFoundError("unknown_issuer")."""
    row = await issuer(ports, slug)
    name, proof = domain_of(row.profile.get("url")), await ports.store.domain_proof(slug)
    fits = proof is not None and (proof.domain, proof.did) == (name, row.did)
    return Domain(name, row.did, proof if fits else None)


async def prove(ports: Ports, slug: str) -> DomainProof:
    """Ask the domain, and put on record what it says. InputError("url_missing"), NotFoundError
    ("unknown_issuer")."""
    row = await issuer(ports, slug)
    check(ports, "design", slug)
    await check_writable(ports)
    return await _ask(ports, row)


async def prove_again(ports: Ports) -> None:
    """Ask one of those that were not asked for a day; the others have their turn the next time."""
    for proof in await ports.store.domain_proofs(ports.now() - _AGAIN):
        row = await issuer(ports, proof.issuer)
        if domain_of(row.profile.get("url")):
            await _ask(ports, row)
            return


async def _ask(ports: Ports, row: Issuer) -> DomainProof:
    name = domain_of(row.profile.get("url"))
    if not name:
        raise InputError("url_missing", "Give the issuer a web address first: its domain is what is asked.")
    way, problem = await _look(ports, row, name)
    found = DomainProof(row.slug, name, row.did, way, problem, ports.now())
    known = await ports.store.domain_proof(row.slug)
    same = known is not None and (known.domain, known.did, known.way) == (name, row.did, way)
    await ports.store.put_domain_proof(found, None if same else domain_leaf(found, ports.new_salt()))
    return found


async def _look(ports: Ports, row: Issuer, name: str) -> tuple[str, str]:
    """Where the domain says it, or what was found instead."""
    if ports.public and name == domain_of(ports.base_url) and row.did.startswith("did:web:"):
        return f"{urls.issuer(ports.base_url, row.slug)}/did.json", ""  # its id is this very domain's
    keys = [key.multikey for key in await ports.store.keys(row.slug) if key.state in BELIEVED]
    fetcher, problems = ports.web.for_one_verify(), []
    for path in (LIST, DOCUMENT):
        url = f"https://{name}{path}"
        try:
            found = await fetcher.fetch(url)
        except ExchangeError as error:
            problems.append(f"{url} could not be read: {error.message}")
            continue
        if found.status != 200:
            why = found.problem or f"it answered with status {found.status}"
            problems.append(f"{url} could not be read: {why}.")
        elif is_listed(found.body, row.did) if path == LIST else is_named(found.body, row.did, keys):
            return url, ""
        else:
            problems.append(f"{url} does not name this issuer.")
    return "", " ".join(problems)
