"""The achievement editor and an issuer's profile, as pages and as JSON."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.edge.issuers import design_forms as forms
from exchange.flows.issuers import drafts
from exchange.flows.issuers.publish import publish
from tests.edge.shop import PAGE
from tests.edge.town import PNG, Town
from tests.simulator import run, shipped_catalogues

BASE = "/desk/issuers/school/achievements"
SKETCH = f"{BASE}/sketch"


class Desk:
    """Somebody who edits the school's badges, in a browser and with a program."""

    def __init__(self, town: Town) -> None:
        self.town, self.store = town, town.ports.store
        person = town.person(("school", "editor"))
        self.cookies, self.token = town.session(person), town.token(person, "design")

    def get(self, path: str, **headers: str) -> Any:
        return self.town.shop.client.get(path, headers={**PAGE, **self.cookies, **headers})

    def post(self, path: str, fields: dict[str, Any], files: Any = None) -> Any:
        headers = {**PAGE, **self.cookies}
        return self.town.shop.client.post(
            path, data=fields, files=files, headers=headers, follow_redirects=False
        )

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.town.shop.client.request(method, path, json=body, headers={**self.token, **headers})

    def table(self, name: str = "sketch") -> dict[str, Any]:
        return run(drafts.view(self.town.ports, "school", name)).table


@pytest.fixture
def desk() -> Iterator[Desk]:
    town = Town()
    with town.shop.client:
        yield Desk(town)


def once_in(page: str) -> str:
    found = re.search(r'name="once" value="([^"]+)"', page)
    assert found
    return found[1]


# --- pages ---


def test_from_a_template_to_a_badge_in_a_few_clicks(desk: Desk) -> None:
    once = once_in(desk.get(f"{BASE}/new").text)
    begun = desk.post(BASE, {"name": "Öl & Wasser", "start": "commons/mentor", "once": once})
    assert begun.headers["location"] == f"{BASE}/ol-wasser/draft/words?done=begun"
    page = desk.get(f"{BASE}/ol-wasser/preview").text
    assert "version 1" in page
    sent = {"once": once_in(page), "revision": "1"}
    for _ in range(2):  # a double click
        done = desk.post(f"{BASE}/ol-wasser/publish", sent)
        assert done.headers["location"] == f"{BASE}?done=published"
    assert run(desk.store.achievement("school", "ol-wasser")).version == 1  # type: ignore[union-attr]
    assert "Öl &amp; Wasser" in desk.town.shop.page("/issuers/school")


def test_each_step_saves_its_own_members_and_goes_on(desk: Desk) -> None:
    words = {
        "name": "Mentor",
        "description": "Helps.",
        "criteria": "Met **often**.\r\nAgain.",
        "tags": "a, b ,,c",
        "achievement_type": "Award",
        "valid_days": "30",
        "evidence_required": "on",
        "revision": "1",
    }
    saved = desk.post(f"{SKETCH}/draft/words", words)
    assert saved.headers["location"] == f"{SKETCH}/draft/picture?done=saved"
    design = {"title": "Mentor", "letters": "MM", "glyph": "book", "shape": "tile", "background": "#ffffff"}
    design |= {"accent": "#000000", "ink": "", "alt": "Two letters", "subtitle": "", "revision": "2"}
    saved = desk.post(f"{SKETCH}/draft/picture", design)
    assert saved.headers["location"] == f"{SKETCH}/draft/skills?done=saved"
    assert "Incident management" in desk.get(f"{SKETCH}/draft/skills?q=incid").text
    skill = {
        "name": "Another",
        "url": "https://skills.example/a",
        "framework": "",
        "code": "",
        "revision": "3",
    }
    desk.post(f"{SKETCH}/draft/skills", skill)
    desk.post(f"{SKETCH}/draft/skills", {"out": "0", "revision": "4"})
    results = {"r0-name": "Calm", "r0l0-name": "Low", "r0l0-description": "A", "r0l1-name": "High"}
    results |= {"r0l1-description": "B", "r0l1-points": "2", "r0-required": "1", "revision": "5"}
    saved = desk.post(f"{SKETCH}/draft/results", results)
    assert saved.headers["location"] == f"{SKETCH}/preview?done=saved"
    table = desk.table()
    assert table["criteria"] == "Met **often**.\nAgain."
    assert (table["tags"], table["valid_days"], table["evidence_required"]) == (["a", "b", "c"], 30, True)
    assert table["image"]["glyph"] == "MM"
    assert [one["name"] for one in table["alignments"]][-1] == "Another"
    assert table["results"] == [
        {
            "key": "calm",
            "name": "Calm",
            "required": "high",
            "levels": [
                {"key": "low", "name": "Low", "description": "A"},
                {"key": "high", "name": "High", "description": "B", "points": "2"},
            ],
        }
    ]
    assert run(drafts.view(desk.town.ports, "school", "sketch")).faults == ()


def test_what_is_wrong_stays_typed_and_is_said(desk: Desk) -> None:
    saved = desk.post(f"{SKETCH}/draft/words", {"name": "", "valid_days": "a week", "revision": "1"})
    assert saved.headers["location"] == f"{SKETCH}/draft/words?done=saved"
    page = desk.get(f"{SKETCH}/draft/words").text
    assert 'value="a week"' in page
    assert "it must be a whole number of days" in page
    preview = desk.get(f"{SKETCH}/preview").text
    assert f'href="{SKETCH}/draft/words"' in preview
    assert "/publish" not in preview
    refused = desk.post(f"{SKETCH}/publish", {"revision": "2"})
    assert refused.status_code == 400
    assert run(desk.store.achievement("school", "sketch")) is None


def test_what_is_missing_is_called_as_the_forms_call_it(desk: Desk) -> None:
    run(drafts.begin(desk.town.ports, "school", "empty", title="An empty one"))
    for language, wanted in {
        "en": (
            "Picture: a badge has a picture",
            "What it takes: a badge says how",
            "What it recognises: a badge",
        ),
        "de": (
            "Bild: ein Badge hat ein Bild",
            "Was dafür nötig ist: ein Badge sagt",
            "Was es anerkennt: ein Badge",
        ),
    }.items():
        page = desk.get(f"{BASE}/empty/preview", **{"accept-language": language}).text
        assert all(f">{words}" in page for words in wanted), language
        assert "image" not in page.partition('class="notice')[2].partition("</ul>")[0].replace("/image", "")


def test_who_saves_over_somebody_else_is_told_and_loses_nothing(desk: Desk) -> None:
    desk.post(f"{SKETCH}/draft/words", {"name": "First", "revision": "1"})
    late = desk.post(f"{SKETCH}/draft/words", {"name": "Second", "revision": "1"})
    assert late.status_code == 409
    assert 'value="Second"' in late.text
    assert desk.table()["name"] == "First"
    assert 'name="revision" value="2"' in late.text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 200),
        ("?title=A&letters=A&shape=circle&background=%23ffffff&accent=%23000000", 200),
        ("?title=A&letters=A&shape=circle&background=red&accent=%23000000", 400),
        ("?title=A&letters=A&shape=banana", 400),
        ("?title=&letters=A", 400),
        ("?title=%E6%BC%A2&letters=A", 400),
        ("?title=%3Cscript%3E&letters=A", 200),
    ],
)
def test_the_live_preview_draws_what_can_be_drawn(desk: Desk, query: str, status: int) -> None:
    answer = desk.get(f"{SKETCH}/picture.svg{query}", accept="application/json")
    assert answer.status_code == status
    if status == 200:
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["cache-control"] == "no-store"
        assert b"<script" not in answer.content
    assert run(desk.store.draft("school", "sketch")).revision == 1  # type: ignore[union-attr]


def test_a_picture_is_uploaded_shown_and_exported(desk: Desk) -> None:
    files = {"file": ("a.png", PNG, "image/png")}
    done = desk.post(f"{SKETCH}/upload", {"given_alt": "A blue square", "revision": "1"}, files)
    assert done.headers["location"] == f"{SKETCH}/draft/skills?done=saved"
    shown = desk.get(f"{SKETCH}/picture.svg")
    assert shown.headers["content-type"] == "image/png"
    page = desk.get(f"{SKETCH}/draft/picture").text
    assert "A picture that was uploaded." in page
    run(publish(desk.town.ports, "school", "sketch"))
    packed = desk.get(f"{SKETCH}/export")
    assert packed.headers["content-disposition"] == 'attachment; filename="sketch.zip"'
    names = zipfile.ZipFile(io.BytesIO(packed.content)).namelist()
    assert names == ["badges/sketch.toml", "images/sketch.png"]


@pytest.mark.parametrize(
    ("fields", "files", "said"),
    [
        ({"given_alt": "A"}, {}, "Choose a PNG"),
        ({"given_alt": "A"}, {"file": ("a.png", b"", "image/png")}, "Choose a PNG"),
        ({"given_alt": "A"}, {"file": ("a.png", b"GIF89a", "image/png")}, "cannot be read"),
        ({"given_alt": ""}, {"file": ("a.png", PNG, "image/png")}, "must not be empty"),
    ],
)
def test_an_upload_that_fails_is_said_beside_its_field(
    desk: Desk, fields: dict[str, str], files: Any, said: str
) -> None:
    answer = desk.post(f"{SKETCH}/upload", {**fields, "revision": "1"}, files or {"none": ("x", b"")})
    assert answer.status_code == 400
    assert re.search(rf'class="fault">.*{said}', answer.text)
    assert run(desk.store.draft("school", "sketch")).revision == 1  # type: ignore[union-attr]


@pytest.mark.parametrize("seen", ["earner", "verifier", "embed", "nobody"])
def test_a_preview_shows_the_badge_and_no_markup_of_its_makers(desk: Desk, seen: str) -> None:
    said = {"criteria": "<script>alert(1)</script> **bold**", "name": "<b>Mentor</b>"}
    run(drafts.save(desk.town.ports, "school", "sketch", said))
    page = desk.get(f"{SKETCH}/preview?as={seen}").text
    assert "<script>alert" not in page
    assert "<b>Mentor" not in page
    assert "&lt;b&gt;Mentor&lt;/b&gt;" in page
    assert ("<strong>bold</strong>" in page) is (seen != "embed")


def test_a_draft_is_on_no_page_of_others(desk: Desk) -> None:
    run(drafts.save(desk.town.ports, "school", "sketch", {"name": "Secret plan"}))
    stranger = desk.town.session(desk.town.person(("school", "issuer")))
    for path in (SKETCH + "/preview", BASE, SKETCH + "/picture.svg"):
        assert desk.get(path, **stranger).status_code == 403
    for path in ("/", "/issuers/school", "/desk"):
        assert "Secret plan" not in desk.get(path, **stranger).text


def test_a_profile_is_changed_and_its_picture_is_public(desk: Desk) -> None:
    fields = {"name": "Academy", "description": "Teaches.", "url": "", "email": "", "alt": "A blue square"}
    done = desk.post("/desk/issuers/school", fields, {"picture": ("a.png", PNG, "image/png")})
    assert done.headers["location"] == "/desk/issuers/school?done=described"
    page = desk.town.shop.page("/issuers/school")
    assert "Academy" in page
    place = re.search(r'src="(/issuers/school/images/[0-9a-f]{64}\.png)" alt="A blue square"', page)
    assert place
    picture = desk.town.shop.get(place[1])
    assert picture.headers["cache-control"].endswith("immutable")
    assert picture.headers["access-control-allow-origin"] == "*"
    assert desk.town.shop.get(place[1].replace(".png", ".svg")).status_code == 404
    wrong = desk.post("/desk/issuers/school", {**fields, "url": "nowhere", "name": "Kept"}, None)
    assert wrong.status_code == 400
    assert 'value="Kept"' in wrong.text
    assert "Academy" in desk.town.shop.page("/issuers/school")


def test_a_domain_that_names_its_issuer_is_shown_as_verified(desk: Desk) -> None:
    world = desk.town.shop.world
    assert "Not verified" in desk.get("/desk/issuers/school").text
    did = run(desk.store.issuer("school")).did  # type: ignore[union-attr]
    world.web.put("https://school.example.org/.well-known/badge-issuers.txt", did.encode())
    desk.post("/desk/issuers/school/domain", {})
    page = desk.get("/desk/issuers/school").text
    assert "Not verified" not in page
    assert "Verified" in page
    assert "says that this issuer is its own" in desk.town.shop.page("/issuers/school")


def test_keys_are_rotated_once_however_often_the_form_is_sent(desk: Desk) -> None:
    owner = desk.town.session(desk.town.person(("school", "owner")))
    page = desk.get("/desk/issuers/school/keys/rotate", **owner).text
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    for _ in range(2):
        sent = desk.town.shop.client.post(
            "/desk/issuers/school/keys/rotate",
            data={"key": key[1]},
            headers={**PAGE, **owner},
            follow_redirects=False,
        )
        assert sent.status_code == 303
    assert [one.state for one in run(desk.store.keys("school"))] == ["verify-only", "active"]
    assert ">replaced<" in desk.get("/desk/issuers/school/keys", **owner).text.lower()


# --- forms and tables ---


@pytest.mark.parametrize(
    "badge",
    [badge for catalogue in shipped_catalogues() for badge in catalogue.badges],
    ids=lambda badge: str(badge.slug),
)
def test_a_form_sent_as_it_is_shown_changes_nothing(badge: Any) -> None:
    table = json.loads(badge.source)
    results: dict[str, str] = {}
    for number, result in enumerate(forms.results_of(table)):
        place = f"r{number}"
        results |= {f"{place}-{name}": result[name] for name in ("key", "name")}
        results[f"{place}-required"] = result["needed"]
        for at, level in enumerate(result["levels"]):
            results |= {f"{place}l{at}-{name}": value for name, value in level.items()}
    shown = {"words": forms.words_of(table), "picture": forms.picture_of(table), "results": results}
    for step, fields in shown.items():
        typed = {name: value.strip().replace("\n", "\r\n") for name, value in fields.items()}
        changes = forms.read_step(step, typed, table)
        assert {**table, **{name: value for name, value in changes.items() if value is not None}} == table
        assert all(name not in table for name, value in changes.items() if value is None)


@given(
    st.dictionaries(
        st.sampled_from([*drafts.MEMBERS]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["key", "name", "levels", "url", "required"]), inner)
            ),
            max_leaves=12,
        ),
    )
)
def test_whatever_a_program_saved_the_forms_show(table: dict[str, Any]) -> None:
    words, picture, results = forms.words_of(table), forms.picture_of(table), forms.results_of(table)
    skills = [forms.shown_of(one, forms.SKILL) for one in forms.tables_of(table, "alignments")]
    texts = [*words.values(), *picture.values(), *(text for one in skills for text in one.values())]
    texts += [text for one in results for level in one["levels"] for text in level.values()]
    assert all(isinstance(text, str) for text in texts)


# --- programs ---


def test_a_program_does_what_an_editor_does(desk: Desk) -> None:
    base = "/api/issuers/school/achievements"
    start = {"name": "New badge", "start": "atlas/incident-lead"}
    twice = [desk.api("POST", base, start, **{"idempotency-key": "a"}) for _ in range(2)]
    assert twice[0].status_code == 201
    assert twice[0].json() == twice[1].json()
    assert twice[0].json()["badge"] == "new-badge"
    table = {**twice[0].json()["table"], "name": ""}
    saved = desk.api("PUT", f"{base}/new-badge", {"table": table, "revision": 1}).json()
    assert [fault["at"] for fault in saved["faults"]] == ["/name"]
    refused = desk.api("POST", f"{base}/new-badge/publish", {})
    assert (refused.status_code, refused.json()["code"]) == (400, "draft_incomplete")
    late = desk.api("PUT", f"{base}/new-badge", {"table": {}, "revision": 1})
    assert (late.status_code, late.json()["code"]) == (409, "draft_changed")
    picture = {"file": base64.b64encode(PNG).decode(), "alt": "A blue square", "revision": 2}
    assert (
        desk.api("PUT", f"{base}/new-badge/picture", picture).json()["table"]["image"]["alt"]
        == "A blue square"
    )
    table = {**desk.table("new-badge"), "name": "New badge"}
    desk.api("PUT", f"{base}/new-badge", {"table": table})
    done = desk.api("POST", f"{base}/new-badge/publish", {"revision": 4}).json()
    assert (done["act"], done["version"], done["retired"]) == ("create", 1, False)
    listed = desk.api("GET", base).json()
    assert [one["badge"] for one in listed["achievements"]] == ["incident-lead", "new-badge"]
    assert [one["badge"] for one in listed["drafts"]] == ["sketch"]
    assert desk.api("GET", f"{base}/new-badge/export").headers["content-type"] == "application/zip"
    assert desk.api("POST", f"{base}/new-badge/retire").json()["retired"] is True
    assert desk.api("DELETE", f"{base}/sketch").json() == {"badge": "sketch"}
    assert run(desk.store.drafts("school")) == []


def test_a_program_describes_an_issuer_and_asks_its_domain(desk: Desk) -> None:
    body = {"name": "Academy", "picture": base64.b64encode(PNG).decode(), "alt": "A blue square"}
    profile = desk.api("PUT", "/api/issuers/school", body).json()["profile"]
    assert (profile["name"], profile["image"]["caption"]) == ("Academy", "A blue square")
    assert "image" not in desk.api("PUT", "/api/issuers/school", {"picture": ""}).json()["profile"]
    asked = desk.api("POST", "/api/issuers/school/domain").json()
    assert (asked["name"], asked["verified"]) == ("school.example.org", False)
    assert desk.api("GET", "/api/issuers/school").json()["domain"] == asked


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("PUT", "/sketch", {"table": []}, "not_an_object"),
        ("PUT", "/sketch", {"table": {"odd": 1}}, "unknown_member"),
        ("PUT", "/sketch", {"table": {}, "revision": "1"}, "not_a_number"),
        ("PUT", "/sketch", {"table": {}, "revision": True}, "not_a_number"),
        ("PUT", "/sketch", {"table": {"criteria": "x" * 200_001}}, "draft_too_large"),
        ("PUT", "/sketch/picture", {"file": "§", "alt": "A"}, "encoding_malformed"),
        ("PUT", "/sketch/picture", {"file": "AAAA", "alt": "A"}, "image_malformed"),
        ("POST", "", {"name": ""}, "title_missing"),
        ("POST", "", {"badge": "sketch"}, "draft_exists"),
        ("POST", "/nothing/publish", {}, "unknown_draft"),
    ],
)
def test_a_program_is_told_what_is_wrong(desk: Desk, method: str, path: str, body: Any, code: str) -> None:
    before = desk.town.state()
    answer = desk.api(method, f"/api/issuers/school/achievements{path}", body)
    assert answer.json()["code"] == code
    assert desk.town.state() == before
