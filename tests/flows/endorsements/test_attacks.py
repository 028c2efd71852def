"""What somebody might try who wants to endorse in another's name, or to be heard where nobody listens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from exchange.errors import ExchangeError
from exchange.flows.endorsements import asked as asking
from exchange.flows.endorsements import keys
from exchange.flows.endorsements.ask import Wish, ask
from exchange.flows.endorsements.asked import again, answer
from exchange.flows.endorsements.endorse import endorse
from exchange.flows.endorsements.listed import view
from exchange.flows.endorsements.records import Endorsement
from exchange.flows.endorsements.show import hide, show
from exchange.flows.endorsements.withdraw import withdraw
from exchange.flows.log.about import about_me, proof_of
from exchange.flows.mail.deliver import deliver_due
from exchange.flows.mail.mails import carry
from exchange.flows.people.records import NOBODY, Address
from tests.flows.endorsements.company import Company
from tests.simulator import run


@pytest.fixture
def company() -> Company:
    return Company()


def refused(flow: object) -> str:
    with pytest.raises(ExchangeError) as error:
        run(flow)  # type: ignore[arg-type]
    return error.value.code


def letters(company: Company, to: str) -> int:
    run(deliver_due(company.ports, "mail", carry))
    return sum(letter.to == to for letter in company.world.mailer.letters)


def test_what_a_thief_signs_while_its_key_is_reported_lost_does_not_stand(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben, store = company.ben, company.ports.store
    assert ben.key is not None
    since, draft = company.world.now, ben.draft(company.badge)
    signature = ben.key.sign(draft.unsigned)
    known = store.endorsements_with

    async def slowly(*asked: Any) -> list[Endorsement]:
        found = await known(*asked)
        await endorse(ben.ports, draft.id, signature)  # after it was looked at what is to be withdrawn
        return found

    monkeypatch.setattr(store, "endorsements_with", slowly)
    run(keys.retire(ben.ports, ben.key.did, since))
    made = run(store.endorsement(draft.id))
    assert made is not None
    assert made.state == "withdrawn"
    assert company.ports.store is store
    assert [one.state for one in run(store.endorsements_of("badge", [company.badge]))] == ["withdrawn"]


def test_a_session_alone_does_not_sign_with_the_key_that_the_exchange_keeps(company: Company) -> None:
    draft = company.dora.draft(company.badge)
    company.world.now += timedelta(hours=2)
    assert refused(endorse(company.dora.ports, draft.id)) == "confirmation_needed"
    kept = run(company.ports.store.endorsement(draft.id))
    assert kept is not None
    assert kept.state == "drafted"
    again_in = company.dora.elsewhere()
    assert run(endorse(again_in.ports, draft.id)).state == "signed"


def test_a_session_goes_on_signing_with_the_key_of_its_browser(company: Company) -> None:
    draft = company.ben.draft(company.badge)
    company.world.now += timedelta(hours=2)
    assert company.ben.sign(draft).state == "signed"


def test_nobody_signs_of_somebody_what_they_wrote_of_somebody_else(company: Company) -> None:
    store, draft = company.ports.store, company.ben.draft(company.badge)
    run(store.put_address(Address("ana2@example.org", company.ana.person.id, company.world.now)))
    run(store.prefer_address(company.ana.person.id, "ana2@example.org"))
    run(store.remove_address(company.ana.person.id, company.holder))
    run(store.put_address(Address(company.holder, company.cleo.person.id, company.world.now)))
    assert company.ben.key is not None
    signature = company.ben.key.sign(draft.unsigned)
    assert refused(endorse(company.ben.ports, draft.id, signature)) == "holder_changed"
    assert run(store.endorsements_of("badge", [company.badge])) == []


def test_who_is_blocked_reaches_nobody_at_another_address_of_theirs(company: Company) -> None:
    store, other = company.ports.store, "ben@home.example"
    run(store.put_address(Address(other, company.ben.person.id, company.world.now)))
    (first,) = run(ask(company.ana.ports, Wish(company.badge, ["ben@example.org"])))
    run(answer(company.ben.ports, first.id, "block"))
    before = letters(company, other)
    (second,) = run(ask(company.ana.ports, Wish(company.badge, [other])))
    assert second.remind_at is None
    run(again(replace(company.ports, who=NOBODY), second.id))
    company.world.now += timedelta(days=4)
    assert run(asking.remind(company.ports)) == 0
    assert letters(company, other) == before
    assert run(asking.mine(company.ben.ports)) == []


def test_who_asks_cannot_ask_for_new_links_for_ever(company: Company) -> None:
    (request,) = run(ask(company.ana.ports, Wish(company.badge, ["cam@elsewhere.example"])))
    for _ in range(5):
        company.world.now += timedelta(days=1, minutes=1)
        run(again(replace(company.ports, who=NOBODY), request.id))
    for _ in range(20):
        company.world.now += timedelta(days=1, minutes=1)
        assert refused(again(replace(company.ports, who=NOBODY), request.id)) == "too_many"


def test_an_address_that_is_ones_no_more_brings_one_no_requests(company: Company) -> None:
    store, old = company.ports.store, "ben@old.example"
    run(store.put_address(Address(old, company.ben.person.id, company.world.now)))
    run(store.remove_address(company.ben.person.id, old))
    run(ask(company.ana.ports, Wish(company.badge, [old])))
    assert run(store.requests_to(company.ben.person.id)) == []
    assert run(asking.mine(company.ben.ports)) == []


def test_who_endorses_does_not_read_in_their_log_that_they_were_hidden(company: Company) -> None:
    made = company.ben.endorse(company.badge)
    run(show(company.ana.ports, made.id))
    run(hide(company.ana.ports, made.id))
    theirs = run(about_me(company.ana.ports))
    kinds = [one.entry.kind for one in theirs]
    assert {"endorse", "show", "hide"} <= set(kinds)
    seen = {one.entry.kind for one in run(about_me(company.ben.ports))}
    assert "endorse" in seen
    assert not seen & {"show", "hide"}
    (hidden,) = (one.record.position for one in theirs if one.entry.kind == "hide")
    assert refused(proof_of(company.ben.ports, hidden)) == "not_permitted"


def test_what_an_endorsement_pins_is_compared_where_it_is_at_hand(company: Company) -> None:
    made = company.ben.endorse(company.badge)
    codes = run(view(company.ports, made.id)).verdict.codes
    assert "related_unseen" not in codes
    assert "related_same" in codes


def test_what_was_taken_back_unseen_is_not_held_up_to_everybody(company: Company) -> None:
    made = company.ben.endorse(company.badge)
    run(withdraw(company.ben.ports, made.id))
    assert refused(show(company.ana.ports, made.id)) == "endorsement_over"
    kept = run(company.ports.store.endorsement(made.id))
    assert kept is not None
    assert kept.shown == "waiting"


def test_what_was_seen_stays_as_a_tombstone(company: Company) -> None:
    made = company.ben.endorse(company.badge)
    run(show(company.ana.ports, made.id))
    run(withdraw(company.ben.ports, made.id))
    assert run(show(company.ana.ports, made.id)).shown == "shown"


def test_who_said_no_and_signs_after_all_has_still_said_no(company: Company) -> None:
    (request,) = run(ask(company.ana.ports, Wish(company.badge, ["ben@example.org"])))
    draft = company.ben.draft(company.badge, request=request.id)
    run(answer(company.ben.ports, request.id, "decline"))
    assert company.ben.sign(draft).state == "signed"
    kept = run(company.ports.store.request(request.id))
    assert kept is not None
    assert kept.state == "declined"
