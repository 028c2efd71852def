"""Badges as code: what an issuer writes in its files."""
