"""Errors of the API as problem+json: one handler each for ours, FastAPI's and Starlette's.

Under /osv/ they have the form of OSV's own (`osv_errors`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from affineur.core.errors import BadInput, DomainError, NotFound, TooLarge
from affineur.web import osv_errors, problems

PROBLEM_SCHEMA: dict[str, Any] = {  # Any: a JSON schema
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail", "hint", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence that names the thing."},
        "hint": {"type": "string", "description": "What to do next; may be empty."},
        "code": {"type": "string", "description": "Stable, for programs."},
    },
}


def install(api: FastAPI) -> None:
    """Have all errors answered as problem+json."""
    api.add_exception_handler(DomainError, _domain)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(Exception, _unforeseen)


async def _domain(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)  # noqa: S101  it is installed for these alone
    return _response(request, error, problems.status_of(error))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  as above
    first, *others = error.errors()
    more = f" (and {len(others)} more)" if others else ""
    wrong = BadInput(f"{_place(first['loc'])}: {first['msg']}{more}.")
    return _response(request, wrong, 400)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  as above
    match error.status_code:
        case 404:
            problem: DomainError = NotFound(
                "There is nothing at this URL of the API.", hint="See /api/v1/openapi.json."
            )
        case 405:
            problem = problems.NotAllowed(request.method, _allowed(error))
        case 413:
            problem = TooLarge(str(error.detail))
        case _:
            problem = BadInput(str(error.detail))
    return _response(request, problem, problems.status_of(problem))


async def _unforeseen(_request: Request, error: Exception) -> Response:
    """Leave it to the one broad `except` of the front."""
    raise error


def _response(request: Request, error: DomainError, status: int) -> Response:
    headers = dict(problems.headers_of(error))
    if request.url.path.startswith("/osv/"):
        told = orjson.dumps(osv_errors.document(error, status))
        return Response(told, status, headers, media_type="application/json")
    body = orjson.dumps(problems.document(error, status))
    return Response(body, status, headers, media_type=problems.MEDIA_TYPE)


def _allowed(error: HTTPException) -> tuple[str, ...]:
    allowed = (error.headers or {}).get("Allow", "")
    methods = {method.strip() for method in allowed.split(",") if method.strip()}
    return tuple(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def _place(location: Sequence[int | str]) -> str:
    """Name the field that is wrong, as the caller wrote it."""
    kind, *path = location
    named = ".".join(str(part) for part in path)
    return f"{named} ({kind})" if named else f"the {kind}"
