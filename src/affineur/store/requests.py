"""Requests, their items and files, and the decisions made on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import Version
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Text,
    case,
    cast,
    func,
    insert,
    null,
    or_,
    select,
    update,
)

from affineur.core.files import Filename
from affineur.core.findings import Assessment, Verdict
from affineur.core.names import FeedName
from affineur.core.requests import (
    Ask,
    Decision,
    Item,
    ItemAnswer,
    ItemState,
    Release,
    Request,
    RequestFile,
    RequestState,
)
from affineur.store import assessments, comments, notes
from affineur.store.schema import decision, feed, file, request, request_file, request_item

_NO_DOCUMENT: ColumnElement[Any] = null().label("document")  # Any: null's own


@dataclass(frozen=True, slots=True)
class Which:
    """Which requests are wanted, newest first, of those that may be seen. None means any."""

    readable: tuple[FeedName, ...]
    """All requests into these feeds may be seen."""
    own_of: str | None
    """The requests of this requester may be seen, too, into whatever feed."""
    state: RequestState | None = None
    requester: str | None = None
    feed: FeedName | None = None
    before: int | None = None
    text: str | None = None
    limit: int = 50


def add(conn: Connection, feed_id: int, new: Request) -> int:
    """Keep a new request; return its number."""
    done = conn.execute(
        insert(request).values(
            feed_id=feed_id,
            state=new.state,
            requirements=list(new.ask.requirements),
            document=new.ask.document,
            document_name=new.ask.document_name,
            reason=new.reason,
            requester=new.requester,
            used_in=new.used_in,
            is_draft=new.is_draft,
            notes=notes.written(new),
            created_at=new.created_at,
            changed_at=new.created_at,
        )
    )
    key = done.inserted_primary_key
    return int(key[0]) if key else 0


def move(
    conn: Connection, now: datetime, request_id: int, step: tuple[RequestState, RequestState]
) -> bool:
    """Change the state from the first to the second of `step`; False when it was not the first."""
    done = conn.execute(
        update(request)
        .where(request.c.id == request_id, request.c.state == step[0])
        .values(state=step[1], changed_at=now)
    )
    return done.rowcount == 1


def add_notes(conn: Connection, request_id: int, remarks: Sequence[str]) -> None:
    """Add remarks to a request."""
    notes.add(conn, request_id, remarks)


def add_item(conn: Connection, request_id: int, release: Release) -> int:
    """Add a release with its files; return the item's number."""
    done = conn.execute(
        insert(request_item).values(
            request_id=request_id,
            project=release.project,
            version=str(release.version),
            state=ItemState.WAITING,
        )
    )
    key = done.inserted_primary_key
    item_id = int(key[0]) if key else 0
    rows = [
        {
            "item_id": item_id,
            "filename": one.filename.text,
            "sha256": one.sha256,
            "size_bytes": one.size_bytes,
            "uploaded_at": one.uploaded_at,
        }
        for one in release.files
    ]
    conn.execute(insert(request_file), rows)
    return item_id


def judge_item(conn: Connection, item: Item) -> bool:
    """Record what vetting and policy say of an item; False when that was done before."""
    done = conn.execute(
        update(request_item)
        .where(request_item.c.id == item.id, request_item.c.state == ItemState.WAITING)
        .values(
            state=item.state,
            verdict=item.verdict,
            reasons=list(item.reasons),
            note=item.note,
            risk=item.risk,
        )
    )
    if done.rowcount != 1:
        return False
    for one in item.assessments:
        conn.execute(
            update(request_file)
            .where(request_file.c.item_id == item.id, request_file.c.sha256 == one.sha256)
            .values(assessment_id=assessments.keep(conn, one))
        )
    return True


def rejudge_item(conn: Connection, item: Item) -> None:
    """Record what the policy says of an item that was judged before."""
    conn.execute(
        update(request_item)
        .where(request_item.c.id == item.id, request_item.c.state != ItemState.WAITING)
        .values(verdict=item.verdict, reasons=list(item.reasons), risk=item.risk)
    )


def in_review(conn: Connection, feed_id: int) -> tuple[int, ...]:
    """Give the requests into a feed that wait for a person, oldest first, 10,000 at most."""
    question = select(request.c.id).where(
        request.c.feed_id == feed_id, request.c.state == RequestState.REVIEW
    )
    return tuple(conn.scalars(question.order_by(request.c.id).limit(10_000)))


def add_decision(
    conn: Connection, request_id: int | None, new: Decision, evidence: Mapping[str, Any]
) -> int:  # Any: JSON
    """Keep a decision with the evidence that it was made on; return its number."""
    done = conn.execute(
        insert(decision).values(
            request_id=request_id,
            verdict=new.verdict,
            comment=new.comment,
            decided_by=new.by,
            decided_at=new.at,
            digests=list(new.digests),
            evidence=dict(evidence),
            is_exact=new.is_exact,
        )
    )
    key = done.inserted_primary_key
    return int(key[0]) if key else 0


def load_item(conn: Connection, item_id: int) -> tuple[Item, Request] | None:
    """Give one item, and its request without the others."""
    question = select(request_item.c.request_id).where(request_item.c.id == item_id)
    request_id = conn.execute(question).scalar_one_or_none()
    if request_id is None:
        return None
    row = conn.execute(summary().where(request.c.id == request_id)).one()
    (item,) = _items(conn, request_item.c.id == item_id)
    return item, read(row)


def is_waiting(conn: Connection, request_id: int) -> bool:
    """Say whether some item of a request waits for vetting."""
    question = select(request_item.c.id).where(
        request_item.c.request_id == request_id, request_item.c.state == ItemState.WAITING
    )
    return conn.execute(question.limit(1)).first() is not None


def load(conn: Connection, request_id: int) -> Request | None:
    """Give a request with its items, assessments and decisions."""
    question = summary(request.c.document).where(request.c.id == request_id)
    row = conn.execute(question).one_or_none()
    if row is None:
        return None
    return replace(
        read(row),
        items=_items(conn, request_item.c.request_id == request_id),
        decisions=_decisions(conn, request_id),
        comments=comments.of_request(conn, request_id),
    )


def load_summary(conn: Connection, request_id: int) -> Request | None:
    """Give a request without its items."""
    row = conn.execute(summary().where(request.c.id == request_id)).one_or_none()
    return None if row is None else read(row)


def count_vetted(conn: Connection, request_id: int) -> tuple[int, int]:
    """Count the items of a request that were vetted, and all of them."""
    question = select(
        func.count(case((request_item.c.state != ItemState.WAITING, 1))), func.count()
    ).where(request_item.c.request_id == request_id)
    vetted, every = conn.execute(question).one()
    return vetted, every


def recent(conn: Connection, which: Which) -> tuple[Request, ...]:
    """List requests without their items, newest first; `extra` holds the count of items.

    Drafts are in no such list; see `store.drafts`.
    """
    may_be_seen = or_(feed.c.name.in_(which.readable), request.c.requester == which.own_of)
    sent = summary().where(may_be_seen, request.c.is_draft.is_(False))
    question = sent.order_by(request.c.id.desc()).limit(which.limit)
    if which.state is not None:
        question = question.where(request.c.state == which.state)
    if which.requester is not None:
        question = question.where(request.c.requester == which.requester)
    if which.feed is not None:
        question = question.where(feed.c.name == which.feed)
    if which.text:
        question = question.where(_speaks_of(which.text))
    if which.before is not None:
        question = question.where(request.c.id < which.before)
    return tuple(read(row) for row in conn.execute(question))


def _speaks_of(text: str) -> ColumnElement[bool]:
    """Find a word in what was asked for, or at the beginning of a project in the closure."""
    begins = request_item.c.project.startswith(canonicalize_name(text), autoescape=True)
    return or_(
        cast(request.c.requirements, Text).icontains(text, autoescape=True),
        request.c.id.in_(select(request_item.c.request_id).where(begins)),
    )


def summary(
    document: ColumnElement[Any] = _NO_DOCUMENT,
) -> Any:  # Any: a Select of the columns that `read` reads
    """Ask for requests; without their documents, which are large, unless told otherwise."""
    items = (
        select(func.count())
        .select_from(request_item)
        .where(request_item.c.request_id == request.c.id)
        .scalar_subquery()
    )
    columns = [one for one in request.c if one.name != "document"]
    return select(
        *columns, document, feed.c.name.label("feed_name"), items.label("item_count")
    ).join(feed, feed.c.id == request.c.feed_id)


def read(row: Row[Any]) -> Request:  # Any: the columns of `summary`
    """Read a request without its items."""
    return Request(
        id=row.id,
        feed=row.feed_name,
        ask=Ask(tuple(row.requirements), row.document, row.document_name),
        requester=row.requester,
        reason=row.reason,
        state=RequestState(row.state),
        created_at=row.created_at,
        notes=notes.remarks(row.notes),
        used_in=row.used_in,
        is_draft=row.is_draft,
        awaits_requester=row.awaits == comments.REQUESTER,
        approved_before=notes.approved_before(row.notes),
        left_out=notes.left_out(row.notes),
        extra={"item_count": str(row.item_count)},
    )


def _items(conn: Connection, which: ColumnElement[bool]) -> tuple[Item, ...]:
    rows = conn.execute(
        select(request_item).where(which).order_by(request_item.c.project, request_item.c.id)
    ).all()
    files = conn.execute(
        select(request_file, file.c.size_bytes.label("held_bytes"))
        .join(request_item, request_item.c.id == request_file.c.item_id)
        .outerjoin(file, file.c.sha256 == request_file.c.sha256)
        .where(which)
        .order_by(request_file.c.id)
    ).all()
    ids = [row.assessment_id for row in files if row.assessment_id is not None]
    assessed = assessments.by_ids(conn, ids)
    by_item: dict[int, list[Row[Any]]] = {}  # Any: the columns of the table
    for one in files:
        by_item.setdefault(one.item_id, []).append(one)
    return tuple(_item(row, by_item.get(row.id, []), assessed) for row in rows)


def _item(
    row: Row[Any], files: Sequence[Row[Any]], assessed: Mapping[int, Assessment]
) -> Item:  # Any: the columns of the tables
    named = [(Filename.parse(one.filename), one) for one in files]
    version = named[0][0].version if named else Version(row.version)
    return Item(
        id=row.id,
        release=Release(
            row.project,
            version,
            tuple(
                RequestFile(n, f.sha256, f.held_bytes or f.size_bytes, f.uploaded_at)
                for n, f in named
            ),
        ),
        state=ItemState(row.state),
        verdict=Verdict(row.verdict) if row.verdict else None,
        reasons=tuple(row.reasons),
        assessments=tuple(
            assessed[one.assessment_id] for one in files if one.assessment_id in assessed
        ),
        note=row.note,
        risk=row.risk,
        answer=ItemAnswer(row.answer) if row.answer else None,
        decision_id=row.decision_id,
    )


def _decisions(conn: Connection, request_id: int) -> tuple[Decision, ...]:
    question = select(decision).where(decision.c.request_id == request_id).order_by(decision.c.id)
    return tuple(
        Decision(
            row.id,
            RequestState(row.verdict),
            row.comment,
            row.decided_by,
            row.decided_at,
            tuple(row.digests),
            row.is_exact,
        )
        for row in conn.execute(question)
    )
