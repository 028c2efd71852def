"""Portfolios: what holders choose to show, and the links that show it."""
