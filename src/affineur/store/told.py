"""Which core metadata external indexes told of wheels that we did not hold.

It stands beside the first sight of the file: only the digest, to be compared with what is
read in the wheel when we hold it. See docs/decisions/0010-core-metadata-before-the-wheel.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from affineur.core.files import Filename
from affineur.core.names import Sha256
from affineur.store.schema import connector, first_sight, incident


@dataclass(frozen=True, slots=True)
class Saying:
    """An index told this core metadata of a wheel."""

    connector_id: int
    filename: Filename
    sha256: Sha256
    """The wheel."""
    metadata_sha256: Sha256


def told(conn: Connection, connector_id: int, filename: Filename, sha256: Sha256) -> Sha256 | None:
    """Give the digest of the core metadata that was told first of a wheel."""
    question = select(first_sight.c.told_metadata).where(
        first_sight.c.connector_id == connector_id,
        first_sight.c.filename == filename.text,
        first_sight.c.sha256 == sha256,
    )
    return conn.execute(question).scalar_one_or_none()


def remember(conn: Connection, sayings: Sequence[Saying]) -> None:
    """Note what was told of wheels; what was told of one before stays."""
    for one in sayings:
        conn.execute(
            update(first_sight)
            .where(
                first_sight.c.connector_id == one.connector_id,
                first_sight.c.filename == one.filename.text,
                first_sight.c.sha256 == one.sha256,
                first_sight.c.told_metadata.is_(None),
            )
            .values(told_metadata=one.metadata_sha256)
        )


def disproved(
    conn: Connection, filename: Filename, sha256: Sha256, metadata_sha256: Sha256
) -> Mapping[int, Sha256]:
    """Give what connectors told that is not the core metadata in the wheel, each only once."""
    told_otherwise = (
        first_sight.c.connector_id.in_(select(connector.c.id)),  # so that the key is used
        first_sight.c.filename == filename.text,
        first_sight.c.sha256 == sha256,
        first_sight.c.told_metadata != metadata_sha256,
    )
    question = select(first_sight.c.connector_id, first_sight.c.told_metadata)
    claims = {row[0]: Sha256(row[1]) for row in conn.execute(question.where(*told_otherwise))}
    if claims:
        settled = update(first_sight).where(*told_otherwise)
        conn.execute(settled.values(told_metadata=metadata_sha256))
    return claims


def record_incident(conn: Connection, now: datetime, filename: Filename, what: str) -> None:
    """Record that core metadata which was told of a wheel was not the wheel's."""
    conn.execute(
        insert(incident).values(
            kind="changed-metadata", project=filename.project, what=what, happened_at=now
        )
    )
