"""A signed credential as a part of another document: exactly as it was signed, whatever its form."""

from __future__ import annotations

from typing import Any

from exchange.core import strict_json
from exchange.core.credentials.credential import CREDENTIALS_V2
from exchange.core.proofs.jwt import is_compact


def embedded(credential: bytes) -> dict[str, Any]:
    """JSON as it is, a token in an EnvelopedVerifiableCredential (VCDM 2.0 §4.13.1).

    InputError, as `strict_json.parse`.
    """
    if not is_compact(credential):
        return dict(strict_json.parse(credential))
    return {
        "@context": CREDENTIALS_V2,
        "id": f"data:application/vc+jwt,{credential.decode()}",
        "type": "EnvelopedVerifiableCredential",
    }
