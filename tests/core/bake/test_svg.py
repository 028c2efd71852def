"""Badges in SVG files."""

from __future__ import annotations

import contextlib
import json
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openbadgeslib import baking

from exchange.core.bake import MAX_FILE, MAX_TEXT, bake_svg, extract
from exchange.errors import InputError
from tests.core.bake.pictures import JSON, JWS, SVG

OB3 = "https://purl.imsglobal.org/ob/v3p0"
PUBLIC = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab]>\r<&'\"", max_size=4), inner),
    max_leaves=8,
)


def svg(inside: str, start: str = "", namespace: str = OB3) -> bytes:
    return (
        f'{start}<svg xmlns="http://www.w3.org/2000/svg" xmlns:b="{namespace}"><g>{inside}</g></svg>'
    ).encode()


@given(st.dictionaries(st.text(), VALUES), st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_json_comes_out_as_it_went_in(
    value: dict[str, object], escaped: bool, indent: int | str | None
) -> None:
    text = json.dumps(value, ensure_ascii=escaped, indent=indent)
    got = extract(bake_svg(SVG, text)).text
    assert json.loads(got) == value
    if "\ufffe" not in text and "\uffff" not in text:
        assert got == text


@pytest.mark.parametrize(
    "text",
    [
        '{"a":"]]>"}',
        '{"a":"]]]]>>"}',
        '{\r\n"a":1\r}',
        '{"a":"<svg>&amp;&#1;"}',
        '{"a":"]]\\r>"}',
        "{]]\r>}",
        JWS,
    ],
    ids=["end of cdata", "twice", "carriage returns", "markup", "escaped", "both", "jws"],
)
def test_bytes_come_out_exactly(text: str) -> None:
    assert extract(bake_svg(SVG, text)).text == text


def test_what_xml_cannot_write_comes_out_equal() -> None:
    assert json.loads(extract(bake_svg(SVG, '{"a":"\ufffe\uffff"}')).text) == {"a": "\ufffe\uffff"}


def test_the_element_is_what_open_badges_3_asks_for() -> None:
    for text in (JSON, JWS):
        root = ElementTree.fromstring(bake_svg(SVG, text))
        first = root[0]
        assert first.tag == f"{{{OB3}}}credential"
        assert first.attrib == ({"verify": JWS} if text is JWS else {})
        assert (first.text or "") == ("" if text is JWS else JSON)
    assert bake_svg(SVG, JWS).index(b"xmlns:openbadges=") < bake_svg(SVG, JWS).index(b">")


@pytest.mark.parametrize(
    "picture",
    [
        SVG,
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- <svg> --><?x <svg>?>\n{PUBLIC}\n{SVG}',
        "\ufeff" + SVG,
        SVG.replace(">", " data-x='a > b' data-y=\"'\">", 1),
        SVG.replace("<svg", '<s:svg xmlns:s="http://www.w3.org/2000/svg"').replace("</svg", "</s:svg"),
        '<svg xmlns="http://www.w3.org/2000/svg" />',
        SVG.replace("<svg ", '<svg\n  xmlns:openbadges = "http://openbadges.org"\n'),
    ],
    ids=["plain", "prolog", "bom", "> in attributes", "prefixed", "empty", "older prefix"],
)
@pytest.mark.parametrize("kind", [str, bytes])
def test_finds_the_root_and_replaces_when_baked_again(picture: str, kind: type) -> None:
    given_picture = picture if kind is str else picture.encode()
    once = bake_svg(given_picture, JSON)
    assert extract(once).text == JSON
    assert extract(bake_svg(once, JWS)).text == JWS
    assert bake_svg(bake_svg(once, JWS), JSON) == once


def test_every_older_badge_is_taken_out() -> None:
    old = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:o="http://openbadges.org" xmlns:b="{OB3}">'
        '<o:assertion verify="https://example.org/a>b"/><g><b:credential><![CDATA[{"x":"</b:credential>"}]]>'
        "</b:credential ></g><o:assertion verify='1'></o:assertion><rect/></svg>"
    )
    baked = bake_svg(old, JSON)
    assert extract(baked).warnings == ()
    assert baked.endswith(b"<g></g><rect/></svg>")


def test_openbadgeslib_reads_ours_and_we_read_theirs() -> None:
    name = "openbadges:credential"
    theirs = baking.bake_svg(SVG.encode(), JWS, element=name, namespace=OB3)
    assert extract(theirs).text == JWS
    theirs = baking.bake_svg(SVG.encode(), JSON, as_text=True, element=name, namespace=OB3)
    assert extract(theirs).text == JSON
    assert baking.extract_svg(bake_svg(SVG, JWS), element=name) == JWS


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        ("", "image_malformed"),
        ("<html></html>", "image_malformed"),
        ("<svg", "image_malformed"),
        ("just text <svg></svg>", "image_malformed"),
        (f'<?xml version="1.0" encoding="ISO-8859-1"?>{SVG}', "svg_forbidden"),
        (f"<!DOCTYPE svg [<!ENTITY openbadges 'x'>]>{SVG}", "svg_forbidden"),
        (SVG + "<openbadges>", "image_malformed"),
        (SVG + " " * MAX_FILE, "image_too_large"),
    ],
    ids=["empty", "html", "cut", "text before", "encoding", "entities", "two roots", "large"],
)
def test_is_not_baked_into(picture: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        bake_svg(picture, JSON)
    assert caught.value.code == code


def test_a_bare_control_character_is_not_baked() -> None:
    with pytest.raises(InputError) as caught:
        bake_svg(SVG, '{"a":"\x08"}')
    assert caught.value.code == "not_a_credential"


ENTITY = "<!DOCTYPE svg [<!ENTITY e '{}'>]>"
BOMB = "<!DOCTYPE svg [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>" for i in range(9)
)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (SVG.encode(), "no_badge_in_image"),
        (svg("<b:credential>{}</b:credential>" * 2), "badge_element_duplicate"),
        (svg("<b:credential/>"), "badge_element_damaged"),
        (svg("<b:credential>text</b:credential>"), "badge_element_damaged"),
        (svg("<b:credential>https://example.org/1</b:credential>"), "badge_element_damaged"),
        (svg("<b:credential verify='javascript:alert(1)'/>"), "badge_element_damaged"),
        (svg("<b:credential>{<b:credential/>}</b:credential>"), "badge_element_damaged"),
        (svg("<b:credential>{<script>1</script>}</b:credential>"), "badge_element_damaged"),
        (svg("<b:credential>{" + " " * MAX_TEXT + "}</b:credential>"), "credential_too_large"),
        (svg("<b:credential>&e;</b:credential>", ENTITY), "svg_forbidden"),
        (svg("<b:credential>&j;</b:credential>", BOMB + "]>"), "svg_forbidden"),
        (svg("", "<!DOCTYPE svg [<!ATTLIST svg x CDATA 'y'>]>"), "svg_forbidden"),
        (svg("", "<!DOCTYPE svg SYSTEM 'file:///etc/passwd'>"), "svg_forbidden"),
        (svg("", "<!DOCTYPE svg PUBLIC 'evil' 'http://evil.example/x.dtd'>"), "svg_forbidden"),
        (svg("<b:credential>&e;</b:credential>", PUBLIC), "svg_forbidden"),
        (svg("", "<!DOCTYPE svg [<!ENTITY % p SYSTEM 'http://evil.example/'> %p;]>"), "svg_forbidden"),
        (svg("", '<?xml version="1.0" encoding="utf-7"?>'), "svg_forbidden"),
        (svg("", '<?xml version="1.0" encoding="cp037"?>'), "svg_forbidden"),
        (svg("", '<?xml version="1.0" encoding="rot13"?>'), "svg_forbidden"),
        (b"+ADw-svg+AD4-", "svg_forbidden"),
        (svg("<b:credential>{}</b:credential>").decode().encode("utf-16"), "svg_forbidden"),
        (svg("<b:credential>{}</b:credential>").decode().encode("utf-16-be"), "svg_forbidden"),
        (svg("<b:credential>{}</b:credential>").decode().encode("utf-16-le"), "svg_forbidden"),
        (svg("<a " + " ".join(f"a{i}=''" for i in range(90_000)) + "/>"), "svg_too_complex"),
        (svg("<a b='1' c='2'/>" * 70_000), "svg_too_complex"),
        (svg("<a xmlns:b='1' xmlns:c='2'/>" * 70_000), "svg_too_complex"),
        (svg("<a>" * 300 + "</a>" * 300), "svg_too_complex"),
        (svg("<a/>" * 200_001), "svg_too_complex"),
        (svg("<b:credential>{}"), "image_malformed"),
        (svg("<b:credential>{}</b:credential>")[:-3], "image_malformed"),
        (svg("&undefined;"), "image_malformed"),
        (svg("") + b" " * MAX_FILE, "image_too_large"),
        (b"<!doctype html><p>hello</p>", "image_malformed"),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'><svg/></html>", "unknown_file"),
        (svg("<b:credential>{}</b:credential>").replace(b"{", b"\xff"), "image_malformed"),
    ],
    ids=[
        "no badge", "two badges", "empty", "no credential", "url in the body", "script url", "nested badge",
        "markup inside", "large text", "entity", "billion laughs", "default attribute", "system doctype",
        "foreign doctype", "entity of the doctype", "parameter entity", "utf-7", "ebcdic", "codec trick",
        "utf-7 without a declaration", "utf-16", "utf-16 be without a mark", "utf-16 le without a mark",
        "many attributes in a tag", "many attributes", "many namespaces", "deep", "many elements",
        "not closed", "cut", "undefined entity",
        "large file", "html", "xhtml", "not utf-8",
    ],
)  # fmt: skip
def test_refuses(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        extract(data)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("data", "text", "url", "standard", "warnings"),
    [
        (svg("<b:credential> {} \n</b:credential>"), "{}", "", "ob3", []),
        (svg(f"<b:credential verify='{JWS}'/>"), JWS, "", "ob3", []),
        (svg("<b:credential>{&quot;a&quot;:&#49;}</b:credential>"), '{"a":1}', "", "ob3", []),
        (svg("<b:credential>{}</b:credential>", PUBLIC), "{}", "", "ob3", []),
        (svg("<b:credential>{}</b:credential>", "<!DOCTYPE svg>"), "{}", "", "ob3", []),
        (svg("<b:credential>{}</b:credential>", "\n<!-- x -->"), "{}", "", "ob3", []),
        (svg("<b:credential verify='https://e.org/1'>{}</b:credential>"),
         "{}", "", "ob3", ["svg_verify_ignored"]),
        (svg(f"<b:credential verify='{JWS}'>{{}}</b:credential>"), JWS, "", "ob3", ["svg_body_ignored"]),
        (svg("<b:credential verify='https://e.org/1'/>"), "", "https://e.org/1", "ob3", []),
        (svg("<b:assertion verify='https://e.org/1'>{}</b:assertion>", "", "http://openbadges.org"),
         "{}", "", "ob2", []),
        (svg("<b:assertion verify='https://e.org/1'/>", "", "http://openbadges.org"),
         "", "https://e.org/1", "ob2", []),
        (svg("<b:credential>{}</b:credential>", "", "https://purl.imsglobal.org/clr/v2p0"),
         "{}", "", "clr", []),
        (svg("<b:credential>{}</b:credential><a:assertion xmlns:a='http://openbadges.org'>{1}</a:assertion>"),
         "{}", "", "ob3", ["older_badge_ignored"]),
        (svg("<b:credential>{bad: json}</b:credential>"), "{bad: json}", "", "ob3", []),
        (b"\xef\xbb\xbf" + svg("<b:credential>{}</b:credential>"), "{}", "", "ob3", []),
        (svg("<b:credential>{\xe4}</b:credential>", '<?xml version="1.0" encoding="ISO-8859-1"?>')
         .decode().encode("latin-1"), "{\xe4}", "", "ob3", []),
    ],
    ids=["json", "jws", "without cdata", "public doctype", "bare doctype", "comment first", "oeb style",
         "signed and a body", "url only", "2.0 hosted", "2.0 url only", "clr", "3.0 and 2.0",
         "broken json is left to the json layer", "bom", "latin-1"],
)  # fmt: skip
def test_reads(data: bytes, text: str, url: str, standard: str, warnings: list[str]) -> None:
    got = extract(data)
    assert (got.text, got.url, got.standard, got.carrier) == (text, url, standard, "svg")
    assert [finding.code for finding in got.warnings] == warnings


BAKED = bake_svg(SVG, JSON)


@given(st.binary(max_size=40), st.integers(0, len(BAKED)))
def test_noise_in_a_picture_is_an_error_with_a_name_or_comes_out(noise: bytes, at: int) -> None:
    with contextlib.suppress(InputError):
        assert extract(BAKED[:at] + noise + BAKED[at:]).text
