"""Portfolios: what a reader of a link sees, and what its holder does with it."""
