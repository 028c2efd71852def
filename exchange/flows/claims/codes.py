"""Codes: a badge for people whose address the issuer does not know: by a link or poster that many use, or by
codes that are good for one person each.

Who opens one signs in, or up, by an address of theirs, and gets the badge at it, once. How many may is
counted where the place is given (`CodeStore.use_code`), so it is exact however many press the button at once.
The award itself is the ordinary one, in the issuer's name: who made the code had the right to award. It is
done once for a place: what a crash or a stop of signing leaves is finished by the next visit or the sweep.

Who asks for a badge has accepted it. With `approval` they wait until somebody of the issuer has said yes; a
no gives the place back, and is final for who asked.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from exchange.core.plain_text import one_line
from exchange.errors import (
    ConflictError,
    ExchangeError,
    ForbiddenError,
    InputError,
    NotFoundError,
    ReusedKeyError,
)
from exchange.flows.badges import award as awarding
from exchange.flows.claims.claim import settle
from exchange.flows.claims.records import Code, CodeUse, UseState, why_not
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import issuer
from exchange.flows.log.log import approve_leaf, code_leaf
from exchange.flows.people.records import SHELL, Browser
from exchange.flows.people.rights import check, check_person, may
from exchange.flows.ports import Ports
from exchange.flows.records import Once
from exchange.flows.sign_in.limits import check_limit, try_quotas
from exchange.flows.sign_in.secrets import hash_of
from exchange.flows.sign_in.sign_in import ask

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's: what people mix up is the same letter, and no word comes out that anybody could mind."""
LETTERS = 12
MOST = 10_000
MOST_SINGLES = 200
MAX_DAYS = 366
PAGE = 50
_GRACE = timedelta(minutes=1)
_LIKE = str.maketrans("oil", "011")


@dataclass(frozen=True, slots=True)
class CodeOrder:
    """What an issuer wants: `singles` makes a code for each of `quota` people instead of one link."""

    issuer: str
    achievement: str
    quota: int
    days: int
    title: str = ""
    approval: bool = False
    singles: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """A new code, and the single codes: they are shown this once, the store has only their hashes."""

    code: Code
    singles: tuple[str, ...] = ()


# --- for issuers ------------------------------------------------------------------------------------------


async def make(ports: Ports, order: CodeOrder, once: str = "") -> Made:
    """Create a code; once for that key, and with the same single codes.

    InputError: "quota_malformed", "days_malformed", "title_malformed", "evidence_required". NotFoundError:
    unknown_issuer, unknown_achievement. ConflictError: "achievement_retired", "codes_lost". ReusedKeyError.
    ForbiddenError, UnavailableError.
    """
    await issuer(ports, order.issuer)
    check(ports, "award", order.issuer)
    most = MOST_SINGLES if order.singles else MOST
    if not 1 <= order.quota <= most:
        raise InputError("quota_malformed", f"A code is for 1 to {most} people.", "quota")
    if not 1 <= order.days <= MAX_DAYS:
        raise InputError("days_malformed", f"A code is good for 1 to {MAX_DAYS} days.", "days")
    title = one_line(order.title).strip()
    if len(title) > 200:
        raise InputError("title_malformed", "A title has at most 200 letters.", "title")
    achievement = await awarding.find_achievement(ports, awarding.Order(order.issuer, order.achievement, ""))
    if achievement.evidence_required:
        raise InputError(
            "evidence_required",
            f"{achievement.slug} is awarded only with evidence, which no code can bring.",
            "badge",
        )
    await check_writable(ports)
    # The same request sent twice makes the same id, and the same single codes.
    now, same = ports.now(), hash_of(f"code {ports.who.person} {once}")[:32] if once else ""
    words = await (_new_words(ports, order.quota, same) if order.singles else _new_words(ports, 1))
    code = Code(
        id=same or ports.new_id(),
        issuer=order.issuer,
        achievement=achievement.slug,
        title=title,
        word=None if order.singles else words[0],
        quota=order.quota,
        taken=0,
        approval=order.approval,
        expires_at=now + timedelta(days=order.days),
        created_at=now,
    )
    hashes = [hash_of(word) for word in words] if order.singles else []
    singles = tuple(map(spaced, words)) if order.singles else ()
    try:
        await ports.store.put_code(code, hashes, code_leaf(code, now, ports.new_salt()))
    except ConflictError:
        known = await ports.store.code(same) if same else None
        if known is None:
            raise
        return await _again(ports, known, Made(code, singles))
    return Made(code, singles)


async def _again(ports: Ports, known: Code, wanted: Made) -> Made:
    """What the same request made before."""
    if _asked_for(known) != _asked_for(wanted.code):
        message = "This Idempotency-Key was used for another request."
        raise ReusedKeyError("idempotency_key_reused", message, "Idempotency-Key")
    for word in wanted.singles[:1]:
        found = await ports.store.code_named(normal(word), hash_of(normal(word)))
        if found is None or found.id != known.id:
            raise ConflictError(
                "codes_lost",
                "These codes were made with keys that are not there any more: close them, and make others.",
            )
    return Made(known, wanted.singles)


def _asked_for(code: Code) -> tuple[object, ...]:
    about = (code.issuer, code.achievement, code.title, code.quota, code.approval)
    return (*about, code.word is None, code.expires_at - code.created_at)


async def codes(ports: Ports, slug: str, before: str | None = None) -> tuple[list[Code], str | None]:
    """A page of an issuer's codes, newest first, and the `before` of the next. ForbiddenError."""
    await issuer(ports, slug)
    check(ports, "award", slug)
    found = await ports.store.codes(slug, PAGE + 1, before)
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


async def all_codes(ports: Ports) -> list[Code]:
    """The newest codes of every issuer where who acts may award, newest first."""
    slugs = [row.slug for row in await ports.store.issuers() if may(ports.who, "award", row.slug)]
    found = [one for slug in slugs for one in await ports.store.codes(slug, PAGE)]
    return sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)[:PAGE]


async def find(ports: Ports, id: str) -> Code:
    """One code, for who may award at its issuer. NotFoundError("unknown_code"), ForbiddenError."""
    code = await ports.store.code(id)
    if code is None:
        raise NotFoundError("unknown_code", f"There is no code {id!r:.60} here.")
    check(ports, "award", code.issuer)
    return code


async def uses(
    ports: Ports, id: str, state: UseState | None = None, before: str | None = None
) -> tuple[list[CodeUse], str | None]:
    """A page of who used it, newest first, and the `before` of the next. As `find`."""
    code = await find(ports, id)
    found = await ports.store.code_uses(code.id, state, PAGE + 1, before)
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


async def close(ports: Ports, id: str) -> Code:
    """Let nobody use it any more; who waits can still be approved. ConflictError("already_closed"), and as
    `find`."""
    code = await find(ports, id)
    await check_writable(ports)
    closed = replace(code, closed_at=ports.now())
    if not await ports.store.close_code(id, ports.now(), code_leaf(closed, ports.now(), ports.new_salt())):
        raise ConflictError("already_closed", "This code is closed already; nothing was changed.")
    return closed


async def approve(ports: Ports, use: str) -> CodeUse:
    """Say yes to who waits, and award it. NotFoundError("unknown_use"), ConflictError("not_waiting"),
    ForbiddenError; as `award`."""
    code, asked = await _asked(ports, use)
    await check_writable(ports)
    await _address(ports, asked.person)
    await _decide(ports, code, asked, "granted")
    return await _award(ports, code, replace(asked, state="granted"))


async def approve_all(ports: Ports, id: str) -> int:
    """`approve` for everybody who waits; how many."""
    code, count = await find(ports, id), 0
    while waiting := await ports.store.code_uses(code.id, "waiting", PAGE):
        for one in reversed(waiting):
            await approve(ports, one.id)
            count += 1
    return count


async def refuse(ports: Ports, use: str) -> CodeUse:
    """Say no to who waits: their place is free again, and they cannot ask once more. As `approve`."""
    code, asked = await _asked(ports, use)
    await check_writable(ports)
    await _decide(ports, code, asked, "refused")
    return replace(asked, state="refused")


async def _asked(ports: Ports, id: str) -> tuple[Code, CodeUse]:
    found = await ports.store.code_use(id)
    if found is None:
        raise NotFoundError("unknown_use", f"Nobody asked under {id!r:.60} here.")
    return await find(ports, found.code), found


async def _decide(ports: Ports, code: Code, asked: CodeUse, state: UseState) -> None:
    leaf = approve_leaf(code.id, asked.id, state == "granted", ports.now(), ports.new_salt())
    if not await ports.store.settle_use(asked.id, "waiting", state, leaf=leaf):
        raise ConflictError("not_waiting", "They do not wait for an answer any more; nothing was changed.")


# --- for who claims ---------------------------------------------------------------------------------------


async def named(ports: Ports, word: str) -> Code:
    """The code that a word stands for, as it was typed. NotFoundError("unknown_code")."""
    word = normal(word)
    code = await ports.store.code_named(word, hash_of(word)) if word else None
    if code is None:
        raise NotFoundError("unknown_code", "There is no such code here. Look at it once more.")
    return code


async def mine(ports: Ports, code: Code) -> CodeUse | None:
    """What came of it for who acts, if they used it."""
    return await ports.store.use_of(code.id, ports.who.person) if ports.who.person else None


async def invite(ports: Ports, word: str, address: str, browser: Browser, language: str = "") -> str:
    """Mail a link and a code to sign in, or up, with, which leads back here. As `sign_in.ask`; NotFoundError,
    ConflictError for a code that nobody gets a badge by any more."""
    await check_limit(ports, try_quotas(browser.network))
    code = await named(ports, word)
    check_open(code, ports.now())
    place = f"/claim/code/{spaced(normal(word))}"
    return await ask(ports, address, browser, language, invited=True, place=place)


async def use(ports: Ports, word: str, browser: Browser) -> CodeUse:
    """Take a place, and the badge with it unless somebody has to say yes first; who has one keeps it.

    NotFoundError("unknown_code"). ConflictError: "code_used_up", "code_over", "code_closed", "code_spent",
    "address_needed"; "use_refused". ForbiddenError, TooManyError; as `award`.
    """
    check_person(ports)
    await check_limit(ports, try_quotas(browser.network))
    code = await named(ports, word)
    known = await mine(ports, code)
    if known is None:
        await check_writable(ports)
        await _address(ports, ports.who.person)
        await _check_awardable(ports, code)
        single = "" if code.word else hash_of(normal(word))
        state: UseState = "waiting" if code.approval else "granted"
        wanted = CodeUse(ports.new_id(), code.id, ports.who.person, state, ports.now())
        known = await ports.store.use_code(wanted, single)
    if known.state == "refused":
        raise ConflictError(
            "use_refused", "Its issuer said no to this. Ask them, if you think they should not have."
        )
    return await _award(ports, code, known) if known.state == "granted" else known


def check_open(code: Code, now: datetime) -> None:
    """ConflictError: "code_closed", "code_over", "code_used_up"."""
    if code.closed_at is not None or code.expires_at <= now or code.taken >= code.quota:
        raise why_not(code, now)


async def finish_uses(ports: Ports) -> int:
    """Award what was granted and never awarded; how many. What cannot be done now is left."""
    count = 0
    for left in await ports.store.open_uses(ports.now() - _GRACE, PAGE):
        code = await ports.store.code(left.code)
        if code is None:
            continue
        try:
            await _award(ports, code, left)
            count += 1
        except ExchangeError as error:
            logging.getLogger("exchange").warning("the use %s of a code has no badge yet: %s", left.id, error)
    return count


async def _check_awardable(ports: Ports, code: Code) -> None:
    """ConflictError: "achievement_retired"; "evidence_needed", since a newer version may want some."""
    found = await awarding.find_achievement(ports, awarding.Order(code.issuer, code.achievement, ""))
    if found.evidence_required:
        raise ConflictError(
            "evidence_needed", "This badge takes evidence by now, which no code can bring. Ask its issuer."
        )


async def _award(ports: Ports, code: Code, granted: CodeUse) -> CodeUse:
    """The badge for a place, once; its holder has asked for it, so they have accepted it."""
    service = replace(ports, who=SHELL)
    name = f"code:{code.id}:{granted.id}"
    once = Once(name, hashlib.sha256(name.encode()).hexdigest(), ports.now())
    to = f"mailto:{await _address(ports, granted.person)}"
    order = awarding.Order(code.issuer, code.achievement, to, mail=code.approval)
    made = await awarding.award(service, order, once)
    await settle(ports, made.key, code.issuer, "accept")
    await ports.store.settle_use(granted.id, "granted", "awarded", made.key)
    return replace(granted, state="awarded", badge=made.key)


async def _address(ports: Ports, person: str) -> str:
    """Where their badge goes to: the first address that they have verified, the primary one before others."""
    known = await ports.store.person(person)
    if known is None or known.state != "active":
        raise ForbiddenError("account_suspended", "This account is suspended. Ask who runs this exchange.")
    for one in await ports.store.addresses(person):
        if one.verified_at and not one.former:
            return one.address
    raise ConflictError(
        "address_needed", "A badge goes to an address. Add one to your account and verify it."
    )


# --- words ------------------------------------------------------------------------------------------------


def normal(word: str) -> str:
    """A word as it is on record, however it was typed; `""` for what is none."""
    text = re.sub(r"[\s-]", "", word.lower()).translate(_LIKE)
    return text if len(text) == LETTERS and set(text) <= set(ALPHABET) else ""


def spaced(word: str) -> str:
    """As people read it: `abcd-efgh-jkmn`."""
    return "-".join(word[start : start + 4] for start in range(0, len(word), 4))


def link(base_url: str, words: str) -> str:
    """Where a code leads, given its word in either form."""
    return f"{base_url}/claim/code/{spaced(normal(words))}"


def links(base_url: str, words: Sequence[str]) -> list[str]:
    return [link(base_url, word) for word in words]


async def _new_words(ports: Ports, count: int, name: str = "") -> list[str]:
    """60 bits each, too many to be guessed at the pace that is let through: random or, for a `name`, the same
    each time and known to nobody but this exchange."""
    seed = await ports.sealer.derive(f"codes/{name}") if name else ports.new_key(32)
    return [_word(hashlib.sha256(seed + number.to_bytes(4, "big")).digest()) for number in range(count)]


def _word(digest: bytes) -> str:
    number = int.from_bytes(digest[:8], "big")
    return "".join(ALPHABET[number >> (5 * place) & 31] for place in range(LETTERS))
