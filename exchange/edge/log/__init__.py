"""The log on the web."""
