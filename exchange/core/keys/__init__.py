"""Keys: how they are written, what they verify, and whose they are."""
