"""Badges that Olga brought from elsewhere: a good one with its picture, one with very long words that nobody
could look at of late, one that was revoked since, and one that could never be read."""

from __future__ import annotations

import json
from dataclasses import replace

from exchange.core.bake import bake_png
from exchange.core.catalogues.design import Design
from exchange.flows.badges.award import Awarded, Order, award
from exchange.flows.badges.status import published_list, revoke
from exchange.flows.imported.bring import bring
from exchange.flows.imported.look_again import look_again
from exchange.flows.issuers.sync import sync
from exchange.flows.people import people
from exchange.flows.people.records import Principal
from tests.browser.site import LiveSite
from tests.edge.shop import LEAD, SCHOOL
from tests.simulator import World

ELSEWHERE = "https://else.example"


def furnish_imported(site: LiveSite) -> dict[str, str]:
    """The ids of the good one and of the long one."""
    theirs = World(now=site.world.now, base_url=ELSEWHERE)
    long = replace(LEAD, slug="long", name="Word" * 40, description="Word" * 60)
    profile = {"type": ["Profile"], "name": "City College of Crafts"}
    site.run(sync(theirs.ports, [replace(SCHOOL, slug="college", profile=profile, badges=(LEAD, long))]))
    olga = site.run(people.find(site.ports, "olga@example.org"))
    ports = replace(site.ports, who=Principal(olga.id, "code", olga.name))

    def awarded(slug: str) -> Awarded:
        order = Order("college", slug, "olga@example.org", ("https://example.org/report",))
        badge = site.run(award(theirs.ports, order))
        for entry in json.loads(badge.signed)["credentialStatus"]:
            url = entry["statusListCredential"]
            site.world.web.put(url, site.run(published_list(theirs.ports, url.rpartition("/")[2])))
        return badge

    good, over, words = awarded("incident-lead"), awarded("incident-lead"), awarded("long")
    drawn = site.ports.draw.png(Design("compass", "Incident lead", "A compass"))
    kept = site.run(bring(ports, bake_png(drawn, good.signed.decode())))
    gone = site.run(bring(ports, over.signed))
    doubted = site.run(bring(ports, words.signed))
    pages = dict(site.world.web.pages)
    site.world.web.pages.clear()
    site.run(look_again(ports, doubted.id))
    site.run(bring(ports, awarded_without_status(site, theirs)))
    site.world.web.pages.update(pages)
    site.run(revoke(theirs.ports, over.key, "By mistake"))
    for url in list(pages):
        if url.startswith(f"{ELSEWHERE}/status/"):
            site.world.web.put(url, site.run(published_list(theirs.ports, url.rpartition("/")[2])))
    site.run(look_again(ports, gone.id))
    return {"imported": kept.id, "imported_doubted": doubted.id}


def awarded_without_status(site: LiveSite, theirs: World) -> bytes:
    """One whose status lists cannot be had."""
    return site.run(award(theirs.ports, Order("college", "incident-lead", "olga@example.org"))).signed
