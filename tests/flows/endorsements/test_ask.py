"""Asking for an endorsement: who is asked, by which link, how often, and how they say no."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from exchange.core.log.entry import read_entry
from exchange.errors import ExchangeError, NotFoundError
from exchange.flows.badges.status import suspend
from exchange.flows.endorsements import ask as asking
from exchange.flows.endorsements import asked as flow
from exchange.flows.endorsements.ask import Wish, ask, take_back
from exchange.flows.endorsements.asked import again, answer, remind, view
from exchange.flows.endorsements.profiles import profile_of
from exchange.flows.endorsements.records import Request
from exchange.flows.endorsements.show import show
from exchange.flows.endorsements.write import Order, page, write
from exchange.flows.log.about import about_me
from exchange.flows.log.fsck import fsck
from exchange.flows.mail.deliver import deliver_due
from exchange.flows.mail.mails import carry
from exchange.flows.people import teams
from exchange.flows.people.records import NOBODY
from exchange.flows.people.roles import grant
from exchange.flows.ports import Ports
from exchange.flows.sign_in.sign_in import who_has
from tests.endorsing import EndorsingTown, Peer
from tests.simulator import run

CAM = "cam@elsewhere.example"


@pytest.fixture
def town() -> EndorsingTown:
    return EndorsingTown()


@pytest.fixture
def ana(town: EndorsingTown) -> Peer:
    return town.peer("Ana Holder")


def nobody(town: EndorsingTown) -> Ports:
    return replace(town.ports, who=NOBODY)


def asked(ana: Peer, badge: str, *to: str, note: str = "") -> Request:
    (made,) = run(ask(ana.ports, Wish(badge, to or (CAM,), ("Incident management",), note)))
    return made


def letters(town: EndorsingTown, to: str = CAM) -> list[str]:
    run(deliver_due(town.ports, "mail", carry))
    return [letter.text for letter in town.world.mailer.letters if letter.to == to]


def secret_in(town: EndorsingTown, to: str = CAM) -> str:
    found = re.search(r"/endorse/\S+#(\S+)", letters(town, to)[-1])
    assert found is not None
    return found[1]


def refused(flow: object) -> str:
    with pytest.raises(ExchangeError) as error:
        run(flow)  # type: ignore[arg-type]
    return error.value.code


def test_who_has_no_account_gets_one_by_the_link_and_their_endorsement_answers(
    town: EndorsingTown, ana: Peer
) -> None:
    badge = town.award().key
    request = asked(ana, badge, note="You were there.")
    (text,) = letters(town)
    assert "You were there." in text
    secret = secret_in(town)
    assert run(view(nobody(town), request.id)).subject.name == "Incident lead"
    answered = run(answer(nobody(town), request.id, "endorse", secret))
    assert answered.opened is not None
    who = run(who_has(town.ports, answered.opened.session))
    assert who is not None
    cam = Peer(town, answered.opened.person, replace(town.ports, who=who))
    cam.make_key()
    assert [one.request.id for one in run(flow.mine(cam.ports))] == [request.id]
    made = cam.endorse(badge, request=request.id, name="Cam Colleague")
    assert run(town.ports.store.request(request.id)).state == "answered"  # type: ignore[union-attr]
    assert made.request == request.id
    assert refused(answer(nobody(town), request.id, "endorse", secret)) == "request_answered"
    assert run(fsck(town.ports)).findings == []


def test_the_link_opens_no_account_that_was_there_before(town: EndorsingTown, ana: Peer) -> None:
    badge = town.award().key
    town.peer("Cam Colleague", CAM)
    request = asked(ana, badge)
    answered = run(answer(nobody(town), request.id, "endorse", secret_in(town)))
    assert (answered.opened, answered.sign_in) == (None, True)
    dan = town.peer("Dan Other")
    assert refused(answer(dan.ports, request.id, "endorse", secret_in(town))) == "other_account"
    assert refused(answer(dan.ports, request.id, "decline")) == "not_asked"
    assert refused(answer(nobody(town), request.id, "decline")) == "endorse_link_missing"
    assert refused(answer(nobody(town), request.id, "decline", "guess")) == "endorse_link_spent"


@pytest.mark.parametrize(
    ("said", "state", "told"), [("decline", "declined", 0), ("not-me", "not_delivered", 1)]
)
def test_no_is_quiet_and_the_wrong_one_is_told_to_who_asked(
    town: EndorsingTown, ana: Peer, said: flow.Answer, state: str, told: int
) -> None:
    request = asked(ana, town.award().key)
    secret = secret_in(town)
    before = len(letters(town, "ana@example.org"))
    run(answer(nobody(town), request.id, said, secret))
    assert run(town.ports.store.request(request.id)).state == state  # type: ignore[union-attr]
    mails = letters(town, "ana@example.org")[before:]
    assert len(mails) == told
    assert not any(CAM in mail for mail in mails)
    assert run(town.ports.store.address(CAM)) is None
    assert refused(answer(nobody(town), request.id, said, secret)) == "request_answered"
    town.world.later(days=20)
    assert run(remind(town.ports)) == 0


def test_a_no_may_say_something_to_who_asked_and_to_nobody_else(town: EndorsingTown, ana: Peer) -> None:
    badge = town.award().key
    request = asked(ana, badge)
    secret, before = secret_in(town), len(letters(town, "ana@example.org"))
    assert refused(answer(nobody(town), request.id, "decline", secret, reply="x" * 201)) == "reply_too_long"
    assert run(town.ports.store.request(request.id)).state == "asked"  # type: ignore[union-attr]
    run(answer(nobody(town), request.id, "decline", secret, reply="I was on leave\u202e then."))
    (sent,) = run(asking.sent(ana.ports, "badge", badge))
    assert (sent.request.state, sent.request.reply) == ("declined", "I was on leave� then.")
    assert len(letters(town, "ana@example.org")) == before
    entries = run(town.ports.store.log_about(f"request:{request.id}"))
    assert not any("leave" in str(one.content) for one in entries)
    assert run(fsck(town.ports)).findings == []


@pytest.mark.parametrize("said", ["not-me", "block"])
def test_only_a_no_carries_a_line(town: EndorsingTown, ana: Peer, said: flow.Answer) -> None:
    request = asked(ana, town.award().key)
    run(answer(nobody(town), request.id, said, secret_in(town), reply="Leave me alone"))
    assert run(town.ports.store.request(request.id)).reply == ""  # type: ignore[union-attr]


def test_nobody_can_tell_from_the_log_whether_who_asked_was_blocked(town: EndorsingTown, ana: Peer) -> None:
    """The same kinds at the same moment, whatever was said; and who asked can read the same of it."""
    badge, seen = town.award().key, []
    for said in ("decline", "block", "not-me"):
        size = run(town.ports.store.log_size())
        request = asked(ana, badge, f"{said}@example.org")
        run(answer(nobody(town), request.id, said, secret_in(town, request.address)))  # type: ignore[arg-type]
        entries = [read_entry(one.entry) for one in run(town.ports.store.log_records(size, 9))]
        told = [one for one in run(about_me(ana.ports)) if one.record.position >= size]
        seen.append(
            (
                [(one.kind, one.at == town.world.now) for one in entries],
                [(one.entry.kind, {*(one.record.content or {})}) for one in told],
            )
        )
    decline, block, not_me = seen
    assert decline == block == not_me
    assert decline[0] == [("ask", True), ("refuse", True), ("refuse", True)]
    assert [kind for kind, _ in decline[1]] == ["ask", "refuse"]
    assert run(town.ports.store.is_blocked("block@example.org", ana.person.id))
    assert not run(town.ports.store.is_blocked("decline@example.org", ana.person.id))
    assert run(fsck(town.ports)).findings == []


def test_who_asked_takes_it_back_and_nothing_reminds_of_it(town: EndorsingTown, ana: Peer) -> None:
    badge = town.award().key
    request, dan = asked(ana, badge), town.peer("Dan Other")
    secret, count = secret_in(town), len(letters(town))
    assert refused(take_back(dan.ports, request.id)) == "unknown_request"
    assert refused(take_back(nobody(town), request.id)) == "not_permitted"
    assert run(town.ports.store.request(request.id)) == request
    size = run(town.ports.store.log_size())
    assert run(take_back(ana.ports, request.id)).state == "taken_back"
    assert run(take_back(ana.ports, request.id)).state == "taken_back"  # the same form, sent twice
    assert run(town.ports.store.log_size()) == size + 1
    said: tuple[flow.Answer, ...] = ("endorse", "decline", "block")
    for one in said:
        assert refused(answer(nobody(town), request.id, one, secret)) == "request_taken_back"
    town.world.later(days=20)
    assert run(remind(town.ports)) == 0
    run(again(nobody(town), request.id))
    assert len(letters(town)) == count
    assert run(fsck(town.ports)).findings == []
    assert asked(ana, badge).state == "asked"  # it can be asked anew


def test_what_is_taken_back_before_its_mail_was_sent_is_not_sent(town: EndorsingTown, ana: Peer) -> None:
    request = asked(ana, town.award().key)
    run(take_back(ana.ports, request.id))
    assert letters(town) == []


def test_what_was_answered_is_not_taken_back(town: EndorsingTown, ana: Peer) -> None:
    request = asked(ana, town.award().key)
    run(answer(nobody(town), request.id, "decline", secret_in(town)))
    size = run(town.ports.store.log_size())
    assert refused(take_back(ana.ports, request.id)) == "request_answered"
    assert run(town.ports.store.request(request.id)).state == "declined"  # type: ignore[union-attr]
    assert run(town.ports.store.log_size()) == size


def test_who_endorses_what_was_taken_back_meanwhile_is_heard(town: EndorsingTown, ana: Peer) -> None:
    ben, badge = town.peer("Ben Peer"), town.award().key
    ben.make_key()
    request = asked(ana, badge, "ben@example.org")
    draft = ben.draft(badge, request=request.id)
    run(take_back(ana.ports, request.id))
    assert ben.sign(draft).state == "signed"
    assert run(town.ports.store.request(request.id)).state == "taken_back"  # type: ignore[union-attr]
    assert run(fsck(town.ports)).findings == []


def test_who_is_blocked_gets_nothing_through_and_is_not_told(town: EndorsingTown, ana: Peer) -> None:
    first, second = town.award().key, town.award().key
    request = asked(ana, first)
    run(answer(nobody(town), request.id, "block", secret_in(town)))
    count = len(letters(town))
    made = asked(ana, second)
    assert made.state == "asked"
    assert len(letters(town)) == count
    town.world.later(days=15)
    run(remind(town.ports))
    run(again(nobody(town), made.id))
    assert len(letters(town)) == count


def test_who_does_not_answer_is_asked_again_twice_and_no_more(town: EndorsingTown, ana: Peer) -> None:
    asked(ana, town.award().key)
    counts = []
    for _ in range(13):
        town.world.later(days=1)
        run(remind(town.ports))
        counts.append(len(letters(town)))
    assert counts == [1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3]
    assert "the last time" in letters(town)[-1]


def test_of_what_is_on_hold_nobody_is_reminded(town: EndorsingTown, ana: Peer) -> None:
    badge = town.award().key
    asked(ana, badge)
    run(suspend(town.ports, badge, "Because"))
    town.world.later(days=4)
    assert run(remind(town.ports)) == 0


def test_a_link_that_is_too_old_is_renewed_to_the_same_address_a_few_times(
    town: EndorsingTown, ana: Peer
) -> None:
    request = asked(ana, town.award().key)
    old = secret_in(town)
    town.world.later(days=14, minutes=1)
    assert run(view(nobody(town), request.id)).over
    assert refused(answer(nobody(town), request.id, "endorse", old)) == "endorse_link_spent"
    run(again(nobody(town), request.id))
    new = secret_in(town)
    assert new != old
    assert run(answer(nobody(town), request.id, "endorse", new)).opened is not None
    for _ in range(2):
        run(again(nobody(town), request.id))
    assert refused(again(nobody(town), request.id)) == "too_many"


def test_the_same_form_asks_once_and_who_was_asked_is_not_asked_twice(town: EndorsingTown, ana: Peer) -> None:
    badge = town.award().key
    wish = Wish(badge, (CAM, "dan@elsewhere.example"))
    assert len(run(ask(ana.ports, wish, "once"))) == 2
    assert run(ask(ana.ports, wish, "once")) == []
    assert run(ask(ana.ports, wish, "another")) == []
    assert len(letters(town)) == 1


def test_colleagues_are_picked_without_showing_their_address(town: EndorsingTown, ana: Peer) -> None:
    ben = town.peer("Ben Peer")
    run(teams.add(town.ports, "red", "Red team"))
    for one in (ana, ben):
        run(teams.join(town.ports, "red", one.person.id))
    (colleague,) = run(asking.colleagues(ana.ports))
    assert (colleague.person.name, colleague.team) == ("Ben Peer", "Red team")
    badge = town.award().key
    request = asked(ana, badge, colleague.to)
    assert (request.address, request.person) == ("ben@example.org", ben.person.id)
    (sent,) = run(asking.sent(ana.ports, "badge", badge))
    assert sent.to == "Ben Peer"
    assert run(answer(ben.ports, request.id, "endorse")).request.id == request.id


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"to": ()}, "nobody_named"),
        ({"to": tuple(f"a{n}@b.example" for n in range(11))}, "too_many_named"),
        ({"to": ("@nobody-there",)}, "nobody_called"),
        ({"to": ("a@b@c",)}, "address_malformed"),
        ({"to": ("ana@example.org",)}, "own_address"),
        ({"note": "x" * 301}, "note_too_long"),
        ({"skills": ("Juggling",)}, "skill_unknown"),
        ({"badge": "another"}, "unknown_badge"),
    ],
)
def test_what_cannot_be_asked_is_refused_whole(
    town: EndorsingTown, ana: Peer, wish: dict[str, object], code: str
) -> None:
    given = Wish(**{"badge": town.award().key, "to": (CAM,), **wish})  # type: ignore[arg-type]
    assert refused(ask(ana.ports, given)) == code
    assert run(town.ports.store.requests_by(ana.person.id)) == []
    assert letters(town) == []


def _in_one_team(town: EndorsingTown, ana: Peer, ben: Peer) -> None:
    run(teams.add(town.ports, "red", "Red team"))
    for one in (ana, ben):
        run(teams.join(town.ports, "red", one.person.id))


def _at_one_issuer(town: EndorsingTown, ana: Peer, ben: Peer) -> None:
    for one, role in ((ana, "viewer"), (ben, "owner")):
        run(grant(town.ports, "school", one.person.id, role))


def _asked_once(town: EndorsingTown, ana: Peer, ben: Peer) -> None:
    run(take_back(ana.ports, asked(ana, town.award().key, "ben@example.org").id))


KNOWN = {"in a team of theirs": _in_one_team, "at an issuer": _at_one_issuer, "asked once": _asked_once}


@pytest.mark.parametrize("how", KNOWN.values(), ids=KNOWN)
def test_a_profile_has_a_name_for_who_knows_its_person_and_for_nobody_else(
    town: EndorsingTown, ana: Peer, how: Callable[[EndorsingTown, Peer, Peer], None]
) -> None:
    ben, dan = town.peer("Ben Peer"), town.peer("Dan Other")
    key = run(profile_of(town.ports, ana.person.id)).rpartition("/")[2]
    said = Order("profile", key, "I saw it.", "other-team")
    for stranger in (ben, dan):
        for one in (page(stranger.ports, "profile", key), write(stranger.ports, said)):
            with pytest.raises(NotFoundError) as hidden:
                run(one)
            with pytest.raises(NotFoundError) as absent:
                run(page(stranger.ports, "profile", "no-such-key"))
            assert (hidden.value.code, hidden.value.status) == (absent.value.code, absent.value.status)
            assert hidden.value.message == absent.value.message.replace("no-such-key", key)
    how(town, ana, ben)
    assert run(page(ben.ports, "profile", key)).holder == "Ana Holder"
    assert refused(page(dan.ports, "profile", key)) == "unknown_profile"


def test_whose_badge_it_is_is_not_told_to_who_has_its_address_only(town: EndorsingTown, ana: Peer) -> None:
    ben, badge = town.peer("Ben Peer"), town.award().key
    assert run(page(ben.ports, "badge", badge)).holder == ""
    made = ben.endorse(badge)  # unasked: that opens nothing
    assert run(page(ben.ports, "badge", badge)).holder == ""
    run(show(ana.ports, made.id))
    assert run(page(ben.ports, "badge", badge)).holder == "Ana Holder"


def test_somebody_can_be_asked_about_a_persons_work(town: EndorsingTown, ana: Peer) -> None:
    ben = town.peer("Ben Peer")
    ben.make_key()
    (request,) = run(ask(ana.ports, Wish("", ("ben@example.org",))))
    assert request.kind == "profile"
    made = ben.endorse(request.subject, kind="profile", request=request.id)
    assert (made.kind, made.holder, made.state) == ("profile", ana.person.id, "signed")
