"""Handles that are left: nobody else gets them, and no byte says whose they were."""

from __future__ import annotations

from exchange.flows.people.records import NO_MARKS, Marks
from exchange.flows.ports import Ports


async def marks_of(ports: Ports, before: str | None, after: str | None) -> Marks:
    """What is on record of handles when one is left and another taken up."""
    if before == after:
        return NO_MARKS
    return Marks(
        taken=await mark_of_handle(ports, after) if after else "",
        left=await mark_of_handle(ports, before) if before else "",
    )


async def mark_of_handle(ports: Ports, handle: str) -> str:
    """A handle as the database keeps it once it is left: a digest under a key of ours, so that whoever reads
    the database does not find it by trying."""
    return (await ports.sealer.derive(f"handles/{handle}")).hex()
