"""The names that external indexes list: which blob has them, and since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from affineur.core.names import Sha256
from affineur.store import cached
from affineur.store.schema import discarded_blob, root_list


@dataclass(frozen=True, slots=True)
class RootList:
    """All names of an external index: a blob of one normalised name a line, sorted."""

    names_sha256: Sha256
    count: int
    fetched_at: datetime
    etag: str | None = None


def root_lists(conn: Connection, connector_ids: Iterable[int]) -> Mapping[int, RootList]:
    """Give the lists of connectors, as far as there are any."""
    question = select(
        root_list.c.connector_id,
        root_list.c.names_sha256,
        root_list.c.count,
        root_list.c.fetched_at,
        root_list.c.etag,
    ).where(root_list.c.connector_id.in_(list(connector_ids)))
    return {number: RootList(*told) for number, *told in conn.execute(question)}


def touch(conn: Connection, connector_id: int, now: datetime) -> None:
    """Note that a list is as it was."""
    is_it = root_list.c.connector_id == connector_id
    conn.execute(update(root_list).where(is_it).values(fetched_at=now))


def keep(conn: Connection, connector_id: int, new: RootList) -> None:
    """Keep a list in the place of the one before, whose blob is let go."""
    before = root_lists(conn, [connector_id]).get(connector_id)
    conn.execute(delete(root_list).where(root_list.c.connector_id == connector_id))
    conn.execute(
        insert(root_list).values(
            connector_id=connector_id,
            names_sha256=new.names_sha256,
            count=new.count,
            etag=new.etag,
            fetched_at=new.fetched_at,
        )
    )
    cached.forget_discarded(conn, [new.names_sha256])
    if before is not None and not cached.named(conn, [before.names_sha256]):
        gone = discarded_blob.c.sha256 == before.names_sha256
        conn.execute(delete(discarded_blob).where(gone))
        conn.execute(
            insert(discarded_blob).values(
                sha256=before.names_sha256, size_bytes=0, discarded_at=new.fetched_at
            )
        )
