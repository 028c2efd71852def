"""Bring: a badge that was issued elsewhere, by its file, its text or its address, to be kept beside one's
own.

It is verified before it is kept. What is not valid is refused in the words of its verdict, except what is
merely over: it was earned all the same, and says so. What cannot be told is kept, and says that.
"""

from __future__ import annotations

import asyncio
import logging
from hashlib import sha256

from exchange.core import urls
from exchange.core.bake import MAX_FILE
from exchange.core.portfolio.imported import Seen, believe
from exchange.core.verdict.verdict import Verdict
from exchange.errors import ConflictError, ExchangeError, ForbiddenError, InputError
from exchange.flows.imported.look import keeper, look
from exchange.flows.imported.records import MOST, MOST_BYTES, Brought, Imported
from exchange.flows.imported.signed import taken_out
from exchange.flows.instance.standing import check_writable
from exchange.flows.ports import Ports
from exchange.flows.sign_in.limits import bring_quotas, check_limit

PICTURE_BYTES = 400_000
"""A picture that is larger after it was redrawn is not kept."""
_PNG = b"\x89PNG"


class NotValidError(InputError):
    """What was brought is not valid; `verdict` says why, check by check."""

    def __init__(self, verdict: Verdict) -> None:
        fault = next((one for one in verdict.findings if one.level == "error"), None)
        super().__init__("badge_not_valid", fault.message if fault else "It is not valid.")
        self.verdict = verdict


async def bring(ports: Ports, data: bytes, url: str = "", person: str = "") -> Imported:
    """Keep a badge for who acts (the shell names a `person`): the bytes in `data`, or what lies at `url`. The
    same bytes again are the one that is there, looked at anew.

    InputError: "nothing_to_bring", "image_too_large", "badge_not_valid" (NotValidError), "not_fetched".
    ForbiddenError("recipient_other"), ConflictError: "issued_here", "imported_full". TooManyError,
    UnavailableError.
    """
    me = await keeper(ports, person)
    if bool(data.strip()) == bool(url):
        raise InputError("nothing_to_bring", "Give one badge: a file, its text, or its address.")
    if len(data) > MAX_FILE:
        raise InputError("image_too_large", f"The file has {len(data)} bytes; at most {MAX_FILE} are read.")
    await check_writable(ports)
    await check_limit(ports, bring_quotas(me))
    looked = await look(ports, me, data, url)
    if not looked.data:
        raise InputError("not_fetched", looked.seen.trouble or "There is nothing at that address.", "/url")
    _refuse(ports, looked.seen, looked.verdict)
    now, picture = ports.now(), await _picture(ports, looked.data, looked.seen)
    row = Imported(
        id=ports.new_id(),
        person=me,
        digest=sha256(looked.data).hexdigest(),
        media_type=_media_type(looked.data, looked.verdict.kind),
        size=len(looked.data),
        source=url,
        picture=picture is not None,
        added_at=now,
        look=believe(None, looked.seen, now),
    )
    document = await taken_out(ports, looked.data)
    brought = Brought(row, looked.data, picture, document)
    kept = await ports.store.bring_imported(brought, MOST, MOST_BYTES)
    if kept.id != row.id:
        await ports.store.put_look(kept.id, believe(kept.look, looked.seen, now), document)
        (kept,) = await ports.store.imported([kept.id])
    return kept


def _refuse(ports: Ports, seen: Seen, verdict: Verdict) -> None:
    wrong = {one.code for one in verdict.findings if one.level == "error"}
    if wrong - {"expired"}:
        raise NotValidError(verdict)
    id = seen.outline.id if seen.outline else ""
    if id.startswith(tuple(urls.badge(base, "") for base in ports.bases)):
        raise ConflictError(
            "issued_here",
            "This badge was issued here. It is among your own badges once you have verified the address that "
            "it went to, and accepted it.",
        )
    if seen.recipient == "other":
        raise ForbiddenError(
            "recipient_other",
            "It is genuine, but none of the addresses that you have verified is the one it was issued to. If "
            "it went to another address of yours, add and verify that one, and bring the badge again.",
        )


async def _picture(ports: Ports, data: bytes, seen: Seen) -> bytes | None:
    """The picture that a badge came in, redrawn; None for other files, and for what cannot be redrawn."""
    if not data.startswith(_PNG) or seen.outline is None:
        return None
    try:
        made = await asyncio.to_thread(ports.draw.given, "badge", "", data, None)
    except ExchangeError as error:
        logging.getLogger("exchange").info("the picture of a badge is not kept: %s", error)
        return None
    return made.png if len(made.png) <= PICTURE_BYTES else None


def _media_type(data: bytes, kind: str) -> str:
    """What it is by its own bytes, not by what somebody called it."""
    if data.startswith(_PNG):
        return "image/png"
    older = kind == "open_badge_2"
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"{"):
        return "application/json" if older else "application/vc"
    if head.startswith(b"%PDF"):
        return "application/pdf"
    if head.startswith((b"<", b"\x00<", b"\xff\xfe<", b"\xfe\xff")):
        return "image/svg+xml"
    return "application/jwt" if older else "application/vc+jwt"
