"""Endorsements: what peers and issuers say of badges, signed by who says it; asked for, shown, withdrawn."""
