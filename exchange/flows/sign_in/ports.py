"""Who else knows who somebody is: a company's provider, and the passkeys that people hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from exchange.core.sign_in.claims import Claims
from exchange.flows.records import NewPasskey, PasskeyUse


class IdentityProvider(Protocol):
    """A company's OpenID provider. UnavailableError of each method when it cannot be asked, or is none.

    `issuer` is its id, for good; `name` what people call it. `state`, `nonce` and `verifier` are secrets of
    one sign-in, of 43 characters at least, kept for the browser that began it
    (`core.sign_in.oidc.read_callback` reads what that comes back with).
    """

    @property
    def issuer(self) -> str: ...
    @property
    def name(self) -> str: ...
    async def begin(self, state: str, nonce: str, verifier: str, redirect_uri: str) -> str:
        """The URL to send the browser to."""

    async def finish(
        self, code: str, nonce: str, verifier: str, redirect_uri: str, iss: str | None
    ) -> Claims:
        """Who signed in, by what the browser came back with. InputError for what is not to be believed."""

    async def check(self) -> None:
        """Whether a sign-in could begin and end just now."""


class KnownPasskey(Protocol):
    """What is on record of a passkey, as far as an answer of it is judged by; `person` is the user handle."""

    @property
    def id(self) -> str: ...
    @property
    def person(self) -> str: ...
    @property
    def public_key(self) -> bytes: ...
    @property
    def counter(self) -> int: ...


class Passkeys(Protocol):
    """Passkeys of this site.

    `challenge` is a secret of one ceremony (`new_secret`), kept for the browser that began it and spent by
    its first answer. Options and answers are JSON values, for and from `web/static/passkey.js`. InputError
    for an answer that is not to be believed.
    """

    def begin_registration(
        self, challenge: str, person: str, name: str, known: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Options to make one for `person`, who is shown as `name` and has those `known` already."""

    def finish_registration(self, challenge: str, answer: object) -> NewPasskey: ...
    def begin_sign_in(self, challenge: str, known: Sequence[str] = ()) -> dict[str, Any]:
        """Options to use any one, or one of those `known`."""

    def peek_passkey(self, answer: object) -> str:
        """The id of the passkey that the answer says it is of; nothing is proved yet."""

    def finish_sign_in(self, challenge: str, answer: object, passkey: KnownPasskey) -> PasskeyUse:
        """ConflictError("passkey_counter") when there may be two of it."""
