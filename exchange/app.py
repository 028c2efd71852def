"""The composition root: settings -> adapters -> ports, for the service and the command line alike."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache

from exchange.adapters.catalogues.catalogue_files import load_catalogues
from exchange.adapters.catalogues.draw import Pillow
from exchange.adapters.catalogues.skill_list import load_skills
from exchange.adapters.database import DatabaseStore, open_store
from exchange.adapters.fetch import GuardedFetch
from exchange.adapters.ids import new_id, new_salt
from exchange.adapters.keys import local_keys, open_keys
from exchange.adapters.keys.sealing import Sealing
from exchange.adapters.machine import ThisMachine
from exchange.adapters.mail import open_mailer
from exchange.adapters.sign_in.group_file import load_groups
from exchange.adapters.sign_in.oidc import OpenIdProvider
from exchange.adapters.sign_in.passkeys import WebAuthnPasskeys
from exchange.adapters.witness import CheckpointFile
from exchange.adapters.worker import KillableWorker
from exchange.core.sign_in.groups import GroupRule
from exchange.flows.instance.restore import notice_rollback
from exchange.flows.people.erase import erase_again
from exchange.flows.people.records import SHELL
from exchange.flows.ports import Ports
from exchange.resources import data_path
from exchange.settings import Settings


@asynccontextmanager
async def open_ports(settings: Settings) -> AsyncIterator[Ports]:
    """The world as `settings` say, open until the block ends."""
    rules = group_rules(settings)
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = await open_store(settings.database_url)
    worker = KillableWorker()
    strangers = KillableWorker(seconds=4.0, cpu_seconds=3, memory=384 << 20)  # who holds up only each other
    web = GuardedFetch(ports=settings.fetch_ports)
    hooks = GuardedFetch(ports=settings.fetch_ports)  # of its own: who is slow there holds up no verifying
    keys = open_keys(settings)
    provider = identity_provider(settings)
    try:
        ports = Ports(
            store=store,
            keys=keys,
            witness=CheckpointFile(settings.home),
            web=web,
            now=_now,
            new_id=new_id,
            new_salt=new_salt,
            new_secret=lambda: secrets.token_urlsafe(32),
            new_key=secrets.token_bytes,
            draw=Pillow(),
            mailer=open_mailer(settings),
            sealer=Sealing(local_keys(settings)),
            courier=hooks,
            exact=worker.exact,
            rare=worker.rare,
            open_badges_2=worker.open_badges_2,
            attached=worker.attached,
            strangers_attached=strangers.attached,
            passkeys=WebAuthnPasskeys(settings.base_url),
            base_url=settings.base_url,
            bases=await _bases(store, settings.base_url),
            public=settings.public,
            drift=_drift_from_now(store.ahead()),
            identity_provider=provider,
            group_rules=rules,
            sign_up=settings.sign_up,
            vouches=settings.vouches,
            settings=settings.shown(),
            templates=cache(lambda: load_catalogues(data_path("issuers"))),
            skills=cache(lambda: load_skills(data_path("issuers") / "skills.toml")),
            machine=ThisMachine(settings),
            who=SHELL,
        )
        await notice_rollback(ports)
        await erase_again(ports)
        yield ports
    finally:
        worker.close()
        strangers.close()
        if provider is not None:
            await provider.aclose()
        await keys.aclose()
        await web.aclose()
        await hooks.aclose()
        await store.close()


def _now() -> datetime:
    return datetime.now(UTC)


def group_rules(settings: Settings) -> tuple[GroupRule, ...]:
    """What the provider's groups mean here. InputError("groups_file_malformed")."""
    return load_groups(settings.oidc_groups) if settings.oidc_groups else ()


def identity_provider(settings: Settings) -> OpenIdProvider | None:
    """The OpenID provider that the settings name; nobody is asked anything yet."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    return OpenIdProvider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret,
        now=_now,
        groups_claim=settings.oidc_groups_claim if settings.oidc_groups else "",
        name=settings.oidc_name,
    )


def _drift_from_now(ahead: timedelta) -> Callable[[], timedelta]:
    """How far the clock is, from now on, from where the machine's steady one says it should be; it is that
    far `ahead` now."""
    # The one that also counts while the machine sleeps, where there is one.
    steady = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

    def apart() -> float:
        return time.time() - time.clock_gettime(steady)

    began = apart()
    return lambda: ahead + timedelta(seconds=apart() - began)


async def _bases(store: DatabaseStore, base_url: str) -> tuple[str, ...]:
    """Every base URL this exchange was ever opened under, the present one first, on record."""
    known = json.loads(await store.meta("bases") or "[]")
    bases = [base_url, *(base for base in known if base != base_url)]
    if bases != known:
        await store.put_meta("bases", json.dumps(bases))
    return tuple(bases)
