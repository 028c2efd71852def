"""Claiming a badge, and claim codes, on the web."""
