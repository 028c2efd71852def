"""Badges from elsewhere: brought, refused, looked at again, never called good for longer than is known."""

from __future__ import annotations

import io
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from exchange.core import strict_json
from exchange.core.bake import bake_png
from exchange.core.portfolio.imported import BELIEVED, LATEST, RETRY
from exchange.core.verdict.documents import Document
from exchange.errors import ExchangeError
from exchange.flows.badges.award import Awarded
from exchange.flows.imported import listed
from exchange.flows.imported.bring import NotValidError, bring
from exchange.flows.imported.look_again import BATCH, LEASE, look_again, look_at_due
from exchange.flows.imported.records import MOST, Imported, ImportedNow
from exchange.flows.imported.remove import remove
from exchange.flows.people.account import export
from exchange.flows.people.erase import erase
from exchange.flows.people.records import Address, Person, Principal
from exchange.flows.ports import Ports
from tests.elsewhere import BASE, Elsewhere, other_world
from tests.simulator import World, run


@dataclass
class Keeper:
    """Ana, who is signed in, and another exchange."""

    world: World = field(init=False)
    elsewhere: Elsewhere = field(init=False)

    def __post_init__(self) -> None:
        self.world, self.elsewhere = other_world()
        self.person("ana", "ana@example.org", "old@example.org")
        self.person("ben", "ben@example.org")

    def person(self, id: str, *addresses: str) -> None:
        now = self.world.now
        known = [Address(one, id, now, is_primary=not n) for n, one in enumerate(addresses)]
        run(self.world.store.put_person(Person(id, id.title(), now), known))

    def ports(self, who: str = "ana") -> Ports:
        return replace(self.world.ports, who=Principal(who, "code", who, confirmed_at=self.world.now))

    def bring(self, data: bytes = b"", url: str = "", who: str = "ana") -> Imported:
        return run(bring(self.ports(who), data, url))

    def now(self, one: Imported) -> ImportedNow:
        return run(listed.states(self.world.ports, [one.id]))[one.id]

    def later(self, **delta: float) -> None:
        self.world.later(**delta)
        self.elsewhere.at(self.world.now)

    def sweep(self) -> int:
        return run(look_at_due(self.world.ports))


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


def refused(act: Coroutine[Any, Any, Any]) -> ExchangeError:
    with pytest.raises(ExchangeError) as caught:
        run(act)
    return caught.value


def picture(badge: Awarded, side: int = 128) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), "#1f3a5f").save(out, "PNG")
    return bake_png(out.getvalue(), badge.signed.decode())


@pytest.mark.parametrize("proof", ["eddsa-rdfc-2022", "eddsa-jcs-2022", "jwt"])
def test_a_badge_from_elsewhere_is_kept_as_it_came_and_says_when_it_was_looked_at(
    keeper: Keeper, proof: Any
) -> None:
    badge = keeper.elsewhere.award(proof=proof, evidence=("https://e.example/report",))
    for data, kind in ((badge.signed, "vc"), (badge.svg, "svg"), (picture(badge), "png")):
        one = keeper.bring(data)
        now = keeper.now(one)
        assert (now.state, now.recipient, now.checked_at) == ("valid", "yours", keeper.world.now)
        assert not now.known  # amber: nobody here knows this issuer
        assert (now.outline.id, now.outline.issuer) == (badge.id, "Team")
        assert now.outline.domain == "badges.elsewhere.example"
        assert now.outline.evidence[0].url == "https://e.example/report"
        assert now.picture is (kind == "png")
        kept = run(listed.my_file(keeper.ports(), one.id))
        assert kept.data == data
        assert kind in kept.media_type
    assert len(run(listed.mine(keeper.ports()))) == 3
    assert keeper.world.store._log == []  # private: nothing for a log


def test_its_picture_is_redrawn(keeper: Keeper) -> None:
    badge = keeper.elsewhere.award()
    one = keeper.bring(picture(badge, side=2000))
    kept = run(listed.my_picture(keeper.ports(), one.id))
    assert max(Image.open(io.BytesIO(kept)).size) == 512
    assert badge.signed not in kept
    small = keeper.bring(picture(badge, side=20))
    assert not small.picture
    assert refused(listed.my_picture(keeper.ports(), small.id)).code == "no_picture"


def test_it_is_brought_by_its_address_and_the_same_bytes_are_one(keeper: Keeper) -> None:
    badge = keeper.elsewhere.award()
    one = keeper.bring(url=badge.id)
    assert one.source == badge.id
    keeper.later(minutes=1)
    again = keeper.bring(badge.signed)
    assert again.id == one.id
    assert again.look.checked_at == keeper.world.now
    assert len(run(listed.mine(keeper.ports()))) == 1


Break = Callable[[Keeper, Awarded], bytes]


def _tampered(_: Keeper, badge: Awarded) -> bytes:
    return badge.signed.replace(b"Incident", b"Accident")


def _revoked(keeper: Keeper, badge: Awarded) -> bytes:
    keeper.elsewhere.revoke(badge)
    return badge.signed


def _suspended(keeper: Keeper, badge: Awarded) -> bytes:
    keeper.elsewhere.suspend(badge)
    return badge.signed


def _nested(*_: object) -> bytes:
    return b'{"a":' * 500 + b"1" + b"}" * 500


def _is_html(*_: object) -> bytes:
    return b"<html><script>alert(1)</script></html>"


def _bomb(*_: object) -> bytes:
    return b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>'


def _large(*_: object) -> bytes:
    return b'{"a":"' + b"a" * 1_100_000 + b'"}'


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (_tampered, "signature_invalid"),
        (_revoked, "revoked"),
        (_suspended, "suspended"),
        (_nested, "json_too_deep"),
        (_is_html, ""),
        (_bomb, "svg_forbidden"),
        (_large, "credential_too_large"),
    ],
    ids=lambda one: one.__name__ if callable(one) else "",
)
def test_what_is_not_valid_is_refused_in_the_words_of_its_verdict(
    keeper: Keeper, how: Break, why: str
) -> None:
    data = how(keeper, keeper.elsewhere.award())
    error = refused(bring(keeper.ports(), data))
    assert isinstance(error, NotValidError)
    assert not why or why in error.verdict.codes
    assert error.message in [one.message for one in error.verdict.findings]
    assert run(listed.mine(keeper.ports())) == []


def test_too_much_is_refused_before_it_is_looked_at(keeper: Keeper) -> None:
    assert refused(bring(keeper.ports(), b"\x89PNG" + bytes(10_000_000))).code == "image_too_large"
    assert refused(bring(keeper.ports(), b" ")).code == "nothing_to_bring"
    assert refused(bring(keeper.ports(), b"{}", BASE)).code == "nothing_to_bring"
    assert keeper.elsewhere.asked == []


def test_only_who_it_was_issued_to_may_have_it(keeper: Keeper) -> None:
    badge = keeper.elsewhere.award("mailto:old@example.org")
    assert refused(bring(keeper.ports("ben"), badge.signed)).code == "recipient_other"
    assert run(listed.mine(keeper.ports("ben"))) == []
    assert keeper.bring(badge.signed).look.recipient == "yours"
    theirs = keeper.elsewhere.award("mailto:new@example.org")
    assert refused(bring(keeper.ports(), theirs.signed)).code == "recipient_other"
    run(keeper.world.store.put_address(Address("new@example.org", "ana", None)))
    assert refused(bring(keeper.ports(), theirs.signed)).code == "recipient_other"  # not verified yet
    run(keeper.world.store.put_address(Address("new@example.org", "ana", keeper.world.now)))
    assert keeper.now(keeper.bring(theirs.signed)).state == "valid"


def test_one_that_names_nobody_comparable_is_kept_and_never_good(keeper: Keeper) -> None:
    badge = keeper.elsewhere.award("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")
    one = keeper.bring(badge.signed)
    assert one.look.state == "valid"
    now = keeper.now(one)
    assert (now.state, now.recipient) == ("unknown", "unproven")
    assert now.outline.name


def test_what_was_issued_here_is_among_their_own(keeper: Keeper) -> None:
    there = Keeper()
    there.world.base_url = BASE  # the very exchange
    there.world.store, there.world.keys = there.elsewhere.world.store, there.elsewhere.world.keys
    there.person("ana", "ana@example.org")
    badge = there.elsewhere.award()
    assert refused(bring(there.ports(), badge.signed)).code == "issued_here"


def test_what_cannot_be_told_is_kept_and_says_so_until_it_can(keeper: Keeper) -> None:
    badge = keeper.elsewhere.award()
    keeper.elsewhere.away = True
    one = keeper.bring(badge.signed)
    now = keeper.now(one)
    assert (now.state, now.checked_at, now.outline.name) == ("unknown", None, "")
    assert now.trouble
    assert refused(bring(keeper.ports(), b"", badge.id)).code == "not_fetched"
    keeper.elsewhere.away = False
    keeper.later(minutes=61)
    assert keeper.sweep() == 1
    assert (keeper.now(one).state, keeper.now(one).trouble) == ("valid", "")
    assert keeper.now(one).outline.name == "Incident lead"


def test_what_turns_out_to_be_somebody_elses_is_not_called_good(keeper: Keeper) -> None:
    badge = keeper.elsewhere.award("mailto:stranger@example.org")
    keeper.elsewhere.away = True
    one = keeper.bring(badge.signed)
    keeper.elsewhere.away = False
    keeper.later(minutes=61)
    keeper.sweep()
    assert (keeper.now(one).state, keeper.now(one).recipient) == ("unknown", "other")


def test_an_expired_one_is_kept_as_what_it_was(keeper: Keeper) -> None:
    badge = keeper.elsewhere.award()
    keeper.later(days=800)
    now = keeper.now(keeper.bring(badge.signed))
    assert (now.state, now.since) == ("expired", now.outline.ends)
    keeper.elsewhere.revoke(badge)
    assert isinstance(refused(bring(keeper.ports(), badge.png)), NotValidError)


def test_one_expires_between_two_looks(keeper: Keeper) -> None:
    badge = keeper.elsewhere.award(valid_until=keeper.world.now + timedelta(hours=2))
    one = keeper.bring(badge.signed)
    keeper.later(hours=3)
    assert (keeper.now(one).state, keeper.now(one).since) == ("expired", one.look.outline.ends)


def test_the_timer_finds_a_revocation_and_its_end(keeper: Keeper) -> None:
    badge = keeper.elsewhere.award()
    one = keeper.bring(badge.signed)
    assert one.look.next_at - keeper.world.now == timedelta(minutes=15)  # its list says a minute
    keeper.elsewhere.suspend(badge)
    keeper.later(minutes=14)
    assert keeper.sweep() == 0
    assert keeper.now(one).state == "valid"
    keeper.later(minutes=1)
    assert keeper.sweep() == 1
    found = keeper.now(one)
    assert (found.state, found.since) == ("suspended", keeper.world.now)
    keeper.later(hours=6)
    keeper.sweep()
    assert keeper.now(one).since == found.since  # since it was found, not since the last look
    keeper.elsewhere.reinstate(badge)
    keeper.later(hours=6)
    keeper.sweep()
    assert (keeper.now(one).state, keeper.now(one).since) == ("valid", None)


def test_without_a_look_that_could_tell_nothing_is_good_for_more_than_a_day(keeper: Keeper) -> None:
    good, bad = keeper.elsewhere.award(), keeper.elsewhere.award()
    one, other = keeper.bring(good.signed), keeper.bring(bad.signed)
    keeper.elsewhere.revoke(bad)
    keeper.later(minutes=20)
    keeper.sweep()
    seen = keeper.now(one).checked_at
    keeper.elsewhere.away = True
    keeper.later(minutes=30)
    assert keeper.sweep() == 1
    assert keeper.sweep() == 0  # not at once again
    now = keeper.now(one)
    assert (now.state, now.checked_at, now.tried_at) == ("valid", seen, keeper.world.now)
    assert now.trouble
    for _ in range(24):
        keeper.later(hours=1)
        keeper.sweep()
    assert (keeper.now(one).state, keeper.now(one).since) == ("unknown", seen)
    assert keeper.now(other).state == "revoked"  # what was bad does not get better by being silent
    keeper.elsewhere.away = False
    keeper.later(hours=1)
    keeper.sweep()
    assert keeper.now(one).state == "valid"


def test_a_node_looks_at_so_many_and_each_of_two_at_others(keeper: Keeper) -> None:
    for _ in range(BATCH + 3):
        keeper.bring(keeper.elsewhere.award().signed)
    keeper.later(hours=1)
    assert [keeper.sweep() for _ in range(3)] == [BATCH, 3, 0]
    keeper.later(hours=1)
    first = run(keeper.world.store.lease_imported(keeper.world.now, keeper.world.now + LEASE, BATCH))
    assert len(first) == BATCH  # taken by a node that died
    assert keeper.sweep() == 3
    keeper.later(minutes=5)
    assert keeper.sweep() == BATCH


def test_its_person_has_it_looked_at_but_not_without_end(keeper: Keeper) -> None:
    badge = keeper.elsewhere.award()
    one = keeper.bring(badge.signed)
    keeper.elsewhere.revoke(badge)
    keeper.later(minutes=1)
    assert run(look_again(keeper.ports(), one.id)).look.state == "revoked"
    for _ in range(4):
        run(look_again(keeper.ports(), one.id))
    assert refused(look_again(keeper.ports(), one.id)).code == "too_many"


def test_nobody_else_sees_it_or_does_anything_with_it(keeper: Keeper) -> None:
    one = keeper.bring(picture(keeper.elsewhere.award()))
    ben, token = keeper.ports("ben"), keeper.ports()
    token = replace(token, who=replace(token.who, scopes=("read", "people")))
    for act in (listed.one_mine, listed.my_file, listed.my_picture, look_again, remove):
        assert refused(act(ben, one.id)).code == "unknown_imported"
        assert refused(act(token, one.id)).code == "not_permitted"
        assert refused(act(ben, one.id, "ana")).code == "not_permitted"
    assert run(listed.mine(ben)) == []
    assert refused(listed.mine(token)).code == "not_permitted"
    assert refused(bring(token, b"{}")).code == "not_permitted"
    assert refused(bring(ben, b"{}", "", "ana")).code == "not_permitted"
    assert run(listed.mine(keeper.ports())) == [one]
    assert run(listed.mine(keeper.world.ports, "ana")) == [one]  # who has the shell
    run(remove(keeper.world.ports, one.id, "ana"))
    assert run(listed.states(keeper.world.ports, [one.id])) == {}


def test_there_is_room_for_so_many(keeper: Keeper) -> None:
    for n in range(MOST):
        if n % 25 == 0:
            keeper.later(minutes=16)
        keeper.bring(keeper.elsewhere.award().signed)
    keeper.later(minutes=16)
    assert refused(bring(keeper.ports(), keeper.elsewhere.award().signed)).code == "imported_full"
    for _ in range(29):
        refused(bring(keeper.ports(), b"nothing"))
    assert refused(bring(keeper.ports(), b"nothing")).code == "too_many"


def test_who_takes_everything_along_has_it_too_and_who_is_erased_leaves_none(keeper: Keeper) -> None:
    badge = keeper.elsewhere.award()
    one = keeper.bring(badge.signed)
    files = run(export(keeper.ports()))
    assert files[f"imported/badge-{one.id}.json"] == badge.signed
    told = strict_json.parse(files["account.json"])["imported"]
    assert [(row["id"], row["name"]) for row in told] == [(one.id, "Incident lead")]
    run(erase(keeper.world.ports, "ana", "ana@example.org"))
    assert run(listed.states(keeper.world.ports, [one.id])) == {}
    assert keeper.world.store._imported == {}


def test_addresses_inside_are_asked_through_the_guarded_fetch_only(keeper: Keeper) -> None:
    for url in ("http://127.0.0.1:22/", "https://[::1]/x", "file:///etc/passwd", "https://10.0.0.1/b"):
        error = refused(bring(keeper.ports(), b"", url))
        assert error.code == "not_fetched"
    assert keeper.elsewhere.asked[-1] == "https://10.0.0.1/b"  # and what it does is refuse: test_fetch.py


def test_a_page_instead_of_a_badge_is_refused(keeper: Keeper) -> None:
    url = "https://elsewhere.example/badge"
    keeper.elsewhere.pages[url] = Document(url, 200, "text/html", b"<!doctype html><p>Hello")
    assert isinstance(refused(bring(keeper.ports(), b"", url)), NotValidError)


def test_the_next_look_is_in_time(keeper: Keeper) -> None:
    assert RETRY < LATEST < BELIEVED / 2
