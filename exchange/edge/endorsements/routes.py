"""Every route of endorsing for who is signed in, about themselves."""

from __future__ import annotations

from litestar import Router

from exchange.edge.endorsements import ask, keys, mine, write
from exchange.edge.http.access import guarded
from exchange.edge.http.site import Site


def build_endorsing(site: Site) -> Router:
    """What people do with their endorsements: no token endorses, asks, shows or withdraws for them."""
    return guarded(
        site,
        [
            write.write_page,
            write.write_form,
            write.sign_page,
            write.sign_form,
            mine.endorsements,
            mine.endorsement,
            mine.withdraw_page,
            mine.withdraw_form,
            mine.settle,
            ask.badge_page,
            ask.badge_form,
            ask.profile_page,
            ask.profile_form,
            ask.take_back_page,
            ask.take_back_form,
            keys.keys_page,
            keys.begin_key,
            keys.add_key,
            keys.retire_page,
            keys.retire_key,
        ],
    )
