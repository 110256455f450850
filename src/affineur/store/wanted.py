"""Questions about what was wanted in vain, and letting go of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
)

from affineur.core.names import FeedName, ProjectName
from affineur.core.pages import Rule
from affineur.core.requests import RequestState
from affineur.core.usage import UNKNOWN
from affineur.core.wanted import Became, Wanted, Wisher
from affineur.store.schema import block, connector, feed, listing, request, request_item
from affineur.store.schema_usage import wanted, wanted_by
from affineur.store.usage import HIDDEN

_MOST_WISHERS = 5
_MOST_REQUESTS = 2_000
_APPROVABLE = (Rule.NOT_APPROVED, Rule.FILTER, UNKNOWN)
"""What an approval answers. Malware is known by advisories, too: it stays on the list."""
_WAITING = (RequestState.RESOLVING, RequestState.VETTING, RequestState.REVIEW)
_REFUSED = (RequestState.REJECTED, RequestState.DENIED)


@dataclass(frozen=True, slots=True)
class Which:
    """Which wishes are listed."""

    readable: Sequence[FeedName]
    """Feeds of which everybody's wishes are shown."""
    deciding: Sequence[FeedName]
    """Feeds of which hidden rules are shown."""
    own_of: str | None
    """Whose own wishes are shown wherever they are; None: nobody's."""
    only_own: bool = False
    feed: FeedName | None = None
    rule: str | None = None
    text: str = ""
    with_given: bool = False
    by_count: bool = False
    after: tuple[datetime | int, int] | None = None
    """The moment or count, and the number, of the last one before."""
    limit: int = 50


def listed(conn: Connection, which: Which) -> tuple[Wanted, ...]:
    """List what was wanted: the last first, or the most wanted."""
    key = wanted.c.count if which.by_count else wanted.c.last_at
    is_given = _is_given()
    question = (
        select(wanted, feed.c.name.label("feed_name"), is_given.label("is_given"))
        .join(feed, feed.c.id == wanted.c.feed_id)
        .where(*_conditions(which))
        .order_by(key.desc(), wanted.c.id.desc())
        .limit(which.limit)
    )
    if not which.with_given:
        question = question.where(~is_given)
    if which.after is not None:
        question = question.where(tuple_(key, wanted.c.id) < which.after)
    rows = conn.execute(question).all()
    wishers = _wishers(conn, [row.id for row in rows], which)
    found = tuple(_wanted(row, wishers[row.id], which) for row in rows)
    return _became(conn, found)


def load(conn: Connection, wanted_id: int) -> Wanted | None:
    """Give one wish, without its wishers."""
    question = (
        select(wanted, feed.c.name.label("feed_name"), _is_given().label("is_given"))
        .join(feed, feed.c.id == wanted.c.feed_id)
        .where(wanted.c.id == wanted_id)
    )
    row = conn.execute(question).one_or_none()
    if row is None:
        return None
    name = FeedName(row.feed_name)
    return _wanted(row, (0, ()), Which((name,), (name,), None))


def forget(conn: Connection, wanted_id: int) -> None:
    """Forget a wish."""
    conn.execute(delete(wanted_by).where(wanted_by.c.wanted_id == wanted_id))
    conn.execute(delete(wanted).where(wanted.c.id == wanted_id))


def _conditions(which: Which) -> list[ColumnElement[bool]]:
    own = exists().where(wanted_by.c.wanted_id == wanted.c.id, wanted_by.c.who == which.own_of)
    shown = [feed.c.name.in_(which.readable)] if not which.only_own else []
    found: list[ColumnElement[bool]] = [or_(*shown, own) if which.own_of else or_(*shown)]
    if which.feed is not None:
        found.append(feed.c.name == which.feed)
    if which.text:
        found.append(wanted.c.project.contains(which.text, autoescape=True))
    if which.rule is not None:
        found.append(_has_rule(which.rule, which.deciding))
    return found


def _has_rule(rule: str, deciding: Sequence[FeedName]) -> ColumnElement[bool]:
    """Whether a wish is shown under a rule: a hidden one only to those who decide."""
    is_hidden = wanted.c.rule.startswith(HIDDEN, autoescape=True)
    plain = wanted.c.rule == rule
    if rule == UNKNOWN:
        return or_(plain, and_(is_hidden, feed.c.name.not_in(deciding)))
    return or_(plain, and_(wanted.c.rule == f"{HIDDEN}{rule}", feed.c.name.in_(deciding)))


def _is_given() -> ColumnElement[bool]:
    """Whether it can be had by now: listed where the feed reads, and not blocked."""
    is_version = or_(wanted.c.version == "", listing.c.version == wanted.c.version)
    reach = _reach()
    stands = (
        exists()
        .where(
            listing.c.feed_id.in_(
                select(reach.c.via_id).where(reach.c.feed_id == wanted.c.feed_id)
            ),
            listing.c.project == wanted.c.project,
            is_version,
            listing.c.ended_at.is_(None),
        )
        .correlate(wanted)
    )
    blocked = (
        exists()
        .where(
            block.c.project == wanted.c.project,
            block.c.ended_at.is_(None),
            or_(block.c.version.is_(None), block.c.version == wanted.c.version),
            or_(block.c.sha256.is_(None), wanted.c.rule == Rule.BLOCK),
        )
        .correlate(wanted)
    )
    approvable = (*_APPROVABLE, *(f"{HIDDEN}{one}" for one in _APPROVABLE))
    answered = and_(wanted.c.rule.in_(approvable), stands)
    return and_(~blocked, or_(answered, wanted.c.rule == Rule.BLOCK))


def _reach() -> Any:  # Any: a common table with the columns feed_id and via_id
    """Say which feeds a feed reads, itself among them."""
    itself = select(feed.c.id.label("feed_id"), feed.c.id.label("via_id")).cte(
        "reach", recursive=True
    )
    further = select(itself.c.feed_id, connector.c.target_id).join(
        connector, connector.c.feed_id == itself.c.via_id
    )
    lives = (connector.c.ended_at.is_(None), connector.c.target_id.is_not(None))
    return itself.union(further.where(*lives))


def _wanted(row: Row[Any], by: tuple[int, tuple[Wisher, ...]], which: Which) -> Wanted:
    # Any: the columns of `listed`
    """Make the value, as whoever looks may see it: perhaps only what is their own of it."""
    people, wishers = by
    is_hidden = row.rule.startswith(HIDDEN)
    rule, why = row.rule.removeprefix(HIDDEN), row.why
    if is_hidden and row.feed_name not in which.deciding:
        is_hidden, rule = False, UNKNOWN
        why = f"Nobody knows a project '{row.project}' in '{row.feed_name}'."
    found = Wanted(
        id=row.id,
        feed=FeedName(row.feed_name),
        project=ProjectName(row.project),
        version=row.version,
        rule=rule,
        why=why,
        is_hidden=is_hidden,
        count=row._mapping["count"],  # noqa: SLF001  a row's own `count` is a method
        first_at=row.first_at,
        last_at=row.last_at,
        people=people,
        wishers=wishers,
        became=Became.GIVEN if row.is_given else Became.OPEN,
    )
    if row.feed_name in which.readable or not wishers:
        return found
    mine = wishers[0]
    return replace(found, count=mine.count, last_at=mine.last_at)


def _wishers(
    conn: Connection, ids: Sequence[int], which: Which
) -> dict[int, tuple[int, tuple[Wisher, ...]]]:
    """Give how many wanted each, and who did most; where others may not be seen, oneself."""
    found: dict[int, tuple[int, tuple[Wisher, ...]]] = dict.fromkeys(ids, (0, ()))
    may_see = or_(feed.c.name.in_(which.readable), wanted_by.c.who == which.own_of)
    each = (
        select(
            wanted_by.c.wanted_id,
            wanted_by.c.who,
            func.sum(wanted_by.c.count).label("times"),
            func.max(wanted_by.c.last_at).label("last_at"),
        )
        .join(wanted, wanted.c.id == wanted_by.c.wanted_id)
        .join(feed, feed.c.id == wanted.c.feed_id)
        .where(wanted_by.c.wanted_id.in_(ids), may_see)
        .group_by(wanted_by.c.wanted_id, wanted_by.c.who)
        .subquery()
    )
    place = func.row_number().over(
        partition_by=each.c.wanted_id, order_by=(each.c.times.desc(), each.c.who)
    )
    people = func.count().over(partition_by=each.c.wanted_id)
    ranked = select(each, place.label("place"), people.label("people")).subquery()
    question = select(ranked).where(ranked.c.place <= _MOST_WISHERS)
    for row in conn.execute(question.order_by(ranked.c.wanted_id, ranked.c.place)):
        wishers = found[row.wanted_id][1]
        new = Wisher(row.who, int(row.times), row.last_at)
        found[row.wanted_id] = (row.people, (*wishers, new))
    return found


def _became(conn: Connection, found: tuple[Wanted, ...]) -> tuple[Wanted, ...]:
    """Add which of them were asked for, and which of those were refused."""
    open_ones = {one.project for one in found if one.became is Became.OPEN}
    rows = conn.execute(_requests(sorted(open_ones))).all() if open_ones else []
    return tuple(_answered(one, rows) for one in found)


def _requests(projects: Sequence[ProjectName]) -> Select[Any]:  # Any: the columns below
    return (
        select(request.c.id, request.c.state, request_item.c.project, request_item.c.version)
        .join(request_item, request_item.c.request_id == request.c.id)
        .where(
            request_item.c.project.in_(projects),
            request.c.state.in_((*_WAITING, *_REFUSED)),
            request.c.is_draft.is_(False),
        )
        .order_by(request.c.id.desc())
        .limit(_MOST_REQUESTS)
    )


def _answered(one: Wanted, rows: Sequence[Row[Any]]) -> Wanted:  # Any: the columns above
    about = [row for row in rows if row.project == one.project and one.version in {"", row.version}]
    if one.became is not Became.OPEN or not about:
        return one
    waiting = [row for row in about if row.state in _WAITING]
    became = Became.ASKED if waiting else Became.REFUSED
    return replace(one, became=became, request_id=(waiting or about)[0].id)
