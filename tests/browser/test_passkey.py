"""`passkey.js` in a real browser with a virtual authenticator, on a page that has nothing else."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from litestar import Litestar, MediaType, Request, Response, get, post

from exchange.adapters.sign_in.passkeys import WebAuthnPasskeys
from exchange.errors import ExchangeError
from exchange.flows.records import NewPasskey
from exchange.resources import data_path
from tests.adapters.authenticator import Known

pytestmark = pytest.mark.browser

PERSON = "3f2b8a52-0d2f-4f4e-9d3c-1d7f1c8a6b11"
PAGE = """<!doctype html><html lang="en"><title>Passkeys</title>
<script type="module" src="/passkey.js"></script>
<form id="more"><input name="name" value="My phone"></form><p id="said" role="status"></p>
<button hidden type="button" data-passkey="create" data-fields="#more" data-begin="/create/begin" {words}
  data-finish="/create/finish">Make a passkey</button>
<button hidden type="button" data-passkey="get" data-begin="/get/begin" {words}
  data-finish="/get/finish">Sign in</button></html>"""
WORDS = (
    'data-said="#said" data-next="/done" data-cancelled="Cancelled." data-known="You have one." '
    'data-failed="It failed." data-offline="Nobody answered."'
)
HEADERS = {"content-security-policy": "default-src 'none'; script-src 'self'; connect-src 'self'"}
OLD_BROWSER = """
delete PublicKeyCredential.parseCreationOptionsFromJSON;
delete PublicKeyCredential.parseRequestOptionsFromJSON;
delete PublicKeyCredential.prototype.toJSON;
"""


@dataclass
class Desk:
    """A site with passkeys and nothing else, and what it got to know."""

    url: str
    challenge: str = ""
    known: list[NewPasskey] = field(default_factory=list)
    least: int = 0
    """The counter that is on record."""

    posted: list[Any] = field(default_factory=list)

    @property
    def passkeys(self) -> WebAuthnPasskeys:
        return WebAuthnPasskeys(self.url)

    def begin(self, what: str) -> dict[str, Any]:
        self.challenge = secrets.token_urlsafe(32)
        ids = [one.id for one in self.known]
        if what == "create":
            options = self.passkeys.begin_registration(self.challenge, PERSON, "Ana", ids)
        else:
            options = self.passkeys.begin_sign_in(self.challenge)
        return {"options": options, "ceremony": what}

    def finish(self, what: str, posted: dict[str, Any]) -> dict[str, Any]:
        self.posted.append(posted)
        assert posted["ceremony"] == what
        if what == "create":
            self.known.append(self.passkeys.finish_registration(self.challenge, posted["answer"]))
            return {}
        id = self.passkeys.peek_passkey(posted["answer"])
        found = next(one for one in self.known if one.id == id)
        known = Known(id, PERSON, found.public_key, max(found.counter, self.least))
        return {"counter": self.passkeys.finish_sign_in(self.challenge, posted["answer"], known).counter}


def build(desk: Desk) -> Litestar:
    def problem(_: Request[Any, Any, Any], error: ExchangeError) -> Response[Any]:
        return Response(
            {"detail": error.message}, status_code=error.status, media_type="application/problem+json"
        )

    @get("/", sync_to_thread=False)
    def page() -> Response[str]:
        return Response(PAGE.format(words=WORDS), media_type=MediaType.HTML, headers=HEADERS)

    @get("/done", sync_to_thread=False)
    def done() -> Response[str]:
        return Response("<title>Done</title>", media_type=MediaType.HTML, headers=HEADERS)

    @get("/passkey.js", sync_to_thread=False)
    def script() -> Response[bytes]:
        body = (data_path("web") / "static" / "passkey.js").read_bytes()
        return Response(body, media_type="text/javascript")

    @post("/{what:str}/{step:str}", status_code=200)
    async def ceremony(request: Request[Any, Any, Any]) -> dict[str, Any]:
        what, step = request.path_params["what"], request.path_params["step"]
        return desk.begin(what) if step == "begin" else desk.finish(what, await request.json())

    return Litestar([page, done, script, ceremony], exception_handlers={ExchangeError: problem})


@pytest.fixture
def desk() -> Iterator[Desk]:
    with served() as running:
        yield running


@contextmanager
def served() -> Iterator[Desk]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        desk = Desk(f"http://localhost:{listener.getsockname()[1]}")
        server = uvicorn.Server(uvicorn.Config(build(desk), log_level="warning", ws="none", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield desk
        server.should_exit = True
        thread.join(10)


@dataclass
class Phone:
    """A page, and the authenticator of whoever looks at it."""

    page: Any
    cdp: Any
    authenticator: str

    def press(self, button: str) -> None:
        self.page.click(f"text={button}")

    def said(self) -> str:
        self.page.locator(
            "#said:not(:empty)"
        ).wait_for()  # a function to wait for would be eval, against the CSP
        return str(self.page.inner_text("#said"))

    def done(self) -> None:
        self.page.wait_for_url("**/done")
        self.page.go_back()


@pytest.fixture
def phone(browser: Any, desk: Desk) -> Iterator[Callable[..., Phone]]:
    """`phone(script)`: a phone whose browser runs that script before any page."""
    contexts: list[Any] = []
    problems: list[str] = []

    def open_page(script: str = "", verified: bool = True) -> Phone:
        contexts.append(browser.new_context(base_url=desk.url))
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console", lambda line: problems.append(line.text) if "Content Security" in line.text else None
        )
        page.add_init_script(script)
        cdp = contexts[-1].new_cdp_session(page)
        cdp.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": verified,
            "automaticPresenceSimulation": True,
        }
        made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        page.goto("/")
        return Phone(page, cdp, made["authenticatorId"])

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


@pytest.mark.parametrize("script", ["", OLD_BROWSER], ids=["a browser of today", "an old browser"])
def test_a_passkey_is_made_and_signs_in(desk: Desk, phone: Callable[..., Phone], script: str) -> None:
    ana = phone(script)
    own = "typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'undefined'"
    assert ana.page.evaluate(own) is bool(script)
    ana.press("Make a passkey")
    ana.done()
    (made,) = desk.known
    assert desk.posted[0]["name"] == "My phone"
    assert made.transports == ("internal",)
    for _ in range(2):
        ana.press("Sign in")
        ana.done()
    assert [set(one) for one in desk.posted[1:]] == [{"ceremony", "answer"}] * 2
    (held,) = ana.cdp.send("WebAuthn.getCredentials", {"authenticatorId": ana.authenticator})["credentials"]
    assert held["isResidentCredential"]
    assert held["signCount"] > made.counter


def test_what_the_server_refuses_is_said_in_its_words(desk: Desk, phone: Callable[..., Phone]) -> None:
    ana = phone()
    ana.press("Make a passkey")
    ana.done()
    desk.least = 100
    ana.press("Sign in")
    assert "fewer uses than we have seen" in ana.said()
    assert ana.page.get_attribute("text=Sign in", "aria-disabled") is None


@pytest.mark.parametrize("script", ["", OLD_BROWSER], ids=["a browser of today", "an old browser"])
def test_a_second_passkey_on_the_same_phone_is_not_made(
    desk: Desk, phone: Callable[..., Phone], script: str
) -> None:
    ana = phone(script)
    ana.press("Make a passkey")
    ana.done()
    ana.press("Make a passkey")
    assert ana.said() == "You have one."
    assert len(desk.known) == 1


def test_who_does_not_prove_to_be_there_is_not_signed_in(desk: Desk, phone: Callable[..., Phone]) -> None:
    ana = phone(verified=False)
    ana.press("Make a passkey")
    assert ana.said() == "Cancelled."
    assert desk.posted == []


def test_a_server_that_does_not_answer_is_said_so(phone: Callable[..., Phone]) -> None:
    ana = phone()
    ana.page.route("**/begin", lambda route: route.abort())
    ana.press("Sign in")
    assert ana.said() == "Nobody answered."


def test_an_answer_that_is_none_is_said_so(phone: Callable[..., Phone]) -> None:
    ana = phone()
    ana.page.route("**/begin", lambda route: route.fulfill(body="<html>captive portal</html>"))
    ana.press("Sign in")
    assert ana.said() == "It failed."


def test_without_passkeys_there_is_no_button(phone: Callable[..., Phone]) -> None:
    old = phone("delete window.PublicKeyCredential;")
    assert old.page.inner_text("#said") == ""
    assert not old.page.is_visible("text=Sign in")
    assert phone().page.is_visible("text=Sign in")
