"""Limits: how often somebody may try, counted in the database, so exactly, whichever node they ask."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

from exchange.errors import TooManyError, UnavailableError
from exchange.flows.people.records import Quota
from exchange.flows.ports import Ports
from exchange.flows.sign_in.secrets import hash_of

QUARTER, DAY, HALF_A_YEAR = timedelta(minutes=15), timedelta(days=1), timedelta(days=180)


def mail_quotas(address: str, network: str) -> list[Quota]:
    """Of mails that somebody asks for: five tries at five mails leave 1 in 40,000 to who guesses codes."""
    return [
        Quota(f"mail {address}", 5, QUARTER),
        Quota(f"mail of a day {address}", 20, DAY),
        Quota(f"mail from {network}", 30, QUARTER),
    ]


def try_quotas(network: str) -> list[Quota]:
    """Of links and codes that somebody hands in."""
    return [Quota(f"try from {network}", 60, QUARTER)]


def report_quotas(person: str, badge: str) -> list[Quota]:
    """Of mails that holders have sent to who issued them a badge."""
    return [Quota(f"report {badge}", 3, DAY), Quota(f"reports {person}", 10, DAY)]


def endorse_quotas(person: str) -> list[Quota]:
    """Of endorsements that somebody writes."""
    return [Quota(f"endorse {person}", 60, DAY)]


def endorsed_quotas(holder: str) -> list[Quota]:
    """Of endorsements and vouches that somebody is told of."""
    return [Quota(f"endorsed {holder}", 100, DAY)]


def backed_quotas(issuer: str) -> list[Quota]:
    """Of endorsements in an issuer's name: whom they are about are told of each."""
    return [Quota(f"endorses {issuer}", 100, DAY)]


def reporting_quotas(who: str) -> list[Quota]:
    """Of reports that somebody makes: an account, or a network."""
    return [Quota(f"reporting {who}", 20, DAY)]


def reported_quotas(key: str, network: str) -> list[Quota]:
    """Of reports of one thing from one network, by people without an account."""
    return [Quota(f"reported {key} {network}", 1, DAY)]


def vouch_quotas(person: str) -> list[Quota]:
    """Of vouches that somebody writes, and of people they look for to do so."""
    return [Quota(f"vouch {person}", 40, DAY)]


def ask_quotas(holder: str) -> list[Quota]:
    """Of people whom somebody asks for an endorsement."""
    return [Quota(f"ask {holder}", 40, DAY)]


def asked_quotas(address: str) -> list[Quota]:
    """Of times that somebody is asked, whoever asks."""
    return [Quota(f"asked {address}", 10, DAY)]


def again_quotas(request: str) -> list[Quota]:
    """Of new links for one who let the old one grow old; not without end: who asks can ask for them too."""
    return [Quota(f"again {request}", 3, DAY), Quota(f"again ever {request}", 5, HALF_A_YEAR)]


def look_quotas(network: str, domain: str) -> list[Quota]:
    """Of pages elsewhere that are looked at for somebody, and of times that one place is."""
    return [Quota(f"look from {network}", 30, QUARTER), Quota(f"look at {domain}", 60, QUARTER)]


def bring_quotas(person: str) -> list[Quota]:
    """Of badges from elsewhere that somebody brings: each is verified, and may be fetched."""
    return [Quota(f"bring {person}", 30, QUARTER), Quota(f"bring of a day {person}", 300, DAY)]


def copy_quotas(person: str) -> list[Quota]:
    """Of records and presentations that somebody has signed of what they show."""
    return [Quota(f"copy {person}", 20, QUARTER), Quota(f"copy of a day {person}", 60, DAY)]


def look_again_quotas(person: str, imported: str) -> list[Quota]:
    """Of times that somebody has one of these looked at."""
    return [Quota(f"look again {imported}", 5, QUARTER), Quota(f"look again {person}", 60, QUARTER)]


def pdf_quotas(network: str) -> list[Quota]:
    """Of PDFs that strangers hand in: reading one costs more than the badges in it."""
    return [Quota(f"pdf from {network}", 60, QUARTER)]


def paper_quotas(network: str) -> list[Quota]:
    """Of sheets of paper that are printed for the readers behind one network."""
    return [Quota(f"paper from {network}", 120, QUARTER)]


def file_quotas(network: str) -> list[Quota]:
    """Of files that readers behind one network take along of portfolios."""
    return [Quota(f"file from {network}", 600, QUARTER)]


def begin_quotas(network: str) -> list[Quota]:
    """Of ceremonies that somebody begins: many, for a whole company may sit behind one network."""
    return [Quota(f"begin from {network}", 1000, QUARTER)]


async def check_readers_limit(ports: Ports, quotas: list[Quota]) -> None:
    """The same for who only reads: where nothing can be written down, nobody is kept from reading."""
    try:
        await check_limit(ports, quotas)
    except UnavailableError:
        return


async def check_limit(ports: Ports, quotas: list[Quota]) -> None:
    """Count once. TooManyError("too_many") when a quota is used up, whatever it was asked for."""
    now = ports.now()
    # Names of people are not to be read in a table of counts.
    until = await ports.store.hit([replace(quota, key=hash_of(quota.key)) for quota in quotas], now)
    if until is not None:
        seconds = max(1, math.ceil((until - now).total_seconds()))
        minutes = math.ceil(seconds / 60)
        wait = f"{minutes} minute{'s' * (minutes > 1)}"
        raise TooManyError("too_many", f"That was tried too often. Try again in {wait}.", seconds)
