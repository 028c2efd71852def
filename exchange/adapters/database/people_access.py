"""How people come in, in the database: tickets, sessions and tokens; what they may do; how often they try."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from exchange.adapters.database import last_ones, log_writes, outbox
from exchange.adapters.database.effects import Statement, Work, only
from exchange.adapters.database.people import END_OTHERS, Reader
from exchange.adapters.database.writes import remembering
from exchange.flows.people.records import (
    ROLES,
    Grant,
    Person,
    Quota,
    Role,
    Session,
    Ticket,
    Token,
)
from exchange.flows.records import Leaf, Once, Parcel

WHO = ", p.id, p.name, p.created_at, p.handle, p.language, p.operator, p.state, p.picture_digest, p.halted"
SESSION = """
    s.hash, s.person, s.method, s.agent, s.network, s.created_at, s.seen_at, s.expires_at, s.confirmed_at"""
SESSIONS = "SELECT" + SESSION + " FROM session s WHERE s.person = ? ORDER BY s.seen_at DESC, s.hash"
WHOSE_SESSION = "SELECT" + SESSION + WHO + " FROM session s JOIN person p ON p.id = s.person WHERE s.hash = ?"
PUT_SESSION = """
    INSERT INTO session (hash, person, method, agent, network, created_at, seen_at, expires_at, confirmed_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
END_SESSION = "DELETE FROM session WHERE hash = ? RETURNING hash"
TOUCH_SESSION = "UPDATE session SET seen_at = ? WHERE hash = ?"
CONFIRM_SESSION = "UPDATE session SET confirmed_at = ? WHERE hash = ?"

TOKEN = "SELECT t.id, t.hash, t.person, t.name, t.scopes, t.created_at, t.expires_at, t.last_used_at"  # noqa: S105
TOKENS = TOKEN + " FROM token t {where} ORDER BY t.created_at, t.id"
WHOSE_TOKEN = TOKEN + WHO + " FROM token t JOIN person p ON p.id = t.person WHERE t.hash = ?"
PUT_TOKEN = """
    INSERT INTO token (id, hash, person, name, scopes, created_at, expires_at, last_used_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"""  # noqa: S105
REMOVE_TOKEN = "DELETE FROM token WHERE id = ? RETURNING id"  # noqa: S105
TOUCH_TOKEN = "UPDATE token SET last_used_at = ? WHERE id = ?"  # noqa: S105

ROLES_OF = """
    SELECT issuer, role FROM role WHERE person = ?
    UNION ALL SELECT r.issuer, r.role FROM role r JOIN member m ON m.team = r.team WHERE m.person = ?"""
GRANTS = "SELECT issuer, role, coalesce(person, ''), coalesce(team, '') FROM role"
PUT_GRANT = """
    INSERT INTO role (issuer, person, team, role) VALUES (?, ?, ?, ?)
    ON CONFLICT (issuer, {holder}) DO UPDATE SET role = excluded.role WHERE role.role <> excluded.role
    RETURNING issuer"""
REMOVE_GRANT = "DELETE FROM role WHERE issuer = ? AND role = ? AND {holder} = ? RETURNING issuer"

TICKET = "SELECT hash, kind, expires_at, address, person, nonce, code, badge FROM ticket WHERE hash = ?"
PUT_TICKET = """
    INSERT INTO ticket (hash, kind, expires_at, address, person, nonce, code, badge, tries)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)"""
TAKE_TICKET = """
    DELETE FROM ticket WHERE hash = ?
    RETURNING hash, kind, expires_at, address, person, nonce, code, badge"""
TAKE_CODE = """
    DELETE FROM ticket WHERE nonce = ? AND code = ?
    RETURNING hash, kind, expires_at, address, person, nonce, code, badge"""
COUNT_TRY = "UPDATE ticket SET tries = tries + 1 WHERE nonce = ? RETURNING tries"
KILL_CODE = "DELETE FROM ticket WHERE nonce = ?"
HIT = """
    INSERT INTO rate (id, hits, until) VALUES (?, 1, ?) ON CONFLICT (id) DO UPDATE
    SET hits = CASE WHEN rate.until <= ? THEN 1 ELSE rate.hits + 1 END,
        until = CASE WHEN rate.until <= ? THEN excluded.until ELSE rate.until END
    RETURNING hits, until"""
EXPIRED = (
    "DELETE FROM ticket WHERE expires_at <= ?",
    "DELETE FROM session WHERE expires_at <= ?",
    "DELETE FROM token WHERE expires_at <= ?",
    "DELETE FROM rate WHERE until <= ?",
)


class Access:
    """The part of the store about who comes in and may do what; `_read` and `engine` are the store's."""

    async def open_session(self: Reader, session: Session, instead_of: str | None = None) -> None:
        await self.engine.write(partial(_open_session, session, instead_of))

    async def session(self: Reader, hash: str) -> tuple[Session, Person] | None:
        rows = await self._read(WHOSE_SESSION, hash)
        return (Session(*rows[0][:9]), Person(*rows[0][9:])) if rows else None

    async def sessions(self: Reader, person: str) -> list[Session]:
        return [Session(*row) for row in await self._read(SESSIONS, person)]

    async def touch_session(self: Reader, hash: str, at: datetime) -> None:
        await self.engine.write(partial(only, Statement(TOUCH_SESSION, (at, hash))))

    async def confirm_session(self: Reader, hash: str, at: datetime) -> None:
        await self.engine.write(partial(only, Statement(CONFIRM_SESSION, (at, hash))))

    async def end_session(self: Reader, hash: str) -> bool:
        return bool(await self.engine.write(partial(only, Statement(END_SESSION, (hash,)))))

    async def end_sessions(
        self: Reader, person: str, keep: str = "", once: Once | None = None, parcels: Sequence[Parcel] = ()
    ) -> int:
        end = partial(outbox.told, partial(only, Statement(END_OTHERS, (person, keep))), parcels)
        return len(await self.engine.write(partial(remembering, once, end)))

    async def token(self: Reader, hash: str) -> tuple[Token, Person] | None:
        rows = await self._read(WHOSE_TOKEN, hash)
        return (_token(rows[0][:8]), Person(*rows[0][8:])) if rows else None

    async def tokens(self: Reader, person: str | None = None) -> list[Token]:
        if person is None:
            rows = await self._read(TOKENS.format(where=""))
        else:
            rows = await self._read(TOKENS.format(where="WHERE t.person = ?"), person)
        return [_token(row) for row in rows]

    async def put_token(self: Reader, token: Token, leaf: Leaf, parcels: Sequence[Parcel] = ()) -> None:
        row = (
            *(token.id, token.hash, token.person, token.name, " ".join(token.scopes)),
            *(token.created_at, token.expires_at, token.last_used_at),
        )
        put = partial(log_writes.logged, Statement(PUT_TOKEN, row), leaf)
        await self.engine.write(partial(outbox.told, put, parcels))

    async def touch_token(self: Reader, id: str, at: datetime) -> None:
        await self.engine.write(partial(only, Statement(TOUCH_TOKEN, (at, id))))

    async def remove_token(self: Reader, id: str, leaf: Leaf) -> bool:
        return await self.engine.write(partial(log_writes.logged, Statement(REMOVE_TOKEN, (id,)), leaf))

    async def roles_of(self: Reader, person: str) -> dict[str, Role]:
        roles: dict[str, Role] = {}
        for issuer, role in await self._read(ROLES_OF, person, person):
            roles[issuer] = max(role, roles.get(issuer, role), key=ROLES.index)
        return roles

    async def grants(self: Reader, issuer: str | None = None) -> list[Grant]:
        if issuer is None:
            rows = await self._read(GRANTS)
        else:
            rows = await self._read(GRANTS + " WHERE issuer = ?", issuer)
        return sorted((Grant(*row) for row in rows), key=lambda grant: (grant.issuer, grant.holder))

    async def put_grant(self: Reader, grant: Grant, leaf: Leaf, once: Once | None = None) -> bool:
        row = (grant.issuer, grant.person or None, grant.team or None, grant.role)
        put = Statement(PUT_GRANT.format(holder="team" if grant.team else "person"), row)
        return await self.engine.write(
            partial(remembering, once, partial(_change_grant, put, grant.issuer, leaf))
        )

    async def remove_grant(self: Reader, grant: Grant, leaf: Leaf, once: Once | None = None) -> bool:
        row = (grant.issuer, grant.role, grant.team or grant.person)
        remove = Statement(REMOVE_GRANT.format(holder="team" if grant.team else "person"), row)
        return await self.engine.write(
            partial(remembering, once, partial(_change_grant, remove, grant.issuer, leaf))
        )

    async def put_ticket(self: Reader, ticket: Ticket, now: datetime, parcels: Sequence[Parcel] = ()) -> None:
        await self.engine.write(partial(_put_ticket, ticket, now, parcels))

    async def ticket(self: Reader, hash: str) -> Ticket | None:
        rows = await self._read(TICKET, hash)
        return Ticket(*rows[0]) if rows else None

    async def take_ticket(self: Reader, hash: str) -> Ticket | None:
        rows = await self.engine.write(partial(only, Statement(TAKE_TICKET, (hash,))))
        return Ticket(*rows[0]) if rows else None

    async def take_code(self: Reader, nonce: str, code: str, most: int) -> Ticket | None:
        return await self.engine.write(partial(_take_code, nonce, code, most))

    async def hit(self: Reader, quotas: Sequence[Quota], now: datetime) -> datetime | None:
        return await self.engine.write(partial(_hit, quotas, now))

    async def forget_people(self: Reader, now: datetime) -> None:
        await self.engine.write(partial(_forget, now))


def _change_grant(change: Statement, issuer: str, leaf: Leaf) -> Work[bool]:
    """A change of who has which role; not one that leaves an issuer without the owner it had."""
    owned = yield from last_ones.owned([issuer])
    changed: bool = yield from log_writes.logged(change, leaf)
    yield from last_ones.check_owned(owned)
    return changed


def _token(row: Any) -> Token:
    id, hash, person, name, scopes, *times = row
    return Token(id, hash, person, name, tuple(scopes.split()), *times)


def _open_session(session: Session, instead_of: str | None) -> Work[None]:
    if instead_of is not None:
        yield Statement(END_SESSION, (instead_of,))
    row = (
        *(session.hash, session.person, session.method, session.agent, session.network),
        *(session.created_at, session.seen_at, session.expires_at, session.confirmed_at),
    )
    yield Statement(PUT_SESSION, row)


def _put_ticket(ticket: Ticket, now: datetime, parcels: Sequence[Parcel]) -> Work[None]:
    yield Statement(EXPIRED[0], (now,))
    row = (ticket.hash, ticket.kind, ticket.expires_at, ticket.address, ticket.person)
    yield Statement(PUT_TICKET, (*row, ticket.nonce, ticket.code, ticket.badge))
    yield from outbox.post(parcels)


def _take_code(nonce: str, code: str, most: int) -> Work[Ticket | None]:
    rows = yield Statement(TAKE_CODE, (nonce, code))
    if rows:
        return Ticket(*rows[0])
    for (tries,) in (yield Statement(COUNT_TRY, (nonce,))):
        if tries >= most:
            yield Statement(KILL_CODE, (nonce,))
    return None


def _hit(quotas: Sequence[Quota], now: datetime) -> Work[datetime | None]:
    spent: list[datetime] = []
    for quota in sorted(quotas, key=lambda quota: quota.key):  # locks in one order
        rows = yield Statement(HIT, (quota.key, now + quota.window, now, now))
        hits, until = rows[0]
        if hits > quota.most:
            spent.append(until)
    return max(spent, default=None)


def _forget(now: datetime) -> Work[None]:
    for statement in EXPIRED:
        yield Statement(statement, (now,))
