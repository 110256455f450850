"""The client of the API: what the server says becomes a value, what it refuses an error.

The server tells errors as problem+json with our own codes, so a refusal reads the same here
as it was raised there, and gets the same exit code as if it had been raised here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit

import httpx2

import affineur
from affineur.core import errors

DEFAULT_URL = "http://127.0.0.1:8080"
_CONNECT_S = 10.0
_PIECE = 1024 * 1024
_ANSWER_S = 330.0  # a resolution, for `affineur lock`, may take that long
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

Json = dict[str, Any]  # Any: JSON as the server sent it

_BY_STATUS: Mapping[int, type[errors.DomainError]] = {
    400: errors.BadInput,
    401: errors.Unauthenticated,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    413: errors.TooLarge,
    422: errors.BadInput,
}


class Remote:
    """One server, asked over its API."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = _checked(url)
        self._token = token
        headers = {"user-agent": f"affineur/{affineur.__version__}", "accept": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token.strip()}"
        self._http = httpx2.Client(
            headers=headers,
            timeout=httpx2.Timeout(_ANSWER_S, connect=_CONNECT_S),
            trust_env=urlsplit(self.url).hostname not in _LOOPBACK,  # no proxy leads to loopback
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, *path: object, **query: object) -> Json:
        """Ask for something."""
        given = {name: str(value) for name, value in query.items() if value is not None}
        return self._send("GET", path, params=given)

    def post(self, *path: object, body: Mapping[str, object] | None = None) -> Json:
        """Make or do something."""
        return self._send("POST", path, json=dict(body or {}))

    def stream(self, *path: object, **query: object) -> Iterator[bytes]:
        """Read a long answer piece by piece."""
        place = "/".join(quote(str(part), safe="") for part in path)
        told = {name: str(value) for name, value in query.items() if value is not None}
        try:
            with self._http.stream("GET", f"{self.url}/api/v1/{place}", params=told) as answer:
                if not answer.is_success:
                    answer.read()
                    self._read(answer)
                yield from answer.iter_bytes()
        except httpx2.HTTPError as error:
            raise _no_connection(self.url, error) from error

    def send_file(self, file: Path, *path: object, **query: object) -> Json:
        """Send a file as the body of a question."""
        try:
            size = file.stat().st_size
            with file.open("rb") as content:
                headers = {"content-length": str(size), "content-type": "application/octet-stream"}
                pieces = iter(lambda: content.read(_PIECE), b"")
                return self._send("POST", path, content=pieces, headers=headers, params=query)
        except FileNotFoundError as error:
            raise errors.NotFound(f"{file} cannot be read: {error.strerror}.") from error

    def put(self, *path: object, body: Mapping[str, object]) -> Json:
        """Put something in the place of what was there."""
        return self._send("PUT", path, json=dict(body))

    def patch(self, *path: object, body: Mapping[str, object]) -> Json:
        """Change a part of something."""
        return self._send("PATCH", path, json=dict(body))

    def delete(self, *path: object) -> Json:
        """End something."""
        return self._send("DELETE", path)

    def _send(self, method: str, path: tuple[object, ...], **more: Any) -> Json:  # Any: httpx2's
        place = "/".join(quote(str(part), safe="") for part in path)
        try:
            answer = self._http.request(method, f"{self.url}/api/v1/{place}", **more)
        except httpx2.InvalidURL as error:
            raise errors.BadInput(f"{self.url} is not the URL of a server: {error}.") from error
        except httpx2.HTTPError as error:
            raise _no_connection(self.url, error) from error
        return self._read(answer)

    def _read(self, answer: httpx2.Response) -> Json:
        try:
            document = answer.json()
        except ValueError:
            document = None
        if answer.is_success and isinstance(document, dict):
            return document
        if not isinstance(document, dict) or "detail" not in document:
            raise errors.Unavailable(
                f"{self.url} answered {answer.status_code}, but not as an affineur server does.",
                hint="Is AFFINEUR_URL right? It is the server's URL, without any path of a feed.",
            )
        raise self._refusal(answer.status_code, document)

    def _refusal(self, status: int, document: Json) -> errors.DomainError:
        code = str(document.get("code", ""))
        kind = _kinds().get(code) or _BY_STATUS.get(status)
        if kind is None:
            kind = errors.Unavailable if status >= 500 else errors.BadInput
        hint = str(document.get("hint", ""))
        if status == 401:
            said = "The token in AFFINEUR_TOKEN does not hold" if self._token else ""
            hint = f"{said or 'Set AFFINEUR_TOKEN to your token'}; ask an administrator for one."
        return kind(str(document["detail"]), hint=hint, code=code or None)


def _kinds() -> Mapping[str, type[errors.DomainError]]:
    named = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    return {kind.code: kind for kind in named if issubclass(kind, errors.DomainError)}


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        is_url = parts.scheme in {"http", "https"} and bool(parts.hostname)
        has_secret = parts.username is not None or parts.password is not None
    except ValueError:
        is_url, has_secret = False, False
    if has_secret:
        raise errors.BadInput(
            "AFFINEUR_URL holds credentials, which URLs give away.",
            hint="Put the token in AFFINEUR_TOKEN.",
        )
    if not is_url:
        raise errors.BadInput(
            f"{url[:200]!r} is not the URL of a server.",
            hint=f"Set AFFINEUR_URL to something like {DEFAULT_URL}",
        )
    return url.strip().rstrip("/")


def _no_connection(url: str, error: httpx2.HTTPError) -> errors.Unavailable:
    match error:
        case httpx2.ConnectError() | httpx2.ConnectTimeout():
            said = f"Nothing answers at {url}: {error}"
        case httpx2.TimeoutException():
            said = f"{url} did not answer in time"
        case _:
            said = f"The connection to {url} broke: {error or type(error).__name__}"
    return errors.Unavailable(
        f"{said}.", hint="Is the server running, and AFFINEUR_URL right? Start it: affineur serve"
    )
