"""Notices: whoever changes how somebody comes in, all their addresses hear of it, and the log has it."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from exchange.flows.log.fsck import fsck
from exchange.flows.mail.mails import write
from exchange.flows.people import people
from exchange.flows.people.records import Address, Ticket
from exchange.flows.ports import Ports
from exchange.flows.records import Letter, LogRecord
from exchange.flows.sign_in import passkeys, sessions, tokens
from tests.flows.sign_in.test_passkeys import HERE, Ana, refused, web
from tests.simulator import World, run

SECOND = "second@example.org"


@pytest.fixture
def ana() -> Ana:
    """Signed in with two verified addresses and one that was never verified; her language is German."""
    ana = Ana(World())
    store, now = ana.world.store, ana.world.now
    for address in ("ana@example.org", SECOND):
        run(store.put_address(Address(address, ana.person.id, now)))
    run(store.put_address(Address("typo@example.org", ana.person.id, None)))
    run(people.change(ana.ports, ana.person.id, language="de"))
    return ana


def told(ana: Ana) -> dict[str, list[str]]:
    """Which mails wait, and for whom."""
    waiting: dict[str, list[str]] = {}
    for one in run(ana.world.store.undelivered(99)):
        waiting.setdefault(json.loads(one.parcel.payload)["mail"], []).append(one.parcel.recipient)
    return waiting


def letters(ana: Ana) -> list[Letter]:
    return [run(write(ana.world.ports, one.parcel)) for one in run(ana.world.store.undelivered(99))]


def logged(ana: Ana) -> list[LogRecord]:
    return run(ana.world.store.log_about(f"account:{ana.person.id}"))


async def _register(ports: Ports, ana: Ana) -> None:
    secret, options = await passkeys.begin_registration(ports, "net")
    await passkeys.register(ports, secret, ana.phone.create(options), "Blue phone")


async def _make_token(ports: Ports, ana: Ana) -> None:
    await tokens.add(ports, ana.person.id, "Nightly import", ["read"])


async def _prefer(ports: Ports, ana: Ana) -> None:
    await people.prefer_address(ports, ana.person.id, SECOND)


async def _remove(ports: Ports, ana: Ana) -> None:
    await people.remove_address(ports, ana.person.id, SECOND)


async def _end_all(ports: Ports, ana: Ana) -> None:
    await sessions.end_all(ports, ana.person.id)


BOTH = ["ana@example.org", SECOND]
Change = Callable[[Ports, Ana], Coroutine[Any, Any, None]]


@pytest.mark.parametrize(
    ("change", "mail", "what", "entries"),
    [
        (_register, "passkey-added", "Blue phone", 1),
        (_make_token, "token-made", "Nightly import", 1),
        (_prefer, "address-preferred", SECOND, 0),
        (_remove, "address-removed", SECOND, 0),
        (_end_all, "sessions-ended", "Sitzungen", 0),
    ],
)
def test_each_verified_address_hears_of_a_change_in_its_language(
    ana: Ana, change: Change, mail: str, what: str, entries: int
) -> None:
    ana.enter()
    before, size = told(ana), len(logged(ana))
    run(change(ana.ports, ana))
    assert before == {}
    assert told(ana) == {mail: BOTH}
    assert len(logged(ana)) == size + entries
    for letter in letters(ana):
        assert letter.language == "de"
        assert what in letter.text
        assert "Wenn Sie das nicht waren" in letter.text
        assert "in einem Browser, der sich Firefox, Linux nennt" in letter.text
        assert f"{ana.world.base_url}/account" in letter.text
    assert run(fsck(ana.world.ports)).findings == []


def test_what_somebody_else_did_is_said_so(ana: Ana) -> None:
    run(people.remove_address(ana.world.ports, ana.person.id, SECOND))
    assert all("durch die, die jene Plattform betreiben" in letter.text for letter in letters(ana))


def test_nobody_hears_of_what_did_not_happen(ana: Ana) -> None:
    assert run(sessions.end_all(ana.ports, ana.person.id)) == 0
    assert refused(people.remove_address(ana.ports, ana.person.id, "ana@example.org")) == "address_needed"
    assert refused(passkeys.remove(ana.ports, "unknown")) == "unknown_passkey"
    assert refused(tokens.remove(ana.ports, "unknown")) == "not_permitted"
    assert told(ana) == {}


def test_a_passkey_and_a_token_that_come_and_go_are_in_the_log_by_opaque_ids(ana: Ana) -> None:
    made = ana.register()
    token, secret = run(tokens.add(ana.ports, ana.person.id, "Robot", ["read"]))
    run(tokens.remove(ana.ports, token.id))
    run(passkeys.remove(ana.ports, made.id))
    kinds = [json.loads(one.entry)["kind"] for one in logged(ana)]
    said = [one.content or {} for one in logged(ana)]
    assert kinds == ["passkey", "token", "token", "passkey"]
    assert [one["state"] for one in said] == ["added", "added", "removed", "removed"]
    assert said[0]["passkey"] == said[3]["passkey"]
    for hidden in (made.id, "Robot", "Phone", secret, "ana@"):
        assert hidden not in json.dumps(said)
    assert told(ana)["passkey-removed"] == BOTH
    assert run(fsck(ana.world.ports)).findings == []


def _asks_for(ana: Ana, ben: Ana) -> str:
    """The secret that Ana's second address is mailed when Ben says that it is his."""
    run(people.add_address(ben.ports, ben.person.id, SECOND))
    parcels = [one.parcel for one in run(ana.world.store.undelivered(99))]
    return next(json.loads(one.payload)["secret"] for one in parcels if "secret" in one.payload)


@pytest.mark.parametrize("both", [False, True])
def test_who_only_reads_its_mail_takes_over_no_account_with_passkeys(ana: Ana, both: bool) -> None:
    ben = Ana(ana.world, "ben")
    made = ana.register()
    if both:
        ben.register()
    secret, size = _asks_for(ana, ben), run(ana.world.store.log_size())
    for merge in (False, True):
        assert refused(people.verify_address(ben.ports, secret, merge=merge)) == "account_has_passkeys"
    assert len(run(ana.world.store.people())) == 2
    assert run(ana.world.store.log_size()) == size
    assert run(passkeys.sign_in(web(ana.world), *ana.answer(), HERE)).person.id == ana.person.id
    # Without them it is asked as of every account, with the very link: nothing was spent.
    run(passkeys.remove(ana.ports, made.id))
    assert refused(people.verify_address(ben.ports, secret)) == "address_of_another_account"
    assert run(people.verify_address(ben.ports, secret, merge=True)).id == ben.person.id


def test_an_account_without_passkeys_is_taken_in_by_one_that_has_some_and_loses_nothing(
    ana: Ana, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a passkey that was added between the question and the merging."""
    world, ben = ana.world, Ana(ana.world, "ben")
    ben.register()
    token, _ = run(tokens.add(ana.ports, ana.person.id, "Robot", ["read"]))
    secret, take, hers = _asks_for(ana, ben), world.store.take_ticket, ana.ports

    async def meanwhile(hash: str) -> Ticket | None:
        monkeypatch.undo()
        await _register(hers, ana)
        return await take(hash)

    monkeypatch.setattr(world.store, "take_ticket", meanwhile)
    one = run(people.verify_address(ben.ports, secret, merge=True))
    assert {"ben@example.org", *BOTH} >= set(told(ana)["accounts-merged"]) >= set(BOTH)
    for holder in (ana, ben):
        opened = run(passkeys.sign_in(web(world), *holder.answer(), HERE))
        assert opened.person.id == one.id == ben.person.id
    assert run(world.store.tokens()) == []
    assert run(fsck(world.ports)).findings == []
    ends = run(world.store.log_about(f"token:{token.id}"))
    assert [(one.content or {})["state"] for one in ends] == ["added", "removed"]
    # The handle is compared all the same: an answer for another account is refused.
    liar = replace(ana.phone, handle=b"somebody else")
    start, options = run(passkeys.begin_sign_in(web(world), HERE))
    assert refused(passkeys.sign_in(web(world), start, liar.get(options), HERE)) == "passkey_refused"
