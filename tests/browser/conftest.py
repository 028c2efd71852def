"""A real Chromium and a live site for all browser tests; without a browser they are skipped.

Of package scope: the driver keeps a loop running in the main thread, in which no other test could run one.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.site import LiveSite, live_site
from tests.browser.visitors import Regulars, Watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site() -> Iterator[LiveSite]:
    with live_site() as site:
        yield site


@pytest.fixture(scope="package")
def axe() -> str:
    """The source of axe-core."""
    package = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    return (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def open_page(browser: Browser, site: LiveSite) -> Iterator[Callable[..., Page]]:
    """`open_page(path, **context)`: a page in a context of its own.

    When the test ends it must have asked nobody but us for anything, and logged no script error.
    """
    site.world.store._rates.clear()  # each test is by other people: from one network, they would be too many
    contexts: list[Any] = []
    watch = Watch(site.url)

    def open_page(path: str, **context: Any) -> Page:
        contexts.append(browser.new_context(base_url=site.url, **context))
        page = watch.over(contexts[-1].new_page())
        page.goto(path)
        return page  # type: ignore[no-any-return]

    yield open_page
    for context in contexts:
        context.close()
    watch.end()


@pytest.fixture(scope="module")
def regulars(browser: Browser, site: LiveSite) -> Iterator[Regulars]:
    regulars = Regulars(browser, site)
    yield regulars
    regulars.leave()
