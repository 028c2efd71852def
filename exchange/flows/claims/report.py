"""Report: the holder of a badge tells who answers for its issuer that something is wrong with it.

By a mail to each owner, and nothing else: what they wrote is on record only until it was sent. Changing the
badge is the issuer's.
"""

from __future__ import annotations

from exchange.core.plain_text import plain
from exchange.errors import ConflictError, InputError
from exchange.flows.claims.mine import find_mine
from exchange.flows.instance.standing import check_writable
from exchange.flows.mail.post import report_mail
from exchange.flows.people.owners import owners_of
from exchange.flows.ports import Ports
from exchange.flows.sign_in.limits import check_limit, report_quotas
from exchange.flows.sign_in.secrets import hash_of

MAX_WORDS = 2000


async def report(ports: Ports, name: str, words: str, once: str = "") -> None:
    """Mail `words` to the owners of its issuer, once for that key.

    NotFoundError("unknown_badge") unless it is theirs who act. InputError("words_missing"),
    ConflictError("nobody_to_tell"), TooManyError, UnavailableError.
    """
    badge = await find_mine(ports, name)
    words = plain(words, MAX_WORDS + 1).strip()
    if not words or len(words) > MAX_WORDS:
        raise InputError("words_missing", f"Say what is wrong, in at most {MAX_WORDS} characters.", "words")
    await check_writable(ports)
    owners = await owners_of(ports, badge.issuer)
    if not owners:
        raise ConflictError(
            "nobody_to_tell", "Nobody answers for this issuer here. Ask who runs this exchange."
        )
    await check_limit(ports, report_quotas(ports.who.person, badge.id))
    key = once or ports.new_id()
    ids = {to: hash_of(f"report {ports.who.person} {key} {to}") for to in owners}
    try:
        await ports.store.post([report_mail(ports, id, badge.id, to, words) for to, id in ids.items()])
    except ConflictError as error:
        if error.code != "conflict":
            raise
        return  # the same form was sent twice
    ports.bell.ring()
