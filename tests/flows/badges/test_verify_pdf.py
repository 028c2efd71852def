"""A portfolio on paper, handed in to be verified: drawn by typst, read by the worker, each badge judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from exchange.adapters.catalogues.draw import Pillow
from exchange.adapters.worker import KillableWorker
from exchange.edge.portfolios.paper import paper
from exchange.flows.badges.status import revoke
from exchange.flows.badges.verify import verify
from exchange.flows.portfolios.present import present
from tests.portfolios import PortfolioTown
from tests.simulator import run


@pytest.fixture(scope="module")
def worker() -> Iterator[KillableWorker]:
    worker = KillableWorker()
    yield worker
    worker.close()


def test_a_sheet_of_paper_is_judged_badge_by_badge(worker: KillableWorker) -> None:
    town = PortfolioTown()
    _, secret = town.share(town.everything())
    shown, presentation = run(present(town.ports, secret))
    sheet = paper(shown, presentation, town.ports.base_url, town.world.now)
    pdf = Pillow().paper(sheet)
    ports = replace(town.ports, attached=worker.attached)
    verdict = run(verify(ports, pdf))
    assert (verdict.kind, verdict.outcome) == ("presentation", "valid")
    assert [one.outcome for one in verdict.endorsements] == ["valid"] * 4
    run(revoke(town.ports, town.first, "Wrong person"))
    after = run(verify(ports, pdf))
    assert after.outcome == "invalid"
    assert sum("revoked" in one.codes for one in after.endorsements) == 1
    assert "unknown_file" in run(verify(town.ports, pdf)).codes  # where nobody can read it
    assert "pdf_malformed" in run(verify(ports, b"%PDF-1.7 nothing")).codes
