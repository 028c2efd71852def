"""SVGs of others: what only draws stays, what does nothing visible goes, and the rest is refused by name."""

from __future__ import annotations

import contextlib
import time
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.adapters.catalogues.svg import clean_svg, titled
from exchange.core.bake import bake_svg, extract
from exchange.errors import InputError

NAMES = (
    'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"'
)


def svg(inside: str, attributes: str = 'viewBox="0 0 9 9"', before: str = "") -> bytes:
    return f"{before}<svg {NAMES} {attributes}>{inside}</svg>".encode()


def cleaned(inside: str) -> str:
    """What is left of it, without the tag around it."""
    text = clean_svg(svg(inside)).decode()
    return text[text.index(">") + 1 :].removesuffix("</svg>\n")


RECT = '<rect width="9" height="9"/>'


def test_what_editors_write_is_kept_where_it_draws() -> None:
    drawing = svg(
        '<metadata><rdf:RDF xmlns:rdf="x"/></metadata><title>t</title>'
        '<inkscape:path-effect effect="spiro"/><!-- made by hand -->'
        '<defs id="d"><linearGradient id="g1"><stop offset="0" style="stop-color:#ff0000;stop-opacity:1"/>'
        '</linearGradient><linearGradient xlink:href="#g1" id="g2" x1="0" y2="9"/></defs>'
        '<g inkscape:label="Layer 1" id="layer1" transform="translate(1 2) scale(.5)">'
        '<path style="fill:url(#g2);stroke:#000;stroke-width:1px;-inkscape-stroke:none" d="M1,1 9,9z"/>'
        '<text x="1" y="2" style="font-family:\'Source Sans\'">A <tspan fill="red">B</tspan> C &amp; D</text>'
        "</g>",
        'width="200px" height="100"',
        '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://w3.org/svg11.dtd">\n',
    )
    text = clean_svg(drawing).decode()
    name = text.split('<linearGradient id="')[1].split("-1")[0]
    assert text == (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100"><defs>'
        f'<linearGradient id="{name}-1"><stop offset="0" stop-color="#ff0000" stop-opacity="1"/>'
        "</linearGradient>"
        f'<linearGradient x1="0" y2="9" id="{name}-2" href="#{name}-1"/></defs>'
        '<g transform="translate(1 2) scale(.5)">'
        f'<path d="M1,1 9,9z" fill="url(#{name}-2)" stroke="#000" stroke-width="1px"/>'
        '<text x="1" y="2" font-family="\'Source Sans\'">A <tspan fill="red">B</tspan> C &amp; D</text>'
        "</g></svg>\n"
    )


@pytest.mark.parametrize(
    "unseen",
    [
        "<script>alert(1)</script>",
        '<script href="https://evil.example/x.js"/>',
        "<metadata><a/></metadata>",
        "<?xml-stylesheet href='https://evil.example'?>",
        "<!-- <rect/> -->",
        '<html:iframe xmlns:html="http://www.w3.org/1999/xhtml" src="https://evil.example"/>',
        '<openbadges:credential xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0">{}</openbadges:credential>',
        "&#60;script&#62;",
    ],
)
def test_what_is_never_seen_goes(unseen: str) -> None:
    assert cleaned(unseen + RECT) == RECT


@pytest.mark.parametrize(
    "attribute",
    [
        'onload="alert(1)"',
        'onclick="x"',
        'xlink:href="https://evil.example"',
        'href="javascript:alert(1)"',
        'data-x="1"',
        'inkscape:label="x"',
        'xml:base="https://evil.example/"',
        'style="background:url(https://evil.example/x.png)"',
        'style="behavior:url(x.htc);-moz-binding:url(x)"',
        'aria-label="x"',
        'id="unused"',
        'filter="none"',
    ],
)
def test_attributes_that_draw_nothing_go(attribute: str) -> None:
    assert cleaned(f'<rect {attribute} width="9" height="9"/>') == RECT


@pytest.mark.parametrize(
    "drawing",
    [
        "<style>rect{fill:red}</style>",
        '<image href="https://evil.example/x.png"/>',
        '<image href="data:image/png;base64,AAAA"/>',
        "<foreignObject><div/></foreignObject>",
        '<use href="#r"/>',
        '<a href="https://evil.example"><rect/></a>',
        '<animate attributeName="x"/>',
        '<set attributeName="href" to="x"/>',
        '<filter id="f"/>',
        '<pattern id="p"/>',
        "<svg/>",
        '<rect class="x"/>',
        '<rect filter="url(#f)"/>',
        '<rect style="filter:url(#f)"/>',
        '<path marker-end="url(#m)"/>',
        '<rect fill="url(https://evil.example/#g)"/>',
        '<rect fill="url(#missing)"/>',
        '<rect style="fill:url(x.svg#g)"/>',
        '<rect fill="expression(alert(1))"/>',
        '<rect fill="red;stroke:blue"/>',
        '<linearGradient id="g" href="https://evil.example/#g"/>',
        '<linearGradient xlink:href="#missing"/>',
        '<rect width="calc(1px + 2px)"/>',
        '<rect transform="translate(1) rotate(x)"/>',
        '<path d="M0 0 L1e"/><path d="url(x)"/>',
        '<clipPath id="a"><rect clip-path="url(#a)"/></clipPath>',
        '<mask id="a"><g><rect mask="url(#b)"/></g></mask><mask id="b"/>',
        '<linearGradient id="g"/><linearGradient id="g"/><rect fill="url(#g)"/>',
    ],
)
def test_what_would_draw_and_is_not_taken_is_refused(drawing: str) -> None:
    with pytest.raises(InputError) as caught:
        clean_svg(svg(drawing + RECT))
    assert caught.value.code == "svg_forbidden"
    assert "SVG" in caught.value.message


ENTITIES = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
DEFAULTS = f'<!DOCTYPE svg [<!ATTLIST g d CDATA "{"A" * 9000}">]>'


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "image_malformed"),
        (b"\x89PNG", "image_malformed"),
        (b"<svg", "image_malformed"),
        (b"<html/>", "image_malformed"),
        (b"<svg viewBox='0 0 1 1'><rect/></svg>", "image_malformed"),
        (svg(RECT, ""), "image_malformed"),
        (svg(RECT, 'width="100%" height="100%"'), "image_malformed"),
        (svg(RECT, 'viewBox="0 0 0 9"'), "image_malformed"),
        (svg(RECT, 'viewBox="0 0 9"'), "image_malformed"),
        (svg(RECT, 'viewBox="0 0 1e400 9"'), "image_malformed"),
        (svg(""), "image_malformed"),
        (svg("&b;" + RECT, before=ENTITIES), "svg_forbidden"),
        (svg(RECT, before=DEFAULTS), "svg_forbidden"),
        (svg(RECT, before='<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), "svg_forbidden"),
        (svg("<g>" * 70 + RECT + "</g>" * 70), "svg_too_complex"),
        (svg("<g>" * 9000 + "</g>" * 9000), "svg_too_complex"),
        (svg(RECT * 6000), "svg_too_complex"),
        (svg("<!--" + "x" * 500_000 + "-->" + RECT), "image_too_large"),
        (b'<?xml version="1.0" encoding="made-up"?>' + svg(RECT), "image_malformed"),
    ],
)
def test_a_file_that_is_no_drawing_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        clean_svg(data)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "value",
    [
        'transform="' + "scale(1) " * 30_000 + 'x"',
        'transform="' + "scale(" * 30_000 + '"',
        'x="' + "1 " * 100_000 + 'x"',
        'x="' + "1" * 200_000 + 'x"',
        'stroke-dasharray="' + "1.5," * 50_000 + ';"',
        'fill="' + "url(" * 50_000 + '"',
        'fill="url(' + " " * 200_000 + '#a"',
        'display="' + "a " * 100_000 + '!"',
        'style="' + "a:b;" * 50_000 + 'fill:!"',
    ],
    ids=lambda value: value[:20],
)
def test_no_value_takes_long_to_refuse(value: str) -> None:
    started = time.process_time()
    with pytest.raises(InputError):
        clean_svg(svg(f"<rect {value}/>"))
    assert time.process_time() - started < 2


def test_cleaning_again_changes_nothing_even_with_words_put_in() -> None:
    drawing = svg(
        '<linearGradient id="a"/><clipPath id="b"><rect width="1"/></clipPath>'
        '<g clip-path="url(#b)"><rect style="fill:url(#a) red"/></g><text> a <tspan>b</tspan>\n c</text>'
    )
    once = clean_svg(drawing)
    assert clean_svg(once) == once
    assert clean_svg(titled(once, 'The "title" >', "]]> & more")) == once
    assert clean_svg(drawing.replace(b'"a"', b'"z"').replace(b"#a", b"#z")) == once


def test_ids_differ_from_picture_to_picture() -> None:
    one, other = (
        ElementTree.fromstring(clean_svg(svg(f'<linearGradient id="a"/><rect x="{x}" fill="url(#a)"/>')))
        for x in (1, 2)
    )
    assert {e.get("id") for e in one.iter()} & {e.get("id") for e in other.iter()} == {None}


def test_it_says_in_words_what_it_shows_and_can_be_baked() -> None:
    picture = titled(clean_svg(svg(RECT)), "<b>&", '"A" </svg>')
    root = ElementTree.fromstring(picture)
    name = "{http://www.w3.org/2000/svg}"
    assert [root.findtext(f"{name}{tag}") for tag in ("title", "desc")] == ["<b>&", '"A" </svg>']
    assert root.get("role") == "img"
    ids = {element.get("id") for element in root.iter()}
    assert set(str(root.get("aria-labelledby")).split()) <= ids
    assert extract(bake_svg(picture, '{"a":1}')).text == '{"a":1}'


PIECES = st.sampled_from(
    (
        *("<g>", "</g>", "<rect", "/>", ">", ' fill="', 'url(#a)"', ' id="a"', "<linearGradient", "text"),
        *("<text>", "</text>", "&amp;", "&x;", "<!--", "-->", ' style="', "fill:red;", '"', "<use"),
        *("<script>", "</script>"),
    )
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_anything_is_refused_by_name_or_clean_for_good(inside: str) -> None:
    with contextlib.suppress(InputError):
        once = clean_svg(svg(inside))
        assert clean_svg(once) == once
        assert b"script" not in once
