"""Badges from elsewhere at a terminal."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Terminal
from tests.elsewhere import Elsewhere
from tests.simulator import run


def test_who_looks_after_an_account_brings_lists_looks_and_removes(
    terminal: Terminal, tmp_path: Path
) -> None:
    elsewhere = Elsewhere()
    elsewhere.at(terminal.world.now)
    terminal.world.web = elsewhere  # type: ignore[assignment]
    terminal("people", "add", "ana@example.org", "--name", "Ana", "--handle", "ana")
    person = run(terminal.world.store.person_called("ana"))
    assert person is not None
    (address,) = run(terminal.world.store.addresses(person.id))
    badge, other = elsewhere.award(), elsewhere.award()
    path = tmp_path / "badge.png"
    path.write_bytes(badge.png)
    unproven = terminal("imported", "bring", "ana", path)
    assert (unproven.status, "unknown, as of" in unproven.out) == (0, True)  # no address is verified
    key = unproven.out.rpartition("(")[2].rstrip(")\n")
    run(terminal.world.store.put_address(type(address)(address.address, person.id, terminal.world.now)))
    looked = terminal("imported", "look", "ana", key)
    assert looked.out.startswith("! Incident lead by Team, unknown here: valid, as of ")
    assert terminal("imported", "bring", "ana", other.id, "--json").json["source"] == other.id
    elsewhere.revoke(other)
    told = terminal("imported", "list", "ana", "--json").json["imported"]
    assert {one["state"] for one in told} == {"valid"}
    broken = tmp_path / "broken.json"
    broken.write_bytes(badge.signed.replace(b"Incident", b"Accident"))
    refused = terminal("imported", "bring", "ana", broken)
    assert refused.status != 0
    assert refused.err
    assert terminal("imported", "remove", "ana", key).out == f"removed {key}\n"
    assert terminal("imported", "look", "ana", key).status == 3
    assert len(terminal("imported", "list", "ana").out.splitlines()) == 1
