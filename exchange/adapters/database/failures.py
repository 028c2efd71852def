"""The one place where what a database driver raises becomes an error of ours."""

from __future__ import annotations

import sqlite3

import asyncpg  # type: ignore[import-untyped]

from exchange.errors import ConflictError, ExchangeError, InputError, UnavailableError

# Primary SQLite result codes that mean "not now, and not the caller's fault" (sqlite.org/rescode.html).
_SQLITE_UNAVAILABLE = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
DAMAGED_SAID = (
    "The database file is damaged. Move it away and restore it from a backup: exchange restore FILE."
)
# Classes of SQLSTATE with the same meaning: connection, resources, operator, system, authorisation, name.
_POSTGRES_UNAVAILABLE = ("08", "25", "53", "57", "58", "28", "3D", "40", "55", "42501")
_UNSTORABLE = (OverflowError, UnicodeEncodeError, asyncpg.DataError)


def unrepresentable(error: Exception) -> bool:
    """Whether an argument was something no row can hold: an integer too large, a lone surrogate, a NUL."""
    return isinstance(error, _UNSTORABLE)


def translated(error: BaseException) -> BaseException:
    """Ours for theirs. What is neither the caller's fault nor the database's is a bug here: left as it is."""
    if isinstance(error, ExchangeError):
        return error
    if isinstance(error, _UNSTORABLE):
        return InputError("value_not_storable", f"the database cannot hold this value: {error}")
    if isinstance(error, (sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError)):
        return ConflictError("conflict", f"what is on record forbids it: {error}")
    if is_damage(error):
        return UnavailableError("database_unavailable", f"{DAMAGED_SAID} ({error})")
    if isinstance(error, sqlite3.Error) and _sqlite_unavailable(error):
        return UnavailableError("database_unavailable", f"the database cannot be used just now: {error}")
    if isinstance(error, asyncpg.PostgresError):
        if str(error.sqlstate).startswith(_POSTGRES_UNAVAILABLE):
            return UnavailableError("database_unavailable", f"the database cannot be used just now: {error}")
    elif isinstance(error, (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError)):
        reason = str(error) or type(error).__name__
        return UnavailableError("database_unavailable", f"the database cannot be reached: {reason}")
    return error


def is_damage(error: BaseException) -> bool:
    """Whether it says that a database file of SQLite is none, or none any more."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in DAMAGED


def _sqlite_unavailable(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # raised by Python's module itself: the connection was closed
        return isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error)
    return (code & 0xFF) in _SQLITE_UNAVAILABLE
