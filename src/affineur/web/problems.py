"""The one table from the kind of an error to its HTTP status, and problem+json (RFC 9457)."""

from __future__ import annotations

import math
from http import HTTPStatus

import orjson

from affineur.core import errors
from affineur.web.http import Answer, Headers

MEDIA_TYPE = "application/problem+json"

STATUS: dict[type[errors.DomainError], int] = {
    errors.BadInput: 400,
    errors.TooLarge: 413,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.Refused: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.ResolutionFailed: 422,
    errors.UpstreamTrouble: 503,
    errors.UpstreamChanged: 502,
    errors.TooMany: 429,
    errors.Unavailable: 503,
    errors.NoRoom: 507,
    errors.DomainError: 500,
}

_MORE_HEADERS: dict[int, Headers] = {
    401: (("www-authenticate", 'Basic realm="affineur", charset="UTF-8"'),),
}
_RETRY_AFTER_S = 5
"""When trying again may help and nobody knows better."""
_LONGEST_RETRY_AFTER_S = 30
"""pip sleeps for as long as it is told, five times, without a word."""


class NotAllowed(errors.DomainError):
    """The thing is there, but not for this method."""

    code = "method-not-allowed"

    def __init__(self, method: str, allowed: tuple[str, ...]) -> None:
        self.allow = ", ".join(allowed)
        super().__init__(f"{method} is not possible here.", hint=f"Possible: {self.allow}.")


class NotAcceptable(errors.DomainError):
    """None of the media types that the client accepts is one that we have."""

    code = "not-acceptable"


STATUS[NotAllowed] = 405
STATUS[NotAcceptable] = 406


def status_of(error: errors.DomainError) -> int:
    """Look up the HTTP status of an error, by its kind or the nearest kind above it."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def headers_of(error: errors.DomainError) -> Headers:
    """Collect the headers that belong to an error's answer."""
    allow = (("allow", error.allow),) if isinstance(error, NotAllowed) else ()
    again = (("retry-after", _retry_after(error)),) if status_of(error) in {429, 503} else ()
    return (*_MORE_HEADERS.get(status_of(error), ()), *allow, *again)


def _retry_after(error: errors.DomainError) -> str:
    if isinstance(error, errors.TooMany):
        return str(math.ceil(error.retry_after_s))
    told_s = error.retry_after_s if isinstance(error, errors.UpstreamTrouble) else None
    if told_s is None:
        return str(_RETRY_AFTER_S)
    return str(min(_LONGEST_RETRY_AFTER_S, max(1, math.ceil(told_s))))


def document(error: errors.DomainError, status: int) -> dict[str, str | int]:
    """Render the problem as a JSON object."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": error.message,
        "hint": error.hint,
        "code": error.code,
    }


def answer(error: errors.DomainError, status: int | None = None) -> Answer:
    """Answer an error, with the table's status unless a protocol needs another."""
    status = status or status_of(error)
    headers = (("content-type", MEDIA_TYPE), ("cache-control", "no-store"), *headers_of(error))
    return Answer(status, headers, orjson.dumps(document(error, status)))


def internal(trouble_id: str) -> errors.DomainError:
    """Tell a client of a fault of ours; the log has the rest under the same id."""
    return errors.DomainError(
        f"Something went wrong in the server; its log tells more under {trouble_id}.",
        hint="Try again; if it stays, tell the operator this id.",
        code="internal",
    )
