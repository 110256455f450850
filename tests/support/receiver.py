"""A receiver of webhooks on loopback, which checks signatures with code of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Got:
    """One message that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def content(self) -> dict[str, Any]:  # Any: JSON
        content: dict[str, Any] = json.loads(self.body)
        return content

    def is_signed_with(self, secret: str) -> bool:
        """Check the signature as the standard describes it."""
        key = base64.b64decode(secret.split("_", 1)[1])
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return self.headers["webhook-signature"] == f"v1,{expected}"


@dataclass
class Receiver:
    """What arrived, and how the next messages are answered."""

    got: list[Got] = field(default_factory=list)
    status: int = 204
    refuses: frozenset[str] = frozenset()
    """Types of messages that are answered 400."""
    location: str | None = None
    body: bytes = b""
    healed: threading.Event = field(default_factory=threading.Event)
    """Until it is set, nothing is answered; it is set at the beginning."""
    url: str = ""

    @property
    def types(self) -> list[str]:
        """What was told, in order."""
        return [one.content["type"] for one in self.got]


@contextmanager
def webhook_receiver() -> Iterator[Receiver]:
    """Listen on loopback until the block ends."""
    receiver = Receiver()
    receiver.healed.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            named = {name.lower(): value for name, value in self.headers.items()}
            receiver.got.append(Got(self.path, named, body))
            receiver.healed.wait(20)
            is_refused = receiver.got[-1].content.get("type") in receiver.refuses
            self.send_response(400 if is_refused else receiver.status)
            if receiver.location is not None:
                self.send_header("location", receiver.location)
            self.send_header("content-length", str(len(receiver.body)))
            self.end_headers()
            self.wfile.write(receiver.body)

        def do_GET(self) -> None:
            receiver.got.append(Got(self.path, {}, b"{}"))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook?key=1"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield receiver
    finally:
        receiver.healed.set()
        server.shutdown()
        thread.join()
        server.server_close()
