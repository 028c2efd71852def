"""LinkedIn's "Add to profile" link, by the query parameters that LinkedIn documents for it.

A plain link that the holder follows: nothing is loaded from there, and nothing is sent before they do.
`certUrl` is the badge's own page, never that of the course or the achievement; without it, or with another,
readers of a profile could not get to what was awarded.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

ADD_TO_PROFILE = "https://www.linkedin.com/profile/add"


def add_to_profile(
    name: str, organization: str, issued: datetime, expires: datetime | None, url: str, id: str
) -> str:
    """The link for a certification called `name`, of `organization`, that is to be seen at `url`.

    Years and months are those of UTC, as in the document; a certification without an end has no expiration
    parameters at all.
    """
    fields = {"startTask": "CERTIFICATION_NAME", "name": name, "organizationName": organization}
    fields |= _month("issue", issued)
    if expires is not None:
        fields |= _month("expiration", expires)
    return f"{ADD_TO_PROFILE}?{urlencode({**fields, 'certUrl': url, 'certId': id})}"


def _month(what: str, at: datetime) -> dict[str, str]:
    at = at.astimezone(UTC)
    return {f"{what}Year": str(at.year), f"{what}Month": str(at.month)}
