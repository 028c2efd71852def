"""The picture beside a link: small enough for every network, of any words, the same bytes each time."""

from __future__ import annotations

import io
import random
from dataclasses import replace

import pytest
from PIL import Image

from exchange.adapters.catalogues.draw import Pillow
from exchange.adapters.catalogues.portraits import portrait
from exchange.adapters.catalogues.share_cards import MOST_BYTES
from exchange.core.catalogues.design import Design
from exchange.core.share_card import WIDTHS, ShareCard, height_of
from tests.adapters.catalogues.test_portraits import photo

BADGE = Pillow().png(Design("IL", "Incident lead", "A hexagon"))
CARD = ShareCard(
    title="Incident lead",
    issuer="Reliability School",
    proof="proved by school.example.org",
    word="Valid",
    note="Seen on 26 November 2026. The link tells what holds now.",
    tone="good",
    foot="Badge Exchange · localhost:8000/badges/00000000-0000-4000-8000-000000000008",
    badge=BADGE,
)


def noise() -> bytes:
    """The picture that packs worst."""
    out = io.BytesIO()
    Image.frombytes("RGB", (512, 512), random.Random(1).randbytes(512 * 512 * 3)).save(out, "PNG")
    return out.getvalue()


CARDS = {
    "plain": CARD,
    "revoked": replace(CARD, tone="stop", word="Revoked", note="Taken back for good on 26 November 2026."),
    "what fell": replace(
        CARD, tone="note", note="Coach: Revoked · today\n" + "Lead: Suspended " * 20 + "\nSeen"
    ),
    "long": replace(CARD, title="Incident lead of the whole Reliability School " * 4, issuer="School " * 30),
    "one word": replace(CARD, title="Incidentleadership" * 12),
    "Greek and Cyrillic": replace(CARD, title="Υπεύθυνος συμβάντος", issuer="Школа надёжности"),
    "Polish": replace(CARD, title="Zażółć gęślą jaźń", issuer="Đorđe Škola"),
    "not in the font": replace(CARD, title="事故対応リード", issuer="信頼性学校"),
    "half in the font": replace(CARD, title="Incident 事故 lead"),
    "nothing to show": replace(CARD, title="A badge that cannot be shown", issuer="", proof="", badge=b""),
    "noise": replace(CARD, badge=noise()),
    "four of noise": replace(CARD, badge=noise(), more=(noise(),) * 9),
    "somebody's face": replace(CARD, portrait=portrait(photo()), issuer="Ana Ruiz"),
    "a face, and a long name": replace(CARD, portrait=portrait(photo()), issuer="Long" * 40),
    "two": replace(CARD, more=(BADGE,)),
    "many words": replace(CARD, tone="note", word="12 badges verified; 3 revoked; 2 suspended; " * 3),
    "pale noise": replace(CARD, badge=noise(), tone="stop"),
}


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_small_and_of_the_size_that_networks_ask_for(name: str) -> None:
    made = Pillow().card(CARDS[name])
    assert len(made) <= MOST_BYTES
    with Image.open(io.BytesIO(made)) as picture:
        assert (picture.format, picture.size) == ("PNG", (1200, 630))


@pytest.mark.parametrize("width", WIDTHS)
def test_a_card_comes_in_every_width(width: int) -> None:
    made = Pillow().card(replace(CARD, width=width))
    with Image.open(io.BytesIO(made)) as picture:
        assert picture.size == (width, height_of(width))


def test_the_same_card_has_the_same_bytes() -> None:
    assert Pillow().card(CARD) == Pillow().card(replace(CARD))
