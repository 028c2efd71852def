"""Badges: awarded, shown, revoked, verified."""
