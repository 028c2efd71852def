"""An issuer's webhooks as pages and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from exchange.flows.mail.deliver import deliver_due
from exchange.flows.webhooks import webhooks
from tests.edge.recipients.test_recipients import Desk
from tests.simulator import run

PLACE = "/desk/issuers/school/webhooks"
API = "/api/issuers/school/webhooks"
URL = "https://hr.example.org/in"


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk("owner")
    with desk.shop.client:
        yield desk


def deliver(desk: Desk) -> Any:
    return run(deliver_due(desk.ports, webhooks.CHANNEL, webhooks.carry, webhooks.PACE))


def test_a_secret_stands_in_one_answer_and_in_no_page_after_it(desk: Desk) -> None:
    assert "No webhooks yet" in desk.get(PLACE).text
    made = desk.post(PLACE, url=URL, **{"badge.revoked": "on"})
    assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
    assert "whsec_" in made.text.partition("How its receiver")[0]
    (hook,) = run(webhooks.webhooks(desk.ports, "school"))
    assert hook.events == ("badge.revoked",)
    for path in (PLACE, f"{PLACE}/{hook.id}", f"{PLACE}/{hook.id}/remove"):
        assert "whsec_" not in desk.get(path).text.partition("How its receiver")[0]
    assert "whsec_" not in desk.api("GET", API).text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"url": "http://x.example", "badge.awarded": "on"}, "https address"),
        ({"url": URL}, "one or more"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(desk: Desk, fields: dict[str, str], said: str) -> None:
    answer = desk.post(PLACE, **fields)
    assert (answer.status_code, said in answer.text, fields["url"] in answer.text) == (400, True, True)
    assert run(webhooks.webhooks(desk.ports, "school")) == []


def test_the_log_shows_what_was_told_and_tells_it_again(desk: Desk) -> None:
    made = desk.api("POST", API, json={"url": URL}).json()
    desk.shop.world.courier.answers = [410, 200]
    place = f"{PLACE}/{made['id']}"
    assert "Nothing was sent yet" in desk.get(place).text
    desk.shop.award("late@example.org")
    assert deliver(desk) == (0, 1)
    page = desk.get(place).text
    assert "Given up" in page
    assert "It answered 410" in page
    (line,) = desk.api("GET", f"{API}/{made['id']}/deliveries").json()["deliveries"]
    done = desk.post(f"{place}/replay", line=line["line"])
    assert done.headers["location"] == f"{place}?done=replayed"
    assert deliver(desk) == (1, 0)
    again = desk.api("POST", f"{API}/{made['id']}/deliveries/{line['line']}/replay")
    assert (again.status_code, again.json()) == (202, {"id": line["event"]})
    assert desk.post(f"{place}/replay", line="1 or 1").status_code == 400
    assert desk.post(f"{place}/eat").status_code == 404


def test_a_test_is_sent_and_a_webhook_removed(desk: Desk) -> None:
    made = desk.api("POST", API, json={"url": URL}).json()
    place = f"{PLACE}/{made['id']}"
    desk.post(f"{place}/test")
    assert deliver(desk) == (1, 0)
    assert URL in desk.get(f"{place}/remove").text
    assert desk.post(f"{place}/remove").headers["location"] == f"{PLACE}?done=removed"
    assert desk.get(place).status_code == 404
    assert desk.api("DELETE", f"{API}/{made['id']}").status_code == 404


def test_what_a_program_sends_is_read_strictly(desk: Desk) -> None:
    for body, code in (
        ({}, "member_missing"),
        ({"url": URL, "secret": "mine"}, "unknown_member"),
        ({"url": URL, "events": "all"}, "not_a_list"),
        ({"url": URL, "events": ["badge.eaten"]}, "unknown_event"),
        ({"url": "https://u:p@x.example"}, "url_malformed"),
        ({"url": "https://x.example/\u202etxt"}, "url_malformed"),
    ):
        assert desk.api("POST", API, json=body).json()["code"] == code
    assert desk.api("POST", API, json={"url": URL}).status_code == 201
    assert desk.api("POST", API, json={"url": URL}).json()["code"] == "webhook_exists"
    assert desk.api("GET", f"{API}/x/deliveries").status_code == 404
