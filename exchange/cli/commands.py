"""The commands: decode the arguments, call one flow, say what came of it."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from dataclasses import replace

from exchange.adapters.saved_documents import read_saved
from exchange.cli import achievements, catalogues, codes, orders, people, reports
from exchange.cli import log as logs
from exchange.cli.arguments import UsageError
from exchange.cli.backup import backup
from exchange.cli.bulk import award_file
from exchange.cli.endorse import endorse, endorsements, withdraw
from exchange.cli.files import new_folder, read_file, write_new
from exchange.cli.imported import imported
from exchange.cli.keys import keys
from exchange.cli.mail import mail
from exchange.cli.output import Reply
from exchange.cli.portfolios import portfolios
from exchange.cli.recipients import recipients
from exchange.cli.trust import trust
from exchange.cli.verdicts import verdict_reply
from exchange.cli.vouches import vouches
from exchange.cli.webhooks import webhooks
from exchange.core import urls
from exchange.core.dates import format_date
from exchange.core.verdict.documents import Document
from exchange.errors import ExchangeError, UnavailableError
from exchange.flows.badges import award as awarding
from exchange.flows.badges import status
from exchange.flows.badges import verify as verifying
from exchange.flows.instance.confirm import confirm_clock
from exchange.flows.log import log as logbook
from exchange.flows.orders.hold import hold
from exchange.flows.ports import Ports
from exchange.flows.records import StatusChange
from exchange.settings import Settings


async def issuers(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange issuers sync|export …`"""
    return await catalogues.ACTIONS[args.action](ports, settings, args)


async def log(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange log fsck|prove|checkpoint|about …`"""
    return await logs.ACTIONS[args.action](ports, args)


async def award(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange award ISSUER/BADGE --to …`: the signed credential, its two pictures and the proof that it
    is in the log, as files."""
    if args.to_file is not None:
        return await award_file(ports, args)
    if args.dry_run or args.skip_wrong:
        raise UsageError("argument --to: not allowed with --dry-run or --skip-wrong.", "exchange award")
    issuer, badge = args.badge
    out = await asyncio.to_thread(new_folder, args.out or settings.home / "awards")
    order = awarding.Order(
        issuer,
        badge,
        args.to,
        tuple(args.evidence),
        args.narrative,
        args.valid_until,
        args.proof,
        not args.no_mail,
    )
    if args.hold:
        kept = await hold(ports, order)
        return Reply(orders.held_value(kept), [("", f"held {kept.id} until somebody else approves it")])
    awarded = await awarding.award(ports, order)
    bodies = {awarded.extension: awarded.signed, "png": awarded.png, "svg": awarded.svg}
    warnings = []
    try:
        proof = await logbook.award_proof(ports, awarded.key)
        bodies["log.json"] = logs.document(proof.to_json())
    except ExchangeError as error:  # the badge is as good without: whoever wants the proof can ask again
        warnings = [("warning", f"  no proof that it is in the log: {error.message}")]
    files = {out / f"{badge}-{awarded.key}.{extension}": body for extension, body in bodies.items()}
    try:
        await asyncio.to_thread(write_new, files)
    except OSError as error:
        raise UnavailableError(
            "files_not_written",
            f"The badge is awarded and on record as {awarded.id}, but its files were not written: {error}.",
        ) from None
    paths = [str(path) for path in files]
    lines = [("", f"awarded {awarded.id}"), *(("", f"  {path}") for path in paths), *warnings]
    return Reply({"id": awarded.id, "files": paths}, lines)


async def verify(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange verify FILE|URL|-`: the verdict; a picture, a text or an address alike."""
    options = verifying.Options(
        at=args.at,
        recipient=args.recipient,
        expect=args.expect,
        documents=await asyncio.to_thread(read_saved, args.documents) if args.documents else None,
        trusted=True,
        domain=args.domain,
        challenge=args.challenge,
    )
    if args.offline:
        ports = replace(ports, web=Offline())
    if args.badge.startswith(("https://", "http://")):
        return verdict_reply(await verifying.verify_url(ports, args.badge, options))
    return verdict_reply(
        await verifying.verify(ports, await asyncio.to_thread(read_file, args.badge), options)
    )


async def revoke(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange revoke ID --reason …`"""
    change = await status.revoke(ports, args.badge, args.reason, mail=not args.no_mail)
    return _changed(ports, "revoked", change)


async def suspend(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange suspend ID --reason …`"""
    change = await status.suspend(ports, args.badge, args.reason, mail=not args.no_mail)
    return _changed(ports, "suspended", change)


async def reinstate(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange reinstate ID --reason …`"""
    change = await status.reinstate(ports, args.badge, args.reason, mail=not args.no_mail)
    return _changed(ports, "reinstated", change)


async def clock(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange clock confirm --reason …`"""
    done = await confirm_clock(ports, args.reason)
    badges = [urls.badge(ports.base_url, key) for key in done.badges]
    said = f"entry {done.entry}: the clock is right now; the log was at {format_date(done.newest)}"
    lines = [("", said)]
    if badges:
        lines.append(("warning", "  These bear a time that is still to come: revoke them, and award again."))
        lines += [("", f"  {badge}") for badge in badges]
    return Reply({"entry": done.entry, "newest": format_date(done.newest), "badges": badges}, lines)


COMMANDS = {
    "clock": clock,
    "codes": codes.codes,
    "backup": backup,
    "people": people.people,
    "teams": people.teams,
    "roles": people.roles,
    "tokens": people.tokens,
    "imported": imported,
    "issuers": issuers,
    "keys": keys,
    "mail": mail,
    "achievements": achievements.achievements,
    "award": award,
    "batches": orders.batches_,
    "held": orders.held,
    "portfolios": portfolios,
    "endorse": endorse,
    "withdraw": withdraw,
    "endorsements": endorsements,
    "reports": reports.reports,
    "trust": trust,
    "verify": verify,
    "vouches": vouches,
    "log": log,
    "revoke": revoke,
    "suspend": suspend,
    "reinstate": reinstate,
    "recipients": recipients,
    "webhooks": webhooks,
}


class Offline:
    """The web of `verify --offline`: nothing leaves the process."""

    def for_one_verify(self) -> Offline:
        return self

    async def fetch(self, url: str, *, through: bool = False) -> Document:
        return Document(url, 0, "", b"", "nothing is fetched with --offline")


def _changed(ports: Ports, what: str, change: StatusChange) -> Reply:
    badge = urls.badge(ports.base_url, change.badge)
    value = {
        "id": badge,
        "purpose": change.purpose,
        "on": change.on,
        "reason": change.reason,
        "at": format_date(change.at),
    }
    return Reply(value, [("", f"{what} {badge}: {change.reason}")])
