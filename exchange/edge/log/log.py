"""The log in public: its checkpoints, proofs and entries for whoever watches it, and a page that explains it.

An entry names nobody; what it commits to is not served here. What is signed is the last checkpoint: the
service signs another within half a minute after the log has grown.
"""

from __future__ import annotations

from datetime import datetime

from litestar import Response
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.core.keys.multibase import base64_encode
from exchange.core.log.checkpoint import peek_checkpoint
from exchange.core.log.entry import read_entry
from exchange.core.log.evidence import Consistency
from exchange.edge.http import shapes
from exchange.edge.http.describe import JSON, Operation, Parameter, described, found
from exchange.edge.http.replies import FRESH, AnyRequest, reads, reply
from exchange.edge.http.site import Site, TheSite
from exchange.errors import InputError
from exchange.flows.log import log as flow

_SIZE = {"type": "integer", "minimum": 0}
_TEXT = "text/plain; charset=utf-8"


_NOTE = {"text/plain": {"type": "string", "minLength": 1}}
_UNSIGNED = "signing_stopped key_unavailable read_only clock_wrong log_damaged"
CHECKPOINT = Operation("The log", found("A signed note.", _NOTE), {503: _UNSIGNED})
KEY = Operation("The log", found("The key, as `name+hash+key`.", _NOTE), {503: _UNSIGNED})
CONSISTENCY = Operation(
    "The log",
    found("The proof.", {JSON: shapes.Consistency}),
    {400: "size_malformed", 404: "log_size_out_of_range", 503: _UNSIGNED},
    parameters=(
        Parameter("from", "query", _SIZE, "The older size.", required=True),
        Parameter("to", "query", _SIZE, "The newer size."),
    ),
)
PROOF = Operation(
    "The log",
    found("The proof.", {JSON: shapes.LogProof}),
    {404: "unknown_entry not_in_log", 503: _UNSIGNED},
)
ENTRY = Operation(
    "The log",
    found("The entry.", {JSON: shapes.LogEntry}),
    {404: "unknown_entry", 503: "log_damaged"},
)


@reads("/log")
async def log_page(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """What the log is, how far it has come, and how to check it; for people."""
    note = await flow.last_checkpoint(site.ports)
    said = peek_checkpoint(note)
    key, _ = await flow.log_key(site.ports)
    return site.page(
        request,
        "log.html",
        size=await site.ports.store.log_size(),
        note=note.decode(),
        said=said,
        root=base64_encode(said.root),
        until=await _until(site, said.size),
        key=str(key),
    )


@reads("/log/checkpoint", public=True, opt=described(CHECKPOINT))
async def checkpoint(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """The last signed checkpoint, a signed note (c2sp.org/tlog-checkpoint)."""
    return reply(request, await flow.last_checkpoint(site.ports), _TEXT, cache=FRESH)


@reads("/log/key", public=True, opt=described(KEY))
async def key(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """The verifier key of the log. Who doubts this site asks for it elsewhere."""
    verifier, _ = await flow.log_key(site.ports)
    return reply(request, f"{verifier}\n".encode(), _TEXT, cache=FRESH)


@reads("/log/consistency", public=True, opt=described(CONSISTENCY))
async def consistency(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """`?from=` and `?to=`, two sizes; without `to`, that of the last checkpoint. The proof that the log only
    grew from the one to the other."""
    old = _size(request, "from")
    if "to" in request.query_params:
        new = _size(request, "to")
    else:
        new = peek_checkpoint(await flow.last_checkpoint(site.ports)).size
    found = Consistency(old, new, await flow.consistency(site.ports, old, new))
    return reply(request, strict_json.dump(found.to_json()), JSON, cache=FRESH)


@reads("/log/proof/{position:int}", public=True, opt=described(PROOF))
async def proof(request: AnyRequest, site: TheSite, position: FromPath[int]) -> Response[bytes]:
    """The proof that the entry of that number is in the log, without what it commits to."""
    found = await flow.prove_position(site.ports, position)
    return reply(request, strict_json.dump(found.to_json()), JSON, cache=FRESH)


@reads("/log/entries/{position:int}", public=True, opt=described(ENTRY))
async def entry(request: AnyRequest, site: TheSite, position: FromPath[int]) -> Response[bytes]:
    """The bytes of an entry: those that the tree is made of."""
    return reply(request, (await flow.record_at(site.ports, position)).entry, JSON, cache=FRESH)


async def _until(site: Site, size: int) -> datetime | None:
    """When the last entry of a log of that size was made; None for a log without entries."""
    if size == 0:
        return None
    return read_entry((await flow.record_at(site.ports, size - 1)).entry).at


def _size(request: AnyRequest, name: str) -> int:
    text = request.query_params.get(name, "")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InputError("size_malformed", f"{name} is a size of the log, a whole number.", name)
    return int(text)
