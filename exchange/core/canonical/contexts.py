"""JSON-LD contexts: what a word in a credential means, from pinned copies and never from the network.

The documents are the ones that installed packages ship (PyLD: W3C; openbadgeslib: 1EdTech) and our own terms
(`our_terms.py`), read once, on first use, and held to a sha256: a context decides what a signature covers, so
a changed copy is an outage and not an update. The Open Badges 3.0.3 context was changed in place by its
publisher (`jti` and `endorsementJwt` were added under the same URL); the copy pinned here is the newer, a
superset of the older, and gives the same quads for every document that was valid under both.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exchange.core.canonical import first_release
from exchange.core.canonical.first_release import FirstRelease
from exchange.core.canonical.our_terms import NAMESPACE, OurTerms
from exchange.errors import UnavailableError

if TYPE_CHECKING:
    from exchange.core.canonical.compiled import Compiled


@dataclass(frozen=True, slots=True)
class Pinned:
    """A context document inside an installed package: `path` below the top-level `package`, its sha256."""

    package: str
    path: str
    sha256: str

    def read(self) -> bytes:
        """The file's bytes; UnavailableError("context_unavailable") when absent or not the pinned ones."""
        # find_spec of a top-level package finds it without running any of its code.
        spec = importlib.util.find_spec(self.package)
        places = spec.submodule_search_locations if spec else None
        if not places:
            raise self._unavailable("the package is not installed")
        try:
            raw = Path(places[0], self.path).read_bytes()
        except OSError as error:
            raise self._unavailable(f"the file cannot be read ({error.strerror})") from error
        found = hashlib.sha256(raw).hexdigest()
        if found != self.sha256:
            raise self._unavailable(f"its sha256 is {found}, not the pinned {self.sha256}")
        return raw

    def _unavailable(self, why: str) -> UnavailableError:
        return UnavailableError(
            "context_unavailable",
            f"The JSON-LD context {self.path} of the Python package {self.package} cannot be used: {why}. "
            "Install the versions that pyproject.toml names, or pin the new copy after reading its changes.",
        )


class Contexts:
    """A closed registry: context URL → context document. A URL that is not in it is unknown, for good.

    Immutable: `extended` makes another one. Looking a URL up gives a fresh copy each time, because JSON-LD
    processors write into what they are given.
    """

    def __init__(self, sources: Mapping[str, Pinned | FirstRelease | OurTerms | Mapping[str, Any]]) -> None:
        self._sources = dict(sources)
        self._raw: dict[str, bytes] = {}

    def __getitem__(self, url: str) -> dict[str, Any]:
        raw = self._raw.get(url)
        if raw is None:
            source = self._sources[url]
            raw = json.dumps(dict(source)).encode() if isinstance(source, Mapping) else source.read()
            self._raw[url] = raw
        document: dict[str, Any] = json.loads(raw)
        return document

    def published(self, url: str) -> bytes | None:
        """The very bytes that its publisher serves at `url`, if a pinned copy of them is here."""
        source = self._sources.get(url)
        return source.read() if isinstance(source, Pinned | OurTerms) else None

    def __contains__(self, url: object) -> bool:
        return url in self._sources

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)

    def extended(self, documents: Mapping[str, Mapping[str, Any]]) -> Contexts:
        """These contexts and `documents` (URL → document) besides; for tests and the test profile."""
        return Contexts({**self._sources, **documents})

    @cached_property
    def compiled(self) -> Compiled:
        """The tables the fast walk reads, filled as documents ask for them."""
        from exchange.core.canonical.compiled import Compiled

        return Compiled(self)


_W3C = "documentloader/frozen/bundled/"
_OB3 = "ob3/contexts/"

_RELEASE_1 = Pinned(
    "openbadgeslib",
    _OB3 + "ob-v3p0-context-3.0.1.json",
    "5f3d9dd6288ef437ff8286cf95ffbff609c748a66f24a1e9450c45ca64be1571",
)

SHIPPED = Contexts(
    {
        "https://www.w3.org/ns/credentials/v2": Pinned(
            "openbadgeslib",
            _OB3 + "credentials-v2.json",
            "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
        ),
        "https://www.w3.org/2018/credentials/v1": Pinned(
            "pyld",
            _W3C + "credentials-v1.jsonld",
            "00d7dd6d3ad8b920e3e550dd3a3d9090bffcac84cdbf943da6924b3e0a5c8bb8",
        ),
        **dict.fromkeys(first_release.URLS, FirstRelease(_RELEASE_1)),
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json": _RELEASE_1,
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json": Pinned(
            "openbadgeslib",
            _OB3 + "ob-v3p0-context-3.0.2.json",
            "00666ad080ba407687ed1846b7f5e7495f5019042b202a727de47c48a1755c53",
        ),
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json": Pinned(
            "openbadgeslib",
            _OB3 + "ob-v3p0-context-3.0.3.json",
            "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84",
        ),
        "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json": Pinned(
            "openbadgeslib",
            _OB3 + "ob-v3p0-extensions.json",
            "87c06c81bc2317663bf288d740d94fddd2818c4342b186270ff6371dfaa63f93",
        ),
        "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json": Pinned(
            "openbadgeslib",
            _OB3 + "clr_context_2.0.1.json",
            "880f1902d4158f2f33ce06af41b90719977cd1ea337a9de2e41edb3ff5e543d6",
        ),
        "https://w3id.org/security/data-integrity/v2": Pinned(
            "openbadgeslib",
            _OB3 + "security-data-integrity-v2.json",
            "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4",
        ),
        "https://w3id.org/security/multikey/v1": Pinned(
            "openbadgeslib",
            _OB3 + "security-multikey-v1.json",
            "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597",
        ),
        "https://w3id.org/security/suites/ed25519-2020/v1": Pinned(
            "pyld",
            _W3C + "security-ed25519-2020-v1.jsonld",
            "b9e1ab971fd8bf2c7553e0c4a9438e0b9450afde1ea1ca5b2492368b9f549588",
        ),
        "https://w3id.org/security/suites/jws-2020/v1": Pinned(
            "pyld",
            _W3C + "security-jws-2020-v1.jsonld",
            "00ee65bb7307f9a01c3170b823083b0d4de68223520834b2c5eb7a09bae5dea6",
        ),
        "https://w3id.org/security/v1": Pinned(
            "pyld",
            _W3C + "security-v1.jsonld",
            "e2d146cd556f6fa5f14996c6f1749667d5a14073fa30f0643990068e2c0b1bac",
        ),
        "https://w3id.org/security/v2": Pinned(
            "pyld",
            _W3C + "security-v2.jsonld",
            "4cb186bc29c08af6e40c58178c22dd84d542f2871a063afed6e648b47abc3cf6",
        ),
        "https://www.w3.org/ns/did/v1": Pinned(
            "pyld",
            _W3C + "did-v1.jsonld",
            "62c1054bf404d6dd3a4b26b64f830fd72095f6a26edc4469908c94351352ce5f",
        ),
        NAMESPACE: OurTerms(),
    }
)
"""Every context this exchange knows without being told (OB 3.0 §1, VCDM 2.0 §4.3: static copies by hash)."""
