"""Notes and checkpoints for tests: the published ones, and a log with a key of its own."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.core.keys.public_key import public_key_of
from exchange.core.log import checkpoint
from exchange.core.log.signed_note import VerifierKey, parse_verifier_key

ORIGIN = "exchange.example/log"

# The example of Go's note package (golang.org/x/mod/sumdb/note), with the private key published there.
GO_KEY_TEXT = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_PRIVATE = Ed25519PrivateKey.from_private_bytes(
    b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
)
GO_TEXT = (
    b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBw"
    "JnAM=\n"
)
GO_NOTE = GO_TEXT + b"\n" + GO_LINE.encode()

# Checkpoints of the public log Rekor v2, as it published them at two sizes, the later one with the line of a
# witness; the log's key is in the trust root that the sigstore package ships.
REKOR_KEY_TEXT = "log2025-1.rekor.sigstore.dev+cf119915+AbfK5adZJxsI323FwGD2AJJ9F4i89cfDuLdGJBIYntuO"
REKOR_EARLY = (
    "log2025-1.rekor.sigstore.dev\n412115\n+8vUkEgBK/ansexBUomzocaWoPEmPIzxJC/y+xNMQN4=\n\n"
    "— log2025-1.rekor.sigstore.dev zxGZFahCZ/+MqTjH4rC5MWcdLDWbpetE5l30RZfQc4BQ"
    "kRjWSoKipEUPjvHENeZDHIlAsuezJcLzUVvItpNjaSRoMAs=\n"
).encode()
REKOR_LATE = (
    "log2025-1.rekor.sigstore.dev\n139911860\nEliTHtnx44DhEBH+5qIXBtQsSpc54Avam7mIYEvxnTA=\n\n"
    "— log2025-1.rekor.sigstore.dev zxGZFcOra4Y7QpuiQen+CmnUvDZbxSXfBOXJzL+HKIeR"
    "9aC58QTfao58ABqkhVyBhQDseS+TZdDNpcnZhoRxkh7IbQ0=\n"
    "— witness.stagemole.eu Z/euoAAAAABqxF18wrJCADsJ1G5Lc2JaRjZqqBwjpNqH24yQse4i"
    "J4rKS6b5MtvHP+IbKYXwaWuWokdGA+BubLFi+TrwK7xpKr6XBw==\n"
).encode()


class Signer:
    """A key made from a name, that signs notes under another name."""

    def __init__(self, name: str = ORIGIN, seed: str = "log") -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(sha256(seed.encode()).digest())
        self.key = VerifierKey(name, public_key_of(self.private.public_key()))

    def signs(self, text: bytes) -> tuple[VerifierKey, bytes]:
        return self.key, self.private.sign(text)


LOG = Signer()
REKOR_KEY = parse_verifier_key(REKOR_KEY_TEXT)


def signed_checkpoint(size: int, root: bytes, *signers: Signer, origin: str = ORIGIN) -> bytes:
    """A checkpoint signed by `signers`, or by LOG."""
    text = checkpoint.build_checkpoint(origin, size, root)
    return checkpoint.seal_checkpoint(text, [signer.signs(text) for signer in signers or (LOG,)])
