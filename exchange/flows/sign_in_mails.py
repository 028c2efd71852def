"""What the mails about signing in say."""

from __future__ import annotations

from datetime import UTC

from exchange.flows.people_records import Mail

SAID = {
    "sign_in": (
        "Sign in",
        "Open this link in the browser you want to sign in with:\n\n  {base}/sign-in#{secret}\n\n"
        "or type this code where you asked for it: {code}\n\n"
        "Both are good until {until} UTC, once. If you did not ask for this, do nothing: nobody gets in.",
    ),
    "address": (
        "Is this your address?",
        "An account at {base} wants to have this address. If it is yours, open this link where you are "
        "signed in there:\n\n  {base}/account/address#{secret}\n\n"
        "It is good until {until} UTC. If you know nothing of this, do nothing.",
    ),
    "no_account": (
        "No account",
        "Somebody, perhaps you, wanted to sign in at {base} with this address. There is no account for it; "
        "who runs that exchange can invite you.",
    ),
    "suspended": (
        "Account suspended",
        "Somebody, perhaps you, wanted to sign in at {base} with this address. Its account is suspended; ask "
        "who runs that exchange.",
    ),
}


def said(mail: Mail, base: str) -> tuple[str, str]:
    """Its subject and its text."""
    subject, text = SAID[mail.kind]
    until = f"{mail.expires_at.astimezone(UTC):%H:%M}"
    return subject, text.format(base=base, secret=mail.secret, code=mail.code, until=until)
