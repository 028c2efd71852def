"""An SVG that somebody made elsewhere, rebuilt from what is known to do nothing but draw.

What is not drawn (scripts, handlers, metadata, what editors add) is left out without a word. What would be
drawn, but is not on the lists, is an error that names it: a badge should not silently look different.
Nothing in the result refers to anything outside itself, and cleaning it again changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape, quoteattr
from zlib import crc32

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from exchange.errors import InputError

MAX_BYTES = 500_000
_MAX_ELEMENTS = 5_000
_MAX_DEPTH = 64

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[\]<>]*>")  # without declarations of its own it does nothing
_PLACE = ("x", "y", "width", "height")

_SHAPES = frozenset(("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"))
_GRADIENTS = frozenset(("linearGradient", "radialGradient"))
_GROUPS = frozenset(("g", "defs", "clipPath", "mask", *_GRADIENTS))
_TEXTS = frozenset(("text", "tspan"))
_KNOWN = _SHAPES | _GROUPS | _TEXTS | {"stop"}
_UNSEEN = frozenset(("title", "desc", "metadata", "script"))

# No form can match a text in two ways, so that none takes long to fail; white space is single spaces.
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_LENGTH = rf"{_NUMBER}(?:px|pt|pc|mm|cm|in|em|ex|%)?"
_NAME = r"[A-Za-z_][\w:.-]*"
_LOCAL = rf"url\( ?['\"]?#({_NAME})['\"]? ?\)"
_COLOUR = r"#[0-9a-fA-F]{3,8}|[a-zA-Z]+|(?:rgb|rgba|hsl|hsla)\([-+0-9.,%/ a-z]*\)"
_WORDS = r"[A-Za-z0-9-]+(?: [A-Za-z0-9-]+)*"


def _forms() -> dict[str, re.Pattern[str]]:
    """The form that the value of each known attribute must have; the same names are known in `style`."""
    lengths = rf"{_LENGTH}(?:[ ,]+{_LENGTH})*"
    words = {
        lengths: (
            "x y x1 y1 x2 y2 cx cy r rx ry fx fy fr width height dx dy rotate textLength offset pathLength "
            "stroke-width stroke-miterlimit stroke-dashoffset font-size letter-spacing word-spacing opacity "
            "fill-opacity stroke-opacity stop-opacity"
        ),
        rf"none|{lengths}": "stroke-dasharray",
        r"[MmZzLlHhVvCcSsQqTtAa0-9eE.,+ -]*": "d",
        r"[0-9eE.,+ -]*": "points",
        r"(?:(?:matrix|translate|scale|rotate|skewX|skewY) ?\([-+0-9.eE, ]*\)[ ,]*)+": (
            "transform gradientTransform"
        ),
        rf"{_LOCAL}(?: (?:{_COLOUR}))?|{_COLOUR}": "fill stroke",
        _COLOUR: "stop-color color",
        rf"none|{_LOCAL}": "clip-path mask",
        _WORDS: (
            "gradientUnits clipPathUnits maskUnits maskContentUnits spreadMethod fill-rule clip-rule "
            "stroke-linecap stroke-linejoin text-anchor dominant-baseline font-style font-weight "
            "font-stretch lengthAdjust display visibility paint-order"
        ),
        r"[\w ,'\"-]+": "font-family",
    }
    return {name: re.compile(form) for form, names in words.items() for name in names.split()}


_FORMS = _forms()
_TELLING = ("class", "filter", "marker", "marker-start", "marker-mid", "marker-end")
"""What changes how a thing looks and is not taken; `none` says nothing."""


@dataclass(slots=True)
class _Drawn:
    """One kept element. `name` is its id, `uses` the ids it names, by attribute."""

    tag: str
    attributes: dict[str, str]
    name: str = ""
    uses: dict[str, str] = field(default_factory=dict)
    text: str = ""
    tail: str = ""
    inside: list[_Drawn] = field(default_factory=list)


def clean_svg(data: bytes) -> bytes:
    """The same picture, with nothing in it but shapes, texts and paints; it has a `viewBox` and no title.

    Raises InputError: image_too_large, image_malformed, svg_forbidden, svg_too_complex.
    """
    if len(data) > MAX_BYTES:
        raise InputError("image_too_large", f"The SVG has {len(data)} bytes; at most {MAX_BYTES} are taken.")
    try:
        root = fromstring(_DOCTYPE.sub(b"", data, count=1), forbid_dtd=True)
    except DefusedXmlException:
        raise InputError("svg_forbidden", "The SVG's DOCTYPE makes declarations; remove it.") from None
    except (ParseError, ValueError, LookupError) as error:
        raise InputError("image_malformed", f"The SVG is not well-formed: {error}.") from None
    if root.tag != f"{_SVG}svg":
        raise InputError("image_malformed", "The file is not an SVG picture: its first tag is not <svg>.")
    box = _view_box(root)
    drawn = _Cleaner().element(root, "g", 0)
    if not drawn.inside:
        raise InputError("image_malformed", "The SVG draws nothing.")
    return _write(drawn, box)


def titled(svg: bytes, title: str, alt: str) -> bytes:
    """A cleaned SVG that says in words what it shows."""
    name = f"t{crc32(f'{title} {alt}'.encode() + svg):08x}"
    words = (
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-alt">{escape(alt)}</desc>'.encode()
    )
    start, end, rest = svg.partition(b">")
    return start + f' role="img" aria-labelledby="{name}-title {name}-alt"'.encode() + end + words + rest


def _view_box(root: Element) -> str:
    """The `viewBox` of the picture, made from its width and height if it has none."""
    numbers = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    if numbers == [""]:
        sides = [re.fullmatch(rf"({_NUMBER})(?:px)?", root.get(side, "")) for side in ("width", "height")]
        numbers = ["0", "0", *(side[1] if side else "" for side in sides)]
    if len(numbers) != 4 or not all(re.fullmatch(_NUMBER, number) for number in numbers):
        raise InputError("image_malformed", "The SVG does not say how large it is: give it a viewBox.")
    if not all(0 < float(side) < 1e6 for side in numbers[2:]):
        raise InputError("image_malformed", "The viewBox of the SVG has no size.")
    return " ".join(numbers)


class _Cleaner:
    """One walk over the tree, which counts what it keeps."""

    def __init__(self) -> None:
        self.count = 0

    def element(self, found: Element, tag: str, depth: int, masking: bool = False) -> _Drawn:
        self.count += 1
        if self.count > _MAX_ELEMENTS or depth > _MAX_DEPTH:
            said = f"The SVG has over {_MAX_ELEMENTS} elements, or they are nested deeper than {_MAX_DEPTH}."
            raise InputError("svg_too_complex", said)
        drawn = _Drawn(tag, {}, found.get("id", "") if depth else "")
        for name, value in _said(found):
            self._attribute(drawn, name, " ".join(value.split()), masking)
        if tag in _TEXTS:
            drawn.text = found.text or ""
        masking = masking or tag in ("clipPath", "mask")
        for inner in found:
            if (kind := _drawing(inner)) is not None:
                kept = self.element(inner, kind, depth + 1, masking)
                kept.tail = (inner.tail or "") if tag in _TEXTS else ""
                drawn.inside.append(kept)
        return drawn

    def _attribute(self, drawn: _Drawn, name: str, value: str, masking: bool) -> None:
        if name == "href" and drawn.tag in _GRADIENTS:
            if not (local := re.fullmatch(f"#({_NAME})", value)):
                raise _refused(drawn.tag, name, value)
            drawn.uses[name] = local[1]
        elif name in _TELLING and value not in ("", "none", "normal"):
            said = f"The SVG uses `{name}` on <{drawn.tag}>, which is not taken; use plain fills and strokes."
            raise InputError("svg_forbidden", said)
        elif (form := _FORMS.get(name)) is not None:
            if not form.fullmatch(value):
                raise _refused(drawn.tag, name, value)
            if local := re.search(_LOCAL, value):
                if masking and name in ("clip-path", "mask"):  # masks in masks draw without end
                    raise _refused(drawn.tag, name, value)
                drawn.uses[name] = local[1]
            drawn.attributes[name] = value


def _said(found: Element) -> Iterator[tuple[str, str]]:
    """Every attribute, with those of `style` last: there they win."""
    for name, value in found.attrib.items():
        if name != "style":
            yield "href" if name == _HREF else name, value
    for declaration in found.get("style", "").split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            yield name.strip(), value


def _drawing(inner: Element) -> str | None:
    """The name of an element that is kept; None for one that is never seen. InputError("svg_forbidden")."""
    if not isinstance(inner.tag, str) or not inner.tag.startswith(_SVG):
        return None
    name = inner.tag.removeprefix(_SVG)
    if name in _UNSEEN:
        return None
    if name not in _KNOWN:
        said = (
            f"The SVG uses <{name:.80}>, which is not taken. Save it as plain shapes: styles as attributes, "
            "clones unlinked, effects and embedded pictures removed."
        )
        raise InputError("svg_forbidden", said)
    return name


def _refused(tag: str, name: str, value: str) -> InputError:
    return InputError(
        "svg_forbidden", f"In the SVG, `{name}` of <{tag}> is {value!r:.80}, which is not taken."
    )


def _write(root: _Drawn, box: str) -> bytes:
    """The text of the picture. Ids are numbered, and begin differently in every picture: pages hold many."""
    ids = _numbered(root)
    root.tag = "svg"
    kept = {name: value for name, value in root.attributes.items() if name not in _PLACE}
    root.attributes = {"xmlns": _SVG.strip("{}"), "viewBox": box, **kept}
    name = f"p{crc32(_text(root, ids, '').encode()):08x}"
    return (_text(root, ids, f"{name}-") + "\n").encode()


def _numbered(root: _Drawn) -> dict[str, str]:
    """A number for each id that is used; InputError("svg_forbidden") for one that is not there once."""
    used = {target for one in _walk(root) for target in one.uses.values()}
    names = [one.name for one in _walk(root) if one.name in used]
    for wrong in (name for name in sorted(used) if names.count(name) != 1):
        said = f"The SVG refers to #{wrong:.80}, which stands in it {names.count(wrong)} times."
        raise InputError("svg_forbidden", said)
    return {name: str(number) for number, name in enumerate(names, start=1)}


def _walk(drawn: _Drawn) -> Iterator[_Drawn]:
    yield drawn
    for inner in drawn.inside:
        yield from _walk(inner)


def _text(drawn: _Drawn, ids: dict[str, str], prefix: str) -> str:
    attributes = dict(drawn.attributes)
    if drawn.name in ids:
        attributes["id"] = f"{prefix}{ids[drawn.name]}"
    for name, target in drawn.uses.items():
        new = f"#{prefix}{ids[target]}"
        attributes[name] = new if name == "href" else re.sub(_LOCAL, f"url({new})", attributes[name])
    told = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    inside = escape(drawn.text) + "".join(
        _text(inner, ids, prefix) + escape(inner.tail) for inner in drawn.inside
    )
    return f"<{drawn.tag}{told}>{inside}</{drawn.tag}>" if inside else f"<{drawn.tag}{told}/>"
