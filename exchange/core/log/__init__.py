"""The log: a Merkle tree of salted commitments, and what proves something about it."""
