"""Webhooks: programs that an issuer wants to be told."""
