"""How a page is looked at: in both languages, light and dark, at three widths, by axe-core and for eyes.

Colours, widths and motion are switched on the open page, which is loaded once a language.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WIDTHS = (360, 768, 1280)
SCHEMES = ("light", "dark")
LOCALES = ("en-GB", "de-DE")

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

_WIDER = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  return [...document.querySelectorAll('main *')]
    .filter((element) => element.getBoundingClientRect().right > clientWidth)
    .map((element) => element.outerHTML.slice(0, 120));
}"""

_UNSEEN_FOCUS = """() => {
  const seen = (element) => {
    const style = getComputedStyle(element);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  };
  const kinds = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
  return [...document.querySelectorAll(kinds)].filter((element) => {
    if (!element.checkVisibility() || element.closest('[popover]') || element.type === 'hidden') return false;
    element.focus({ focusVisible: true });
    return document.activeElement !== element || !seen(element);
  }).map((element) => element.outerHTML.slice(0, 120));
}"""


def looks(page: Any) -> Iterator[str]:
    """Show the page in every width and scheme, one after the other; the name of each look."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            yield f"{width}-{scheme}"


def check(page: Any, axe: str, picture: Path) -> None:
    """Nothing wider than the window, nothing axe minds (WCAG 2.2 AA, good practice); a screenshot."""
    page.screenshot(path=picture, full_page=True)
    wider = page.evaluate(_WIDER)
    assert wider == [], f"{picture.name}: {wider}"
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    options = {"runOnly": _RULES, "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(document, options)", options)
    minded = [
        (one["id"], node["html"][:160], node.get("failureSummary", "")[:300])
        for one in found["violations"]
        for node in one["nodes"]
    ]
    assert minded == [], f"{picture.name}: {json.dumps(minded, indent=1)}"


def check_everywhere(page: Any, axe: str, folder: Path, name: str) -> None:
    """All looks of the open page, nothing that moves where motion is not wanted, and every focus seen."""
    for look in looks(page):
        check(page, axe, folder / f"{name}-{look}.png")
    moving = page.evaluate("document.getAnimations().length")
    assert moving == 0, name
    assert page.evaluate(_UNSEEN_FOCUS) == [], name
