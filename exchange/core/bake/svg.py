"""A badge in an SVG: one `openbadges:credential` element (Open Badges 3.0, section 5.3.2).

Baking is a splice into a picture of our own. Extracting reads a stranger's file, so it goes through expat
with every door shut: nothing is loaded, no entity is ever expanded, depth and number of parts are bounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import NoReturn
from xml.parsers import expat

from exchange.core.bake.carried import (
    ACCEPTED,
    MAX_TEXT,
    NO_BADGE,
    OLDER_IGNORED,
    PREFERENCE,
    TWO_BADGES,
    WHITESPACE,
    Extracted,
    Standard,
    check_size,
    encode,
    is_jws,
    is_url,
    peek_standard,
    warning,
)
from exchange.core.verdict.finding import Finding
from exchange.errors import InputError

OB3 = "https://purl.imsglobal.org/ob/v3p0"
_SVG = "http://www.w3.org/2000/svg"
_ELEMENTS: dict[str, Standard] = {
    f"{OB3} credential": "ob3",
    "https://purl.imsglobal.org/clr/v2p0 credential": "clr",
    "http://openbadges.org assertion": "ob2",
}
_MAX_DEPTH = 256
_MAX_PARTS = 200_000
_MAX_ATTRIBUTES = 2_000
_ENCODINGS = ("utf-8", "us-ascii", "iso-8859-1")
_PUBLIC_SVG = re.compile(r"-//W3C//DTD SVG 1\.[01](?: Basic| Tiny)?//EN\Z|-//W3C//DTD SVG 20010904//EN\Z")

_ATTRIBUTE = rb"\s+[^\s=<>/\"']+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*')"
_TAG = re.compile(rb"<([^\s<>/!?\"'=]+)((?:" + _ATTRIBUTE + rb")*)\s*(/?)>")
_PROLOG = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE(?:[^\[>\"']|\"[^\"]*\"|'[^']*')*>)*", re.S
)
_LONG_STRETCH = re.compile(rb"<[^<]{65536,}")
_ASSIGNMENT = re.compile(rb"=\s*[\"']")
_ENCODING = re.compile(rb"\sencoding\s*=\s*[\"']([^\"']*)")
_PREFIX_DECLARED = re.compile(rb"\s+xmlns:openbadges\s*=\s*(?:\"[^\"]*\"|'[^']*')")

_CONTROLS = bytes({*range(0x20)} - {*b"\t\r\n"})
_UNWRITABLE = (
    (b"\xef\xbf\xbe", b"\\ufffe"),  # no XML character; inside JSON it can only stand in a string
    (b"\xef\xbf\xbf", b"\\uffff"),
    (b"]]>", b"]]]]><![CDATA[>"),
    (b"\r", b"]]>&#13;<![CDATA["),  # a bare one would be read as a line feed
)


def bake_svg(svg: str | bytes, text: str) -> bytes:
    """The same picture carrying the credential `text` (JSON or compact JWS); a badge in it is replaced.

    For pictures that are trusted: what it does not touch is neither read nor cleaned. JSON comes back byte
    for byte, except that U+FFFE and U+FFFF, which XML cannot write, come back as their JSON escapes.
    Open Badges 3.0, section 5.3.2.1.
    Raises InputError: image_malformed, image_too_large, svg_forbidden, not_a_credential,
    credential_too_large.
    """
    element = _element(encode(text))
    if isinstance(svg, str):
        svg = svg.encode("utf-8", "replace")
    if b"openbadges" in svg or b"purl.imsglobal.org" in svg:
        svg = _without_badge(svg)
    prolog = _PROLOG.match(svg)
    root = _TAG.match(svg, prolog.end() if prolog else 0)
    if root is None or root[1].rpartition(b":")[2] != b"svg":
        raise InputError("image_malformed", "The picture does not begin with an <svg …> tag.")
    encoding = _ENCODING.search(svg, 0, root.start())
    if encoding and encoding[1].lower() != b"utf-8":
        raise InputError("svg_forbidden", "The picture must be saved as UTF-8 before a badge is put into it.")
    name, attributes, empty = root.groups()
    start = (
        b"<" + name + _PREFIX_DECLARED.sub(b"", attributes) + b' xmlns:openbadges="' + OB3.encode() + b'">'
    )
    end = b"</" + name + b">" if empty else b""
    baked = b"".join((svg[: root.start()], start, element, end, memoryview(svg)[root.end() :]))
    check_size(baked)
    return baked


def _element(carried: bytes) -> bytes:
    """The badge element around a credential as UTF-8."""
    if carried[:1] != b"{":
        return b'<openbadges:credential verify="' + carried + b'"/>'
    if len(carried.translate(None, _CONTROLS)) < len(carried):
        said = "The credential holds a bare control character, which neither JSON nor XML allows."
        raise InputError("not_a_credential", said)
    for never, instead in _UNWRITABLE:
        if never in carried:
            carried = carried.replace(never, instead)
    return b"<openbadges:credential><![CDATA[" + carried + b"]]></openbadges:credential>"


def extract_svg(svg: bytes) -> Extracted:
    """The credential in an SVG, wherever its element stands.

    A JWS stands in `verify`, JSON in the body. A body beside a URL in `verify` is read (2.0, and a habit of
    the field), a body beside a JWS is ignored with a warning. Open Badges 3.0, section 5.3.2.2; 2.0, baking.
    Raises InputError: image_malformed, image_too_large, svg_forbidden, svg_too_complex, no_badge_in_image,
    badge_element_damaged, badge_element_duplicate, credential_too_large.
    """
    found = _scan(svg)
    if not found:
        raise InputError("no_badge_in_image", NO_BADGE)
    kinds = [element.standard for element in found]
    if len(set(kinds)) < len(kinds):
        raise InputError("badge_element_duplicate", TWO_BADGES)
    newest = min(found, key=lambda one: PREFERENCE.index(one.standard))
    return _read(newest, [OLDER_IGNORED] if len(found) > 1 else [])


@dataclass(slots=True)
class _Element:
    """A badge element as it is being read; `start` and `end` are byte offsets, -1 not yet known."""

    standard: Standard
    verify: str
    start: int
    end: int = -1
    size: int = 0
    body: list[str] = field(default_factory=list)


def _read(element: _Element, warnings: list[Finding]) -> Extracted:
    standard, verify = element.standard, element.verify.strip(WHITESPACE)
    body = "".join(element.body).strip(WHITESPACE)
    if is_jws(verify.encode("utf-8", "replace")):
        if body:
            said = "Beside the signed badge the picture has a second, unsigned text, which was not read."
            warnings.append(warning("svg_body_ignored", said))
        return Extracted(verify, "svg", peek_standard(verify, standard), "", tuple(warnings))
    if body[:1] == "{":
        if verify and standard != "ob2":
            said = "Beside its body the badge has a `verify` that is no signature; the body was read."
            warnings.append(warning("svg_verify_ignored", said))
        return Extracted(body, "svg", peek_standard(body, standard), "", tuple(warnings))
    if not body and is_url(verify):
        return Extracted("", "svg", standard, verify, tuple(warnings))
    said = "The badge element holds neither JSON nor a compact JWS; the program that baked it damaged it."
    raise InputError("badge_element_damaged", said)


def _without_badge(svg: bytes) -> bytes:
    """The file without its badge elements."""
    for element in reversed(_scan(svg)):
        svg = svg[: element.start] + svg[element.end :]
    return svg


def _scan(svg: bytes) -> list[_Element]:
    check_size(svg)
    if b"\x00" in svg:
        raise InputError("svg_forbidden", f"The SVG holds zero bytes, as UTF-16 does. {_ONLY_ENCODINGS}")
    # expat reads a whole tag before it asks us, so one with a million attributes is looked for beforehand
    for stretch in _LONG_STRETCH.finditer(svg):
        if next(islice(_ASSIGNMENT.finditer(stretch[0]), _MAX_ATTRIBUTES, None), None):
            raise InputError(
                "svg_too_complex", f"A tag in the SVG has more than {_MAX_ATTRIBUTES} attributes."
            )
    scanner = _Scanner(svg)
    try:
        scanner.parser.Parse(svg, True)
    except expat.ExpatError as error:
        said = f"The SVG is not well-formed: {expat.errors.messages[error.code]} (line {error.lineno})."
        raise InputError("image_malformed", said, f"line {error.lineno}") from None
    except (LookupError, ValueError):  # pyexpat asks Python's codecs for an encoding it does not know
        raise InputError("svg_forbidden", _ONLY_ENCODINGS) from None
    return scanner.found


_ONLY_ENCODINGS = f"It must be in one of {', '.join(_ENCODINGS)}; save it as UTF-8 and bake the badge again."


class _Scanner:
    """One pass of expat over a stranger's SVG: finds badge elements, refuses everything that is a trick."""

    def __init__(self, svg: bytes) -> None:
        self.svg = svg
        self.found: list[_Element] = []
        self.depth = 0
        self.parts = 0
        self.open: _Element | None = None
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.XmlDeclHandler = self._xml_declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = parser.UnparsedEntityDeclHandler = _refuse_entity
        parser.ExternalEntityRefHandler = parser.SkippedEntityHandler = _refuse_entity
        parser.StartNamespaceDeclHandler = self._namespace
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        self.parser = parser

    def _xml_declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise InputError("svg_forbidden", _ONLY_ENCODINGS)

    def _doctype(self, _name: str, system: str | None, public: str | None, internal: int) -> None:
        if internal:
            raise InputError(
                "svg_forbidden", "The SVG declares entities or attributes in its DOCTYPE; remove the DOCTYPE."
            )
        if system is not None and (public is None or not _PUBLIC_SVG.match(public)):
            raise InputError(
                "svg_forbidden", "The SVG's DOCTYPE names a file that is not the SVG standard; remove it."
            )

    def _namespace(self, _prefix: str | None, _uri: str) -> None:
        self._count(1)

    def _count(self, parts: int) -> None:
        self.parts += parts
        if self.depth > _MAX_DEPTH or self.parts > _MAX_PARTS:
            said = f"The SVG is nested deeper than {_MAX_DEPTH} or has over {_MAX_PARTS} tags and attributes."
            raise InputError("svg_too_complex", said)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self._count(1 + len(attributes))
        if self.depth == 1 and name not in (f"{_SVG} svg", "svg"):
            raise InputError("unknown_file", f"This is XML or HTML, but not an SVG picture. {ACCEPTED}")
        if self.open is not None:
            raise InputError(
                "badge_element_damaged", "The badge element holds other elements; it may hold text only."
            )
        standard = _ELEMENTS.get(name)
        if standard is not None:
            start = self.parser.CurrentByteIndex
            tag = _TAG.match(self.svg, start)
            end = tag.end() if tag and tag[3] else -1
            self.open = _Element(standard, attributes.get("verify", ""), start, end)
            self.parser.CharacterDataHandler = self._text

    def _text(self, data: str) -> None:
        if self.open is None:
            return
        self.open.size += len(data)
        if self.open.size > MAX_TEXT:
            raise InputError(
                "credential_too_large", f"The badge in the SVG is larger than {MAX_TEXT} characters."
            )
        self.open.body.append(data)

    def _end(self, _name: str) -> None:
        self.depth -= 1
        if self.open is None:
            return
        if self.open.end < 0:
            self.open.end = self.svg.find(b">", self.parser.CurrentByteIndex) + 1
        self.found.append(self.open)
        self.open = None
        self.parser.CharacterDataHandler = None


def _refuse_entity(*_: object) -> NoReturn:
    raise InputError(
        "svg_forbidden", "The SVG uses entities; remove its DOCTYPE and write the characters themselves."
    )
