"""What a summary says: for each code a sentence about nobody, one and several, as catalogues have them.

The sentence about nobody is empty where there is nothing to say then.
"""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str, str]] = {
    "endorsers": (
        "Nobody endorses this.",
        "One person endorses this.",
        "{count} different people endorse this.",
    ),
    "own_team": (
        "No endorser was in the holder's own team when they signed.",
        "One endorser was in the holder's own team when they signed.",
        "{count} endorsers were in the holder's own team when they signed.",
    ),
    "other_teams": (
        "No endorser was in another team than the holder when they signed.",
        "One endorser was in another team than the holder when they signed.",
        "{count} endorsers were in another team than the holder when they signed.",
    ),
    "receiving_team": (
        "No endorser was in the receiving team when they signed.",
        "One endorser was in the receiving team when they signed.",
        "{count} endorsers were in the receiving team when they signed.",
    ),
    "teams": (
        "",
        "All endorsers who name their team name the same one.",
        "The endorsers name {count} different teams.",
    ),
    "team_not_said": (
        "",
        "One endorser does not say which teams the two were in.",
        "{count} endorsers do not say which teams the two were in.",
    ),
    "relationship_same_team": (
        "",
        "One endorser says: I work in the same team.",
        "{count} endorsers say: I work in the same team.",
    ),
    "relationship_other_team": (
        "",
        "One endorser says: I work in another team.",
        "{count} endorsers say: I work in another team.",
    ),
    "relationship_manager": (
        "",
        "One endorser says: I am or was their manager.",
        "{count} endorsers say: I am or was their manager.",
    ),
    "relationship_report": (
        "",
        "One endorser says: I report or reported to them.",
        "{count} endorsers say: I report or reported to them.",
    ),
    "relationship_mentor": (
        "",
        "One endorser says: I am or was their mentor.",
        "{count} endorsers say: I am or was their mentor.",
    ),
    "relationship_mentee": (
        "",
        "One endorser says: I was mentored by them.",
        "{count} endorsers say: I was mentored by them.",
    ),
    "relationship_client": (
        "",
        "One endorser says: I received their work.",
        "{count} endorsers say: I received their work.",
    ),
    "relationship_learned_from": (
        "",
        "One endorser says: I learned from them.",
        "{count} endorsers say: I learned from them.",
    ),
    "relationship_other": (
        "",
        "One endorser names another relationship.",
        "{count} endorsers name another relationship.",
    ),
    "recent": (
        "No endorsement is from the last twelve months.",
        "One endorsement is from the last twelve months.",
        "{count} endorsements are from the last twelve months.",
    ),
    "own_key": (
        "No endorsement was signed with the endorser's own key.",
        "One endorsement was signed with the endorser's own key.",
        "{count} endorsements were signed with the endorser's own key.",
    ),
    "recorded": (
        "",
        "One endorsement was recorded by the exchange, with a key that it keeps for the endorser.",
        "{count} endorsements were recorded by the exchange, with keys that it keeps for the endorsers.",
    ),
    "skilled": (
        "",
        "One endorser is endorsed themselves, not by the holder, for a skill that they endorse here.",
        "{count} endorsers are endorsed themselves, not by the holder, for a skill that they endorse here.",
    ),
    "reciprocal": (
        "",
        "One endorser is endorsed by the holder in return.",
        "{count} endorsers are endorsed by the holder in return.",
    ),
    "withdrawn": (
        "",
        "One endorsement was withdrawn. It is not counted.",
        "{count} endorsements were withdrawn. They are not counted.",
    ),
    "expired": (
        "",
        "One endorsement is expired. It is not counted.",
        "{count} endorsements are expired. They are not counted.",
    ),
    "superseded": (
        "",
        "One endorsement was replaced by a later one of the same endorser. It is not counted.",
        "{count} endorsements were replaced by later ones of the same endorsers. They are not counted.",
    ),
    "suspended": (
        "",
        "One endorsement is by an endorser who is suspended. It is not counted.",
        "{count} endorsements are by endorsers who are suspended. They are not counted.",
    ),
    "by_the_holder": (
        "",
        "One endorsement is by the holder. It is not counted.",
        "{count} endorsements are by the holder. They are not counted.",
    ),
    "unclear": (
        "",
        "One endorsement could not be verified. It is not counted.",
        "{count} endorsements could not be verified. They are not counted.",
    ),
    "invalid": (
        "",
        "One endorsement does not verify. It is not counted.",
        "{count} endorsements do not verify. They are not counted.",
    ),
}

NEWEST = "The newest endorsement was signed on {day}."
PERIOD = "The endorsements were signed between {first} and {last}."
BURST_IN_A_DAY = "{count} endorsements were signed on {day}, more than {usual} of them within 48 hours."
BURST = "{count} endorsements were signed from {first} to {last}, more than {usual} of them within 48 hours."


def sentence(code: str, count: int) -> str:
    """What is said about that many; `""` for nothing."""
    none, one, many = SENTENCES[code]
    return none if not count else one if count == 1 else many.format(count=count)
