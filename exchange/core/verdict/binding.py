"""What is judged is what is signed, at the place where it is read.

An RDFC proof signs a set of statements about ids, not the JSON. Who moves `credentialStatus` or `validUntil`
into a nested object that repeats the credential's id leaves the statements, and so the signature, intact,
while the top of the document shows neither revocation nor expiry. So every statement that can change a
verdict is counted twice, in the signed statements and in the JSON where the verdict reads it; the two must
be the same. An honest endorsement of the badge, nested in it, adds no such statement and passes.

Where one id stands at several places (an issuer that is the creator too), its statements are one heap: two
names could change places. Who says the same at each place, or says it once, loses nothing; what says two
things is not believed.

Nor do statements say which of them is the document. An issuer who embeds an endorsement unread, which names
that same issuer, has not made it; but turned inside out, with the badge nested in its endorsement, the
statements are the same. So what names the signer as its issuer must not be part of something else that does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from exchange.core.canonical.nquads import XSD, escape, number
from exchange.core.proofs.data_integrity import as_list
from exchange.errors import CannotTellError, InputError

_CREDENTIALS = "https://www.w3.org/2018/credentials#"
_STATUS = "https://www.w3.org/ns/credentials/status#"
_VOCABULARY = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"
_ISSUER = f" <{_CREDENTIALS}issuer> ".encode()
_SUBJECT = f"<{_CREDENTIALS}credentialSubject>"
_TYPE = b"<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"

_JUDGED = {
    _TYPE: "type",
    **{
        f"<{_CREDENTIALS}{term}>".encode(): term
        for term in (
            "credentialStatus",
            "credentialSubject",
            "issuer",
            "validFrom",
            "validUntil",
            "issuanceDate",
            "expirationDate",
            "refreshService",
        )
    },
}
_JUDGED_STATUS = {
    f"<{_STATUS}{term}>".encode(): term
    for term in ("statusListIndex", "statusListCredential", "statusPurpose", "statusSize", "statusMessage")
}
_SHOWN = {
    "name": (b"<https://schema.org/name>",),
    "description": (b"<https://schema.org/description>",),
    "image": (f"<{_VOCABULARY}image>".encode(), f"<{_VOCABULARY}Image>".encode()),
}


_IDS = re.compile(rb'"id"\s*:\s*"([^"]*)"')
_NOT_SAID = frozenset({"id", "@id", "type", "@type", "@context", "proof"})
"""What may differ at two places that name one id: the same person is a Profile and an AchievementSubject."""


_ESCAPED = re.compile(rb"\\[u/]")
"""How an id, or the name `id`, can be written so that it does not look like itself."""
_HOLDERS = (dict, list)


def ids_apart(raw: bytes) -> bool:
    """Whether the text a document was read from gives each id once: then `check_repeated` finds nothing."""
    if not raw or _ESCAPED.search(raw) or b"@id" in raw:
        return False
    ids = _IDS.findall(raw)
    return len(set(ids)) == len(ids)


def named_once(document: Mapping[str, Any], raw: bytes, quads: bytes) -> bool:
    """Whether the text `document` was read from says its id, and those of its status entries, only once, each
    other id is given once, and no other credential is in it.

    Then no other part can speak of them, and `check_place` would find nothing: the common case, for a tenth
    of the work. Only where the fast walk made the statements, since it knows no other way to write an id.
    """
    if quads.count(_ISSUER) > 1 or not ids_apart(raw):
        return False
    for node in (document, *as_list(document.get("credentialStatus"))):
        name = node.get("id") if isinstance(node, dict) else None
        if not isinstance(name, str) or raw.count(name.encode()) != 1:
            return False
    return True


def check_place(document: Mapping[str, Any], quads: bytes) -> None:
    """Refuse a document whose signed statements about itself or its status are not where they are read.

    `quads` are its canonical N-Quads. InputError("moved_statement"), CannotTellError("ambiguous_statement"),
    each at the JSON Pointer of the place; InputError("not_outermost").
    """
    if quads.count(_ISSUER) > 1:  # there is another credential in it
        _check_outermost(document, quads)
    _check_node(document, quads, _JUDGED, "")
    for index, entry in enumerate(as_list(document.get("credentialStatus"))):
        if isinstance(entry, dict):
            _check_node(entry, quads, _JUDGED_STATUS, f"/credentialStatus/{index}")
    check_repeated(document)
    _check_shown(document, quads)


def check_repeated(document: Mapping[str, Any]) -> None:
    """Do not believe a document that says two things of one id. CannotTellError("ambiguous_statement").

    What is in another credential is not looked at: that has a proof of its own, and is judged by itself.
    """
    places: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for place in _nodes(document):
        identifier = place[1].get("id", place[1].get("@id"))
        if type(identifier) is str:
            places.setdefault(identifier, []).append(place)
    for same in places.values():
        if len(same) > 1:
            _check_same(same)


def _check_same(places: list[tuple[str, Mapping[str, Any]]]) -> None:
    """That nodes of one id say the same, as far as more than one of them says something."""
    said: dict[str, Any] = {}
    for at, node in places:
        for term, value in node.items():
            if term not in _NOT_SAID and said.setdefault(term, _linked(value)) != _linked(value):
                raise _ambiguous(term, f"{at}/{term}")


def _nodes(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each object of a document, with its place; not those of credentials within it."""
    yield "", document
    left: list[tuple[str, Any]] = [
        (f"/{term}", value) for term, value in document.items() if term not in _NOT_SAID
    ]
    while left:
        at, value = left.pop()
        if type(value) is list:
            left += [(f"{at}/{n}", item) for n, item in enumerate(value) if type(item) in _HOLDERS]
        elif type(value) is dict and "credentialSubject" not in value:
            yield at, value
            left += [
                (f"{at}/{term}", item)
                for term, item in value.items()
                if type(item) in _HOLDERS and term not in _NOT_SAID
            ]


def _linked(value: Any) -> Any:
    """What a member says: of nodes that have an id, which; whatever those say is looked at by itself."""
    if isinstance(value, list):
        return [_linked(item) for item in value]
    return value.get("id", value.get("@id", value)) if isinstance(value, dict) else value


def _ambiguous(term: str, at: str) -> CannotTellError:
    said = f"More than one {term} is signed for this; which of them belongs here cannot be known."
    return CannotTellError("ambiguous_statement", said, at)


def _check_outermost(document: Mapping[str, Any], quads: bytes) -> None:
    """Refuse a document that another credential of the same issuer has as a part of itself."""
    issuer, identifier = (
        value.get("id") if isinstance(value, dict) else value
        for value in (document.get("issuer"), document.get("id"))
    )
    if quads.count(_ISSUER + f"<{issuer}> ".encode()) < 2:
        return
    this = f"<{identifier}>"
    for line in quads.decode().split("\n")[:-1]:
        subject, predicate, rest = line.split(" ", 2)
        if rest.startswith(f"{this} ") and subject != this and predicate != _SUBJECT:
            raise InputError(
                "not_outermost", "What was signed is another document, of which this one is only a part."
            )


def _check_shown(document: Mapping[str, Any], quads: bytes) -> None:
    """Do not believe a document of which two names, say, are signed where one is shown: another part, or what
    is embedded, may have brought its own, and the two can change places."""
    subject = next(iter(as_list(document.get("credentialSubject"))), None)
    achievement = subject.get("achievement") if isinstance(subject, dict) else None
    for at, node in (
        ("", document),
        ("/issuer", document.get("issuer")),
        ("/credentialSubject/achievement", achievement),
    ):
        if not isinstance(node, dict) or not isinstance(node.get("id"), str):
            continue
        signed = _statements(f"<{node['id']}> ".encode(), quads)
        for term, predicates in _SHOWN.items():
            count = sum(len(signed.get(predicate, ())) for predicate in predicates)
            if node.get(term) is not None and count > len(as_list(node[term])):
                raise _ambiguous(term, f"{at}/{term}")


def _check_node(node: Mapping[str, Any], quads: bytes, judged: Mapping[bytes, str], at: str) -> None:
    identifier = node.get("id", node.get("@id"))
    if not isinstance(identifier, str):
        return  # A node without an id cannot be spoken of anywhere else.
    signed = _statements(f"<{identifier}> ".encode(), quads)
    for predicate, term in judged.items():
        values, said = signed.get(predicate, []), node.get(term)
        if not values and said is None:
            continue
        same = _same_kinds if predicate is _TYPE else _same
        if not same(values, said):
            raise InputError(
                "moved_statement",
                f"What is signed about {term} is not what stands here; it was moved into another part.",
                f"{at}/{term}",
            )


def _statements(subject: bytes, quads: bytes) -> dict[bytes, list[bytes]]:
    """Predicate → the rest of each line about `subject`; the lines are sorted, so they adjoin."""
    start = 0 if quads.startswith(subject) else quads.find(b"\n" + subject) + 1
    found: dict[bytes, list[bytes]] = {}
    while quads.startswith(subject, start):
        end = quads.index(b"\n", start)
        predicate, _, rest = quads[start + len(subject) : end].partition(b" ")
        found.setdefault(predicate, []).append(rest)
        start = end + 1
    return found


def _same(signed: list[bytes], said: Any) -> bool:
    """Whether as many things are signed as said, and each that has a name or is a text is among them."""
    if said is None:
        return not signed
    if isinstance(said, list):
        names = [_name(value) for value in said]
        texts = {name for name in names if name is not None}
        return len(signed) == len(texts) + names.count(None) and all(
            any(_says(line, text) for line in signed) for text in texts
        )
    name = _name(said)
    return len(signed) == 1 and (name is None or _says(signed[0], name))


def _name(value: Any) -> str | None:
    name = value.get("id") if isinstance(value, dict) else value
    if isinstance(name, int | float):
        return number(name, XSD + "string")[1:-1]  # as it is signed: true, not True
    return None if name is None else str(name)


def _says(line: bytes, text: str) -> bool:
    """Whether the object on this line is the node, or the literal, of that text."""
    value = (escape(text) if line.startswith(b'"') else text).encode()
    return line.startswith(value, 1) and line[:1] + line[len(value) + 1 : len(value) + 2] in (b"<>", b'""')


def _same_kinds(signed: list[bytes], said: Any) -> bool:
    """Whether as many kinds of credential are signed as said; other types may be added by what is nested
    (the subject of an endorsement of this badge is an EndorsementSubject)."""
    kinds = {name for name in as_list(said) if isinstance(name, str) and name.endswith("Credential")}
    return len(kinds) == sum(line.partition(b">")[0].endswith(b"Credential") for line in signed)
