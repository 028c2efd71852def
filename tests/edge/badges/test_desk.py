"""The desk: award, see how it stands, take it back; as pages and as JSON."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from exchange.edge.badges.desk import shortened
from exchange.flows.badges import desk as flow
from exchange.flows.badges.status import reinstate, revoke, suspend
from tests.edge.shop import PAGE, Shop, run
from tests.edge.sign_in.test_sign_in import send, sign_in

ANA = {"badge": "school/incident-lead", "to": "ana@example.org"}


@pytest.fixture(autouse=True)
def _signed_in(shop: Shop) -> None:
    sign_in(shop)


def call(shop: Shop, path: str, body: Any) -> Any:
    return shop.client.post(path, json=body, headers={"accept": "application/json"})


def states(shop: Shop, path: str = "/desk") -> list[str]:
    """How the listed badges stand, in order."""
    return re.findall(r'row-state">\s*<span class="pill tone-\w+"><svg.*?</svg>(\w+)</span>', shop.page(path))


def test_what_was_awarded_stands_first_and_what_was_revoked_says_so_everywhere(shop: Shop) -> None:
    shop.award("mailto:ben@example.org")
    shop.world.later(minutes=1)
    story = {"evidence": "https://example.org/a\nhttps://example.org/b", "narrative": "Led it.\r\nTwice."}
    answer = send(shop.client, "/desk", {**ANA, **story})
    assert answer.status_code == 303
    page = shop.page(answer.headers["location"])
    assert "<strong>Awarded.</strong>" in page
    assert page.index("a…@example.org") < page.index("b…@example.org")
    assert "ana@example.org" not in page
    key = run(shop.world.store.badges(limit=1))[0].id
    signed = shop.get(f"/badges/{key}").json()
    assert [one["id"] for one in signed["evidence"]] == story["evidence"].split()
    assert signed["credentialSubject"]["narrative"] == "Led it.\nTwice."
    assert "ana@example.org" in shop.page(f"/desk/badges/{key}/revoke")

    answer = send(shop.client, f"/desk/badges/{key}/revoke", {"reason": "Wrong <Ana>"})
    assert answer.status_code == 303
    assert "<strong>Revoked.</strong>" in shop.page(answer.headers["location"])
    assert states(shop) == ["Revoked", "Active"]
    public = shop.page(f"/badges/{key}")
    assert '<p class="verdict-title">Revoked</p>' in public
    assert "Wrong &lt;Ana&gt;" in public


def test_each_badge_says_how_it_stands_and_what_can_be_done(shop: Shop) -> None:
    keys = {}
    for name in ("old", "revoked", "suspended", "reinstated", "both", "active"):
        until = shop.world.now + timedelta(days=2) if name == "old" else None
        keys[name] = shop.award(valid_until=until).key
        shop.world.later(days=1)
    ports = shop.world.ports
    for name, change in (
        ("revoked", revoke),
        ("suspended", suspend),
        ("reinstated", suspend),
        ("reinstated", reinstate),
        ("both", suspend),
        ("both", revoke),
    ):
        run(change(ports, keys[name], "Because"))
    sign_in(shop)  # the session of the first day is over
    assert states(shop) == ["Active", "Revoked", "Active", "Suspended", "Revoked", "Expired"]
    acts = re.findall(r"/desk/badges/([\w-]+)/(\w+)", shop.page("/desk"))
    offered = {name: [act for key, act in acts if key == keys[name]] for name in keys}
    assert offered == {
        "active": ["suspend", "revoke"],
        "reinstated": ["suspend", "revoke"],
        "old": ["suspend", "revoke"],
        "suspended": ["reinstate", "revoke"],
        "both": [],
        "revoked": [],
    }


@pytest.mark.parametrize(
    ("fields", "at", "said"),
    [
        ({"to": "nobody"}, "to", "cannot get a badge"),
        ({"to": ""}, "to", "cannot get a badge"),
        ({"evidence": "ftp://example.org"}, "evidence", "Evidence is a web address"),
        ({"narrative": "x" * 10_001}, "narrative", "longer than 10,000"),
        ({"proof": "none"}, "proof", "proof is one of"),
        ({"badge": "school/grand-master"}, "", "It has: incident-lead"),
        ({"badge": "<b>"}, "", "&lt;b&gt;"),
    ],
)
def test_a_mistake_stands_beside_its_field_and_nothing_typed_is_lost(
    shop: Shop, fields: dict[str, str], at: str, said: str
) -> None:
    typed = {**ANA, "evidence": "https://example.org/a", "narrative": "Led it & more.", **fields}
    answer = send(shop.client, "/desk", typed)
    assert answer.status_code in (400, 404)
    assert answer.headers["cache-control"] == "no-store"
    page = answer.text
    assert "<title>Not awarded" in page
    assert said in page
    if at:
        assert re.search(rf'id="{at}"[^>]+aria-describedby="{at}-fault[^>]+aria-invalid="true"', page, re.S)
        assert said in page[page.index(f'id="{at}-fault"') : page.index(f'id="{at}"')]
    if not at:
        assert "aria-invalid" not in page
    for kept in ("to", "evidence"):
        assert typed[kept] in page
    assert "Led it &amp; more." in page or at == "narrative"
    assert ('value="school/incident-lead" selected' in page) == bool(at)
    assert shop.world.store._badges == {}


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_nothing_is_taken_back_without_a_reason(shop: Shop, reason: str) -> None:
    key = shop.award().key
    answer = send(shop.client, f"/desk/badges/{key}/suspend", {"reason": reason})
    assert answer.status_code == 400
    assert 'id="reason-fault"' in answer.text
    assert states(shop) == ["Active"]


def test_what_somebody_else_did_meanwhile_is_said_and_not_done_again(shop: Shop) -> None:
    key = shop.award().key
    run(revoke(shop.world.ports, key, "In another tab"))
    for act in ("revoke", "suspend"):
        answer = send(shop.client, f"/desk/badges/{key}/{act}", {"reason": "Here too"})
        assert answer.status_code == 409
        assert {"revoke": "It is revoked already", "suspend": "It is not active"}[act] in answer.text
        assert "<textarea" not in answer.text
    assert len(run(shop.world.store.history(key))) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/desk/badges/nothing/revoke", "/desk/badges/{key}/destroy"])
def test_what_is_not_there_is_not_found(shop: Shop, method: str, path: str) -> None:
    path = path.format(key=shop.award().key)
    answer = shop.client.request(
        method, path, headers=PAGE, data={"reason": "x"} if method == "POST" else None
    )
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "done=<script>alert(1)</script>",
        "done=award&badge=<script>alert(1)</script>",
        "before=<b>",
        "done=award",
    ],
)
def test_nothing_of_a_query_is_ever_shown(shop: Shop, query: str) -> None:
    page = shop.page(f"/desk?{query}")
    assert "<script>alert" not in page
    assert "&lt;" not in page


def test_the_desk_turns_its_pages(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "PAGE", 2)
    for name in "abcde":
        shop.award(f"mailto:{name}@example.org")
        shop.world.later(minutes=1)
    seen, path, pages = [], "/desk", 0
    while path:
        page = shop.page(path)
        seen += re.findall(r"<bdi>(\w)…@example.org</bdi> <time", page)
        older = re.search(r'href="(/desk\?before=[\w-]+)"[^>]*>Older', page)
        path, pages = older[1] if older else "", pages + 1
    assert (seen, pages) == (list("edcba"), 3)


def test_an_empty_desk_says_so(shop: Shop) -> None:
    assert "Nothing was awarded yet." in shop.page("/desk")


@pytest.mark.parametrize(
    ("recipient", "shown"),
    [
        ("mailto:ana.lima@example.org", "a…@example.org"),
        ("mailto:a@example.org", "a…@example.org"),
        ("mailto:a@" + "x" * 200, "a…@" + "x" * 59 + "…"),
        ("did:key:z6MkmPfZSqVc4pfADiwnQTueyLDJZrt5rkmuzGWTNGMbsDPA", "did:key:z6MkmPfZ…sDPA"),
        ("did:web:example.org", "did:web:example.org"),
        ("https://people.example.org/ana/lima", "people.example.org/…"),
        ("mailto:\u202egro@example.org", "\ufffd…@example.org"),
    ],
)
def test_a_recipient_is_told_from_the_next_but_not_given_away(recipient: str, shown: str) -> None:
    assert shortened(recipient) == shown


def test_a_program_awards_and_gets_the_files(shop: Shop) -> None:
    body = {
        "issuer": "school",
        "badge": "incident-lead",
        "to": "did:web:ana.example.org",
        "evidence": ["https://example.org/a"],
        "narrative": "Led it.",
        "validUntil": "2027-01-01T00:00:00Z",
        "proof": "eddsa-jcs-2022",
    }
    answer = call(shop, "/api/award", body)
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["location"] == made["id"]
    assert set(made["files"]) == {"json", "png", "svg", "log"}
    for url in made["files"].values():
        assert shop.get(url.removeprefix("http://localhost:8000")).status_code == 200
    signed = shop.get(made["id"].removeprefix("http://localhost:8000")).json()
    assert signed["credentialSubject"]["id"] == "did:web:ana.example.org"
    assert signed["validUntil"] == "2027-01-01T00:00:00Z"
    assert signed["proof"]["cryptosuite"] == "eddsa-jcs-2022"


def test_a_program_suspends_reinstates_and_revokes(shop: Shop) -> None:
    badge = shop.award()
    for act, state in (("suspend", "Suspended"), ("reinstate", "Active"), ("revoke", "Revoked")):
        answer = call(shop, f"/api/badges/{badge.key}/{act}", {"reason": f"To {act}"})
        assert answer.status_code == 200
        assert answer.json() == {
            "id": badge.id,
            "purpose": "revocation" if act == "revoke" else "suspension",
            "on": act != "reinstate",
            "reason": f"To {act}",
            "at": "2026-11-21T09:30:00Z",
        }
        assert states(shop) == [state]
    answer = call(shop, f"/api/badges/{badge.key}/revoke", {"reason": "Again"})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_revoked")


@pytest.mark.parametrize(("said", "told"), [({}, 2), ({"mail": True}, 2), ({"mail": False}, 0)])
def test_a_program_tells_people_by_mail_unless_it_says_not_to(
    shop: Shop, said: dict[str, bool], told: int
) -> None:
    made = call(shop, "/api/award", {**GOOD, **said}).json()["id"].rpartition("/")[2]
    assert call(shop, f"/api/badges/{made}/revoke", {"reason": "why", **said}).status_code == 200
    assert run(shop.world.store.count_undelivered()) == (told, 0)


GOOD = {"issuer": "school", "badge": "incident-lead", "to": "ana@example.org"}


@pytest.mark.parametrize("act", ["suspend", "revoke"])
def test_a_reason_that_everybody_reads_turns_no_line_around(shop: Shop, act: str) -> None:
    key = call(shop, "/api/award", GOOD).json()["key"]
    answer = call(shop, f"/api/badges/{key}/{act}", {"reason": "Not a\x00 \u202egnp.exe\u200f"})
    assert (answer.status_code, answer.json()["reason"]) == (200, "Not a\ufffd \ufffdgnp.exe\ufffd")
    page = shop.client.get(f"/badges/{key}", headers={"accept": "text/html"}).text
    assert "Not a\ufffd \ufffdgnp.exe" in page
    assert not {"\x00", "\u202e", "\u200f"} & set(page)


@pytest.mark.parametrize(
    ("body", "status", "code", "at"),
    [
        ({}, 400, "member_missing", "/issuer"),
        ({**GOOD, "to": None}, 400, "member_missing", "/to"),
        ({**GOOD, "to": 7}, 400, "not_a_string", "/to"),
        ({**GOOD, "to": "nobody"}, 400, "recipient_malformed", "to"),
        ({**GOOD, "evidence": "https://example.org"}, 400, "not_a_list", "/evidence"),
        ({**GOOD, "evidence": [1]}, 400, "not_a_list", "/evidence"),
        ({**GOOD, "validUntil": "tomorrow"}, 400, "date_malformed", None),
        ({**GOOD, "validUntil": "2020-01-01T00:00:00Z"}, 400, "valid_until_past", "valid_until"),
        ({**GOOD, "badge": "grand-master"}, 404, "unknown_achievement", None),
        ({**GOOD, "issuer": "nobody"}, 404, "unknown_issuer", None),
        ({**GOOD, "id": "http://localhost/x"}, 400, "unknown_member", "/id"),
        ({**GOOD, "mail": "no"}, 400, "not_a_boolean", "/mail"),
        ([GOOD], 400, "not_an_object", None),
    ],
)
def test_a_program_is_told_what_is_wrong_with_its_order(
    shop: Shop, body: Any, status: int, code: str, at: str | None
) -> None:
    answer = call(shop, "/api/award", body)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"], answer.json().get("at")) == (status, code, at)
    assert shop.world.store._badges == {}


def test_a_form_is_no_order_of_a_program(shop: Shop) -> None:
    answer = shop.client.post("/api/award", data=GOOD)
    assert answer.status_code == 415
    answer = shop.client.post("/api/award", content=json.dumps(GOOD), headers={"content-type": "text/plain"})
    assert answer.status_code == 415
    assert shop.world.store._badges == {}
