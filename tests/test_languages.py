"""Languages: catalogues that lack nothing, pages that say nothing past them, what is told in another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, nodes
from markupsafe import Markup

from exchange.edge.http.words import duration, told
from exchange.languages import (
    MAX_TOLD,
    SAID,
    day,
    gettext,
    languages,
    moment,
    ngettext,
    number,
    speaking,
    tell,
)
from exchange.settings import ROOT
from tests import catalogues

PATHS = sorted(catalogues.LOCALES.glob("*/LC_MESSAGES/messages.po"))
TEMPLATES = sorted((ROOT / "web" / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "web" / "static").glob("*.js"))
AT = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)


def texts(message: object) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message)  # type: ignore[arg-type]


def holes(text: str, context: str | None) -> list[str]:
    """What is filled in, and the tags around it: the same in every language."""
    filled = r"\{\w+\}" if context == SAID else r"%\(\w+\)s"
    return sorted(re.findall(filled + r"|</?\w+", re.sub(r"\{\{.*?\}\}", "", text)))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.parts[-3])
def test_a_catalogue_has_everything_that_is_said_and_nothing_else(path: Path) -> None:
    have = {(one.context, one.id) for one in catalogues.read(path) if one.id}
    need = {(one.context, one.id) for one in catalogues.current() if one.id}
    assert need - have == set(), "run python -m tests.catalogues, and translate what is new"
    assert have - need == set(), "run python -m tests.catalogues"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.parts[-3])
def test_every_message_is_translated_with_all_that_is_filled_in(path: Path) -> None:
    catalogue = catalogues.read(path)
    assert catalogues.untranslated(catalogue) == []
    wrong = [
        (source, translation)
        for one in catalogue
        if one.id
        for source, translation in zip(texts(one.id), texts(one.string), strict=True)
        if holes(source, one.context) != holes(translation, one.context) or one.fuzzy
    ]
    assert wrong == []


def test_every_sentence_is_known_by_its_pattern_whatever_fills_it() -> None:
    """Each is made as the code makes it, and told: what was filled in is still there, all else is German."""
    missed = []
    for one in catalogues.read(PATHS[0]):
        if one.id and one.context == SAID:
            names = re.findall(r"(?<!\{)\{(\w+)\}(?!\})", one.id)
            values = {name: f"x{index}y" for index, name in enumerate(names)}
            made = one.id.format(**values)
            with speaking("de"):
                heard = tell(made)
            if heard == made or not all(value in heard for value in values.values()):
                missed.append((made, heard))
    assert missed == []


class _Texts(HTMLParser):
    """The words of a page: its text, and the attributes that are read to somebody."""

    SEEN = ("alt", "aria-label", "title", "placeholder", "content", "data-done", "data-busy")

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = [value or "" for name, value in attrs if name in self.SEEN and tag != "meta"]
        self.words += told

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def untold(source: str) -> Iterator[str]:
    """The texts of a template that pass by the catalogue."""
    tree = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(source)
    parser = _Texts()
    text = "".join(data.data for data in tree.find_all(nodes.TemplateData))
    parser.feed(re.sub(r"<(/?)(?=[\s>])", r"<\1x", text))  # a tag whose name is filled in
    for words in parser.words:
        bare = re.sub(r"[a-z-]+=\"[^\"]*\"|autofocus", "", words)  # attributes a macro makes
        if re.search(r"[^\W\d_]{2,}", bare):
            yield bare.strip()
    calls = tree.find_all(nodes.Call)
    through = {id(constant) for call in calls for constant in call.find_all(nodes.Const)}
    for output in tree.find_all(nodes.Output):
        for constant in output.find_all(nodes.Const):
            text = str(constant.value)
            if id(constant) not in through and re.match(r"[A-Z][a-z]+", text):
                yield text


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_says_nothing_past_the_catalogue(path: Path) -> None:
    source = path.read_text()
    assert list(untold(source)) == []
    assert re.findall(r"\.(?:message|remedy)\s*\}\}", source) == [], "tell it: {{ error.message|tell }}"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ('<img alt="A badge">', ["A badge"]),
        ("{{ 'Revoked' if x }}", ["Revoked"]),
        ("<p>{% trans %}Hello{% endtrans %}</p>{{ _('Hello') }} · {{ name }} <code>{{ x|upper }}</code>", []),
    ],
)
def test_the_lint_of_templates_finds_what_it_should(source: str, found: list[str]) -> None:
    assert list(untold(source)) == found


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_takes_its_words_from_the_page(path: Path) -> None:
    source = re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.MULTILINE)
    assert re.findall(r"""["'`]([A-Z][a-z]+[^"'`]* [^"'`]*)["'`]""", source) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("en", ("1 March 2026", "1 March 2026, 09:05 UTC", "1,234", "1 day", "90 days", "2 years")),
        ("de", ("1. März 2026", "1. März 2026, 09:05 Uhr (UTC)", "1.234", "1 Tag", "90 Tage", "2 Jahre")),
    ],
)
def test_dates_numbers_and_plurals_are_those_of_the_language(code: str, expected: tuple[str, ...]) -> None:
    with speaking(code):
        assert (day(AT), moment(AT), number(1234), duration(1), duration(90), duration(730)) == expected


def test_a_language_ends_with_its_block_and_calls_itself_by_its_own_name() -> None:
    with speaking("de"):
        assert gettext("Revoked") == "Widerrufen"
    assert gettext("Revoked") == "Revoked"
    assert [one.name for one in languages().values()] == ["English", "Deutsch"]


def test_what_is_filled_into_markup_is_escaped_and_the_rest_stays_text() -> None:
    reason = "<b>"
    said = gettext(
        "It was taken back for good on %(at)s. Reason: %(reason)s", at=Markup("<i>"), reason=reason
    )
    assert said == Markup("It was taken back for good on <i>. Reason: &lt;b&gt;")
    plainly = gettext("The signature fits, but a check failed: %(fault)s", fault=reason)
    assert not isinstance(plainly, Markup)
    assert ngettext("%(num)s check passed", "%(num)s checks passed", 1200) == "1,200 checks passed"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (r"\b(?:[Dd]er|[Dd]en|[Ee]inen|[Dd]iesen|[Kk]einen) Badge\b", "das Badge"),
        (r"(?<!E-)\bMails?\b", "E-Mail"),
        (r"\bBörse", "Plattform"),
        (r"\bSchreibtisch", "Arbeitsplatz"),
        (r"\bTokens\b", "Token"),
        (r"\b(?:das|im|dem) Log\b", "das Protokoll"),
        (r"(?i)unterschr(?:eib|ieb|ift)", "signieren, die Signatur"),
        (r"\b(?:du|dein\w*|dich|dir)\b", "Sie"),
        (r"„[^“]*[\"”]", "„so“"),
    ],
)
def test_german_keeps_to_its_glossary(wrong: str, right: str) -> None:
    """The head of the catalogue says which word stands for which."""
    german = catalogues.read(catalogues.LOCALES / "de" / "LC_MESSAGES" / "messages.po")
    forms = ([one.string] if isinstance(one.string, str) else one.string for one in german if one.id)
    said = [text for several in forms for text in several]
    assert [text for text in said if re.search(wrong, text)] == [], right


def test_to_endorse_is_one_word_in_german() -> None:
    german = catalogues.read(catalogues.LOCALES / "de" / "LC_MESSAGES" / "messages.po")
    about = [one for one in german if one.id and "endors" in str(one.id).lower()]
    assert len(about) > 100
    assert [one.string for one in about if "bestätig" in str(one.string).lower()] == []


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("The issuer revoked it.", "Der Aussteller hat es widerrufen."),
        ("Its status (revocation) is not set.", "Sein Status (Widerruf) ist nicht gesetzt."),
        ("Keys on the curve {x} are not supported.", "Schlüssel auf der Kurve {x} werden nicht unterstützt."),
        (
            "https://a.example/b: c could not be read: it answered with status 404.",
            "https://a.example/b: c war nicht lesbar: die Antwort hatte den Status 404.",
        ),
        (
            "A credential in it does not stand: The issuer revoked it.",
            "Ein enthaltener Nachweis hält nicht stand: Der Aussteller hat es widerrufen.",
        ),
        (
            "image is missing: a badge has a picture, and words for those who do not see it.",
            "image fehlt: ein Badge hat ein Bild, und Worte für alle, die es nicht sehen.",
        ),
        (
            "school signs as did:key:z6Mk (keys: 2, active: 1).",
            "school signiert als did:key:z6Mk (Schlüssel: 2, davon aktiv: 1).",
        ),
        (
            'credentialSubject.id is "x": it must be text.',
            'credentialSubject.id ist "x": es muss Text sein.',
        ),
        (
            "This exchange is read-only just now. It was restored from a backup. A signed checkpoint vouches "
            "for at least 3 entries of the log that it does not have. Acknowledge it at the desk, or with: "
            "exchange restore --acknowledge --missing 3",
            "Diese Plattform ist derzeit schreibgeschützt. Die Datenbank wurde aus einer Sicherung "
            "wiederhergestellt. Ein signierter Prüfpunkt bürgt für mindestens 3 Einträge des Protokolls, die "
            "hier fehlen. "
            "Am Arbeitsplatz zur Kenntnis nehmen, oder mit: exchange restore --acknowledge --missing 3",
        ),
    ],
)
def test_a_sentence_is_told_with_what_it_quotes(english: str, german: str) -> None:
    with speaking("de"):
        assert tell(english) == german
    assert tell(english) == english


def test_what_is_nobodys_sentence_stays_and_is_marked_as_english() -> None:
    with speaking("de"):
        assert tell("Something new was said <here>") == "Something new was said <here>"
        assert told("Something new <here>") == Markup('<span lang="en">Something new &lt;here&gt;</span>')
        assert told("") == ""
    assert told("Something new <here>") == "Something new <here>"


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from([". ", ": ", " is ", "it", "The ", "{", "}"])).map("".join)
)
def test_whatever_strangers_write_is_told_without_harm(text: str) -> None:
    with speaking("de"):
        assert isinstance(tell(text), str)


def test_a_text_made_to_be_slow_is_left_alone() -> None:
    long = "The claim " + ": is . " * 10_000
    with speaking("de"):
        assert tell(long) == long
        assert tell(long[:MAX_TOLD]) != ""
