"""How long to look: `pytest tests/hostile --hypothesis-profile=thorough` takes fifty times as long."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "thorough", max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
