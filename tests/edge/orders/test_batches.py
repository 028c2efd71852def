"""Award to many, as pages and as JSON: given, looked at, confirmed, followed, and a receipt."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest

from exchange.flows.orders import batches
from exchange.flows.orders.carry_out import Pace, carry_out_due
from exchange.flows.people import people
from tests.edge.shop import PAGE, Shop, run
from tests.edge.sign_in.test_sign_in import send, sign_in

ORDER = {"badge": "school/incident-lead", "mail": "on"}
ASKED = {"issuer": "school", "badge": "incident-lead"}


@pytest.fixture(autouse=True)
def _signed_in(shop: Shop) -> None:
    sign_in(shop)


def call(shop: Shop, path: str, body: Any = None) -> Any:
    return shop.client.post(path, json=body, headers={"accept": "application/json"})


def work(shop: Shop) -> None:
    run(carry_out_due(shop.world.ports, Pace(chunk=2, breath=0)))


def drafted(shop: Shop, roster: str, **fields: str) -> str:
    """The place of its page."""
    answer = send(shop.client, "/desk/award", {**ORDER, "roster": roster, **fields})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def digest_in(page: str) -> str:
    return str(re.search(r'name="digest" value="([0-9a-f]{64})"', page)[1])  # type: ignore[index]


def test_a_roster_is_looked_at_put_right_confirmed_and_carried_out(shop: Shop) -> None:
    place = drafted(shop, "ana@example.org\nBen <ben@>\nANA@example.org")
    page = shop.page(place)
    assert [said in page for said in ("1 row is right", "2 rows are wrong", "Row 1 is for the same")] == [
        True
    ] * 3
    assert "Sign 1 badge" in page
    assert shop.world.store._badges == {}
    fixes = {"to-2": "ben@example.org", "to-3": "ANA@example.org", "skip-3": "on"}
    assert send(shop.client, f"{place}/fix", fixes).headers["location"] == place
    page = shop.page(place)
    assert [said in page for said in ("2 rows are right", "1 row is skipped", "wrong")] == [True, True, False]
    old = digest_in(page)
    assert send(shop.client, f"{place}/fix", {"take": "3"}).status_code == 303
    refused = send(shop.client, f"{place}/confirm", {"digest": old})
    assert (refused.status_code, "Look at it once more" in refused.text) == (409, True)
    sent = {"digest": digest_in(shop.page(place)), "skip_wrong": "on"}
    for _ in range(2):  # a double click
        assert send(shop.client, f"{place}/confirm", sent).status_code == 303
    running = shop.page(place)
    assert [said in running for said in ("Running", "0 of 2", "<noscript><meta", f"{place}/events")] == [
        True
    ] * 4
    work(shop)
    done = shop.page(place)
    assert [said in done for said in ("2 badges were awarded", "1 row was skipped", "noscript")] == [
        True,
        True,
        False,
    ]
    assert len(shop.world.store._badges) == 2
    assert "ana@example.org" in done
    assert "2 of 2" in shop.page("/desk/batches")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"roster": ""}, "nobody in the roster"),
        ({"roster": 'to\n"ana'}, "A quote in line 2"),
        ({"roster": "name;phone;evidence\nAna;1;x"}, "No column says who"),
        ({"badge": "school/nothing", "roster": "ana@example.org"}, "It has: incident-lead"),
    ],
)
def test_what_cannot_be_read_is_told_and_nothing_typed_is_lost(
    shop: Shop, fields: dict[str, str], said: str
) -> None:
    answer = send(shop.client, "/desk/award", {**ORDER, **fields})
    assert answer.status_code in (400, 404)
    assert said in answer.text.replace("&#34;", '"')
    assert fields["roster"].split("\n")[-1].replace('"', "&#34;") in answer.text
    assert run(batches.listed(shop.world.ports))[0] == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_of_a_spreadsheet_is_taken(shop: Shop, encoding: str) -> None:
    text = "Name;E-Mail;Begründung\nŻ;ana@example.org;=1+1 „Ü“\n"
    headers = {**PAGE, "sec-fetch-site": "same-origin"}
    answer = shop.client.post(
        "/desk/award",
        data=ORDER,
        files={"file": ("r.csv", text.encode(encoding), "text/csv")},
        headers=headers,
        follow_redirects=False,
    )
    assert answer.status_code == 303
    page = shop.page(answer.headers["location"])
    assert "1 row is right" in page
    assert "Nobody reads the columns Name" in page
    both = shop.client.post(
        "/desk/award",
        data={**ORDER, "roster": "ben@example.org"},
        files={"file": ("r.csv", text.encode(), "text/csv")},
        headers=headers,
        follow_redirects=False,
    )
    assert (both.status_code, "not both" in both.text) == (400, True)


def test_people_are_found_and_added_without_a_script(shop: Shop) -> None:
    run(people.add(shop.world.ports, "Ana Lima", "ana@example.org", "ana"))
    typed = {**ORDER, "roster": "ben@example.org", "search": "lima", "find": "yes"}
    found = send(shop.client, "/desk/award", typed)
    assert found.status_code == 200
    assert 'name="add" value="ana"' in found.text
    assert "a…@example.org" in found.text
    assert "ana@example.org" not in found.text
    del typed["find"]
    added = send(shop.client, "/desk/award", {**typed, "add": "ana"})
    assert "ben@example.org\nana</textarea>" in added.text
    assert 'value="school/incident-lead" selected' in added.text
    assert run(batches.listed(shop.world.ports))[0] == []
    page = shop.page(drafted(shop, "ben@example.org\nana"))
    assert "2 rows are right" in page


def test_people_are_suggested_by_two_letters_or_more_and_no_address_is_told(shop: Shop) -> None:
    for name in ("Lina One", "Lina Two"):
        handle = name.lower().replace(" ", "-")
        run(people.add(shop.world.ports, name, f"{handle}@example.org", handle))

    def found(query: str) -> Any:
        answer = shop.client.get(f"/desk/people?{query}", headers={"accept": "application/json"})
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert "lina-one@" not in answer.text
        return answer.json()

    assert found("q=lina")["words"] == "2 people were found"
    assert found("q=lina&lang=de")["words"] == "2 Personen gefunden"
    assert found("q=LINA+t")["people"] == [{"to": "lina-two", "name": "Lina Two", "at": "l…@example.org"}]
    for nothing in ("", "q=", "q=l", "q=%25%25", "q=nobody"):
        assert found(nothing)["people"] == []


def test_until_when_badges_are_valid_is_given_judged_and_shown(shop: Shop) -> None:
    roster = "to,valid until\nana@example.org,30.06.2027\nben@example.org,\neve@example.org,soon"
    place = drafted(shop, roster, valid_until="2028-01-31")
    page = shop.page(place)
    for said in ("30.06.2027", "2028-01-31", "is no day: write it as 2027-06-30", 'value="soon"'):
        assert said in page
    fixes = {"to-4": "eve@example.org", "valid_until-4": "2027-03-01"}
    assert send(shop.client, f"{place}/fix", fixes).status_code == 303
    sent = {"digest": digest_in(shop.page(place))}
    assert send(shop.client, f"{place}/confirm", sent).status_code == 303
    work(shop)
    ends = {row.recipient: row.valid_until for row in shop.world.store._badges.values()}
    assert {who: end and end.date().isoformat() for who, end in ends.items()} == {
        "mailto:ana@example.org": "2027-06-30",
        "mailto:ben@example.org": "2028-01-31",
        "mailto:eve@example.org": "2027-03-01",
    }
    wrong = send(shop.client, "/desk/award", {**ORDER, "roster": "x@example.org", "valid_until": "1/2/2027"})
    assert (wrong.status_code, 'id="valid_until-fault"' in wrong.text) == (400, True)


def test_a_program_says_until_when_too(shop: Shop) -> None:
    rows = [{"to": "ana@example.org", "validUntil": "2027-06-30"}, {"to": "ben@example.org"}]
    asked = {**ASKED, "rows": rows, "validUntil": "2027-01-31T12:00:00Z"}
    batch = call(shop, "/api/batches", asked).json()
    told = [row.get("validUntil") for row in batch["judged"]]
    assert told == ["2027-06-30", "2027-01-31T12:00:00Z"]
    fixed = {"rows": [{"number": 1, "to": "ana@example.org", "validUntil": "2020-01-01"}]}
    judged = call(shop, f"/api/batches/{batch['id']}/rows", fixed).json()["judged"]
    assert [fault["code"] for fault in judged[0]["faults"]] == ["valid_until_past"]
    wrong = call(shop, "/api/batches", {**asked, "validUntil": "never"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "valid_until_malformed")


def test_it_is_paused_resumed_and_thrown_away_where_that_is_possible(shop: Shop) -> None:
    place = drafted(shop, "ana@example.org")
    assert send(shop.client, f"{place}/pause").status_code == 409
    send(shop.client, f"{place}/confirm", {"digest": digest_in(shop.page(place))})
    assert send(shop.client, f"{place}/pause").status_code == 303
    assert "Resume" in shop.page(place)
    work(shop)
    assert shop.world.store._badges == {}
    assert send(shop.client, f"{place}/discard").status_code == 409
    assert send(shop.client, f"{place}/explode").status_code == 404
    assert send(shop.client, f"{place}/resume").status_code == 303
    work(shop)
    assert len(shop.world.store._badges) == 1
    other = drafted(shop, "ben@example.org")
    assert send(shop.client, f"{other}/discard").headers["location"] == "/desk/batches"
    assert shop.client.get(other, headers=PAGE).status_code == 404


def test_events_tell_how_far_it_is_until_it_runs_no_more(shop: Shop) -> None:
    place = drafted(shop, "ana@example.org\nben@example.org")
    send(shop.client, f"{place}/confirm", {"digest": digest_in(shop.page(place))})
    noted, store = shop.world.store.batch_counts, shop.world.store
    seen = []

    async def counts(ids: Any) -> Any:
        if len(seen) == 2:
            await carry_out_due(shop.world.ports, Pace(chunk=1, breath=0))
        seen.append(ids)
        return await noted(ids)

    store.batch_counts = counts  # type: ignore[method-assign]
    answer = shop.client.get(f"{place}/events?lang=de", headers={"accept": "text/event-stream"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    told = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
    seen_there = [(one["state"], one["done"], one["words"]) for one in told]
    assert (seen_there[0], seen_there[-1]) == (("running", 0, "0 von 2"), ("done", 2, "2 von 2"))
    assert shop.client.get("/desk/batches/nothing/events").status_code == 404


def test_a_program_gives_rows_fixes_them_confirms_and_takes_the_receipt(shop: Shop) -> None:
    rows = [{"to": "ana@example.org", "evidence": ["https://e.org/"], "narrative": "=Led it"}, {"to": "x y@"}]
    made = call(shop, "/api/batches", {**ASKED, "rows": rows, "mail": False})
    assert made.status_code == 201
    batch, place = made.json(), f"/api/batches/{made.json()['id']}"
    assert made.headers["location"].endswith(place)
    assert [row["state"] for row in batch["judged"]] == ["ready", "wrong"]
    assert batch["judged"][1]["faults"][0]["code"] == "recipient_malformed"
    assert batch["rows"] == {"ready": 1, "wrong": 1}
    assert call(shop, f"{place}/confirm", {"digest": batch["digest"]}).json()["code"] == "rows_wrong"
    fixed = call(shop, f"{place}/rows", {"rows": [{"number": 2, "to": "=ben@example.org"}]}).json()
    assert [row["state"] for row in fixed["judged"]] == ["ready", "ready"]
    stale = call(shop, f"{place}/confirm", {"digest": batch["digest"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "roster_changed")
    begun = call(shop, f"{place}/confirm", {"digest": fixed["digest"]}).json()
    assert (begun["state"], call(shop, f"{place}/pause").json()["state"]) == ("running", "paused")
    assert call(shop, f"{place}/resume").json()["state"] == "running"
    work(shop)
    assert shop.get(place).json()["rows"] == {"awarded": 2}
    receipt = shop.get(f"{place}/receipt.json").json()["receipt"]
    assert [sorted(row.keys() & {"badge", "log"}) for row in receipt] == [["badge", "log"]] * 2
    table = shop.get(f"{place}/receipt.csv")
    assert table.content.startswith(b"\xef\xbb\xbf")
    records = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert records[0][:4] == ["row", "to", "recipient", "state"]
    assert [record[1] for record in records[1:]] == ["ana@example.org", "'=ben@example.org"]
    assert shop.world.store._outbox == []
    assert [one["id"] for one in shop.get("/api/batches").json()["batches"]] == [batch["id"]]
    assert [row["number"] for row in shop.get(f"{place}/rows?after=1&state=awarded").json()["rows"]] == [2]


@pytest.mark.parametrize(
    ("body", "code", "at"),
    [
        ({}, "member_missing", "/issuer"),
        ({**ASKED}, "roster_empty", "roster"),
        ({**ASKED, "rows": "x"}, "not_a_list", "/rows"),
        ({**ASKED, "rows": ["x"]}, "not_an_object", "/rows/0"),
        ({**ASKED, "rows": [{"to": "a@e.org", "x": 1}]}, "unknown_member", "/rows/0/x"),
        ({**ASKED, "rows": [{"to": "a@e.org", "evidence": "x"}]}, "not_a_list", "/rows/0/evidence"),
        ({**ASKED, "rows": [{"to": "a@e.org"}], "csv": "to"}, "roster_twice", "/rows"),
        ({**ASKED, "csv": "to\n", "proof": "none"}, "roster_empty", "roster"),
        ({**ASKED, "csv": "a@e.org", "proof": "none"}, "unknown_proof", "proof"),
    ],
)
def test_a_request_that_is_wrong_is_told_where(shop: Shop, body: Any, code: str, at: str) -> None:
    answer = call(shop, "/api/batches", body)
    assert (answer.status_code, answer.json()["code"], answer.json()["at"]) == (400, code, at)
    assert shop.get("/api/batches").json() == {"batches": []}
