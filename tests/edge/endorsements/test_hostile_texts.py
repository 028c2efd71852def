"""What an endorser or an asker writes, in every place where it is read: shown for what it is, or refused.

A case that the forms refuse is put into the store as an older version, or another exchange, may have let it
in: whatever is on record is only text.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

import msgspec
import pytest

from exchange.cli.output import Reply, show
from exchange.core.credentials.said import SkillSeen, Team
from exchange.core.plain_text import pretends
from exchange.edge.endorsements.voices import voice
from exchange.edge.http.words import markdown
from exchange.errors import InputError
from exchange.flows.endorsements.ask import Wish, ask
from exchange.flows.endorsements.listed import line_of
from exchange.flows.endorsements.show import show as show_it
from exchange.flows.mail.mails import write as written
from exchange.flows.people.people import change
from exchange.flows.records import Letter
from tests.edge.endorsements.test_endorsements import Site
from tests.edge.shop import PAGE
from tests.simulator import run

CASES = {
    "HTML": "<b onmouseover=alert(1)>bold</b><img src=x onerror=alert(1)>",
    "script": "<script>alert(1)</script></title></textarea><!--",
    "script link": "[click](javascript:alert(1)) <javascript:alert(1)> [x](data:text/html,hi)",
    "picture": "![pixel](https://evil.example/p.png) <svg onload=alert(1)>",
    "override": "Ada \u202egnp.exe\u202d",
    "isolate": "\u2066Ada\u2067 \u2068admin\u2069",
    "zero width": "Pa\u200bul\u2060 ad\u200dmin\ufeff",
    "homoglyphs": "P\u0430ul L\u043evelace",
    "stack of marks": "Ze\u0301" + "\u0300" * 60,
    "two lines": "Ada\r\nBcc: eve@evil.example\n\nSubject: hi",
    "long word": "W" * 120,
    "NUL": "Ada\x00admin",
    "terminal": "\x1b]0;owned\x07\x1b[2J\x9b31m",
    "template": "{{ 7*7 }} {% raw %} %(name)s {name} %s",
}


class Page(HTMLParser):
    """What of a page would act: tags, their handlers, and where links and pictures lead."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.bad: list[str] = []
        self.words: list[str] = []
        self._raw = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._raw = tag in ("script", "style")
        for name, value in attrs:
            led = (value or "").strip().lower()
            if name.startswith("on"):
                self.bad.append(f"{tag} {name}")
            if name in ("href", "src", "action", "formaction") and not led.startswith(
                ("/", "#", "?", "https://", "http://localhost", "mailto:")
            ):
                self.bad.append(f"{tag} {name}={value}")
            if name == "src" and "evil" in led:
                self.bad.append(f"{tag} {name}={value}")
            if name in ("title", "alt", "aria-label", "content") and pretends(value or ""):
                self.bad.append(f"{tag} {name}={value!a}")
        if tag == "script" and not any(name == "src" for name, _ in attrs):
            self.bad.append("script without src")

    def handle_endtag(self, tag: str) -> None:
        self._raw = False

    def handle_data(self, data: str) -> None:
        if not self._raw:
            self.words.append(data)


def check_page(text: str, case: str) -> None:
    page = Page(text)
    assert page.bad == []
    assert not pretends("".join(page.words)), case


def check_letter(letter: Letter, case: str) -> None:
    assert "\n" not in letter.subject
    assert "\r" not in letter.subject
    assert not pretends(letter.subject + letter.text), case
    check_page(letter.html, case)


@dataclass
class Scene(Site):
    """Ben endorses Ana's badge, and Ana asks Cam; all of them write the same."""

    text: str = ""
    refused: set[str] = field(default_factory=set)

    def tell(self) -> None:
        for peer in (self.ana, self.ben):
            self.rename(peer.person.id)
        self.cam = self.peer("Cam Asked", "cam@example.org")
        note = self.text[:300]
        (self.request,) = run(ask(self.ana.ports, Wish(self.badge, ["cam@example.org"], note=note)))
        self.made = self.endorsed()
        run(show_it(self.ana.ports, self.made.id))

    def rename(self, id: str) -> None:
        try:
            run(change(self.ports, id, name=self.text))
        except InputError:  # it is on record all the same
            self.refused.add("name")
            known = self.world.store._people[id]
            self.world.store._people[id] = replace(known, name=" ".join(self.text.split()))

    def endorsed(self):  # type: ignore[no-untyped-def]
        line = self.text[:140]
        for words in ({"line": line, "text": self.text}, {"line": line}, {"text": self.text}, {}):
            try:
                return self.ben.endorse(self.badge, **words)  # type: ignore[arg-type]
            except InputError:
                self.refused.add("line" if "line" in words else "text")
        return self.ben.endorse(self.badge, name="Ben Peer")  # with that name nobody signs anything


@pytest.fixture(params=CASES, scope="module")
def scene(request: pytest.FixtureRequest) -> Scene:
    made = Scene(text=CASES[request.param])
    made.tell()
    return made


def pages(scene: Scene) -> dict[str, str]:
    ben, ana, cam = (scene.as_(peer) for peer in (scene.ben, scene.ana, scene.cam))
    draft = scene.ben.draft(scene.badge)
    wanted = {
        f"/badges/{scene.badge}": PAGE,
        f"/endorsements/{scene.made.id}": PAGE,
        f"/endorse/{scene.request.id}": cam,
        f"/account/endorsements/new/request/{scene.request.id}": cam,
        "/account/endorsements": ana,
        f"/account/badges/{scene.badge}": ana,
        f"/account/badges/{scene.badge}/ask": ana,
        f"/account/endorsements/{scene.made.id}": ben,
        f"/account/endorsements/{scene.made.id}/withdraw": ben,
        f"/account/endorsements/new/edit/{scene.made.id}": ben,
        f"/account/endorsements/{draft.id}/sign": ben,
        f"/embed/badges/{scene.badge}": PAGE,
        f"/verify?url=https://badges.example.org/endorsements/{scene.made.id}": PAGE,
    }
    found = {}
    for path, headers in wanted.items():
        answer = scene.client.get(path, headers=headers)
        assert answer.status_code == 200, (path, answer.text[:500])
        found[path] = answer.text
    return found


TYPED = ("/new/", "/sign")
"""Pages that show what is about to be signed, in a field or as JSON, exactly as it is."""


def test_on_pages_it_is_only_text(scene: Scene) -> None:
    for path, text in pages(scene).items():
        if any(part in path for part in TYPED):
            assert Page(text).bad == [], path
        else:
            check_page(text, path)


def test_in_mails_it_is_only_text_and_headers_stay_one_line(scene: Scene) -> None:
    parcels = [row.delivery.parcel for row in scene.world.store._outbox]
    letters = {parcel.id: run(written(scene.ports, parcel)) for parcel in parcels}
    assert len(letters) >= 3
    for letter in letters.values():
        check_letter(letter, letter.subject)
        assert "evil.example" not in letter.to


def test_programs_and_pictures_get_it_whole(scene: Scene) -> None:
    for path in ("endorsements", "trust"):
        answer = scene.client.get(f"/badges/{scene.badge}/{path}")
        assert answer.status_code == 200
        assert isinstance(json.loads(answer.content), dict)
    for end in ("png", "svg"):
        assert scene.client.get(f"/embed/badges/{scene.badge}.{end}").status_code == 200


def test_a_terminal_gets_no_commands(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [("", scene.text), ("error", f"  {scene.text}")]
    show(Reply({"text": scene.text}, lines), as_json=False, colours=False)
    told = capsys.readouterr().out
    assert not pretends(told.replace("\n", ""))
    assert told.count("\n") == 2
    show(Reply({"text": scene.text}), as_json=True, colours=False)
    told = capsys.readouterr().out
    assert told.isascii()
    assert json.loads(told) == {"text": scene.text}


REFUSED: dict[str, Callable[[set[str]], bool]] = {
    "override": lambda refused: {"name", "line"} <= refused,
    "NUL": lambda refused: {"name", "line"} <= refused,
    "terminal": lambda refused: {"name", "line"} <= refused,
    "zero width": lambda refused: "name" in refused,
    "HTML": lambda refused: refused == set(),
    "homoglyphs": lambda refused: refused == set(),
}


@pytest.mark.parametrize("case", CASES)
def test_what_another_exchange_let_into_a_document_is_shown_for_what_it_is(case: str) -> None:
    scene, text = Site(), CASES[case]
    made = scene.ben.endorse(scene.badge)
    line = line_of(made)
    assert line is not None
    assert line.said.endorser is not None
    team, skill = Team(id="https://x.example/t", name=text), SkillSeen(name=text, id="javascript:alert(1)")
    named = msgspec.structs.replace(line.said.endorser, name=text)
    said = msgspec.structs.replace(
        line.said, endorser=named, line=text, text=text, endorser_team=team, skills=(skill,)
    )
    read = voice(replace(line, said=said))
    for shown in (read.name, read.team, read.line, *(name for name, _ in read.skills)):
        assert not pretends(shown)
        assert "\n" not in shown
    assert not pretends(read.text)
    assert [link for _, link in read.skills] == [""]
    assert Page(f"<div>{markdown(read.text)}</div>").bad == []
    assert Page(f"<div>{markdown(text)}</div>").bad == []


@pytest.mark.parametrize("case", REFUSED)
def test_what_turns_text_about_is_not_taken_and_what_is_text_is(case: str) -> None:
    scene = Scene(text=CASES[case])
    scene.tell()
    assert REFUSED[case](scene.refused), scene.refused


def test_letters_that_only_look_alike_are_named_wherever_a_name_is() -> None:
    scene = Scene(text=CASES["homoglyphs"])
    scene.tell()
    marked = "P\u0430ul L\u043evelace [CYRILLIC \u0430, CYRILLIC \u043e]"
    shown = pages(scene)
    for path in (f"/badges/{scene.badge}", f"/endorsements/{scene.made.id}", f"/endorse/{scene.request.id}"):
        assert marked in shown[path], path
    for row in scene.world.store._outbox:
        letter = run(written(scene.ports, row.delivery.parcel))
        if "endorse" in row.delivery.parcel.payload and "signed" not in row.delivery.parcel.payload:
            assert "CYRILLIC" in letter.subject or "P\u0430ul" not in letter.subject
