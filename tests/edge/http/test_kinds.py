"""Whatever is one of a few has words of its own, in every language."""

from __future__ import annotations

from typing import get_args

from exchange.core.log.entry import KINDS
from exchange.edge.http import kinds
from exchange.flows.mail.mails import MAILS
from exchange.flows.people.records import ROLES
from exchange.flows.records import KeyState
from exchange.languages import languages, speaking


def test_there_is_a_word_for_each() -> None:
    assert kinds.ENTRIES.keys() == KINDS
    assert kinds.MAILS.keys() == MAILS.keys()
    assert kinds.ROLES.keys() == {*ROLES, "operator", "lead", "member"}
    assert kinds.KEY_STATES.keys() == set(get_args(KeyState))


def test_words_are_of_the_language_of_the_moment_and_unknown_codes_are_shown() -> None:
    for code in languages():
        with speaking(code):
            assert (kinds.role_word("owner") == "Owner") is (code == "en")
            assert kinds.role_word("owner") != "owner"
            assert kinds.entry_word("from-the-future") == "from-the-future"
