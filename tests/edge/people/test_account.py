"""An account: what its person can see, change, take away and take along, and nobody else's is touched."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from exchange.flows.badges.status import revoke
from exchange.flows.people import people
from exchange.flows.people.logged import role_leaf
from exchange.flows.people.records import SHELL, Address, Browser, Grant, Person
from exchange.flows.ports import Ports
from exchange.flows.sign_in import tokens
from exchange.flows.sign_in.sign_in import make_link, open_session, who_has
from tests.edge.served import Served
from tests.edge.shop import PAGE, Shop
from tests.flows.sign_in.arriving import mails
from tests.simulator import run


class House:
    """A shop and the browsers of two people in it."""

    def __init__(self) -> None:
        self.shop = Shop()
        self.ports = self.shop.world.ports
        self.ana, self.ben = self.person("Ana Lima", "ana"), self.person("Ben Berg", "ben")

    def person(self, name: str, handle: str) -> Browsing:
        now = self.shop.world.now
        person = Person(self.ports.new_id(), name, now, handle)
        address = Address(f"{handle}@example.org", person.id, now, is_primary=True)
        run(self.ports.store.put_person(person, [address]))
        return Browsing(self, person)

    def secret_mailed_to(self, address: str) -> str:
        """That of the newest mail there."""
        return next(mail.secret for mail in reversed(mails(self.shop.world)) if mail.to == address)


class Browsing:
    """Somebody's browser, signed in."""

    def __init__(self, house: House, person: Person) -> None:
        self.house, self.id = house, person.id
        self.client = Served(house.ports)
        self.session = run(open_session(house.ports, person, "link", Browser("Firefox, Linux"))).session
        self.client.cookies["exchange_session"] = self.session

    @property
    def ports(self) -> Ports:
        who = run(who_has(self.house.ports, self.session))
        assert who is not None
        return replace(self.house.ports, who=who)

    def get(self, path: str) -> str:
        answer = self.client.get(path, headers=PAGE, follow_redirects=False)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store"), answer.text
        return str(answer.text)

    def post(self, path: str, **fields: str) -> Any:
        headers = {**PAGE, "sec-fetch-site": "same-origin"}
        return self.client.post(path, data=fields, headers=headers, follow_redirects=False)

    def done(self, path: str, **fields: str) -> str:
        """The page that a form leads to when it was taken."""
        answer = self.post(path, **fields)
        assert answer.status_code == 303, answer.text
        return self.get(answer.headers["location"])


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    with house.ana.client, house.ben.client, house.shop.client:
        yield house


def state(browsing: Browsing) -> object:
    """All there is about somebody that another could wish to change."""
    store, me = browsing.house.ports.store, browsing.id
    return [
        run(what(me))
        for what in (store.person, store.addresses, store.sessions, store.tokens, store.memberships)
    ]


def test_a_profile_is_changed_and_shown_to_its_person_only(house: House) -> None:
    before = state(house.ben)
    page = house.ana.done("/account", name="Ana  L.", handle="Ana-L", language="de")
    assert 'lang="de"' in page
    assert "Ana L." in page
    person = run(house.ports.store.person(house.ana.id))
    assert person is not None
    assert (person.name, person.handle, person.language) == ("Ana L.", "ana-l", "de")
    assert 'lang="de"' in house.ana.get("/account/tokens")
    assert 'lang="en"' in house.ana.get("/account/tokens?lang=en")
    assert 'lang="en"' in house.ben.get("/account")
    assert "Ana" not in house.ben.get("/account")
    assert state(house.ben) == before
    public = house.ana.client.get("/", headers=PAGE)
    assert 'lang="en"' in public.text
    assert "Ana" not in public.text


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"name": ""}, 400, "A name has 1 to 200 letters."),
        ({"name": "A\x00b"}, 400, "A name has 1 to 200 letters."),
        ({"handle": "-x-"}, 400, "A handle has 3 to 30 letters"),
        ({"handle": "ben"}, 409, "handle"),
        ({"language": "<b>"}, 400, "is no language tag"),
    ],
)
def test_a_mistake_stands_beside_its_field_and_changes_nothing(
    house: House, fields: dict[str, str], status: int, said: str
) -> None:
    before = state(house.ana)
    answer = house.ana.post("/account", **{"name": "Ana Typed", "handle": "typed", "language": "", **fields})
    assert answer.status_code == status
    assert said in answer.text
    (field,) = fields
    assert f'id="{field}-fault"' in answer.text
    assert "typed" in answer.text.lower()
    assert "<b>" not in answer.text
    assert state(house.ana) == before


def test_a_handle_in_the_letters_of_an_id_hides_nobody(house: House) -> None:
    eve = house.person("Eve", "eve")
    with eve.client:
        assert eve.post("/account", handle=house.ana.id).status_code == 400
    known = run(people.find(house.ports, "eve"))
    run(house.ports.store.change_person(replace(known, handle=house.ana.id)))  # as it could be once
    assert run(people.find(house.ports, house.ana.id)).name == "Ana Lima"
    assert "Ana Lima" in house.ana.get("/account")


def test_an_address_is_added_by_a_mail_then_preferred_and_removed(house: House) -> None:
    page = house.ana.done("/account/addresses", address="Ana@Work.example")
    assert "We sent a mail" in page
    assert "ana@work.example" not in page
    secret = house.secret_mailed_to("ana@work.example")
    assert secret not in page
    page = house.ana.done("/account/addresses/verify", code=f"http://localhost:8000/account/address#{secret}")
    assert "That address is yours now." in page
    assert "ana@work.example" in page
    assert house.ana.post("/account/addresses/verify", code=secret).status_code == 400
    house.ana.done("/account/addresses/prefer", address="ana@work.example")
    page = house.ana.done("/account/addresses/remove", address="ana@example.org")
    assert "Given up" in page
    found = run(house.ports.store.addresses(house.ana.id))
    assert [(one.address, one.is_primary, one.former) for one in found] == [
        ("ana@work.example", True, False),
        ("ana@example.org", False, True),
    ]
    refused = house.ana.post("/account/addresses/remove", address="ana@work.example")
    assert (refused.status_code, "Mail goes there" in refused.text) == (409, True)


def test_the_address_that_the_first_operator_typed_is_verified_by_one_button(house: House) -> None:
    store, typed = house.ports.store, Address("typed@example.org", house.ben.id, None)
    run(store.put_address(typed))
    page = house.ben.get("/account/addresses")
    offered = re.findall(r'name="address" value="([^"]+)">\s*<button[^>]*>Send the link', page)
    assert offered == [typed.address]
    house.ben.done("/account/addresses", address=typed.address)
    page = house.ben.done("/account/addresses/verify", code=house.secret_mailed_to(typed.address))
    assert "Not verified" not in page
    assert all(one.verified_at for one in run(store.addresses(house.ben.id)))


def test_a_link_for_one_account_is_good_in_no_other(house: House) -> None:
    house.ana.done("/account/addresses", address="shared@example.org")
    secret, before = house.secret_mailed_to("shared@example.org"), (state(house.ana), state(house.ben))
    answer = house.ben.post("/account/addresses/verify", code=secret)
    assert (answer.status_code, "for the account that asked" in answer.text) == (403, True)
    assert (state(house.ana), state(house.ben)) == before
    assert house.ana.post("/account/addresses/verify", code=secret).status_code == 303


def test_an_address_of_another_account_is_asked_about_before_the_two_are_one(house: House) -> None:
    badge = house.shop.award("mailto:ben@example.org")
    house.ana.done("/account/addresses", address="ben@example.org")
    secret, before = house.secret_mailed_to("ben@example.org"), (state(house.ana), state(house.ben))
    asked = house.ana.post("/account/addresses/verify", code=secret)
    assert asked.status_code == 409
    assert "cannot be undone" in asked.text
    assert (state(house.ana), state(house.ben)) == before
    page = house.ana.done("/account/addresses/verify", code=secret, merge="yes")
    assert "The two accounts are merged." in page
    assert "ben@example.org" in page
    assert badge.key in house.ana.get("/account/badges")
    assert house.ben.client.get("/account", headers=PAGE, follow_redirects=False).status_code == 303


def test_sessions_are_shown_and_ended_one_or_all_others(house: House) -> None:
    person = run(house.ports.store.person(house.ana.id))
    assert person is not None
    others = [run(open_session(house.ports, person, "code", Browser("Safari, iOS"))).session for _ in "abc"]
    page = house.ana.get("/account/sessions")
    assert page.count("This browser") == 1
    assert page.count("Safari, iOS</h2>") == 3
    one = re.search(r'name="session" value="(\w+)"', page)
    assert one is not None
    house.ana.done("/account/sessions/end", session=one[1])
    assert sum(run(who_has(house.ports, other)) is not None for other in others) == 2
    before = state(house.ben)
    assert "Safari" not in house.ana.done("/account/sessions/end-others")
    assert [run(who_has(house.ports, other)) for other in others] == [None] * 3
    assert state(house.ben) == before


def test_a_token_is_shown_once_and_can_be_removed(house: House) -> None:
    made = house.ana.post("/account/tokens", name="robot", award="on", read="on", days="30")
    assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
    (secret,) = set(re.findall(r"xbt_[\w-]+", made.text))
    who = run(tokens.who_holds(house.ports, secret))
    assert who is not None
    assert (who.person, who.scopes) == (house.ana.id, frozenset({"read", "award"}))
    page = house.ana.get("/account/tokens")
    assert "xbt_" not in page
    assert "robot" in page
    (token,) = run(house.ports.store.tokens(house.ana.id))
    assert token.hash not in page
    house.ana.done("/account/tokens/remove", token=token.id)
    assert run(tokens.who_holds(house.ports, secret)) is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "robot", "days": "30"}, "scopes"),
        ({"name": "", "read": "on", "days": "30"}, "name"),
        ({"name": "robot", "read": "on", "days": "0"}, "days"),
        ({"name": "robot", "read": "on", "days": "367"}, "days"),
        ({"name": "robot", "read": "on", "days": "٣"}, "days"),
        ({"name": "robot", "read": "on"}, "days"),
    ],
)
def test_a_token_without_limits_is_not_made(house: House, fields: dict[str, str], field: str) -> None:
    answer = house.ana.post("/account/tokens", **fields)
    assert (answer.status_code, f'id="{field}-fault"' in answer.text) == (400, True)
    assert "xbt_" not in answer.text
    assert run(house.ports.store.tokens(house.ana.id)) == []


def things_of(owner: Browsing) -> dict[str, tuple[str, dict[str, str]]]:
    """Requests that would take something of that person's, or change it."""
    token, _ = run(tokens.add(owner.ports, owner.id, "robot", ["read"]))
    (session,) = run(owner.house.ports.store.sessions(owner.id))
    run(owner.house.ports.store.put_address(Address("ana@two.example", owner.id, owner.house.shop.world.now)))
    return {
        "session": ("/account/sessions/end", {"session": session.hash}),
        "sessions": ("/account/sessions/end", {"session": ""}),
        "token": ("/account/tokens/remove", {"token": token.id}),
        "preferred": ("/account/addresses/prefer", {"address": "ana@two.example"}),
        "removed": ("/account/addresses/remove", {"address": "ana@two.example"}),
    }


@pytest.mark.parametrize("thing", ["session", "sessions", "token", "preferred", "removed"])
def test_nothing_of_another_person_can_be_touched(house: House, thing: str) -> None:
    path, fields = things_of(house.ana)[thing]
    before = state(house.ana), state(house.ben)
    answer = house.ben.post(path, **fields)
    assert answer.status_code in (403, 404)
    assert "ana@two.example</" not in answer.text
    assert (state(house.ana), state(house.ben)) == before


def test_my_badges_and_the_log_about_me_with_proofs(house: House) -> None:
    badge, other = house.shop.award(), house.shop.award("mailto:ben@example.org")
    run(revoke(house.ports, badge.key, "Awarded to the wrong Ana"))
    grant = Grant("school", "viewer", house.ana.id)
    run(house.ports.store.put_grant(grant, role_leaf(grant, house.shop.world.now, house.ports.new_salt())))
    page = house.ana.get("/account/badges")
    assert "Awarded to the wrong Ana" in page
    assert "school: Viewer" in page
    assert badge.key in page
    assert other.key not in page
    numbers = re.findall(r"/desk/log-proof/(\d+)", page)
    assert len(numbers) == 3
    for number in numbers:
        assert house.ana.client.get(f"/desk/log-proof/{number}").json()["content"]
        assert house.ben.client.get(f"/desk/log-proof/{number}").status_code == 403
    assert numbers[0] not in re.findall(r"/desk/log-proof/(\d+)", house.ben.get("/account/badges"))


def test_a_copy_of_everything_holds_the_signed_bytes_and_no_secret(house: House) -> None:
    badge, other = house.shop.award(), house.shop.award("mailto:ben@example.org")
    token, secret = run(tokens.add(house.ana.ports, house.ana.id, "robot", ["read"]))
    answer = house.ana.client.get("/account/export")
    assert answer.headers["content-type"] == "application/zip"
    assert "attachment" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    account = json.loads(files.pop("account.json"))
    assert account["person"]["name"] == "Ana Lima"
    assert [one["address"] for one in account["addresses"]] == ["ana@example.org"]
    assert [one["name"] for one in account["tokens"]] == ["robot"]
    assert [(one["id"], one["claim"]) for one in account["badges"]] == [(badge.key, "offered")]
    for form, bytes_ in (("json", badge.signed), ("png", badge.png), ("svg", badge.svg)):
        assert files.pop(f"badges/incident-lead-{badge.key}.{form}") == bytes_
    proofs = b"".join(files.values()).decode()
    assert (len(files), badge.key in proofs, token.id in proofs) == (2, True, True)
    everything = json.dumps(account) + proofs.replace(token.hash, "", 1)  # which the log commits to
    for hidden in (secret, token.hash, house.ana.session, other.key, "ben@example.org"):
        assert hidden not in everything


def test_a_token_opens_no_account(house: House) -> None:
    _, secret = run(tokens.add(house.ana.ports, house.ana.id, "robot", ["read", "award", "people"]))
    client, before = Served(house.ports), state(house.ana)
    for method, path in (
        ("GET", "/account"),
        ("GET", "/account/export"),
        ("GET", "/account/badges"),
        ("POST", "/account"),
        ("POST", "/account/tokens"),
        ("POST", "/account/sessions/end-others"),
    ):
        headers = {"authorization": f"Bearer {secret}", "accept": "application/json"}
        sent = {"name": "Eve", "read": "on", "days": "7"} if method == "POST" else None
        answer = client.request(method, path, headers=headers, data=sent)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted"), path
    after = state(house.ana)
    assert [replace(one, last_used_at=None) for one in after[3]] == before[3]
    assert after[:3] == before[:3]


def test_who_works_here_comes_to_the_desk_and_who_does_not_to_their_account(house: House) -> None:
    def home(person: str) -> str:
        link = run(make_link(replace(house.ports, who=SHELL), run(house.ports.store.person(person))))
        client = Served(house.ports)
        headers = {**PAGE, "sec-fetch-site": "same-origin"}
        return str(client.post("/sign-in", data={"code": link}, headers=headers).url.path)

    assert home(house.ana.id) == "/account"
    grant = Grant("school", "viewer", house.ana.id)
    run(house.ports.store.put_grant(grant, role_leaf(grant, house.shop.world.now, house.ports.new_salt())))
    assert home(house.ana.id) == "/desk"
    assert home(house.ben.id) == "/account"
