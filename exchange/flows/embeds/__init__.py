"""Embeds: one public value of a thing, kept for as long as it is true, and told to whoever shows it."""
