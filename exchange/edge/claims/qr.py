"""QR codes as SVG inside a page: drawn here, so nobody else learns what is in them."""

from __future__ import annotations

import segno
from markupsafe import Markup


def qr(url: str) -> Markup:
    """The code for `url`, black on white whatever the page's colours are: scanners need the contrast."""
    made = segno.make(url, error="m", micro=False)
    drawing = made.svg_inline(
        omitsize=True, svgclass="qr", lineclass=None, border=4, dark="#000", light="#fff"
    )
    # Markup: segno writes numbers and our two colours, nothing of the text.
    return Markup(drawing.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))  # noqa: S704
