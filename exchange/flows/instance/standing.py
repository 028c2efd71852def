"""Standing: may this instance write, and if not, why and what is to be done.

Three things can forbid it. A hold on record: the database was restored from a backup, or an older copy of it
was put in its place, and an operator has to acknowledge that (`restore.py`). The database itself, as
this process has met it: a full disk, an I/O error, a flush that failed. And too little room on its disk.

While it may not, everything that signs or writes a promise is refused with UnavailableError("read_only"),
and everything that reads goes on. Status lists are served as they were last signed; a list lives 24 hours, so
when that is over verifiers can no longer tell whether a badge was revoked, and say so. Signing in and out
goes on: a session is no promise.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

from exchange.errors import UnavailableError
from exchange.flows.ports import Ports
from exchange.flows.records import HELD

PUBLIC = "This exchange is read-only just now. Badges can be seen and verified, but nothing can be changed."

Why = Literal["restored", "rolled_back"]


@dataclass(frozen=True, slots=True)
class Hold:
    """Why an operator has to look before anything is written.

    `size` is how many entries the log has here; `missing` how many that a checkpoint held elsewhere vouches
    for are not here; `note` is that checkpoint. `whole`: such a checkpoint shows that nothing it vouches for
    is missing; without one nobody can tell.
    """

    why: Why
    size: int = 0
    missing: int = 0
    whole: bool = False
    note: str = ""

    def to_text(self) -> str:
        """As it is kept under HELD."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class Standing:
    """Why nothing may be written; `message` says what is the matter, `remedy` what to do about it."""

    code: Literal["restored", "rolled_back", "database_fault"]
    message: str
    remedy: str
    hold: Hold | None = None


async def standing(ports: Ports) -> Standing | None:
    """Why nothing may be written just now; None when it may."""
    if hold := read_hold(await ports.store.meta(HELD)):
        return Standing(hold.why, _message(hold), _remedy(hold), hold)
    if fault := ports.store.fault():
        said, _, remedy = fault.partition(". ")
        return Standing("database_fault", f"{said}.", remedy)
    return None


async def check_writable(ports: Ports) -> None:
    """UnavailableError("read_only") when nothing may be written just now."""
    if found := await standing(ports):
        raise UnavailableError(
            "read_only", f"This exchange is read-only just now. {found.message} {found.remedy}"
        )


def read_hold(kept: str | None) -> Hold | None:
    """The hold that is on record, if there is one."""
    return Hold(**json.loads(kept)) if kept else None


def _message(hold: Hold) -> str:
    what = {
        "restored": "It was restored from a backup",
        "rolled_back": "Its database is older than the last checkpoint that was signed here",
    }[hold.why]
    if hold.missing:
        entries = "1 entry" if hold.missing == 1 else f"{hold.missing} entries"
        return f"{what}. A signed checkpoint vouches for at least {entries} of the log that it does not have."
    if hold.whole:
        return f"{what}, and nothing that the newest checkpoint at hand vouches for is missing."
    return f"{what}, and no checkpoint at hand tells whether anything was signed after that."


def _remedy(hold: Hold) -> str:
    if hold.whole:
        return (
            "Acknowledge it at the desk, or with: exchange restore --acknowledge, and --newest if you know "
            "that nothing was signed after that checkpoint: then the log goes on"
        )
    number = f" --missing {hold.missing}" if hold.missing else ""
    return f"Acknowledge it at the desk, or with: exchange restore --acknowledge{number}"
