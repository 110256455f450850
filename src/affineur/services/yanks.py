"""Yanks: saying that a release should not be used for new work, and taking that back.

A yanked file is still served; clients take it only when exactly it is asked for, and print the
reason (PEP 592). It may be said of every file that a feed lists, also of approved ones. What an
external index yanks is yanked here as well: it comes with the file, and later with each page
that says so, and nobody here can take it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from packaging.version import Version
from sqlalchemy import Connection

from affineur.core.errors import Conflict, NotFound
from affineur.core.names import FeedName, ProjectName
from affineur.core.permissions import Actor, Permission, require
from affineur.services import origin_news
from affineur.services.blocks import one_line
from affineur.services.gear import Gear
from affineur.store import yanks as store
from affineur.store.yanks import Standing


@dataclass(frozen=True, slots=True)
class Yankable:
    """Which files of a feed: a release's, or one alone."""

    feed: FeedName
    project: ProjectName
    version: Version
    filename: str | None = None


def yank(gear: Gear, actor: Actor, what: Yankable, reason: str) -> tuple[str, ...]:
    """Yank files with a reason that clients print; return their names."""
    require(actor, Permission.FEED_YANK, what.feed)
    why = one_line(reason, "A yank needs a reason")
    now = gear.clock.now()
    with gear.db.writing() as conn:
        files = _meant(conn, what)
        new = [one for one in files if (one.yanked, one.is_own_saying) != (why, True)]
        store.yank(conn, now, new, why, is_own_saying=True)
        origin_news.record_yanks(conn, now, actor, dict.fromkeys(new, why))
    return tuple(one.filename for one in files)


def unyank(gear: Gear, actor: Actor, what: Yankable, reason: str) -> tuple[str, ...]:
    """Take yanks back; return the names of the files that were yanked.

    Raises `Conflict` when an external index yanks one of them.
    """
    require(actor, Permission.FEED_YANK, what.feed)
    why = one_line(reason, "Taking a yank back needs a reason")
    now = gear.clock.now()
    with gear.db.writing() as conn:
        files = [one for one in _meant(conn, what) if one.yanked is not None]
        if not files:
            raise NotFound(f"No file of {what.project} {what.version} is yanked in '{what.feed}'.")
        store.yank(conn, now, files, None, is_own_saying=False)
        origin_news.record_yanks(conn, now, actor, dict.fromkeys(files), why)
        _refuse_foreign(conn, what.project, files)
    return tuple(one.filename for one in files)


def _meant(conn: Connection, what: Yankable) -> list[Standing]:
    """Find the files that are meant; raise `NotFound` when the feed itself lists none."""
    release = [
        one
        for one in store.standing(conn, what.project)
        if one.version == what.version and what.filename in (None, one.filename)
    ]
    found = [one for one in release if one.feed == what.feed]
    if found:
        return found
    named = what.filename or f"file of {what.project} {what.version}"
    elsewhere = ", ".join(sorted({one.feed for one in release}))
    hint = f"It is listed in: {elsewhere}. Yank it there." if elsewhere else ""
    raise NotFound(f"'{what.feed}' itself lists no {named}.", hint=hint)


def _refuse_foreign(conn: Connection, project: ProjectName, files: Sequence[Standing]) -> None:
    told = store.told(conn, project)
    for one in files:
        reason = None if one.is_upload else told.get((one.filename, one.sha256))
        if reason is not None:
            raise Conflict(
                f"{one.filename} is yanked at its origin: {reason or 'no reason given'}.",
                hint="What its project yanks stays yanked here until its project takes it back.",
            )
