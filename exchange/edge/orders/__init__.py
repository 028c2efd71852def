"""Awards to many, and awards that wait, on the web."""
