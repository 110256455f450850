"""What is noted at a request: remarks for people, and what a resolution or a reading left out.

One JSON list: a remark is a string, everything else an object with one key that says what it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from packaging.version import Version
from sqlalchemy import Connection, select, update

from affineur.core.names import ProjectName
from affineur.core.requests import LeftOut, Request
from affineur.store.schema import request

_BEFORE = "approved_before"
_LEFT_OUT = "left_out"

_Kept = Sequence[Any]  # Any: JSON, as the column holds it


def written(new: Request) -> list[Any]:  # Any: JSON
    """Write down what is noted at a new request."""
    return [*new.notes, *({_LEFT_OUT: [one.what, one.why]} for one in new.left_out)]


def add(conn: Connection, request_id: int, remarks: Sequence[str]) -> None:
    """Add remarks."""
    _append(conn, request_id, remarks)


def keep_approved_before(
    conn: Connection, request_id: int, releases: Sequence[tuple[ProjectName, Version]]
) -> None:
    """Note which releases of the closure need no approval."""
    if releases:
        told = [[project, str(version)] for project, version in releases]
        _append(conn, request_id, [{_BEFORE: told}])


def remarks(kept: _Kept) -> tuple[str, ...]:
    """Give the remarks for people."""
    return tuple(one for one in kept if isinstance(one, str))


def approved_before(kept: _Kept) -> tuple[tuple[ProjectName, Version], ...]:
    """Give the releases of the closure that need no approval."""
    found = [pair for one in _objects(kept) for pair in one.get(_BEFORE, ())]
    return tuple((ProjectName(project), Version(version)) for project, version in found)


def left_out(kept: _Kept) -> tuple[LeftOut, ...]:
    """Give what was given and is not asked for."""
    return tuple(LeftOut(*one[_LEFT_OUT]) for one in _objects(kept) if _LEFT_OUT in one)


def _objects(kept: _Kept) -> list[Mapping[str, Any]]:  # Any: JSON
    return [one for one in kept if isinstance(one, dict)]


def _append(conn: Connection, request_id: int, more: _Kept) -> None:
    question = select(request.c.notes).where(request.c.id == request_id)
    before = conn.execute(question).scalar_one()
    conn.execute(update(request).where(request.c.id == request_id).values(notes=[*before, *more]))
