"""Reads the file that says what the groups of a company's directory mean here."""

from __future__ import annotations

from pathlib import Path

from exchange.adapters.catalogues.toml_files import line_of, parse_toml, read_text
from exchange.core.sign_in.groups import GroupRule, check_groups, read_groups
from exchange.errors import InputError

_CODE = "groups_file_malformed"


def load_groups(path: Path) -> tuple[GroupRule, ...]:
    """The rules in the file; InputError("groups_file_malformed"): every fault, as `path:12: …`."""
    text = read_text(path, _CODE)
    tables, faults = parse_toml({"": text})
    faults = faults or [("", line_of(text, found.at), found.message) for found in check_groups(tables[""])]
    if faults:
        raise InputError(_CODE, "\n".join(f"{path}:{line}: {message}" for _, line, message in faults))
    return read_groups(tables[""])
