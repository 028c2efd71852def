"""Who looks at pages: watched while they do, and the regulars, who sign in once and open page after page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.browser.site import LiveSite


@dataclass
class Watch:
    """What pages ask for, and which errors their scripts log, until `end`: nobody but us, and none."""

    url: str
    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def over(self, page: Any) -> Any:
        """The same page, watched."""
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._console)
        page.set_default_timeout(15_000)
        return page

    def _console(self, line: Any) -> None:
        if "Content Security" in line.text:
            self.errors.append(line.text)

    def end(self) -> None:
        asked, errors = self.asked.copy(), self.errors.copy()
        self.asked.clear()
        self.errors.clear()
        assert [url for url in asked if not url.startswith(f"{self.url}/")] == []
        assert errors == []


class Regulars:
    """A browser for each language and person, kept from page to page: to sign in is dearer than to look."""

    def __init__(self, browser: Any, site: LiveSite) -> None:
        self._browser, self._site = browser, site
        self._watch = Watch(site.url)
        self._pages: dict[tuple[str, str], Any] = {}

    @contextmanager
    def look(self, path: str, locale: str, who: str = "") -> Iterator[Any]:
        """The page at `path` in the browser of `who`: nobody, `operator`, or the id of a person."""
        self._site.world.store._rates.clear()  # they stand for many, who come from many networks
        page = self._pages.get((locale, who)) or self._come(locale, who)
        page.emulate_media(color_scheme="light", reduced_motion="no-preference")
        page.goto(path)
        yield page
        self._watch.end()

    def _come(self, locale: str, who: str) -> Any:
        context = self._browser.new_context(base_url=self._site.url, locale=locale)
        page = self._watch.over(context.new_page())
        if who == "operator":
            self._site.sign_in(page)
        elif who:
            self._site.sign_in_as(page, who)
        self._pages[locale, who] = page
        return page

    def leave(self) -> None:
        for page in self._pages.values():
            page.context.close()
