"""Erasing people: not a byte that names them is left, anywhere this exchange wrote to.

Promise P14. People are awarded badges, sign in, get mails; names and reasons go into every table there is.
Some are erased while others are not. Then every file is searched for those who went, in every shape of
`personal_bytes` and as the hash that a badge has of an address: database, write-ahead log, home, a backup
made before and scrubbed, one made after, and a database restored from the old one. The control is the same
search before, which finds each of them; and one after, which finds who stayed.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from exchange.adapters.backup import open_backup, write_backup
from exchange.adapters.database.sqlite import SQLite
from exchange.core.portfolio.imported import Look, Outline
from exchange.core.portfolio.shown import Evidence
from exchange.core.roster import Row
from exchange.core.verdict.finding import Finding
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.status import revoke, suspend
from exchange.flows.badges.verify import verify
from exchange.flows.endorsements import write as written
from exchange.flows.endorsements.ask import Wish
from exchange.flows.endorsements.ask import ask as ask_peers
from exchange.flows.endorsements.endorse import endorse
from exchange.flows.endorsements.show import show
from exchange.flows.endorsements.write import write
from exchange.flows.imported.records import Brought, Imported
from exchange.flows.instance.backup import signed_checkpoint
from exchange.flows.instance.standing import Hold
from exchange.flows.issuers.sync import sync
from exchange.flows.log.fsck import fsck
from exchange.flows.log.log import award_proof, prove
from exchange.flows.mail.deliver import deliver_due
from exchange.flows.mail.post import notices, report_mail
from exchange.flows.orders import batches
from exchange.flows.orders.hold import hold
from exchange.flows.people import people, teams
from exchange.flows.people.erase import erase, erase_again
from exchange.flows.people.logged import passkey_leaf
from exchange.flows.people.records import (
    SHELL,
    Address,
    Browser,
    Identity,
    Passkey,
    Person,
    Principal,
    Ticket,
)
from exchange.flows.portfolios.make import make
from exchange.flows.portfolios.publish import Publish, publish
from exchange.flows.portfolios.share import Wish as ShareWish
from exchange.flows.portfolios.share import share
from exchange.flows.ports import Ports
from exchange.flows.recipients import status_many
from exchange.flows.recipients.records import Act, Wanted
from exchange.flows.records import Once
from exchange.flows.sign_in import tokens
from exchange.flows.sign_in.sign_in import ask, open_session
from exchange.flows.vouches import write as vouch
from exchange.flows.vouches.give import give
from exchange.flows.webhooks import webhooks
from tests.faults.house import House, store_of
from tests.personal_bytes import files_of, found
from tests.simulator import shipped_catalogues

LONG, SHORT = 10, 4
HERE = Browser("Firefox, Linux", "192.0.2.0/24")


@dataclass
class Figures:
    people: int = 0
    badges: int = 0
    searched: int = 0
    before: int = 0
    problems: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        return [
            f"{self.people} people with {self.badges} badges erased, {self.searched:,} bytes searched:",
            f"found before in {self.before} places, after in {len(self.problems)}",
            *self.problems[:20],
        ]


@dataclass
class Somebody:
    """A person with names that occur nowhere else."""

    number: int
    signed: list[bytes] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"Zoë Quist{self.number:04}xqz"

    @property
    def handle(self) -> str:
        return f"zoe-{self.number:04}-xqz"

    @property
    def address(self) -> str:
        return f"zoe.{self.number:04}@quist-xqz.example.org"

    @property
    def picture(self) -> bytes:
        """A picture's bytes, as good as any: the middle of them is what is searched for."""
        return b"\xff\xd8\xff" + self._face.encode() * 200

    @property
    def _face(self) -> str:
        return f"face-{self.number:04}-xqz"

    def traces(self) -> list[str]:
        return [
            self.name,
            self.handle,
            self.address,
            f"subject-{self.number:04}-xqz",
            *self._seen(),
            *self._hashes(),
        ]

    def _seen(self) -> list[str]:
        """Their picture, and the digest by which pages ask for it."""
        return [self._face, sha256(self.picture).hexdigest()]

    def _hashes(self) -> list[str]:
        """What the badges have instead of the address."""
        documents = [json.loads(body) for body in self.signed]
        return [one["credentialSubject"]["identifier"][0]["identityHash"] for one in documents]


async def main(rounds: int | None) -> Sequence[str]:
    with tempfile.TemporaryDirectory() as folder:
        return (await run(rounds or LONG, Path(folder))).lines()


async def run(count: int, folder: Path, *, fault: str = "", url: str = "") -> Figures:
    """Erase every other one of `count` people. `fault`: "rows-only" leaves the files as they are after the
    rows went; "list-lost" restores without the list of who was erased."""
    figures = Figures()
    home = folder / "home"
    house = await House(url or f"sqlite://{home / 'exchange.sqlite3'}", home).furnish()
    old, new = folder / "old.backup", folder / "new.backup"
    async with house.open() as ports:
        crowd = [Somebody(number) for number in range(count)]
        for one in crowd:
            await _live(ports, one)
        await _back_up(ports, home, old)
        gone, stay = crowd[::2], crowd[1::2]
        figures.before = _control(folder, gone)
        kept = await award_proof(ports, _key(stay[0].signed[0]))
        for one in gone:
            await _erase(ports, one, fault, figures)
        if fault == "rows-only" and isinstance(store_of(ports).engine, SQLite):
            figures.problems += _search(folder / "home", gone, figures)
            return figures
        await _check_others(ports, gone, stay, kept.entry, figures)
        await _back_up(ports, home, new)
        listed = [] if fault == "list-lost" else await ports.witness.erased()
    await _restore(old, folder / "again", listed)
    await _scrub(folder, old, listed)
    figures.problems += _search(folder, gone, figures)
    figures.problems += [f"{one.name} went too" for one in stay if not _search(folder, [one], Figures())]
    return figures


async def _live(ports: Ports, one: Somebody) -> None:
    person = await people.add(ports, one.name, one.address, one.handle)
    store, now = ports.store, ports.now()
    await open_session(ports, person, "link", HERE)
    await ask(ports, one.address, replace(HERE, network=f"10.{one.number // 256}.{one.number % 256}.0/24"))
    await tokens.add(ports, person.id, f"{one.name}'s robot", ["read"])
    await store.put_identity(Identity("https://op.example", f"subject-{one.number:04}-xqz", person.id, now))
    made = Passkey(f"key-{one.number}", person.id, bytes(32), 0, f"{one.name}'s phone", (), now, person.id)
    told = await notices(ports, person, "passkey-added", made.name, also=one.address)
    await store.put_passkey(made, passkey_leaf(made, now, ports.new_salt()), told)
    await store.put_picture(person.id, one.picture)
    if one.number == 0:
        await teams.add(ports, "guild", "Guild")
        await webhooks.add(ports, "team", "https://hr.example/in")
    await teams.join(ports, "guild", one.handle)
    for n, to in enumerate((one.address, one.address.title())):
        order = Order("team", "lead", f"mailto:{to}", narrative=f"{one.name} led it.")
        made = await award(ports, order, Once(f"{one.handle} {n}", one.name, now))
        one.signed.append(made.signed)
    await store.put_address(Address(one.address, person.id, now, is_primary=True))
    await _endorse(ports, one, person)
    await _bring(ports, one, person)
    await suspend(ports, _key(one.signed[0]), f"{one.name} asked for it")
    rows = [Row(1, one.address, (), f"{one.name} led it."), Row(2, one.handle)]
    await batches.draft(ports, Order("team", "lead", ""), rows)
    await hold(ports, Order("team", "lead", one.address, narrative=f"{one.name} leads."))
    key = _key(one.signed[1])
    told = report_mail(ports, ports.new_id(), key, "owner@example.org", f"{one.name} was not there")
    await store.post([told])
    ticket = Ticket(f"claim-{one.number}", "claim", now + timedelta(days=9), one.address, badge=key)
    await store.put_ticket(ticket, now)
    await deliver_due(ports, webhooks.CHANNEL, webhooks.carry, webhooks.PACE)
    theirs = status_many.Choice(Wanted("team"), (_key(one.signed[0]),))
    acts: tuple[Act, ...] = ("reinstate", "suspend")
    for act in acts:
        seen = await status_many.preview(ports, act, theirs)
        await status_many.begin(ports, act, theirs, f"{one.name} was right", seen.digest)
        await status_many.carry_on(ports)


async def _bring(ports: Ports, one: Somebody, person: Person) -> None:
    """A badge that somebody else gave them, with their name wherever there is room for it."""
    now, text = ports.now(), f"{one.name} <{one.address}>"
    look = Look(
        outline=Outline(id="https://elsewhere.example/1", name=text, evidence=(Evidence("", "", text),)),
        recipient="yours",
        known=False,
        state="valid",
        since=None,
        findings=(Finding("a_check", "ok", text),),
        stands=True,
        checked_at=now,
        tried_at=now,
        trouble=text,
        next_at=now,
    )
    digest = sha256(text.encode()).hexdigest()
    row = Imported(ports.new_id(), person.id, digest, "application/vc", 1, text, True, now, look)
    await ports.store.bring_imported(Brought(row, text.encode() * 500, one.picture, text.encode()), 9, 9)


async def _endorse(ports: Ports, one: Somebody, person: Person) -> None:
    """They and a guide endorse each other, and they ask for more."""
    guide = await ports.store.person_called("guide")
    if guide is None:
        guide = await people.add(ports, "Guide", "guide@example.org", "guide")
        await ports.store.put_address(Address("guide@example.org", guide.id, ports.now(), is_primary=True))
    theirs = await award(ports, Order("team", "lead", "guide@example.org"))
    as_guide = replace(ports, who=Principal(guide.id, "code", guide.name, confirmed_at=ports.now()))
    as_one = replace(ports, who=Principal(person.id, "code", person.name, confirmed_at=ports.now()))
    line = f"{one.name} led it."
    for who, badge in ((as_one, theirs.key), (as_guide, _key(one.signed[1]))):
        draft = await write(who, written.Order("badge", badge, line, "same-team"))
        made = await endorse(who, draft.id)
    await show(as_one, made.id)
    await write(as_guide, written.Order("badge", _key(one.signed[0]), line, "same-team"))
    wish = Wish(_key(one.signed[1]), ("guide@example.org", "else@example.org"), (), f"{one.name} asks.")
    await _vouch(as_one, as_guide, line)
    kept = await make(as_one, person.id, line, "skills")
    await share(as_one, kept.id, ShareWish(f"For the board, of {one.name}"))
    for handle in (f"was-{one.handle}", one.handle):
        await people.change(as_one, person.id, handle=handle)
    await publish(as_one, kept.id, Publish(one.handle, origins=[f"https://{one.handle}.example"]))
    await ask_peers(as_one, wish)
    await ask_peers(as_guide, Wish(theirs.key, (one.address,), (), f"For {one.name}."))


async def _vouch(as_one: Ports, as_guide: Ports, line: str) -> None:
    """They vouch for the guide, who thanks them, and leaves a draft."""
    if await as_one.store.issuer("vouches") is None:
        known = [one for one in shipped_catalogues() if one.slug in ("vouches", "commons")]
        await sync(replace(as_one, who=SHELL), known)
    proof = ("https://example.org/notes",)
    one, guide = as_one.who.person, as_guide.who.person
    thanks = vouch.Order(one, "commons/mentor", "mentee", line, proof)
    for who, order in (
        (as_one, vouch.Order(guide, "vouches/delivery", "same-team", line)),
        (as_guide, thanks),
    ):
        await give(who, (await vouch.write(who, order)).id)
    await vouch.write(as_guide, thanks)


async def _erase(ports: Ports, one: Somebody, fault: str, figures: Figures) -> None:
    store = store_of(ports)
    if fault == "rows-only":
        store.engine.scrub = _nothing  # type: ignore[method-assign]
    done = await erase(ports, one.handle, one.address)
    figures.people, figures.badges = figures.people + 1, figures.badges + done.badges
    if not await store.scrub():
        figures.problems.append(f"the files were not cleaned of {one.name}")


async def _nothing() -> bool:
    return True


async def _check_others(
    ports: Ports, gone: list[Somebody], stay: list[Somebody], entry: bytes, figures: Figures
) -> None:
    """The log is sound, proofs of others hold, and what the erased hold is as true as it was."""
    figures.problems += [one.message for one in (await fsck(ports)).findings if one.level != "ok"]
    if (await award_proof(ports, _key(stay[0].signed[0]))).entry != entry:
        figures.problems.append("another proof than before")
    for record in await ports.store.log_records(0, 10_000):
        await prove(ports, record)
    for one in gone:
        outcomes = [(await verify(ports, body)).outcome for body in one.signed]
        if outcomes != ["invalid", "valid"]:
            figures.problems.append(f"badges of {one.name}: {outcomes}")
    await revoke(ports, _key(gone[0].signed[1]), "A mistake")
    if (await verify(ports, gone[0].signed[1])).outcome != "invalid":
        figures.problems.append("a badge of who was erased cannot be revoked")


async def _back_up(ports: Ports, home: Path, path: Path) -> None:
    note, _ = await signed_checkpoint(ports)
    await write_backup(store_of(ports), home, note, path, ports.now())


async def _restore(backup: Path, home: Path, listed: list[str]) -> None:
    house = House(f"sqlite://{home / 'exchange.sqlite3'}", home)
    with open_backup(backup) as archive:
        await archive.restore(house.url, home, Hold("restored").to_text())
    async with house.open() as ports:
        await erase_again(ports, listed)


async def _scrub(folder: Path, backup: Path, listed: list[str]) -> None:
    """As `exchange backup FILE --scrub` does it."""
    aside = folder / "aside"
    await _restore(backup, aside, listed)
    async with House(f"sqlite://{aside / 'exchange.sqlite3'}", aside).open() as ports:
        await write_backup(store_of(ports), aside, b"", backup, ports.now(), replace=True)
    shutil.rmtree(aside)


def _control(folder: Path, gone: list[Somebody]) -> int:
    """Each trace of each of them is there to be found."""
    places = _search(folder, gone, Figures())
    for one in gone:
        for trace in one.traces():
            assert any(repr(trace) in place for place in places), trace
    return len(places)


def _search(folder: Path, whom: list[Somebody], figures: Figures) -> list[str]:
    traces = [trace for one in whom for trace in one.traces()]
    told = []
    for name, body in files_of(folder):
        figures.searched += len(body)
        told += found(traces, name, body)
    return told


def _key(signed: bytes) -> str:
    id: Any = json.loads(signed)["id"]
    return str(id).rpartition("/")[2]
