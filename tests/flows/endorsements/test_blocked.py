"""Who blocked somebody gets nothing of theirs that they did not ask for; and who is blocked hears, sees and
spends what anybody would, so that they cannot tell a block from a mere no."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.flows.endorsements import listed
from exchange.flows.endorsements.ask import Wish, ask, take_back
from exchange.flows.endorsements.asked import Answer, answer
from exchange.flows.endorsements.keys import retire
from exchange.flows.endorsements.profiles import profile_of
from exchange.flows.endorsements.records import Endorsement
from exchange.flows.endorsements.show import hide, show
from exchange.flows.endorsements.trust import of_badge, of_person
from exchange.flows.endorsements.withdraw import withdraw
from exchange.flows.log.about import about_me
from exchange.flows.log.fsck import fsck
from exchange.flows.people.account import export
from exchange.flows.portfolios.choices import choices
from exchange.flows.vouches import listed as vouches
from exchange.flows.vouches import show as vouch_show
from exchange.flows.vouches.withdraw import withdraw as take_back_vouch
from tests.endorsing import Peer
from tests.simulator import run
from tests.vouching import VouchingTown


class Town(VouchingTown):
    """Ben holds a badge, and has said no to Ana, or that he wants no more of her."""

    def __init__(self, said: Answer = "block") -> None:
        super().__init__()
        self.badge = self.award("mailto:ben@example.org").key
        (request,) = run(ask(self.ana.ports, Wish("", ["ben@example.org"])))
        run(answer(self.ben.ports, request.id, said))

    def letters(self, to: Peer) -> list[str]:
        """What was posted to them, but for its ids."""
        found = [one.parcel for one in run(self.ports.store.undelivered(999))]
        address = f"{to.person.name.split()[0].lower()}@example.org"
        return [one.payload for one in found if one.recipient == address]

    def seen_by_ben(self) -> dict[str, Any]:
        got, mine = run(listed.received(self.ben.ports)), run(vouches.mine(self.ben.ports))
        return {
            "endorsements": len(got.waiting) + len(got.settled),
            "vouches": len(mine.received),
            "choices": [one.kind for one in run(choices(self.ports, self.ben.person.id))],
            "letters": len(self.letters(self.ben)),
            "log": len(run(about_me(self.ben.ports))),
        }

    def seen_by_ana(self) -> dict[str, Any]:
        """All that somebody learns of what they gave, and strangers of it."""
        mine = run(vouches.mine(self.ana.ports))
        given = run(listed.given(self.ana.ports))
        pages = [run(listed.view(self.ports, one.line.endorsement.id)) for one in given]
        vouched = [run(vouches.of_badge(self.ports, line.vouch.id)) for line in mine.given]
        return {
            "endorsements": [
                (one.name, one.holder, one.line.state, one.line.endorsement.shown) for one in given
            ],
            "vouches": [(line.name, line.holder, line.state, line.vouch.shown) for line in mine.given],
            "budget": (mine.in_use, mine.budget),
            "pages": [(one.verdict.outcome, one.verdict.codes) for one in pages],
            "vouch pages": [(one.line.state, one.line.vouch.shown, one.in_use) for one in vouched if one],
            "letters": self.letters(self.ana),
            "log": [told.entry.kind for told in run(about_me(self.ana.ports))],
            "summary": run(of_badge(self.ports, self.badge)).lines,
            "person": run(of_person(self.ports, run(profile_of(self.ports, self.ben.person.id)))).lines,
            "entries": run(self.ports.store.log_size()),
        }


def gives(town: Town, request: str = "") -> Endorsement:
    town.give(town.ana, town.ben)
    return town.ana.endorse(town.badge, request=request)


def test_who_is_blocked_cannot_tell_it_from_a_no() -> None:
    refused, blocked = Town("decline"), Town("block")
    for town in (refused, blocked):
        one = gives(town)
        town.ana.endorse(town.badge, line="Said better now.")
        town.give(town.ana, town.ben, "operations")
        assert one.state == "signed"
    seen = refused.seen_by_ana()
    assert (len(seen["endorsements"]), len(seen["vouches"])) == (1, 2)
    assert blocked.seen_by_ana() == seen
    for town in (refused, blocked):
        run(withdraw(town.ana.ports, run(listed.given(town.ana.ports))[0].line.endorsement.id))
        run(take_back_vouch(town.ana.ports, run(vouches.mine(town.ana.ports)).given[0].vouch.id))
    assert blocked.seen_by_ana() == refused.seen_by_ana()


def test_who_blocked_somebody_gets_nothing_of_theirs_unasked() -> None:
    town = Town()
    before = town.seen_by_ben()
    one = gives(town)
    assert town.seen_by_ben() == before
    run(withdraw(town.ana.ports, one.id))
    run(take_back_vouch(town.ana.ports, run(vouches.mine(town.ana.ports)).given[0].vouch.id))
    assert town.seen_by_ben() == before
    town.give(town.cleo, town.ben)  # anybody else reaches him
    assert town.seen_by_ben()["vouches"] == before["vouches"] + 1
    assert run(fsck(town.ports)).findings == []


def test_a_block_is_of_one_way_and_one_person() -> None:
    town = Town()
    town.give(town.ben, town.ana)
    assert len(run(vouches.mine(town.ana.ports)).received) == 1
    town.cleo.endorse(town.badge)
    assert len(run(listed.received(town.ben.ports)).waiting) == 1


@pytest.mark.parametrize("back", [False, True], ids=["asked", "taken back"])
def test_what_was_asked_for_comes(back: bool) -> None:
    town = Town()
    (request,) = run(ask(town.ben.ports, Wish(town.badge, ["ana@example.org"])))
    draft = town.ana.draft(town.badge, request=request.id)
    if back:
        run(take_back(town.ben.ports, request.id))
    count = len(town.letters(town.ben))
    town.ana.sign(draft)
    assert len(run(listed.received(town.ben.ports)).waiting) == (0 if back else 1)
    assert len(town.letters(town.ben)) == count + (not back)


def test_somebody_elses_request_opens_no_way() -> None:
    town = Town()
    (request,) = run(ask(town.cleo.ports, Wish("", ["ana@example.org"])))
    town.ana.endorse(town.badge, request=request.id)
    assert run(listed.received(town.ben.ports)).waiting == []


def test_what_was_given_before_stays_until_its_holder_hides_it() -> None:
    town = Town("decline")
    vouch, said = town.give(town.ana, town.ben), town.ana.endorse(town.badge)
    run(show(town.ben.ports, said.id))
    (request,) = run(ask(town.ana.ports, Wish("", ["ben@example.org"])))
    run(answer(town.ben.ports, request.id, "block"))
    assert len(run(listed.of_badge(town.ports, town.badge))) == 1
    assert len(run(listed.received(town.ben.ports)).settled) == 1
    assert len(run(vouches.mine(town.ben.ports)).received) == 1
    run(hide(town.ben.ports, said.id))
    run(vouch_show.hide(town.ben.ports, vouch.id))
    assert run(listed.of_badge(town.ports, town.badge)) == []


def test_who_meets_it_by_its_address_settles_it_like_any_other() -> None:
    town = Town()
    said = gives(town)
    (line,) = run(vouches.mine(town.ana.ports)).given
    run(hide(town.ben.ports, said.id))
    run(vouch_show.hide(town.ben.ports, line.vouch.id))
    assert len(run(listed.received(town.ben.ports)).settled) == 1
    assert [one.vouch.shown for one in run(vouches.mine(town.ben.ports)).received] == ["hidden"]
    assert run(fsck(town.ports)).findings == []


def test_all_that_is_on_record_about_somebody_is_theirs_to_take_along() -> None:
    """What is kept from their lists is not kept from them: it is about them, and in the public log."""
    town = Town()
    said = gives(town)
    files = run(export(town.ben.ports))
    assert f"endorsements/received-{said.id}.jwt" in files
    proofs = [text.decode() for name, text in files.items() if name.startswith("log/")]
    assert sum(said.id in text for text in proofs) == 1
    assert not any(said.id in told.endorsement for told in run(about_me(town.ben.ports)))


def test_a_lost_key_ends_it_like_any_other() -> None:
    town = Town()
    said = gives(town)
    assert town.ana.key is not None
    run(retire(town.ana.ports, town.ana.key.did, town.world.now))
    assert run(town.ports.store.endorsement(said.id)).state == "withdrawn"  # type: ignore[union-attr]
