"""About: everything that was issued, endorsed or revoked about somebody, each with its proof."""

from __future__ import annotations

from dataclasses import dataclass

from exchange.core import urls
from exchange.core.log_entry import LogEntry, read_entry
from exchange.core.log_proof import LogProof
from exchange.flows.award import identifier_of, recipient_of
from exchange.flows.log import prove
from exchange.flows.ports import Ports
from exchange.flows.records import LogRecord
from exchange.flows.status import find_badge


@dataclass(frozen=True, slots=True)
class Told:
    """One entry about somebody: what it says, and the proof that it is in the log, with its content."""

    record: LogRecord
    entry: LogEntry
    proof: LogProof

    @property
    def badge(self) -> str:
        """The URL of the badge it is about, `""` when it is about none, or when that was erased."""
        return str((self.record.content or {}).get("badge", ""))

    @property
    def reason(self) -> str:
        """Why, where a reason was asked for."""
        return str((self.record.content or {}).get("reason", ""))


@dataclass(frozen=True, slots=True)
class About:
    """Everything about `who`, in its one written form, the oldest first."""

    who: str
    told: list[Told]


async def about(ports: Ports, who: str) -> About:
    """Everything about a person (`mailto:…`, an address, a DID, an https URL) or about a badge of ours.

    InputError("recipient_malformed"); NotFoundError("unknown_badge") for the address of no badge.
    """
    names = await _names_of(ports, who.strip())
    found = [record for name in names for record in await ports.store.log_about(name)]
    records = sorted(found, key=lambda record: record.position)
    told = [Told(record, read_entry(record.entry), await prove(ports, record)) for record in records]
    return About(names[0].partition(":")[2], told)


async def _names_of(ports: Ports, who: str) -> list[str]:
    """Under which names the log may have it; an address once stood there in the letters it was typed in."""
    key = urls.key_of(ports.bases, "badges", who)
    if key and (key != who or await ports.store.badge(key)):
        return [f"badge:{(await find_badge(ports, who, unsigned=True)).id}"]
    return list(dict.fromkeys([f"person:{recipient_of(who)}", f"person:{identifier_of(who)}"]))
