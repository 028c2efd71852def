"""Words for what is one of a few: roles, states, entries of the log, mails. Programs know the codes."""

from __future__ import annotations

from collections.abc import Mapping

from exchange.flows.endorsements.endings import HALTED, LATER, RESUMED
from exchange.flows.endorsements.keys import LOST
from exchange.flows.endorsements.together import WHY
from exchange.flows.vouches.give import REPLACED
from exchange.flows.vouches.withdraw import WITHDRAWN
from exchange.languages import gettext, gettext_noop, tell

SOME_PROGRAM = gettext_noop("Another program")
"""What signs in without saying what it is."""

ROLES = {
    "viewer": gettext_noop("Viewer"),
    "issuer": gettext_noop("Issuer"),
    "editor": gettext_noop("Editor"),
    "owner": gettext_noop("Owner"),
    "operator": gettext_noop("Operator"),
    "lead": gettext_noop("Team lead"),
    "member": gettext_noop("Team member"),
}
STATES = {
    "active": gettext_noop("Active"),
    "suspended": gettext_noop("Suspended"),
    "added": gettext_noop("Added"),
    "removed": gettext_noop("Removed"),
}
KEY_STATES = {
    "pending": gettext_noop("not in use yet"),
    "active": gettext_noop("in use"),
    "verify-only": gettext_noop("replaced"),
    "revoked": gettext_noop("revoked"),
}
ENTRIES = {
    "award": gettext_noop("Awarded"),
    "revoke": gettext_noop("Revoked"),
    "suspend": gettext_noop("Suspended"),
    "reinstate": gettext_noop("Reinstated"),
    "endorse": gettext_noop("Endorsed"),
    "ask": gettext_noop("Asked for an endorsement"),
    "refuse": gettext_noop("Request ended"),
    "take_back": gettext_noop("Request taken back"),
    "block": gettext_noop("Sender blocked"),
    "show": gettext_noop("Displayed"),
    "hide": gettext_noop("Not displayed"),
    "endorser_key": gettext_noop("Signing key"),
    "report": gettext_noop("Reported"),
    "review": gettext_noop("Report decided"),
    "accept": gettext_noop("Accepted"),
    "decline": gettext_noop("Declined"),
    "withdraw": gettext_noop("Withdrawn"),
    "approve": gettext_noop("Approved"),
    "role": gettext_noop("Role"),
    "member": gettext_noop("Team"),
    "account": gettext_noop("Account"),
    "profile": gettext_noop("Profile"),
    "merge": gettext_noop("Accounts merged"),
    "erase": gettext_noop("Account erased"),
    "passkey": gettext_noop("Passkey"),
    "token": gettext_noop("Token"),
    "publish": gettext_noop("Public portfolio"),
    "sign": gettext_noop("Signed"),
    "issuer": gettext_noop("Issuer"),
    "achievement": gettext_noop("Achievement"),
    "code": gettext_noop("Claim code"),
    "domain": gettext_noop("Domain"),
    "webhook": gettext_noop("Webhook"),
    "key": gettext_noop("Key"),
    "stop": gettext_noop("Signing stopped"),
    "resume": gettext_noop("Signing resumed"),
    "clock": gettext_noop("Clock confirmed"),
    "restore": gettext_noop("Restored"),
}
OWN_REASONS = frozenset(
    {
        *(WITHDRAWN, REPLACED, LATER, LOST, HALTED, RESUMED),
        *WHY.values(),
    }
)
"""Reasons that nobody typed."""
CLAIMS = {
    "offered": gettext_noop("not claimed yet"),
    "expired": gettext_noop("never claimed"),
    "accepted": gettext_noop("accepted"),
    "declined": gettext_noop("declined"),
}
"""What its holder said to it, for its issuer."""
MAILS = {
    "award": gettext_noop("Badge awarded"),
    "remind": gettext_noop("Reminder of a badge"),
    "report": gettext_noop("Report about a badge"),
    "expiry": gettext_noop("Badges that end soon"),
    "revoke": gettext_noop("Badge revoked"),
    "suspend": gettext_noop("Badge suspended"),
    "reinstate": gettext_noop("Badge reinstated"),
    "sign-in": gettext_noop("Link to sign in"),
    "address": gettext_noop("Link that verifies an address"),
    "no-account": gettext_noop("No account to sign in to"),
    "suspended": gettext_noop("Account is suspended"),
    "passkey-added": gettext_noop("Passkey added"),
    "passkey-removed": gettext_noop("Passkey removed"),
    "address-added": gettext_noop("Address added"),
    "address-preferred": gettext_noop("First address changed"),
    "address-removed": gettext_noop("Address removed"),
    "sessions-ended": gettext_noop("Signed out everywhere"),
    "token-made": gettext_noop("Token made"),
    "accounts-merged": gettext_noop("Accounts merged"),
    "signing-key-added": gettext_noop("Signing key added"),
    "signing-key-retired": gettext_noop("Signing key retired"),
    "endorsement-signed": gettext_noop("Endorsement signed"),
    "vouch-recorded": gettext_noop("Vouch recorded"),
    "vouch-taken-back": gettext_noop("Vouch withdrawn in their name"),
    "profile-suspended": gettext_noop("Profile suspended"),
    "profile-reinstated": gettext_noop("Profile reinstated"),
    "endorse": gettext_noop("Request for an endorsement"),
    "endorse-again": gettext_noop("Reminder of a request for an endorsement"),
    "endorse-not-delivered": gettext_noop("Request was not delivered"),
    "endorsed": gettext_noop("Endorsement received"),
    "endorsement-withdrawn": gettext_noop("Endorsement withdrawn"),
    "issuer-endorsed": gettext_noop("Endorsement by an issuer"),
    "issuer-endorsement-withdrawn": gettext_noop("Endorsement by an issuer withdrawn"),
    "endorsement-barred": gettext_noop("Endorsement taken off a badge"),
    "reported": gettext_noop("Report about an endorsement"),
    "report-handed": gettext_noop("Report handed over"),
    "vouched": gettext_noop("Vouch received"),
    "vouch-withdrawn": gettext_noop("Vouch withdrawn"),
    "vouch-ended": gettext_noop("Vouch given twice"),
}


def agent_word(agent: str) -> str:
    """What a browser calls itself, as a session keeps it."""
    return gettext(SOME_PROGRAM) if agent in ("", SOME_PROGRAM) else agent


def alone(word: str) -> str:
    """A word out of a sentence, where it stands by itself."""
    return word[:1].upper() + word[1:]


def claim_word(code: str) -> str:
    """What a holder said to a badge; `""` where nobody was asked."""
    return gettext(CLAIMS[code]) if code else ""


def role_word(role: str) -> str:
    """A role at an issuer, in a team or of the exchange."""
    return _word(ROLES, role)


def state_word(state: str) -> str:
    """How an account stands, or what became of a passkey or token."""
    return _word(STATES, state)


def key_word(state: str) -> str:
    """How a key of an issuer stands, to go into a sentence."""
    return _word(KEY_STATES, state)


def reason_word(reason: str) -> str:
    """Why something was done: what the exchange itself says of it in the language of the moment, and what
    somebody wrote as they wrote it."""
    return tell(reason) if reason in OWN_REASONS else reason


def entry_word(kind: str) -> str:
    """What an entry of the log says was done."""
    return _word(ENTRIES, kind)


def mail_word(kind: str) -> str:
    """What a mail tells of."""
    return _word(MAILS, kind)


def _word(words: Mapping[str, str], code: str) -> str:
    """In the language of the moment; what a newer program has put there is shown as it is."""
    return gettext(words[code]) if code in words else code
