"""A portfolio as plain Markdown, for a README, a wiki, a mail or a note: what it says, and where to look.

Nothing of what its holder or a peer wrote is active in it; every link is one of ours, or evidence that the
holder chose to show.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from exchange import languages
from exchange.core import urls
from exchange.core.plain_text import as_markdown
from exchange.core.portfolio.shown import Evidence, Item, Shown
from exchange.edge.endorsements.trust_lines import say_line
from exchange.edge.http.words import safe_link
from exchange.edge.portfolios.words import Said, say, whole
from exchange.languages import gettext


def markdown(shown: Shown, base: str, checked: datetime) -> str:
    """The whole portfolio, as it was found at `checked`, in the language of the moment."""
    page = urls.shared(base, shown.key)
    said = whole(shown)
    blocks = [
        f"# {as_markdown(shown.headline)}",
        f"**{as_markdown(shown.person)}** · {link(gettext('How all of this stands now'), page)}",
        f"{as_markdown(said.line)}  \n{as_markdown(said.others)}" if said.others else as_markdown(said.line),
        "\n".join(f"- {as_markdown(point)}" for point in shown.points),
    ]
    items = {item.key: item for item in shown.items}
    hanging = [item for item in shown.items if item.kind == "endorsement" and item.about in items]
    for group in shown.groups:
        if group.title:
            blocks.append(f"## {as_markdown(group.title)}")
        there = [items[key] for key in group.items if key in items]
        blocks.append("\n".join(line for item in there for line in _item(item, base, hanging)))
    if shown.facts:
        blocks.append(f"## {as_markdown(gettext('What they say together'))}")
        blocks.append("\n".join(f"- {as_markdown(say_line(fact.says))}" for fact in shown.facts))
    seen = gettext("Seen on %(day)s. The link tells what holds now.", day=languages.day(checked))
    blocks.append(f"*{as_markdown(seen)}*")
    return "\n\n".join(filter(None, blocks)) + "\n"


def _item(item: Item, base: str, hanging: list[Item]) -> Iterator[str]:
    yield f"- {_line(item, base)}"
    for skill in () if item.tombstone else item.skills:
        yield f"  - {as_markdown(gettext('Skill: %(name)s', name=skill.name))}"
    for one in item.evidence:
        yield f"  - {evidence_line(one)}"
    for other in hanging:
        if other.about == item.key:
            yield f"  - {_line(other, base)}"


def _line(item: Item, base: str) -> str:
    """ "**[Name](page)**, who says it, what that rests on. **State** since when and why" """
    said = say(item)
    name = link(said.name, base + item.page if item.page else "")
    return f"**{name}**{_whose(said)}. {as_markdown(said.word)}. {as_markdown(said.sentence)}".rstrip()


def _whose(said: Said) -> str:
    parts = [said.by, f"({said.proof})" if said.proof else ""]
    return "".join(
        f", {as_markdown(part)}" if not n else f" {as_markdown(part)}" for n, part in enumerate(parts) if part
    )


def evidence_line(one: Evidence) -> str:
    name = one.name or one.url or gettext("Evidence")
    told = f": {as_markdown(one.narrative)}" if one.narrative else ""
    return f"{as_markdown(gettext('Evidence'))}: {link(name, one.url)}{told}"


def link(text: str, url: str) -> str:
    """A link; only the text where the address is none that a page may link to."""
    url = safe_link(url).replace("(", "%28").replace(")", "%29").replace("&", "&amp;").replace("`", "%60")
    return f"[{as_markdown(text)}](<{url}>)" if url else as_markdown(text)
