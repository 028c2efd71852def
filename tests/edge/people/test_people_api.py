"""The directory for programs: every verb, what a repeat does, what a token may not, and page by page."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.flows.people import people, roles, teams
from exchange.flows.people.records import SCOPES
from exchange.flows.sign_in import sessions, tokens
from tests.edge.shop import run
from tests.edge.town import Town


class Program:
    """Somebody's program, which must be answered as described."""

    def __init__(self, town: Town, *scopes: str) -> None:
        self.town, self.person = town, town.person(operator=True)
        self.headers = {"accept": "application/json", **town.token(self.person, *(scopes or SCOPES))}

    def get(self, path: str, status: int = 200) -> Any:
        answer = self.town.shop.client.get(path, headers=self.headers)
        assert (answer.status_code, answer.headers["cache-control"]) == (status, "no-store"), answer.text
        return answer.json()

    def post(self, path: str, body: object = None, key: str = "", status: int = 200) -> Any:
        headers = self.headers | ({"idempotency-key": key} if key else {})
        sent = {} if body is None else {"json": body}
        answer = self.town.shop.client.post(path, headers=headers, **sent)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def program(town: Town) -> Program:
    return Program(town, "people", "read")


def test_somebody_is_invited_found_suspended_and_reinstated(town: Town, program: Program) -> None:
    order = {"name": "Ann Arbor", "address": "Ann@example.org", "handle": "ann"}
    id = program.post("/api/people", order, status=201)["id"]
    for name in (id, "ann", "ann@example.org"):
        seen = program.get(f"/api/people/{name}")
        assert (seen["id"], seen["name"], seen["state"], seen["operator"]) == (
            id,
            "Ann Arbor",
            "active",
            False,
        )
    assert seen["addresses"] == [
        {"address": "ann@example.org", "verified": False, "primary": True, "former": False}
    ]
    assert [one["id"] for one in program.get("/api/people?search=arbor")["people"]] == [id]
    assert program.post("/api/people/ann/suspend") == {"id": id, "state": "suspended"}
    assert program.post("/api/people/ann/suspend", status=409)["code"] == "already_suspended"
    assert program.get("/api/people/ann")["state"] == "suspended"
    assert program.post("/api/people/ann/reinstate") == {"id": id, "state": "active"}
    assert program.post("/api/people/ann/promote", status=404)["code"] == "unknown_act"
    assert program.get("/api/people/nobody", 404)["code"] == "unknown_person"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/people/{}", None),
        ("/api/people/{}/suspend", {}),
        ("/api/tokens?person={}", None),
        ("/api/people/{}/sign-out", {}),
        ("/api/teams/red/join", {"person": "{}"}),
        ("/api/teams/red/leave", {"person": "{}"}),
        ("/api/issuers/school/roles/grant", {"holder": "{}", "role": "viewer"}),
        ("/teams/red/leave", {"person": "{}"}),
        ("/api/teams/red", None),
        ("/teams/red", None),
        ("/teams/red/leave?person={}", None),
        ("/teams/red/join?person={}", None),
    ],
)
def test_a_stranger_who_is_signed_in_is_not_told_who_has_an_account_and_which_teams_there_are(
    town: Town, path: str, body: dict[str, str] | None
) -> None:
    program_ = Program(town, "people")
    program_.post("/api/people", {"name": "Ann", "address": "ann@example.org", "handle": "ann"}, status=201)
    stranger = {"accept": "application/json", **town.session(town.person(("college", "owner")))}
    told = set()
    for team in ("red", "none") if "teams" in path else ("red",):
        for name in (town.somebody, "ann", "ann@example.org", "nobody", "nobody@example.org"):
            place = path.format(name).replace("red", team)
            filled = {key: value.format(name) for key, value in (body or {}).items()}
            sent = {} if body is None else {"json" if place.startswith("/api/") else "data": filled}
            answer = town.shop.client.request(
                "GET" if body is None else "POST", place, headers=stranger, **sent
            )
            told.add((answer.status_code, answer.text.replace(team, "red")))
    assert [status for status, _ in told] == [403], told
    self_ = town.person()
    for team in ("red", "none"):
        sent = {"json": {"person": self_}, "headers": {**stranger, **town.session(self_)}}
        answer = town.shop.client.post(f"/api/teams/{team}/leave", **sent)
        assert (answer.status_code, answer.json()["code"]) == (409, "no_member")


def test_signing_somebody_out_ends_their_sessions_and_nobody_elses(town: Town, program: Program) -> None:
    there, other = town.session(town.somebody), town.session(town.member)
    assert program.post(f"/api/people/{town.somebody}/sign-out") == {"id": town.somebody, "state": "active"}
    for headers, status in ((there, 401), (other, 200)):
        asked = town.shop.client.get("/api/teams", headers={"accept": "application/json", **headers})
        assert asked.status_code == status
    assert run(sessions.sessions(town.ports, town.somebody)) == []


def test_a_program_of_an_operator_shuts_no_operator_out_nor_itself(town: Town, program: Program) -> None:
    other = town.person(operator=True)
    assert program.post(f"/api/people/{other}/suspend", status=403)["code"] == "not_permitted"
    assert program.post(f"/api/people/{program.person}/suspend", status=403)["code"] == "not_permitted"
    assert run(people.find(town.ports, other)).state == "active"


def test_a_team_is_begun_joined_left_renamed_and_removed(town: Town, program: Program) -> None:
    blue = {"team": "blue", "name": "Blue"}
    assert program.post("/api/teams", blue, status=201) == blue
    assert program.post("/api/teams", blue, status=409)["code"] == "team_known"
    assert program.get("/api/teams")["teams"] == [blue, {"team": "red", "name": "Red"}]
    joined = {"team": "blue", "person": town.somebody, "lead": True}
    assert program.post("/api/teams/blue/join", {"person": town.somebody, "lead": True}) == joined
    again = program.post("/api/teams/blue/join", {"person": town.somebody, "lead": True}, status=409)
    assert again["code"] == "already_member"
    program.post("/api/issuers/school/roles/grant", {"holder": "team/blue", "role": "editor"})
    assert program.get("/api/teams/blue") == {
        **blue,
        "members": [{"id": town.somebody, "name": "Somebody", "lead": True}],
        "roles": [{"issuer": "school", "role": "editor"}],
    }
    assert program.post("/api/teams/blue/rename", {"name": "Azul"}) == {"team": "blue", "name": "Azul"}
    assert program.post("/api/teams/azul/rename", {"name": "A"}, status=404)["code"] == "unknown_team"
    left = program.post("/api/teams/blue/leave", {"person": town.somebody})
    assert left == {"team": "blue", "person": town.somebody, "lead": False}
    assert program.post("/api/teams/blue/leave", {"person": town.somebody}, status=409)["code"] == "no_member"
    assert program.post("/api/teams/blue/remove") == {"team": "blue", "name": "Azul"}
    assert run(teams.teams(town.ports)) == [run(teams.find_team(town.ports, "red"))]
    assert all(one.team != "blue" for one in run(roles.roles(town.ports, "school")))


def test_a_role_is_granted_replaced_and_withdrawn(town: Town, program: Program) -> None:
    holder, place = f"account/{town.somebody}", "/api/issuers/school/roles"
    for role in ("viewer", "editor"):
        granted = program.post(f"{place}/grant", {"holder": town.somebody, "role": role})
        assert granted == {"issuer": "school", "holder": holder, "role": role}
    listed = {one["holder"]: (one["name"], one["role"]) for one in program.get(place)["roles"]}
    assert listed[holder] == ("Somebody", "editor")
    assert program.post(f"{place}/withdraw", {"holder": town.somebody})["role"] == "editor"
    assert program.post(f"{place}/withdraw", {"holder": town.somebody}, status=409)["code"] == "not_granted"
    assert program.post(f"{place}/grant", {"holder": "team/none", "role": "viewer"}, status=404)
    assert program.get("/api/issuers/none/roles", 404)["code"] == "unknown_issuer"


WRITES: dict[str, tuple[str, dict[str, Any] | None]] = {
    "invite": ("/api/people", {"name": "Ann", "address": "ann@example.org"}),
    "suspend": ("/api/people/MEMBER/suspend", None),
    "sign out": ("/api/people/MEMBER/sign-out", None),
    "begin": ("/api/teams", {"team": "blue", "name": "Blue"}),
    "rename": ("/api/teams/red/rename", {"name": "Rot"}),
    "remove": ("/api/teams/red/remove", None),
    "join": ("/api/teams/red/join", {"person": "SOMEBODY"}),
    "leave": ("/api/teams/red/leave", {"person": "MEMBER"}),
    "grant": ("/api/issuers/school/roles/grant", {"holder": "SOMEBODY", "role": "viewer"}),
    "withdraw": ("/api/issuers/school/roles/withdraw", {"holder": "MEMBER"}),
}


@pytest.mark.parametrize("write", WRITES)
def test_what_is_sent_again_with_its_key_is_answered_alike_and_done_once(
    town: Town, program: Program, write: str
) -> None:
    path, body = WRITES[write]
    people = {"MEMBER": town.member, "SOMEBODY": town.somebody}
    path = path.replace("MEMBER", town.member)
    body = body and {name: people.get(value, value) for name, value in body.items()}
    status = 201 if write in ("invite", "begin") else 200
    town.session(town.member)
    before = town.state()
    first = program.post(path, body, "once", status)
    after = town.state()
    if write != "suspend":
        town.session(town.member)
    assert program.post(path, body, "once", status) == first
    assert town.state() == after
    assert (after != before) is (write != "sign out")
    if write == "sign out":
        assert len(run(sessions.sessions(town.ports, town.member))) == 1
    other = program.post("/api/teams", {"team": "other", "name": "Other"}, "once", 422)
    assert other["code"] == "idempotency_key_reused"
    assert run(town.ports.store.log_size()) == after[2]
    another = Program(town, "people")
    size = run(town.ports.store.log_size())
    if write not in ("rename", "sign out"):  # the same key of another person is another key
        said = another.post(path, body, "once", 404 if write == "remove" else 409)
        assert said["code"] != "idempotency_key_reused"
    assert run(town.ports.store.log_size()) == size


@pytest.mark.parametrize(
    ("path", "body", "code", "at"),
    [
        ("/api/people", [], "not_an_object", None),
        ("/api/people", {"name": "Ann"}, "member_missing", "/address"),
        ("/api/people", {"name": 1, "address": "a@example.org"}, "not_a_string", "/name"),
        ("/api/people", {"name": " ", "address": "a@example.org"}, "name_malformed", "name"),
        ("/api/people", {"name": "A", "address": "a"}, "address_malformed", "address"),
        ("/api/people", {"name": "A", "address": "a@b.eu", "handle": "-"}, "handle_malformed", "handle"),
        (
            "/api/people",
            {"name": "A", "address": "a@b.example", "operator": True},
            "unknown_member",
            "/operator",
        ),
        ("/api/teams", {"team": "a team", "name": "A"}, "slug_malformed", "slug"),
        ("/api/teams/red/join", {"person": "SOMEBODY", "lead": "yes"}, "not_a_boolean", "/lead"),
        ("/api/issuers/school/roles/grant", {"holder": "x", "role": "king"}, "unknown_role", "role"),
    ],
)
def test_what_is_malformed_says_where_and_changes_nothing(
    town: Town, program: Program, path: str, body: object, code: str, at: str | None
) -> None:
    before = town.state()
    said = program.post(path, body, status=400)
    assert (said["code"], said.get("at")) == (code, at)
    assert town.state() == before


def test_lists_go_on_where_a_page_ended(town: Town, program: Program) -> None:
    for n in range(55):
        id = town.person(("school", "viewer"))
        run(teams.add(town.ports, f"team-{n:02}", "T"))
        run(tokens.add(town.ports, id, "ci", ("read",)))
    for path, name, key in (
        ("/api/people", "people", "id"),
        ("/api/teams", "teams", "team"),
        ("/api/issuers/school/roles", "roles", "holder"),
        ("/api/tokens", "tokens", "id"),
    ):
        first = program.get(path)
        second = program.get(first["next"].removeprefix(town.ports.base_url))
        keys = [one[key] for page in (first, second) for one in page[name]]
        assert len(first[name]) == 50
        assert "next" not in second
        assert len(keys) == len(set(keys)) >= 55
    assert program.get("/api/people?search=nobody+here") == {"people": []}


def test_tokens_are_seen_and_taken_away_by_operators_and_never_made(town: Town, program: Program) -> None:
    (spare,) = program.get(f"/api/tokens?person={town.member}")["tokens"]
    assert (spare["id"], spare["person"], spare["name"], spare["scopes"]) == (
        town.spare.id,
        town.member,
        "spare",
        ["read"],
    )
    assert "hash" not in spare
    assert program.post(f"/api/tokens/{town.spare.id}/remove") == {"id": town.spare.id}
    assert program.post(f"/api/tokens/{town.spare.id}/remove", status=404)["code"] == "unknown_token"
    assert run(town.ports.store.tokens(town.member)) == []
    refused = town.shop.client.post("/api/tokens", headers=program.headers, json={"name": "more"})
    assert refused.status_code == 405


def test_a_token_knows_itself_and_can_end_itself_and_nothing_else(town: Town) -> None:
    weak = Program(town, "read")
    weak.headers = {"accept": "application/json", **town.token(town.somebody, "read")}
    own = weak.get("/api/token")
    assert (own["person"], own["name"], own["scopes"]) == (town.somebody, "a program", ["read"])
    assert weak.post(f"/api/tokens/{town.spare.id}/remove", status=403)["code"] == "not_permitted"
    assert weak.post(f"/api/tokens/{own['id']}/remove") == {"id": own["id"]}
    assert weak.post(f"/api/tokens/{own['id']}/remove", status=401)["code"] == "token_invalid"
    assert [one.id for one in run(town.ports.store.tokens(town.member))] == [town.spare.id]
    in_person = {"accept": "application/json", **town.session(town.somebody)}
    assert town.shop.client.get("/api/token", headers=in_person).status_code == 404


def test_a_profile_is_suspended_with_a_reason_and_reinstated(town: Town, program: Program) -> None:
    ann = {"name": "Ann", "address": "ann@example.org", "handle": "ann"}
    id = program.post("/api/people", ann, status=201)["id"]
    why, place = {"reason": "Swaps favours."}, "/api/people/ann/suspend-profile"
    assert program.post(place, why) == {"id": id, "state": "active", "profileSuspended": "Swaps favours."}
    assert program.post(place, why, status=409)["code"] == "already_suspended"
    assert program.get("/api/people/ann")["profileSuspended"] == "Swaps favours."
    assert program.post("/api/people/ann/reinstate-profile") == {"id": id, "state": "active"}
    assert "profileSuspended" not in program.get("/api/people/ann")
    assert program.post(place, {"reason": ""}, status=400)["code"] == "reason_missing"
