"""Imported badges: issued elsewhere, kept by a person beside their own, and looked at again and again."""
