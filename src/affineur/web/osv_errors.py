"""Errors under /osv/, in the form of OSV's own API: a code of Google's RPCs and a message."""

from __future__ import annotations

import orjson

from affineur.core.errors import DomainError
from affineur.web import problems
from affineur.web.http import Answer

_INTERNAL = 13
_CODES = {
    400: 3,  # INVALID_ARGUMENT
    401: 16,  # UNAUTHENTICATED
    403: 7,  # PERMISSION_DENIED
    404: 5,  # NOT_FOUND
    405: 12,  # UNIMPLEMENTED
    413: 3,
    503: 14,  # UNAVAILABLE
}


def document(error: DomainError, status: int) -> dict[str, int | str]:
    """Render an error as a JSON object."""
    hint = f" {error.hint}" if error.hint else ""
    return {"code": _CODES.get(status, _INTERNAL), "message": f"{error.message}{hint}"}


def answer(error: DomainError) -> Answer:
    """Answer an error, with the status of the one table."""
    status = problems.status_of(error)
    headers = (("content-type", "application/json"), *problems.headers_of(error))
    return Answer(status, headers, orjson.dumps(document(error, status)))
