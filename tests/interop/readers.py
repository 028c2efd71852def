"""How each peer verifies a credential as a whole, with its own code and none of ours.

`get` is all of the web a peer sees: the bytes at a URL. Each raises in its own way for what does not stand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from openbadgeslib.ob3.credential import OpenBadgeCredential
from openbadgeslib.ob3.ldp import OB3LdpVerifier
from openbadgeslib.ob3.verifier import OB3Verifier
from openbadgeslib.verify import issuer_did_from_document, issuer_did_from_token
from openvc.did.base import DidResolverRegistry
from openvc.did.did_key import DidKeyResolver
from openvc.did.did_web import DidWebResolver
from openvc.resolvers import default_status_list_resolver
from openvc.verify import VerificationPolicy, VerificationResult, verify_credential

from tests.interop.node import ask
from tests.interop.sides import CONTEXTS

Get = Callable[[str], bytes]


class Refused(Exception):
    """verifier-core gave no log, but said why."""


def by_openbadgeslib(credential: bytes, get: Get, *, authentic_list: bool = False) -> OpenBadgeCredential:
    """Its full verifiers, anchored to the issuer, with status; `authentic_list`: and who signed the lists."""
    text = credential.decode()
    verifier = (
        OB3LdpVerifier.for_issuer_did(issuer_did_from_document(text), download=get)
        if text.startswith("{")
        else OB3Verifier.for_issuer_did(issuer_did_from_token(text), download=get)
    )
    return verifier.verify(text, check_status=True, verify_status_list=authentic_list, download=get)


def openvc_resolver(get: Get) -> DidResolverRegistry:
    return DidResolverRegistry([DidKeyResolver(), DidWebResolver(lambda url: json.loads(get(url)))])


def by_openvc(credential: bytes, get: Get, type: str = "OpenBadgeCredential") -> VerificationResult:
    """Its pipeline: key by DID, proof, dates, type, and the status lists, signed by the same issuer."""
    resolver = openvc_resolver(get)
    text = credential.decode()
    return verify_credential(
        json.loads(text) if text.startswith("{") else text,
        resolver=resolver,
        policy=VerificationPolicy(expected_types=[type], require_status_issuer_binding=True),
        resolve_status_list=default_status_list_resolver(
            resolver=resolver, extra_contexts=CONTEXTS, fetch=lambda url: get(url).decode()
        ),
        extra_contexts=CONTEXTS,
    )


def by_verifier_core(*cases: tuple[bytes, Mapping[str, bytes]], **request: Any) -> list[dict[str, Any]]:
    """The log of each (credential, documents), check by check; Refused when there is none."""
    return [
        _log(told)
        for told in ask(
            *(
                {
                    "action": "verify",
                    "credential": json.loads(credential),
                    "documents": {url: body.decode() for url, body in documents.items()},
                    **request,
                }
                for credential, documents in cases
            )
        )
    ]


def _log(told: dict[str, Any]) -> dict[str, Any]:
    if told.get("error") or told["answer"].get("errors"):
        raise Refused(json.dumps(told))
    return {line["id"]: line.get("valid", line.get("error")) for line in told["answer"]["log"]}
