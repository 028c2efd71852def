"""What is said to people, in their language: gettext catalogues, and dates and numbers as they are read.

English is what the code says; every other language is a catalogue in `web/locales`, read at start. What has
no entry there is shown in English. Two kinds of text are in a catalogue:

- what pages say, in templates and as `gettext("…")`, with `%(name)s` where something is filled in;
- what core, flows and adapters say, in findings and errors: English sentences, made where a thing is found.
  They stay English for programs and logs. A page asks `tell(sentence)`, which knows it by its pattern
  (context SAID, `{name}` where something was filled in) and fills the same into the translation.

The language of the moment is a context variable, so every request and every mail has its own.
"""

from __future__ import annotations

import gettext as catalogues
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

from babel import Locale, dates, numbers
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markupsafe import Markup

from exchange.resources import data_path

SAID = "said"
ENGLISH = "en"
MAX_TOLD = 2000
"""Characters of the longest text that is looked up; no sentence of ours is as long."""

_QUOTES = 4
"""How deep a sentence may quote another one."""
_STOPS = 8
"""How many of its stops a text is taken apart at."""
_FEW = 8
"""With fewer fixed letters than that, a pattern would fit nearly everything that people write."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with gaps: its fixed parts in order, the names of the gaps between them, its translation."""

    fixed: tuple[str, ...]
    names: tuple[str, ...]
    translation: str

    @property
    def letters(self) -> int:
        return sum(map(str.isalpha, "".join(self.fixed)))

    def gaps(self, text: str) -> dict[str, str] | None:
        """What fills the gaps in `text`, found in one pass over it; None when it is another sentence."""
        first, last = self.fixed[0], self.fixed[-1]
        end, at = len(text) - len(last), len(first)
        if end < at or not text.startswith(first) or not text.endswith(last):
            return None
        found = []
        for part in self.fixed[1:-1]:
            to = text.find(part, at, end)
            if part == " " and (stop := text.rfind(". ", at, end)) >= 0:
                to = stop + 1  # two sentences are quoted one after the other
            if to < 0:
                return None
            found.append(text[at:to])
            at = to + len(part)
        if self.letters < _FEW and " " in "".join(found):
            return None
        return dict(zip(self.names, [*found, text[at:end]], strict=True))


class Language:
    """One language; `code` is its tag (BCP 47), `name` what it calls itself."""

    def __init__(self, code: str, catalogue: Catalog, formats: str) -> None:
        self.code = code
        self.name = str(Locale.parse(code, sep="-").get_display_name()).capitalize()
        self.formats = Locale.parse(formats)
        self.texts = _compiled(catalogue)
        said = {str(one.id): str(one.string) for one in catalogue if one.context == SAID and one.string}
        self._whole = {_unescaped(text): _unescaped(told) for text, told in said.items() if not _names(text)}
        patterns = [_sentence(text, told) for text, told in said.items() if _names(text)]
        self._patterns = sorted(patterns, key=lambda one: -one.letters)
        self._told = lru_cache(maxsize=2048)(self._tell)

    def tell(self, text: str) -> str:
        """A sentence of core, flows or adapters in this language; as it is when it is none of theirs."""
        return self._told(text, _QUOTES) if self.code != ENGLISH and len(text) <= MAX_TOLD else text

    def _tell(self, text: str, deep: int) -> str:
        """The whole text; else as many of its first sentences as are known, then the rest; else clauses."""
        if (told := self._known(text, deep)) is not None or not deep:
            return text if told is None else told
        stops = [found.end() for found in re.finditer(r"[.:] ", text)][:_STOPS]
        for stop in reversed(stops):
            if (told := self._known(text[: stop - 1], deep)) is not None:
                return f"{told} {self._tell(text[stop:], deep - 1)}"
        if stops:
            first, rest = text[: stops[0] - 2], text[stops[0] :]
            return f"{self._tell(first, 0)}{text[stops[0] - 2]} {self._tell(rest, deep - 1)}"
        return f"{self._tell(text[:-1], 0)}." if text.endswith(".") else text

    def _known(self, text: str, deep: int) -> str | None:
        if text in self._whole:
            return self._whole[text]
        for pattern in self._patterns:
            if (gaps := pattern.gaps(text)) is not None:
                told = {name: self._quoted(value, deep) for name, value in gaps.items()}
                return pattern.translation.format_map(told)
        return None

    def _quoted(self, value: str, deep: int) -> str:
        return self._tell(value, deep - 1) if deep and value else value


def _compiled(catalogue: Catalog) -> catalogues.NullTranslations:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return catalogues.GNUTranslations(compiled)


def _parts(text: str) -> list[tuple[str, str | None]]:
    return [(fixed, name) for fixed, name, _, _ in Formatter().parse(text)]


def _names(text: str) -> list[str]:
    return [name for _, name in _parts(text) if name is not None]


def _unescaped(text: str) -> str:
    return text.replace("{{", "{").replace("}}", "}")


def _sentence(text: str, translation: str) -> Sentence:
    fixed, names = [""], []
    for part, name in _parts(text):
        fixed[-1] += part
        if name is not None:
            names.append(name)
            fixed.append("")
    return Sentence(tuple(fixed), tuple(names), translation)


@cache
def languages() -> Mapping[str, Language]:
    """Every language there is, by its code, English first."""
    found = {ENGLISH: Language(ENGLISH, Catalog(locale=ENGLISH), "en_GB")}
    for path in sorted(Path(data_path("web") / "locales").glob("*/LC_MESSAGES/messages.po")):
        code = path.parts[-3]
        with path.open("rb") as file:
            found[code] = Language(code.replace("_", "-"), read_po(file, locale=code), code)
    return found


_now_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


def spoken() -> Language:
    """The language of the moment."""
    return languages()[_now_spoken.get()]


def speak(code: str) -> None:
    """From here on, in this task, that language; one of `languages()`."""
    _now_spoken.set(code)


@contextmanager
def speaking(code: str) -> Iterator[Language]:
    """That language until the block ends."""
    token = _now_spoken.set(code)
    try:
        yield spoken()
    finally:
        _now_spoken.reset(token)


def gettext(text: str, /, **parts: Any) -> str:
    """`text` in the language of the moment; with `%(name)s` filled in, as Markup if a part is Markup."""
    return _filled(spoken().texts.gettext(text), parts)


def ngettext(one: str, many: str, n: int, /, **parts: Any) -> str:
    """The plural form for `n`, which is filled in as `%(num)s`, grouped as numbers are there."""
    return _filled(spoken().texts.ngettext(one, many, n), {"num": number(n), **parts})


def gettext_noop(text: str) -> str:
    """`text` as it is, marked to be translated where it is shown."""
    return text


def tell(sentence: str) -> str:
    """A sentence of core, flows or adapters, in the language of the moment."""
    return spoken().tell(sentence)


def day(value: datetime) -> str:
    """ "21 November 2026" """
    return dates.format_date(value.astimezone(UTC), "long", spoken().formats)


def month(value: datetime) -> str:
    """ "November 2026" """
    return dates.format_skeleton("yMMMM", value.astimezone(UTC), locale=spoken().formats)


def moment(value: datetime) -> str:
    """ "21 November 2026, 14:02 UTC" """
    time = dates.format_time(value.astimezone(UTC), "HH:mm", locale=spoken().formats)
    return gettext("%(day)s, %(time)s UTC", day=day(value), time=time)


def number(value: int) -> str:
    """ "1,234" """
    return numbers.format_decimal(value, locale=spoken().formats)


def _filled(text: str, parts: Mapping[str, Any]) -> str:
    if any(isinstance(part, Markup) for part in parts.values()):
        return Markup(text) % parts  # noqa: S704  (the text is ours; Markup escapes what is filled in)
    return text % parts if parts else text
