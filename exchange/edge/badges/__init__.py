"""Badges on the web: their pages, their files, the desk, and verifying."""
