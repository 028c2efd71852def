"""Notices: somebody's account has changed; and what to do if it was not they who changed it.

They go to every address that the person has verified, and to one that was just taken away: who has stolen a
session can make another address the first one, but not keep the others from hearing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from exchange.core.plain_text import one_line, plain
from exchange.flows.mail.words import Link, Words, Write, host_of
from exchange.flows.ports import Ports
from exchange.flows.records import Parcel

Notice = Literal[
    "passkey-added",
    "passkey-removed",
    "address-added",
    "address-preferred",
    "address-removed",
    "sessions-ended",
    "token-made",
    "accounts-merged",
    "signing-key-added",
    "signing-key-retired",
    "endorsement-signed",
    "vouch-recorded",
    "vouch-taken-back",
    "profile-suspended",
    "profile-reinstated",
]


async def _passkey_added(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    return Words(
        f"A passkey was added to your account at {host_of(ports)}",
        (
            f"The passkey “{_what(said)}” signs in to your account from now on.",
            *_how(ports, said, "Your passkeys", "passkeys"),
            "If that was not you, somebody else has been in your account. Remove that passkey, which signs "
            "them out as well. Should you be asked for a passkey that you do not have, ask whoever runs that "
            "exchange for a link to sign in with.",
        ),
    )


async def _passkey_removed(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    return Words(
        f"A passkey was removed from your account at {host_of(ports)}",
        (
            f"The passkey “{_what(said)}” signs nobody in any more. Every other session has ended.",
            *_how(ports, said, "Your passkeys", "passkeys"),
            _IF_NOT,
        ),
    )


async def _address_added(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    return Words(
        f"An address was added to your account at {host_of(ports)}",
        (
            f"Who reads the mail of {_what(said)} can sign in to your account from now on.",
            *_how(ports, said, "Your addresses", "addresses"),
            "If that was not you, remove that address, end all other sessions, and tell whoever runs that "
            "exchange.",
        ),
    )


async def _address_preferred(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    return Words(
        f"Mail of your account at {host_of(ports)} goes elsewhere",
        (
            f"Your first address is {_what(said)} from now on.",
            *_how(ports, said, "Your addresses", "addresses"),
            _IF_NOT,
        ),
    )


async def _address_removed(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    return Words(
        f"An address was removed from your account at {host_of(ports)}",
        (
            f"By {_what(said)} nobody signs in any more. Badges that went there stay yours.",
            *_how(ports, said, "Your addresses", "addresses"),
            _IF_NOT,
        ),
    )


async def _sessions_ended(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    return Words(
        f"You were signed out at {host_of(ports)}",
        (
            "All sessions of your account were ended, but for the one that it was done in.",
            *_how(ports, said, "Where you are signed in", "sessions"),
            _IF_NOT,
        ),
    )


async def _token_made(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    return Words(
        f"A token was made for your account at {host_of(ports)}",
        (
            f"Whoever has the token “{_what(said)}” can act in your name there, as far as its scopes go.",
            *_how(ports, said, "Your tokens", "tokens"),
            "If that was not you, remove that token, end all other sessions, and tell whoever runs that "
            "exchange.",
        ),
    )


async def _accounts_merged(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    return Words(
        f"Two accounts at {host_of(ports)} are one",
        (
            f"The account with the address {_what(said)} has become part of another. Addresses, passkeys, "
            "roles and badges of both are together now, and whoever could sign in to one of them signs in to "
            "both.",
            *_how(ports, said, "Your account", ""),
            _IF_NOT,
        ),
    )


async def _signing_key_added(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    return Words(
        f"A browser can endorse in your name at {host_of(ports)}",
        (
            f"The browser “{_what(said)}” has made a key, and what it signs counts as said by you from now "
            "on. The key stays in that browser: nobody else has it, and neither have we.",
            *_how(ports, said, "Your signing keys", "signing-keys"),
            "If that was not you, retire that key, end all other sessions, and tell whoever runs that "
            "exchange.",
        ),
    )


async def _signing_key_retired(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    return Words(
        f"A signing key was retired at {host_of(ports)}",
        (
            f"The key of the browser “{_what(said)}” signs nothing in your name any more.",
            *_how(ports, said, "Your signing keys", "signing-keys"),
            _IF_NOT,
        ),
    )


async def _endorsement_signed(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    return Words(
        f"You have endorsed “{_what(said)}”",
        (
            f"Your endorsement of “{_what(said)}” is signed, and on its way to whom it is about. They decide "
            "whether others see it.",
            *_how(ports, said, "Your endorsements, to change or withdraw", "endorsements"),
            "If that was not you, withdraw it there, end all other sessions, and tell whoever runs that "
            "exchange.",
        ),
    )


async def _vouch_recorded(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    return Words(
        f"“{_what(said)}” was recorded in your name",
        (
            f"The exchange has recorded “{_what(said)}” as said by you, with a key that it keeps for you. "
            "Whoever sees it is told so.",
            *_how(ports, said, "Your vouches, to look at or withdraw", "vouches"),
            "If you did not ask for that, withdraw it there, and tell whoever runs that exchange.",
        ),
    )


async def _vouch_taken_back(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    return Words(
        f"“{_what(said)}” was withdrawn in your name",
        (
            f"“{_what(said)}”, which you had given, was withdrawn for you. That is final.",
            *_how(ports, said, "Your vouches", "vouches"),
            "If you did not ask for that, tell whoever runs that exchange.",
        ),
    )


async def _profile_suspended(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    return Words(
        f"Your profile at {host_of(ports)} is suspended",
        (
            "What you have said of others reads “suspended” wherever it is shown, and does not count. Until "
            "that ends, you cannot ask, endorse or vouch. Your own badges stay as they are.",
            f"The reason given: {plain(said['what'], 500)}",
            *_how(ports, said, "Your endorsements", "endorsements"),
            "If you think that this is wrong, tell whoever runs that exchange.",
        ),
    )


async def _profile_reinstated(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    return Words(
        f"Your profile at {host_of(ports)} is not suspended any more",
        (
            "What you have said of others reads as before, and you can ask, endorse and vouch again.",
            *_how(ports, said, "Your endorsements", "endorsements"),
        ),
    )


NOTICES: dict[str, Write] = {
    "passkey-added": _passkey_added,
    "passkey-removed": _passkey_removed,
    "address-added": _address_added,
    "address-preferred": _address_preferred,
    "address-removed": _address_removed,
    "sessions-ended": _sessions_ended,
    "token-made": _token_made,
    "accounts-merged": _accounts_merged,
    "signing-key-added": _signing_key_added,
    "signing-key-retired": _signing_key_retired,
    "endorsement-signed": _endorsement_signed,
    "vouch-recorded": _vouch_recorded,
    "vouch-taken-back": _vouch_taken_back,
    "profile-suspended": _profile_suspended,
    "profile-reinstated": _profile_reinstated,
}

_IF_NOT = (
    "If that was not you, end all other sessions of your account, remove what you do not know, and tell "
    "whoever runs that exchange."
)


def _what(said: Mapping[str, Any]) -> str:
    """The name of a passkey or token, or an address, as its person typed it."""
    return one_line(said["what"])


def _how(ports: Ports, said: Mapping[str, Any], label: str, page: str) -> tuple[str | Link, ...]:
    """When, by whom and where it was done; and where to see it."""
    at = datetime.fromisoformat(said["at"]).astimezone(UTC)
    if said["by"] == "self":
        how = (
            f"It was done on {at:%Y-%m-%d} at {at:%H:%M} UTC, in a browser that calls itself {_agent(said)}."
        )
    else:
        how = f"It was done on {at:%Y-%m-%d} at {at:%H:%M} UTC, by whoever runs that exchange."
    return how, Link(label, f"{ports.base_url}/account/{page}".rstrip("/"))


def _agent(said: Mapping[str, Any]) -> str:
    return one_line(said["agent"]) or "Another program"
