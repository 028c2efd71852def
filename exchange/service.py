"""The service: the web application over open ports, served until interrupted. Here adapters meet the edge."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import sys
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any

import uvicorn
from litestar import Router
from litestar.types import ControllerRouterHandler

from exchange.adapters.catalogues.catalogue_files import load_catalogues
from exchange.adapters.http_server import BoundedHttp
from exchange.adapters.worker import KillableWorker
from exchange.app import open_ports
from exchange.edge.application import build_litestar
from exchange.edge.badges.vc_api import build_vc_api
from exchange.edge.instance.styleguide import styleguide
from exchange.errors import ConflictError, InputError
from exchange.flows.badges.vc_api import VcApi
from exchange.flows.embeds.hub import Hub
from exchange.flows.imported.look_again import look_for_ever
from exchange.flows.instance.standing import standing
from exchange.flows.instance.sweep import sweep
from exchange.flows.issuers import demo as sample
from exchange.flows.issuers.issuers import renew_ids
from exchange.flows.issuers.keys import check_keys
from exchange.flows.issuers.sync import carry_out, compare
from exchange.flows.log.log import check_log
from exchange.flows.mail.deliver import deliver_for_ever
from exchange.flows.mail.mails import carry
from exchange.flows.orders.carry_out import carry_out_for_ever
from exchange.flows.people.erase import scrub_for_ever
from exchange.flows.ports import Ports
from exchange.flows.recipients.status_many import carry_on_for_ever
from exchange.flows.webhooks import webhooks
from exchange.resources import data_path
from exchange.setting_forms import is_loopback
from exchange.settings import Settings

_SWEEP_SECONDS = 30
_TRIES = 20
SWITCH_SECONDS = 0.0005
"""How long a thread that computes, for a batch say, may keep the event loop waiting for the interpreter; at
Python's own 5 ms, each step of a request would wait that long."""

COLLECT_AFTER = (10_000, 20, 20)
"""How many objects are made before Python looks for garbage among them. At its own 700, a chunk of a batch,
which is still at work on all of them, is looked through dozens of times: 11 µs a badge."""


def settle() -> None:
    """What is loaded by now stays: looking through it for garbage would hold the event loop for 40 ms."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    sys.setswitchinterval(SWITCH_SECONDS)


def serve(settings: Settings, *, demo: bool) -> None:
    """Run the service until it is interrupted; with `demo`, on sample data and the next free port."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    with _listen(settings, search=demo) as sock:
        settings = replace(settings, port=sock.getsockname()[1])
        asyncio.run(_serve(settings, sock, demo))


class _Server(uvicorn.Server):
    """One that ends the streams of embeds when it stops: it waits for every answer to be complete."""

    hub: Hub

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.hub.close()
        await super().shutdown(sockets)


def _listen(settings: Settings, *, search: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    for port in range(settings.port, settings.port + (50 if search else 1)):
        # Named TCP, else asyncio leaves Nagle's algorithm on: answers on a kept connection would wait 40 ms.
        sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((settings.host, port))
            sock.listen()  # now, so that who follows a printed link waits instead of being refused
        except OSError as error:
            sock.close()
            why = error.strerror
        else:
            return sock
    raise InputError(
        "port_taken",
        f"Cannot listen on {settings.host}:{settings.port} ({why}); set EXCHANGE_PORT to a free one.",
    )


async def _serve(settings: Settings, sock: socket.socket, demo: bool) -> None:
    async with open_ports(settings) as ports:
        await _get_ready(ports, demo)
        print(await sample.welcome(ports, demo=demo), flush=True)
        config = uvicorn.Config(
            build_litestar(ports, extra_handlers=_extra(settings, ports, demo), proxies=settings.proxies),
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            http=BoundedHttp,
            timeout_keep_alive=30,
        )
        server = _Server(config)
        server.hub = ports.hub
        settle()
        tasks = [asyncio.create_task(work) for work in _background(ports)]
        try:
            await server.serve(sockets=[sock])
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _get_ready(ports: Ports, demo: bool) -> None:
    """What is to be done before anybody is served; nothing, where nothing may be written."""
    if found := await standing(ports):
        logging.getLogger("exchange").warning("read-only: %s %s", found.message, found.remedy)
        return
    await _begin(ports, demo)
    await _say_who_cannot_sign(ports)
    await _look_at_log(ports)
    await sweep(ports)
    if demo:
        await sample.load(ports)


async def _begin(ports: Ports, demo: bool) -> None:
    """Put the shipped issuers into an exchange in which nobody issues yet, or what the demo misses of them.

    What is on record changes by `exchange issuers sync` only; ids follow the address.
    """
    if demo or not await ports.store.issuers():
        shipped = await asyncio.to_thread(load_catalogues, data_path("issuers"))
        for _ in range(_TRIES):
            with suppress(ConflictError):  # another node begins at the same moment: see what it left to do
                await carry_out(ports, (await compare(ports, shipped)).of("create"))
                break
    await renew_ids(ports)


async def _look_at_log(ports: Ports) -> None:
    """Say so, loudly, when the log contradicts what was signed before. Badges are served all the same."""
    for finding in await check_log(ports):
        if finding.level == "error":
            logging.getLogger("exchange").critical("%s", finding.message)
            print(f"\n!!! {finding.message}\n", file=sys.stderr, flush=True)


async def _say_who_cannot_sign(ports: Ports) -> None:
    """Use every key once, so that who starts the service learns of it, and is asked for a passphrase now."""
    for finding in await check_keys(ports):
        if finding.level != "ok":
            logging.getLogger("exchange").warning("%s", finding.message)


def _extra(settings: Settings, ports: Ports, demo: bool) -> list[ControllerRouterHandler]:
    """What is beside the public site: the page of all parts in the demo, and the test profile."""
    return [*_test_profile(settings, ports), *([styleguide] if demo else [])]


def _test_profile(settings: Settings, ports: Ports) -> list[Router]:
    """The VC-API test profile, where it was asked for and only this machine can reach it."""
    if not settings.test_vc_api or not is_loopback(settings.host):
        return []
    logging.getLogger("exchange").warning("the VC-API test profile is on: /vc-api signs for anyone who asks")
    return [build_vc_api(VcApi(ports, KillableWorker().base_proof))]


def _background(ports: Ports) -> tuple[Coroutine[Any, Any, None], ...]:
    """What goes on while the service runs."""
    return (
        _sweep_for_ever(ports),
        deliver_for_ever(ports, "mail", carry),
        deliver_for_ever(ports, webhooks.CHANNEL, webhooks.carry, webhooks.PACE),
        carry_out_for_ever(ports),
        carry_on_for_ever(ports),
        look_for_ever(ports),
        scrub_for_ever(ports),
    )


async def _sweep_for_ever(ports: Ports) -> None:
    while True:
        await asyncio.sleep(_SWEEP_SECONDS)
        try:
            await sweep(ports)
        except Exception:
            logging.getLogger("exchange").exception("the sweep failed; it is tried again in a while")
