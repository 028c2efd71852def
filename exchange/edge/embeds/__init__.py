"""Embeds over HTTP: the public value, and everything that is made of it to stand on other sites."""
