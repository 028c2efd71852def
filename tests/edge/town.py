"""Two issuers, a badge, and people with the rights that a test gives them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from exchange.flows.badges.recipient_records import Wanted
from exchange.flows.badges.status_many import Choice, begin, preview
from exchange.flows.issuers import webhooks
from exchange.flows.issuers.sync import sync
from exchange.flows.people import teams
from exchange.flows.people.logged import role_leaf
from exchange.flows.people.records import Browser, Grant, Person
from exchange.flows.sign_in import tokens
from exchange.flows.sign_in.sign_in import open_session
from tests.edge.shop import SCHOOL, Shop
from tests.simulator import run

DIRECTORY: dict[str, dict[str, str]] = {
    "/api/people": {"name": "Ben", "address": "ben@example.org"},
    "/api/people/{name:str}": {},
    "/api/people/{name:str}/{act:str}": {},
    "/api/teams": {"team": "blue", "name": "Blue"},
    "/api/teams/{slug:str}": {},
    "/api/teams/{slug:str}/rename": {"name": "Rot"},
    "/api/teams/{slug:str}/remove": {},
    "/api/teams/{slug:str}/join": {"person": "SOMEBODY"},
    "/api/teams/{slug:str}/leave": {"person": "MEMBER"},
    "/api/issuers/{slug:str}/roles": {},
    "/api/issuers/{slug:str}/roles/grant": {"holder": "SOMEBODY", "role": "viewer"},
    "/api/issuers/{slug:str}/roles/withdraw": {"holder": "MEMBER"},
    "/api/token": {},
    "/api/tokens": {},
    "/api/tokens/{id:str}/remove": {},
}
"""What is sent to each route of `exchange/edge/people/api`."""


class Town:
    """A shop with two issuers and a badge of the first; people come with the rights a test gives them."""

    def __init__(self) -> None:
        self.shop = Shop()
        self.ports = self.shop.world.ports
        run(sync(self.ports, [SCHOOL, replace(SCHOOL, slug="college")]))
        self.badge = self.shop.award()
        entry = next(run(self.ports.store.log_about(f"badge:{self.badge.key}")).__iter__())
        self.position = entry.position
        self.somebody = self.person()
        run(teams.add(self.ports, "red", "Red"))
        self.choice = Choice(Wanted("school"), (self.badge.key,))
        seen = run(preview(self.ports, "suspend", self.choice))
        self.job = run(begin(self.ports, "suspend", self.choice, "Because", seen.digest)).id
        self.digest = seen.digest
        self.hook = run(webhooks.add(self.ports, "school", "https://hr.example.org/in"))[0].id
        run(webhooks.test(self.ports, "school", self.hook))
        self.line = run(webhooks.log(self.ports, "school", self.hook))[1][0].number
        self.member = self.person(("school", "issuer"))
        run(teams.join(self.ports, "red", self.member))
        self.spare, _ = run(tokens.add(self.ports, self.member, "spare", ("read",)))

    def person(self, *grants: tuple[str, str], operator: bool = False) -> str:
        id = self.ports.new_id()
        run(self.ports.store.put_person(Person(id, "Somebody", self.shop.world.now, operator=operator)))
        for issuer, role in grants:
            grant = Grant(issuer, role, id)  # type: ignore[arg-type]
            leaf = role_leaf(grant, self.shop.world.now, self.ports.new_salt())
            assert run(self.ports.store.put_grant(grant, leaf))
        return id

    def session(self, id: str) -> dict[str, str]:
        person = run(self.ports.store.person(id))
        assert person is not None
        opened = run(open_session(self.ports, person, "link", Browser()))
        return {"cookie": f"exchange_session={opened.session}", "sec-fetch-site": "same-origin"}

    def token(self, id: str, *scopes: str) -> dict[str, str]:
        _, secret = run(tokens.add(self.ports, id, "a program", scopes))
        return {"authorization": f"Bearer {secret}"}

    def ask(self, key: tuple[str, str], headers: dict[str, str]) -> Any:
        method, path = key
        if path in DIRECTORY:
            return self._ask_directory(method, path, headers)
        act = {"issuers": "grant", "teams": "join"}.get(path.split("/")[1], "suspend")
        act = "stop" if path.startswith("/operator/issuers") else act
        act = "remove" if "/webhooks/" in path else act
        path = path.replace("{key:str}", self.badge.key).replace("{act:str}", act)
        path = path.replace("{slug:str}", "red" if act == "join" else "school")
        path = path.replace("{position:int}", str(self.position)).replace("{issuer:str}", "school")
        id = self.job if "/changes/" in path else self.hook if "/webhooks" in path else self.somebody
        path = path.replace("{id:str}", id).replace("{line:int}", str(self.line))
        people = {"holder": self.somebody, "person": self.somebody, "role": "viewer"}
        sent: dict[str, Any] = {"params": people} if act in ("grant", "join") else {}
        many = {"issuer": "school", "act": "suspend", "digest": self.digest}
        if path.startswith(("/desk/badges", "/desk/changes")):
            sent["params"] = {**many, "badge": self.badge.key}
        if path.startswith("/api/"):
            body = {"issuer": "school", "badge": "incident-lead", "to": "ben@example.org"}
            sent["json"] = body if path == "/api/award" else {"reason": "Because"}
            if path.endswith("/webhooks"):
                sent["json"] = {"url": "https://other.example.org/in"}
            if "/changes" in path:
                more = {} if "preview" in path else {"reason": "Because", "digest": self.digest}
                sent["json"] = {"act": "suspend", "badges": [self.badge.key], **more}
        elif method == "POST":
            sent["data"] = {"badge": "school/incident-lead", "to": "ben@example.org", "reason": "Because"}
            sent["data"] |= {**many, "badges": self.badge.key} if path == "/desk/changes" else {}
            sent["data"] |= {"url": "https://other.example.org/in", "badge.revoked": "on"}
            sent["data"] |= {"name": "Ben", "address": "ben@example.org", "slug": "blue", **people}
        headers = {"accept": "application/json", **headers}
        return self.shop.client.request(method, path, headers=headers, follow_redirects=False, **sent)

    def _ask_directory(self, method: str, path: str, headers: dict[str, str]) -> Any:
        people = {"MEMBER": self.member, "SOMEBODY": self.somebody}
        body = {name: people.get(value, value) for name, value in DIRECTORY[path].items()}
        path = path.replace("{slug:str}", "red" if "teams" in path else "school")
        path = path.replace("{name:str}", self.somebody).replace("{id:str}", self.spare.id)
        path = path.replace("{act:str}", "suspend")
        sent = {"json": body} if method == "POST" else {}
        return self.shop.client.request(
            method, path, headers={"accept": "application/json", **headers}, **sent
        )

    def state(self) -> tuple[object, ...]:
        store = self.ports.store
        badges = len(run(store.badges(limit=99)))
        people = len(run(store.people(99))), tuple(run(store.teams()))
        people += (sum(run(store.count_undelivered("webhook"))),)
        spare = self.spare in run(store.tokens(self.member))
        return badges, len(run(store.history(self.badge.key))), run(store.log_size()), people, spare
