"""Webhooks: an issuer's own programs are told of what happens to its badges.

What is to be told is posted in the transaction of what it tells of, as mails are, and goes out on a channel
of its own. A parcel names the event, the badge and the moment; the message is made when it is sent. So no row
here names anybody, and of a badge whose person was erased nothing more is told. The same event has the same
id in every attempt and every replay.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from exchange.core import urls
from exchange.core.dates import format_date
from exchange.core.plain_text import pretends
from exchange.core.strict_json import dump, parse
from exchange.core.webhook import SECRET_BYTES, secret_text, sign_message
from exchange.errors import ConflictError, InputError, NotFoundError, RefusedError, UnavailableError
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import issuer as find_issuer
from exchange.flows.log.log import status_kind
from exchange.flows.mail.deliver import Pace
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports
from exchange.flows.records import Claim, Leaf, Parcel, StatusChange
from exchange.flows.webhooks.records import EVENTS, TEST, Told, Webhook

CHANNEL: Literal["webhook"] = "webhook"
MOST = 5
"""Webhooks of one issuer."""
PACE = Pace(at_once=64, per_destination=2, seconds=15.0)
"""A receiver that hangs holds up two attempts, its own."""
PAGE = 50

_EVENT_OF_CLAIM: dict[Claim, str] = {"accepted": "badge.accepted", "declined": "badge.declined"}
_EVENT_OF = {"revoke": "badge.revoked", "suspend": "badge.suspended", "reinstate": "badge.reinstated"}


# --- by their owners --------------------------------------------------------------------------------------


async def webhooks(ports: Ports, issuer: str) -> list[Webhook]:
    """NotFoundError("unknown_issuer"), ForbiddenError."""
    await find_issuer(ports, issuer)
    check(ports, "webhooks", issuer)
    return await ports.store.webhooks(issuer)


async def add(ports: Ports, issuer: str, url: str, events: Sequence[str] = EVENTS) -> tuple[Webhook, str]:
    """A new one, and the secret by which its receiver knows us: told this once.

    InputError: "url_malformed", "unknown_event". ConflictError: "too_many_webhooks", "webhook_exists". As
    `webhooks`; UnavailableError of the keys.
    """
    known = await webhooks(ports, issuer)
    url = check_url(url)
    wanted = tuple(event for event in EVENTS if event in events)
    if not wanted or set(events) - set(EVENTS):
        raise InputError("unknown_event", f"A webhook has one or more of {', '.join(EVENTS)}.", "events")
    await check_writable(ports)
    if any(hook.url == url for hook in known):
        raise ConflictError("webhook_exists", "That address is told already: remove it first to change it.")
    if len(known) >= MOST:
        raise ConflictError("too_many_webhooks", f"An issuer has at most {MOST} webhooks; remove one first.")
    id, secret = ports.new_id(), ports.new_key(SECRET_BYTES)
    sealed = await ports.sealer.seal(f"webhook/{id}", secret)
    hook = Webhook(id, issuer, url, wanted, sealed, ports.now())
    await ports.store.put_webhook(hook, webhook_leaf(hook, hook.created_at, ports.new_salt()))
    return hook, secret_text(secret)


def check_url(text: str) -> str:
    """An https URL that may be told of events, as it is kept; which addresses it leads to is asked each time.
    InputError("url_malformed")."""
    try:
        parts = urlsplit(text.strip())
        good = parts.scheme == "https" and parts.hostname and "@" not in parts.netloc and (parts.port or 443)
    except ValueError:
        good = False
    url = text.strip().partition("#")[0]
    if not good or len(url) > 1024 or re.search(r"[\s\\]", url) or pretends(url):
        raise InputError("url_malformed", "A webhook is an https address, without a user name in it.", "url")
    return url


async def find(ports: Ports, issuer: str, id: str) -> Webhook:
    """NotFoundError("unknown_webhook"); as `webhooks`."""
    for hook in await webhooks(ports, issuer):
        if hook.id == id:
            return hook
    raise NotFoundError("unknown_webhook", f"{issuer} has no webhook {id!r:.60}.")


async def remove(ports: Ports, issuer: str, id: str) -> Webhook:
    """It is told nothing more, not even what waits. As `find`."""
    hook = await find(ports, issuer, id)
    await check_writable(ports)
    now = ports.now()
    if not await ports.store.remove_webhook(id, now, webhook_leaf(hook, now, ports.new_salt(), on=False)):
        raise NotFoundError("unknown_webhook", f"{issuer} has no webhook {id!r:.60} any more.")
    return hook


async def log(
    ports: Ports, issuer: str, id: str, before: int | None = None
) -> tuple[Webhook, list[Told], int | None]:
    """What it was told and is to be told, newest first, after line `before`; and the `before` of the next
    page. As `find`."""
    hook = await find(ports, issuer, id)
    lines = await ports.store.told(id, PAGE + 1, before)
    return hook, lines[:PAGE], lines[PAGE - 1].number if len(lines) > PAGE else None


async def replay(ports: Ports, issuer: str, id: str, number: int) -> str:
    """Tell it once more of what line `number` of its log tells, under the same id; which is returned.

    NotFoundError("unknown_delivery"); as `find`.
    """
    hook = await find(ports, issuer, id)
    found = [line for line in await ports.store.told(id, 1, number + 1) if line.number == number]
    if not found:
        raise NotFoundError("unknown_delivery", f"Nothing {number} is in the log of that webhook any more.")
    await check_writable(ports)
    said = event_in(found[0].payload)
    await ports.store.post([_parcel(ports, hook, said, ports.now())])
    ports.bell.ring()
    return str(said["id"])


async def test(ports: Ports, issuer: str, id: str) -> str:
    """Send it a message about nothing, to see that it arrives; its id. As `find`."""
    hook = await find(ports, issuer, id)
    await check_writable(ports)
    now = ports.now()
    said = {"id": ports.new_id(), "type": TEST, "badge": "", "at": now.isoformat()}
    await ports.store.post([_parcel(ports, hook, said, now)])
    ports.bell.ring()
    return said["id"]


def webhook_leaf(hook: Webhook, at: datetime, salt: str, *, on: bool = True) -> Leaf:
    """A webhook added, or (not `on`) removed: whom an issuer has told of its people. Of its address there is
    only a hash: some have a secret in them."""
    content: dict[str, object] = {
        "webhook": hook.id,
        "issuer": hook.issuer,
        "url_sha256": hashlib.sha256(hook.url.encode()).hexdigest() if on else None,
        "events": list(hook.events) if on else [],
    }
    about = (f"webhook:{hook.id}", f"issuer:{hook.issuer}")
    return Leaf("webhook", at, content, salt.encode(), about)


# --- what is told -----------------------------------------------------------------------------------------


def award_events(ports: Ports, hooks: Sequence[Webhook], badge: str, at: datetime) -> tuple[Parcel, ...]:
    """Tells of an award, once the badge is signed."""
    return _events(ports, hooks, "badge.awarded", badge, at)


def claim_events(
    ports: Ports, hooks: Sequence[Webhook], badge: str, claim: Claim, at: datetime
) -> tuple[Parcel, ...]:
    """Tells that its holder accepted or declined a badge."""
    return _events(ports, hooks, _EVENT_OF_CLAIM[claim], badge, at)


def status_events(ports: Ports, hooks: Sequence[Webhook], change: StatusChange) -> tuple[Parcel, ...]:
    """Tells that a badge was revoked, suspended or reinstated."""
    return _events(ports, hooks, _EVENT_OF[status_kind(change)], change.badge, change.at)


def _events(
    ports: Ports, hooks: Sequence[Webhook], event: str, badge: str, at: datetime
) -> tuple[Parcel, ...]:
    listening = [hook for hook in hooks if event in hook.events]
    if not listening:
        return ()
    said = {"id": ports.new_id(), "type": event, "badge": badge, "at": at.isoformat()}
    return tuple(_parcel(ports, hook, said, at) for hook in listening)


def _parcel(ports: Ports, hook: Webhook, said: dict[str, Any], at: datetime) -> Parcel:
    badge = said["badge"] or None
    subject = f"webhook:{hook.id}:{badge or said['id']}"
    where = urlsplit(hook.url).netloc.lower()
    return Parcel(ports.new_id(), CHANNEL, subject, where, hook.id, dump(said).decode(), at, badge)


def event_in(payload: str) -> dict[str, Any]:
    """What a parcel tells of: `id`, `type`, `badge` (a key, or `""`) and `at`."""
    said = parse(payload.encode())
    return dict(said) if isinstance(said, dict) else {}


async def carry(ports: Ports, parcel: Parcel) -> None:
    """Bring a parcel of this channel on its way.

    NotFoundError, RefusedError: it never will arrive; UnavailableError: not just now.
    """
    hook = await ports.store.webhook(parcel.recipient)
    if hook is None:
        raise NotFoundError("unknown_webhook", "The webhook was removed.")
    said = event_in(parcel.payload)
    body = dump(await message(ports, said))
    secret = await ports.sealer.unseal(f"webhook/{hook.id}", hook.secret)
    headers = {**sign_message(secret, str(said["id"]), ports.now(), body), "content-type": "application/json"}
    status = await ports.courier.post(hook.url, headers, body)
    if status == 410:
        raise RefusedError("webhook_gone", "It answered 410: nothing is to be told there any more.")
    if not 200 <= status < 300:
        raise UnavailableError("webhook_failed", f"It answered {status}.")


async def message(ports: Ports, said: dict[str, Any]) -> dict[str, Any]:
    """What a receiver is told of an event: its type, its moment, and what it is about."""
    at = datetime.fromisoformat(said["at"])
    whole: dict[str, Any] = {"type": said["type"], "timestamp": format_date(at), "data": {}}
    if not said["badge"]:
        return whole
    badge = await ports.store.badge(said["badge"])
    if badge is None or not badge.recipient:
        raise NotFoundError("unknown_badge", "Whoever had that badge was erased: nothing more is told of it.")
    whole["data"] = {
        "id": urls.badge(ports.base_url, badge.id),
        "key": badge.id,
        "issuer": badge.issuer,
        "badge": badge.achievement,
        "version": badge.version,
        "to": badge.recipient,
    }
    if badge.renews:
        whole["data"]["renews"] = badge.renews
    for change in await ports.store.history(badge.id):
        same = _EVENT_OF[status_kind(change)] == said["type"]
        if same and abs(change.at - at) < timedelta(seconds=1):
            whole["data"]["reason"] = change.reason
    return whole
