"""What strangers write, as a page shows it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.edge.http.words import day, duration, markdown, moment, parse_time, plain, safe_link


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("Incident lead", "Incident lead", id="plain"),
        pytest.param({"@value": "Lead", "@language": "en"}, "Lead", id="language string"),
        pytest.param(["Lead"], "", id="array is no name"),
        pytest.param(7, "", id="number is no name"),
        pytest.param("a\u202egnp.exe", "a\ufffdgnp.exe", id="right-to-left override is marked"),
        pytest.param("a\x00b\x1bc", "a\ufffdb\ufffdc", id="control characters are marked"),
        pytest.param("x" * 400, "x" * 299 + "…", id="a name is cut at 300 letters"),
    ],
)
def test_names(value: object, expected: str) -> None:
    assert plain(value) == expected


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://example.org/\u202emoc.elpmaxe",
        "https://example.org/\x85",
        "data:text/html,x",
        "//evil.example/",
        "/relative",
        "https:///nohost",
        "https://user:password@example.org/",
        "https://exa mple.org/",
        'https://example.org/"onmouseover=',
        "https://example.org\\@evil.example/",
        "https://[::1",
        "https://example.org/" + "a" * 2000,
        None,
        {"id": "https://example.org"},
    ],
)
def test_what_is_not_linked(url: object) -> None:
    assert safe_link(url) == ""


def test_what_is_linked() -> None:
    assert safe_link("https://example.org/a?b=c#d") == "https://example.org/a?b=c#d"


@pytest.mark.parametrize(
    ("source", "html"),
    [
        pytest.param("**a** *b* `c`", "<strong>a</strong> <em>b</em> <code>c</code>", id="emphasis"),
        pytest.param("- a\n- b", "<li>a</li>", id="lists"),
        pytest.param("<b>a</b>", "&lt;b&gt;a&lt;/b&gt;", id="HTML is text"),
        pytest.param("<!-- a --><script>x</script>", "&lt;script&gt;", id="script is text"),
        pytest.param(
            "[a](https://example.org)",
            '<a href="https://example.org" rel="noopener noreferrer nofollow">a</a>',
            id="links tell the other side nothing",
        ),
        pytest.param("[a](javascript:alert(1))", "[a](javascript:alert(1))", id="no script links"),
        pytest.param("[a](JaVaScRiPt:alert(1))", "[a](JaVa", id="no script links in any case"),
        pytest.param("[a](data:text/html;base64,AA)", "[a](data:", id="no data links"),
        pytest.param("[a](/verify)", "[a](/verify)", id="no links to us"),
        pytest.param("# a", "<p># a</p>", id="no headings"),
        pytest.param("&#x202e;a", "&amp;#x202e;a", id="no characters by number"),
        pytest.param("> a", "<blockquote>", id="quotes"),
    ],
)
def test_markdown(source: str, html: str) -> None:
    assert html in markdown(source)


def test_markdown_shows_no_image() -> None:
    assert "<img" not in markdown("![a](https://example.org/a.png)")


@given(st.text(alphabet="[]()<>*_`!&#\\ \n-1.>hpts:/ax\"'", max_size=300))
def test_no_markdown_makes_a_tag_of_its_own(source: str) -> None:
    html = str(markdown(source))
    tags = {tag.split()[0].strip("</>") for tag in html.split("<")[1:] for tag in [tag.split(">")[0]]}
    assert tags <= {"p", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "a", "br"}
    assert "javascript:" not in html


def test_dates_read_as_words() -> None:
    at = datetime(2026, 11, 1, 9, 5, tzinfo=UTC)
    assert day(at) == '<time datetime="2026-11-01T09:05:00Z">1 November 2026</time>'
    assert moment(at) == '<time datetime="2026-11-01T09:05:00Z">1 November 2026, 09:05 UTC</time>'


@pytest.mark.parametrize(
    ("days", "words"), [(1, "1 day"), (90, "90 days"), (365, "1 year"), (730, "2 years"), (800, "800 days")]
)
def test_durations_read_as_words(days: int, words: str) -> None:
    assert duration(days) == words


@pytest.mark.parametrize("value", ["yesterday", "2026-13-01T00:00:00Z", 7, None, "0001-01-01T00:00:00+14:00"])
def test_a_date_that_is_none_is_left_out(value: object) -> None:
    assert parse_time(value) is None
