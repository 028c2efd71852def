"""Codes: who makes them, who gets a badge by them, once, and what a no, a stop and a crash leave."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange.core.log.entry import read_entry
from exchange.errors import ExchangeError, UnavailableError
from exchange.flows.claims import codes
from exchange.flows.claims.codes import CodeOrder, Made
from exchange.flows.claims.records import CodeUse
from exchange.flows.instance.sweep import sweep
from exchange.flows.issuers.keys import resume, stop
from exchange.flows.issuers.sync import sync
from exchange.flows.log.fsck import fsck
from exchange.flows.mail.deliver import deliver_due
from exchange.flows.mail.mails import carry
from exchange.flows.people import people
from exchange.flows.people.records import NOBODY, Address, Browser, Principal
from exchange.flows.ports import Ports
from exchange.flows.sign_in.sign_in import redeem, who_has
from tests.flows.claims.test_claim import somebody
from tests.simulator import MemorySealer, World, run
from tests.team import TEAM

HERE = Browser("Firefox, Linux", "192.0.2.0/24")


@pytest.fixture
def world() -> World:
    world = World()
    run(sync(world.ports, [TEAM]))
    return world


def made(world: World, quota: int = 2, days: int = 30, badge: str = "lead", **order: object) -> Made:
    return run(codes.make(world.ports, CodeOrder("team", badge, quota, days, **order)))  # type: ignore[arg-type]


def word(code: Made) -> str:
    return code.code.word or code.singles[0]


def use(ports: Ports, typed: str) -> CodeUse:
    return run(codes.use(ports, typed, HERE))


def refused(ports: Ports, typed: str) -> str:
    with pytest.raises(ExchangeError) as error:
        use(ports, typed)
    return error.value.code


def badges(world: World) -> list[str]:
    return sorted(one.recipient for one in world.store._badges.values() if one.signed)


def test_whoever_opens_it_gets_the_badge_once_and_has_accepted_it(world: World) -> None:
    code, ada = made(world), somebody(world, "ada@example.org")
    first, again = use(ada, word(code)), use(ada, word(code))
    assert first == again
    assert first.state == "awarded"
    assert badges(world) == ["mailto:ada@example.org"]
    assert world.store._badges[first.badge or ""].claim == "accepted"
    assert world.store._codes[code.code.id].taken == 1
    assert run(world.store.count_undelivered()) == (0, 0)  # they see it: no mail has to tell them
    kinds = [read_entry(one.entry).kind for one in run(world.store.log_records(0, 99))]
    assert kinds[-3:] == ["code", "award", "accept"]
    assert run(fsck(world.ports)).findings == []


def test_the_same_request_again_is_told_when_its_codes_cannot_be(world: World) -> None:
    order = CodeOrder("team", "lead", 2, 30, singles=True)
    first = run(codes.make(world.ports, order, "once"))
    assert run(codes.make(world.ports, order, "once")) == first

    class OtherKeys(MemorySealer):
        async def derive(self, about: str) -> bytes:
            return b"another home"

    with pytest.raises(ExchangeError) as error:
        run(codes.make(replace(world.ports, sealer=OtherKeys()), order, "once"))
    assert error.value.code == "codes_lost"
    assert len(world.store._codes) == 1


def test_the_last_one_is_the_last(world: World) -> None:
    code = made(world, 1)
    use(somebody(world, "ada@example.org"), word(code))
    assert refused(somebody(world, "ben@example.org"), word(code)) == "code_used_up"
    assert badges(world) == ["mailto:ada@example.org"]


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(lambda w: w.upper(), id="large letters"),
        pytest.param(codes.spaced, id="as it is printed"),
        pytest.param(" ".join, id="with space between"),
        pytest.param(lambda w: w.replace("0", "O").replace("1", "l"), id="what looks alike"),
    ],
)
def test_a_word_is_known_however_it_is_typed(world: World, typed: object) -> None:
    code = made(world)
    assert run(codes.named(world.ports, typed(word(code)))) == code.code  # type: ignore[operator]


@pytest.mark.parametrize("typed", ["", "abc", "u" * 12, "abcdefghjkm!", "0" * 12, "a" * 9999])
def test_what_is_no_code_is_not_known(world: World, typed: str) -> None:
    made(world)
    assert refused(somebody(world, "ada@example.org"), typed) == "unknown_code"


def test_guesses_are_counted(world: World) -> None:
    code, eve = made(world), somebody(world, "eve@example.org")
    for _ in range(60):
        assert refused(eve, "0" * 12) == "unknown_code"
    assert refused(eve, word(code)) == "too_many"


def test_single_codes_are_good_for_one_person_each_and_on_record_as_hashes(world: World) -> None:
    code = made(world, 3, singles=True)
    assert len(set(code.singles)) == 3
    assert code.code.word is None
    on_record = repr(world.store._singles) + repr(world.store._codes)
    assert not any(codes.normal(one) in on_record for one in code.singles)
    use(somebody(world, "ada@example.org"), code.singles[0])
    assert refused(somebody(world, "ben@example.org"), code.singles[0]) == "code_spent"
    use(somebody(world, "cid@example.org"), code.singles[1])
    assert badges(world) == ["mailto:ada@example.org", "mailto:cid@example.org"]


def test_who_waits_is_awarded_by_a_yes_and_gets_a_mail(world: World) -> None:
    code, ada = made(world, approval=True), somebody(world, "ada@example.org")
    waits = use(ada, word(code))
    assert (waits.state, use(ada, word(code)), badges(world)) == ("waiting", waits, [])
    done = run(codes.approve(world.ports, waits.id))
    assert (done.state, badges(world)) == ("awarded", ["mailto:ada@example.org"])
    run(deliver_due(world.ports, "mail", carry))
    assert f"/claim/{done.badge}\n" in world.mailer.letters[0].text  # no secret: they have accepted it
    with pytest.raises(ExchangeError) as error:
        run(codes.refuse(world.ports, waits.id))
    assert error.value.code == "not_waiting"
    assert run(fsck(world.ports)).findings == []


def test_a_no_gives_the_place_to_somebody_else_and_is_final(world: World) -> None:
    code, ada = made(world, 1, approval=True), somebody(world, "ada@example.org")
    run(codes.refuse(world.ports, use(ada, word(code)).id))
    assert refused(ada, word(code)) == "use_refused"
    ben = use(somebody(world, "ben@example.org"), word(code))
    assert run(codes.approve_all(world.ports, code.code.id)) == 1
    assert badges(world) == ["mailto:ben@example.org"]
    assert run(world.store.code_use(ben.id)).state == "awarded"  # type: ignore[union-attr]


def test_closed_or_over_it_gives_no_more_but_who_waits_can_be_approved(world: World) -> None:
    code = made(world, 5, approval=True)
    waits = use(somebody(world, "ada@example.org"), word(code))
    run(codes.close(world.ports, code.code.id))
    assert refused(somebody(world, "ben@example.org"), word(code)) == "code_closed"
    assert run(codes.approve(world.ports, waits.id)).state == "awarded"
    other = made(world, 5, 1)
    world.later(days=1)
    assert refused(somebody(world, "cid@example.org"), word(other)) == "code_over"


# --- what stands in the way -------------------------------------------------------------------------------


def test_a_stop_of_signing_keeps_the_place_and_the_sweep_awards(world: World) -> None:
    code, ada = made(world, 1), somebody(world, "ada@example.org")
    run(stop(world.ports, "team", "A laptop was stolen"))
    assert refused(ada, word(code)) == "signing_stopped"
    assert refused(somebody(world, "ben@example.org"), word(code)) == "code_used_up"
    run(sweep(world.ports))
    assert badges(world) == []
    run(resume(world.ports, "team"))
    world.later(minutes=2)
    run(sweep(world.ports))
    assert badges(world) == ["mailto:ada@example.org"]
    assert use(ada, word(code)).state == "awarded"


def test_a_crash_after_the_award_makes_no_second_one(world: World) -> None:
    code, ada = made(world), somebody(world, "ada@example.org")
    first = use(ada, word(code))
    world.store._uses[first.id] = replace(first, state="granted", badge=None)
    again = use(ada, word(code))
    assert again == first
    assert badges(world) == ["mailto:ada@example.org"]


def test_a_crash_between_intent_and_signature_is_finished(world: World) -> None:
    code, ada = made(world), somebody(world, "ada@example.org")
    world.keys.broken = True
    with pytest.raises(UnavailableError):
        use(ada, word(code))
    world.keys.broken = False
    assert use(ada, word(code)).state == "awarded"
    assert badges(world) == ["mailto:ada@example.org"]


def test_who_has_no_verified_address_takes_no_place(world: World) -> None:
    code, ada = made(world, 1), somebody(world)
    run(world.store.put_address(Address("ada@example.org", ada.who.person, None)))
    assert refused(ada, word(code)) == "address_needed"
    assert world.store._codes[code.code.id].taken == 0
    assert refused(replace(world.ports, who=NOBODY), word(code)) == "not_permitted"
    token = replace(ada, who=replace(ada.who, scopes=frozenset({"award"})))
    assert refused(token, word(code)) == "not_permitted"


@pytest.mark.parametrize(
    ("order", "problem"),
    [
        ({"quota": 0}, "quota_malformed"),
        ({"quota": 10_001}, "quota_malformed"),
        ({"quota": 201, "singles": True}, "quota_malformed"),
        ({"days": 0}, "days_malformed"),
        ({"days": 367}, "days_malformed"),
        ({"title": "x" * 201}, "title_malformed"),
        ({"badge": "seen"}, "evidence_required"),
        ({"badge": "none"}, "unknown_achievement"),
    ],
)
def test_a_code_that_cannot_be_is_refused_and_leaves_nothing(
    world: World, order: dict[str, object], problem: str
) -> None:
    size = run(world.store.log_size())
    with pytest.raises(ExchangeError) as error:
        made(world, **order)  # type: ignore[arg-type]
    assert error.value.code == problem
    assert (world.store._codes, run(world.store.log_size())) == ({}, size)


def test_the_same_form_sent_twice_makes_one_code(world: World) -> None:
    order = CodeOrder("team", "lead", 5, 30)
    first, second = (run(codes.make(world.ports, order, "once-1")) for _ in range(2))
    assert first.code.id == second.code.id
    assert len(world.store._codes) == 1


def test_a_code_made_behind_the_logs_back_is_found(world: World) -> None:
    code = made(world).code
    world.store._codes[code.id] = replace(code, quota=9)
    assert [one.code for one in run(fsck(world.ports)).findings] == ["record_changed"]
    world.store._codes["forged"] = replace(code, id="forged", word="z" * 12)
    found = [(one.code, one.at) for one in run(fsck(world.ports)).findings]
    assert ("not_logged", "code/forged") in found


# --- signing up -------------------------------------------------------------------------------------------


def test_a_code_is_an_invitation_and_its_mail_leads_back(world: World) -> None:
    code, stranger = made(world), replace(world.ports, who=NOBODY)
    typed = codes.spaced(word(code))
    run(codes.invite(stranger, typed, "ada@example.org", HERE))
    run(deliver_due(world.ports, "mail", carry))
    (letter,) = world.mailer.letters
    link = next(line for line in letter.text.split("\n") if "/sign-in?" in line)
    assert link.startswith(f"http://localhost:8000/sign-in?next=%2Fclaim%2Fcode%2F{typed}#")
    opened = run(redeem(stranger, link.partition("#")[2], HERE))
    who: Principal | None = run(who_has(world.ports, opened.session))
    assert who is not None
    assert use(replace(world.ports, who=who), typed).state == "awarded"
    assert badges(world) == ["mailto:ada@example.org"]


def test_a_code_by_which_nobody_gets_anything_invites_nobody(world: World) -> None:
    code = made(world)
    run(codes.close(world.ports, code.code.id))
    for typed, problem in ((word(code), "code_closed"), ("0" * 12, "unknown_code")):
        with pytest.raises(ExchangeError) as error:
            run(codes.invite(world.ports, typed, "ada@example.org", HERE))
        assert error.value.code == problem
    assert run(world.store.count_undelivered()) == (0, 0)


def test_two_accounts_that_become_one_keep_what_they_have(world: World) -> None:
    code = made(world)
    ada, other = somebody(world, "ada@example.org"), somebody(world, "ada@home.example")
    use(other, word(code))
    run(world.store.merge(other.who.person, run(people.find(world.ports, "ada@example.org")), [], []))
    assert use(ada, word(code)).state == "awarded"
    assert badges(world) == ["mailto:ada@home.example"]
