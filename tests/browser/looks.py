"""How a page is looked at: in both languages, light and dark, at three widths, by axe-core and for eyes.

Widths, colours and motion are switched on the open page, which is loaded once a language. With PICTURES, a
folder, in the environment, a screenshot of each look is kept there, to be looked at.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LOCALES = ("en-GB", "de-DE")

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
OF_COLOUR = ("color-contrast", "link-in-text-block")
"""The rules that may see in the dark what they do not see in the light: all else is the same page."""
LOOKS = {
    (360, "light"): RULES,
    (768, "light"): (),
    (1280, "light"): (),
    (360, "dark"): None,
    (1280, "dark"): OF_COLOUR,
}
"""Which rules axe goes by in which look; in each, nothing may be wider than the window. None: it is there for
eyes only, as another look has the same boxes."""

_AT_REST = """Promise.all(document.getAnimations()
    .filter(one => one.effect.getComputedTiming().endTime < 2000).map(one => one.finished))"""
"""Colours that are on their way have the contrast of neither end; what moves for long is not waited for."""

_WIDER = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  return [...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > clientWidth)
    .map((element) => element.outerHTML.slice(0, 120));
}"""

_CUT = """() => matchMedia('(max-width: 39.99rem)').matches
  ? [...document.querySelectorAll('.stack .table')]
    .filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.innerHTML.slice(0, 120))
  : []"""
"""Tables whose rows are cards where there is little room: a card that scrolls hides the ends of its words."""

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


_AXE = """async ({ rules, ofColour }) => {
  const run = async (where, options) =>
    (await axe.run(where, { ...options, resultTypes: ['violations'] })).violations;
  const many = [...document.querySelectorAll('details')].slice(40);
  if (!many.length) return run(document, { runOnly: rules });
  const found = await run({ include: document, exclude: many }, { runOnly: ofColour });
  if (rules.every((one) => ofColour.includes(one))) return found;
  const others = Object.fromEntries(ofColour.map((one) => [one, { enabled: false }]));
  return [...found, ...(await run(document, { runOnly: rules, rules: others }))];
}"""
"""Of hundreds of foldings (`/api/docs`), the colours of the first forty stand for all: axe looks for what
lies under each word, which takes half a minute there."""


def check(page: Any, axe: str, name: str, rules: Sequence[str] = RULES) -> None:
    """Nothing wider than the window, nothing axe minds by these rules (WCAG 2.2 AA, good practice)."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    wider, cut = page.evaluate(f"{_AT_REST}.then(() => [({_WIDER})(), ({_CUT})()])")
    assert wider == [], f"{name}: {wider}"
    assert cut == [], f"{name}: {cut}"
    if not rules:
        return
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    found = page.evaluate(_AXE, {"rules": rules, "ofColour": OF_COLOUR})
    minded = [
        (one["id"], node["html"][:160], node.get("failureSummary", "")[:300])
        for one in found
        for node in one["nodes"]
    ]
    assert minded == [], f"{name}: {json.dumps(minded, indent=1)}"


def check_everywhere(page: Any, axe: str, name: str, translated: bool = False) -> None:
    """All looks of the open page, nothing that moves where motion is not wanted, and every focus seen.

    `translated`: the same page was looked at in its first language, so only what other words change matters.
    """
    for (width, scheme), rules in LOOKS.items():
        needless = (width, scheme) != (360, "light") if translated else rules is None
        if needless and "PICTURES" not in os.environ:
            continue  # longer words stick out first where there is the least room
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        check(page, axe, f"{name}-{width}-{scheme}", (not translated and rules) or ())
    if translated:
        return
    assert page.evaluate("document.getAnimations().length") == 0, name
    unseen = page.evaluate(_UNSEEN_FOCUS)
    assert unseen == [], f"{name}: {unseen}"
