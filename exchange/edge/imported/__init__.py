"""Badges from elsewhere over HTTP: for who keeps them, and nobody else."""
