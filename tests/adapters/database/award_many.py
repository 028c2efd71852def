"""A process that awards and suspends: `python -m tests.adapters.database.award_many URL TASKS EACH`.

Prints the id of each badge once its suspension was acknowledged, and `ready` before the first.
"""

from __future__ import annotations

import asyncio
import sys
import uuid

from exchange.adapters.database import open_store
from tests.adapters.database import samples


async def main(url: str, tasks: int, each: int) -> None:
    store = await open_store(url)

    async def client() -> None:
        for _ in range(each):
            id = str(uuid.uuid4())
            await store.intend(samples.draft(id, samples.BOTH), samples.new_id)
            await store.publish(id, id.encode())
            await samples.set_status(store, samples.change(True, "suspension", id))
            print(id, flush=True)

    print("ready", flush=True)
    await asyncio.gather(*(client() for _ in range(tasks)))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
