"""Issuers: who they are, what they sign with, and their catalogues."""
