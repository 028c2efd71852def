"""Custody of private keys: a key is named by a URI, and the scheme says who keeps it.

    file:keys/<id>.key        `local`: in HOME, encrypted under the key-encryption key that `kek` brings
    vault:transit/keys/x#1    `vault`: in an OpenBao or Vault of the company's own; never here

Another kind of custody is a `Place` and a line in `PLACES`.
"""

from __future__ import annotations

from collections.abc import Callable

from exchange.adapters.keys.kek import kek_from, passphrase_from
from exchange.adapters.keys.local import LocalKeys
from exchange.adapters.keys.ring import KeyRing
from exchange.adapters.keys.signer import Place, Signer
from exchange.adapters.keys.vault import VaultKeys
from exchange.settings import Settings

__all__ = ["PLACES", "KeyRing", "LocalKeys", "Place", "Signer", "VaultKeys", "local_keys", "open_keys"]


def local_keys(settings: Settings) -> LocalKeys:
    """The keys in the home, under the kek that the settings name; nobody is asked before one is needed."""
    kek = kek_from(settings.kek, settings.home, passphrase_from(settings.passphrase_file))
    return LocalKeys(settings.home, kek)


def _vault(settings: Settings) -> Place | None:
    if settings.vault_addr is None or settings.vault_token_file is None:
        return None
    scheme, _, mount = settings.keys.partition(":")
    return VaultKeys(
        settings.vault_addr, settings.vault_token_file, mount if scheme == "vault" else "transit"
    )


PLACES: dict[str, Callable[[Settings], Place | None]] = {"file": local_keys, "vault": _vault}
"""Scheme of a URI → who keeps its keys; None where the settings do not say how to reach it."""


def open_keys(settings: Settings) -> KeyRing:
    """Every place that the settings tell of, as one ring; EXCHANGE_KEYS makes the new ones."""
    found = {scheme: place(settings) for scheme, place in PLACES.items()}
    known = {scheme: place for scheme, place in found.items() if place is not None}
    return KeyRing(known, settings.keys.partition(":")[0])
