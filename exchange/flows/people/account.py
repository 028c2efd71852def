"""My account: what there is about who acts, to see and to take along. What changes it is in `people`,
`sessions` and `tokens`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec

from exchange.core import strict_json
from exchange.core.dates import format_date
from exchange.errors import ForbiddenError
from exchange.flows.badges.show import baked_png, baked_svg
from exchange.flows.endorsements.together import signed_of
from exchange.flows.imported.listed import file
from exchange.flows.imported.records import Imported
from exchange.flows.log.about import about_me
from exchange.flows.people import people
from exchange.flows.people.pictures import picture
from exchange.flows.people.rights import is_self
from exchange.flows.portfolios.mine import portfolios
from exchange.flows.ports import Ports
from exchange.flows.records import Badge
from exchange.flows.sign_in import sessions, tokens


async def view(ports: Ports) -> people.View:
    """Who acts, with addresses, teams and roles. ForbiddenError("not_permitted") for a token: an account is
    for its person, signed in."""
    if not is_self(ports, ports.who.person):
        raise ForbiddenError("not_permitted", "An account is seen and changed by its person, signed in.")
    return await people.view(ports, ports.who.person)


async def export(ports: Ports) -> dict[str, bytes]:
    """Everything about who acts, as files by name: `account.json`, their picture, each badge in the bytes
    that were signed and as both pictures, each that they brought, each endorsement by or about them, and each
    entry of the log about them with its proof. No secret is in it.
    ForbiddenError."""
    mine = await view(ports)
    files = {"account.json": strict_json.dump(await _account(ports, mine))}
    if mine.person.picture:
        files["picture.jpg"] = await picture(ports, mine.person.id)
    for badge in await people.badges(ports, mine.person.id):
        if badge.signed:
            name, form = f"badges/{badge.achievement}-{badge.id}", "jwt" if badge.proof == "jwt" else "json"
            files[f"{name}.{form}"] = badge.signed
            files[f"{name}.png"] = await baked_png(ports, badge.id)
            files[f"{name}.svg"] = await baked_svg(ports, badge.id)
    files |= await signed_of(ports, mine.person.id)
    for one in await ports.store.imported_by(mine.person.id):
        brought = await file(ports, one.id)
        files[f"imported/{brought.name}"] = brought.data
    for told in await about_me(ports, whole=True):
        files[f"log/entry-{told.record.position}.log.json"] = strict_json.dump(told.proof.to_json())
    return files


async def _account(ports: Ports, mine: people.View) -> dict[str, Any]:
    me = mine.person.id
    return {
        "person": _plain(mine.person),
        "addresses": [_plain(one) for one in mine.addresses],
        "badges": [_badge(badge) for badge in await people.badges(ports, me)],
        "endorsements": [
            {"id": one.id, "about": f"{one.kind}/{one.subject}", "state": one.state, "shown": one.shown}
            for one in await ports.store.endorsements_for(me)
        ],
        "endorsed": [
            {"id": one.id, "about": f"{one.kind}/{one.subject}", "state": one.state}
            for one in await ports.store.endorsements_by(me)
        ],
        "vouches": [
            {
                "id": one.id,
                "achievement": f"{one.issuer}/{one.achievement}",
                "kind": one.kind,
                "state": one.state,
            }
            for one in (*await ports.store.vouches_by(me), *await ports.store.vouches_for(me))
        ],
        "portfolios": [
            {
                **msgspec.to_builtins(one.kept.portfolio),
                "links": [_plain(link, "hash") for link in one.links],
                "public": _plain(one.public) if one.public else None,
            }
            for one in await portfolios(ports, me)
        ],
        "imported": [_imported(one) for one in await ports.store.imported_by(me)],
        "signing_keys": [_plain(one, "uri") for one in await ports.store.endorser_keys(me)],
        "teams": [_plain(one) for one in mine.teams],
        "roles": mine.roles,
        "identities": [_plain(one) for one in await ports.store.identities(me)],
        "passkeys": [_plain(one, "public_key") for one in await ports.store.passkeys(me)],
        "sessions": [_plain(one, "hash") for one in await sessions.sessions(ports, me)],
        "tokens": [_plain(one, "hash") for one in await tokens.tokens(ports, me)],
    }


def _badge(row: Badge) -> dict[str, Any]:
    claimed = format_date(row.claimed_at) if row.claimed_at else None
    about = {"id": row.id, "issuer": row.issuer, "achievement": row.achievement, "version": row.version}
    return {**about, "recipient": row.recipient, "claim": row.claim, "claimed_at": claimed}


def _imported(row: Imported) -> dict[str, Any]:
    checked = format_date(row.look.checked_at) if row.look.checked_at else None
    said = {"id": row.id, "name": row.look.outline.name, "issuer": row.look.outline.issuer}
    return {**said, "source": row.source, "state": row.look.state, "checked_at": checked}


def _plain(row: Any, *without: str) -> dict[str, Any]:
    """A row as JSON has it."""
    return {
        name: format_date(value) if isinstance(value, datetime) else value
        for name, value in asdict(row).items()
        if name not in without
    }
