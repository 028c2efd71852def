"""Many badges at once: as good as single ones, each person once, and a run that was cut off goes on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.adapters.catalogues.catalogue_files import load_catalogues
from exchange.core.canonical.rdf import canonize
from exchange.core.credentials.credential import build_badge
from exchange.core.credentials.plain import is_plain
from exchange.core.credentials.serial import Series, Status
from exchange.errors import InputError, UnavailableError
from exchange.flows.badges.award import Order
from exchange.flows.badges.award_many import Made, award_many
from exchange.flows.badges.status import suspend
from exchange.flows.badges.verify import verify
from exchange.flows.instance.sweep import sweep
from exchange.flows.issuers.keys import stop
from exchange.flows.issuers.sync import carry_out, compare
from exchange.resources import data_path
from tests.simulator import START, World, run

WORK = ("https://example.org/work",)


@pytest.fixture
def world() -> World:
    world = World()

    async def begin() -> None:
        await carry_out(world.ports, await compare(world.ports, load_catalogues(data_path("issuers"))))

    run(begin())
    return world


def order(name: str, **other: object) -> Order:
    return replace(Order("atlas", "first-responder", f"{name}@example.org", WORK), **other)  # type: ignore[arg-type]


def award_all(
    world: World, orders: Iterable[Order], batch: str | None = "spring", chunk: int = 4
) -> list[Made]:
    async def go() -> list[Made]:
        return [made async for some in award_many(world.ports, orders, batch, chunk=chunk) for made in some]

    return run(go())


@pytest.mark.parametrize("proof", ["eddsa-rdfc-2022", "eddsa-jcs-2022", "jwt"])
def test_every_badge_verifies_and_can_be_suspended(world: World, proof: str) -> None:
    orders = [
        order("ann", proof=proof),
        order("ben", proof=proof, narrative='He said: "ż" \\ 😀\nand more'),
        order("eve", proof=proof, evidence=(*WORK, "https://example.org/ż?a=1&b=2")),
        order("dan", proof=proof, valid_until=START + timedelta(days=3)),
        order("x", proof=proof, to="did:example:x"),
        order("y", proof=proof, to="https://example.org/people/y"),
        *(order(f"p{n}", proof=proof) for n in range(5)),
    ]
    made = award_all(world, orders)
    assert [one.number for one in made] == list(range(len(orders)))
    assert [(one.to, one.again, one.problem) for one in made] == [(o.to, False, None) for o in orders]
    badges = [run(world.store.badge(one.key)) for one in made]
    for one, badge in zip(made, badges, strict=True):
        assert badge is not None
        assert badge.signed is not None
        assert (one.id, badge.proof) == (f"{world.base_url}/badges/{one.key}", proof)
        verdict = run(verify(world.ports, badge.signed))
        assert (verdict.outcome, [f.code for f in verdict.findings if f.level == "error"]) == ("valid", [])
    assert len({slot for badge in badges if badge for slot in badge.slots}) == 2 * len(orders)
    run(suspend(world.ports, made[3].id, "looked at again"))
    assert badges[3] is not None
    assert badges[3].signed is not None
    assert run(verify(world.ports, badges[3].signed)).outcome == "invalid"
    assert run(verify(world.ports, badges[4].signed)).outcome == "valid"  # type: ignore[union-attr, arg-type]


def test_a_second_run_of_a_batch_changes_nothing_and_another_batch_awards_anew(world: World) -> None:
    orders = [order(f"p{n}") for n in range(6)]
    first = award_all(world, orders)
    size = run(world.store.log_size())
    second = award_all(world, [*orders, order("late"), orders[0]])
    assert [(one.key, one.again) for one in second[:6]] == [(one.key, True) for one in first]
    assert (second[6].again, second[7].key, second[7].again) == (False, first[0].key, True)
    assert run(world.store.log_size()) == size + 1
    third = award_all(world, orders, "autumn")
    assert not {one.key for one in third} & {one.key for one in first}
    assert len({one.key for one in award_all(world, [orders[0]] * 3, None)}) == 3


def test_other_words_for_a_person_who_has_the_badge_are_told_and_nothing_is_done(world: World) -> None:
    (first,) = award_all(world, [order("ann")])
    size = run(world.store.log_size())
    ann, ben = award_all(world, [order("ann", narrative="More."), order("ben")])
    assert ann.problem is not None
    assert (ann.problem.code, ann.key, ben.problem) == ("idempotency_key_reused", "", None)
    assert run(world.store.log_size()) == size + 1
    assert run(world.store.badge(first.key)) is not None


def test_one_wrong_order_at_the_end_and_nothing_is_signed(world: World) -> None:
    orders = [order(f"p{n}") for n in range(9)]
    size = run(world.store.log_size())
    with pytest.raises(InputError) as refused:
        award_all(world, [*orders, order("no", evidence=()), order("", to="nobody")])
    assert refused.value.code == "orders_wrong"
    assert [line.partition(":")[0] for line in refused.value.message.splitlines()[:2]] == [
        "order 10",
        "order 11",
    ]
    with pytest.raises(InputError) as mixed:
        award_all(world, [*orders, order("x", achievement="incident-lead")])
    assert mixed.value.code == "orders_mixed"
    assert run(world.store.badges()) == []
    assert run(world.store.log_size()) == size
    assert award_all(world, []) == []


def test_a_run_that_was_cut_off_between_record_and_signature_goes_on_without_doubles(world: World) -> None:
    orders = [order(f"p{n}") for n in range(6)]
    publish_many = world.store.publish_many

    async def cut(signed: object) -> None:
        raise UnavailableError("database_unavailable", "the plug was pulled")

    world.store.publish_many = cut  # type: ignore[method-assign, assignment]
    with pytest.raises(UnavailableError):
        award_all(world, orders)
    world.store.publish_many = publish_many  # type: ignore[method-assign]
    left = run(world.store.unfinished(world.now + timedelta(days=1)))
    assert len(left) == 4
    made = award_all(world, orders)
    assert [one.again for one in made] == [True] * 4 + [False] * 2
    assert {one.key for one in made[:4]} == {badge.id for badge in left}
    assert run(world.store.unfinished(world.now + timedelta(days=1))) == []
    world.later(hours=1)
    assert run(sweep(world.ports)) == 0


def test_a_fault_of_the_key_publishes_nothing(world: World) -> None:
    world.keys.broken = True
    with pytest.raises(UnavailableError) as failed:
        award_all(world, [order(f"p{n}") for n in range(3)])
    assert failed.value.code == "self_check_failed"
    assert run(world.store.badges()) == []


def test_a_stop_holds_from_the_next_chunk_on(world: World) -> None:
    async def go() -> int:
        chunks = 0
        async for _ in award_many(world.ports, [order(f"p{n}") for n in range(12)], "spring", chunk=4):
            chunks += 1
            await stop(world.ports, "atlas", "a doubt")
        return chunks

    with pytest.raises(UnavailableError) as stopped:
        run(go())
    assert stopped.value.code == "signing_stopped"
    assert len(run(world.store.badges())) == 4
    assert run(world.store.unfinished(world.now + timedelta(days=1))) == []


def test_orders_are_read_as_they_are_needed(world: World) -> None:
    class Orders:
        most = held = 0

        def __iter__(self) -> Iterator[Order]:
            for n in range(20):
                yield order(f"p{n}")
                self.read = n + 1

    orders = Orders()

    async def go() -> list[int]:
        return [orders.read async for _ in award_many(world.ports, orders, None, chunk=5)]

    assert run(go()) == [4, 9, 14, 19]


def test_a_series_builds_and_canonicalises_what_single_badges_are(world: World) -> None:
    achievement = run(world.store.achievement("atlas", "first-responder"))
    row = run(world.store.issuer("atlas"))
    assert achievement is not None
    assert row is not None
    issuer = {"id": row.did, **row.profile}
    series = Series(issuer, achievement.document)
    for n in range(40):
        parts = {
            "id": f"https://b.example.org/badges/{n}",
            "recipient": f"mailto:p{n}@example.org" if n % 3 else "did:example:p",
            "subject_id": f"urn:uuid:{n}" if n % 3 else "did:example:p",
            "salt": f"salt{n}",
            "valid_from": START + timedelta(seconds=n),
            "evidence": WORK * (n % 4) and [f"{WORK[0]}/{k}" for k in range(n % 4)],
            "narrative": "" if n % 5 else f'"{n}"\\ ż\n',
            "valid_until": None if n % 7 else START + timedelta(days=n + 1),
        }
        entries = [
            ("revocation", n, "https://b.example.org/s/1"),
            ("suspension", 7, "https://b.example.org/2"),
        ]
        status = [Status(purpose, url, index) for purpose, index, url in entries]
        document = series.write(**parts, status=status)  # type: ignore[arg-type]
        parts |= {"issuer": issuer, "achievement": achievement.document, "status": entries}
        single = build_badge(**parts)  # type: ignore[arg-type]
        assert json.dumps(document) == json.dumps(single)
        assert series.canonize() == canonize(single)
        assert series.plain == is_plain(single)


def test_a_series_refuses_what_a_single_badge_is_refused_for(world: World) -> None:
    series = Series({"id": "did:example:i", "type": ["Profile"]}, {"id": "https://e.org/a", "name": "a"})
    parts = {
        "id": "https://b.example.org/badges/1",
        "recipient": "did:example:p",
        "subject_id": "did:example:p",
        "salt": "salt",
        "valid_from": START,
        "valid_until": START + timedelta(days=1),
        "evidence": [],
        "narrative": "good",
        "status": [],
    }
    series.write(**parts)  # type: ignore[arg-type]
    for wrong in ({"narrative": "\x07"}, {"valid_until": START - timedelta(days=1)}):
        with pytest.raises(InputError):
            series.write(**{**parts, **wrong})  # type: ignore[arg-type]
    assert series.write(**parts)["credentialSubject"]["narrative"] == "good"  # type: ignore[arg-type]
