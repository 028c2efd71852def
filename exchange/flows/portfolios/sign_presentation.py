"""Sign a presentation: its holder says, with the key of their own browser, that they show what a link shows.

The exchange builds what is to be signed, and keeps what was: nothing is stored in between, for the same
question about the same items makes the same bytes. Their key credential is in it, so whoever verifies it
knows whose key that is. That the badges are theirs too it does not say: each badge names its own recipient.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from exchange.core.credentials.presentation import build_presentation, prepare_presentation
from exchange.core.keys.multibase import base64url_decode
from exchange.core.keys.multikey import public_key_from_multikey
from exchange.core.plain_text import one_line
from exchange.errors import ConflictError, InputError
from exchange.flows.badges.verify import Options, verify
from exchange.flows.endorsements import keys
from exchange.flows.endorsements.records import EndorserKey
from exchange.flows.endorsements.write import key_of
from exchange.flows.instance.standing import check_writable
from exchange.flows.people.people import find as find_person
from exchange.flows.people.rights import check_person
from exchange.flows.portfolios.copies import Seen, check_room, check_size, gone, seen
from exchange.flows.portfolios.documents import documents
from exchange.flows.portfolios.records import Copy, CopyKind
from exchange.flows.ports import Ports
from exchange.flows.sign_in.limits import check_limit, copy_quotas

MOST_DAYS = 90
ASKED = 300
"""Characters of a domain or a challenge."""
OPEN = timedelta(hours=1)
"""How long it may take from looking at it to signing it."""


@dataclass(frozen=True, slots=True)
class Question:
    """By which key, for how many days, and for one reader only where they asked: `domain` is what they call
    themselves, `challenge` what they want in it."""

    did: str
    days: int = 30
    domain: str = ""
    challenge: str = ""

    @property
    def kind(self) -> CopyKind:
        return "answer" if self.domain or self.challenge else "presentation"


@dataclass(frozen=True, slots=True)
class ToSign:
    """`message` is what the browser signs, made at `made`; the token ends at `until`."""

    message: bytes
    presentation: dict[str, Any]
    made: datetime
    until: datetime
    seen: Seen
    holds: tuple[str, ...]


async def prepare(
    ports: Ports, id: str, link: str, question: Question, made: datetime | None = None
) -> ToSign:
    """What is to be signed of what a link of who acts shows now.

    InputError: "key_unknown", "days_malformed", "asked_too_long". ConflictError("presentation_late"), and as
    `seen` and `check_room`; NotFoundError, ForbiddenError, UnavailableError.
    """
    check_person(ports)
    found = await seen(ports, id, link)
    await check_writable(ports)
    _check(question)
    now = ports.now().astimezone(UTC).replace(microsecond=0)
    made = made or now
    if not now - OPEN <= made <= now:
        raise ConflictError("presentation_late", "That was begun too long ago. Begin anew.")
    key = await _own_key(ports, question.did)
    credential = await keys.credential(ports, key, await find_person(ports, key.person))
    held = await documents(ports, found.kept, found.shown)
    check_size(sum(len(one.text) for one in held), len(held) + 1)  # with their key credential
    presentation = build_presentation([*(one.text for one in held), credential.encode()], key.did)
    until = made + timedelta(days=question.days)
    claims = {
        "iat": int(made.timestamp()),
        "exp": int(until.timestamp()),
        **({"aud": question.domain} if question.domain else {}),
        **({"nonce": question.challenge} if question.challenge else {}),
    }
    message = prepare_presentation(presentation, f"{key.did}#{key.did.removeprefix('did:key:')}", claims)
    await check_room(ports, found, question.kind, len(message))
    # As it is by now: renaming somebody makes another credential of their key.
    named = (await ports.store.endorser_key(key.did) or key).credential
    return ToSign(message, presentation, made, until, found, (*(one.id for one in held), named))


def _check(question: Question) -> None:
    if not 1 <= question.days <= MOST_DAYS:
        raise InputError("days_malformed", f"It is good for 1 to {MOST_DAYS} days.", "/days")
    for name, text in (("domain", question.domain), ("challenge", question.challenge)):
        if len(text) > ASKED or text != one_line(text, ASKED):
            message = f"{name} is one line of at most {ASKED} characters, without spaces around it."
            raise InputError("asked_too_long", message, f"/{name}")


async def _own_key(ports: Ports, did: str) -> EndorserKey:
    key = await key_of(ports, did) if did else None
    if key is None or key.custody != "holder":
        raise InputError("key_unknown", "This takes a key of your own, in the browser that you use.", "/did")
    return key


async def sign_presentation(
    ports: Ports, id: str, link: str, question: Question, made: datetime, signature: str
) -> Copy:
    """Keep what the browser signed (`signature`: base64url of r and s) of what was prepared at `made`.

    ConflictError("presentation_changed") where it is not of what is shown now, and as `prepare`;
    InputError("presentation_not_valid"), TooManyError.
    """
    asked = await prepare(ports, id, link, question, made)
    if not _fits(question.did, signature, asked.message):
        message = (
            "The signature is not of what this link shows now: that was changed meanwhile, or another key "
            "signed. Nothing was kept; look at it anew."
        )
        raise ConflictError("presentation_changed", message)
    await check_limit(ports, copy_quotas(asked.seen.kept.person))
    token = asked.message + b"." + signature.encode()
    await _self_check(ports, token, question)
    kind = question.kind
    copy = Copy(
        ports.new_id(), asked.seen.link.id, kind, asked.seen.print, asked.holds, asked.made, asked.until
    )
    if not await ports.store.put_portfolio_copy(copy, asked.message, token):
        raise gone()
    return replace(copy, signed=True)


def _fits(did: str, signature: str, message: bytes) -> bool:
    try:
        return public_key_from_multikey(did.removeprefix("did:key:")).verify(
            base64url_decode(signature), message
        )
    except InputError:
        return False


async def _self_check(ports: Ports, token: bytes, question: Question) -> None:
    """As any reader would: that it is signed, and by whom. What is over in it is its reader's to see."""
    options = Options(domain=question.domain or None, challenge=question.challenge or None)
    verdict = await verify(ports, token, options)
    if verdict.credential is None or "presenter_known" not in verdict.codes:
        why = next((one.message for one in verdict.findings if one.level != "ok"), "")
        raise InputError("presentation_not_valid", f"What was signed does not stand: {why}", "/signature")
