"""The log over HTTP: what everybody may have of it, what only the operator may, and that both prove it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from exchange.core.log.checkpoint import verify_checkpoint
from exchange.core.log.entry import read_entry
from exchange.core.log.evidence import check_evidence, peek_consistency, peek_evidence
from exchange.core.log.merkle import verify_consistency
from exchange.core.log.proof import check_log_proof
from exchange.core.log.signed_note import VerifierKey, parse_verifier_key
from exchange.flows.badges.status import revoke
from exchange.flows.log.log import checkpoint
from tests.edge.shop import PAGE, Shop, run
from tests.edge.sign_in.test_sign_in import sign_in

ANA = "ana@example.org"
PUBLIC = ["/log/checkpoint", "/log/key", "/log/proof/0", "/log/entries/0", "/log/consistency?from=1&to=2"]


def key_of(shop: Shop) -> VerifierKey:
    return parse_verifier_key(shop.get("/log/key").text.strip())


def levels(findings: list[Any]) -> dict[str, str]:
    return {finding.code: finding.level for finding in findings}


@pytest.mark.parametrize("path", PUBLIC)
def test_the_public_log_is_open_short_lived_and_conditional(shop: Shop, path: str) -> None:
    shop.award()
    answer = shop.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert shop.get(path, **{"if-none-match": answer.headers["etag"]}).status_code == 304
    assert shop.client.head(path).content == b""
    asked = {"origin": "https://else.example", "access-control-request-method": "GET"}
    assert shop.client.options(path.partition("?")[0], headers=asked).status_code == 204
    assert "set-cookie" not in answer.headers


def test_a_checkpoint_is_a_signed_note_and_reading_it_signs_nothing_new(shop: Shop) -> None:
    shop.award()
    answer = shop.get("/log/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    said = verify_checkpoint(answer.content, [key_of(shop)])
    assert said.size == run(shop.world.store.log_size())
    shop.award()
    assert shop.get("/log/checkpoint").content == answer.content
    run(checkpoint(shop.world.ports))
    assert verify_checkpoint(shop.get("/log/checkpoint").content, [key_of(shop)]).size > said.size


def test_two_checkpoints_and_the_proof_between_them_fit(shop: Shop) -> None:
    shop.award()
    old = verify_checkpoint(run(checkpoint(shop.world.ports)), [key_of(shop)])
    shop.award()
    new = verify_checkpoint(run(checkpoint(shop.world.ports)), [key_of(shop)])
    for path in (f"/log/consistency?from={old.size}&to={new.size}", f"/log/consistency?from={old.size}"):
        proof = peek_consistency(shop.get(path).json())
        assert (proof.old, proof.new) == (old.size, new.size)
        verify_consistency(old.size, old.root, new.size, new.root, proof.proof)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/log/consistency", 400, "size_malformed"),
        ("/log/consistency?from=-1", 400, "size_malformed"),
        ("/log/consistency?from=1&to=x", 400, "size_malformed"),
        ("/log/consistency?from=2&to=1", 404, "log_size_out_of_range"),
        ("/log/consistency?from=1&to=999999", 404, "log_size_out_of_range"),
        ("/log/proof/999999", 404, "unknown_entry"),
        ("/log/entries/-1", 404, "unknown_entry"),
        ("/log/entries/99999999999999999999999", 404, "unknown_entry"),
        ("/badges/nothing/log-proof", 404, "unknown_badge"),
    ],
)
def test_what_is_not_there_is_a_problem_and_not_a_fault(
    shop: Shop, path: str, status: int, code: str
) -> None:
    answer = shop.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_public_proof_of_a_badge_proves_and_names_nobody(shop: Shop) -> None:
    badge = shop.award(f"mailto:{ANA}")
    answer = shop.get(f"/badges/{badge.key}/log-proof")
    assert answer.headers["access-control-allow-origin"] == "*"
    proof = answer.json()
    assert {"content", "salt"}.isdisjoint(proof)
    assert ANA not in answer.text
    found = levels(check_log_proof(proof, [key_of(shop)]))
    assert found == {
        "checkpoint_ok": "ok",
        "inclusion_ok": "ok",
        "entry_ok": "ok",
        "content_withheld": "unknown",
    }
    entry = shop.get(f"/log/entries/{proof['index']}")
    assert entry.text == proof["entry"]
    assert read_entry(entry.content).kind == "award"


def test_nothing_of_the_public_log_names_who_got_what(shop: Shop) -> None:
    badge = shop.award(f"mailto:{ANA}")
    run(revoke(shop.world.ports, badge.key, "Awarded to the wrong Ana"))
    run(checkpoint(shop.world.ports))
    for position in range(run(shop.world.store.log_size())):
        for path in (f"/log/entries/{position}", f"/log/proof/{position}"):
            said = shop.get(path).text
            assert ANA not in said
            assert "wrong Ana" not in said
            assert badge.key not in said


def test_a_badge_says_where_its_proof_is(shop: Shop) -> None:
    badge = shop.award()
    path = f"/badges/{badge.key}"
    for answer in (shop.get(path), shop.get(f"{path}.json"), shop.get(f"{path}.png")):
        assert answer.headers["link"].startswith(f'<{badge.id}/log-proof>; rel="related"')
        assert "Link" in answer.headers["access-control-expose-headers"]
    position = shop.get(f"{path}/log-proof").json()["index"]
    page = shop.page(path)
    assert f'entry {position}</strong> of <a href="/log">the log</a>' in page
    assert f'href="{path}/log-proof"' in page


def test_the_page_of_the_log_says_how_far_it_is_signed(shop: Shop) -> None:
    assert "Nothing was logged yet" not in shop.page("/log")
    run(checkpoint(shop.world.ports))
    size = run(shop.world.store.log_size())
    shop.award()
    page = shop.page("/log")
    assert f'figure">{size}<' in page
    assert f'figure">{run(shop.world.store.log_size())}<' in page
    assert str(key_of(shop)) in page.replace("&#43;", "+")
    assert ANA not in page


# --- the operator ---


def test_a_stranger_gets_nothing_about_anybody(shop: Shop) -> None:
    shop.award(f"mailto:{ANA}")
    for path in (f"/desk/about?who={ANA}", "/desk/log-proof/3"):
        assert shop.get(path).status_code == 401
        answer = shop.client.get(path, headers=PAGE, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")


def test_the_operator_sees_everything_about_somebody_with_proofs(shop: Shop) -> None:
    sign_in(shop)
    badge, other = shop.award(f"mailto:{ANA}"), shop.award("mailto:ben@example.org")
    run(revoke(shop.world.ports, badge.key, "Wrong <Ana>"))
    page = shop.page(f"/desk/about?who={ANA}")
    assert "2 entries about" in page
    assert "Wrong &lt;Ana&gt;" in page
    assert other.key not in page
    answer = shop.get(f"/desk/about?who={ANA}", accept="application/json")
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told["who"] == f"mailto:{ANA}"
    assert [entry["kind"] for entry in told["entries"]] == ["award", "revoke"]
    for entry in told["entries"]:
        assert set(levels(check_log_proof(entry, [key_of(shop)])).values()) == {"ok"}
        whole = shop.get(f"/desk/log-proof/{entry['index']}")
        assert whole.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in whole.headers
        assert whole.json()["content"] == entry["content"]
    files = [
        peek_evidence("proof", json.dumps(told["entries"][0]).encode()),
        peek_evidence("badge", badge.png),
    ]
    assert {finding.level for finding in check_evidence(files, [key_of(shop)])} == {"ok"}


def test_who_is_asked_about_may_be_a_badge_or_nobody(shop: Shop) -> None:
    sign_in(shop)
    badge = shop.award(f"mailto:{ANA}")
    assert "1 entry about" in shop.page(f"/desk/about?who={badge.id}")
    assert "nothing about them" in shop.page("/desk/about?who=eve@example.org")
    assert 'id="found"' not in shop.page("/desk/about")
    answer = shop.client.get("/desk/about", params={"who": "<b>no body"}, headers=PAGE)
    assert answer.status_code == 400
    assert "&lt;b&gt;no body" in answer.text
    assert (
        shop.get("/desk/about?who=no%20body", accept="application/json").json()["code"]
        == "recipient_malformed"
    )
