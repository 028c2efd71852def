"""Two issuers, a badge, and people with the rights that a test gives them."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from typing import Any

from PIL import Image

from exchange.core.roster import Row
from exchange.flows.badges.award import Order
from exchange.flows.claims import codes
from exchange.flows.claims.codes import CodeOrder
from exchange.flows.claims.records import CodeUse
from exchange.flows.endorsements.as_issuer import Words, endorse, hide
from exchange.flows.endorsements.logged import report_leaf
from exchange.flows.endorsements.records import Report
from exchange.flows.issuers import drafts
from exchange.flows.issuers.describe import describe
from exchange.flows.issuers.sync import sync
from exchange.flows.orders import batches
from exchange.flows.orders.hold import hold
from exchange.flows.people import teams
from exchange.flows.people.logged import role_leaf
from exchange.flows.people.records import Address, Browser, Grant, Person
from exchange.flows.recipients.records import Wanted
from exchange.flows.recipients.status_many import Choice, begin, preview
from exchange.flows.sign_in import tokens
from exchange.flows.sign_in.sign_in import open_session
from exchange.flows.webhooks import webhooks
from tests.edge.shop import SCHOOL, Shop
from tests.simulator import run

CODE = {"issuer": "school", "badge": "incident-lead", "quota": 5}
DIRECTORY: dict[str, dict[str, str]] = {
    "/api/people": {"name": "Ben", "address": "ben@example.org"},
    "/api/people/{name:str}": {},
    "/api/people/{name:str}/{act:str}": {},
    "/api/people/{name:str}/suspend-profile": {"reason": "Swaps favours."},
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

_dot = io.BytesIO()
Image.new("RGB", (128, 128), "#1f3a5f").save(_dot, "PNG")
PNG = _dot.getvalue()
"""A picture that anybody could have made."""


class Town:
    """A shop with two issuers and a badge of the first; people come with the rights a test gives them."""

    def __init__(self) -> None:
        self.shop = Shop()
        self.ports = self.shop.world.ports
        run(sync(self.ports, [SCHOOL, replace(SCHOOL, slug="college")]))
        self.badge = self.shop.award()
        entry = next(run(self.ports.store.log_about(f"badge:{self.badge.key}")).__iter__())
        self.position = entry.position
        self.report = "report-1"
        reported = Report(
            *(self.report, "vouch", self.badge.key, "school", "", "other", "", "open", self.shop.world.now)
        )
        run(self.ports.store.put_report(reported, report_leaf(reported, self.badge.id, "s" * 22)))
        self.somebody = self.person()
        run(self.ports.store.put_picture(self.somebody, b"a picture"))
        run(teams.add(self.ports, "red", "Red"))
        run(drafts.begin(self.ports, "school", "sketch", start="commons/mentor"))
        run(
            describe(self.ports, "school", {"description": "A school.", "url": "https://school.example.org/"})
        )
        (key,) = run(self.ports.store.keys("school"))
        self.signing_key = key.id
        order = Order("school", "incident-lead", "eve@e.org")
        self.batch = run(batches.draft(self.ports, order, [Row(1, "eve@e.org"), Row(2, "dan@e.org")]))
        self.held = run(hold(self.ports, order))
        running = run(batches.draft(self.ports, order, [Row(1, "zoe@e.org")]))
        self.running = run(batches.confirm(self.ports, running.id, running.digest))
        by_code = CodeOrder("school", "incident-lead", 5, 30, approval=True)
        self.code = run(codes.make(self.ports, by_code)).code
        waits, now = self.person(), self.shop.world.now
        run(self.ports.store.put_address(Address("waits@example.org", waits, now)))
        asked = CodeUse(self.ports.new_id(), self.code.id, waits, "waiting", now)
        self.use = run(self.ports.store.use_code(asked)).id
        self.choice = Choice(Wanted("school"), (self.badge.key,))
        seen = run(preview(self.ports, "suspend", self.choice))
        self.job = run(begin(self.ports, "suspend", self.choice, "Because", seen.digest)).id
        self.digest = seen.digest
        self.hook = run(webhooks.add(self.ports, "school", "https://hr.example.org/in"))[0].id
        run(webhooks.test(self.ports, "school", self.hook))
        self.line = run(webhooks.log(self.ports, "school", self.hook))[1][0].number
        self.backing = run(endorse(self.ports, "school", Words("college", "They teach well."))).id
        self.said = run(endorse(self.ports, "college", Words("school", "We learn there."))).id
        self.hushed = run(endorse(self.ports, "college", Words("school/incident-lead", "We use it."))).id
        run(hide(self.ports, self.hushed))
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
        act = "discard" if path.startswith("/desk/issuers/") else act
        act = "remove" if "/webhooks/" in path else act
        if "/batches/" in path and "{act:str}" in path:
            act, path = "pause", path.replace("{batch:str}", self.running.id)
        act = "approve" if "/held/" in path else act
        path = path.replace("{batch:str}", self.batch.id)
        path = path.replace("{id:str}", self.held.id) if "/held/" in path else path
        act = "approve" if "/codes" in path else act
        act = "hand-over" if "/reports/" in path else act
        path = path.replace("{report:str}", self.report)
        path = path.replace("{code:str}", self.code.id).replace("{use:str}", self.use)
        if "/issuers/" in path and "/endorsements/" in path:
            # Who owns it displays what others say of it, and withdraws what it says of others.
            about = path.endswith(("{act:str}", "/hide", "/show"))
            mine = self.hushed if path.endswith("/show") else self.said if about else self.backing
            path = path.replace("{key:str}", mine)
            act = "hide"
        path = path.replace("{key:str}", self.badge.key).replace("{act:str}", act)
        path = path.replace("{slug:str}", "red" if act == "join" else "school")
        id = self.job if "/changes/" in path else self.hook if "/webhooks" in path else self.somebody
        path = path.replace("{id:str}", id).replace("{line:int}", str(self.line))
        path = path.replace("{position:int}", str(self.position))
        badge = "incident-lead" if path.endswith(("/export", "/retire")) else "sketch"
        path = path.replace("{issuer:str}", "school").replace("{badge:str}", badge)
        path = path.replace("{step:str}", "words")
        people = {"holder": self.somebody, "person": self.somebody, "role": "viewer"}
        sent: dict[str, Any] = {"params": people} if act in ("grant", "join") else {}
        many = {"issuer": "school", "act": "suspend", "digest": self.digest}
        if path.startswith(("/desk/badges", "/desk/changes")):
            sent["params"] = {**many, "badge": self.badge.key}
        if path.startswith("/api/"):
            body = {"issuer": "school", "badge": "incident-lead", "to": "ben@example.org"}
            bodies: dict[str, Any] = {
                "award": body,
                "batches": {"issuer": "school", "badge": "incident-lead", "csv": "ben@example.org"},
                "confirm": {"digest": self.batch.digest},
                "rows": {"rows": [{"number": 1, "skip": True}]},
                "webhooks": {"url": "https://other.example.org/in"},
                "reports": {"kind": "vouch", "key": self.badge.key, "reason": "other"},
                "hand-over": {"reason": "Because"},
            }
            sent["json"] = bodies.get(path.rpartition("/")[2], _designed(method, path))
            if path in ("/api/codes", "/api/codes/make"):
                sent |= {"json": CODE, "params": {"issuer": "school"}}
            if "/changes" in path:
                more = {} if "preview" in path else {"reason": "Because", "digest": self.digest}
                sent["json"] = {"act": "suspend", "badges": [self.badge.key], **more}
        elif method == "POST":
            sent["data"] = {"badge": "school/incident-lead", "to": "ben@example.org", "reason": "Because"}
            sent["data"] |= {"roster": "ben@example.org", "to-1": "ben@example.org"}
            sent["data"] |= {**many, "badges": self.badge.key} if path == "/desk/changes" else {}
            sent["data"] |= {"url": "https://other.example.org/in", "badge.revoked": "on"}
            sent["data"] |= {"name": "Ben", "address": "ben@example.org", "slug": "blue", **people}
            sent["data"] |= {"description": "Somebody", "key": self.signing_key}
            sent["data"] |= {"subject": "college/incident-lead", "line": "It is hard to get."}
            sent["data"] |= {"quota": "5", "days": "30", "act": act, "use": self.use}
        if path.endswith("/upload"):
            sent |= {"files": {"file": ("dot.png", PNG)}, "data": {"given_alt": "A dot"}}
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
        saved = sum(one.revision for one in run(store.drafts("school")))
        orders = {(one.id, one.state, one.digest) for one in run(store.batches(None, 99))}
        held = {(one.id, one.state) for one in run(store.helds(None, 99))}
        log = len(run(store.history(self.badge.key))), run(store.log_size())
        return badges, *log, people, spare, saved, frozenset(orders), frozenset(held)


def _designed(method: str, path: str) -> dict[str, Any]:
    """What a route for designing takes; for other routes a reason."""
    picture = base64.b64encode(PNG).decode()
    bodies: dict[tuple[str, str], dict[str, Any]] = {
        ("PUT", "/api/issuers/school"): {"description": "Somebody else."},
        ("POST", "/api/issuers/school/achievements"): {"name": "Blue"},
        ("POST", "/api/issuers/school/endorsements"): {"subject": "college/incident-lead", "line": "Hard."},
        ("PUT", "/api/issuers/school/achievements/sketch"): {"table": {"name": "Blue"}},
        ("PUT", "/api/issuers/school/achievements/sketch/picture"): {"file": picture, "alt": "A dot"},
        ("POST", "/api/issuers/school/achievements/sketch/publish"): {},
    }
    return bodies.get((method, path), {"reason": "Because"})
