"""Blocks: what nothing serves any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from packaging.version import Version
from sqlalchemy import Connection, Row, insert, select, update

from affineur.core.blocks import Block
from affineur.core.names import ProjectName
from affineur.store.schema import block

_MOST = 10_000
PAGE = 50


@dataclass(frozen=True, slots=True)
class PastBlock:
    """A block, and when and why it was lifted, if it was."""

    block: Block
    ended_at: datetime | None = None
    ended_by: str | None = None
    ended_why: str | None = None


def add(conn: Connection, new: Block) -> Block:
    """Keep a block and give it its number."""
    done = conn.execute(
        insert(block).values(
            project=new.project,
            version=str(new.version) if new.version else None,
            sha256=new.sha256,
            reason=new.reason,
            is_malware=new.is_malware,
            blocked_at=new.at,
            blocked_by=new.by,
        )
    )
    key = done.inserted_primary_key
    return Block(
        key[0] if key else 0,
        new.project,
        new.version,
        new.sha256,
        new.reason,
        new.by,
        new.at,
        new.is_malware,
    )


def current(conn: Connection, project: ProjectName | None = None) -> tuple[Block, ...]:
    """Give the blocks that hold now, of one project or of all, oldest first."""
    question = select(block).where(block.c.ended_at.is_(None)).order_by(block.c.id).limit(_MOST)
    if project is not None:
        question = question.where(block.c.project == project)
    return tuple(_block(row) for row in conn.execute(question))


def load(conn: Connection, block_id: int) -> Block | None:
    """Give a block by its number, whether it holds or not."""
    found = load_past(conn, block_id)
    return None if found is None else found.block


def load_past(conn: Connection, block_id: int) -> PastBlock | None:
    """Give a block by its number, with its end."""
    row = conn.execute(select(block).where(block.c.id == block_id)).one_or_none()
    return None if row is None else _past(row)


def listed(conn: Connection, before: int | None, *, only_holding: bool) -> list[PastBlock]:
    """Give a page of blocks, newest first, those before a number; or those that hold alone."""
    question = select(block).order_by(block.c.id.desc()).limit(PAGE)
    if before is not None:
        question = question.where(block.c.id < before)
    if only_holding:
        question = question.where(block.c.ended_at.is_(None))
    return [_past(row) for row in conn.execute(question)]


def of_projects(conn: Connection, projects: Sequence[ProjectName]) -> tuple[Block, ...]:
    """Give the blocks that hold now of any of these projects, oldest first."""
    holds = block.c.ended_at.is_(None) & block.c.project.in_(projects)
    question = select(block).where(holds).order_by(block.c.id).limit(_MOST)
    return tuple(_block(row) for row in conn.execute(question))


def hidden_projects(conn: Connection) -> frozenset[ProjectName]:
    """Give the projects that are blocked whole, as malware: nobody may know that they exist."""
    question = select(block.c.project).where(
        block.c.ended_at.is_(None),
        block.c.is_malware.is_(True),
        block.c.version.is_(None),
        block.c.sha256.is_(None),
    )
    return frozenset(ProjectName(project) for project in conn.scalars(question))


def end(conn: Connection, now: datetime, by: str, block_id: int, why: str) -> bool:
    """Lift a block; False when it does not hold any more."""
    done = conn.execute(
        update(block)
        .where(block.c.id == block_id, block.c.ended_at.is_(None))
        .values(ended_at=now, ended_by=by, ended_why=why)
    )
    return done.rowcount == 1


def _past(row: Row[Any]) -> PastBlock:  # Any: the columns of the table
    return PastBlock(_block(row), row.ended_at, row.ended_by, row.ended_why)


def _block(row: Row[Any]) -> Block:  # Any: the columns of the table
    return Block(
        id=row.id,
        project=row.project,
        version=Version(row.version) if row.version else None,
        sha256=row.sha256,
        reason=row.reason,
        by=row.blocked_by,
        at=row.blocked_at,
        is_malware=row.is_malware,
    )
