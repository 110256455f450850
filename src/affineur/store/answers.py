"""The answers to the items of requests: an item that has one never gets another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from affineur.core.requests import ItemAnswer, RequestState
from affineur.store.schema import request, request_item

_AT_ONCE = 500


def note_change(conn: Connection, now: datetime, request_id: int, state: RequestState) -> bool:
    """Note that a request in this state was changed; False when it is in another one."""
    done = conn.execute(
        update(request)
        .where(request.c.id == request_id, request.c.state == state)
        .values(changed_at=now)
    )
    return done.rowcount == 1


def give(conn: Connection, items: Sequence[int], answer: ItemAnswer, decision_id: int) -> bool:
    """Give items that are open their answer; False when one of them had one."""
    answered = 0
    for start in range(0, len(items), _AT_ONCE):
        some = items[start : start + _AT_ONCE]
        done = conn.execute(
            update(request_item)
            .where(request_item.c.id.in_(some), request_item.c.answer.is_(None))
            .values(answer=answer, decision_id=decision_id)
        )
        answered += done.rowcount
    return answered == len(items)


def of_request(conn: Connection, request_id: int) -> tuple[ItemAnswer | None, ...]:
    """Give the answer to each item of a request; None for one that is open."""
    question = select(request_item.c.answer).where(request_item.c.request_id == request_id)
    return tuple(ItemAnswer(one) if one else None for one in conn.scalars(question))
