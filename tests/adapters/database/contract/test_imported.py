"""What every `Store` answers about imported badges: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import msgspec
import pytest

from exchange.core.portfolio.imported import Look, Outline
from exchange.core.portfolio.shown import Evidence, Skill
from exchange.core.verdict.finding import Finding
from exchange.errors import ConflictError, ExchangeError, NotFoundError
from exchange.flows.imported.records import Brought, Imported
from exchange.flows.people.records import Erasure
from exchange.flows.ports import Store
from tests.adapters.database.people_samples import ANA, leaf
from tests.adapters.database.samples import START, minutes

pytestmark = pytest.mark.anyio

OUTLINE = Outline(
    id="https://elsewhere.example/badges/1",
    name="Zoë's “badge” 🜨",
    issuer="Elsewhere",
    issuer_id="did:web:elsewhere.example",
    domain="elsewhere.example",
    starts=START,
    skills=(Skill("Welding", "https://skills.example/w"),),
    evidence=(Evidence("https://e.example/", "Report", "It held."),),
)
LOOK = Look(
    outline=OUTLINE,
    recipient="yours",
    known=False,
    state="valid",
    since=None,
    findings=(
        Finding("signature", "ok", "It fits."),
        Finding("issuer_unknown", "warning", "Who?", "/issuer"),
    ),
    stands=True,
    checked_at=START,
    tried_at=START,
    trouble="",
    next_at=minutes(15),
)


def brought(
    id: str, of: str = "ana", content: bytes = b"{}", picture: bytes | None = None, **look: Any
) -> Brought:
    digest = f"digest of {content.decode()}"
    changed = msgspec.structs.replace(LOOK, **look)
    row = Imported(id, of, digest, "application/vc", len(content), "", picture is not None, START, changed)
    return Brought(row, content, picture)


async def bring(store: Store, one: Brought, most: int = 5, most_bytes: int = 1000) -> Imported:
    return await store.bring_imported(one, most, most_bytes)


async def test_it_is_kept_as_it_came(people: Store) -> None:
    one = brought("one", content=b'{"a": 1}', picture=b"a picture")
    assert await bring(people, one) == one.row
    assert await people.imported(["one", "none"]) == [one.row]
    assert await people.imported_bytes("one") == b'{"a": 1}'
    assert await people.imported_picture("one") == b"a picture"
    assert await people.imported_by("ana") == [one.row]
    assert await people.imported_by("ben") == []
    assert (await people.imported_bytes("none"), await people.imported_picture("none")) == (None, None)
    without = brought("two", content=b"[]", checked_at=None, state="unknown", stands=False)
    await bring(people, without)
    assert await people.imported_picture("two") is None
    assert await people.imported(["two"]) == [without.row]


async def test_the_same_bytes_twice_are_one_for_one_person(people: Store) -> None:
    first = await bring(people, brought("one"))
    assert await bring(people, brought("two")) == first
    theirs = await bring(people, brought("three", of="ben"))
    assert theirs.id == "three"
    assert len(await people.imported_by("ana")) == 1


@pytest.mark.parametrize(("most", "most_bytes"), [(2, 1000), (9, 5)], ids=["count", "bytes"])
async def test_there_is_room_for_so_many_however_many_come_at_once(
    people: Store, most: int, most_bytes: int
) -> None:
    async def one(n: int) -> str:
        try:
            return (await bring(people, brought(f"b{n}", content=b"%02d" % n), most, most_bytes)).id
        except ExchangeError as error:
            return error.code

    answers = await asyncio.gather(*(one(n) for n in range(6)))
    assert answers.count("imported_full") == 4
    assert len(await people.imported_by("ana")) == 2
    with pytest.raises(ConflictError) as full:
        await bring(people, brought("more", content=b"more"), most, most_bytes)
    assert full.value.code == "imported_full"
    await bring(people, brought("theirs", of="ben", content=b"more"), most, most_bytes)


async def test_nothing_comes_to_who_is_not_here(people: Store) -> None:
    with pytest.raises(NotFoundError):
        await bring(people, brought("one", of="nobody"))
    assert await people.imported(["one"]) == []


async def test_what_is_due_is_taken_by_one(people: Store) -> None:
    for n in range(5):
        await bring(people, brought(f"b{n}", content=b"%d" % n, next_at=minutes(n)))
    found = await asyncio.gather(*(people.lease_imported(minutes(3), minutes(30), 2) for _ in range(3)))
    taken = [row.id for rows in found for row in rows]
    assert sorted(taken) == ["b0", "b1", "b2", "b3"]
    assert await people.lease_imported(minutes(3), minutes(30), 9) == []
    (last,) = await people.lease_imported(minutes(4), minutes(30), 9)
    assert (last.id, last.look.next_at) == ("b4", minutes(30))
    assert len(await people.lease_imported(minutes(30), minutes(60), 9)) == 5


async def test_a_look_is_kept_unless_a_later_one_was(people: Store) -> None:
    await bring(people, brought("one"))
    later = msgspec.structs.replace(
        LOOK, state="revoked", since=minutes(9), tried_at=minutes(9), checked_at=minutes(9), known=True
    )
    await people.put_look("one", later)
    await people.put_look("one", msgspec.structs.replace(LOOK, tried_at=minutes(8)))
    await people.put_look("none", later)
    assert [row.look for row in await people.imported(["one"])] == [later]


async def test_only_its_person_removes_it(people: Store) -> None:
    await bring(people, brought("one"))
    assert not await people.remove_imported("one", "ben")
    assert await people.remove_imported("one", "ana")
    assert not await people.remove_imported("one", "ana")
    assert await people.imported_bytes("one") is None


async def test_two_accounts_that_become_one_keep_each_badge_once(people: Store) -> None:
    await bring(people, brought("one", content=b"both"))
    await bring(people, brought("two", of="ben", content=b"both"))
    await bring(people, brought("three", of="ben", content=b"theirs"))
    await people.merge("ben", ANA, [], [leaf()])
    assert {row.id for row in await people.imported_by("ana")} == {"one", "three"}
    assert await people.imported(["two"]) == []


async def test_who_is_erased_leaves_none(people: Store) -> None:
    await bring(people, brought("one"))
    kept = await bring(people, brought("two", of="ben"))
    await people.erase(Erasure("e", ("ana",), ()))
    assert await people.imported(["one", "two"]) == [kept]
    with pytest.raises(NotFoundError):
        await bring(people, brought("three"))


async def test_what_goes_along_is_kept_beside_it_and_put_in_by_a_look(people: Store) -> None:
    ids = ["one", "two", "old", "none"]
    await bring(people, dataclasses.replace(brought("one"), document=b"signed"))
    await bring(people, dataclasses.replace(brought("two", content=b"[]"), document=b""))
    await bring(people, brought("old", content=b"old"))
    assert await people.imported_sizes(ids) == {"one": 6, "two": 0}
    assert await people.imported_documents(ids) == {"one": b"signed", "two": b""}
    await people.put_look("one", LOOK)
    await people.put_look("old", LOOK, b"taken out")
    await people.put_look("none", LOOK, b"gone")
    assert await people.imported_documents(ids) == {"one": b"signed", "two": b"", "old": b"taken out"}
    assert await people.imported_bytes("old") == b"old"
