"""Status lists: revoked, suspended, or neither."""
