"""The npm client @extractus/oembed-extractor makes a frame of our links, as wikis and chats do: by the page,
which it fetches with no word about what it accepts, or by a list of providers."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.node_peers import FOLDER
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.status import revoke
from exchange.flows.people import people
from exchange.flows.portfolios.make import make
from exchange.flows.portfolios.share import Wish, off, share
from tests.interop.node import needs
from tests.live import LiveExchange, live_exchange

pytestmark = needs("@extractus/oembed-extractor")
ORDER = Order("atlas", "incident-lead", "ann@example.org", ("https://e.example/1",), mail=False)


def asked(base: str, *links: str) -> dict[str, Any]:
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", Path(__file__).with_name("oembed.mjs").read_text()],
        cwd=FOLDER,
        input=json.dumps({"base": base, "links": links, "params": {"maxwidth": 400}}),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def shared(exchange: LiveExchange) -> tuple[str, str, str]:
    """The address of a link that any site may frame, its portfolio, and its id."""
    ann = exchange.run(people.find(exchange.ports, "olga")).id
    ports = replace(exchange.ports, who=replace(exchange.ports.who, person=ann))
    kept = exchange.run(make(ports, ann, "Calm under pressure", "skills"))
    link, url = exchange.run(share(ports, kept.id, Wish("Wiki", origins=None)))
    return url, kept.id, link.id


def test_links_become_frames_and_what_is_gone_becomes_none(tmp_path: Path) -> None:
    with live_exchange(tmp_path / "home") as exchange:
        badge = exchange.run(award(exchange.ports, ORDER))
        portfolio, kept, link = shared(exchange)
        told = asked(exchange.url, badge.id, portfolio)
        for name in (f"discover {portfolio}", f"known {portfolio}", f"known {badge.id}"):
            assert (told[name]["type"], told[name]["width"]) == ("rich", 400), told[name]
        assert told[f"known {badge.id}"]["title"] == "Incident lead"
        assert (
            told[f"discover {badge.id}"] == "No oEmbed link found"
        )  # whoever takes anything gets the credential
        assert f"{exchange.url}/embed/portfolios/" in told[f"discover {portfolio}"]["html"]

        exchange.run(revoke(exchange.ports, badge.id, "Another Ann", mail=False))
        olga = exchange.run(people.find(exchange.ports, "olga")).id
        exchange.run(off(replace(exchange.ports, who=replace(exchange.ports.who, person=olga)), kept, link))
        told = asked(exchange.url, badge.id, portfolio)
        assert told[f"known {badge.id}"]["title"] == "Incident lead (Revoked)"
        assert "404" in told[f"known {portfolio}"]
        assert "404" in told[f"discover {portfolio}"]
