"""What every `Store` answers about keys: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from exchange.errors import ConflictError, NotFoundError, UnavailableError
from exchange.flows.ports import Store
from tests.adapters.database import samples
from tests.adapters.database.samples import minutes

pytestmark = pytest.mark.anyio


async def test_a_second_active_key_is_refused_until_the_first_is_retired(known: Store) -> None:
    await known.put_key(samples.key("first"))
    with pytest.raises(ConflictError, match="signs with") as refused:
        await known.put_key(samples.key("second", at=minutes(1)))
    assert refused.value.code == "active_key_exists"
    assert await known.keys("team") == [samples.key("first")]
    await known.put_key(samples.key("first", "verify-only"))
    await known.put_key(samples.key("second", at=minutes(1)))
    assert await known.keys("team") == [
        samples.key("first", "verify-only"),
        samples.key("second", at=minutes(1)),
    ]


async def test_of_a_key_only_the_state_can_change(known: Store) -> None:
    await known.put_key(samples.key())
    await known.put_key(replace(samples.key(state="revoked"), uri="file:other", multikey="zOther"))
    assert await known.keys("team") == [samples.key(state="revoked")]
    assert await known.keys("nobody") == []


async def test_the_keys_of_everybody_are_one_question(known: Store) -> None:
    await known.put_issuer(samples.issuer("peer"))
    await known.put_key(samples.key("later", at=minutes(1)))
    await known.put_key(samples.key("first", of="peer"))
    assert [key.id for key in await known.keys()] == ["first", "later"]


async def test_a_rotation_changes_both_keys_and_the_issuer_at_once(known: Store) -> None:
    await known.put_key(samples.key("old"))
    await known.put_key(samples.key("new", "pending", minutes(1)))
    renamed = samples.issuer(did="did:key:z6New")
    await known.rotate("new", renamed, minutes(2))
    assert await known.keys("team") == [
        samples.key("old", "verify-only"),
        replace(samples.key("new", at=minutes(1)), activated_at=minutes(2)),
    ]
    assert await known.issuer("team") == renamed


async def test_a_rotation_to_a_key_that_is_not_pending_changes_nothing(known: Store) -> None:
    await known.put_issuer(samples.issuer("peer"))
    await known.put_key(samples.key("old"))
    await known.put_key(samples.key("spent", "verify-only"))
    await known.put_key(samples.key("theirs", "pending", of="peer"))
    before = await known.keys()
    for key_id in ("old", "spent", "theirs", "none"):
        with pytest.raises(ConflictError) as refused:
            await known.rotate(key_id, samples.issuer(did="did:key:z6New"), minutes(2))
        assert refused.value.code == "key_not_pending"
    assert await known.keys() == before
    assert await known.issuer("team") == samples.issuer()


async def test_of_two_rotations_to_one_key_one_happens(known: Store) -> None:
    await known.put_key(samples.key("old"))
    await known.put_key(samples.key("new", "pending"))
    work = (known.rotate("new", samples.issuer(), minutes(n)) for n in range(2))
    done = await asyncio.gather(*work, return_exceptions=True)
    assert sorted(type(result) for result in done if result) == [ConflictError]
    assert [key.state for key in await known.keys("team")] == ["active", "verify-only"]


async def test_a_revoked_key_says_since_when_and_why_and_stays_so(known: Store) -> None:
    await known.put_key(samples.key())
    await known.put_key(samples.key("other", "pending"))
    assert await known.revoke_key("key-1", minutes(1), 2**40, "a laptop was stolen")
    facts = {"revoked_at": minutes(1), "revoked_position": 2**40, "revoked_reason": "a laptop was stolen"}
    revoked = replace(samples.key(state="revoked"), **facts)
    assert await known.keys("team") == [revoked, samples.key("other", "pending")]
    assert not await known.revoke_key("key-1", minutes(2), None, "again")
    assert await known.keys("team") == [revoked, samples.key("other", "pending")]
    with pytest.raises(NotFoundError) as unknown:
        await known.revoke_key("none", minutes(1), None, "why")
    assert unknown.value.code == "unknown_key"


async def test_revoking_a_key_has_every_list_of_its_issuer_signed_anew(known: Store) -> None:
    await known.put_issuer(samples.issuer("peer"))
    await known.put_key(samples.key())
    mine, theirs = (
        (await samples.intended(known, "a"))[0].list_id,
        (await samples.intended(known, "b", of="peer"))[0].list_id,
    )
    for list_id in (mine, theirs):
        await known.put_signed_list(list_id, 1, b"signed", minutes(0))
    other = await known.status_list(theirs)
    await known.revoke_key("key-1", minutes(1), None, "why")
    row = await known.status_list(mine)
    assert row is not None
    assert (row.version, row.signed_version, row.signed, row.signed_at) == (2, 0, None, None)
    assert await known.status_list(theirs) == other
    # A node that was at it signs the list as it was: it must not count as the present one.
    await known.put_signed_list(mine, 1, b"by the revoked key", minutes(2))
    late = await known.status_list(mine)
    assert late is not None
    assert late.signed_version < late.version


async def test_a_retired_key_is_intended_for_nothing_new(known: Store) -> None:
    await known.put_key(samples.key())
    before = await samples.published(known)
    for state in ("verify-only", "revoked"):
        await known.put_key(samples.key(state=state))
        size = await known.log_size()
        with pytest.raises(UnavailableError) as retired:
            await samples.intended(known, "badge-2")
        assert retired.value.code == "key_retired"
        assert await known.badge("badge-2") is None
        assert await known.log_size() == size
    assert await known.badges() == [before]


async def test_what_a_key_signed_is_counted_and_the_newest_named(known: Store) -> None:
    await known.put_key(samples.key())
    for n in range(4):
        await samples.published(known, f"badge-{n}", minutes(n))
    await samples.intended(known, "unsigned", at=minutes(9))
    await known.put_issuer(samples.issuer("peer"))
    await samples.published(known, "theirs", minutes(9), of="peer")
    mine, other = samples.key(), samples.key("other")
    assert await known.signed_by(mine) == (4, ["badge-3", "badge-2", "badge-1", "badge-0"])
    assert await known.signed_by(mine, minutes(1), limit=1) == (2, ["badge-3"])
    assert await known.signed_by(other) == (0, [])
