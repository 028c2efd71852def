"""Endorsing: a draft becomes what the browser signs, and stands for everybody."""

from __future__ import annotations

from exchange.core.verdict.secured import read_secured
from exchange.flows.badges.verify import verify
from exchange.flows.endorsements.listed import of_badge
from exchange.flows.endorsements.show import show
from tests.endorsing import EndorsingTown
from tests.simulator import run


def test_what_a_peer_signs_stands_and_verifies() -> None:
    town = EndorsingTown()
    ana, ben = town.peer("Ana Holder"), town.peer("Ben Peer")
    badge = town.award()
    ben.make_key()
    made = ben.endorse(badge.key, skills=("Incident command",) if False else ())
    assert (made.state, made.shown, made.custody) == ("signed", "waiting", "holder")
    verdict = run(verify(town.ports, made.signed or b""))
    assert verdict.outcome == "valid", verdict.findings
    document = read_secured(made.signed or b"").document
    assert document["issuer"]["id"] == ben.key.did
    assert run(of_badge(town.ports, badge.key)) == []
    run(show(ana.ports, made.id))
    (line,) = run(of_badge(town.ports, badge.key))
    assert (line.name, line.state, line.own_key) == ("Ben Peer", "active", True)
