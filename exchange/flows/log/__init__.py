"""The log: an entry for every effect, and the proofs of it."""
