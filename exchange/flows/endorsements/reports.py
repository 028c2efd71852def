"""Reports: a reader says what is wrong with something a peer said, and who answers for the badge decides.

Nobody is ever shown who reported. The issuer's owner dismisses a report, hides the endorsement from the badge
(its endorser learns only that it is not displayed), or hands it to who runs the exchange, who may suspend a
profile; what is hidden stays so until that is decided. What is about no issuer's badge goes there at once,
and stays theirs. All of it can be decided again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from exchange.core import urls
from exchange.core.plain_text import plain
from exchange.errors import ConflictError, InputError, NotFoundError, TooManyError
from exchange.flows.badges.status import MAX_REASON, check_reason
from exchange.flows.endorsements.listed import line_of, name_of
from exchange.flows.endorsements.logged import report_leaf, review_leaf
from exchange.flows.endorsements.records import Report, ReportKind, ReportState
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import issuer as find_issuer
from exchange.flows.mail.post import endorsement_mails, reported_mail
from exchange.flows.people.owners import owners_of
from exchange.flows.people.rights import check, may
from exchange.flows.ports import Ports
from exchange.flows.sign_in.limits import check_limit, reported_quotas, reporting_quotas
from exchange.flows.vouches.listed import line_of as vouch_line

REASONS = ("untrue", "insulting", "private", "traded", "other")
"""Why something is reported."""
MAX_NOTE = 300
PAGE = 50
KINDS: tuple[ReportKind, ...] = ("endorsement", "vouch")
Act = Literal["dismiss", "hide", "hand-over"]
BECOMES: dict[Act, ReportState] = {"dismiss": "dismissed", "hide": "hidden", "hand-over": "handed"}
OPEN: tuple[ReportState, ...] = ("open",)
SETTLED: tuple[ReportState, ...] = ("dismissed", "hidden", "handed")
DECIDED: tuple[ReportState, ...] = ("dismissed", "hidden")


@dataclass(frozen=True, slots=True)
class Thing:
    """What is reported: by whom it is, what it says and of what; `issuer` is `""` where it is about none."""

    kind: ReportKind
    key: str
    issuer: str
    by: str
    person: str
    holder: str
    says: str
    about: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """A report as who decides sees it; `thing` is None where that is gone."""

    report: Report
    thing: Thing | None


async def thing(ports: Ports, kind: str, key: str) -> Thing:
    """What everybody may read, and so report. NotFoundError("unknown_endorsement")."""
    found = await _thing(ports, kind, key)
    if found is None or not found.shown:
        raise NotFoundError("unknown_endorsement", "There is nothing here that can be reported.")
    return found


async def _thing(ports: Ports, kind: str, key: str) -> Thing | None:
    if kind == "vouch":
        vouch = await ports.store.vouch(key)
        told = await vouch_line(ports, vouch) if vouch and vouch.state != "drafted" else None
        if vouch is None or told is None:
            return None
        return Thing(
            *("vouch", key, vouch.issuer, told.giver, vouch.giver, vouch.holder, told.said.words, told.name),
            shown=True,
        )
    one = await ports.store.endorsement(key) if kind == "endorsement" else None
    line = line_of(one) if one is not None and one.state != "drafted" else None
    if one is None or line is None:
        return None
    at = ""
    if one.kind == "badge":
        badge = await ports.store.badge(one.subject)
        at = badge.issuer if badge else ""
    elif one.kind in ("achievement", "issuer"):
        at = one.subject.partition("/")[0]
    shown = not one.barred and (one.shown == "shown" or not one.holder)
    says, about = line.said.line, await name_of(ports, one)
    return Thing("endorsement", key, at, line.name, one.endorser, one.holder, says, about, shown)


async def report(ports: Ports, kind: str, key: str, reason: str, note: str = "", network: str = "") -> None:
    """Put it before who answers for the badge. The same reader reporting the same thing again does nothing:
    an account, or for who has none a network within a day.

    NotFoundError("unknown_endorsement"); InputError: "reason_unknown", "note_too_long"; TooManyError,
    UnavailableError.
    """
    found = await thing(ports, kind, key)
    if reason not in REASONS:
        raise InputError("reason_unknown", "Say what is wrong with it.", "reason")
    note = plain(note, MAX_NOTE + 1)
    if len(note) > MAX_NOTE:
        raise InputError("note_too_long", f"A note has at most {MAX_NOTE} characters.", "note")
    await check_writable(ports)
    reporter = ports.who.person
    await check_limit(ports, reporting_quotas(f"person {reporter}" if reporter else f"network {network}"))
    if not reporter and network:
        try:
            await check_limit(ports, reported_quotas(key, network))
        except TooManyError:
            return
    state: ReportState = "open" if found.issuer else "handed"
    made = Report(
        *(ports.new_id(), found.kind, key, found.issuer, reporter, reason, note, state, ports.now())
    )
    told = [reported_mail(ports, "reported", to, made) for to in await owners_of(ports, found.issuer)]
    leaf = report_leaf(made, _url(ports, made), ports.new_salt())
    if await ports.store.put_report(made, leaf, told):
        ports.bell.ring()


def _url(ports: Ports, one: Report) -> str:
    return (urls.badge if one.kind == "vouch" else urls.endorsement)(ports.base_url, one.subject)


# --- who decides ------------------------------------------------------------------------------------------


async def reports(
    ports: Ports, issuer: str, settled: bool = False, before: str = ""
) -> tuple[list[Seen], str | None]:
    """A page of what is open at an issuer, or (`settled`) decided, newest first; and the `before` of the next
    one. NotFoundError("unknown_issuer"), ForbiddenError."""
    await find_issuer(ports, issuer)
    check(ports, "reports", issuer)
    return await _page(ports, issuer, SETTLED if settled else OPEN, before)


async def handed(ports: Ports, settled: bool = False, before: str = "") -> tuple[list[Seen], str | None]:
    """What is who runs the exchange's to decide: handed to them, by whichever issuer, or about no issuer's
    badge; or (`settled`) what they decided of the latter. ForbiddenError."""
    check(ports, "people")
    return await _page(ports, "" if settled else None, DECIDED if settled else ("handed",), before)


async def _page(
    ports: Ports, issuer: str | None, states: tuple[ReportState, ...], before: str
) -> tuple[list[Seen], str | None]:
    found = await ports.store.reports(issuer, states, PAGE + 1, before)
    seen = [Seen(one, await _thing(ports, one.kind, one.subject)) for one in found[:PAGE]]
    return seen, found[PAGE - 1].id if len(found) > PAGE else None


async def find(ports: Ports, id: str) -> Seen:
    """NotFoundError("unknown_report"), ForbiddenError."""
    one = await ports.store.report(id)
    if one is None:
        check(ports, "people")  # only who may see them all is told that there is none
        raise NotFoundError("unknown_report", f"There is no report {id!r:.80} here.")
    if not (is_operators(one) and may(ports.who, "people")):
        check(ports, "reports", one.issuer)
    return Seen(one, await _thing(ports, one.kind, one.subject))


def is_operators(one: Report) -> bool:
    """Whether who runs the exchange decides it: it was handed over, or is about no issuer's badge."""
    return one.state == "handed" or not one.issuer


async def settle(ports: Ports, id: str, act: Act, reason: str = "") -> Report:
    """Dismiss it, hide what it is about, or hand it over; the latter two with a reason.

    InputError("reason_missing"); ConflictError: "already_so", "not_on_a_badge", "conflict"; as `find`.
    """
    seen = await find(ports, id)
    one, state = seen.report, BECOMES[act]
    if act != "dismiss":
        check_reason(reason)
    if act == "hide" and (one.kind != "endorsement" or seen.thing is None):
        raise ConflictError(
            "not_on_a_badge", "This stands on no other badge that it could be hidden from. Hand it over."
        )
    if one.state == state:
        raise ConflictError("already_so", "That was decided before; nothing was changed.")
    if act == "hand-over" and not one.issuer:
        raise ConflictError("already_so", "Who runs this exchange has it already. Dismiss it, or hide it.")
    await check_writable(ports)
    answer = plain(reason, MAX_REASON)
    settled = replace(
        one,
        state=state,
        settled_at=ports.now(),
        settled_by=ports.who.person,
        answer=answer,
        hides={"hide": answer, "hand-over": one.hides}.get(act, ""),
    )
    told = []
    holder = await ports.store.person(seen.thing.holder) if seen.thing and act == "hide" else None
    if holder is not None:
        told += await endorsement_mails(ports, "endorsement-barred", holder, one.subject)
    if act == "hand-over":
        told += [reported_mail(ports, "report-handed", to, settled) for to in await owners_of(ports, "")]
    leaf = review_leaf(settled, _url(ports, one), ports.now(), ports.new_salt())
    if not await ports.store.settle_report(settled, one.state, leaf, told):
        raise ConflictError("conflict", "Somebody else has just decided this. Look again.")
    ports.bell.ring()
    return settled
