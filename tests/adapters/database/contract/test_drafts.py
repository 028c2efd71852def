"""What every store keeps of issuers' work: the same tests on memory, SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange.errors import AlreadyDoneError, ConflictError, ReusedKeyError
from exchange.flows.issuers.records import AchievementDraft, DomainProof
from exchange.flows.ports import Store
from exchange.flows.records import Once
from tests.adapters.database import samples
from tests.adapters.database.samples import minutes

pytestmark = pytest.mark.anyio

DRAFT = AchievementDraft("team", "welder", '{"name": "Wölder"}', b"", b"", 1, minutes(0))
SAVED = replace(DRAFT, source="{}", image=b"\x89PNG", svg=b"<svg/>", revision=2, updated_at=minutes(1))
PROOF = DomainProof("team", "team.example", "did:key:z6Mk", "https://team.example/list", "", minutes(0))


@pytest.fixture
async def known(any_store: Store) -> Store:
    """A store that knows two issuers."""
    await any_store.put_issuer(samples.issuer())
    await any_store.put_issuer(samples.issuer("guild"))
    return any_store


async def test_a_draft_is_begun_once_and_saved_by_who_saw_the_last_one(known: Store) -> None:
    assert await known.draft("team", "welder") is None
    await known.put_draft(DRAFT)
    await known.put_draft(replace(DRAFT, issuer="guild"))
    await known.put_draft(replace(DRAFT, slug="baker"))
    with pytest.raises(ConflictError) as again:
        await known.put_draft(DRAFT)
    assert again.value.code == "draft_exists"
    await known.put_draft(SAVED)
    for late in (SAVED, replace(SAVED, revision=4), replace(SAVED, slug="smith")):
        with pytest.raises(ConflictError) as changed:
            await known.put_draft(replace(late, source="[]"))
        assert changed.value.code == "draft_changed"
    assert await known.draft("team", "welder") == SAVED
    assert await known.drafts("team") == [replace(DRAFT, slug="baker"), SAVED]
    assert await known.drafts("guild") == [replace(DRAFT, issuer="guild")]


async def test_a_draft_goes_and_nothing_else_does(known: Store) -> None:
    await known.put_draft(DRAFT)
    await known.put_draft(replace(DRAFT, issuer="guild"))
    assert await known.remove_draft("team", "welder")
    assert not await known.remove_draft("team", "welder")
    assert await known.drafts("team") == []
    assert len(await known.drafts("guild")) == 1
    await known.put_draft(DRAFT)


async def test_a_version_takes_the_place_of_the_draft_it_was_made_from(known: Store) -> None:
    await known.put_draft(DRAFT)
    await known.put_draft(replace(DRAFT, issuer="guild"))
    one = replace(samples.achievement(), origin="desk")
    with pytest.raises(ConflictError) as changed:
        await known.put_achievement(one, samples.leaf(), 2)
    assert changed.value.code == "draft_changed"
    assert await known.achievements("team") == []
    assert await known.log_size() == 0
    await known.put_achievement(one, samples.leaf(), 1)
    assert await known.achievement("team", "welder") == one
    assert await known.draft("team", "welder") is None
    assert await known.drafts("guild") != []
    assert await known.log_size() == 1


async def test_a_key_of_a_request_begins_and_publishes_once(known: Store) -> None:
    once = Once("ann:form:1", "ab" * 32, minutes(0), "team/welder")
    await known.put_draft(DRAFT, once)
    for again in (DRAFT, replace(DRAFT, slug="baker")):
        with pytest.raises(AlreadyDoneError) as done:
            await known.put_draft(again, once)
        assert done.value.answer == "team/welder"
    assert await known.drafts("team") == [DRAFT]
    with pytest.raises(ReusedKeyError):
        await known.put_achievement(samples.achievement(), samples.leaf(), 1, replace(once, digest="cd" * 32))
    assert await known.achievements("team") == []
    other = replace(once, key="ann:form:2", answer="1")
    await known.check_once(other)
    await known.put_achievement(samples.achievement(), samples.leaf(), 1, other)
    with pytest.raises(AlreadyDoneError):
        await known.check_once(other)
    assert await known.log_size() == 1


async def test_who_had_the_last_word_is_kept(known: Store) -> None:
    desk = replace(samples.issuer(), origin="desk", updated_at=minutes(2))
    assert await known.put_issuer(desk)
    assert not await known.put_issuer(desk)
    assert await known.issuer("team") == desk
    one = replace(samples.achievement(), origin="desk")
    await known.put_achievement(one)
    await known.mark_achievement(replace(one, origin="files"))
    assert await known.achievement("team", "welder") == replace(one, origin="files")


async def test_pictures_of_an_issuer_stay_for_good(known: Store) -> None:
    await known.put_issuer_picture("team", "ab", b"first")
    await known.put_issuer_picture("team", "ab", b"another")
    await known.put_issuer_picture("team", "cd", b"second")
    assert await known.issuer_picture("team", "ab") == b"first"
    assert await known.issuer_picture("team", "cd") == b"second"
    assert await known.issuer_picture("guild", "ab") is None


async def test_the_last_proof_of_a_domain_is_the_one_on_record(known: Store) -> None:
    assert await known.domain_proof("team") is None
    await known.put_domain_proof(PROOF, samples.leaf("issuer:team"))
    lost = replace(PROOF, way="", problem="It was not there.", checked_at=minutes(2))
    await known.put_domain_proof(lost, None)
    await known.put_domain_proof(replace(PROOF, issuer="guild", checked_at=minutes(1)), None)
    assert await known.domain_proof("team") == lost
    assert not lost.holds
    found = await known.domain_proofs(minutes(3))
    assert [one.issuer for one in found] == ["guild", "team"]
    assert await known.domain_proofs(minutes(1)) == []
    assert await known.log_size() == 1
