"""The `Draw` port: pictures that are drawn, and those that somebody gave."""

from __future__ import annotations

from exchange.adapters.catalogues.badge_scene import uncovered
from exchange.adapters.catalogues.given_pictures import make_picture
from exchange.adapters.catalogues.images import draw_png, draw_svg
from exchange.adapters.catalogues.papers import draw_paper
from exchange.adapters.catalogues.portraits import portrait
from exchange.adapters.catalogues.share_cards import draw_card
from exchange.core.catalogues.design import Design
from exchange.core.catalogues.picture import Picture
from exchange.core.portfolio.paper import Paper
from exchange.core.share_card import ShareCard
from exchange.errors import InputError


class Pillow:
    """Draws with Pillow, paper with typst, and cleans what was given with it."""

    def png(self, design: Design) -> bytes:
        return draw_png(design)

    def svg(self, design: Design) -> bytes:
        return draw_svg(design)

    def uncovered(self, design: Design) -> list[InputError]:
        return list(uncovered(design))

    def given(self, title: str, alt: str, raster: bytes, svg: bytes | None) -> Picture:
        return make_picture(title, alt, raster, svg)

    def portrait(self, data: bytes) -> bytes:
        return portrait(data)

    def card(self, card: ShareCard) -> bytes:
        return draw_card(card)

    def paper(self, paper: Paper) -> bytes:
        return draw_paper(paper)
