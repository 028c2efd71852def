"""Somebody else's site, on another port, with a policy of its own: where embeds have to hold."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Host:
    """`pages` by path: the body, and the Content-Security-Policy, `""` for none."""

    url: str = ""
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)

    def put(self, path: str, body: str, policy: str = "") -> str:
        """The address of a new page."""
        head = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Host</title></head>'
        self.pages[path] = (f"{head}<body><main><h1>Host</h1>{body}</main></body></html>", policy)
        return self.url + path


@contextmanager
def other_site() -> Iterator[Host]:
    """A site of strangers until the block ends."""
    host = Host()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, policy = host.pages.get(self.path, ("", ""))
            self.send_response(200 if body else 404)
            self.send_header("content-type", "text/html; charset=utf-8")
            if policy:
                self.send_header("content-security-policy", policy)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: object) -> None:
            """Nothing: tests say what matters."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    host.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
