"""What a backup does not hold, or not bring back: keys in the clear, sessions, who was erased (P7, P14)."""

from __future__ import annotations

import base64
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from exchange.adapters.backup import open_backup
from exchange.adapters.database.copies import tables
from exchange.adapters.keys import LocalKeys
from exchange.errors import (
    ConflictError,
)
from exchange.flows.badges.award import award
from exchange.flows.log.fsck import fsck
from exchange.flows.people.erase import erase, erase_again
from exchange.flows.people.logged import token_leaf
from exchange.flows.people.records import Address, Person, Session, Ticket, Token
from tests.adapters.database.backups.instance import ORDER, Instance, opened, put_back
from tests.simulator import START, World

pytestmark = pytest.mark.anyio


async def test_another_key_file_of_the_same_name_is_not_overwritten(
    source: Instance, tmp_path: Path, target_url: str
) -> None:
    await source.backup(tmp_path / "one.backup")
    key = next((source.home / "keys").glob("*.key"))
    (tmp_path / "home" / "keys").mkdir(parents=True)
    mine = tmp_path / "home" / "keys" / key.name
    mine.write_text("another")
    with pytest.raises(ConflictError) as refused:
        await put_back(tmp_path / "one.backup", target_url, tmp_path / "home", source.home)
    assert refused.value.code == "key_differs"
    assert [path.name for path in mine.parent.iterdir()] == [key.name]
    assert mine.read_text() == "another"


async def test_a_backup_holds_no_private_byte_in_the_clear_and_no_kek(
    source: Instance, tmp_path: Path
) -> None:
    await source.award()
    path = tmp_path / "one.backup"
    await source.backup(path)
    keys = LocalKeys(source.home)
    uris = [row[0] for row in await source.rows("SELECT uri FROM signing_key")]
    uris += [
        json.loads(row[0])["uri"]
        for row in await source.rows("SELECT value FROM meta WHERE name = 'log_key'")
    ]
    secrets = [(await keys.open(uri)).secret[:32] for uri in uris]
    assert len(secrets) == 2
    kek = (source.home / "kek").read_text().strip()
    with zipfile.ZipFile(path) as archive:
        names, bodies = archive.namelist(), [archive.read(name) for name in archive.namelist()]
    assert sum(name.startswith("keys/") for name in names) == 2
    assert not [name for name in names if "kek" in name]
    for body in [path.read_bytes(), *bodies]:
        for secret in [*secrets, bytes.fromhex(kek)]:
            encoded = base64.b64encode(secret)
            for form in (
                secret,
                secret.hex().encode(),
                encoded.rstrip(b"=")[:-1],
                secret.hex().upper().encode(),
            ):
                assert form not in body
    assert path.stat().st_mode & 0o777 == 0o600


async def put_token(source: Instance, token: Token) -> None:
    await source.store.put_token(token, token_leaf(token, START, "salt" * 6))


async def test_people_are_there_again_after_a_restore_and_nobody_is_signed_in(
    source: Instance, target_url: str, tmp_path: Path, world: World
) -> None:
    ana, late = Person("ana", "Ana", START), START.replace(year=2099)
    await source.store.put_person(ana, [Address("ana@example.org", "ana", START)])
    await source.store.put_ticket(Ticket("a" * 64, "sign_in", late, person="ana"), START)
    await source.store.open_session(Session("b" * 64, "ana", "link", "", "", START, START, late))
    await put_token(source, Token("ci", "c" * 64, "ana", "CI", ("award",), START))
    await source.backup(tmp_path / "one.backup")
    await put_back(tmp_path / "one.backup", target_url, tmp_path / "home", source.home)
    async with opened(target_url, tmp_path / "home", world) as back:
        assert await back.store.people() == [ana]
        assert [one.address for one in await back.store.addresses("ana")] == ["ana@example.org"]
        assert await back.store.ticket("a" * 64) is None
        assert await back.store.session("b" * 64) is await back.store.token("c" * 64) is None
    assert await source.store.ticket("a" * 64)
    assert await source.store.session("b" * 64)
    assert await source.store.token("c" * 64)


async def test_who_was_erased_does_not_come_back(
    source: Instance, target_url: str, tmp_path: Path, world: World
) -> None:
    theirs, other = (
        await source.award(),
        await award(source.ports, replace(ORDER, to="mailto:ben@example.org")),
    )
    ana = Person("ana-id", "Ana Lima", START, "ana", "pt")
    await source.store.put_person(ana, [Address("ana@example.org", ana.id, START)])
    await put_token(source, Token("t", "hash", ana.id, "ci", ("read",), START))
    await source.backup(tmp_path / "old.backup")
    done = await erase(source.ports, "ana", "ana@example.org")
    assert (done.account, done.badges) == (ana.id, 1)
    assert await source.store.meta("unclean")
    assert await source.store.scrub()
    assert await source.store.meta("unclean") is None
    await source.backup(tmp_path / "new.backup")

    async def knows(one: Instance) -> list[str]:
        told = [
            name
            for name in tables()
            for row in await one.rows(f"SELECT * FROM {name}")
            if "ana@" in repr(row)
        ]
        return sorted(set(told))

    assert await knows(source) == []
    assert (await source.store.person(ana.id) or ana).state == "erased"
    assert await source.store.tokens(ana.id) == []
    assert [(one.code, one.at) for one in (await fsck(source.ports)).findings] == []
    assert await source.outcome(theirs) == await source.outcome(other) == "valid"
    emptied = await source.store.badge(theirs.key)
    assert emptied is not None
    assert (emptied.unsigned, emptied.message, emptied.signed, len(emptied.slots)) == (b"", b"", None, 2)
    ((digest,),) = await source.rows(f"SELECT erased FROM badge WHERE id = '{theirs.key}'")
    assert len(digest) == 64
    with open_backup(tmp_path / "new.backup") as backup:
        named = {name for name in backup.erased if not name.startswith("handle/")}
        assert named == {f"account/{ana.id}", f"badge/{theirs.key}"}
        assert len(backup.erased) == 3  # and her handle, by a digest

    await put_back(tmp_path / "old.backup", target_url, tmp_path / "home", source.home)
    async with opened(target_url, tmp_path / "home", world) as back:
        assert set(await knows(back)) >= {"address", "badge", "log_entry", "outbox"}
        size = await back.store.log_size()
        assert await erase_again(back.ports, await source.ports.witness.erased()) == 2
        assert await knows(back) == []
        assert await back.store.log_size() == size
        assert [(one.code, one.at) for one in (await fsck(back.ports)).findings] == []
        assert await back.store.badge(other.key) == await source.store.badge(other.key)
        assert await back.store.people() == []
