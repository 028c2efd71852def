"""RDF terms as canonical N-Quads text: which IRIs are allowed, how literals and numbers are spelled.

RDFC-1.0 §A (canonical N-Quads): a literal escapes the control characters, `"` and `\\`; everything else, IRIs
included, stands for itself.
"""

from __future__ import annotations

import re
from functools import lru_cache

from exchange.core.canonical.errors import Unusual
from exchange.errors import InputError

# One rule for both routes: what N-Quads' IRIREF allows, less white space in Unicode's sense and the C1
# controls, which no IRI may hold (RFC 3987) and which JSON-LD processors treat in different ways.
legal_iri = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s\x00-\x20<>\"{}|^`\\\x7f-\x9f]*").fullmatch
_absolute = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:").match
legal_language = re.compile(r"[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*").fullmatch

_CONTROLS = {code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F)} | {0x08: "\\b", 0x0C: "\\f"}

XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
I18N = "https://www.w3.org/ns/i18n#"


def plain(text: str) -> bool:
    """Whether `text` surely needs no escape. Three scans in C cost a third of one by a regular expression."""
    return text.isprintable() and '"' not in text and "\\" not in text


def escape(text: str) -> str:
    """The literal's text between its quotes, as canonical N-Quads spell it."""
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    text = text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return text if text.isprintable() else text.translate(_CONTROLS)


def quoted(text: str) -> str:
    """`"text"`, escaped where it must be."""
    return f'"{text}"' if plain(text) else f'"{escape(text)}"'


def number(value: object, datatype: str | None) -> str:
    """The literal of a JSON boolean or number (JSON-LD 1.1 API §8.2 and §8.6), typed `datatype` if given.

    Whole numbers beyond 2^53 and the non-finite are `Unusual`: implementations read them differently.
    """
    if value is True or value is False:
        return _typed("true" if value else "false", datatype or XSD + "boolean")
    if isinstance(value, int | float) and -(2**53) < value < 2**53:
        if value == int(value):
            return _typed(str(int(value)), datatype or XSD + "integer")
        return _typed(canonical_double(float(value)), datatype or XSD + "double")
    if value is None:
        raise Unusual("a null, which JSON-LD drops unsigned; leave the member out")
    raise Unusual("a number beyond 2^53")


_TRAILING = re.compile(r"(\d)0*E\+?(-)?0*(\d)")


@lru_cache(maxsize=1024)
def canonical_double(value: float) -> str:
    """The canonical lexical form of xsd:double with 15 fraction digits, as JSON-LD 1.1 asks for."""
    return _TRAILING.sub(r"\1E\2\3", f"{value:1.15E}")


def _typed(text: str, datatype: str) -> str:
    return f'"{text}"' if datatype == XSD + "string" else f'"{text}"^^<{datatype}>'


class Iris(dict[str, str]):
    """IRI → `<IRI>` once it was found legal; a bounded cache that fills itself.

    `prefixes` are the terms of a context that a compact IRI could start with. A value such as `sec:proof`
    is refused: who reads the JSON would see another identifier than the one that is signed.
    """

    _MOST = 4096
    _LONGEST = 512

    def __init__(self, prefixes: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.prefixes = prefixes

    def __missing__(self, value: object) -> str:
        text = f"<{checked_iri(value, self.prefixes)}>"
        if len(text) <= self._LONGEST:
            if len(self) >= self._MOST:
                self.clear()
            self[text[1:-1]] = text
        return text


def checked_iri(value: object, prefixes: frozenset[str] | set[str]) -> str:
    """`value` when it is an absolute IRI with legal characters.

    InputError("relative_iri") or InputError("illegal_iri") otherwise, `Unusual` for a blank node label.
    """
    if type(value) is not str:
        raise InputError("illegal_iri", "An identifier must be a string.")
    if not legal_iri(value):
        if value.startswith("_:"):
            raise Unusual("a blank node label as identifier")
        if _absolute(value):
            raise InputError("illegal_iri", f"{_shown(value)} holds a character that no IRI may hold.")
        raise InputError(
            "relative_iri", f"{_shown(value)} is not an absolute IRI. Write it in full, scheme included."
        )
    if prefixes:
        scheme, _, rest = value.partition(":")
        if scheme in prefixes and not rest.startswith("//"):
            raise InputError(
                "relative_iri", f"{_shown(value)} is a compact IRI. Write the identifier in full."
            )
    return value


def _shown(value: str) -> str:
    return repr(value if len(value) <= 80 else value[:77] + "...")
