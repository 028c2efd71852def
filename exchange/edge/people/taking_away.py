"""The step before something of one's own account is taken away: what it will affect, then yes or back.

Each is mounted beside the form that does it: in `account`, `pictures` and `sign_in/passkeys.py`. To end one
other session asks nothing: it is soon opened again.
"""

from __future__ import annotations

from litestar import Response

from exchange.edge.http.access import ThePorts
from exchange.edge.http.own_page import Ask, ask_page
from exchange.edge.http.replies import AnyRequest, reads
from exchange.edge.http.site import TheSite
from exchange.errors import ConflictError, NotFoundError
from exchange.flows.people import account
from exchange.flows.people.rights import check_confirmed
from exchange.flows.sign_in import passkeys, sessions, tokens
from exchange.languages import gettext, ngettext


@reads("/account/addresses/remove")
async def address_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """`?address=` one of mine that mail does not go to first."""
    typed, mine = request.query_params.get("address", ""), await account.view(ports)
    one = next((one for one in mine.addresses if one.address == typed and not one.former), None)
    if one is None:
        raise NotFoundError("unknown_address", "That is no address of theirs.")
    if one.is_primary:
        raise ConflictError("address_needed", "Mail goes there. Make another address the first one before.")
    effects = [gettext("Nobody signs in by it any more, and no mail goes there.")]
    if one.verified_at:
        effects += [
            gettext("Badges that went there stay yours."),
            gettext("To have it back, add it again: we send a link there."),
        ]
    return await ask_page(
        request,
        site,
        Ask(
            title=gettext("Remove the address %(address)s?") % {"address": one.address},
            effects=effects,
            does=gettext("Remove"),
            place="/account/addresses/remove",
            over=(gettext("Addresses"), "/account/addresses"),
            fields={"address": one.address},
        ),
    )


@reads("/account/passkeys/remove")
async def passkey_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """`?id=` one of mine; for who has just proved that it is them."""
    check_confirmed(ports)
    known = await passkeys.passkeys(ports)
    one = next((one for one in known if one.id == request.query_params.get("id")), None)
    if one is None:
        raise passkeys.unknown_passkey()
    effects = [
        gettext("It signs nobody in any more, and you are signed out everywhere else."),
        gettext("Your device keeps its half of it: delete it there too."),
    ]
    if len(known) == 1:
        effects.append(gettext("It is the only one you have: from then on, you sign in another way."))
    return await ask_page(
        request,
        site,
        Ask(
            title=gettext("Remove the passkey %(name)s?") % {"name": one.name},
            effects=effects,
            does=gettext("Remove"),
            place="/account/passkeys/remove",
            over=(gettext("Passkeys"), "/account/passkeys"),
            fields={"id": one.id},
        ),
    )


@reads("/account/tokens/remove")
async def token_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """`?token=` the id of one of mine."""
    me = (await account.view(ports)).person.id
    typed = request.query_params.get("token", "")
    one = next((one for one in await tokens.tokens(ports, me) if one.id == typed), None)
    if one is None:
        raise NotFoundError("unknown_token", f"There is no token {typed!r:.60} any more.")
    return await ask_page(
        request,
        site,
        Ask(
            title=gettext("Remove the token %(name)s?") % {"name": one.name},
            effects=[
                gettext("Every program that uses it is refused from then on."),
                gettext("What was done with it stays as it is. This is final: make another token instead."),
            ],
            does=gettext("Remove"),
            place="/account/tokens/remove",
            over=(gettext("Tokens"), "/account/tokens"),
            fields={"token": one.id},
            final=True,
        ),
    )


@reads("/account/sessions/end-others")
async def sessions_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """All of mine but this one."""
    me = (await account.view(ports)).person.id
    count = sum(one.hash != ports.who.session for one in await sessions.sessions(ports, me))
    said = ngettext(
        "%(num)s session ends at once. Whoever is signed in there has to sign in again.",
        "%(num)s sessions end at once. Whoever is signed in there has to sign in again.",
        count,
    )
    return await ask_page(
        request,
        site,
        Ask(
            title=gettext("Sign out everywhere else?"),
            effects=[
                said % {"num": count},
                gettext("Your tokens go on working: programs sign in by themselves."),
            ],
            does=gettext("End all others"),
            place="/account/sessions/end-others",
            over=(gettext("Sessions"), "/account/sessions"),
        ),
    )


@reads("/account/picture/remove")
async def picture_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """My picture, if I have one."""
    person = (await account.view(ports)).person
    if not person.picture:
        raise NotFoundError("no_picture", f"{person.name} has no picture.")
    return await ask_page(
        request,
        site,
        Ask(
            title=gettext("Remove your picture?"),
            effects=[
                gettext("The first letters of your name stand in its place."),
                gettext("You can choose another one at any time."),
            ],
            does=gettext("Remove"),
            place="/account/picture/remove",
            over=(gettext("Profile"), "/account"),
        ),
    )
