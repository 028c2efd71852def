"""Portfolios from a terminal: made, changed, shared, switched off and removed, for whom it is said."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from exchange.flows.claims.claim import answer
from exchange.flows.people import people
from exchange.flows.people.records import Address, Principal
from tests.cli.conftest import Terminal
from tests.simulator import run


def test_what_a_link_shows_is_written_into_a_new_file(terminal: Terminal, tmp_path: Path) -> None:
    ports = terminal.world.ports
    run(people.add(ports, "Ana Recipient", "ana@example.org", "ana"))
    key = terminal("portfolios", "make", "ana", "--headline", "Calm", "--json").json["id"]
    url = terminal("portfolios", "share", key, "--label", "Board", "--json").json["url"]
    forms = {"pdf": b"%PDF", "markdown": b"# Calm", "presentation": b"{", "png": b"\x89PNG", "svg": b"<svg"}
    for form, begins in forms.items():
        file = tmp_path / form
        done = terminal("portfolios", "export", url, "--form", form, "--out", str(file), "--json")
        assert done.json["bytes"] == len(file.read_bytes())
        assert file.read_bytes().startswith(begins)
        again = terminal("portfolios", "export", url, "--form", form, "--out", str(file))
        assert again.status != 0
        assert "Nothing that is there is replaced" in again.err
    gone = terminal("portfolios", "export", "nope", "--out", str(tmp_path / "none"))
    assert gone.status == 3
    assert not (tmp_path / "none").exists()


def test_a_portfolio_from_its_making_to_its_end(terminal: Terminal) -> None:
    ports = terminal.world.ports
    ana = run(people.add(ports, "Ana Recipient", "ana@example.org", "ana"))
    run(ports.store.put_address(Address("ana@example.org", ana.id, ports.now(), is_primary=True)))
    assert "has no portfolio" in terminal("portfolios", "list", "ana").out
    made = terminal("portfolios", "make", "ana", "--headline", "Calm", "--json").json
    key = made["id"]
    assert made["items"] == []
    edited = terminal("portfolios", "edit", key, "--headline", "Calmer", "--point", "One", "--json").json
    assert (edited["headline"], edited["points"], edited["revision"]) == ("Calmer", ["One"], 2)
    shown = terminal("portfolios", "edit", key, "--portrait", "on", "--revision", "2", "--json").json
    assert (shown["portrait"], edited["portrait"], shown["headline"]) == (True, False, "Calmer")
    late = terminal("portfolios", "edit", key, "--headline", "Storm", "--revision", "1")
    assert (late.status != 0, "changed meanwhile" in late.err) == (True, True)
    wrong = terminal("portfolios", "edit", key, "--in", "badge/none")
    assert "is nothing that you can show" in wrong.err
    shown = terminal("portfolios", "show", key).out
    assert "Calmer" in shown
    shared = terminal(
        "portfolios", "share", key, "--label", "Board", "--days", "7", "--receipt", "--json"
    ).json
    assert shared["url"].startswith(f"{ports.base_url}/p/")
    assert shared["url"] not in terminal("portfolios", "show", key).out
    assert "Board" in terminal("portfolios", "show", key).out
    assert terminal("portfolios", "off", key, shared["id"], "--json").json["on"] is False
    assert terminal("portfolios", "remove", key, "--json").json == {"id": key}
    assert terminal("portfolios", "show", key).status == 3


def test_a_record_is_signed_written_and_verified(terminal: Terminal, tmp_path: Path) -> None:
    ports = terminal.world.ports
    ann = run(people.add(ports, "Ann Recipient", "ann@example.org", "ann"))
    run(ports.store.put_address(Address("ann@example.org", ann.id, ports.now(), is_primary=True)))
    badge = terminal.award()["id"].rpartition("/")[2]
    run(
        answer(dataclasses.replace(ports, who=dataclasses.replace(ports.who, person=ann.id)), badge, "accept")
    )
    key = terminal("portfolios", "make", "ann", "--headline", "Calm", "--json").json["id"]
    shared = terminal("portfolios", "share", key, "--label", "Board", "--json").json
    file = str(tmp_path / "clr.json")
    none = terminal("portfolios", "export", shared["url"], "--form", "clr", "--out", file)
    assert (none.status, "made none" in none.err) == (3, True)
    made = terminal("portfolios", "record", key, shared["id"], "--json").json
    assert (made["kind"], made["link"]) == ("record", shared["id"])
    assert terminal("portfolios", "export", shared["url"], "--form", "clr", "--out", file).status == 0
    verdict = terminal("verify", file, "--json").json
    assert (verdict["kind"], verdict["outcome"]) == ("clr", "valid")
    assert "badge 1 of 1 inside it" in terminal("verify", file).out
    asked = terminal("verify", file, "--domain", "hr.example", "--json").json
    assert asked["outcome"] == "indeterminate"


def test_for_everybody_and_for_nobody_any_more(terminal: Terminal, tmp_path: Path) -> None:
    ports = terminal.world.ports
    run(people.add(ports, "Ana Recipient", "ana@example.org"))
    key = terminal("portfolios", "make", "ana@example.org", "--headline", "Calm", "--json").json["id"]
    none = terminal("portfolios", "publish", key)
    assert (none.status != 0, "Choose a handle first" in none.err) == (True, True)
    terminal("people", "change", "ana@example.org", "--handle", "ana-r")
    done = terminal("portfolios", "publish", key, "--no-frames", "--json").json
    url = f"{ports.base_url}/@ana-r/calm"
    assert (done["url"], done["search"], done["origins"]) == (url, False, [])
    assert url in terminal("portfolios", "list", "ana-r").out
    for place in (url, f"{ports.base_url}/@ana-r", "@ana-r~calm"):
        file = tmp_path / str(len(place))
        assert terminal("portfolios", "export", place, "--form", "markdown", "--out", str(file)).status == 0
        assert url in file.read_text()
    assert terminal("portfolios", "publish", key, "--search", "--json").json["origins"] is None
    assert terminal("portfolios", "unpublish", key, "--json").json == {"id": key}
    assert terminal("portfolios", "show", key, "--json").json["public"] is None
    site = "https://wiki.example.org"
    link = terminal("portfolios", "share", key, "--label", "Wiki", "--site", site, "--json").json
    assert link["origins"] == [site]
    assert terminal("portfolios", "frame", key, link["id"], "--any-site", "--json").json["origins"] is None
    assert terminal("portfolios", "frame", key, link["id"], "--json").json["origins"] == []
    assert "in no frame" in terminal("portfolios", "show", key).out
    wrong = terminal("portfolios", "frame", key, link["id"], "--site", "http://wiki.example.org")
    assert "it needs https" in wrong.err


def test_the_views_of_a_portfolio(terminal: Terminal) -> None:
    ports = terminal.world.ports
    ana = run(people.add(ports, "Ana Recipient", "ana@example.org", "ana"))
    run(ports.store.put_address(Address("ana@example.org", ana.id, ports.now(), is_primary=True)))
    key = terminal("portfolios", "make", "ana", "--headline", "Calm", "--json").json["id"]
    assert "No skill is named in it." in terminal("portfolios", "skills", key).out
    assert "Nothing has happened to it yet." in terminal("portfolios", "timeline", key).out
    assert "# Talking points: Calm" in terminal("portfolios", "talking-points", key).out
    assert terminal("portfolios", "skills", key, "--json").json["skills"] == []
    assert terminal("portfolios", "timeline", key, "--json").json == {"events": [], "undated": []}
    assert terminal("portfolios", "talking-points", key, "--json").json["headline"] == "Calm"
    badge = terminal.award(to="mailto:ana@example.org")["id"].rpartition("/")[2]
    who = Principal(ana.id, "link", ana.name, "s")
    run(answer(dataclasses.replace(ports, who=who), badge, "accept"))
    assert terminal("portfolios", "edit", key, "--in", f"badge/{badge}").status == 0
    name = terminal("portfolios", "talking-points", key, "--json").json["sections"][0]["points"][0]["item"][
        "name"
    ]
    skills = terminal("portfolios", "skills", key).out
    for part in (name, "No endorsement names it."):
        assert part in skills
    assert f"Awarded: {name}" in terminal("portfolios", "timeline", key).out
    assert name in terminal("portfolios", "talking-points", key).out
    wrong = terminal("portfolios", "skills", key, "--role", "piracy")
    assert "is no family of roles here" in wrong.err
