"""What a link shows is kept while it is true: after each kind of change, made on this node or on another, the
next reader has what a reader without anything kept would have."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from exchange.core.log.entry import build_entry, commit
from exchange.core.portfolio.shown import Shown
from exchange.errors import NotFoundError
from exchange.flows.badges.status import reinstate, revoke, suspend
from exchange.flows.claims.claim import answer
from exchange.flows.embeds import hub as hubs
from exchange.flows.embeds.hub import Hub
from exchange.flows.embeds.portfolio_value import PortfolioValue
from exchange.flows.embeds.since import Since
from exchange.flows.embeds.stamped import STAMP
from exchange.flows.endorsements import reports
from exchange.flows.endorsements.show import hide, show
from exchange.flows.endorsements.withdraw import withdraw
from exchange.flows.issuers.keys import revoke_key
from exchange.flows.people import people
from exchange.flows.people.erase import erase, preview
from exchange.flows.people.records import NOBODY
from exchange.flows.portfolios import show as shows
from exchange.flows.portfolios.kept import kept_by_secret
from exchange.flows.portfolios.records import Logged
from exchange.flows.portfolios.remove import remove
from exchange.flows.portfolios.share import off
from exchange.flows.ports import Ports
from exchange.flows.sign_in.secrets import hash_of
from exchange.flows.vouches.show import hide as hide_vouch
from exchange.flows.vouches.withdraw import withdraw as take_back
from tests.adapters.database.samples import START
from tests.portfolios import PortfolioTown, shown_by_secret
from tests.simulator import run


class Place(PortfolioTown):
    """Everything behind a link, and who reads it on another node: the same store, and what it kept itself."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.kept = self.everything()
        self.link, self.secret = self.share(self.kept)
        self.node: Ports = replace(self.ports, hub=Hub())

    def read(self) -> Shown | None:
        """As the other node tells it; None for nothing."""
        return found(kept_by_secret, self.node, self.secret)

    def truth(self) -> Shown | None:
        return found(shown_by_secret, replace(self.ports, hub=Hub()), self.secret)

    def hide_for_all(self) -> None:
        """As a reader asked for, and an owner of the badge's issuer decides."""
        stranger = replace(self.ports, who=NOBODY)
        run(reports.report(stranger, "endorsement", self.said.id, "untrue", "", "net"))
        owner = replace(self.cleo.ports, who=replace(self.cleo.ports.who, roles={"school": "owner"}))
        rows, _ = run(reports.reports(owner, "school"))
        run(reports.settle(owner, rows[0].report.id, "hide", "No insults here."))

    def erase(self, person: str) -> None:
        run(erase(self.ports, person, run(preview(self.ports, person)).word))

    def lose_key(self) -> None:
        key = next(one for one in run(self.world.store.keys("school")) if one.state == "active")
        run(revoke_key(self.ports, key.id, "In other hands."))


def found(read: Callable[..., Any], ports: Ports, secret: str) -> Shown | None:
    try:
        known = run(read(ports, secret))
    except NotFoundError:
        return None
    return known[0] if isinstance(known, tuple) else known.value.shown


def items(place: Place, **changes: Any) -> tuple[Any, ...]:
    first, *rest = place.kept.portfolio.items
    return (msgspec.structs.replace(first, **changes), *rest)


CHANGES: dict[str, Callable[[Place], Any]] = {
    "a badge is revoked": lambda p: run(revoke(p.ports, p.first, "Why")),
    "a badge is suspended": lambda p: run(suspend(p.ports, p.second, "Why")),
    "the headline is another": lambda p: p.change(p.kept, headline="Another"),
    "the order is another": lambda p: p.change(p.kept, items=p.kept.portfolio.items[::-1]),
    "an item is hidden": lambda p: p.change(p.kept, items=items(p, hidden=True)),
    "the link is off": lambda p: run(off(p.ben.ports, p.kept.id, p.link.id)),
    "it is removed": lambda p: run(remove(p.ben.ports, p.kept.id)),
    "an endorsement is withdrawn": lambda p: run(withdraw(p.ana.ports, p.said.id)),
    "an endorsement is hidden by its holder": lambda p: run(hide(p.ben.ports, p.said.id)),
    "an endorsement is hidden by the issuer": lambda p: p.hide_for_all(),
    "an endorsement is replaced": lambda p: p.endorsed(p.ana, p.first, "Very calm."),
    "a vouch is hidden": lambda p: run(hide_vouch(p.ben.ports, p.vouch.id)),
    "a vouch is taken back": lambda p: run(take_back(p.ana.ports, p.vouch.id)),
    "a badge is declined": lambda p: run(answer(p.ben.ports, p.second, "decline")),
    "the holder has another name": lambda p: run(people.change(p.ports, p.ben.person.id, name="Benno")),
    "the holder is suspended": lambda p: run(people.suspend(p.ports, p.ben.person.id)),
    "the holder is erased": lambda p: p.erase(p.ben.person.id),
    "who endorsed is suspended": lambda p: run(people.suspend_profile(p.ports, p.ana.person.id, "Why")),
    "who endorsed is erased": lambda p: p.erase(p.ana.person.id),
    "the issuer's key is revoked": lambda p: p.lose_key(),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_there_for_the_next_reader_whatever_node_it_was_made_on(name: str) -> None:
    place = Place()
    before = place.read()
    assert before == place.truth() == place.read()
    CHANGES[name](place)
    after = place.read()
    assert after == place.truth()
    assert after != before


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_in_open_embeds_after_one_look(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, hub = Place(), Hub()
    watched = f"portfolios/{place.secret}"
    monkeypatch.setattr(hubs, "LOOK_SECONDS", 3600.0)

    async def watch() -> None:
        await kept_by_secret(node, place.secret)
        with hub.watch(node, [watched]) as watcher:
            await hub.look(node)
            await asyncio.to_thread(CHANGES[name], place)  # its steps run loops of their own
            place.world.later(seconds=1)
            await hub.look(node)
            value, looked = hub.seen(watched)
            assert isinstance(value, PortfolioValue | None)
            seen.append(value and value.shown)
            assert looked == place.world.now
            assert watcher.news == {watched}

    node, seen = replace(place.ports, hub=hub), []  # type: ignore[var-annotated]
    run(watch())
    assert seen == [place.truth()]


def test_what_is_said_of_who_endorses_is_told_too(judged: list[str]) -> None:
    """The trust facts of Ben's portfolio say whether he endorsed Ana in return."""
    place = Place()
    theirs = place.award("mailto:ana@example.org").key
    run(answer(place.ana.ports, theirs, "accept"))
    before = place.read()
    assert before
    assert before == place.truth()
    judged.clear()
    back = place.ben.endorse(theirs, "Ana held the line.")
    run(show(place.ana.ports, back.id))
    after = place.read()
    assert after == place.truth() != before
    assert "reciprocal" in {fact.code for fact in after.facts}  # type: ignore[union-attr]
    run(hide(place.ana.ports, back.id))
    assert place.read() == before
    judged.clear()
    others = place.award("mailto:cleo@example.org").key
    run(answer(place.cleo.ports, others, "accept"))
    run(show(place.cleo.ports, place.ben.endorse(others, "Cleo too.").id))
    assert place.read() == before
    assert judged == []


def test_what_was_bad_is_good_again_at_once() -> None:
    place = Place()
    before = place.read()
    run(suspend(place.ports, place.first, "Why"))
    assert place.read() != before
    run(reinstate(place.ports, place.first, "Right"))
    assert place.read() == before
    run(hide(place.ben.ports, place.said.id))
    assert place.read() != before
    run(show(place.ben.ports, place.said.id))
    assert place.read() == before
    run(people.suspend(place.ports, place.ben.person.id))
    assert place.read() is None
    run(people.reinstate(place.ports, place.ben.person.id))
    assert place.read() == before


def test_time_alone_ends_a_badge_and_a_link() -> None:
    place = Place()
    soon = place.accepted(valid_until=place.world.now + timedelta(days=1, seconds=30))
    place.kept = place.change(place.kept, items=items(place, id=soon, key="soon"))
    _, place.secret = place.share(place.kept, expires_at=place.world.now + timedelta(days=2))
    states = []
    for hours in (0, 23.99, 24.1, 48):
        place.world.now = place.kept.made_at + timedelta(hours=hours)
        shown = place.read()
        assert shown == place.truth()
        states.append(shown.items[0].state if shown else None)
    assert states == ["valid", "valid", "expired", None]


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A word for each time that a portfolio is judged."""
    words: list[str] = []
    whole = shows.show

    async def counted(*args: Any, **named: Any) -> Any:
        words.append("judged")
        return await whole(*args, **named)

    monkeypatch.setattr(shows, "show", counted)
    return words


QUIET: dict[str, Callable[[Place], Any]] = {
    "nothing": lambda p: None,
    "somebody is awarded a badge": lambda p: p.award("mailto:cleo@example.org"),
    "another badge is revoked": lambda p: run(revoke(p.ports, p.award().key, "Why")),
    "a link of it is switched off": lambda p: run(off(p.ben.ports, p.kept.id, p.share(p.kept)[0].id)),
    "another portfolio is changed": lambda p: p.change(p.everything(), headline="Another"),
    "some seconds pass": lambda p: p.world.later(seconds=40),
}


@pytest.mark.parametrize("name", QUIET)
def test_what_changes_nothing_of_it_has_nothing_judged_anew(name: str, judged: list[str]) -> None:
    place = Place()
    before = place.read()
    judged.clear()
    QUIET[name](place)
    assert [place.read() for _ in range(3)] == [before] * 3
    assert judged == []


def test_it_is_judged_anew_each_minute_and_when_too_much_was_logged(
    judged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place()
    place.read()
    place.world.later(seconds=61)
    place.read()
    assert len(judged) == 2
    monkeypatch.setattr(hubs, "MOST_LOGGED", 2)
    for _ in range(3):
        place.award("mailto:cleo@example.org")
    place.read()
    assert len(judged) == 3


def test_a_change_while_it_is_judged_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read before the change is kept under a mark from before it, so the next reader finds out."""
    place = Place()
    whole, acts = shows._verify, [lambda: hide_vouch(place.ben.ports, place.vouch.id)]

    async def meanwhile(*args: Any) -> Any:
        verdicts = await whole(*args)
        if acts:
            await acts.pop()()
        return verdicts

    monkeypatch.setattr(shows, "_verify", meanwhile)
    late = place.read()
    assert late is not None
    assert "vouch" in {one.key for one in late.items}
    now = place.read()
    assert now is not None
    assert now == place.truth()
    assert "vouch" not in {one.key for one in now.items}


def test_readers_who_come_together_have_it_judged_once(judged: list[str]) -> None:
    place = Place()

    async def many() -> None:
        await asyncio.gather(*(kept_by_secret(place.node, place.secret) for _ in range(20)))

    run(many())
    assert judged == ["judged"]


def test_what_is_not_shown_takes_one_read_whether_it_was_kept_or_never_there() -> None:
    place = Place()
    _, over = place.share(place.kept, expires_at=place.world.now + timedelta(hours=1))
    reads: list[str] = []

    class Counted:
        def __getattr__(self, name: str) -> Any:
            if asyncio.iscoroutinefunction(method := getattr(place.world.store, name)):
                reads.append(name)
            return method

    place.node = replace(place.node, store=Counted())  # type: ignore[arg-type]
    for secret in (place.secret, over):
        assert found(kept_by_secret, place.node, secret)
    run(off(place.ben.ports, place.kept.id, place.link.id))
    place.world.later(hours=2)
    for secret in (place.secret, over, "x" * 22):
        for _ in range(2):
            reads.clear()
            assert found(kept_by_secret, place.node, secret) is None
            assert reads == ["shared_mark"]


def test_the_bytes_say_when_it_was_looked_at_and_are_the_same_for_a_moment() -> None:
    place = Place()
    base = place.ports.base_url

    def told() -> Any:
        return run(kept_by_secret(place.node, place.secret)).value.served(base, place.world.now)

    first, etag = told().body, told().etag
    began = place.world.now
    for seconds in (0, 1, 30, 59):
        place.world.now = began + timedelta(seconds=seconds)
        known = run(kept_by_secret(place.node, place.secret)).value
        said = msgspec.json.decode(told().body)
        at = told().at
        assert said == msgspec.json.decode(msgspec.json.encode(known.to_json(base, at)))
        assert timedelta(0) <= place.world.now - at < STAMP
        assert (told().body == first, told().etag == etag) == (seconds < 3, seconds < 3)


def test_it_takes_no_more_room_than_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place()
    place.read()
    one = place.node.hub._room
    assert one > 3 * len(run(kept_by_secret(place.node, place.secret)).value.served("", place.world.now).body)
    monkeypatch.setattr(hubs, "MOST_ROOM", int(2.5 * one))
    secrets = [place.share(place.kept)[1] for _ in range(4)]
    for secret in secrets:
        run(kept_by_secret(place.node, secret))
    assert list(place.node.hub._kept) == [f"portfolios/{secret}" for secret in secrets[-2:]]
    assert place.node.hub._room <= 2.5 * one
    for secret in secrets:
        place.secret = secret
        run(off(place.ben.ports, place.kept.id, link_of(place, secret)))
        assert place.read() is None
    assert (place.node.hub._room, len(place.node.hub._kept)) == (0, 0)


def link_of(place: Place, secret: str) -> str:
    rows = run(place.world.store.portfolio_links([place.kept.id]))
    return next(one.id for one in rows if one.hash == hash_of(secret))


def line(position: int, about: str, kind: str = "show", holder: str = "") -> Logged:
    return Logged(position, about, build_entry(kind, START, commit({}, b"s" * 16)), holder)


NAMES: dict[str, tuple[list[Logged], str]] = {
    "nothing": ([], ""),
    "a badge in it": ([line(4, "badge:mine")], "anew"),
    "a badge in it before": ([line(3, "badge:mine"), line(3, "issuer:school")], ""),
    "a bit of a badge in it": ([line(4, "badge:mine", "revoke")], "bits"),
    "a bit and more": ([line(4, "badge:mine", "revoke"), line(5, "badge:mine", "decline")], "anew"),
    "a bit and an issuer": ([line(4, "badge:mine", "revoke"), line(5, "issuer:school")], "anew"),
    "what cannot be read": ([Logged(4, "badge:mine")], "anew"),
    "others": ([line(4, "badge:x"), line(5, "badge:y", "revoke"), line(6, "code:mine")], ""),
    "an endorsement of who endorses in it": ([line(4, "badge:x", holder="ana")], "later"),
    "an endorsement of somebody else": ([line(4, "badge:x", holder="cleo")], ""),
    "somebody's token": ([line(4, "token:t"), line(4, "account:a")], ""),
    "somebody publishes": ([line(4, "portfolio:p", "publish"), line(4, "account:a")], ""),
    "somebody's account": ([line(4, "token:t"), line(4, "account:a"), line(5, "account:b")], "later"),
    "an issuer": ([line(4, "badge:x"), line(5, "issuer:school"), line(5, "key:z6")], "later"),
    "something that is not known": ([line(4, "novelty:1")], "later"),
    "too much": ([line(4, "badge:x")] * 9, "later"),
}


@pytest.mark.parametrize("name", NAMES)
def test_what_in_the_log_concerns_it(name: str) -> None:
    logged, expected = NAMES[name]
    assert Since.of(logged, 9).concern(4, frozenset({"mine"}), {"ana"}) == expected
