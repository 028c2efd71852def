"""One issuer with two badges, of which one wants evidence: what most tests award."""

from __future__ import annotations

from dataclasses import replace

from exchange.core.catalogues.catalogue import Catalogue, CatalogueBadge
from exchange.core.catalogues.design import Design

LEAD = CatalogueBadge(
    slug="lead",
    name="Incident lead",
    description="Leads the response to an incident.",
    criteria="Seen twice.",
    look=Design(glyph="IL", title="Incident lead", alt="A hexagon"),
    source='{"criteria":"Seen twice."}',
    achievement_type="Badge",
    tags=(),
    alignments=(),
    results=(),
    valid_days=365,
    evidence_required=False,
)
SEEN = replace(LEAD, slug="seen", evidence_required=True, valid_days=None)
TEAM = Catalogue("team", {"type": ["Profile"], "name": "Team"}, (LEAD, SEEN))
