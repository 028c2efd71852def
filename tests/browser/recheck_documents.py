"""Documents to find the statements of, the same ones in each run: of every noun and word that a browser
knows, by our own builders, and by chance.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from exchange.adapters.catalogues.catalogue_files import load_catalogues
from exchange.core.catalogues.catalogue import CatalogueBadge, achievement_document
from exchange.core.credentials.achievement import (
    Achievement,
    Alignment,
    Criteria,
    Related,
    ResultDescription,
    RubricCriterionLevel,
)
from exchange.core.credentials.credential import CONTEXT, Evidence, Result, build_badge
from exchange.core.credentials.endorsement import build_endorsement
from exchange.core.credentials.endorser import terms_resource
from exchange.core.credentials.nouns import LanguageValue
from exchange.core.credentials.profile import IdentifierEntry, Image, Profile
from exchange.core.proofs.jwt import peek_jwt
from exchange.resources import data_path
from tests.browser.rechecked import AT, TEACHER, Json, badge, listed
from tests.core import endorsing, strategies
from tests.core.endorsing import BASE, GIVEN, TERMS

_LETTERS = 'aZ0 é🙂"\\\n\r\t\b\f\x00\x1f\x7f\x85\u2028\ue000\ufeff\uffff\U00010000e\u0301ß<>%{}'
_NUMBERS = [0, -0.0, 1, 1.0, -7, 1.5, 9.3, 0.3, 1e-5, 123456.789, 2**53 - 1, 999999999999.25, -8.125]


class Maker:
    """Makes documents of the browser's own table of words, each id and each text once; or such as are `alike`
    in nearly all their parts, which have no ids."""

    def __init__(self, nouns: Json, *, ours: bool = False, alike: bool = False) -> None:
        self.nouns = nouns
        self.ours = ours
        self.alike = alike
        self.random = Random(7)
        self.made = 0
        self.used: set[tuple[str, str]] = set()
        """The words that were used, each with its noun."""

    def document(self, kind: str) -> Json:
        context = [*CONTEXT, TERMS] if self.ours else CONTEXT
        document = {"@context": CONTEXT[:1] if kind == "StatusList" else context, **self.node(kind, 0)}
        return {**document, "relatedResource": [terms_resource(TERMS).to_json()]} if self.ours else document

    def node(self, name: str, depth: int) -> Json:
        noun, often = self.nouns[name], (0.8, 0.6, 0.5, 0.25)[min(depth, 3)]
        types = noun["types"]
        node: Json = {"type": types[0] if len(types) == 1 and self.random.random() < 0.5 else types}
        for term, word in noun["members"].items():
            if self.random.random() < often and (self.ours or not word.get("ours")):
                value = self.value(word, depth + 1)
                if value is not None:
                    node[term] = value
                    self.used.add((name, term))
        if not types:
            del node["type"]
        named = not self.alike and (len(node) < 2 or self.random.random() < 0.6)
        return {"id": self.iri(), **node} if depth == 0 or named else node

    def value(self, word: Json, depth: int) -> Any:
        form = word["form"]
        if form in ("words", "ordered") or (form == "text" and self.random.random() < 0.2):
            return [self.one("text" if form == "text" else "word", word, depth) for _ in range(2)]
        if form == "nodes" or (form == "either" and self.random.random() < 0.5):
            several = [self.one("node", word, depth) for _ in range(self.random.randint(1, 2))]
            return [one for one in several if one is not None] or None
        return self.one(form, word, depth)

    def one(self, form: str, word: Json, depth: int) -> Any:
        if form in ("node", "either", "named") and (form != "named" or self.random.random() < 0.7):
            known = [name for name in word["nouns"] if self.ours or not self.nouns[name].get("ours")]
            return self.node(self.random.choice(known), depth) if known and depth < 7 else None
        if form in ("link", "named"):
            return self.iri()
        if form == "number":
            return self.random.choice(_NUMBERS)
        if form == "flag":
            return self.random.random() < 0.5
        return self.spoken() if form == "text" and self.random.random() < 0.3 else self.text()

    def iri(self) -> str:
        self.made += 1
        start = self.random.choice(
            ["https://example.org/", "urn:x:", "did:web:a%3A1:", "https://münchen.example/ü?"]
        )
        return f"{start}{self.made}"

    def text(self) -> str:
        if self.alike:
            return "x"
        self.made += 1
        return f"{self.made}" + "".join(self.random.choices(_LETTERS, k=self.random.randint(0, 12)))

    def spoken(self) -> Json:
        said: Json = {"@value": self.text()}
        if self.random.random() < 0.7:
            said["@language"] = self.random.choice(["en", "de-CH", "zh-Hant"])
        if self.random.random() < 0.5:
            said["@direction"] = self.random.choice(["ltr", "rtl"])
        return said


def by_builders() -> Iterator[Json]:
    """What this exchange issues: badges with results and rubrics, those of the catalogues that come with it,
    endorsements, key credentials, lists."""
    for number in range(60):
        yield _badge(number)
    for catalogue in load_catalogues(data_path("issuers")):
        for one in catalogue.badges:
            yield _shipped(one, {"id": TEACHER.did, **catalogue.profile})
    for number in range(10):
        yield build_endorsement(
            id=f"{BASE}/endorsements/{number}",
            name="Endorsement",
            issuer=Profile(id=TEACHER.did, name="School"),
            subject_id=AT,
            comment="Seen 🙂 " * number,
            valid_from=GIVEN,
            status=[("revocation", number, endorsing.LIST), ("suspension", number, f"{BASE}/status/9")],
        )
    yield endorsing.peer_endorsement()
    yield peek_jwt(endorsing.key_credential().encode()).credential
    yield from (badge(), badge(credentialStatus=None))
    yield _unsigned(listed(7))


def _badge(number: int) -> Json:
    random = Random(number)
    kind = f"{BASE}/achievements/{number}"
    levels = tuple(
        RubricCriterionLevel(id=f"{kind}#r.{level}", name=f"Level {level}", level=str(level), points="1")
        for level in range(random.randint(1, 4))
    )
    described = tuple(
        ResultDescription(
            id=f"{kind}#{name}",
            name=LanguageValue(name, "en"),
            result_type="RubricCriterionLevel" if name == "r" else "LetterGrade",
            allowed_value=("A", "B", "C")[: random.randint(0, 3)],
            required_level=levels[0].id,
            rubric_criterion_level=levels if name == "r" else (),
            alignment=_alignments(random),
        )
        for name in ("r", "grade")
    )
    achievement = Achievement(
        id=kind,
        name=(LanguageValue("Lead", "en", "ltr"), LanguageValue("Leitung", "de"), "🙂"),
        description="Leads.\n\n- *calm*",
        criteria=Criteria(narrative='Led "three".'),
        creator=Profile(id=TEACHER.did),
        image=Image(id=f"{kind}/image.png", caption="A lighthouse"),
        tag=("a", "b")[: random.randint(0, 2)],
        alignment=_alignments(random),
        result_description=described,
        credits_available=random.choice([None, 1, 2.5, 0.125]),
        other_identifier=(IdentifierEntry(identifier=str(number), identifier_type="systemId"),),
    )
    results = [
        Result(result_description=f"{kind}#r", achieved_level=levels[0].id),
        Result(result_description=f"{kind}#grade", value="A", status="Completed"),
    ]
    return build_badge(
        id=f"{BASE}/badges/{number}",
        issuer=Profile(id=TEACHER.did, name="School", url=BASE, endorsement_jwt=("a.b.c",)),
        achievement=achievement,
        recipient="mailto:ada@example.org",
        subject_id=f"urn:uuid:00000000-0000-4000-8000-{number:012}",
        salt=f"salt {number}",
        valid_from=GIVEN,
        valid_until=GIVEN + timedelta(days=400) if number % 2 else None,
        narrative="Größe 🙂" * (number % 3),
        results=results[: number % 3],
        evidence=[f"https://reports.example/{number}", Evidence(narrative="A *talk*.", genre="talk")],
        status=[("revocation", number, f"{BASE}/status/2"), ("suspension", number, f"{BASE}/status/3")],
    )


def _shipped(one: CatalogueBadge, issuer: Json) -> Json:
    kind = f"{BASE}/achievements/{one.slug}"
    before = Related(id=f"{kind}/1", version="1")
    return build_badge(
        id=AT,
        issuer=issuer,
        achievement=achievement_document(one, f"{kind}/2", f"{kind}/image.png", TEACHER.did, 2, before),
        recipient="mailto:ada@example.org",
        subject_id="urn:uuid:00000000-0000-4000-8000-000000000012",
        salt="salt",
        valid_from=GIVEN,
        evidence=["https://reports.example/7"],
        status=[("revocation", 7, f"{BASE}/status/2"), ("suspension", 7, f"{BASE}/status/3")],
    )


def _alignments(random: Random) -> tuple[Alignment, ...]:
    return tuple(
        Alignment(
            target_name=f"Skill {one}", target_url=f"https://skills.example/{one}", target_type="CFItem"
        )
        for one in random.sample(range(9), random.randint(0, 3))
    )


def _unsigned(raw: bytes) -> Json:
    document: Json = json.loads(raw)
    del document["proof"]
    return document


def some_of(strategy: st.SearchStrategy[Json], most: int) -> list[Json]:
    """What a strategy of Hypothesis makes, the same in each run."""
    made: list[Json] = []
    quiet = list(HealthCheck)

    @seed(7)
    @settings(max_examples=most, database=None, phases=[Phase.generate], suppress_health_check=quiet)
    @given(strategy)
    def keep(document: Json) -> None:
        made.append(copy.deepcopy(document))

    keep()
    return made


def by_chance(most: int) -> list[Json]:
    """Badges as others might write them; no endorsement in them, and each id once."""
    made = some_of(strategies.badges(), most)
    for document in made:
        document.pop("endorsement", None)
        _tell_apart(document, {})
    return made


def _tell_apart(value: Any, seen: dict[str, int]) -> None:
    if isinstance(value, dict) and isinstance(value.get("id"), str):
        seen[value["id"]] = again = seen.get(value["id"], -1) + 1
        value["id"] += f"~{again}" if again else ""
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _tell_apart(inner, seen)
