"""A process that may be killed, for work whose cost a stranger decides (TRUST.md, lesson 3).

Two kilobytes can cost a general JSON-LD processor minutes. So PyLD, openvc-core, openbadgeslib and pypdf run
in a child with limits on CPU, memory, files and network (`worker_main`); who takes too long is killed, and
what it was asked is *cannot tell*. A frame, either way, is a length of four bytes and JSON.
"""

from __future__ import annotations

import base64
import contextlib
import json
import queue
import socket
import subprocess
import sys
import time
import weakref
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import exchange
from exchange.core import strict_json
from exchange.core.keys.public_key import PublicKey
from exchange.core.verdict.documents import Documents, body_of
from exchange.errors import CannotTellError, ExchangeError, InputError, UnavailableError

_MAX_ANSWER = 64 * 1_048_576
_START_SECONDS = 30.0
_FAMILIES: Mapping[str, type[ExchangeError]] = {
    family.__name__: family for family in (InputError, CannotTellError, UnavailableError)
}
_OB2_DOCUMENTS = 5
"""Assertion, BadgeClass, Profile, CryptographicKey, RevocationList."""

_Idle = queue.LifoQueue["_Child | None"]


class KillableWorker:
    """Up to `size` children, started on demand and kept; safe to call from any thread, and it blocks.

    Per request: `seconds` of wall time, `cpu_seconds` of CPU, `memory` bytes of address space. Every method
    raises CannotTellError("worker_gave_up") when a limit was met, and the errors met inside as they are.
    """

    def __init__(
        self,
        size: int = 1,
        *,
        seconds: float = 5.0,
        cpu_seconds: int = 5,
        memory: int = 512 * 1_048_576,
    ) -> None:
        self._seconds = seconds
        self._limits = (str(memory), str(cpu_seconds))
        self._closed = False
        self._idle: _Idle = queue.LifoQueue(size)
        for _ in range(size):
            self._idle.put(None)
        # Also at interpreter exit, for who forgets to close.
        self._finalizer = weakref.finalize(self, _kill_idle, self._idle)

    def exact(self, algorithm: str, document: Mapping[str, Any]) -> bytes:
        """The canonical N-Quads of any JSON-LD document, by the general route. Is an `Exact`."""
        answer = self._ask({"do": "canonize", "algorithm": algorithm, "document": dict(document)})
        return str(answer).encode()

    def rare(self, document: Mapping[str, Any], key: PublicKey) -> None:
        """Verify the one embedded proof of a suite that only openvc-core knows (ecdsa-sd-2023). Is a `Rare`.

        `key` was already found to be the issuer's; the library gets it and no say in it. Dates are the
        caller's to check. InputError("signature_invalid", "proof_malformed", or one of `check_place`);
        CannotTellError("unknown_suite").
        """
        self._ask({"do": "rare_proof", "credential": dict(document), "key": key.jwk})

    def base_proof(
        self,
        credential: Mapping[str, Any],
        key: Mapping[str, str],
        method: str,
        pointers: Sequence[str],
        created: datetime,
    ) -> dict[str, Any]:
        """A base proof (ecdsa-sd-2023) over `credential`; what `pointers` name can never be left out.

        `key` is a private JWK and leaves this process, so it must be one that proves nothing: this is for the
        test profile. InputError("proof_not_made") and those of the general route.
        """
        request = {"credential": dict(credential), "key": dict(key), "method": method}
        request |= {"pointers": list(pointers), "created": created.isoformat()}
        proof: dict[str, Any] = self._ask({"do": "base_proof", **request})
        return proof

    def open_badges_2(self, assertion: str | Mapping[str, Any], documents: Documents) -> dict[str, Any]:
        """Verify an Open Badges 2.0 assertion, a compact JWS or a hosted JSON object, by openbadgeslib.

        Returns the assertion that stands: for a hosted badge the one its id gave, not the one handed in. Its
        dates (`issuedOn`, `expires`) and recipient are the caller's to check. Documents are looked up in
        `documents` one after the other as they become known. InputError("open_badges_2_invalid", "revoked");
        CannotTellError("document_unreachable") for one that is not there.
        """
        known: dict[str, str] = {}
        for _ in range(_OB2_DOCUMENTS + 1):
            request = {"do": "open_badges_2", "assertion": assertion, "documents": known}
            answer: dict[str, Any] = self._ask(request)
            if "wanted" not in answer:
                return answer
            url = str(answer["wanted"])
            known[url] = body_of(documents, url).decode("utf-8", "replace")
        raise CannotTellError("document_unreachable", "The badge needs more documents than are fetched.")

    def attached(self, pdf: bytes) -> bytes:
        """The badge or presentation that is attached to a PDF, JSON or a compact JWS, unverified.

        InputError("pdf_malformed", "pdf_locked", "pdf_without_badge", "pdf_two_badges").
        """
        return str(self._ask({"do": "attached", "pdf": base64.b64encode(pdf).decode()})).encode()

    def close(self) -> None:
        """Kill the children; those at work end when their request does. Asking again is *cannot tell*."""
        self._closed = True
        self._finalizer()

    def _ask(self, request: Mapping[str, Any]) -> Any:
        payload = strict_json.dump(request)
        try:
            child = self._idle.get(timeout=self._seconds)
        except queue.Empty:
            raise _gave_up("others are waiting too") from None
        try:
            if child is not None and not child.alive:
                child.kill()
                child = None
            if child is None:
                child = self._start()
            answer = child.ask(payload, self._seconds)
        except BaseException:
            if child is not None:
                child.kill()
                child = None
            raise
        finally:
            self._idle.put(child)
            if self._closed:
                _kill_idle(self._idle)
        return _result(answer)

    def _start(self) -> _Child:
        if self._closed:
            raise _gave_up("the worker was shut down")
        return _Child(self._limits)


def _result(raw: bytes) -> Any:
    try:
        answer = json.loads(raw)
        if "ok" in answer:
            return answer["ok"]
        family, code, message, at = answer["error"]
    except (ValueError, KeyError, TypeError):
        raise _gave_up("the worker's answer makes no sense") from None
    raise _FAMILIES.get(family, CannotTellError)(code, message, at)


def _gave_up(why: str) -> CannotTellError:
    return CannotTellError("worker_gave_up", f"Checking this took more than we spend on one document: {why}.")


def _kill_idle(idle: _Idle) -> None:
    """Kill every child that is not at work; their places stay, empty."""
    places = 0
    with contextlib.suppress(queue.Empty):
        while True:
            child = idle.get_nowait()
            places += 1
            if child is not None:
                child.kill()
    for _ in range(places):
        idle.put(None)


class _Child:
    """One child process: a request at a time, every wait bounded, never left as a zombie."""

    def __init__(self, limits: tuple[str, ...]) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
                    [sys.executable, "-B", "-m", "exchange.adapters.worker_main", *limits],
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    stderr=subprocess.DEVNULL,
                    cwd=Path(exchange.__file__).parents[1],
                    env={},  # no secrets, no proxies
                )
            except OSError:
                self._socket.close()
                raise _gave_up("the worker could not be started") from None
        try:
            self._receive(time.monotonic() + _START_SECONDS)
        except BaseException:
            self.kill()
            raise

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, payload: bytes, seconds: float) -> bytes:
        """The answer, or CannotTellError("worker_gave_up")."""
        deadline = time.monotonic() + seconds
        try:
            self._socket.settimeout(seconds)
            self._socket.sendall(len(payload).to_bytes(4) + payload)
        except TimeoutError:
            raise _gave_up("it ran out of time") from None
        except OSError:
            raise _gave_up("it met a limit of CPU or memory") from None
        return self._receive(deadline)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._socket.close()

    def _receive(self, deadline: float) -> bytes:
        size = int.from_bytes(self._read(4, deadline))
        if size > _MAX_ANSWER:
            raise _gave_up("the answer is too long")
        return self._read(size, deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            try:
                self._socket.settimeout(max(0.001, deadline - time.monotonic()))
                part = self._socket.recv(min(size - len(parts), 1_048_576))
            except TimeoutError:
                raise _gave_up("it ran out of time") from None
            except OSError:
                part = b""
            if not part:
                raise _gave_up("it met a limit of CPU or memory")
            parts += part
        return bytes(parts)
