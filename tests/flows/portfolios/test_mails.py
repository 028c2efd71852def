"""Who has something in a portfolio that does not hold any more is told where to take it off."""

from __future__ import annotations

import pytest

from exchange.flows.badges.status import revoke, suspend
from exchange.flows.endorsements.withdraw import withdraw
from exchange.flows.mail import mails
from exchange.flows.mail.deliver import deliver_due
from exchange.flows.portfolios.edit import changed, edit
from exchange.flows.vouches.withdraw import withdraw as take_back
from tests.portfolios import PortfolioTown
from tests.simulator import run


@pytest.fixture
def town() -> PortfolioTown:
    return PortfolioTown()


def test_each_mail_leads_to_the_item(town: PortfolioTown) -> None:
    kept = town.everything()
    run(revoke(town.ports, town.first, "Somebody else led it."))
    run(suspend(town.ports, town.second, "Being looked at."))
    run(withdraw(town.ana.ports, town.said.id))
    run(take_back(town.ana.ports, town.vouch.id))
    text = sent(town)
    for key in ("one", "two", "said", "vouch"):
        assert f"{town.ports.base_url}/account/portfolios/{kept.id}#item-{key}" in text
    assert text.count("It stands in a portfolio of yours") == 4


def test_what_is_in_none_or_hidden_is_not_told_of(town: PortfolioTown) -> None:
    kept = town.everything()
    run(edit(town.ben.ports, kept.id, changed(kept.portfolio, "hide", "one", str), kept.revision))
    run(revoke(town.ports, town.first, "Somebody else led it."))
    assert "portfolio" not in sent(town)


def sent(town: PortfolioTown) -> str:
    """What Ben was told by mail."""
    run(deliver_due(town.ports, "mail", mails.carry))
    return "\n".join(one.text for one in town.world.mailer.letters if one.to == "ben@example.org")
