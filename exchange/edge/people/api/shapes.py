"""The shapes of what programs send and get about people, teams, roles and tokens."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta, Struct

from exchange.edge.http.shapes import Text, Time, Url

Role = Literal["viewer", "issuer", "editor", "owner"]
Scope = Literal["read", "award", "people", "design"]
State = Literal["active", "suspended"]
Slug = Annotated[
    str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$", max_length=40, examples=["data-guild"])
]
Name = Annotated[str, Meta(min_length=1, max_length=200, examples=["Ann Arbor"])]
Address = Annotated[
    str, Meta(max_length=254, examples=["ann@example.org"], extra_json_schema={"format": "email"})
]
Somebody = Annotated[
    str, Meta(min_length=1, max_length=320, description="A handle, an e-mail address, or an id.")
]
Holder = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=320,
        description="A person by handle, e-mail address or id, or `team/` and a team.",
        examples=["team/data-guild"],
    ),
]
Held = Annotated[str, Meta(pattern=r"^(account|team)/.+$", description="`account/` and an id, or `team/`…")]


class ListedPerson(TypedDict):
    """Somebody with an account. `at` is when it was made; `profileSuspended` why their profile is suspended,
    if it is."""

    id: Text
    name: Text
    handle: NotRequired[Text]
    operator: bool
    state: State
    profileSuspended: NotRequired[Text]
    at: Time


class PersonList(TypedDict):
    """Newest first. `next` is the address of the next page; the last one has none."""

    people: list[ListedPerson]
    next: NotRequired[Url]


class PersonAddress(TypedDict):
    """An address that is or, `former`, was theirs. Badges that went there are theirs if it is verified."""

    address: Text
    verified: bool
    primary: bool
    former: bool


class PersonTeam(TypedDict):
    team: Text
    lead: bool


class PersonView(ListedPerson):
    """Somebody with what belongs to them; `roles` by issuer, their own or one of their teams'."""

    addresses: list[PersonAddress]
    teams: list[PersonTeam]
    roles: dict[str, Role]


class InviteRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Who is to have an account; they sign in by mail to that address, which verifies it."""

    name: Name
    address: Address
    handle: Slug | Literal[""] = ""


class ReasonRequest(Struct, forbid_unknown_fields=True):
    """Why, in the words that they are told."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class Invited(TypedDict):
    """`id` names them in other requests, whatever they are called."""

    id: Text


class PersonState(TypedDict):
    """Whether they can sign in now, and why their profile is suspended, if it is."""

    id: Text
    state: State
    profileSuspended: NotRequired[Text]


class ListedTeam(TypedDict):
    """`team` as it is typed, `name` as it is read."""

    team: Text
    name: Text


class TeamList(TypedDict):
    """By `team`. `next` is the address of the next page; the last one has none."""

    teams: list[ListedTeam]
    next: NotRequired[Url]


class TeamMember(TypedDict):
    """A lead says who else is in the team."""

    id: Text
    name: Text
    lead: bool


class TeamRole(TypedDict):
    issuer: Text
    role: Role


class TeamView(ListedTeam):
    """A team with who is in it, its leads first, and the roles that each of them has by it."""

    members: list[TeamMember]
    roles: list[TeamRole]


class TeamRequest(Struct, forbid_unknown_fields=True):
    """A team to begin."""

    team: Slug
    name: Name


class NameRequest(Struct, forbid_unknown_fields=True):
    """What it is to be called."""

    name: Name


class JoinRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Who is to be in it; with `lead` they say who else is."""

    person: Somebody
    lead: bool = False


class LeaveRequest(Struct, forbid_unknown_fields=True):
    """Who is to be in it no more."""

    person: Somebody


class Membership(TypedDict):
    """Somebody, by id, and the team that they are or were in."""

    team: Text
    person: Text
    lead: bool


class ListedRole(TypedDict):
    """Who holds a role: `holder` names them in other requests, `name` is how they are called."""

    holder: Held
    name: Text
    role: Role


class RoleList(TypedDict):
    """By `holder`. `next` is the address of the next page; the last one has none."""

    roles: list[ListedRole]
    next: NotRequired[Url]


class GrantRequest(Struct, forbid_unknown_fields=True):
    """Who is to have which role, instead of the one that they hold."""

    holder: Holder
    role: Role


class WithdrawRequest(Struct, forbid_unknown_fields=True):
    """Who is to have no role any more."""

    holder: Holder


class Granted(TypedDict):
    """A role at an issuer that is, or was, somebody's."""

    issuer: Text
    holder: Held
    role: Role


class ListedToken(TypedDict):
    """A token without its secret. `at` is when it was made, `used` when it last was, about to a few minutes;
    without `expires` it is good until it is removed."""

    id: Text
    person: Text
    name: Text
    scopes: list[Scope]
    at: Time
    expires: NotRequired[Time]
    used: NotRequired[Time]


class TokenList(TypedDict):
    """The oldest first. `next` is the address of the next page; the last one has none."""

    tokens: list[ListedToken]
    next: NotRequired[Url]


class RemovedToken(TypedDict):
    """It is good for nothing any more."""

    id: Text
