"""Whose key made an endorsement: what its key credential comes to, once that was judged like any credential.

Nothing a key credential says is believed unless its own verdict is valid and it is about this very key. It
travels inside what the key signed, so nobody else can take it out. When it was revoked, others may have the
key: then an endorsement counts only if the exchange that knew the key has it on record, which is to say that
it lies, byte for byte, at its own address there. What was signed after the key was lost never got there, or
was withdrawn by its own bit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from exchange.core.canonical.our_terms import pinned_terms
from exchange.core.credentials.endorser import Endorser, is_key_credential, read_key_credential
from exchange.core.credentials.peer_endorsement import is_peer_endorsement
from exchange.core.plain_text import as_named, one_line
from exchange.core.proofs.data_integrity import as_list
from exchange.core.proofs.jwt import is_compact
from exchange.core.verdict.documents import Documents, body_of
from exchange.core.verdict.finding import Finding
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.secured import Secured
from exchange.errors import CannotTellError, ExchangeError

AT = "/issuer/endorsementJwt"
MOST_KEY_CREDENTIALS = 2
"""Of an endorsement that is embedded in another credential; of one that comes alone, each is looked at."""

_ON_RECORD = re.compile(r"(https?://[^\s?#]+)/profiles/[A-Za-z0-9_-]+")


class Judged(msgspec.Struct, frozen=True):
    """A credential of the endorser's key, and what it came to. `document` is None if its proof did not
    stand."""

    outcome: str
    codes: frozenset[str]
    document: Mapping[str, Any] | None


class Vouched(msgspec.Struct, frozen=True):
    """Who endorses, if somebody says so who is believed, and what there is to say about it."""

    findings: list[Finding]
    endorser: Endorser | None = None


def key_tokens(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(place, token) of all that may be a key credential of whoever issued `document`."""
    issuer = document.get("issuer")
    listed = as_list(issuer.get("endorsementJwt")) if isinstance(issuer, dict) else []
    return [
        (f"{AT}/{index}", token)
        for index, token in enumerate(listed)
        if isinstance(token, str) and is_compact(token.encode())
    ]


def check_endorser(
    secured: Secured, inside: Sequence[Judged], documents: Documents, policy: Policy
) -> Vouched | None:
    """What the key credentials `inside` an endorsement say of its endorser; None where none is asked for: it
    has
    no key credential, and is no peer's or its issuer is known by itself.

    endorser_known (ok); endorser_vouched, endorser_unknown, recorded_by_exchange, endorser_name_differs,
    self_endorsed, key_retired_later (warnings); key_retired, endorser_suspended, endorser_untold (cannot
    tell).
    """
    document, did = secured.document, secured.issuer_id
    said = [one for one in inside if _is_about(one.document, did, policy)]
    if not said and (did in policy.known_issuers or not is_peer_endorsement(document)):
        return None
    if any("suspended" in one.codes for one in said):  # of whichever key of theirs, a lost one too
        halted = "Who signed this is suspended, and until that ends, what they signed does not count."
        return Vouched([Finding("endorser_suspended", "unknown", halted, AT)])
    retired = [one for one in said if "revoked" in one.codes]
    if retired:
        return Vouched([_check_record(secured, retired[0].document or {}, documents)])
    if any(one.outcome == "indeterminate" for one in said):
        doubt = "Whether this is still the key of whom it was given to could not be determined."
        return Vouched([Finding("endorser_untold", "unknown", doubt, AT)])
    endorsers = [
        read_key_credential(one.document)
        for one in said
        if one.outcome == "valid" and one.document is not None
    ]
    endorsers = [endorser for endorser in endorsers if endorser.vouched_by != did]
    known = [endorser for endorser in endorsers if endorser.vouched_by in policy.known_issuers]
    if not endorsers:
        nobody = f"The signature is that of {did:.200}; nobody we can believe says whose key that is."
        return Vouched([Finding("endorser_unknown", "warning", nobody, "/issuer")])
    endorser = (known or endorsers)[0]
    return Vouched(_findings(document, endorser, known=bool(known)), endorser)


def check_presenter(did: str, inside: Sequence[Judged], policy: Policy) -> Vouched:
    """What the key credentials `inside` a presentation say of `did`, the key that showed it.

    presenter_known (ok); presenter_vouched, presenter_unknown (warnings); presenter_suspended,
    presenter_untold (cannot tell). That what is shown was issued to who shows it is another question.

    A lost key (retired from a date) has its key credential revoked: presenter_untold. One that its owner just
    put aside has not, since what it signed stays good, and the date of a presentation is its signer's to
    write. So a stranger cannot tell that such a key presents again. Nobody but its owner has it; where
    somebody may, the owner has to say that it is lost.
    """
    said = [one for one in inside if _is_about(one.document, did, policy)]
    if any("suspended" in one.codes for one in said):
        halted = "Who presents this is suspended, and until that ends, their word does not count."
        return Vouched([Finding("presenter_suspended", "unknown", halted, "/holder")])
    if any(one.outcome != "valid" for one in said):
        doubt = "Whether this is still the key of whom it was given to could not be determined."
        return Vouched([Finding("presenter_untold", "unknown", doubt, "/holder")])
    endorsers = [read_key_credential(one.document) for one in said if one.document is not None]
    endorsers = [one for one in endorsers if one.vouched_by != did]
    if not endorsers:
        nobody = f"Who has the key {did:.200} presents this; nobody we can believe says whose key that is."
        return Vouched([Finding("presenter_unknown", "warning", nobody, "/holder")])
    known = [one for one in endorsers if one.vouched_by in policy.known_issuers]
    endorser = (known or endorsers)[0]
    name, by = as_named(endorser.name) or one_line(endorser.profile, 200), one_line(endorser.vouched_by, 200)
    profile = one_line(endorser.profile, 200)
    if known:
        told = f"{name} ({profile}) presents this: the key is theirs, says {by}, which is known here."
        return Vouched([Finding("presenter_known", "ok", told, "/holder")], endorser)
    told = f"{name} ({profile}) presents this: the key is theirs, says {by}, which we do not know."
    return Vouched([Finding("presenter_vouched", "warning", told, "/holder")], endorser)


def _is_about(document: Mapping[str, Any] | None, did: str, policy: Policy) -> bool:
    """Whether this is a key credential, in our terms, of this very key."""
    if document is None or not is_key_credential(document) or not pinned_terms(document, policy.contexts):
        return False
    with suppress(ExchangeError):
        return read_key_credential(document).did == did
    return False


def _findings(document: Mapping[str, Any], endorser: Endorser, *, known: bool) -> list[Finding]:
    name, profile = (
        as_named(endorser.name) or one_line(endorser.profile, 200),
        one_line(endorser.profile, 200),
    )
    by = one_line(endorser.vouched_by, 200)
    if known:
        told = f"The key is that of {name} ({profile}), says {by}, which is known here."
        findings = [Finding("endorser_known", "ok", told, "/issuer")]
    else:
        told = f"The key is that of {name} ({profile}), says {by}, which we do not know."
        findings = [Finding("endorser_vouched", "warning", told, "/issuer")]
    if endorser.custody == "exchange":
        kept = f"The exchange recorded it with a key that it holds for {name}: it is not signed by their own."
        findings.append(Finding("recorded_by_exchange", "warning", kept, "/issuer"))
    issuer = document.get("issuer")
    own = _names(issuer.get("name")) if isinstance(issuer, dict) else []
    if any(one != endorser.name for one in own):
        differs = f"It is signed as {as_named(own[0], 200)}, but the key is that of {name}."
        findings.append(Finding("endorser_name_differs", "warning", differs, "/issuer/name"))
    if endorser.profile in _endorsed(document):
        themselves = "The endorser and whom they endorse are the same."
        findings.append(Finding("self_endorsed", "warning", themselves, "/credentialSubject"))
    return findings


def _names(value: Any) -> list[str]:
    """Every text a name says, in whatever language."""
    return [
        one.get("@value", "") if isinstance(one, dict) else one
        for one in as_list(value)
        if isinstance(one, dict | str)
    ]


def _endorsed(document: Mapping[str, Any]) -> list[Any]:
    subjects = [one for one in as_list(document.get("credentialSubject")) if isinstance(one, dict)]
    return [subject.get(name) for subject in subjects for name in ("id", "holder")]


def _check_record(secured: Secured, key_credential: Mapping[str, Any], documents: Documents) -> Finding:
    """What becomes of an endorsement whose key was retired since: it stands if it is on record."""
    with suppress(CannotTellError):
        if _is_on_record(secured, read_key_credential(key_credential).profile, documents):
            kept = "Its key was retired later; the exchange has it on record, as it is."
            return Finding("key_retired_later", "warning", kept, "/issuer")
    lost = "Its key was retired, and whoever has a lost key can write any date; no record of it was found."
    return Finding("key_retired", "unknown", lost, "/issuer")


def _is_on_record(secured: Secured, profile: str, documents: Documents) -> bool:
    """Whether the endorsement lies at its own address, at the exchange that knew the key.

    The endorser writes that address, so it must be among those at which the exchange that gave the endorser
    their profile keeps endorsements: elsewhere, whoever has the key can put what they like.
    """
    exchange, own = _ON_RECORD.fullmatch(profile), secured.document.get("id")
    if exchange is None or not isinstance(own, str):
        return False
    if not re.fullmatch(re.escape(exchange[1]) + r"/(endorsements|badges)/[A-Za-z0-9_-]+", own):
        return False
    return bool(secured.raw) and body_of(documents, own).strip(b" \t\r\n") == secured.raw
