"""A choice of language, made on a page, travels on in its links, forms and redirects: without a cookie."""

from __future__ import annotations

import re
from contextvars import ContextVar
from html import escape, unescape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_LINK = re.compile(r'(<a [^>]*?\bhref=|<form [^>]*?\baction=)"(/[^"]*)"')
_GET_FORM = re.compile(r'(<form [^>]*\bmethod="get"[^>]*>)')
_asked: ContextVar[str] = ContextVar("asked_language", default="")


def remember(code: str) -> None:
    """What the address of this request asks for, `""` for nothing."""
    _asked.set(code)


def carry(place: str) -> str:
    """`place`, a path of ours, with the choice that was made on the page that leads there."""
    code = _asked.get()
    return in_language(place, code) if code else place


def carry_all(html: str) -> str:
    """A page whose links and forms carry the choice along."""
    if not _asked.get():
        return html
    html = _GET_FORM.sub(f'\\1<input type="hidden" name="lang" value="{_asked.get()}">', html)
    return _LINK.sub(lambda found: f'{found[1]}"{escape(carry(unescape(found[2])))}"', html)


def in_language(place: str, code: str) -> str:
    """`place` asking for that language, instead of any it asked for before."""
    parts = urlsplit(place)
    query = [
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "lang"
    ]
    return urlunsplit(parts._replace(query=urlencode([*query, ("lang", code)])))
