"""TOML that we write: `tomllib` reads back what was given, and a person can read it."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.catalogues.toml_text import write_toml

texts = st.text(st.characters(exclude_categories=["Cs"])) | st.text('"\\\n\t\r a', max_size=12)
plain = (
    texts
    | st.integers(-(2**63), 2**63 - 1)
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
)
names = st.sampled_from(["name", "key", "a b", 'q"', "", "ż", "a.b"])
leaves = plain | st.lists(plain, max_size=4)
tables = st.recursive(
    st.dictionaries(names, leaves, max_size=4),
    lambda inner: st.dictionaries(names, leaves | inner | st.lists(inner, max_size=3), max_size=4),
    max_leaves=12,
)


@given(tables)
def test_what_is_written_is_read_back(table: dict[str, Any]) -> None:
    text = write_toml(table)
    read = tomllib.loads(text)
    assert read == table
    assert repr(_in_order(read, table)) == repr(table)  # 1, 1.0 and true are not the same


def _in_order(read: Any, like: Any) -> Any:
    if isinstance(like, dict):
        return {name: _in_order(read[name], like[name]) for name in like}
    if isinstance(like, list):
        return [_in_order(one, other) for one, other in zip(read, like, strict=True)]
    return read


def test_it_reads_like_a_file_that_a_person_wrote() -> None:
    table = {
        "name": 'The "first"',
        "valid_days": 30,
        "evidence_required": True,
        "tags": ["a", "b\\c"],
        "criteria": '**Seen**\n\n- """twice"""\tor more\n',
        "image": {"alt": "An eye"},
        "results": [{"key": "one", "levels": [{"key": "low"}, {"key": "high"}]}],
    }
    assert write_toml(table) == (
        'name = "The \\"first\\""\n'
        "valid_days = 30\n"
        "evidence_required = true\n"
        'tags = ["a", "b\\\\c"]\n'
        'criteria = """\n**Seen**\n\n- \\"""twice\\"""\tor more\n"""\n'
        '\n[image]\nalt = "An eye"\n'
        '\n[[results]]\nkey = "one"\n'
        '\n[[results.levels]]\nkey = "low"\n'
        '\n[[results.levels]]\nkey = "high"\n'
    )


@pytest.mark.parametrize(
    "value",
    [None, [{}, 1], float("inf"), float("nan"), object()],
    ids=["nothing", "mixed", "inf", "nan", "object"],
)
def test_what_it_cannot_write_is_an_error(value: Any) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        write_toml({"a": value})
