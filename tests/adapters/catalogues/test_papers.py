"""One sheet of paper: one page of whatever it is, tagged, and what is attached is found again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter

from exchange.adapters.catalogues.papers import draw_paper
from exchange.adapters.catalogues.portraits import portrait
from exchange.adapters.worker import KillableWorker
from exchange.core import strict_json
from exchange.core.credentials.presentation import build_presentation
from exchange.edge.portfolios.paper import paper
from exchange.errors import CannotTellError, InputError
from exchange.languages import speaking
from tests.adapters.catalogues.test_portraits import photo
from tests.edge.portfolios.made import BADGE, NOW, WHOLE, other, shown

BASE = "https://badges.example.org"
SHEETS = {
    "plain": WHOLE,
    "nothing": shown(),
    "two hundred": shown(*(other(key=f"k{n}", name=f"Badge {n}") for n in range(200))),
    "markup": shown(other(name='#emph[x] $y$ *z* _a_ @b <c> `d` "e" \\ // # /*'), headline="= #panic()"),
    "scripts": shown(other(name="Υπεύθυνος Школа 事故 العربية 👩‍🚀"), person="事故", headline="事故"),
    "long": shown(other(name="Incident" * 37, issuer="w" * 300, reason="r" * 500), points=("p" * 200,) * 3),
}


@pytest.fixture(scope="module")
def worker() -> Iterator[KillableWorker]:
    worker = KillableWorker()
    yield worker
    worker.close()


def sheet(name: str = "plain", attached: Any = None) -> bytes:
    return draw_paper(paper(SHEETS[name], attached or build_presentation([]), BASE, NOW))


@pytest.mark.parametrize("name", SHEETS)
def test_it_is_one_page_and_words_are_words(name: str) -> None:
    reader = PdfReader(io.BytesIO(sheet(name)))
    assert len(reader.pages) == 1
    text = " ".join(reader.pages[0].extract_text().split())
    assert "What this does not prove" in text
    if name == "markup":
        assert "#emph[x] $y$ *z* _a_ @b <c> `d`" in text
        assert "= #panic()" in text
    if name == "two hundred":
        assert "more, which the link shows" in text


def test_it_is_tagged_in_its_language_and_the_same_each_time() -> None:
    with speaking("de"):
        made = paper(WHOLE, build_presentation([]), BASE, NOW)
    first = draw_paper(made)
    assert first == draw_paper(made)
    root: Any = PdfReader(io.BytesIO(first)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "de"
    assert "/StructTreeRoot" in root
    metadata = root["/Metadata"].get_data()
    assert b"pdfaid:part>3<" in metadata
    assert b"pdfaid:conformance>A<" in metadata


def test_the_picture_of_its_holder_is_on_it_in_words_too() -> None:
    made = paper(WHOLE, build_presentation([]), BASE, NOW, portrait(photo()))
    drawn = draw_paper(made)
    (page,) = PdfReader(io.BytesIO(drawn)).pages
    assert len(page.images) == 1
    assert "Ana Ruiz" in page.extract_text()
    assert len(PdfReader(io.BytesIO(sheet())).pages[0].images) == 0
    assert drawn == draw_paper(made)


def test_the_worker_finds_the_presentation_again(worker: KillableWorker) -> None:
    presentation = build_presentation([b'{"type":"VerifiableCredential"}'])
    assert worker.attached(sheet(attached=presentation)) == strict_json.dump(presentation)


def with_files(*files: bytes) -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    for n, data in enumerate(files):
        writer.add_attachment(f"{n}.json", data)
    writer.write(out)
    return out.getvalue()


def locked() -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("pdf", "code"),
    [
        pytest.param(with_files(), "pdf_without_badge", id="nothing attached"),
        pytest.param(with_files(b"hello"), "pdf_without_badge", id="something else"),
        pytest.param(with_files(b"{}", b"{}"), "pdf_two_badges", id="two"),
        pytest.param(locked(), "pdf_locked", id="a password"),
        pytest.param(b"%PDF-1.7\n", "pdf_malformed", id="cut off"),
        pytest.param(b"%PDF-1.7\n" + b"<<" * 100_000, "pdf_malformed", id="nested"),
    ],
)
def test_what_is_no_pdf_with_one_badge_is_refused(worker: KillableWorker, pdf: bytes, code: str) -> None:
    with pytest.raises(InputError) as error:
        worker.attached(pdf)
    assert error.value.code == code


def test_a_bomb_is_not_unpacked(worker: KillableWorker) -> None:
    with pytest.raises(InputError) as error:
        worker.attached(sheet(attached={"a": " " * 8_000_000}))
    assert error.value.code == "pdf_malformed"


def test_damaged_pdfs_end_in_words(worker: KillableWorker) -> None:
    whole, codes = sheet(), set()
    for cut in range(0, len(whole), 1997):
        try:
            worker.attached(whole[:cut] + b"\xff\x00<<" + whole[cut + 40 :])
        except (InputError, CannotTellError) as error:
            codes.add(error.code)
    assert codes <= {"pdf_malformed", "pdf_without_badge", "worker_gave_up"}


def test_a_sheet_has_the_tombstones_of_what_it_shows() -> None:
    made = paper(shown(other(BADGE, state="revoked")), {}, BASE, NOW)
    (entry,) = made.sections[0].entries
    assert (entry.word, entry.tone, made.tone) == ("Revoked", "stop", "stop")
