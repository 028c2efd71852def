"""Every part that pages are made of, in every state, on one page: looked at before a page is called done.

Mounted by the demo only. Its samples are values as handlers make them, shown by the macros that pages use.
"""

from __future__ import annotations

from datetime import UTC, datetime

from litestar import Response

from exchange.edge.badges.cards import Card, read_card
from exchange.edge.badges.verdicts import LEVELS, Check, Reading, summary
from exchange.edge.http.replies import AnyRequest, reads
from exchange.edge.http.site import TheSite
from exchange.errors import InputError
from exchange.flows.instance.standing import Hold, Standing
from exchange.languages import gettext

TONES = ("good", "note", "pause", "past", "stop", "unsure")
AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@reads("/styleguide")
async def styleguide(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """The page of all parts; it changes nothing and knows nobody."""
    return site.page(
        request,
        "styleguide.html",
        tones=TONES,
        card=_card(),
        readings=[_reading(tone) for tone in TONES],
        at=AT,
        error=InputError("reason_missing", "Say why, in at most 500 characters.", "wrong"),
        standing=Standing("restored", "", "", Hold("restored", 41, missing=3)),
        people=(("Ana Lima", "ana@example.org"), ("Björn Ångström-Featherstonehaugh", "b…@example.org")),
    )


def _reading(tone: str) -> Reading:
    checks = tuple(
        Check(level, gettext(LEVELS[level]), gettext(said), code, at)
        for level, said, code, at in (
            ("ok", "It was issued to the person you named.", "recipient_matches", "/credentialSubject"),
            ("warning", "Genuine, by an issuer we do not know", "issuer_unknown", ""),
            ("unknown", "The server did not answer as expected.", "document_unreachable", ""),
            ("error", "It was taken back for good by its issuer.", "revoked", "/credentialStatus/0"),
        )
    )
    titles = (
        "Valid",
        "Genuine, by an issuer we do not know",
        "Suspended",
        "Expired",
        "Revoked",
        "Cannot tell",
    )
    title = gettext(titles[TONES.index(tone)])
    sentence = gettext("The signature fits, the dates are right and nothing was withdrawn.")
    return Reading(tone, title, sentence, checks, summary(checks), None, ())


def _card() -> Card:
    levels = [
        {"id": f"urn:level:{number}", "name": name, "description": f"{name}: {name.lower()}."}
        for number, name in enumerate(("Emerging", "Solid", "Strong"))
    ]
    description = {
        "id": "urn:result:1",
        "name": "Communication",
        "requiredLevel": "urn:level:1",
        "rubricCriterionLevel": levels,
    }
    return read_card(
        {
            "type": ["OpenBadgeCredential"],
            "issuer": {"id": "did:web:learn.example.org", "name": "Atlas Learning Team"},
            "validFrom": "2026-11-21T09:30:00Z",
            "validUntil": "2028-11-20T09:30:00Z",
            "evidence": [
                {"id": "https://example.org/reports/42", "name": "Incident 42", "genre": "Report"},
                {"narrative": "Led the *checkout outage*: 47 minutes, four teams, one timeline."},
            ],
            "credentialSubject": {
                "id": "did:key:z6MkmPfZSqVc4pfADiwnQTueyLDJZrt5rkmuzGWTNGMbsDPA",
                "narrative": "- kept **one** timeline\n- wrote the `postmortem`\n\n> One step ahead.",
                "result": [{"resultDescription": "urn:result:1", "achievedLevel": "urn:level:2"}],
                "achievement": {
                    "name": "Incident lead",
                    "description": "Leads the response to an incident and the learning after it.",
                    "criteria": {"narrative": "Led **a real incident** from page to review."},
                    "resultDescription": [description],
                    "alignment": [
                        {"targetName": "Incident management", "targetUrl": "https://example.org/skills/im"}
                    ],
                    "tag": ["operations", "leadership"],
                },
            },
        },
        "",
    )
