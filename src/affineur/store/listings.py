"""Files that we hold, and the feeds that they stand in.

A listing ends, it is never deleted. `claim` keeps the one digest that a filename may ever
have in a feed, through delete, block and promotion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from packaging.version import Version
from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from affineur.core.errors import FilenameTaken
from affineur.core.files import Filename, IndexFile
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.store import project_lists, yanks
from affineur.store.schema import claim, decision, discarded_blob, feed, file, listing

_MOST_NAMES = 1_000_000


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file whose bytes we hold, with what was read in it."""

    sha256: Sha256
    size_bytes: int
    metadata_sha256: Sha256 | None = None
    requires_python: str | None = None
    provenance_sha256: Sha256 | None = None
    """The digest of its provenance (PEP 740), which is a blob of its own."""

    @property
    def blobs(self) -> tuple[Sha256, ...]:
        """Everything that belongs to it: its bytes, and what was read in them or came along."""
        every = (self.sha256, self.metadata_sha256, self.provenance_sha256)
        return tuple(one for one in every if one is not None)


@dataclass(frozen=True, slots=True)
class NewListing:
    """A file that is to stand in a feed from now on."""

    filename: Filename
    sha256: Sha256
    uploaded_at: datetime | None
    is_upload: bool = False
    from_feed_id: int | None = None
    decision_id: int | None = None
    yanked: str | None = None
    """The reason of a yank that comes with it."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A listing with the decision that it rests on, for whoever asks why."""

    filename: str
    sha256: Sha256
    listed_at: datetime
    listed_by: str
    request_id: int | None
    comment: str | None


def keep_file(conn: Connection, now: datetime, held: HeldFile) -> None:
    """Record that the bytes are held; what was read in them is added to what is known.

    Nothing of it is on its way out any more (`store.cached`).
    """
    values = {
        "metadata_sha256": held.metadata_sha256,
        "requires_python": held.requires_python,
        "provenance_sha256": held.provenance_sha256,
    }
    known = {name: value for name, value in values.items() if value is not None}
    if held_file(conn, held.sha256) is None:
        conn.execute(
            insert(file).values(
                sha256=held.sha256,
                size_bytes=held.size_bytes,
                held_at=now,
                used_at=now,
                **values,
            )
        )
    else:
        conn.execute(update(file).where(file.c.sha256 == held.sha256).values(used_at=now, **known))
    wanted = discarded_blob.c.sha256.in_(held.blobs)
    if conn.execute(select(discarded_blob.c.sha256).where(wanted)).first() is not None:
        conn.execute(delete(discarded_blob).where(wanted))


def held_file(conn: Connection, sha256: Sha256) -> HeldFile | None:
    """Say what we know of a file that we hold; None when we do not hold it."""
    row = conn.execute(select(file).where(file.c.sha256 == sha256)).one_or_none()
    if row is None:
        return None
    return HeldFile(
        row.sha256, row.size_bytes, row.metadata_sha256, row.requires_python, row.provenance_sha256
    )


def add(
    conn: Connection, now: datetime, by: str, feed_id: int, new: Sequence[NewListing]
) -> tuple[NewListing, ...]:
    """List files in a feed; what already stands there with the same bytes is left as it is.

    Return what is newly listed. Raise `FilenameTaken` when a filename stands, or ever stood,
    for other bytes in this feed.
    """
    added = []
    for one in new:
        _claim(conn, feed_id, one)
        if stands(conn, feed_id, one.filename.text):
            continue
        conn.execute(
            insert(listing).values(feed_id=feed_id, listed_at=now, listed_by=by, **_columns(one))
        )
        added.append(one)
    project_lists.refresh(conn, [(feed_id, one.filename.project) for one in added])
    return tuple(added)


def end(conn: Connection, now: datetime, by: str, feed_id: int, ending: tuple[str, str]) -> bool:
    """End the current listing of `(filename, why)` in a feed; False when there is none."""
    filename, why = ending
    done = conn.execute(
        update(listing)
        .where(
            listing.c.feed_id == feed_id,
            listing.c.filename == filename,
            listing.c.ended_at.is_(None),
        )
        .values(ended_at=now, ended_by=by, ended_why=why)
    )
    project_lists.refresh(conn, [(feed_id, Filename.parse(filename).project)])
    return done.rowcount == 1


def claimed_by(conn: Connection, feed_id: int, filename: str) -> Sha256 | None:
    """Give the digest that a filename has in a feed for ever; None when it is still free."""
    question = select(claim.c.sha256).where(
        claim.c.feed_id == feed_id, claim.c.filename == filename
    )
    return conn.execute(question).scalar_one_or_none()


def stands(conn: Connection, feed_id: int, filename: str) -> bool:
    """Whether a file of that name stands in the feed now."""
    question = select(listing.c.id).where(
        listing.c.feed_id == feed_id,
        listing.c.filename == filename,
        listing.c.ended_at.is_(None),
    )
    return conn.execute(question).first() is not None


def was_ever_listed(conn: Connection, sha256: Sha256) -> bool:
    """Whether these bytes stand, or ever stood, in any feed."""
    question = select(listing.c.id).where(listing.c.sha256 == sha256).limit(1)
    return conn.execute(question).first() is not None


def files_of(
    conn: Connection, project: ProjectName, at: datetime | None = None
) -> Mapping[FeedName, tuple[IndexFile, ...]]:
    """Give the current files of a project in every feed, oldest listing first.

    With `at`: those that stood there at that moment, yanked if they were yanked then.
    """
    question = (
        select(
            feed.c.name.label("feed_name"),
            listing.c.filename,
            listing.c.sha256,
            listing.c.uploaded_at,
            (listing.c.yanked if at is None else yanks.reason_at(at)).label("yanked"),
            file.c.size_bytes,
            file.c.metadata_sha256,
            file.c.requires_python,
            file.c.provenance_sha256,
            file.c.held_at,
        )
        .join(feed, feed.c.id == listing.c.feed_id)
        .join(file, file.c.sha256 == listing.c.sha256)
        .where(listing.c.project == project, _standing(at))
        .order_by(listing.c.id)
    )
    found: dict[FeedName, list[IndexFile]] = {}
    for row in conn.execute(question):
        found.setdefault(FeedName(row.feed_name), []).append(_index_file(row))
    return {name: tuple(files) for name, files in found.items()}


def listed_digests(conn: Connection, feed_id: int, digests: Iterable[Sha256]) -> set[Sha256]:
    """Which of these digests stand in the feed now."""
    wanted = list(digests)
    found: set[Sha256] = set()
    for start in range(0, len(wanted), 500):
        question = select(listing.c.sha256).where(
            listing.c.feed_id == feed_id,
            listing.c.ended_at.is_(None),
            listing.c.sha256.in_(wanted[start : start + 500]),
        )
        found.update(Sha256(row.sha256) for row in conn.execute(question))
    return found


def listed(conn: Connection, feed_id: int, project: ProjectName) -> tuple[Listed, ...]:
    """Give the current listings of a project in a feed, with the decisions they rest on."""
    question = (
        select(
            listing.c.filename,
            listing.c.sha256,
            listing.c.listed_at,
            listing.c.listed_by,
            decision.c.request_id,
            decision.c.comment,
        )
        .outerjoin(decision, decision.c.id == listing.c.decision_id)
        .where(
            listing.c.feed_id == feed_id,
            listing.c.project == project,
            listing.c.ended_at.is_(None),
        )
        .order_by(listing.c.id)
    )
    return tuple(Listed(*row) for row in conn.execute(question))


def releases(conn: Connection, feed_id: int) -> tuple[tuple[ProjectName, Version], ...]:
    """List the releases with a current file in a feed."""
    question = (
        select(listing.c.project, listing.c.version)
        .where(listing.c.feed_id == feed_id, listing.c.ended_at.is_(None))
        .distinct()
        .order_by(listing.c.project, listing.c.version)
        .limit(_MOST_NAMES)
    )
    return tuple((ProjectName(row.project), Version(row.version)) for row in conn.execute(question))


def project_names(
    conn: Connection, feed_ids: Sequence[int], at: datetime | None = None
) -> tuple[ProjectName, ...]:
    """Give the projects with a current file in any of these feeds, in order.

    With `at`: those with a file that stood there at that moment.
    """
    question = (
        select(listing.c.project)
        .where(listing.c.feed_id.in_(feed_ids), _standing(at))
        .distinct()
        .order_by(listing.c.project)
        .limit(_MOST_NAMES)
    )
    return tuple(ProjectName(row.project) for row in conn.execute(question))


def names_ever(conn: Connection, feed_id: int, at: datetime | None = None) -> set[ProjectName]:
    """Give the projects that have, or ever had, a file in a feed; with `at`, up to then."""
    question = select(listing.c.project).where(listing.c.feed_id == feed_id).distinct()
    if at is not None:
        question = question.where(listing.c.listed_at <= at)
    return {ProjectName(project) for project in conn.scalars(question)}


def uploaded_names(conn: Connection) -> set[ProjectName]:
    """Give the projects that have, or ever had, an upload in any feed."""
    question = select(listing.c.project).where(listing.c.is_upload.is_(True)).distinct()
    return {ProjectName(project) for project in conn.scalars(question)}


def held_sizes(conn: Connection) -> dict[Sha256, int]:
    """Give the size of every file that we hold, in bytes."""
    question = select(file.c.sha256, file.c.size_bytes).order_by(file.c.held_at)
    return {Sha256(row.sha256): row.size_bytes for row in conn.execute(question)}


def attached_digests(conn: Connection) -> set[Sha256]:
    """Give the digests of all core metadata and provenance that we hold."""
    columns = (file.c.metadata_sha256, file.c.provenance_sha256)
    return {
        Sha256(digest)
        for column in columns
        for digest in conn.scalars(select(column).where(column.is_not(None)))
    }


def _standing(at: datetime | None) -> ColumnElement[bool]:
    if at is None:
        return listing.c.ended_at.is_(None)
    ended = listing.c.ended_at
    return (listing.c.listed_at <= at) & (ended.is_(None) | (ended > at))


def _claim(conn: Connection, feed_id: int, new: NewListing) -> None:
    standing = claimed_by(conn, feed_id, new.filename.text)
    if standing is None:
        conn.execute(
            insert(claim).values(feed_id=feed_id, filename=new.filename.text, sha256=new.sha256)
        )
    elif standing != new.sha256:
        raise FilenameTaken(
            f"File already exists: {new.filename.text} stands in this feed with other bytes.",
            hint="A filename keeps its bytes for ever; publish under a new version.",
        )


def _columns(new: NewListing) -> dict[str, object]:
    return {
        "project": new.filename.project,
        "version": str(new.filename.version),
        "filename": new.filename.text,
        "sha256": new.sha256,
        "uploaded_at": new.uploaded_at,
        "is_upload": new.is_upload,
        "from_feed_id": new.from_feed_id,
        "decision_id": new.decision_id,
        "yanked": new.yanked,
    }


def _index_file(row: Any) -> IndexFile:  # Any: the columns selected above
    return IndexFile(
        filename=Filename.parse(row.filename),
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        uploaded_at=row.uploaded_at,
        requires_python=row.requires_python,
        yanked=row.yanked,
        metadata_sha256=row.metadata_sha256,
        first_seen_at=row.held_at if row.uploaded_at is None else None,
        provenance_sha256=row.provenance_sha256,
    )
