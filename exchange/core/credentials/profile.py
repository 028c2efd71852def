"""Profile: a person, team or organisation (Open Badges 3.0), and the pictures it shows."""

from __future__ import annotations

from typing import Any

from exchange.core.credentials.nouns import Node, Text, one_type, types


class Image(Node, frozen=True, kw_only=True):
    """A picture, by URL or `data:` URL. `caption` says it in words for those who do not see it."""

    id: str
    type: str | tuple[str, ...] = one_type("Image")
    caption: Text | None = None


class IdentifierEntry(Node, frozen=True, kw_only=True):
    """One more name of somebody in some other system."""

    type: str | tuple[str, ...] = one_type("IdentifierEntry")
    identifier: str
    identifier_type: str


class Profile(Node, frozen=True, kw_only=True):
    """Who issues, endorses, assesses or created something. An issuer's `id` is what its key is bound to."""

    id: str
    type: tuple[str, ...] = types("Profile")
    name: Text | None = None
    url: str | None = None
    description: Text | None = None
    image: Image | None = None
    email: str | None = None
    phone: str | None = None
    official: str | None = None
    address: dict[str, Any] | None = None
    parent_org: Profile | None = None
    other_identifier: tuple[IdentifierEntry, ...] = ()
    endorsement: tuple[dict[str, Any], ...] = ()
    endorsement_jwt: tuple[str, ...] = ()
