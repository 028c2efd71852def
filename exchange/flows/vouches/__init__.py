"""Vouches: badges that people give in their own name, from a budget that everybody can see; and thanks."""
