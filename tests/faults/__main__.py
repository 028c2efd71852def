"""`python -m tests.faults HARNESS [--rounds N]`: hurt an exchange for long, and print what it survived."""

from __future__ import annotations

import argparse
import asyncio
import time
from importlib import import_module

HARNESSES = (
    *("kill", "kill-postgres", "power", "eio", "full", "complete"),
    *("clock", "cut", "erase", "indices", "keys", "lint", "log-damage"),
    *("orphans", "outbox", "public", "restored"),
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("harness", choices=HARNESSES)
    parser.add_argument("--rounds", type=int, default=None, help="fewer or more than the long run has")
    asked = parser.parse_args()
    harness = import_module(f"tests.faults.{asked.harness.replace('-', '_')}")
    start = time.monotonic()
    for line in asyncio.run(harness.main(asked.rounds)):
        print(line, flush=True)
    print(f"{time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
