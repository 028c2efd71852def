"""The Markdown of a portfolio: all of it, its tombstones too, and nothing that anybody wrote is active."""

from __future__ import annotations

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from exchange.core.plain_text import as_markdown
from exchange.edge.portfolios.markdown import markdown
from exchange.languages import speaking
from tests.edge.portfolios.made import BADGE, ENDORSEMENT, NOW, REVOKED, WHOLE, other, shown

BASE = "https://badges.example.org"
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
LIVELY = st.text(alphabet="ab1 \n\t`*_[]()<>#+-.!|~:=&@\\/$^\"'é漢") | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "![x](https://evil.example/t.png)",
        "[x](javascript:alert(1))",
        "https://evil.example",
        "&lt;b&gt;",
        "1. one",
        "- - -",
        "===",
        "a|b\n-|-",
        "@channel",
        "    code",
        "```\ncode",
        "[x]: https://evil.example",
    ]
)


@given(LIVELY)
def test_text_in_markdown_shows_itself_and_nothing_else(text: str) -> None:
    plain = " ".join(text.split())
    html = READER.render(as_markdown(text)).strip()
    shown = unescape(html.removeprefix("<p>").removesuffix("</p>")).replace("\u2060", "")
    assert shown == plain
    assert "<" not in html.removeprefix("<p>").removesuffix("</p>")


@given(LIVELY, LIVELY)
def test_no_word_of_anybody_makes_a_tag_a_link_or_a_heading(one: str, two: str) -> None:
    item = other(name=one, issuer=two, reason=one, evidence=(), skills=())
    endorsed = other(ENDORSEMENT, line=two, issuer=one, team=two)
    html = READER.render(
        markdown(shown(item, endorsed, headline=f"H {one}", person=two, points=(f"p{one}",)), BASE, NOW)
    )
    assert set(re.findall(r'href="([^"]*)"', html)) <= {
        f"{BASE}/p/{WHOLE.key}",
        f"{BASE}/badges/b1",
        f"{BASE}/endorsements/e1",
    }
    assert set(re.findall(r"<(\w+)", html)) <= {"h1", "p", "strong", "em", "a", "ul", "li", "br"}
    assert html.count("<h1>") == 1


def test_it_says_everything_that_is_shown_and_where_to_look() -> None:
    text = markdown(WHOLE, BASE, NOW)
    html = READER.render(text)
    said = unescape(re.sub(r"<[^>]+>", "", html))
    for words in (
        "Ready to lead on-call",
        "Ana Ruiz",
        "2 badges verified; 1 revoked",
        "1 endorsement",
        "Led four incidents",
        "Reliability School (proved by school.example). Valid. Until 21 November 2027.",
        "Taken back for good on 21 November 2026. Reason: Wrong person",
        "Evidence: The report: What happened",
        "Skill: Incident management",
        "through., Bo Lind, Is or was their manager, Platform (signed with their own key)",
        "Seen on 21 November 2026.",
    ):
        assert words in said
    assert f'href="{BASE}/p/{WHOLE.key}"' in html
    assert 'href="https://example.org/report"' in html


def test_a_tombstone_has_its_day_and_reason_and_nothing_of_what_it_said() -> None:
    text = markdown(shown(other(REVOKED, skills=BADGE.skills)), BASE, NOW)
    assert "Taken back for good on 21 November 2026. Reason: Wrong person" in text
    assert "Incident management" not in text


def test_it_speaks_the_language_of_the_moment_and_a_bad_address_is_text() -> None:
    item = other(BADGE, evidence=(other(BADGE).evidence[0].__class__("javascript:alert(1)", "x"),))
    with speaking("de"):
        text = markdown(shown(item, REVOKED), BASE, NOW)
    assert "Widerrufen" in text
    assert "](<javascript" not in text
