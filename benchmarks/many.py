"""What a batch of many awards costs everybody else: `python -m benchmarks.many [ROWS]`.

A service as it is run (`exchange serve`, its own process, a database on disk), one client that asks for
pages in turns, one request at a time: while nothing else happens, while a batch of ROWS is carried out, and
after it. Compared are the latencies, p50 and p99, by page; what the issue asks for is a p99 under three times
the idle. With `--mail`, everybody gets a mail too (which a service without a mail server prints).
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from benchmarks.bulk import Orders, with_ports
from exchange.flows.badges.award_many import award_many
from exchange.flows.people import people
from exchange.flows.people.roles import grant
from exchange.flows.ports import Ports
from exchange.flows.sign_in import tokens

ROWS, IDLE_SECONDS, PAUSE = 10_000, 10.0, 0.004
PAGE = {"accept": "text/html"}


class Client:
    """One connection, kept."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
        sent = {"authorization": f"Bearer {self._token}", **headers}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            sent["content-type"] = "application/json"
        self._connection.request(method, path, data, sent)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def json(self, method: str, path: str, body: object = None) -> dict[str, object]:
        status, answer = self.ask(method, path, body)
        assert status in (200, 201), (status, answer[:500])
        said: dict[str, object] = json.loads(answer)
        return said


Taken = dict[str, list[float]]
Pages = dict[str, tuple[str, dict[str, str]]]


def watch(client: Client, pages: Pages, taken: Taken) -> None:
    """One request for each page."""
    for name, (path, headers) in pages.items():
        began = time.perf_counter()
        status, _ = client.ask("GET", path, **headers)
        taken.setdefault(name, []).append((time.perf_counter() - began) * 1000)
        assert status == 200, (path, status)
        time.sleep(PAUSE)


def furnish(home: Path) -> tuple[str, str, str, str]:
    """An exchange with 200 badges: the key of one, a token of an owner, and the issuer and badge."""
    made: list[str] = []
    order = next(iter(Orders(1, "eddsa-rdfc-2022")))

    async def begin(ports: Ports) -> None:
        keys = []
        async for chunk in award_many(ports, Orders(200, "eddsa-rdfc-2022", "before"), "before"):
            keys += [one.key for one in chunk]
        person = await people.add(ports, "Olga", "olga@example.org")
        await grant(ports, order.issuer, person.id, "owner")
        _, secret = await tokens.add(ports, person.id, "benchmark", ["read", "award"])
        made.extend([keys[0], secret])

    asyncio.run(with_ports(home, begin))
    return made[0], made[1], order.issuer, order.achievement


def serve(home: Path, port: int) -> subprocess.Popen[bytes]:
    environ = {**os.environ, "EXCHANGE_HOME": str(home), "EXCHANGE_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "exchange", "serve"],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while True:
        try:
            if Client(port, "").ask("GET", "/health")[0] == 200:
                return process
        except OSError:
            time.sleep(0.1)


def run(rows: int, home: Path, mail: bool) -> None:
    key, token, issuer, badge = furnish(home)
    port = 18_700 + os.getpid() % 1_000
    process = serve(home, port)
    try:
        client = Client(port, token)
        pages = {
            "a credential": (f"/badges/{key}", {"accept": "application/vc"}),
            "a badge's page": (f"/badges/{key}", PAGE),
            "an issuer's page": (f"/issuers/{issuer}", PAGE),
            "the desk": ("/desk", PAGE),
        }
        before: Taken = {}
        during: Taken = {}
        after: Taken = {}
        for _ in range(20):
            watch(client, pages, {})
        measure(client, pages, before, IDLE_SECONDS)
        text = "to,evidence\n" + "".join(f"p{n}@example.org,https://example.org/{n}\n" for n in range(rows))
        asked = {"issuer": issuer, "badge": badge, "csv": text, "mail": mail}
        began = time.perf_counter()
        draft = client.json("POST", "/api/batches", asked)
        judged = time.perf_counter() - began
        place = f"/api/batches/{draft['id']}"
        client.json("POST", f"{place}/confirm", {"digest": draft["digest"]})
        began = time.perf_counter()
        while client.json("GET", place)["state"] == "running":
            for _ in range(5):
                watch(client, pages, during)
        seconds = time.perf_counter() - began
        print(
            f"{client.json('GET', place)['rows']}: judged in {judged:.1f} s, carried out in {seconds:.1f} s"
        )
        measure(client, pages, after, IDLE_SECONDS)
        tell(before, during, after)
    finally:
        process.terminate()
        process.wait(60)


def measure(client: Client, pages: Pages, taken: Taken, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        watch(client, pages, taken)


def tell(before: Taken, during: Taken, after: Taken) -> None:
    print("ms: p50 / p99 idle before, during, idle after; p99 during of the better idle")
    for taken in (before, during, after):
        taken["all"] = [one for some in [*taken.values()] for one in some]
    for name in before:
        rows = [taken[name] for taken in (before, during, after)]
        p99 = [quantiles(row, n=100)[98] for row in rows]
        told = "   ".join(f"{median(row):6.1f} / {high:6.1f}" for row, high in zip(rows, p99, strict=True))
        print(f"{name:18} {told}   x {p99[1] / min(p99[0], p99[2]):.1f}  ({len(rows[1])} during)")


def main() -> None:
    rows = int(next((one for one in sys.argv[1:] if one.isdigit()), ROWS))
    with tempfile.TemporaryDirectory() as folder:
        run(rows, Path(folder), "--mail" in sys.argv)


if __name__ == "__main__":
    main()
