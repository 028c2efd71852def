"""What each is shown and told by their rights, and what becomes of a token whose person changes."""

from __future__ import annotations

from exchange.flows.badges.award import Order, award
from exchange.flows.instance.standing import Hold
from exchange.flows.people.records import SCOPES
from exchange.flows.records import HELD
from exchange.flows.sign_in import tokens
from tests.edge.shop import PAGE
from tests.edge.town import Town
from tests.simulator import run


def test_a_read_only_exchange_is_acknowledged_by_operators_in_person_only(town: Town) -> None:
    store, key = town.shop.world.store, ("POST", "/desk/acknowledge")
    operator = town.person(operator=True)
    token = town.token(operator, *SCOPES)
    store._meta[HELD] = held = Hold("restored", run(store.log_size()), whole=True).to_text()
    for headers in (town.session(town.person(("school", "owner"))), token):
        assert town.ask(key, headers).status_code == 403
        assert store._meta[HELD] == held
    assert town.ask(key, town.session(operator)).status_code == 303
    assert store._meta[HELD] == ""


def test_the_desk_shows_and_offers_what_one_may_at_each_issuer(town: Town) -> None:
    run(award(town.ports, Order("college", "incident-lead", "carl@example.org")))

    def desk(*grants: tuple[str, str], operator: bool = False) -> str:
        headers = {**PAGE, **town.session(town.person(*grants, operator=operator))}
        answer = town.shop.client.get("/desk", headers=headers)
        assert answer.status_code == 200
        return str(answer.text)

    def seen(page: str) -> list[bool]:
        choice = '<option value="{}/incident-lead"'
        wanted = ("a…@", "c…@", "/suspend", choice.format("school"), choice.format("college"))
        return [what in page for what in wanted]

    assert seen(desk()) == [False] * 5
    assert seen(desk(("school", "viewer"))) == [True, False, False, False, False]
    assert seen(desk(("school", "issuer"))) == [True, False, True, True, False]
    assert seen(desk(("school", "viewer"), ("college", "owner"))) == [True, True, True, False, True]
    assert seen(desk(operator=True)) == [True, True, False, False, False]


def test_about_somebody_everybody_is_told_what_they_may_know(town: Town) -> None:
    run(award(town.ports, Order("college", "incident-lead", "ana@example.org")))

    def told(headers: dict[str, str], who: str = "ana@example.org") -> int:
        answer = town.shop.client.get(
            f"/desk/about?who={who}", headers={"accept": "application/json", **headers}
        )
        assert answer.status_code == 200
        return len(answer.json()["entries"])

    assert told(town.session(town.person())) == 0
    assert told(town.session(town.person(("school", "viewer")))) == 1
    assert told(town.session(town.person(("school", "viewer"), ("college", "viewer")))) == 2
    assert told(town.session(town.person(operator=True))) == 2
    assert told(town.token(town.person(operator=True), "award")) == 0
    assert told(town.session(town.person(("college", "viewer"))), town.badge.id) == 0


def test_two_sessions_never_share_an_answer(town: Town) -> None:
    for id in (town.person(("school", "viewer")), town.person()):
        answer = town.shop.client.get("/desk", headers={**PAGE, **town.session(id)})
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


def test_keys_of_one_person_say_nothing_to_another(town: Town) -> None:
    first, second = (town.session(town.person(("school", "issuer"))) for _ in range(2))
    key = {"idempotency-key": "the-same"}
    ids = [town.ask(("POST", "/api/award"), {**who, **key}).json()["id"] for who in (first, first, second)]
    assert ids[0] == ids[1] != ids[2]


def test_a_token_that_ends_or_whose_person_is_suspended_is_good_for_nothing(town: Town) -> None:
    from exchange.flows.people import people

    key, owner = ("POST", "/api/award"), town.person(("school", "owner"))
    short = town.token(owner, "award")
    assert town.ask(key, short).status_code == 201
    (kept,) = run(town.ports.store.tokens(owner))
    assert kept.last_used_at == town.shop.world.now
    run(people.suspend(town.ports, owner))
    assert town.ask(key, short).status_code == 401
    run(people.reinstate(town.ports, owner))
    assert town.ask(key, short).status_code == 201
    town.shop.world.later(days=90)
    assert town.ask(key, short).status_code == 401
    again = town.token(owner, "award")
    assert town.ask(key, again).status_code == 201
    for token in run(town.ports.store.tokens(owner)):
        run(tokens.remove(town.ports, token.id))
    assert town.ask(key, again).status_code == 401
