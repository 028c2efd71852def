"""Whatever is wrong with a badge is said in every language: no finding falls back to English."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.bake import extract
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.verdict import Verdict
from exchange.errors import InputError
from exchange.languages import ENGLISH, languages, speaking, tell
from tests.core.endorsing import verdict
from tests.core.verdict import test_endorser
from tests.hostile import test_peer_endorsements
from tests.hostile.forge import CLEAR, REVOKED, STRANGER, TRUSTED, Attack, dumped, judged
from tests.hostile.mutations import mutated, mutated_bytes
from tests.hostile.test_mutations import BY_JCS, BY_RDFC, BY_TOKEN, LISTED, calm

OTHERS = [code for code in languages() if code != ENGLISH]


def untold(messages: list[str], code: str) -> list[str]:
    with speaking(code):
        return [message for message in messages if tell(message) == message]


@pytest.mark.parametrize("code", OTHERS)
@calm
@given(
    st.one_of(map(mutated, (BY_RDFC, BY_JCS, LISTED))).map(dumped) | mutated_bytes(BY_TOKEN),
    st.sampled_from([CLEAR, REVOKED, {}]),
    st.sampled_from(
        [
            STRANGER,
            Policy(exact=TRUSTED.exact),
            Policy(recipient="mailto:zoe@example.org", expect="endorsement"),
        ]
    ),
)
def test_what_is_found_in_a_damaged_badge_is_told(
    code: str, data: bytes, documents: dict[str, Any], policy: Policy
) -> None:
    found = judged(Attack(data, "", documents), policy)
    assert untold([finding.message for finding in found.findings], code) == []


@pytest.mark.parametrize("code", OTHERS)
@calm
@given(mutated_bytes(dumped(BY_RDFC)) | st.binary(max_size=40))
def test_why_something_cannot_be_read_is_told(code: str, data: bytes) -> None:
    with suppress(InputError):
        extract(data)
        return
    with pytest.raises(InputError) as refused:
        extract(data)
    assert untold([refused.value.message], code) == []


PEERS: dict[str, Callable[[], Verdict]] = {
    **{name: lambda make=make: verdict(make()) for name, (make, _, _) in test_endorser.CASES.items()},
    **{name: lambda make=make: verdict(*make()) for name, make in test_endorser.UNRECORDED.items()},
    **{name: lambda make=make: judged(make()) for name, make in test_peer_endorsements.TERM_ATTACKS.items()},
    **{
        name: lambda make=make: judged(make()) for name, make in test_peer_endorsements.STATUS_ATTACKS.items()
    },
}


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("name", PEERS)
def test_what_is_found_in_a_peers_endorsement_is_told(code: str, name: str) -> None:
    found = PEERS[name]()
    messages = [finding.message for one in (found, *found.endorsements) for finding in one.findings]
    assert untold(messages, code) == []
