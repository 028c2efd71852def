"""Every error this package raises on purpose.

A family says whose fault it is, so that an edge can choose a status or an exit code; the `code` says what
it is, is stable, and is what programs match on; the message says what, where and what to do.
"""

from __future__ import annotations


class ExchangeError(Exception):
    """Something went wrong that we can name.

    `code` is a stable snake_case word. `at` is a JSON Pointer (RFC 6901), a file and line, or a field name:
    where it went wrong, `""` when it is the whole input.
    """

    status = 500

    def __init__(self, code: str, message: str, at: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.at = at

    def __str__(self) -> str:
        return f"{self.message} (at {self.at})" if self.at else self.message


class InputError(ExchangeError):
    """What was handed in is malformed or breaks a rule; the sender can mend it."""

    status = 400


class ReusedKeyError(InputError):
    """An Idempotency-Key came back with another request."""

    status = 422


class AlreadyDoneError(ExchangeError):
    """Not a failure: what this Idempotency-Key stands for was done before; `answer` is what is kept of it."""

    def __init__(self, answer: str) -> None:
        super().__init__("already_done", "This was done before; nothing was done again.")
        self.answer = answer


class ForbiddenError(ExchangeError):
    """Who acts is known, and may not do that."""

    status = 403


class TooManyError(ExchangeError):
    """It was tried too often; it can be tried again in `retry_after` seconds."""

    status = 429

    def __init__(self, code: str, message: str, retry_after: int) -> None:
        super().__init__(code, message)
        self.retry_after = retry_after


class NotFoundError(ExchangeError):
    """Nothing here answers to that name."""

    status = 404


class ConflictError(ExchangeError):
    """The request is well formed, but what is on record forbids it."""

    status = 409


class CannotTellError(ExchangeError):
    """It could not be determined: a document was not reachable, or its form is unknown to us.

    A verdict turns this into *cannot tell*, never into *valid* and never into *invalid*.
    """

    status = 424


class RefusedError(ExchangeError):
    """Another party answered no, and would again."""

    status = 502


class UnavailableError(ExchangeError):
    """This service cannot do it just now (no key, disk full, signing stopped)."""

    status = 503
