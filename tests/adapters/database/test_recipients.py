"""Who has which badge: the same answers on memory, SQLite and PostgreSQL; and many changed as one job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from exchange.errors import AlreadyDoneError
from exchange.flows.people.records import Erasure
from exchange.flows.ports import Store
from exchange.flows.recipients.ports import Effects
from exchange.flows.recipients.records import Job, Wanted
from exchange.flows.records import Draft, Once, Purpose, StatusChange
from tests.adapters.database import samples
from tests.adapters.database.samples import START, minutes
from tests.adapters.database.test_outbox import parcel

pytestmark = pytest.mark.anyio

NOW = START + timedelta(days=1)


async def put(
    store: Store, id: str, n: int = 0, *, of: str = "team", signed: bool = True, **changes: object
) -> None:
    """A badge awarded `n` minutes after the start."""
    draft = samples.draft(id, samples.BOTH, minutes(n), of)
    intent = replace(draft.write(())[0], **changes)  # type: ignore[arg-type]
    write = lambda slots: (replace(intent, slots=slots), draft.write(())[1])  # noqa: E731
    await store.intend(Draft(of, draft.base, samples.BOTH, write), samples.list_id)
    if signed:
        await store.publish(id, b"signed")


async def change(store: Store, badge: str, purpose: Purpose = "revocation", on: bool = True) -> None:
    await samples.set_status(store, StatusChange(badge, purpose, on, "why", START))


@pytest.fixture
async def shelf(any_store: Store) -> Store:
    """A badge of each standing, the newest last, and one of another issuer."""
    await any_store.put_issuer(samples.issuer())
    await any_store.put_issuer(samples.issuer("other"))
    await put(any_store, "valid", 0, recipient="mailto:Ann@example.org")
    await put(any_store, "ends", 1, valid_until=NOW + timedelta(days=400), achievement="lead")
    await put(any_store, "expiring", 2, valid_until=NOW + timedelta(days=30), recipient="mailto:anna@x.org")
    await put(any_store, "expired", 3, valid_until=NOW, recipient="did:example:ann")
    await put(any_store, "suspended", 4)
    await put(any_store, "revoked", 5, valid_until=NOW, achievement="lead")
    await put(any_store, "unsigned", 6, signed=False)
    await put(any_store, "again", 7)
    await put(any_store, "other", 8, of="other")
    await change(any_store, "suspended", "suspension")
    await change(any_store, "revoked", "suspension")
    await change(any_store, "revoked")
    await change(any_store, "again", "suspension")
    await change(any_store, "again", "suspension", False)
    return any_store


ALL = ["again", "unsigned", "revoked", "suspended", "expired", "expiring", "ends", "valid"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param({}, ALL, id="everything, newest first"),
        pytest.param({"status": "valid"}, ["again", "expiring", "ends", "valid"], id="valid"),
        pytest.param({"status": "expiring"}, ["expiring"], id="expiring"),
        pytest.param({"status": "expired"}, ["expired"], id="expired"),
        pytest.param({"status": "suspended"}, ["suspended"], id="suspended"),
        pytest.param({"status": "revoked"}, ["revoked"], id="revoked"),
        pytest.param({"status": "unsigned"}, ["unsigned"], id="unsigned"),
        pytest.param({"achievement": "lead"}, ["revoked", "ends"], id="an achievement"),
        pytest.param({"achievement": "lead", "status": "valid"}, ["ends"], id="both"),
        pytest.param({"to": "mailto:ann"}, ["expiring", "valid"], id="how an address begins"),
        pytest.param({"to": "mailto:ann@"}, ["valid"], id="in whatever letters"),
        pytest.param({"to": "did:"}, ["expired"], id="no address"),
        pytest.param({"to": "mailto:%"}, [], id="no pattern"),
        pytest.param({"since": minutes(5)}, ["again", "unsigned", "revoked"], id="since"),
        pytest.param({"since": minutes(4), "until": minutes(6)}, ["revoked", "suspended"], id="between"),
        pytest.param({"issuer": "other"}, ["other"], id="another issuer"),
        pytest.param({"issuer": "nobody"}, [], id="no issuer"),
    ],
)
async def test_a_filter_finds_what_it_says_and_nothing_else(
    shelf: Store, wanted: dict[str, object], found: list[str]
) -> None:
    asked = replace(Wanted("team"), **wanted)  # type: ignore[arg-type]
    assert [one.badge for one in await shelf.recipients(asked, NOW, 99)] == found
    rows = await shelf.recipients(asked, NOW, 99)
    same = [(one.badge, one.achievement, one.status) for one in rows]
    cheap = await shelf.matching(asked, NOW, 99)
    assert [(one.badge, one.achievement, one.status) for one in cheap] == same


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param({"claim": "offered"}, ["new"], id="offered"),
        pytest.param({"claim": "expired"}, ["never"], id="never taken"),
        pytest.param({"claim": "accepted"}, ["taken-late", "taken"], id="accepted"),
        pytest.param({"claim": "declined"}, ["unwanted"], id="declined"),
        pytest.param({"claim": "accepted", "status": "suspended"}, ["taken"], id="and suspended"),
        pytest.param({"claim": "accepted", "to": "mailto:ben"}, ["taken-late"], id="and whose"),
        pytest.param({"claim": "accepted", "achievement": "lead"}, [], id="and of what"),
        pytest.param({}, ["new", "asked-nobody", "taken-late", "unwanted", "taken", "never"], id="all"),
    ],
)
async def test_a_filter_finds_what_holders_said(
    any_store: Store, wanted: dict[str, object], found: list[str]
) -> None:
    await any_store.put_issuer(samples.issuer())
    days = 24 * 60
    await put(any_store, "never", 0, claim="offered")
    await put(any_store, "taken", 1, claim="accepted")
    await put(any_store, "unwanted", 2, claim="declined")
    await put(any_store, "taken-late", 40 * days, claim="accepted", recipient="mailto:ben@example.org")
    await put(any_store, "asked-nobody", 41 * days, claim="", recipient="did:example:ann")
    await put(any_store, "new", 42 * days, claim="offered")
    await change(any_store, "taken", "suspension")
    asked, now = replace(Wanted("team"), **wanted), START + timedelta(days=60)  # type: ignore[arg-type]
    rows = await any_store.recipients(asked, now, 99)
    assert [one.badge for one in rows] == found
    assert [one.badge for one in await any_store.matching(asked, now, 99)] == found
    first = await any_store.recipients(asked, now, 1)
    rest = await any_store.recipients(asked, now, 99, first[-1].badge) if first else []
    assert [one.badge for one in (*first, *rest)] == found


async def test_pages_follow_one_another_whatever_is_added(shelf: Store) -> None:
    first = await shelf.recipients(Wanted("team"), NOW, 3)
    await put(shelf, "late", 60)
    second = await shelf.recipients(Wanted("team"), NOW, 3, first[-1].badge)
    third = await shelf.recipients(Wanted("team"), NOW, 3, second[-1].badge)
    assert [one.badge for one in (*first, *second, *third)] == ALL
    assert await shelf.recipients(Wanted("team"), NOW, 3, third[-1].badge) == []
    few = await shelf.matching(Wanted("team", until=minutes(60)), NOW, 5)
    rest = await shelf.matching(Wanted("team", until=minutes(60)), NOW, 5, few[-1].badge)
    assert [one.badge for one in (*few, *rest)] == ALL
    assert await shelf.recipients(Wanted("team"), NOW, 3, "unheard-of") == []


async def test_a_row_says_how_the_badge_and_its_last_mail_stand(shelf: Store) -> None:
    async def row(badge: str) -> object:
        (one,) = [one for one in await shelf.recipients(Wanted("team"), NOW, 99) if one.badge == badge]
        return one.status, one.mail, one.problem

    assert await row("valid") == ("valid", "", "")
    await shelf.post([parcel("a", "badge:valid"), parcel("b", "badge:expired"), parcel("c", "badge:valid")])
    assert await row("valid") == ("valid", "waiting", "")
    assert await row("expired") == ("expired", "waiting", "")
    for id in ("a", "b"):
        found = await shelf.lease_parcel("mail", "me", START, minutes(2))
        assert found is not None
        assert found.parcel.id == id
    await shelf.mark_sent("a", minutes(1))
    await shelf.give_up("b", "me", minutes(1), "no such mailbox")
    assert await row("valid") == ("valid", "waiting", "")
    assert await row("expired") == ("expired", "given_up", "no such mailbox")
    await shelf.mark_sent("c", minutes(1))
    assert await row("valid") == ("valid", "delivered", "")


async def test_a_choice_is_of_one_issuer_and_knows_how_each_stands(shelf: Store) -> None:
    found = await shelf.matches("team", ["valid", "other", "unheard-of", "revoked", "unsigned"], NOW)
    assert [(one.badge, one.status) for one in found] == [
        ("unsigned", "unsigned"),
        ("revoked", "revoked"),
        ("valid", "valid"),
    ]


async def test_what_ends_in_a_while_is_counted(shelf: Store) -> None:
    end = NOW + timedelta(days=30)
    assert await shelf.count_ending("team", NOW, end) == 1
    assert await shelf.count_ending("team", NOW, end - timedelta(seconds=1)) == 0
    assert await shelf.count_ending("team", end, end + timedelta(days=999)) == 1
    assert await shelf.count_ending("other", NOW, end) == 0


async def test_one_badge_follows_another_once(shelf: Store) -> None:
    await put(shelf, "new", 60, renews="expired")
    assert await shelf.renewals(["expired", "valid"]) == {"expired": "new"}
    rows = {one.badge: one for one in await shelf.recipients(Wanted("team"), NOW, 99)}
    assert (rows["expired"].renewed_by, rows["new"].renews) == ("new", "expired")
    badge = await shelf.badge("new")
    assert badge is not None
    assert (badge.renews, badge.valid_until) == ("expired", None)


async def test_who_was_erased_is_in_no_list(shelf: Store) -> None:
    await shelf.erase(Erasure("e", (), ("valid", "suspended")))
    found = await shelf.recipients(Wanted("team"), NOW, 99)
    assert [one.badge for one in found] == [one for one in ALL if one not in ("valid", "suspended")]
    assert await shelf.matches("team", ["valid"], NOW) == []
    assert await shelf.recipients(Wanted("team", status="unsigned"), NOW, 99) == [
        one for one in found if one.badge == "unsigned"
    ]
    await change(shelf, "valid")  # its issuer still can
    assert await shelf.matches("team", ["valid"], NOW) == []


# --- many as one job --------------------------------------------------------------------------------------


def job(id: str = "job", total: int = 2, at: datetime = START) -> Job:
    return Job(id, "team", "suspend", "a look", True, total, at)


def effects(badges: Sequence[str], purpose: Purpose = "suspension", on: bool = True) -> Effects:
    return {
        badge: (
            StatusChange(badge, purpose, on, "a look", NOW),
            samples.leaf(f"badge:{badge}", NOW),
            [parcel(f"about-{badge}", f"badge:{badge}", NOW)],
        )
        for badge in badges
    }


async def test_a_job_is_carried_out_chunk_by_chunk_and_each_effect_once(shelf: Store) -> None:
    wanted = ["valid", "suspended", "revoked", "ends"]
    await shelf.begin_job(job(total=4), [wanted[:3], wanted[3:]])
    assert [one.id for one in await shelf.jobs_left()] == ["job"]
    size, posted = await shelf.log_size(), await shelf.count_undelivered()
    left = await shelf.chunk_left("job")
    assert left is not None
    number, badges = left
    assert badges == wanted[:3]
    lists = await shelf.change_many("job", number, effects(badges), NOW)
    assert [badge for found in lists.values() for badge in found] == ["valid"]
    assert await shelf.change_many("job", number, effects(badges), NOW) == {}
    assert await shelf.log_size() == size + 1
    assert await shelf.count_undelivered() == (posted[0] + 1, 0)
    assert [one.reason for one in await shelf.history("valid")] == ["a look"]
    assert await shelf.job("job") == replace(job(total=4), done=1, passed=2)
    left = await shelf.chunk_left("job")
    assert left is not None
    await shelf.change_many("job", left[0], effects(left[1]), NOW)
    assert await shelf.chunk_left("job") is None
    assert await shelf.jobs_left() == []
    assert await shelf.job("job") == replace(job(total=4), done=2, passed=2, ended_at=NOW, reason="")
    suspended = await shelf.recipients(Wanted("team", status="suspended"), NOW, 9)
    assert [one.badge for one in suspended] == ["suspended", "ends", "valid"]
    slots = {slot.list_id for badge in ("valid", "ends") for slot in (await shelf.badge(badge)).slots}  # type: ignore[union-attr]
    bits = [await shelf.set_bits(one) for one in slots]
    assert sum(map(len, bits)) >= 2


async def test_a_chunk_done_by_other_means_ends_the_job(shelf: Store) -> None:
    await shelf.begin_job(job(), [["valid"], ["ends"]])
    for done in (1, 0):
        left = await shelf.chunk_left("job")
        assert left is not None
        assert await shelf.end_chunk("job", left[0], done, 1 - done, NOW)
        assert not await shelf.end_chunk("job", left[0], done, 1 - done, NOW)
    ended = await shelf.job("job")
    assert ended is not None
    assert (ended.done, ended.passed, ended.ended_at) == (1, 1, NOW)
    assert await shelf.job("unheard-of") is None


async def test_a_job_is_begun_once(shelf: Store) -> None:
    asked = Once("key", "aa", START, "job")
    await shelf.begin_job(job(), [["valid"]], asked)
    with pytest.raises(AlreadyDoneError):
        await shelf.begin_job(job("twice"), [["valid"]], replace(asked, answer="twice"))
    assert await shelf.job("twice") is None
