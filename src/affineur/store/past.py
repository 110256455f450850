"""What external indexes said before: snapshots as they were at a moment in the past.

Whenever a snapshot is replaced by one that says anything else, the difference is kept: what
was said of each file that changed, went or came, until the index was asked last. Going back
from the newest snapshot, difference by difference, gives what was known at any moment since;
what was said before the first snapshot is taken from that one. See decision 0013.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, insert, select

from affineur.core.names import ProjectName
from affineur.store.schema import past_snapshot

Told = dict[str, Any]  # Any: columns of a snapshot's row, as JSON
"""What a snapshot says: `is_missing`, what stands in `facts`, and `files` by their names."""

_WHERE = frozenset({"location", "metadata_location", "provenance_location"})
"""Where bytes are to be had: many indexes change it with every answer, and no page shows it."""
_MOST_BYTES = 16 * 1024 * 1024
_MOST_ROWS = 2000


def told(is_missing: object, facts: Mapping[str, Any], files: Iterable[Told]) -> Told:
    """Put together what a snapshot says."""
    return {
        "is_missing": is_missing,
        "facts": {name: value for name, value in facts.items() if name != "reading"},
        "files": {one["filename"]: one for one in files},
    }


def keep(
    conn: Connection, of: tuple[int, ProjectName], before: tuple[Told, datetime], now: Told
) -> None:
    """Keep what was said until a moment (`before`), as far as it differs from what is said now.

    A project that changes too often, or too much, loses what is older: nobody can say then
    what it was.
    """
    was, until_at = before
    difference = _difference(was, now)
    if not difference:
        return
    connector_id, project = of
    row: dict[str, Any] = {"connector_id": connector_id, "project": project, "until_at": until_at}
    if _is_too_much(conn, of, difference):
        conn.execute(delete(past_snapshot).where(*_is(of)))
        conn.execute(insert(past_snapshot).values(**row, was=None))
    else:
        conn.execute(insert(past_snapshot).values(**row, was=difference))


def at(conn: Connection, of: tuple[int, ProjectName], now: Told, moment: datetime) -> Told | None:
    """Go back from what is said now to what was said at a moment; None when that is not known."""
    question = (
        select(past_snapshot.c.was)
        .where(*_is(of), past_snapshot.c.until_at > moment)
        .order_by(past_snapshot.c.until_at.desc(), past_snapshot.c.id.desc())
    )
    said = {**now, "files": dict(now["files"])}
    for was in conn.scalars(question):
        if was is None:
            return None
        _go_back(said, was)
    return said


def _difference(was: Told, now: Told) -> Told:
    names = was["files"].keys() | now["files"].keys()
    files = {
        name: was["files"].get(name)
        for name in names
        if _shown(was["files"].get(name)) != _shown(now["files"].get(name))
    }
    difference: Told = {"files": files} if files else {}
    for part in ("is_missing", "facts"):
        if was[part] != now[part]:
            difference[part] = was[part]
    return difference


def _go_back(said: Told, was: Told) -> None:
    files: dict[str, Any] = said["files"]  # Any: JSON
    for name, file in was.get("files", {}).items():
        if file is None:
            files.pop(name, None)
        else:
            files[name] = file
    said.update((part, was[part]) for part in ("is_missing", "facts") if part in was)


def _shown(file: Told | None) -> Told | None:
    """Leave out what no page shows; that there is a provenance is shown, not where."""
    if not file:
        return file
    shown = {name: value for name, value in file.items() if name not in _WHERE}
    return shown | {"has_provenance": "provenance_location" in file}


def _is_too_much(conn: Connection, of: tuple[int, ProjectName], difference: Told) -> bool:
    count = select(func.count()).where(*_is(of)).select_from(past_snapshot)
    return len(orjson.dumps(difference)) > _MOST_BYTES or conn.scalar(count) == _MOST_ROWS


def _is(of: tuple[int, ProjectName]) -> Sequence[Any]:  # Any: SQL conditions
    return past_snapshot.c.connector_id == of[0], past_snapshot.c.project == of[1]
