"""Webhooks: told once for each event, signed, tried again, given up, replayed; a slow one delays nobody."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from exchange.core.webhook import sign_message
from exchange.errors import ConflictError, ForbiddenError, InputError, NotFoundError, UnavailableError
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.award_many import award_many
from exchange.flows.badges.status import reinstate, revoke, suspend
from exchange.flows.claims import codes
from exchange.flows.claims.claim import answer
from exchange.flows.issuers.sync import sync
from exchange.flows.log.fsck import fsck
from exchange.flows.mail.deliver import deliver_due
from exchange.flows.people.erase import erase, preview
from exchange.flows.people.records import Browser, Principal
from exchange.flows.recipients import status_many
from exchange.flows.recipients.records import Wanted
from exchange.flows.webhooks import webhooks as flow
from exchange.flows.webhooks.records import EVENTS
from tests.flows.claims.test_claim import somebody
from tests.simulator import World, run
from tests.team import TEAM

URL = "https://hr.example.org/badges?x=1"


class Office:
    """An issuer with one webhook."""

    def __init__(self) -> None:
        self.world = World()
        self.ports = self.world.ports
        run(sync(self.ports, [TEAM]))
        self.hook, self.secret = run(flow.add(self.ports, "team", URL))

    def award(self, to: str = "ann@example.org") -> str:
        return run(award(self.ports, Order("team", "lead", to))).key

    def deliver(self) -> tuple[int, int]:
        return run(deliver_due(self.ports, flow.CHANNEL, flow.carry, flow.PACE))

    def got(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.world.courier.messages]

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for _, headers, _ in self.world.courier.messages]

    def log(self) -> list[Any]:
        return run(flow.log(self.ports, "team", self.hook.id))[1]


@pytest.fixture
def office() -> Office:
    return Office()


def test_the_signature_is_that_of_the_standard() -> None:
    from datetime import UTC, datetime

    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = sign_message(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers == {  # the example of the specification's reference libraries
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_each_event_is_told_once_with_what_it_is_about(office: Office) -> None:
    badge = office.award()
    office.world.later(minutes=1)
    run(suspend(office.ports, badge, "A look"))
    office.world.later(minutes=1)
    run(reinstate(office.ports, badge, "All good"))
    office.world.later(minutes=1)
    run(revoke(office.ports, badge, "After all"))
    assert office.deliver() == (4, 0)
    assert office.deliver() == (0, 0)
    assert [(one["type"], one["data"].get("reason")) for one in office.got()] == [
        ("badge.awarded", None),
        ("badge.suspended", "A look"),
        ("badge.reinstated", "All good"),
        ("badge.revoked", "After all"),
    ]
    assert office.got()[0]["data"] == {
        "id": f"http://localhost:8000/badges/{badge}",
        "key": badge,
        "issuer": "team",
        "badge": "lead",
        "version": 1,
        "to": "mailto:ann@example.org",
    }
    assert {url for url, _, _ in office.world.courier.messages} == {URL}
    assert len(set(office.ids())) == 4


def test_what_a_holder_says_is_told_when_they_say_something_new(office: Office) -> None:
    badge = office.award()
    assert office.deliver() == (1, 0)
    ann = somebody(office.world, "ann@example.org")
    for said in ("accept", "accept", "decline", "accept"):
        office.world.later(minutes=1)
        run(answer(ann, badge, said))  # type: ignore[arg-type]
    with pytest.raises(ForbiddenError):
        run(answer(somebody(office.world, "eve@example.org"), badge, "decline"))
    assert office.deliver() == (3, 0)
    assert [(one["type"], one["data"]["key"]) for one in office.got()[1:]] == [
        ("badge.accepted", badge),
        ("badge.declined", badge),
        ("badge.accepted", badge),
    ]
    assert len(set(office.ids())) == 4


def test_who_gets_a_badge_by_a_code_has_accepted_it_and_that_is_told_once(office: Office) -> None:
    code = run(codes.make(office.ports, codes.CodeOrder("team", "lead", 2, 30))).code
    ann = somebody(office.world, "ann@example.org")
    for _ in range(2):
        run(codes.use(ann, code.word or "", Browser()))
    assert office.deliver() == (2, 0)
    assert sorted(one["type"] for one in office.got()) == ["badge.accepted", "badge.awarded"]


def test_its_receiver_can_check_it_and_nothing_else_passes(office: Office) -> None:
    office.award()
    office.deliver()
    ((_, headers, body),) = office.world.courier.messages
    secret = base64.b64decode(office.secret.removeprefix("whsec_"))

    def signature(id: str, body: bytes) -> str:
        signed = f"{id}.{headers['webhook-timestamp']}.".encode() + body
        return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()

    assert headers["webhook-signature"] == signature(headers["webhook-id"], body)
    assert headers["webhook-signature"] != signature("another", body)
    assert headers["webhook-signature"] != signature(headers["webhook-id"], body + b" ")
    assert int(headers["webhook-timestamp"]) == int(office.world.now.timestamp())


def test_many_awards_and_many_changes_are_told_too(office: Office) -> None:
    async def many() -> None:
        orders = [Order("team", "lead", f"p{n}@example.org") for n in range(3)]
        async for _ in award_many(office.ports, orders, "spring"):
            pass

    run(many())
    office.world.later(minutes=1)
    everybody = status_many.Choice(Wanted("team"))
    seen = run(status_many.preview(office.ports, "revoke", everybody))
    run(status_many.begin(office.ports, "revoke", seen.choice, "Why", seen.digest))
    run(status_many.carry_on(office.ports))
    assert office.deliver() == (6, 0)
    types = [one["type"] for one in office.got()]
    assert sorted(types) == ["badge.awarded"] * 3 + ["badge.revoked"] * 3


def test_only_what_was_asked_for_by_this_issuer_is_told(office: Office) -> None:
    run(flow.remove(office.ports, "team", office.hook.id))
    run(flow.add(office.ports, "team", "https://a.example.org", ["badge.revoked"]))
    run(sync(office.ports, [TEAM, replace(TEAM, slug="other")]))
    badge = office.award()
    run(award(office.ports, Order("other", "lead", "ann@example.org")))
    assert office.deliver() == (0, 0)
    run(revoke(office.ports, badge, "Why"))
    assert office.deliver() == (1, 0)


def test_what_fails_is_tried_again_under_the_same_id_and_given_up_in_the_end(office: Office) -> None:
    office.world.courier.answers = [500, UnavailableError("webhook_failed", "It was not taken."), 302, 204]
    office.award()
    tries = 0
    while office.deliver() != (1, 0):
        (line,) = office.log()
        assert line.reason
        assert line.failed_at is None
        tries += 1
        office.world.later(hours=8)
    assert (tries, len(set(office.ids()))) == (3, 1)
    assert office.log()[0].sent_at is not None
    office.world.courier.answers = [503]
    office.award("ben@example.org")
    for _ in range(flow.PACE.attempts):
        office.deliver()
        office.world.later(hours=8)
    (line, _) = office.log()
    assert (line.failed_at is not None, line.reason) == (True, "It answered 503.")
    assert office.deliver() == (0, 0)


def test_a_receiver_that_is_gone_is_told_no_more_of_it_and_a_replay_has_the_same_id(office: Office) -> None:
    office.world.courier.answers = [410, 200]
    office.award()
    assert office.deliver() == (0, 1)
    (line,) = office.log()
    assert line.failed_at is not None
    id = run(flow.replay(office.ports, "team", office.hook.id, line.number))
    assert office.deliver() == (1, 0)
    assert office.ids() == [id, id]
    assert office.got()[0] == office.got()[1]
    with pytest.raises(NotFoundError):
        run(flow.replay(office.ports, "team", office.hook.id, line.number + 99))


def test_it_can_be_tried_without_a_badge(office: Office) -> None:
    run(flow.test(office.ports, "team", office.hook.id))
    assert office.deliver() == (1, 0)
    (said,) = office.got()
    assert (said["type"], said["data"]) == ("webhook.test", {})


def test_a_removed_one_is_told_nothing_not_even_what_waits(office: Office) -> None:
    office.award()
    run(flow.remove(office.ports, "team", office.hook.id))
    assert office.deliver() == (0, 0)
    assert office.world.courier.messages == []
    assert [one for one in run(fsck(office.ports)).findings if one.level == "error"] == []


def test_of_who_was_erased_nothing_more_is_told(office: Office) -> None:
    badge = office.award("gone@example.org")
    run(suspend(office.ports, badge, "gone did it"))
    run(erase(office.ports, "gone@example.org", run(preview(office.ports, "gone@example.org")).word))
    assert office.deliver()[0] == 0
    assert office.world.courier.messages == []
    assert "gone" not in repr(office.log())


def test_a_hung_receiver_delays_nobody(office: Office) -> None:
    run(flow.add(office.ports, "team", "https://quick.example.org/in"))
    took: list[float] = []

    class Hanging:
        async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
            if url == URL:
                await asyncio.sleep(60)
            took.append(time.monotonic() - began)
            return 200

    for n in range(6):
        office.award(f"p{n}@example.org")
    ports, began = replace(office.ports, courier=Hanging()), time.monotonic()
    run(deliver_due(ports, flow.CHANNEL, flow.carry, replace(flow.PACE, seconds=0.5)))
    assert len(took) == 6
    assert max(took) < 0.5


def test_a_webhook_that_was_changed_behind_the_log_is_noticed(office: Office) -> None:
    assert [one for one in run(fsck(office.ports)).findings if one.level == "error"] == []
    office.world.store._hooks[office.hook.id] = replace(office.hook, url="https://evil.example.org")
    assert "record_changed" in {one.code for one in run(fsck(office.ports)).findings}


@pytest.mark.parametrize(
    "url",
    [
        *("", "http://x.example", "https://", "https://a:b@x.example", "ftp://x", "https://x .example", "x"),
        *("https://x.example/" + "a" * 1024, "https://x.example\n", "https://[", "https://x.example:99999"),
    ],
)
def test_what_is_no_https_address_is_refused(office: Office, url: str) -> None:
    if url == "https://x.example\n":
        assert flow.check_url(url) == "https://x.example"
        return
    with pytest.raises(InputError):
        run(flow.add(office.ports, "team", url))


def test_what_else_is_refused(office: Office) -> None:
    with pytest.raises(ConflictError, match="told already"):
        run(flow.add(office.ports, "team", URL + "#here"))
    for events in ([], ["badge.eaten"], ["badge.awarded", "badge.eaten"]):
        with pytest.raises(InputError, match="one or more"):
            run(flow.add(office.ports, "team", "https://x.example", events))
    for n in range(flow.MOST - 1):
        run(flow.add(office.ports, "team", f"https://x{n}.example"))
    with pytest.raises(ConflictError, match="at most"):
        run(flow.add(office.ports, "team", "https://more.example"))
    for role in ("editor", "issuer", "viewer"):
        ports = replace(office.ports, who=Principal("p", "link", roles={"team": role}, operator=True))  # type: ignore[dict-item]
        for deed in (flow.webhooks(ports, "team"), flow.add(ports, "team", "https://x.example", EVENTS)):
            with pytest.raises(ForbiddenError):
                run(deed)
