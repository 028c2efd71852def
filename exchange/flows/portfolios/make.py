"""Make: a new portfolio, from a template, that nobody sees before a link of it is given."""

from __future__ import annotations

from exchange.core.portfolio.portfolio import TEMPLATES, Portfolio, Template, check_portfolio
from exchange.errors import AlreadyDoneError, ConflictError, InputError
from exchange.flows.instance.standing import check_writable
from exchange.flows.once import first_time
from exchange.flows.portfolios.choices import choices
from exchange.flows.portfolios.mine import check_theirs, find
from exchange.flows.portfolios.records import Kept
from exchange.flows.ports import Ports
from exchange.flows.records import Once

MOST = 20
"""How many portfolios somebody may have."""


async def make(
    ports: Ports, person: str, headline: str, template: Template, once: Once | None = None
) -> Kept:
    """One with their badges and vouches, none of the evidence, to be thinned out.

    InputError: template_unknown, and as `check_portfolio`; ConflictError("portfolios_too_many"),
    ForbiddenError, UnavailableError.
    """
    check_theirs(ports, person)
    await check_writable(ports)
    try:
        once = await first_time(ports, once, id := ports.new_id())
        if template not in TEMPLATES:
            known = ", ".join(TEMPLATES)
            message = f"{template!r:.40} is no template known here; choose one of: {known}."
            raise InputError("template_unknown", message, "/template")
        if len(await ports.store.portfolios(person)) >= MOST:
            message = f"You have {MOST} portfolios, and there is no room for more. Remove one first."
            raise ConflictError("portfolios_too_many", message)
        first = [one for one in await choices(ports, person) if one.kind in ("badge", "vouch")]
        said = Portfolio(
            headline=headline,
            template=template,
            grouping=TEMPLATES[template],
            items=tuple(one.item(ports.new_id()) for one in first[:FIRST]),
        )
        kept = Kept(id, person, check_portfolio(said), 1, ports.now(), ports.now())
        await ports.store.put_portfolio(kept, once)
    except AlreadyDoneError as done:
        return await find(ports, done.answer)
    return kept


FIRST = 50
"""How many of them a new one has at most: no reader looks at more."""
