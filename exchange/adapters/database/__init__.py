"""The database: one `Store` on SQLite or PostgreSQL, chosen by URL.

Piccolo carries the tables and the cold queries; the engines underneath are our own, because Piccolo's
SQLite engine opens a connection and a thread for every query and stays locked after a cancelled task
(shared STACK.md section 3).
"""

from exchange.adapters.database.store import DatabaseStore, open_store

__all__ = ["DatabaseStore", "open_store"]
