"""An Idempotency-Key and the effect that it stands for: done once, and answered alike ever after."""

from __future__ import annotations

from dataclasses import replace

from exchange.flows.ports import Ports
from exchange.flows.records import Once


async def first_time(ports: Ports, once: Once | None, answer: str = "") -> Once | None:
    """The key as it is kept with its effect, `answer` being what the flow needs to say the same again.

    Asked once it is known that who acts may, and before anything is judged that the effect itself changes:
    AlreadyDoneError is no fault, it says that all was done before. ReusedKeyError.
    """
    if once is None:
        return None
    await ports.store.check_once(once)
    return replace(once, answer=answer)
