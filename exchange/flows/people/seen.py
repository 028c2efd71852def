"""What two accounts had when somebody began to make them one, for the transaction that does it to compare."""

from __future__ import annotations

from dataclasses import dataclass

from exchange.flows.endorsements.records import EndorserKey
from exchange.flows.people.records import Grant, Member, Passkey, Token


@dataclass(frozen=True, slots=True)
class Seen:
    """The roles of both accounts and the teams they are in; and of the one that ends, `source`, what it comes
    in and signs with. Entries in the log are made of this, so they would tell what is not so of anything
    that was changed after it was read."""

    source: str
    grants: tuple[Grant, ...] = ()
    members: tuple[Member, ...] = ()
    tokens: tuple[Token, ...] = ()
    passkeys: tuple[Passkey, ...] = ()
    keys: tuple[EndorserKey, ...] = ()

    def facts(self) -> frozenset[tuple[object, ...]]:
        """What has to be so still: one fact for each row, of what the log says about it."""
        return frozenset(
            [
                *(("role", one.issuer, one.person, one.role) for one in self.grants),
                *(("member", one.team, one.person, one.lead) for one in self.members),
                *(("token", one.id) for one in self.tokens),
                *(("passkey", one.id) for one in self.passkeys),
                *(("key", one.did, one.credential, one.retired_at, one.retired_from) for one in self.keys),
            ]
        )
