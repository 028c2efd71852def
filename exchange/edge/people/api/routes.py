"""What programs may do with people, teams, roles and tokens: the verbs of the pages and of the command line.

An account is its person's, in a browser. So what makes an operator, adds an address, erases somebody or makes
a token has no route here, and of its own account a token sees nothing but itself. The scope `people` stands
for the directory: who is here, in which team, with which role, to read and to change. One scope for both, for
what is worth keeping from others in it is who they are. It takes an operator's token, or an owner's for the
roles of their issuer. Such a token suspends no operator and signs nothing; but it says who may, so it is to
be kept as the operator's own way in is.
"""

from __future__ import annotations

from litestar import Router

from exchange.edge.http.access import guarded
from exchange.edge.http.site import Site
from exchange.edge.people.api import people, roles, teams, tokens


def build_people_api(site: Site) -> Router:
    """All of it, behind the guards; the flows refuse who may not."""
    return guarded(site, [*people.ROUTES, *teams.ROUTES, *roles.ROUTES, *tokens.ROUTES])
