"""Vouches over HTTP; see `flows/vouches`."""
