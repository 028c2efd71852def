"""Portfolios in a live site, so that every page about them has something to show."""

from __future__ import annotations

from msgspec.structs import replace

from exchange.core.portfolio.portfolio import Item
from exchange.flows.badges.status import revoke
from exchange.flows.claims.claim import answer
from exchange.flows.people import people
from exchange.flows.portfolios.choices import choices
from exchange.flows.portfolios.edit import edit
from exchange.flows.portfolios.make import make
from exchange.flows.portfolios.publish import Publish, publish
from exchange.flows.portfolios.record import record
from exchange.flows.portfolios.share import Wish, off, share
from tests.browser.endorsed import signed_in
from tests.browser.site import LiveSite

POINTS = ("Led 40 incidents in six years, and wrote down each of them.", "Teaches new leads.", "W" * 190)


def furnish_portfolios(site: LiveSite) -> dict[str, str]:
    return site.run(portfolios(site, [site.award("mailto:olga@example.org").key for _ in range(3)]))


async def portfolios(site: LiveSite, badges: list[str]) -> dict[str, str]:
    """One of Olga's with everything, some of it taken back, and one with nothing, both public; links on and
    off."""
    olga = await signed_in(site, await people.find(site.ports, "olga@example.org"))
    me = olga.who.person
    for badge in badges:
        await answer(olga, badge, "accept")
    kept = await make(olga, me, "Keeps teams calm when everything is on fire", "promotion")
    have = await choices(olga, me)
    items = tuple(
        Item(
            key=f"k{n}",
            kind=one.kind,
            id=one.id,
            group="Peers" if one.kind == "vouch" else "",
            evidence=tuple(id for id, _ in one.evidence),
        )
        for n, one in enumerate(have)
    )
    kept = await edit(
        olga, kept.id, replace(kept.portfolio, points=POINTS, items=items, portrait=True), kept.revision
    )
    last = [one for one in have if one.kind == "badge"][-1]
    await revoke(site.ports, last.id, "The exercise turned out to be somebody else's.")
    board, url = await share(olga, kept.id, Wish("The board of " + "Long" * 15, receipt=True))
    await record(olga, kept.id, board.id)
    gone, shut = await share(olga, kept.id, Wish("Cam", [items[0].key]))
    await off(olga, kept.id, gone.id)
    bare = await make(olga, me, "Nothing yet", "skills")
    await edit(olga, bare.id, replace(bare.portfolio, items=()), bare.revision)
    _, empty = await share(olga, bare.id, Wish("Nobody"))
    (link,) = await olga.store.portfolio_links([bare.id])
    await people.change(olga, me, handle="olga-o")
    await publish(olga, kept.id, Publish("calm", origins=["https://wiki.example.org"]))
    await publish(olga, bare.id, Publish())
    third = await make(olga, me, "For nobody yet", "skills")
    found = {
        "third_portfolio": third.id,
        "portfolio": kept.id,
        "bare_portfolio": bare.id,
        "portfolio_link": link.id,
        "board": board.id,
    }
    secrets = {"shared": url, "shut": shut, "shared_empty": empty}
    return found | {name: one.rpartition("/")[2] for name, one in secrets.items()}
