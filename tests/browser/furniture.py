"""Something of everything in a live site, so that every page has what it is about."""

from __future__ import annotations

from dataclasses import replace

from exchange.adapters.catalogues.portraits import portrait
from exchange.core.catalogues.design import Design
from exchange.core.roster import Row
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.status import revoke, suspend
from exchange.flows.claims import claim, codes
from exchange.flows.claims.codes import CodeOrder
from exchange.flows.issuers import drafts
from exchange.flows.issuers.describe import NewPicture, create, describe
from exchange.flows.issuers.prove import prove
from exchange.flows.issuers.sync import sync
from exchange.flows.mail.deliver import deliver_due
from exchange.flows.orders import batches
from exchange.flows.orders.carry_out import carry_out_due
from exchange.flows.orders.hold import hold, refuse
from exchange.flows.people import people, roles, teams
from exchange.flows.people.logged import passkey_leaf
from exchange.flows.people.records import Address, Browser, Passkey, Person, Principal
from exchange.flows.recipients import status_many
from exchange.flows.recipients.records import Wanted
from exchange.flows.sign_in import tokens
from exchange.flows.sign_in.sign_in import Introduction, make_link, open_session, redeem
from exchange.flows.webhooks import webhooks
from tests.adapters.catalogues.test_portraits import photo
from tests.browser.brought import furnish_imported
from tests.browser.endorsed import backings, furnish_endorsements
from tests.browser.portfolios import furnish_portfolios
from tests.browser.site import LiveSite
from tests.browser.trusted import trusted
from tests.edge.shop import LEAD, SCHOOL

LONG = {"type": ["Profile"], "name": "Name" * 40, "url": "https://example.org/" + "path" * 40}


def furnish(site: LiveSite) -> dict[str, str]:
    """Badges of every standing, an issuer and a badge whose words are very long, and whatever else a page can
    be about; the keys that addresses of pages name, by what stands for them in `test_pages.PAGES`."""
    badges = {name: site.award() for name in ("valid", "revoked", "suspended", "broken")}
    site.run(revoke(site.ports, badges["revoked"].key, "Awarded to the wrong person"))
    site.run(suspend(site.ports, badges["suspended"].key, "The evidence is being looked at"))
    long = replace(LEAD, slug="long", name="Word" * 40, description="Word" * 60)
    site.run(sync(site.ports, [replace(SCHOOL, slug="long", profile=LONG, badges=(long,))]))
    row, signed = site.world.store._badges[badges["broken"].key], badges["broken"].signed
    object.__setattr__(row, "signed", signed.replace(b"Leads the response", b"Leads everything"))
    eve = site.run(people.add(site.ports, "Eve Example", "eve@example.org", "eve"))
    fred = site.run(people.add(site.ports, "Frederike-Charlotte " + "Long" * 30, "fred@example.org"))
    site.run(people.suspend(site.ports, fred.id))
    site.run(teams.add(site.ports, "red", "Red team"))
    site.run(teams.add(site.ports, "blue", "Blue" * 30))
    site.run(teams.join(site.ports, "red", "eve", lead=True))
    site.run(roles.grant(site.ports, "school", "team/red", "issuer"))
    site.run(drafts.begin(site.ports, "school", "sketch", start="commons/mentor"))
    site.run(drafts.begin(site.ports, "school", "lead", start="atlas/incident-lead"))
    site.run(drafts.begin(site.ports, "school", "empty", title="An empty one"))
    said = {"name": "The college", "description": "Teaches.", "url": "https://college.example.org/about"}
    site.run(create(site.ports, "college", said))
    picture = site.ports.draw.png(Design("cap", "College", "A graduation cap"))
    site.run(describe(site.ports, "college", said, NewPicture(picture, "A graduation cap")))
    site.run(prove(site.ports, "college"))
    hers = site.run(mine(site))
    return {name: badge.key for name, badge in badges.items()} | {
        **orders(site),
        **hers,
        **changes(site),
        **furnish_endorsements(site, hers["mine"]),
        **furnish_portfolios(site),
        **furnish_imported(site),
        **site.run(backings(site)),
        "person": eve.id,
        "suspended_person": fred.id,
        "token": account(site),
        "trusted": trusted(site),
    }


def account(site: LiveSite) -> str:
    """Something of everything that an account can have, for who runs the site; the id of a token of hers."""
    store, now = site.world.store, site.world.now
    olga = site.operator()
    site.run(store.put_address(Address("olga@two.example", olga.id, now)))
    site.run(store.put_picture(olga.id, portrait(photo(600, 400))))
    made = Passkey("key", olga.id, b"key", 1, "Blue phone", ("internal",), now, olga.id, now)
    site.run(store.put_passkey(made, passkey_leaf(made, now, "salt" * 6)))
    site.run(open_session(site.ports, olga, "oidc", Browser("Firefox, Android", "192.0.2.0/24")))
    token, _ = site.run(tokens.add(site.ports, olga.id, "Nightly import", ["read", "award"]))
    return token.id


async def mine(site: LiveSite) -> dict[str, str]:
    """Badges of Olga, who looks at the pages, in every standing; and codes, one of them with somebody who
    waits."""
    ports = site.ports
    secret = (await make_link(ports)).partition("#")[2]
    await redeem(ports, secret, Browser(), Introduction("Olga Operator", "olga@example.org"))
    olga = await people.find(ports, "olga@example.org")
    await ports.store.put_address(Address("olga@example.org", olga.id, ports.now()))
    who = replace(ports, who=Principal(olga.id, "code", olga.name))
    order = Order("school", "incident-lead", "olga@example.org", narrative="Led the *checkout outage*.")
    made = [await award(ports, order) for _ in range(4)]
    await claim.answer(who, made[1].key, "accept")
    await claim.answer(who, made[2].key, "decline")
    await revoke(ports, made[3].key, "Awarded to the wrong Olga")
    waiting = await codes.make(ports, CodeOrder("school", "incident-lead", 30, 30, "Workshop", approval=True))
    closed = await codes.make(ports, CodeOrder("school", "incident-lead", 5, 7))
    for name in ("Ida Idle", "Quentin-" + "Long" * 20):
        id = ports.new_id()
        person = Person(id, name, ports.now())
        await ports.store.put_person(person, [Address(f"{id}@example.org", id, ports.now())])
        waits = replace(ports, who=Principal(id, "code", name))
        await codes.use(waits, waiting.code.word or "", Browser())
        if name.startswith("Ida"):
            await codes.use(waits, closed.code.word or "", Browser())
    await codes.close(ports, closed.code.id)
    return {
        "mine": made[1].key,
        "mine_revoked": made[3].key,
        "code": waiting.code.id,
        "word": waiting.code.word or "",
        "closed_code": closed.code.id,
        "closed_word": closed.code.word or "",
    }


def changes(site: LiveSite) -> dict[str, str]:
    """A webhook with a log, and a job that renewed a badge."""
    hook, _ = site.run(webhooks.add(site.ports, "school", "https://hr.example.org/badges/" + "path" * 20))
    site.world.courier.answers = [200, 410, 503]
    for _ in range(3):
        site.run(webhooks.test(site.ports, "school", hook.id))
    site.run(deliver_due(site.ports, webhooks.CHANNEL, webhooks.carry, webhooks.PACE))
    chosen = status_many.Choice(Wanted("school"), (site.award("mailto:" + "long" * 10 + "@example.org").key,))
    seen = site.run(status_many.preview(site.ports, "renew", chosen))
    job = site.run(status_many.begin(site.ports, "renew", chosen, "", seen.digest))
    site.run(status_many.carry_on(site.ports))
    site.world.later(minutes=1)
    return {"hook": hook.id, "job": job.id}


def unfurnish(site: LiveSite) -> None:
    """Other tests sign her in as somebody without a passkey."""
    site.world.store._passkeys.clear()


def orders(site: LiveSite) -> dict[str, str]:
    """Batches in every state, and awards that wait."""
    order = Order("school", "incident-lead", "")
    many = [Row(n, f"somebody.{n}@example.org") for n in range(1, 120)]
    wrong = [
        Row(120, "x y"),
        Row(121, "somebody.1@example.org", ("no address",), "Led it."),
        Row(122, "z" * 90),
    ]
    draft = site.run(batches.draft(site.ports, order, [*many, *wrong], ("Phone", "Name")))
    site.run(batches.fix(site.ports, draft.id, skip=[2]))
    made = {"draft": draft.id}
    for state, who in (("done", "d"), ("running", "r")):
        rows = [Row(n, f"{who}{n}@example.org") for n in range(1, 4)]
        batch = site.run(batches.draft(site.ports, order, rows))
        site.run(batches.confirm(site.ports, batch.id, batch.digest))
        if state == "done":
            site.run(carry_out_due(site.ports))
        made[state] = batch.id
    for name in ("fay", "gus"):
        asked = replace(
            order, to=f"{name}@example.org", narrative="Led *it*.", evidence=("https://example.org/a",)
        )
        held = site.run(hold(replace(site.ports, who=replace(site.ports.who, person="somebody")), asked))
        if name == "fay":
            site.run(refuse(site.ports, held.id, "Not yet: the evidence is missing"))
    return made
