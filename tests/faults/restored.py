"""A lost database, and an older copy of it in its place: it is held, and nothing is given out twice.

Promise P15. Each round has a history of its own: a backup somewhere in it, more effects and checkpoints after
that, then the database is gone. It is restored with the newest checkpoint at hand, with that of the backup,
or with none; whoever acknowledges it is honest, and says that a checkpoint is the newest only if it is.
Chance is the same in both lives, so that what is not kept apart is met.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from exchange.core.log.checkpoint import Checkpoint, peek_checkpoint
from exchange.errors import ExchangeError
from exchange.flows.badges import status
from exchange.flows.badges.award import Awarded
from exchange.flows.instance import restore
from exchange.flows.instance.standing import Hold, standing
from exchange.flows.issuers.sync import sync
from exchange.flows.log.fsck import fsck
from exchange.flows.log.log import checkpoint
from exchange.flows.records import HELD
from tests.adapters.database.backups.instance import Instance, opened, put_back
from tests.simulator import World
from tests.team import TEAM

LONG, SHORT = 100, 6
BROKEN = ("unheld", "lists-go-on", "log-goes-on")
GIVEN = "SELECT list_id, list_index FROM status_slot"


@dataclass
class Life:
    """What came out of an exchange until its database was lost, or to the end."""

    badges: list[Awarded] = field(default_factory=list)
    revoked: set[str] = field(default_factory=set)
    slots: set[tuple[str, int]] = field(default_factory=set)
    notes: list[Checkpoint] = field(default_factory=list)


@dataclass
class Figures:
    rounds: int = 0
    stale: int = 0
    missing: int = 0
    refused: int = 0
    went_on: int = 0
    effects: int = 0
    slots: int = 0
    notes: int = 0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.rounds} restores, {self.stale} of a stale backup with the newest checkpoint at hand, "
            f"which missed {self.missing} entries; {self.refused} tries refused before the acknowledgement; "
            f"{self.went_on} logs went on; {self.effects} effects, {self.slots} status indices and "
            f"{self.notes} checkpoints over both lives; "
            f"{len(self.problems)} problems{self.problems[:3] or ''}"
        )


async def live(one: Instance, life: Life, chance: random.Random) -> None:
    """A few effects, some of them followed by a checkpoint that somebody takes along."""
    for _ in range(chance.randrange(1, 6)):
        life.badges.append(await one.award())
        if chance.random() < 0.4:
            badge = chance.choice(life.badges)
            if badge.key not in life.revoked:
                await status.revoke(one.ports, badge.key, "The wrong person")
                life.revoked.add(badge.key)
        if chance.random() < 0.5:
            life.notes.append(peek_checkpoint(await checkpoint(one.ports)))


async def one_round(folder: Path, chance: random.Random, figures: Figures, fault: str = "") -> None:
    world, before, after = World(), Life(), Life()
    file = folder / "one.backup"
    luck = random.Random(1)
    async with opened(f"sqlite://{folder}/a.sqlite3", folder / "a", world, luck) as source:
        await sync(source.ports, [TEAM])
        await live(source, before, chance)
        note = await source.backup(file)
        before.notes.append(peek_checkpoint(note))
        kept, revoked = list(before.badges), set(before.revoked)
        size, drawn = await source.store.log_size(), luck.getstate()
        if chance.random() < 0.8:
            await live(source, before, chance)
        newest = (await source.store.checkpoints(before.notes[-1].size - 1, 1))[0].note
        before.slots = {(row[0], row[1]) for row in await source.rows(GIVEN)}
    url = f"sqlite://{folder}/b.sqlite3"
    await put_back(file, url, folder / "b", folder / "a")
    luck.setstate(drawn)  # the indices that were given after the backup would be drawn again
    async with opened(url, folder / "b", world, luck) as back:
        at_hand = chance.choice(["newest", "the backup's", "none"])
        notes = {"newest": [newest], "the backup's": [note], "none": []}[at_hand]
        hold = await restore.hold(back.ports, "restored", notes)
        lost = max(0, before.notes[-1].size - size) if at_hand == "newest" else 0
        if hold.missing != lost:
            figures.problems.append(f"{lost} entries are missing, and {hold.missing} were missed")
        figures.stale += lost > 0
        figures.missing += hold.missing
        if fault == "unheld":
            await back.store.put_meta(HELD, "")
        await _refuses(back, kept[0], hold, figures)
        if fault != "unheld":
            newest_known = (at_hand == "newest" and not lost) or fault == "log-goes-on"
            done = await restore.acknowledge(back.ports, hold.missing, newest=newest_known)
            figures.went_on += not done.begun
        if fault == "lists-go-on":
            await back.store.engine.run_ddl("UPDATE status_list SET open = 1")
        given = {(row[0], row[1]) for row in await back.rows(GIVEN)}
        await live(back, after, chance)
        after.notes.append(peek_checkpoint(await checkpoint(back.ports)))
        after.slots = {(row[0], row[1]) for row in await back.rows(GIVEN)} - given
        await _verifies(back, kept, revoked, after, figures)
        figures.problems += [one.message for one in (await fsck(back.ports)).findings if one.level == "error"]
    _compare(before, after, figures)


async def _refuses(back: Instance, badge: Awarded, hold: Hold, figures: Figures) -> None:
    """Held, nothing is awarded or changed, and a wrong number acknowledges nothing."""
    tries: dict[str, Callable[[], Awaitable[object]]] = {
        "an award": back.award,
        "a revocation": lambda: status.revoke(back.ports, badge.key, "Too early"),
        "a wrong number": lambda: restore.acknowledge(back.ports, hold.missing + 1),
    }
    for what, attempt in tries.items():
        try:
            await attempt()
        except ExchangeError as error:
            if error.code in ("read_only", "missing_not_named"):
                figures.refused += 1
                continue
        figures.problems.append(f"{what} before the acknowledgement was not refused")
    if await standing(back.ports) is None:
        figures.problems.append("it is not held")


async def _verifies(
    back: Instance, kept: list[Awarded], revoked: set[str], after: Life, figures: Figures
) -> None:
    """What was in the backup stands as it stood, and what is new is good."""
    for badge in [*kept, *after.badges]:
        wanted = "invalid" if badge.key in revoked | after.revoked else "valid"
        if (found := await back.outcome(badge)) != wanted:
            figures.problems.append(f"a badge is {found}, and should be {wanted}")


def _compare(before: Life, after: Life, figures: Figures) -> None:
    """Over both lives: no index, no id and no size of a log twice."""
    for list_id, index in before.slots & after.slots:
        figures.problems.append(f"status index {index} of the list {list_id} was given twice")
    for key in {one.key for one in before.badges} & {one.key for one in after.badges}:
        figures.problems.append(f"two badges have the id {key}")
    roots: dict[tuple[str, int], bytes] = {}
    for note in (*before.notes, *after.notes):
        if roots.setdefault((note.origin, note.size), note.root) != note.root:
            figures.problems.append(f"two roots for the size {note.size} of {note.origin}")
    figures.rounds += 1
    figures.effects += sum(len(one.badges) + len(one.revoked) for one in (before, after))
    figures.slots += len(before.slots | after.slots)
    figures.notes += len(roots)


async def run(rounds: int, folder: Path, fault: str = "", seed: int = 1) -> Figures:
    figures, chance = Figures(), random.Random(seed)
    for number in range(rounds):
        (folder / str(number)).mkdir()
        await one_round(folder / str(number), chance, figures, fault)
        if figures.problems:
            break
    return figures


async def main(rounds: int | None) -> list[str]:
    lines = []
    for fault in ("", *BROKEN):
        with tempfile.TemporaryDirectory(prefix="faults-", dir=".") as folder:
            figures = await run(40 if fault else rounds or LONG, Path(folder).resolve(), fault)  # noqa: ASYNC240
            said = f"caught: {figures.problems[:1]}" if figures.problems else "NOT CAUGHT"
            lines.append(f"  broken, {fault}: {said}" if fault else str(figures))
    return lines
