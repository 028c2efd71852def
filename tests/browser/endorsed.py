"""Endorsements in a live site, so that every page about them has something to show."""

from __future__ import annotations

from dataclasses import replace

from exchange.flows.endorsements import as_issuer, ask, keys, reports
from exchange.flows.endorsements import asked as asked_flow
from exchange.flows.endorsements.as_issuer import Words
from exchange.flows.endorsements.ask import Wish
from exchange.flows.endorsements.endorse import endorse
from exchange.flows.endorsements.logged import refuse_leaves
from exchange.flows.endorsements.show import show
from exchange.flows.endorsements.withdraw import withdraw
from exchange.flows.endorsements.write import Order, write
from exchange.flows.issuers.sync import sync
from exchange.flows.people import people, teams
from exchange.flows.people.records import Address, Browser, Person
from exchange.flows.ports import Ports
from exchange.flows.sign_in.sign_in import open_session, who_has
from exchange.flows.vouches import write as vouch
from exchange.flows.vouches.give import give
from exchange.flows.vouches.records import Vouch
from exchange.flows.vouches.show import hide as hide_vouch
from exchange.flows.vouches.withdraw import withdraw as withdraw_vouch
from tests.browser.site import LiveSite
from tests.endorsing import BrowserKey
from tests.simulator import shipped_catalogues

SKILL = "Incident management"


async def signed_in(site: LiveSite, person: Person) -> Ports:
    opened = await open_session(site.ports, person, "link", Browser("Chrome, Linux"))
    who = await who_has(site.ports, opened.session)
    assert who is not None
    return replace(site.ports, who=who)


async def peer(site: LiveSite, name: str) -> Ports:
    id, now = site.ports.new_id(), site.world.now
    person = Person(id, name, now)
    await site.ports.store.put_person(person, [Address(f"{id}@example.org", id, now, True)])
    return await signed_in(site, person)


async def with_key(ports: Ports) -> BrowserKey:
    key = BrowserKey()
    secret, challenge = await keys.begin(ports, "")
    await keys.add(ports, secret, key.did, key.sign(challenge.encode()), "Firefox, Android")
    return key


async def said(ports: Ports, badge: str, line: str, key: BrowserKey | None, **more: object) -> str:
    order = Order("badge", badge, line, "other-team", did=key.did if key else "", **more)  # type: ignore[arg-type]
    draft = await write(ports, order)
    return (await endorse(ports, draft.id, key.sign(draft.unsigned) if key else "")).id


async def endorsements(site: LiveSite, mine: str) -> dict[str, str]:
    """Of a badge of Olga's: some that are shown, one of them withdrawn, one that waits; what she is asked
    for, asks for and has said; and her keys."""
    olga = await signed_in(site, await people.find(site.ports, "olga@example.org"))
    ben, long, cam = [await peer(site, name) for name in ("Ben Peer", "Maximiliane-" + "Long" * 25, "Cam")]
    key, other = await with_key(ben), await with_key(long)
    text = "She took **the timeline**, and nobody had to ask twice.\n\n- calm\n- clear"
    more = {"text": text, "skills": (SKILL,), "evidence": ("https://example.org/a/" + "path" * 25,)}
    await teams.add(site.ports, "payments", "Payments")
    for person in (olga, ben):
        await teams.join(site.ports, "payments", person.who.person)
    shown = await said(ben, mine, "Kept four teams calm for 47 minutes.", key, team="payments", **more)
    gone = await said(long, mine, "W" * 130, other, skills=(SKILL,))
    for one in (shown, gone):
        await show(olga, one)
    await withdraw(long, gone)
    waiting = await said(cam, mine, "Led the review afterwards.", None)
    own = await with_key(olga)
    for one, note in ((shown, "It was **three** teams. " + "W" * 60), (gone, "")):
        await reports.report(cam, "endorsement", one, "untrue", note)
    (other_report, report) = [one.id for one in await site.ports.store.reports(None, ["open"], 9)]
    await reports.settle(site.ports, other_report, "hand-over", "They do this on every badge.")
    found = {"endorsement": shown, "withdrawn": gone, "waiting": waiting, "report": report}
    return found | {"own_key": own.did, "ben": ben.who.person}


async def asked(site: LiveSite, mine: str, theirs: str, ben_id: str) -> dict[str, str]:
    """Olga asks for some, is asked, and has endorsed a badge of Ben's."""
    olga = await signed_in(site, await people.find(site.ports, "olga@example.org"))
    found = await site.ports.store.person(ben_id)
    assert found is not None
    ben = await signed_in(site, found)
    to = ["somebody@example.org", "other@example.org", "wrong@example.org"]
    made = await ask.ask(olga, Wish(mine, to, (SKILL,), "You were on call that night."))
    await ask.ask(ben, Wish(theirs, ["olga@example.org"], (SKILL,), "You saw me do it.\nTwice."))
    await site.ports.store.settle_request(
        made[2].id,
        "not_delivered",
        site.world.now,
        refuse_leaves(made[2], "x", False, site.world.now, "s" * 20, "t" * 20),
    )
    (to_olga,) = await asked_flow.mine(olga)
    draft = await write(olga, Order("badge", theirs, "Ready when it counts.", "mentor", skills=(SKILL,)))
    given = await said(olga, theirs, "Ready when it counts.", None)
    await ask.take_back(olga, made[1].id)
    return {
        "asking": made[0].id,
        "taken_back": made[1].id,
        "asked_olga": to_olga.request.id,
        "their_badge": theirs,
        "draft_endorsement": draft.id,
        "given": given,
    }


async def vouches(site: LiveSite, ben_id: str) -> dict[str, str]:
    """Olga vouches for Ben, and as a sponsor too; he does for her, and thanked her once; a draft of hers."""
    await sync(site.ports, [one for one in shipped_catalogues() if one.slug in ("vouches", "commons")])
    olga = await signed_in(site, await people.find(site.ports, "olga@example.org"))
    found = await site.ports.store.person(ben_id)
    assert found is not None
    ben = await signed_in(site, found)
    key = await with_key(olga)
    words = "She said what came next, **and by when**.\n\n- the move of March\n- the night after it"

    async def draft(by: Ports, to: str, offer: str, how: str, did: str = "") -> Vouch:
        proof = ("https://example.org/notes",)
        return await vouch.write(by, vouch.Order(to, offer, how, words, proof, did=did))

    async def given(by: Ports, to: str, offer: str, how: str) -> str:
        did = key.did if by is olga else ""
        made = await draft(by, to, offer, how, did)
        return (await give(by, made.id, key.sign(made.unsigned) if did else "")).id

    signed = await given(olga, ben_id, "vouches/delivery", "same-team")
    await given(olga, ben_id, "vouches/sponsor-promotion", "manager")
    gone = await given(olga, ben_id, "vouches/security", "other-team")
    await withdraw_vouch(olga, gone)
    await hide_vouch(olga, await given(ben, olga.who.person, "vouches/operations", "same-team"))
    await given(ben, olga.who.person, "commons/mentor", "mentee")
    left = await draft(olga, ben_id, "vouches/operations", "same-team", key.did)
    return {"vouch": signed, "vouch_withdrawn": gone, "draft_vouch": left.id}


def furnish_endorsements(site: LiveSite, mine: str) -> dict[str, str]:
    made = site.run(endorsements(site, mine))
    theirs = site.award(f"mailto:{made['ben']}@example.org").key
    made |= site.run(vouches(site, made["ben"]))
    return made | site.run(asked(site, mine, theirs, made["ben"]))


async def backings(site: LiveSite) -> dict[str, str]:
    """What issuers say of each other: of the school and its badge, shown, hidden and withdrawn, and by it."""
    ports, lead = site.ports, "school/incident-lead"
    text = "We looked at the criteria, and at **twenty** of these badges.\n\n- calm\n- clear"
    words = Words(lead, "Whoever has this one need not take ours.", text)
    shown = await as_issuer.endorse(ports, "college", words)
    gone = await as_issuer.endorse(ports, "commons", Words(lead, "We took it for something else."))
    await as_issuer.withdraw(ports, gone.id)
    await as_issuer.endorse(ports, "long", Words("school", "Word" * 35, "Word" * 150))
    hidden = await as_issuer.endorse(ports, "college", Words("school", "They teach well."))
    await as_issuer.hide(ports, hidden.id)
    given = await as_issuer.endorse(ports, "school", Words("commons/mentor", "Their badges are hard to get."))
    return {"backing": shown.id, "backing_withdrawn": gone.id, "backing_given": given.id}
