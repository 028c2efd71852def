"""Which language a request is answered in.

`?lang=` in the address is a choice made on the page, which carries it on (`carry`). Next comes what a person
who is signed in has chosen, then Accept-Language, then English. Public pages stay cacheable and set no
cookie: the choice is in the URL, and what else decides is named by Vary.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from litestar.connection import ASGIConnection

from exchange.edge.http.carry import in_language, remember
from exchange.edge.http.replies import AnyRequest, header
from exchange.languages import ENGLISH, languages, speak

PERSONS = "language"
"""Under this name in the state of a request stands the language of who is signed in, if they chose one."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A language that can be switched to: the same page in it; `now` when it is the one that is spoken."""

    code: str
    name: str
    url: str
    now: bool


def language_of(request: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The code of the language to answer in."""
    chosen = request.scope.get("state", {}).get(PERSONS, "")
    if chosen in languages():
        return asked(request) or str(chosen)
    return asked(request) or accepted(header(request, b"accept-language"))


def asked(request: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The language that the address asks for; `""` when it asks for none of ours."""
    if b"lang=" not in request.scope["query_string"]:
        return ""
    code = request.query_params.get("lang", "")
    return code if code in languages() else ""


def choose(request: AnyRequest) -> str:
    """Speak the language of a request from here on; its code."""
    code = language_of(request)
    speak(code)
    remember(asked(request))
    return code


async def before_request(request: AnyRequest) -> None:
    """So that handlers speak it too, not only the page they make."""
    choose(request)


@lru_cache(maxsize=256)
def accepted(wishes: str) -> str:
    """The language that Accept-Language likes most (RFC 9110 §12.5.4), of those we have; English if none."""
    best = (0.0, ENGLISH)
    for wish in wishes[:1000].split(","):
        name, _, quality = (part.strip().lower() for part in wish.partition(";"))
        code = name.partition("-")[0]
        try:
            weight = float(quality.removeprefix("q=")) if quality else 1.0
        except ValueError:
            continue
        if code in languages() and best[0] < weight <= 1:
            best = (weight, code)
    return best[1]


def choices(request: AnyRequest, now: str) -> list[Choice]:
    """Every language, with the address of this page in it."""
    query = request.scope["query_string"].decode("latin-1") if request.method in ("GET", "HEAD") else ""
    return [
        Choice(code, one.name, in_language(f"?{query}", code), code == now)
        for code, one in languages().items()
    ]
