"""Values in words: dates, Markdown, links and names as a page may show them, whoever wrote them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from exchange import languages
from exchange.core import plain_text
from exchange.core.dates import format_date, parse_date
from exchange.errors import InputError
from exchange.flows.people.records import Person
from exchange.languages import ngettext

MAX_TEXT = 20_000

plain, safe_link = plain_text.plain, plain_text.safe_link


def host_of(url: str) -> str:
    """The host of a link, for readers to see where it leads; `""` when there is none."""
    return urlsplit(url).netloc if safe_link(url) else ""


def parse_time(value: object) -> datetime | None:
    """A credential's date as a moment in UTC; None when it is not one."""
    try:
        return parse_date(plain(value)).astimezone(UTC)
    except InputError:
        return None


def day(value: datetime) -> Markup:
    """`<time>` that reads "21 November 2026", in the language of the moment."""
    return _time(value, languages.day(value))


def moment(value: datetime) -> Markup:
    """`<time>` that reads "21 November 2026, 14:02 UTC", in the language of the moment."""
    return _time(value, languages.moment(value))


def _time(value: datetime, text: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(format_date(value), text)


def plural(count: int, one: str, many: str) -> str:
    """ "1 check", "9 checks", in English."""
    return f"{count} {one if count == 1 else many}"


def duration(days: int) -> str:
    """ "3 years", "90 days": whole years where it comes out even."""
    if days % 365:
        return ngettext("%(num)s day", "%(num)s days", days)
    return ngettext("%(num)s year", "%(num)s years", days // 365)


def initials(name: str) -> str:
    """ "AL" for "Ada Lovelace": what stands where somebody has no picture; "?" for a name without letters."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


def portrait(person: Person) -> str:
    """Where the picture of somebody is, for who may see it; `""` without one. A new one has a new place."""
    return f"/people/{person.id}/picture?v={person.picture[:12]}" if person.picture else ""


def told(sentence: str) -> str:
    """A sentence of core, flows or adapters in the language of the moment; what stays English is marked."""
    translated = languages.tell(sentence)
    if translated != sentence or not sentence or languages.spoken().code == languages.ENGLISH:
        return translated
    return Markup('<span lang="en">{}</span>').format(sentence)


def markdown(text: object) -> Markup:
    """A small, closed set of Markdown as HTML: paragraphs, lists, emphasis, code, quotes, http(s) links.

    HTML is shown as text, images and headings do not exist, links open nothing but http(s) and tell the
    other side nothing.
    """
    return Markup(_MARKDOWN.render(plain(text, MAX_TEXT)))  # noqa: S704  (raw HTML is off in the renderer)


class _Renderer(RendererHTML):
    def link_open(self, tokens: list[Token], index: int, options: Any, env: Any) -> str:
        tokens[index].attrSet("rel", "noopener noreferrer nofollow")
        return self.renderToken(tokens, index, options, env)


def _markdown() -> MarkdownIt:
    parser = MarkdownIt("zero", {"html": False, "maxNesting": 12}, renderer_cls=_Renderer)
    parser.enable(["list", "blockquote", "code", "fence", "emphasis", "backticks", "link", "autolink"])
    parser.enable(["escape", "newline"])
    parser.validateLink = lambda url: bool(safe_link(url))  # type: ignore[method-assign]
    return parser


_MARKDOWN = _markdown()
