"""What the canonical routes raise besides the families of `exchange.errors`."""

from __future__ import annotations

from exchange.errors import CannotTellError, ExchangeError, InputError


class Unusual(CannotTellError):
    """JSON-LD that is legal, perhaps, but out of the fast walk's profile: declined, not judged.

    A caller that may use the exact route tries that; for everyone else it is *cannot tell*.
    """

    def __init__(self, what: str) -> None:
        super().__init__(
            "unusual_json_ld",
            f"This is unusual JSON-LD that is not read here: {what}.",
        )


def unknown_context(url: str, at: str = "") -> CannotTellError:
    """The error for a context URL that is not in the registry."""
    return CannotTellError(
        "unknown_context", f"The JSON-LD context {url[:200]!r} is not among those known here.", at
    )


def rekeyed(name: str, at: str = "") -> InputError:
    """The error for a name that means what another name is defined for.

    The signature covers the meaning, readers of the JSON look for the name: a `validUntil` written as an IRI
    would be signed and not seen.
    """
    return InputError(
        "rekeyed_term",
        f"{name[:80]!r} stands for something that the known contexts have another name for; write that name.",
        at,
    )


def refusal(error: BaseException, at: str = "") -> InputError:
    """Our error for a JsonLdError; its cause may hide below others."""
    cause: BaseException | None = error
    while cause is not None:
        if getattr(cause, "code", None) == "protected term redefinition":
            return InputError(
                "protected_term_redefined",
                "The contexts and types of this document give one protected term two meanings.",
                at,
            )
        cause = cause.__cause__
    return InputError(
        "json_ld_malformed", f"This is not JSON-LD: {getattr(error, 'code', None) or error}.", at
    )


def within(error: ExchangeError, key: str | int) -> None:
    """Say that `error` happened below `key`: one more step at the front of its JSON Pointer (RFC 6901)."""
    step = key if isinstance(key, int) else key.replace("~", "~0").replace("/", "~1")
    error.at = f"/{step}{error.at}"
