"""What people said about requests, and whether a question to the requester is open."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from affineur.core.talk import Comment, CommentKind
from affineur.store.schema import request, request_comment

REQUESTER = "requester"
"""Stands in `request.awaits` while a question to the requester is open."""
MOST = 500


def add(conn: Connection, request_id: int, new: Comment) -> int:
    """Keep a comment; return its number."""
    done = conn.execute(
        insert(request_comment).values(
            request_id=request_id,
            kind=new.kind,
            author=new.author,
            said=new.said,
            said_at=new.at,
        )
    )
    key = done.inserted_primary_key
    return int(key[0]) if key else 0


def set_awaiting(conn: Connection, now: datetime, request_id: int, *, requester: bool) -> None:
    """Say whether a request waits for its requester to answer."""
    conn.execute(
        update(request)
        .where(request.c.id == request_id)
        .values(awaits=REQUESTER if requester else None, changed_at=now)
    )


def of_request(conn: Connection, request_id: int) -> tuple[Comment, ...]:
    """Give what was said about a request, oldest first, 500 at most."""
    question = select(request_comment).where(request_comment.c.request_id == request_id)
    return tuple(
        Comment(row.id, CommentKind(row.kind), row.author, row.said, row.said_at)
        for row in conn.execute(question.order_by(request_comment.c.id).limit(MOST))
    )


def count(conn: Connection, request_id: int) -> int:
    """Count what was said about a request."""
    question = select(func.count()).where(request_comment.c.request_id == request_id)
    return conn.execute(question).scalar_one()
