"""Nobody's address is published, not even hashed: everything that is public after somebody asked, somebody
else signed, and it was shown, is searched for them."""

from __future__ import annotations

import base64
import re
from hashlib import sha1, sha256

from exchange.core.keys.multibase import base64url_encode
from exchange.core.proofs.jwt import peek_jwt
from exchange.flows.endorsements.ask import Wish, ask
from exchange.flows.endorsements.show import show
from exchange.flows.log.log import checkpoint
from tests.edge.endorsements.test_endorsements import Site
from tests.edge.shop import PAGE
from tests.simulator import run

ADDRESSES = ("ana@example.org", "ben@example.org", "cam.asked@example.org")


def forms(address: str) -> dict[str, bytes]:
    """An address as it is and as it may be hidden badly."""
    found = {"plain": address.encode(), "escaped": address.replace("@", "%40").encode()}
    for name in (address, f"mailto:{address}", address.upper()):
        for way in (sha256, sha1):
            digest = way(name.encode()).digest()
            found[f"{way.__name__} hex of {name}"] = digest.hex().encode()
            found[f"{way.__name__} base64 of {name}"] = base64.b64encode(digest).rstrip(b"=")
            found[f"{way.__name__} base64url of {name}"] = base64url_encode(digest).encode()
    found["base64"] = base64.b64encode(address.encode()).rstrip(b"=")
    return found


def opened(body: bytes) -> bytes:
    """With what is inside of every token in it, and of those inside."""
    found, text = [body], body
    for _ in range(3):
        inner = b""
        for token in re.findall(rb"ey[\w-]+\.[\w-]+\.[\w-]+", text):
            inner += repr(peek_jwt(token).credential).encode()
        if not inner:
            break
        found.append(inner)
        text = inner
    return b"\n".join(found)


def test_no_public_answer_names_who_was_asked_who_signed_or_who_shows_it() -> None:
    site = Site()
    site.peer("Cam Asked", "cam.asked@example.org")
    requests = run(
        ask(site.ana.ports, Wish(site.badge, ["ben@example.org", "cam.asked@example.org"], note="Please."))
    )
    made = site.ben.endorse(site.badge, text="More.")
    run(show(site.ana.ports, made.id))
    run(checkpoint(site.ports))
    (key,) = run(site.ports.store.endorser_keys(site.ben.person.id))
    size = run(site.ports.store.log_size())
    lists = [*site.world.store._lists]
    paths = [
        *(f"/badges/{site.badge}{end}" for end in ("", ".json", ".png", ".svg", "/endorsements", "/trust")),
        *(f"/badges/{site.badge}/{end}" for end in ("log-proof", "elsewhere")),
        *(f"/embed/badges/{site.badge}{end}" for end in ("", ".json", ".png", ".svg")),
        *(f"/endorsements/{id}" for id in (made.id, key.credential)),
        *(f"/endorse/{one.id}" for one in requests),
        *(f"/status/{id}" for id in lists),
        *(f"/log/{what}/{n}" for what in ("entries", "proof") for n in range(size)),
        *("/log", "/log/checkpoint", "/log/key", "/issuers/school", "/issuers/exchange", "/terms/v1"),
        *("/issuers/exchange/did.json", f"/oembed?url=https://badges.example.org/badges/{site.badge}", "/"),
        *(f"/verify?url=https://badges.example.org/endorsements/{made.id}",),
    ]
    seen = 0
    for path in paths:
        for headers in ({"accept": "*/*"}, {"accept": "application/json"}, PAGE):
            answer = site.client.get(path, headers=headers)
            assert answer.status_code < 500, path
            seen += answer.status_code == 200
            text = opened(answer.content)
            told = text + repr(dict(answer.headers)).encode()
            for address in ADDRESSES:
                for form, needle in forms(address).items():
                    assert needle not in told, (path, headers["accept"], form)
    assert seen > len(paths)  # most of them answered
