"""Orders that take a while: batches of many awards, and awards that wait for a second person."""
