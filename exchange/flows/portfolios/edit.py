"""Edit: what a portfolio says, as a whole. Who changes it says which revision they saw, so nobody undoes what
they did in another window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from msgspec import structs

from exchange.core.portfolio.portfolio import GROUPINGS, KINDS, TEMPLATES, Item, Portfolio, check_portfolio
from exchange.errors import ConflictError, InputError
from exchange.flows.instance.standing import check_writable
from exchange.flows.portfolios.choices import choices
from exchange.flows.portfolios.mine import find
from exchange.flows.portfolios.records import Kept
from exchange.flows.ports import Ports


async def edit(ports: Ports, id: str, said: Portfolio, seen: int) -> Kept:
    """Keep it, if `seen` is the revision that it has. What says nothing new keeps its revision.

    InputError: grouping_unknown, template_unknown, item_not_yours for what is none of `choices` and was not
    in it before, key_malformed, and as `check_portfolio`; ConflictError("portfolio_changed"), NotFoundError
    ("unknown_portfolio"), ForbiddenError, UnavailableError.
    """
    kept = await find(ports, id)
    await check_writable(ports)
    _check_words(said)
    said = check_portfolio(said)
    if said == kept.portfolio:
        return kept
    if kept.revision != seen:
        raise _changed(kept.revision)
    await _check_items(ports, kept, said.items)
    after = replace(kept, portfolio=said, revision=seen + 1, changed_at=ports.now())
    if not await ports.store.change_portfolio(after, seen):
        raise _changed((await find(ports, id)).revision)
    return after


def _changed(revision: int) -> ConflictError:
    message = (
        "This portfolio was changed meanwhile, in another window perhaps, so what you changed was not kept. "
        f"Look at it as it is now (revision {revision}), then save again."
    )
    return ConflictError("portfolio_changed", message)


def _check_words(said: Portfolio) -> None:
    if said.grouping not in GROUPINGS:
        message = f"{said.grouping!r:.40} is no grouping; choose one of: {', '.join(GROUPINGS)}."
        raise InputError("grouping_unknown", message, "/grouping")
    if said.template not in TEMPLATES:
        message = f"{said.template!r:.40} is no template known here; choose one of: {', '.join(TEMPLATES)}."
        raise InputError("template_unknown", message, "/template")


async def _check_items(ports: Ports, kept: Kept, items: tuple[Item, ...]) -> None:
    before = {(one.kind, one.id) for one in kept.portfolio.items}
    new = [(n, one) for n, one in enumerate(items) if (one.kind, one.id) not in before]
    theirs = {(one.kind, one.id) for one in await choices(ports, kept.person)} if new else set()
    for n, one in new:
        if one.kind not in KINDS or (one.kind, one.id) not in theirs:
            message = f"{one.kind} {one.id!r:.80} is nothing that you can show: not yours, or hidden."
            raise InputError("item_not_yours", message, f"/items/{n}")
    names = {one.key: (one.kind, one.id) for one in kept.portfolio.items}
    chosen = {key for link in await ports.store.portfolio_links([kept.id]) for key in link.items or ()}
    for n, one in enumerate(items):
        if names.get(one.key, None if one.key in chosen else (one.kind, one.id)) != (one.kind, one.id):
            message = (
                f"The key {one.key!r:.60} named another item, which links may have chosen: take a new one."
            )
            raise InputError("key_malformed", message, f"/items/{n}")
        fine = one.key.isascii() and one.key.replace("-", "").isalnum() and len(one.key) <= 40
        if not fine or any(not mark.isdecimal() or len(mark) > 4 for mark in one.evidence):
            message = "The key of an item has up to 40 letters, digits and hyphens; evidence has a number."
            raise InputError("key_malformed", message, f"/items/{n}")


def changed(said: Portfolio, act: str, what: str, new_key: Callable[[], str]) -> Portfolio:
    """The same with one item moved `up` or `down`, taken `out`, hidden (`hide`) or not (`unhide`), by its
    key; or with one put `in`, by `KIND/ID`. Anything else changes nothing."""
    items = list(said.items)
    if act == "in":
        kind, _, id = what.partition("/")
        new: Any = kind
        # Never a key that a link may have chosen when it named something else.
        return structs.replace(said, items=(*items, Item(key=new_key(), kind=new, id=id)))
    place = next((n for n, one in enumerate(items) if one.key == what), None)
    if place is None or act not in ("up", "down", "out", "hide", "unhide"):
        return said
    one = items.pop(place)
    if act != "out":
        one = structs.replace(one, hidden=act == "hide" or (act != "unhide" and one.hidden))
        items.insert(max(0, place + {"up": -1, "down": 1}.get(act, 0)), one)
    return structs.replace(said, items=tuple(items))
