"""Keeps the catalogues of `web/locales` as the code is: `python -m tests.catalogues` adds what is new,
with an empty translation, and drops what is gone. `tests/test_languages.py` fails until nothing is empty.

Pages are read by Babel. Sentences of core, flows and adapters are read from the source: every text there of
two words or more, an f-string with a gap for each of its parts.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from exchange.languages import SAID
from exchange.settings import ROOT

LOCALES = ROOT / "web" / "locales"
KEYWORDS = {"gettext": None, "gettext_noop": None, "ngettext": (1, 2), "_": None}
JINJA = {"trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true"}

AT_A_TERMINAL = re.compile(
    r"exchange/(core/(catalogues/(catalogue_text|glyphs|toml_text)|credentials/(serial|clr)|portfolio/recorded"
    r"|log/(?!__)\w+"
    r"|canonical/(contexts|first_release|our_terms|template))"
    r"|flows/(badges/(award_many|open_badges_2|vc_api)|issuers/(demo|sync)"
    r"|instance/(backup|sweep)|log/(effects|facts|found|fsck))"
    r"|edge/(http/(describe|headers|openapi|replies)|\w+/shapes|instance/styleguide|badges/vc_api))\.py"
)
"""What these say, no page tells: they speak to whoever runs the exchange, to programs, or by samples."""

ADAPTERS = re.compile(
    r"exchange/adapters/(fetch|keys/\w+|sign_in/(oidc|passkeys|passkey_answers)"
    r"|catalogues/(images|given_pictures|badge_scene|clean_pictures|portraits)"
    r"|database/(failures|fault|hold|log_writes|postgres|sqlite|store|writer|writes))\.py"
)
"""The adapters whose words reach a page."""

SCHEMAS = ("policy-catalogue", "manifest")
"""The schemas of files that no page reads."""

WORDS = (
    *(
        "badge",
        "endorsement",
        "presentation",
        "credential",
        "no credential",
        "revoked",
        "suspended",
        "expired",
    ),
    *("not suspended", "reinstated", "revocation", "suspension", "incomplete", "the document", "an object"),
    *("an empty list", "none yet", "ahead", "back", "behind"),
)
"""What stands in the gaps of sentences."""

DESCRIBES = {"Operation", "_operation", "Parameter", "Answer", "Meta"}
"""What they are called with is the API's description, in English for programs."""

PATTERNS = (
    *("{place} is {what}", "{place} is missing: {what}", "{place} has {what}"),
    *("1 entry", "{count} entries"),
)
"""What is too short to be told from other text in the source, and is said nevertheless."""

_NOT_SAID = re.compile(
    r"[\w.-]+/[\w.+*-]+$|.*[;=<>]\w|https?://|\W*$|.*%s|.*\\[bwdAZ.]|.*@context\W*$"
    r"|\W*(AND|BEGIN|DELETE|DO|FROM|INSERT|ORDER|PRAGMA|RELEASE|ROLLBACK|SAVEPOINT|SELECT|SET|UPDATE"
    r"|WHERE) "
    r"|attachment;|<|\"\$|Cookie,? |noopener |(public|private), |read committed"
    r"|exchange (\(|keys resume$)|exchange: |Badge Exchange$|# Written|. role=|.*sans-serif$"
    r"|blank node$|protected term|fetch failed|line  column|goes on$|.*assphrase \w+ the keys|The same again"
    r"|([a-z]+ )*[a-z]+_[a-z_ ]+$"  # codes
    r"|(invisible work|knowledge sharing|role family: )$"  # tags of badges
    r"|Bearer realm|, error=|(mail|bring|copy) (from|of a day) $|again ever $"
    r"|(try|begin|look|pdf|paper|file) (from|at|again) $"
    r"| in , line  of $"  # of a fault, in the journal
    r"|Mac OS$",
    re.DOTALL,
)
"""Texts that look like words and are none."""

_HEAD = """msgid ""
msgstr ""
"Language: {}\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


def current() -> Catalog:
    """Everything there is to say, without a translation."""
    catalogue = Catalog(charset="utf-8")
    for _, _, message, comments, _ in _pages():
        catalogue.add(message, flags=_flags(message), auto_comments=comments)
    for sentence in sorted({*sentences(), *WORDS, *PATTERNS}):
        flags = ["python-brace-format"] if "{" in sentence else []
        catalogue.add(sentence, context=SAID, flags=flags)
    return catalogue


def _pages() -> Iterator[tuple[str, int, object, list[str], str | None]]:
    templates = [("**.html", "jinja2")]
    yield from extract_from_dir(
        ROOT / "web" / "templates", templates, {"**.html": JINJA}, keywords=KEYWORDS | {"ngettext": (1, 2)}
    )
    yield from extract_from_dir(ROOT / "exchange", [("**.py", "python")], keywords=KEYWORDS)


def _flags(message: object) -> list[str]:
    return ["python-format"] if "%(" in str(message) else []


def sentences() -> Iterator[str]:
    """Every sentence that a page may be asked to tell, with `{name}` for what is filled in."""
    for path in sorted((ROOT / "exchange").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        floor = name.split("/")[1]
        told = floor in ("core", "flows", "edge") and not AT_A_TERMINAL.fullmatch(name)
        if told or ADAPTERS.fullmatch(name):
            yield from _texts(ast.parse(path.read_text()))
    for path in sorted((ROOT / "schemas").glob("*.json")):
        if path.stem not in SCHEMAS:
            yield from _descriptions(json.loads(path.read_text()))


def _texts(tree: ast.Module) -> Iterator[str]:
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            skipped.add(id(node.value))  # a docstring
        elif isinstance(node, ast.Call) and _name(node.func) in KEYWORDS:
            skipped.update(map(id, node.args))  # of a page
        elif isinstance(node, ast.Call) and _name(node.func) in DESCRIBES:
            skipped.update(map(id, ast.walk(node)))
        elif isinstance(node, ast.JoinedStr):
            skipped.update(map(id, node.values))
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.JoinedStr):
            text, fixed = _pattern(node)
            if re.search(r"[a-z]{2,}", fixed) and " " in fixed.strip(" .:") + "{" * fixed.startswith(" "):
                yield from _said(text, fixed)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if "{" in text and re.fullmatch(r"(.*\{\w+\}.*)+", text):
                yield from _said(text, text)  # for str.format
            elif len(re.findall(r"[A-Za-z]{2,}", text)) > 1 and " " in text.strip():
                yield from _said(text.replace("{", "{{").replace("}", "}}"), text)


def _said(text: str, fixed: str) -> Iterator[str]:
    if not _NOT_SAID.match(fixed):
        yield text


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""


def _pattern(node: ast.JoinedStr) -> tuple[str, str]:
    """The text with a named gap for each expression, and its fixed parts."""
    text, fixed, names = "", "", set()
    for value in node.values:
        if isinstance(value, ast.Constant):
            part = str(value.value)
            text, fixed = text + part.replace("{", "{{").replace("}", "}}"), fixed + part
        elif isinstance(value, ast.FormattedValue):
            words = [part for part in re.findall(r"[a-z_]+", ast.unparse(value.value)) if len(part) > 1]
            name = (words[-1] if words else "it").strip("_")
            while name in names:
                name += "_"
            names.add(name)
            text += "{" + name + "}"
    return text, fixed


def _descriptions(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(said := schema.get("description"), str):
            yield said.replace("{", "{{").replace("}", "}}")
        for value in schema.values():
            yield from _descriptions(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _descriptions(value)


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def _glossary(path: Path) -> str:
    """The comment that a catalogue begins with: which word stands for which."""
    return "".join(takewhile(lambda line: line.startswith("#"), path.read_text().splitlines(keepends=True)))


def renewed(old: Catalog) -> Catalog:
    """The catalogue as it should be: every message there is, with the translation it had."""
    new = Catalog(locale=old.locale, charset="utf-8", fuzzy=False)
    for message in current():
        if message.id:
            had = old.get(message.id, message.context)
            kept = had.string if isinstance(had, Message) else ""
            new.add(message.id, kept, flags=message.flags, context=message.context)
    return new


def untranslated(catalogue: Catalog) -> list[object]:
    return [one.id for one in catalogue if one.id and not all([one.string, *one.string])]


def main() -> None:
    for path in sorted(LOCALES.glob("*/LC_MESSAGES/messages.po")):
        new = renewed(read(path))
        glossary = _glossary(path)
        with path.open("wb") as file:
            file.write(f"{glossary}{_HEAD.format(new.locale)}".encode())
            write_po(file, new, width=110, no_location=True, sort_output=True, omit_header=True)
        print(f"{path.parts[-3]}: {len(new)} messages, {len(untranslated(new))} without a translation")


if __name__ == "__main__":
    sys.exit(main())
