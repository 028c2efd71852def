"""What is fetched: nothing for what nobody signed, four documents at most, and never a private address."""

from __future__ import annotations

import asyncio
from typing import Any

import httpcore
import pytest

from exchange.adapters.fetch import GuardedFetch
from exchange.flows.badges.verify import Options, verify, verify_url
from tests.core.signers import Issuer
from tests.hostile.doors import through_flow, world
from tests.hostile.forge import (
    ATLAS,
    CLEAR,
    EXTENSIONS,
    LIST,
    MALLORY,
    Attack,
    badge,
    bare,
    dumped,
    endorsement,
    page,
    proven,
    signed,
    token,
    unsigned_list,
)

GOOD = signed(badge())
WEB = "did:web:evil.example"


def _of(issuer: str, method: str) -> Any:
    """A badge of `issuer` whose proof is ATLAS's: it is the issuer who does not know it."""
    return proven(badge(issuer={**badge()["issuer"], "id": issuer}), verificationMethod=method)


UNSIGNED: dict[str, bytes] = {
    "without a proof": dumped(badge()),
    "with a broken proof": dumped({**GOOD, "name": "Grand master"}),
    "with another's proof": dumped(signed(badge(), MALLORY)),
    "with a proof of a suite nobody knows": dumped(
        {**GOOD, "proof": {**GOOD["proof"], "cryptosuite": "x-2099"}}
    ),
    "with undefined terms": dumped({**GOOD, "grade": "A"}),
    "with eight broken proofs": dumped({**GOOD, "proof": [{**GOOD["proof"], "created": None}] * 8}),
    "in a token of alg none": token(badge(), alg="none", signature=b""),
    "in a token of another": token(badge(), MALLORY, kid=ATLAS.method),
    "in a token with jku, x5u and jwk": token(
        badge(), MALLORY, jku="https://evil.example/jwks.json", x5u="https://evil.example/cert"
    ),
    "with a refresh service": dumped(
        {**badge(), "refreshService": {"id": "https://evil.example/copy", "type": "1EdTechCredentialRefresh"}}
    ),
    "with a schema, evidence and pictures elsewhere": dumped(
        {
            **badge(),
            "credentialSchema": [
                {"id": "https://evil.example/schema", "type": "1EdTechJsonSchemaValidator2019"}
            ],
            "image": {"id": "https://evil.example/image.png", "type": "Image"},
            "evidence": [{"id": "https://evil.example/evidence", "type": ["Evidence"]}],
        }
    ),
    "with a context nobody knows": dumped(
        {**GOOD, "@context": [*GOOD["@context"], "https://evil.example/c"]}
    ),
    "with an endorsement": dumped(badge(endorsement=[endorsement(Issuer("ana"))])),
    "that is no badge": dumped({"@context": "https://evil.example/", "id": "https://evil.example/"}),
}


@pytest.mark.parametrize("name", UNSIGNED)
def test_nobody_makes_us_fetch_by_a_badge(name: str) -> None:
    verdict, made = through_flow(UNSIGNED[name], CLEAR)
    assert verdict.outcome != "valid"
    assert made.web.asked == []


def test_a_signed_badge_makes_us_fetch_its_list_and_nothing_else() -> None:
    document = badge(
        **{"@context": [*badge()["@context"], EXTENSIONS]},
        image={"id": "https://evil.example/image.png", "type": "Image"},
        evidence=[{"id": "https://evil.example/evidence", "type": ["Evidence"]}],
        credentialSchema=[{"id": "https://evil.example/schema", "type": "1EdTechJsonSchemaValidator2019"}],
    )
    verdict, made = through_flow(ATLAS.sign(document), CLEAR)
    assert verdict.outcome == "valid", verdict.findings
    assert made.web.asked == [LIST]


def test_an_issuer_is_looked_up_at_its_own_place_only() -> None:
    for issuer, method, allowed in (
        (WEB, f"{WEB}#key", {"https://evil.example/.well-known/did.json"}),
        (WEB, "did:web:else.example#key", set()),
        (WEB, ATLAS.method, set()),
        ("https://evil.example/i", "https://else.example/key", set()),
        (
            "https://evil.example/i",
            "https://evil.example/key",
            {
                "https://evil.example/i",
                "https://evil.example/key",
                "https://evil.example/.well-known/jwks.json",
            },
        ),
        ("http://evil.example/i", "http://evil.example/i#key", set()),
        ("did:web:127.0.0.1", "did:web:127.0.0.1#key", set()),
        ("did:web:localhost%2Fx", "did:web:localhost%2Fx#key", set()),
        ("urn:x", "https://evil.example/key", set()),
    ):
        verdict, made = through_flow(dumped(_of(issuer, method)))
        assert verdict.outcome != "valid"
        assert set(made.web.asked) <= allowed, (issuer, method)


GREEDY: dict[str, bytes] = {
    "four lists": ATLAS.sign(
        badge(
            credentialStatus=[
                {
                    **badge()["credentialStatus"],
                    "id": f"urn:s:{n}",
                    "statusListCredential": f"https://{n}.example/",
                }
                for n in range(4)
            ]
        )
    ),
    "fifty endorsements, each of its own did:web": ATLAS.sign(
        bare(
            endorsement=[
                proven(
                    {**endorsement(id=f"urn:e:{n}"), "issuer": f"did:web:{n}.example"},
                    verificationMethod=f"did:web:{n}.example#key",
                )
                for n in range(50)
            ]
        ),
        "eddsa-jcs-2022",
    ),
}


@pytest.mark.parametrize("name", GREEDY)
def test_at_most_four_documents_for(name: str) -> None:
    _, made = through_flow(GREEDY[name])
    assert len(made.web.asked) <= 4


def test_a_list_of_ten_thousand_proofs_asks_for_little() -> None:
    proofs = [{"verificationMethod": f"{WEB}{n}#key", "type": "x"} for n in range(10_000)]
    greedy = {**unsigned_list(), "issuer": WEB, "proof": proofs}
    verdict, made = through_flow(dumped(GOOD), page(LIST, greedy))
    assert verdict.outcome != "valid"
    assert len(made.web.asked) <= 4


def test_lists_that_lead_on_are_not_followed_for_ever() -> None:
    """A list of a did:web issuer, whose own document needs another, and so on: three rounds at most."""
    made = world(page(LIST, proven({**unsigned_list(), "issuer": WEB}, verificationMethod=f"{WEB}#key")))
    asyncio.run(verify(made.ports, dumped(GOOD), Options()))
    assert made.web.asked == [LIST, "https://evil.example/.well-known/did.json"]


class Recorder(httpcore.AsyncNetworkBackend):
    """Notes every address that is about to be connected to, and connects to none."""

    def __init__(self) -> None:
        self.reached: list[tuple[str, int]] = []

    async def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        self.reached.append((host, port))
        raise httpcore.ConnectError("this is a test")


PRIVATE = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://017700000001/",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://192.0.2.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://localhost/",
    "https://rebound.example/",
    "https://user@public.example/",
    "https://user:secret@public.example/",
    "https://public.example:22/",
    "https://public.example:80/",
    "http://public.example/",
    "ftp://public.example/",
    "file:///etc/passwd",
    "gopher://public.example/",
    "https://public.example\\@127.0.0.1/",
    "https://public.example/\r\nHost: else",
    "https:///",
    "https://",
    "//public.example/",
]
NAMES = {
    "public.example": ["93.184.216.34"],
    "localhost": ["127.0.0.1", "::1"],
    "rebound.example": ["10.1.2.3", "::1"],
}


@pytest.mark.parametrize("url", PRIVATE)
def test_no_address_inside_is_reached(url: str) -> None:
    """Through the flow and the real fetcher, with only the last step, the connection, written down."""
    recorder = Recorder()

    async def resolve(host: str, _: int) -> list[str]:
        return NAMES.get(host, [host.strip("[]")])

    async def ask() -> Any:
        fetcher = GuardedFetch(resolve=resolve, backend=recorder)
        made = world()
        made.web = fetcher  # type: ignore[assignment]
        entry = {**badge()["credentialStatus"], "statusListCredential": url}
        try:
            found = [await verify_url(made.ports, url)]
            if url.isprintable() and ":" in url and "\\" not in url:
                found.append(await verify(made.ports, ATLAS.sign(badge(credentialStatus=entry), "jwt")))
            return found
        finally:
            await fetcher.aclose()

    assert all(verdict.outcome != "valid" for verdict in asyncio.run(ask()))
    assert recorder.reached == []


def test_the_recorder_hears_a_public_address() -> None:
    """The test above can fail."""
    recorder = Recorder()

    async def resolve(*_: Any) -> list[str]:
        return ["93.184.216.34"]

    async def ask() -> None:
        fetcher = GuardedFetch(resolve=resolve, backend=recorder)
        await fetcher.for_one_verify().fetch("https://public.example/")
        await fetcher.aclose()

    asyncio.run(ask())
    assert recorder.reached == [("93.184.216.34", 443)]


def test_an_attack_is_refused_wherever_it_lies() -> None:
    forged = Attack(dumped({**GOOD, "name": "Grand master"}), "")
    made = world({**page("https://evil.example/badge", forged.data), **CLEAR})
    verdict = asyncio.run(verify_url(made.ports, "https://evil.example/badge"))
    assert verdict.outcome == "invalid"
    assert made.web.asked == ["https://evil.example/badge"]
