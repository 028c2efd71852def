"""Awards that wait for a second person: held at the desk or by a program, approved or refused by another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from exchange.errors import ConflictError, ForbiddenError, InputError, UnavailableError
from exchange.flows.badges.award import Order
from exchange.flows.issuers.keys import resume, stop
from exchange.flows.orders import hold as flow
from exchange.flows.people import people
from exchange.flows.people.erase import erase
from exchange.flows.people.records import Principal
from exchange.flows.ports import Ports
from tests.edge.shop import Shop, run
from tests.edge.sign_in.test_sign_in import send, sign_in

ORDER = Order("school", "incident-lead", "ana@example.org", ("https://e.org/",), "Led it", mail=False)
FORM = {"badge": "school/incident-lead", "to": "ana@example.org", "hold": "on", "once": "a-key"}


def somebody(shop: Shop, name: str, role: str = "issuer") -> Ports:
    person = run(people.add(shop.world.ports, name, f"{name}@example.org"))
    who = Principal(person.id, "link", name, roles={"school": role})  # type: ignore[dict-item]
    return replace(shop.world.ports, who=who)


@pytest.mark.parametrize("wrong", [{"narrative": "a\x00b"}, {"to": "a\x00b@example.org"}])
def test_what_could_never_be_signed_is_not_held(shop: Shop, wrong: dict[str, str]) -> None:
    cat = somebody(shop, "cat")
    with pytest.raises(InputError):
        run(flow.hold(cat, replace(ORDER, **wrong)))  # type: ignore[arg-type]
    assert run(flow.held(cat)) == []


def test_nothing_is_signed_until_another_person_says_yes(shop: Shop) -> None:
    cat, dan = somebody(shop, "cat"), somebody(shop, "dan")
    held = run(flow.hold(cat, ORDER))
    assert shop.world.store._badges == {}
    for act in (flow.approve(cat, held.id), flow.refuse(cat, held.id, "No")):
        with pytest.raises(ForbiddenError) as refused:
            run(act)
        assert refused.value.code == "own_order"
    with pytest.raises(ForbiddenError):
        run(flow.approve(somebody(shop, "eve", "viewer"), held.id))
    assert shop.world.store._badges == {}
    decided, awarded = run(flow.approve(dan, held.id))
    assert (decided.badge, decided.decided_by) == (awarded.key, dan.who.person)
    (badge,) = shop.world.store._badges.values()
    assert (badge.recipient, badge.id) == ("mailto:ana@example.org", awarded.key)
    assert b"Led it" in awarded.signed
    assert shop.world.store._outbox == []
    assert run(flow.approve(dan, held.id))[1].key == awarded.key
    with pytest.raises(ConflictError, match="approved already"):
        run(flow.refuse(dan, held.id, "No"))
    assert len(shop.world.store._badges) == 1


def test_what_was_refused_is_never_awarded(shop: Shop) -> None:
    cat, dan = somebody(shop, "cat"), somebody(shop, "dan")
    held = run(flow.hold(cat, ORDER))
    run(flow.refuse(dan, held.id, "Not yet"))
    for act in (flow.approve(dan, held.id), flow.refuse(dan, held.id, "No")):
        with pytest.raises(ConflictError, match="Not yet"):
            run(act)
    assert shop.world.store._badges == {}


def test_an_approval_that_could_not_be_signed_goes_on_later(shop: Shop) -> None:
    cat, dan = somebody(shop, "cat"), somebody(shop, "dan")
    held = run(flow.hold(cat, ORDER))
    run(stop(shop.world.ports, "school", "An audit"))
    with pytest.raises(UnavailableError):
        run(flow.approve(dan, held.id))
    (waiting,) = run(flow.held(dan))
    assert (waiting.held.state, waiting.held.badge, waiting.may_decide) == ("approved", None, True)
    run(resume(shop.world.ports, "school"))
    assert run(flow.approve(dan, held.id))[0].badge


def test_a_form_holds_once_and_the_page_lets_others_decide(shop: Shop) -> None:
    sign_in(shop)
    for _ in range(2):
        assert send(shop.client, "/desk", FORM).headers["location"] == "/desk/award/held?done=hold"
    assert len(shop.world.store._held) == 1
    page = shop.page("/desk/award/held?done=hold")
    assert "It waits for a second person" in page
    assert "somebody else has to approve" in page
    (id,) = shop.world.store._held
    assert send(shop.client, f"/desk/award/held/{id}/approve").status_code == 403
    held = run(flow.hold(somebody(shop, "cat"), replace(ORDER, to="ben@example.org")))
    page = shop.page("/desk/award/held")
    assert "asked for by <bdi>cat</bdi>" in page
    nothing = send(shop.client, f"/desk/award/held/{held.id}/refuse", {"reason": ""})
    assert (nothing.status_code, 'id="reason-fault"' in nothing.text) == (400, True)
    done = send(shop.client, f"/desk/award/held/{held.id}/approve")
    assert done.headers["location"] == "/desk/award/held?done=approve"
    assert "Approved and awarded" in shop.page(done.headers["location"])
    assert len(shop.world.store._badges) == 1


def test_a_program_holds_and_another_person_decides(shop: Shop) -> None:
    sign_in(shop)

    def call(path: str, body: Any, **headers: str) -> Any:
        return shop.client.post(path, json=body, headers={"accept": "application/json", **headers})

    body = {"issuer": "school", "badge": "incident-lead", "to": "ana@example.org", "hold": True}
    key = {"idempotency-key": "one"}
    held = call("/api/award", body, **key)
    assert held.status_code == 202
    assert call("/api/award", body, **key).json() == held.json()
    other = call("/api/award", {**body, "to": "ben@example.org"}, **key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert call(f"/api/held/{held.json()['id']}/approve", {}).json()["code"] == "own_order"
    theirs = run(flow.hold(somebody(shop, "cat"), ORDER))
    assert [one["state"] for one in shop.get("/api/held").json()["held"]] == ["waiting", "waiting"]
    done = call(f"/api/held/{theirs.id}/approve", {}).json()
    assert done["award"].startswith(shop.world.base_url)
    assert call("/api/held/nothing/approve", {}).status_code == 404
    assert call(f"/api/held/{theirs.id}/eat", {}).json()["code"] == "unknown_act"


def test_somebody_is_found_chosen_and_awarded_by_handle(shop: Shop) -> None:
    sign_in(shop)
    run(people.add(shop.world.ports, "Ana Lima", "ana@example.org", "ana"))
    found = send(shop.client, "/desk", {"badge": "school/incident-lead", "to": "lima", "find": "yes"})
    assert 'name="add" value="ana"' in found.text
    chosen = send(shop.client, "/desk", {"badge": "school/incident-lead", "to": "lima", "add": "ana"})
    assert "This is <bdi>Ana Lima</bdi>, <bdi>a…@example.org</bdi>" in chosen.text
    assert shop.world.store._badges == {}
    form = {"badge": "school/incident-lead", "to": "ana"}
    assert send(shop.client, "/desk", form).status_code == 303
    assert [badge.recipient for badge in shop.world.store._badges.values()] == ["mailto:ana@example.org"]
    assert shop.world.store._outbox == []
    assert send(shop.client, "/desk", {**form, "mail": "on"}).status_code == 303
    assert len(shop.world.store._outbox) == 1


def test_who_is_erased_waits_for_nothing_any_more(shop: Shop) -> None:
    run(flow.hold(somebody(shop, "cat"), ORDER))
    run(erase(shop.world.ports, "ana@example.org", "ana@example.org"))
    assert shop.world.store._held == {}
