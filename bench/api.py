"""affineur's API, as far as the benchmarks change something over it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping

from bench.load import Failed
from bench.servers import Server


def call(server: Server, token: str, path: str, body: Mapping[str, object]) -> None:
    """Have something done; raise `Failed` when it is not."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        connection.request("POST", f"/api/v1{path}", json.dumps(dict(body)), headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status >= 300:
            raise Failed(f"POST {path}: {answer.status} {said[:300].decode()}")
    finally:
        connection.close()


def promote(server: Server, token: str, project: str, version: str) -> None:
    """Promote a release that was vetted from `unapproved` to `approved`."""
    order = {"name": project, "version": version, "from": "unapproved", "to": "approved"}
    call(server, token, "/promotions", order | {"comment": "for the benchmarks"})


def block(server: Server, token: str, project: str) -> None:
    """Withdraw a project."""
    call(server, token, "/blocks", {"name": project, "reason": "for the benchmarks"})


def unblock(server: Server, token: str, project: str) -> None:
    """Let it be served again."""
    call(server, token, "/blocks/end", {"name": project, "reason": "for the benchmarks"})
