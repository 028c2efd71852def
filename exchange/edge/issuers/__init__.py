"""Issuers on the web: profile and keys, who may do what, and who may sign."""
