"""Two journeys in a real browser, by the clock: `python -m benchmarks.journeys [PEOPLE]`.

A service as it is run (`exchange serve`, its own process, an empty home), and Chromium driven as fast as it
goes: so the seconds are the machine's share, and clicks are those that a page sees. Typing and choosing from
a list are no clicks here. Printed: the first badge from an empty instance, designed and awarded; a roster of
PEOPLE (200) as CSV; and somebody without an account who claims what they got.
"""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import ARGS, NAMES

PEOPLE = 200
SECONDS = 120
COUNT = "addEventListener('click', (event) => event.isTrusted && event.detail && clicked(), true)"
NAME = "Night watch"


class Service:
    """`exchange serve` in an empty home, and the lines that it prints."""

    def __init__(self, home: Path) -> None:
        self.port = 18_700 + os.getpid() % 1_000
        environ = {**os.environ, "EXCHANGE_HOME": str(home), "EXCHANGE_PORT": str(self.port)}
        self._lines: queue.Queue[str] = queue.Queue()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "exchange", "serve"],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self._lines.put(line)

    def line(self, pattern: str) -> str:
        """The next line with that in it: what it matches."""
        while True:
            if found := re.search(pattern, self._lines.get(timeout=SECONDS)):
                return found[0]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)


@contextmanager
def journey(browser: Browser, name: str) -> Iterator[Any]:
    """A page in a browser of its own; when it ends, how many clicks and seconds it took."""
    context = browser.new_context(locale="en-GB")
    page, clicks = context.new_page(), [0]
    page.set_default_timeout(SECONDS * 1000)

    def clicked() -> None:
        clicks[0] += 1

    page.expose_function("clicked", clicked)
    page.add_init_script(COUNT)
    began = time.perf_counter()
    yield page
    page.wait_for_timeout(50)  # the last click is on its way
    seconds = time.perf_counter() - began - 0.05
    print(f"{name:60} {clicks[0]:3} clicks {seconds:6.1f} s", flush=True)
    context.close()


def sign_in(page: Any, link: str) -> None:
    page.goto(link)
    page.click("#sign-in button")
    page.wait_for_selector(".desk, #name")


def first_badge(browser: Browser, link: str) -> Any:
    """From the printed link to a signed badge of one's own design. The session goes on."""
    with journey(browser, "first badge from an empty instance: designed, published, awarded") as page:
        sign_in(page, link)
        page.fill("#name", "Olga Operator")
        page.fill("#address", "olga@example.org")
        page.click("form.panel button")
        page.click("text=Design badges")
        page.click(".rows >> text=Atlas")
        page.click("text=A new badge")
        page.fill("#name", NAME)
        page.select_option("#start", "atlas/incident-lead")
        page.click("form.panel button")
        page.click("text=Save and go on")
        page.click("text=Use this drawing and go on")
        page.click("a.button >> text=Go on")
        page.click("text=Save and go on")
        page.click("button >> text=Publish")
        page.wait_for_selector("text=Published. This version stays as it is for good.")
        page.click("nav >> text=Desk")
        choose(page)
        page.fill("#to", "first@example.org")
        page.fill("#evidence", "https://example.org/report")
        page.click("text=Sign and award")
        page.wait_for_selector("[role=status] >> text=Awarded.")
        return page.context.storage_state()


def choose(page: Any) -> None:
    page.select_option("#badge", "atlas/night-watch")


def roster(browser: Browser, state: Any, base: str, people: int, folder: Path) -> None:
    """From the desk to every badge of a CSV signed."""
    file = folder / "people.csv"
    rows = "".join(f"p{n}@example.org;https://example.org/{n};Led shift {n}.\n" for n in range(people))
    file.write_text("E-Mail;Evidence;Narrative\n" + rows)
    with journey(browser, f"{people} people by CSV: chosen, checked, signed") as page:
        page.context.add_cookies(state["cookies"])
        page.goto(f"{base}/desk")
        page.click("text=Award to many")
        choose(page)
        page.set_input_files("#file", file)
        page.click("text=Check the rows")
        page.click(f"text=Sign {people} badges")
        page.wait_for_selector(f"text={people} badges were awarded")


def claim(browser: Browser, link: str) -> None:
    """From the link of a mail, which is the first click, to having it."""
    with journey(browser, "claim without an account (and one click in the mail)") as page:
        page.goto(link)
        page.wait_for_selector("#ready:not([hidden])")
        page.click("#claim button[value=accept]")
        page.wait_for_selector("text=It is yours.")


def main() -> None:
    people = int(next((one for one in sys.argv[1:] if one.isdigit()), PEOPLE))
    path = next(filter(None, map(shutil.which, NAMES)), None)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        service = Service(Path(folder) / "home")
        browser = driver.chromium.launch(executable_path=path, args=ARGS)
        try:
            link = service.line(r"http\S+#\S+")
            base = link.partition("/sign-in")[0]
            state = first_badge(browser, link)
            claim(browser, service.line(r"http\S+/claim/\S+#\S+"))
            roster(browser, state, base, people, Path(folder))
        finally:
            browser.close()
            service.stop()


if __name__ == "__main__":
    main()
