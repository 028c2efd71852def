"""A portfolio on paper, handed in to be verified: drawn by typst, read by the worker, each badge judged."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from exchange.adapters.catalogues.draw import Pillow
from exchange.adapters.worker import KillableWorker
from exchange.edge.portfolios.paper import paper
from exchange.errors import TooManyError
from exchange.flows.badges.status import revoke
from exchange.flows.badges.verify import MAX_STRANGE_PDF, Options, verify
from exchange.flows.embeds.hub import Hub
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


def test_strangers_have_a_reader_of_their_own_and_smaller_files() -> None:
    town, asked = PortfolioTown(), []

    def reader(name: str) -> Any:
        def read(pdf: bytes) -> bytes:
            asked.append(name)
            return b"{}"

        return read

    ports = replace(town.ports, attached=reader("ours"), strangers_attached=reader("theirs"))
    run(verify(ports, b"%PDF-1.7"))
    run(verify(ports, b"%PDF-1.7", Options(trusted=True)))
    large = b"%PDF-1.7".ljust(MAX_STRANGE_PDF + 1)
    assert "pdf_too_large" in run(verify(ports, large)).codes
    assert asked == ["theirs", "ours"]
    run(verify(ports, large, Options(trusted=True)))
    assert asked == ["theirs", "ours", "ours"]


def test_strangers_wait_for_each_other_and_are_counted_by_network() -> None:
    town, hold = PortfolioTown(), threading.Event()
    ports = replace(
        town.ports,
        attached=lambda pdf: b"{}",
        strangers_attached=lambda pdf: b"{}" if hold.wait(20) else b"",
        hub=Hub(),
    )
    codes: list[str] = []
    full = asyncio.Event()

    async def ask() -> None:
        try:
            await verify(ports, b"%PDF-1.7", Options(network="net"))
        except TooManyError as error:
            assert error.retry_after > 0  # noqa: PT017
            codes.append(error.code)
            if len(codes) == 2:  # one is read, four wait
                full.set()

    async def crowd() -> None:
        waiting = [asyncio.create_task(ask()) for _ in range(7)]
        await full.wait()
        await verify(ports, b"%PDF-1.7", Options(trusted=True, network="net"))
        hold.set()
        await asyncio.gather(*waiting)

    run(crowd())
    assert codes == ["pdf_busy"] * 2
    codes.clear()
    for _ in range(60):
        run(ask())
    assert codes == ["too_many"] * 5
