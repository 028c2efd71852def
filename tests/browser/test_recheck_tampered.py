"""What somebody changed is never valid in a reader's browser, however small the change and wherever it is.

An `eddsa-rdfc-2022` proof signs statements and not the text, so some changes of the text are none of what was
signed; others move what was said to where nobody reads it. Badges with all that ours have are changed in
every place; of what the browser still calls valid, our own verifier has to say the same.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from exchange.core.canonical.rdf import canonize
from exchange.core.credentials.endorsement import build_endorsement
from tests.browser.recheck_documents import by_builders, some_of
from tests.browser.rechecked import AT, TEACHER, Case, Json, badge, found_by, judged, listed, opened
from tests.core.endorsing import BASE, GIVEN
from tests.hostile.mutations import Path, at, mutated, places

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

WEB = {
    f"{BASE}/status/2": listed(8),
    f"{BASE}/status/3": listed(8, url=f"{BASE}/status/3", purpose="suspension"),
}


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with opened(browser) as page:
        yield page


def with_creator(document: Json, **creator: Any) -> Json:
    document = copy.deepcopy(document)
    document["credentialSubject"]["achievement"]["creator"] = {
        "id": TEACHER.did,
        "type": ["Profile"],
        **creator,
    }
    return document


FULL = next(one for one in by_builders() if len(one["credentialSubject"].get("result", [])) == 2)
BADGES = {
    "a full badge": {**FULL, "id": AT},
    "a badge whose creator is its issuer": with_creator(badge(), name="School", url="https://school.example"),
    "an endorsement": build_endorsement(
        id=AT,
        name="Endorsement",
        issuer=badge()["issuer"],
        subject_id=f"{BASE}/badges/7",
        comment="Seen.",
        valid_from=GIVEN,
        status=[("revocation", 7, f"{BASE}/status/2"), ("suspension", 7, f"{BASE}/status/3")],
    ),
}
SIGNED = {name: json.loads(TEACHER.sign(document)) for name, document in BADGES.items()}


# --- the changes ---

Change = Callable[[Json, Path], None]


def changed(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, str):
        return value[:-1] + ("y" if value.endswith("x") else "x")
    return not value if isinstance(value, bool) else value + 1 if isinstance(value, int | float) else value


def put(document: Json, path: Path, value: Any) -> None:
    at(document, path[:-1])[path[-1]] = value


def _other(document: Json, path: Path) -> None:
    put(document, path, changed(at(document, path)))


def _gone(document: Json, path: Path) -> None:
    del at(document, path[:-1])[path[-1]]


def _null(document: Json, path: Path) -> None:
    put(document, path, None)


def _one_or_many(document: Json, path: Path) -> None:
    value = at(document, path)
    put(document, path, value[0] if isinstance(value, list) else [value])


def _twice(document: Json, path: Path) -> None:
    value = at(document, path)
    put(document, path, [*value, value[0]] if isinstance(value, list) else [value, value])


def _as_value(document: Json, path: Path) -> None:
    put(document, path, {"@value": at(document, path)})


def _as_set(document: Json, path: Path) -> None:
    put(document, path, {"@set": at(document, path)})


def _written_otherwise(document: Json, path: Path) -> None:
    """A number as the text that is signed of it, an identifier as a node, a node as its identifier."""
    value = at(document, path)
    if isinstance(value, dict):
        put(document, path, value.get("id", {}))
    elif isinstance(value, float):
        put(document, path, f"{value:E}".replace("0E+00", "E0").replace("00", ""))
    else:
        put(document, path, json.dumps(value) if not isinstance(value, str) else {"id": value})


def _other_name(document: Json, path: Path) -> None:
    parent, name = at(document, path[:-1]), path[-1]
    if isinstance(parent, dict):
        parent[{"id": "@id", "type": "@type"}.get(name, f"https://schema.org/{name}")] = parent.pop(name)


def _an_unknown_word(document: Json, path: Path) -> None:
    value = at(document, path)
    if isinstance(value, dict):
        value["grade"] = "A"


def _the_id_of_the_badge(document: Json, path: Path) -> None:
    value = at(document, path)
    if isinstance(value, dict):
        value["id"] = document["id"]


def _another_type(document: Json, path: Path) -> None:
    value = at(document, path)
    if isinstance(value, dict) and "type" in value:
        value["type"] = [*([value["type"]] if isinstance(value["type"], str) else value["type"]), "Profile"]


CHANGES: list[Change] = [
    *(_other, _gone, _null, _one_or_many, _twice, _as_value, _as_set, _written_otherwise, _other_name),
    *(_an_unknown_word, _the_id_of_the_badge, _another_type),
]


def every_change(document: Json) -> Iterator[Json]:
    for path in places(document):
        for change in CHANGES:
            other = copy.deepcopy(document)
            change(other, path)
            if other != document:
                yield other


def outcomes(page: Page, cases: list[Case]) -> list[str]:
    """What the browser says of each; of all that it calls valid, our own verifier says the same."""
    found = [one["outcome"] for one in found_by(page, cases)]
    for outcome, one in zip(found, cases, strict=True):
        if outcome == "valid":
            verdict = judged(one)
            assert verdict.outcome == "valid", (one.body.decode(), verdict.findings)
    return found


MOST = 120
"""Of the changes that are possible, each so many: a browser takes some ten milliseconds for one."""


@pytest.mark.parametrize("name", BADGES)
def test_nothing_that_was_changed_is_valid_unless_it_says_the_same(page: Page, name: str) -> None:
    document = SIGNED[name]
    others = [*Random(7).sample([*every_change(document)], MOST), *some_of(mutated(document), MOST // 3)]
    first, *found = outcomes(page, [Case(json.dumps(one).encode(), WEB) for one in [document, *others]])
    assert first == "valid"
    assert 0 < found.count("valid") < len(found) / 10
    for outcome, other in zip(found, others, strict=True):
        if outcome == "valid":
            assert statements(other) == statements(document)


def statements(document: Json) -> bytes:
    return canonize({name: value for name, value in document.items() if name != "proof"})


# --- the same statements, at another place (tests/hostile/test_moved.py has all such attacks) ---


def within(document: Json, *path: str | int) -> Callable[[Json], Json]:
    """Puts a part there, into a copy."""

    def put_in(part: Json) -> Json:
        whole = copy.deepcopy(document)
        put(whole, path, [part] if path[-1] in ("evidence", "related") else part)
        return whole

    return put_in


KIND = ("credentialSubject", "achievement")
PARTS: dict[str, tuple[str, Path]] = {
    "the evidence": ("Evidence", ("evidence",)),
    "what is related": ("Related", (*KIND, "related")),
    "the creator": ("Profile", (*KIND, "creator")),
    "the source": ("Profile", ("credentialSubject", "source")),
    "the issuer's parent": ("Profile", ("issuer", "parentOrg")),
    "the picture": ("Image", ("image",)),
}
MOVED = ("validUntil", "validFrom", "credentialStatus", "issuer", "credentialSubject", "name")


def test_what_was_moved_into_a_part_of_the_same_id_is_not_valid(page: Page) -> None:
    cases, same = [], 0
    for kind, path in PARTS.values():
        for member in MOVED:
            if member == path[0]:
                continue
            original = within(badge(), *path)({"id": AT, "type": [kind]})
            part = {"id": AT, "type": [kind, "VerifiableCredential"], member: badge()[member]}
            attack = within({name: value for name, value in badge().items() if name != member}, *path)(part)
            same += statements(attack) == statements(original)
            cases.append(Case(json.dumps({**attack, "proof": proof_of(original)}).encode(), WEB))
            cases.append(Case(TEACHER.sign(attack), WEB))
    assert same > len(cases) / 3  # of a real attack, the signature stands
    assert "valid" not in outcomes(page, cases)


def proof_of(document: Json) -> Any:
    return json.loads(TEACHER.sign(document))["proof"]


ENTRY = badge()["credentialStatus"][0]


def test_what_was_moved_out_of_a_status_entry_is_not_valid(page: Page) -> None:
    cases = []
    for kind, path in PARTS.values():
        for member in ("statusListIndex", "statusListCredential", "statusPurpose"):
            part = {"id": ENTRY["id"], "type": [kind, "BitstringStatusListEntry"]}
            original = within(badge(), *path)(part)
            attack = within(badge(), *path)({**part, member: ENTRY[member]})
            del attack["credentialStatus"][0][member]
            cases.append(Case(json.dumps({**attack, "proof": proof_of(original)}).encode(), WEB))
    assert "valid" not in outcomes(page, cases)


def test_names_of_one_id_do_not_change_places(page: Page) -> None:
    two = with_creator(badge(), name="Another name")
    swapped = {**with_creator(badge(), name="School"), "issuer": {**two["issuer"], "name": "Another name"}}
    assert statements(two) == statements(swapped)
    cases = [Case(json.dumps({**shown, "proof": proof_of(two)}).encode(), WEB) for shown in (two, swapped)]
    assert outcomes(page, cases) == ["unsure", "unsure"]


# --- the text that is sent ---

SENT = TEACHER.sign(badge())
NO_CREDITS = TEACHER.sign(
    {**badge(), "credentialSubject": {**badge()["credentialSubject"], "creditsEarned": 0}}
)

TEXTS: dict[str, tuple[bytes, str]] = {
    "white around it": (b" \r\n" + SENT + b"\t\n", "valid"),
    "a number with a zero more": (SENT.replace(b":1.5}", b":1.50}"), "valid"),
    "a number with an exponent": (SENT.replace(b":1.5}", b":15e-1}"), "valid"),
    "a number of many digits": (SENT.replace(b":1.5}", b":1.5000000000000000001}"), "valid"),
    "another number": (SENT.replace(b":1.5}", b":1.50000000000001}"), "invalid"),
    "a number as text": (SENT.replace(b":1.5}", b':"1.5E0"}'), "unsure"),
    "a number beyond all": (SENT.replace(b":1.5}", b":1e999}"), "unsure"),
    "a number beyond integers": (SENT.replace(b":1.5}", b":1e21}"), "unsure"),
    "an integer beyond integers": (SENT.replace(b":1.5}", b":9007199254740993}"), "unsure"),
    "zero": (NO_CREDITS, "valid"),
    "zero, below": (NO_CREDITS.replace(b":0}", b":-0}"), "valid"),
    "zero, with a point": (NO_CREDITS.replace(b":0}", b":0.0}"), "valid"),
    "zero, below, with a point": (NO_CREDITS.replace(b":0}", b":-0.0}"), "valid"),
    "false for zero": (NO_CREDITS.replace(b":0}", b":false}"), "unsure"),
    "escapes": (SENT.replace("ö".encode(), b"\\u00f6").replace("🙂".encode(), b"\\ud83d\\ude42"), "valid"),
    "an escaped name": (SENT.replace(b'"narrative"', b'"narr\\u0061tive"'), "valid"),
    "half of a pair": (SENT.replace("🙂".encode(), b"\\ud83d"), "unsure"),
    "halves in the wrong order": (SENT.replace("🙂".encode(), b"\\ude42\\ud83d"), "unsure"),
    "another normal form": (SENT.replace("ö".encode(), "o\u0308".encode()), "invalid"),
    "a letter nobody sees": (SENT.replace(b"Leads.", "Leads.\u200b".encode()), "invalid"),
    "a control character": (SENT.replace(b"Leads.", b"Leads.\\u0000"), "invalid"),
    "a bare control character": (SENT.replace(b"Leads.", b"Leads.\x01"), "unsure"),
    "a byte order mark": (b"\xef\xbb\xbf" + SENT, "unsure"),
    "no UTF-8": (SENT.replace("ö".encode(), b"\xf6"), "unsure"),
    "something after it": (SENT + b"{}", "unsure"),
    "a comma more": (SENT[:-1] + b",}", "unsure"),
    "not a number": (SENT.replace(b":1.5}", b":NaN}"), "unsure"),
    "a name twice, the other first": (SENT.replace(b'"id":', b'"name":"Other","id":', 1), "unsure"),
    "a name twice, the other last": (SENT[:-1] + b',"name":"Other"}', "unsure"),
    "a name twice, escaped": (SENT[:-1] + b',"n\\u0061me":"Other"}', "unsure"),
    "a name twice, a colon in disguise": (
        SENT[:-1].replace(b"Leads.", b"Leads\\u003a") + b',"name":"Other"}',
        "unsure",
    ),
    "the same twice": (SENT[:-1] + b',"validFrom":"2026-11-21T09:30:00Z"}', "unsure"),
    "a proof twice": (SENT[:-1] + b',"proof":{}}', "unsure"),
    "names of every object": (SENT[:-1] + b',"__proto__":{"name":"Other"},"constructor":1}', "unsure"),
}


def test_the_text_is_read_as_strictly_as_we_read_it(page: Page) -> None:
    cases = [Case(text, WEB) for text, _ in TEXTS.values()]
    assert len({text for text, _ in TEXTS.values()} - {SENT}) == len(TEXTS)
    found = dict(zip(TEXTS, outcomes(page, cases), strict=True))
    assert found == {name: outcome for name, (_, outcome) in TEXTS.items()}
