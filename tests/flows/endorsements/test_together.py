"""What becomes of endorsements when their people are erased, become one, or take everything along."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from exchange.flows.badges.verify import verify
from exchange.flows.endorsements.ask import Wish, ask
from exchange.flows.endorsements.endorse import endorse
from exchange.flows.endorsements.keys import retire
from exchange.flows.endorsements.listed import of_badge
from exchange.flows.endorsements.show import show
from exchange.flows.log.about import about_me
from exchange.flows.log.fsck import fsck
from exchange.flows.people import people
from exchange.flows.people.account import export
from exchange.flows.people.erase import erase
from exchange.flows.people.records import Ticket
from exchange.flows.sign_in.secrets import hash_of
from tests.endorsing import EndorsingTown, Peer
from tests.simulator import run


def town_of_two() -> tuple[EndorsingTown, Peer, Peer, str]:
    town = EndorsingTown()
    ana, ben = town.peer("Ana Holder"), town.peer("Ben Peer")
    badge = town.award().key
    ben.make_key()
    return town, ana, ben, badge


def merge(town: EndorsingTown, proved: Peer, target: Peer, address: str) -> None:
    """`target` reads a mail to an address of `proved`."""
    run(people.verify_address(target.ports, mailed(town, target, address), merge=True))


def mailed(town: EndorsingTown, target: Peer, address: str) -> str:
    """The secret of a mail to that address, from when `target` said that it is theirs."""
    secret = town.ports.new_secret()
    ticket = Ticket(
        hash_of(secret), "address", town.world.now + timedelta(hours=1), address, target.person.id
    )
    run(town.ports.store.put_ticket(ticket, town.world.now))
    return secret


def test_what_one_signs_of_the_other_in_the_moment_of_a_merge_ends_too() -> None:
    town, ana, ben, badge = town_of_two()
    draft, store = ben.draft(badge), town.world.store
    merged, signature = store.merge, ben.key.sign(draft.unsigned) if ben.key else ""

    async def signed_just_before(*args: Any) -> None:
        await endorse(ben.ports, draft.id, signature)
        await merged(*args)

    store.merge = signed_just_before  # type: ignore[method-assign]
    merge(town, ben, ana, "ben@example.org")
    one = run(store.endorsement(draft.id))
    assert one is not None
    assert (one.endorser, one.holder, one.state) == (ana.person.id, ana.person.id, "withdrawn")
    assert run(fsck(town.ports)).findings == []


def test_a_key_that_is_retired_in_the_moment_of_a_merge_stays_retired() -> None:
    town, ana, ben, _ = town_of_two()
    store, merged, did = town.world.store, town.world.store.merge, ben.key.did if ben.key else ""

    async def retired_just_before(*args: Any) -> None:
        store.merge = merged  # type: ignore[method-assign]
        await retire(ben.ports, did)
        await merged(*args)

    store.merge = retired_just_before  # type: ignore[method-assign]
    merge(town, ben, ana, "ben@example.org")
    (key,) = run(store.endorser_keys(ana.person.id))
    assert (key.did, key.retired_at) == (did, town.world.now)
    contents = [one.content or {} for one in run(store.log_records(0, 99))]
    assert [one["state"] for one in contents if "endorser_key" in one][-1] == "retired"
    assert run(fsck(town.ports)).findings == []


def test_nobody_is_left_asking_themselves() -> None:
    town, ana, ben, badge = town_of_two()
    town.peer("Cam Peer")
    run(ask(ana.ports, Wish(badge, ("ben@example.org", "cam@example.org"))))
    merge(town, ben, ana, "ben@example.org")
    requests = run(town.ports.store.requests_by(ana.person.id))
    assert {one.address: (one.state, one.remind_at is None) for one in requests} == {
        "ben@example.org": ("taken_back", True),
        "cam@example.org": ("asked", False),
    }
    assert run(town.ports.store.requests_to(ana.person.id)) == []
    assert run(fsck(town.ports)).findings == []


def test_what_is_signed_after_a_merge_is_of_one_profile_whichever_key_signs() -> None:
    town, ana, ben, _ = town_of_two()
    ana.make_key()
    town.peer("Cam Peer")
    badges = [town.award("mailto:cam@example.org").key for _ in range(2)]
    merge(town, ben, ana, "ben@example.org")
    after = replace(ben, ports=ana.ports, person=ana.person)  # Ben's browser, with its key
    said = [one.endorse(badge) for one, badge in zip((ana, after), badges, strict=True)]
    assert said[0].did != said[1].did
    facts = run(town.ports.store.kept_facts([one.id for one in said]))
    assert len({facts[one.id].fact.endorser for one in said}) == 1
    for one in said:
        assert run(verify(town.ports, one.signed or b"")).outcome == "valid"
    assert run(fsck(town.ports)).findings == []


def test_an_erased_endorser_leaves_no_word_and_what_they_signed_is_valid_where_it_is_kept() -> None:
    town, ana, ben, badge = town_of_two()
    made = ben.endorse(badge, "Kept everybody calm.")
    run(show(ana.ports, made.id))
    run(erase(ben.ports, ben.person.id, "ben@example.org"))
    assert run(of_badge(town.ports, badge)) == []
    kept = repr(town.world.store.kept())
    assert "Kept everybody calm" not in kept
    assert "Ben Peer" not in kept
    verdict = run(verify(town.ports, made.signed or b""))
    assert "revoked" not in verdict.codes
    assert run(fsck(town.ports)).findings == []


def test_of_an_erased_holder_nothing_is_left_that_was_said_of_them() -> None:
    town, ana, ben, badge = town_of_two()
    made = ben.endorse(badge, "Ana kept everybody calm.")
    run(erase(ana.ports, ana.person.id, "ana@example.org"))
    assert "kept everybody calm" not in repr(town.world.store.kept())
    assert run(town.ports.store.endorsements_by(ben.person.id)) == []
    assert made.slot.index in town.world.store._lists[made.slot.list_id].taken
    assert run(fsck(town.ports)).findings == []


def test_when_two_accounts_are_one_nobody_has_endorsed_themselves() -> None:
    town, ana, ben, badge = town_of_two()
    cam = town.peer("Cam Peer")
    cam.make_key()
    own, other = ben.endorse(badge), cam.endorse(badge)
    merge(town, ben, ana, "ben@example.org")
    states = {one.id: one.state for one in run(town.ports.store.endorsements_of("badge", [badge]))}
    assert states == {own.id: "withdrawn", other.id: "signed"}
    assert "revoked" in run(verify(town.ports, own.signed or b"")).codes
    assert [one.did for one in run(town.ports.store.endorser_keys(ana.person.id))] == [own.did]
    assert run(fsck(town.ports)).findings == []


def test_of_two_that_one_person_said_of_the_same_thing_one_stands() -> None:
    town, _, ben, badge = town_of_two()
    cam = town.peer("Cam Peer")
    cam.make_key()
    first, second = ben.endorse(badge), cam.endorse(badge)
    merge(town, ben, cam, "ben@example.org")
    states = {one.id: one.state for one in run(town.ports.store.endorsements_of("badge", [badge]))}
    assert states == {first.id: "withdrawn", second.id: "signed"}
    assert {one.endorser for one in run(town.ports.store.endorsements_of("badge", [badge]))} == {
        cam.person.id
    }
    assert run(fsck(town.ports)).findings == []


def test_everything_about_me_has_them_as_they_were_signed() -> None:
    _, ana, ben, badge = town_of_two()
    made = ben.endorse(badge)
    theirs, mine = run(export(ana.ports)), run(export(ben.ports))
    assert theirs[f"endorsements/received-{made.id}.jwt"] == made.signed
    assert mine[f"endorsements/given-{made.id}.jwt"] == made.signed
    assert b"memory:" not in b"".join(mine.values())
    kinds = [one.entry.kind for one in run(about_me(ben.ports))]
    assert kinds == ["endorser_key", "endorse", "endorse"]


def test_a_merged_account_keeps_both_pseudonyms() -> None:
    town, ana, ben, badge = town_of_two()
    ben.endorse(badge)
    before = {one.id for one in town.world.store._profiles.values()}
    merge(town, ben, replace(ana), "ben@example.org")
    after = town.world.store._profiles
    assert set(after) == before
    assert {one.person for one in after.values()} == {ana.person.id}
