"""What is current according to the tables, in the form that replaying the log gives."""

from __future__ import annotations

from sqlalchemy import Connection, select

from affineur.core.findings import Fact
from affineur.core.names import FeedName, Sha256
from affineur.core.replay import State, replay
from affineur.services import webhooks
from affineur.services.gear import Gear
from affineur.store import audit
from affineur.store import webhooks as webhook_store
from affineur.store.schema import (
    block,
    connector,
    feed,
    filter_rule,
    listing,
    request,
    request_comment,
    request_item,
    reserved_name,
)
from affineur.store.schema_access import grant, token, user
from affineur.store.schema_vetting import waiver


def states(gear: Gear) -> tuple[State, State]:
    """What is current by the log, and by the tables."""
    with gear.db.reading() as conn:
        events = audit.events(conn, 0, 100_000)
        return replay(sealed.event for sealed in events), _by_tables(conn)


def _by_tables(conn: Connection) -> State:
    names = {row.id: FeedName(row.name) for row in conn.execute(select(feed))}
    users = {
        row.id: row.name for row in conn.execute(select(user).where(user.c.ended_at.is_(None)))
    }
    links = {
        row.id: (f"{names[row.feed_id]}/{row.name}", row)
        for row in conn.execute(select(connector).where(connector.c.ended_at.is_(None)))
    }
    return State(
        feeds=_feeds(conn, names),
        connectors={
            name: {
                "target": names.get(row.target_id),
                "url": row.url,
                "origins": row.origins,
                "username": row.username,
                "password": None if row.password is None else "set",
            }
            for name, row in links.values()
        },
        filters=_filters(conn, {number: name for number, (name, _) in links.items()}),
        reserved={
            (names[row.feed_id], row.pattern)
            for row in conn.execute(select(reserved_name).where(reserved_name.c.ended_at.is_(None)))
        },
        listings=_listings(conn, names),
        yanks=_yanks(conn, names),
        blocks=_blocks(conn),
        waivers=_waivers(conn, names),
        requests={row.id: row.state for row in conn.execute(select(request))},
        drafts=set(conn.scalars(select(request.c.id).where(request.c.is_draft.is_(True)))),
        answers=_answers(conn),
        awaiting={row.id for row in conn.execute(select(request)) if row.awaits},
        comments=_comments(conn),
        users={name: _grants(conn, number, names) for number, name in users.items()},
        tokens=_tokens(conn, users),
        webhooks={one.id: webhooks.facts(one) for one in webhook_store.webhooks(conn)},
    )


def _feeds(conn: Connection, names: dict[int, FeedName]) -> dict[FeedName, dict[str, Fact]]:
    return {
        FeedName(row.name): {
            "source": names.get(row.source_id),
            "merge": row.merge,
            "reads_anonymous": row.reads_anonymous,
            "requester_may_approve": row.requester_may_approve,
            "policy_toml": row.policy_toml,
        }
        for row in conn.execute(select(feed))
    }


def _listings(conn: Connection, names: dict[int, FeedName]) -> dict[tuple[FeedName, str], Sha256]:
    return {
        (names[row.feed_id], row.filename): Sha256(row.sha256)
        for row in conn.execute(select(listing).where(listing.c.ended_at.is_(None)))
    }


def _answers(conn: Connection) -> dict[tuple[int, str], str]:
    answered = select(request_item).where(request_item.c.answer.is_not(None))
    return {
        (row.request_id, f"{row.project}=={row.version}"): row.answer
        for row in conn.execute(answered)
    }


def _comments(conn: Connection) -> dict[int, dict[str, Fact]]:
    return {
        row.id: {
            "id": row.id,
            "of": row.request_id,
            "kind": row.kind,
            "said": row.said,
        }
        for row in conn.execute(select(request_comment))
    }


def _blocks(conn: Connection) -> dict[int, dict[str, Fact]]:
    return {
        row.id: {
            "id": row.id,
            "project": row.project,
            "version": row.version,
            "sha256": row.sha256,
            "reason": row.reason,
            "is_malware": row.is_malware,
        }
        for row in conn.execute(select(block).where(block.c.ended_at.is_(None)))
    }


def _yanks(conn: Connection, names: dict[int, FeedName]) -> dict[tuple[FeedName, str], str]:
    return {
        (names[row.feed_id], row.filename): row.yanked
        for row in conn.execute(select(listing).where(listing.c.ended_at.is_(None)))
        if row.yanked is not None
    }


def _waivers(conn: Connection, names: dict[int, FeedName]) -> dict[int, dict[str, Fact]]:
    return {
        row.id: {
            "id": row.id,
            "of": names[row.feed_id],
            "finding": row.finding,
            "scope": row.scope,
            "project": row.project,
            "version": row.version,
            "sha256": row.sha256,
            "reason": row.reason,
            "expires_at": row.expires_at.isoformat(),
        }
        for row in conn.execute(select(waiver).where(waiver.c.ended_at.is_(None)))
    }


def _filters(conn: Connection, links: dict[int, str]) -> dict[int, dict[str, Fact]]:
    current = select(filter_rule).where(filter_rule.c.ended_at.is_(None))
    return {
        row.id: {
            "id": row.id,
            "of": links[row.connector_id],
            "action": row.action,
            "reason": row.reason,
            "names": row.names,
            "versions": row.versions,
            "min_age_days": row.min_age_days,
            "kind": row.kind,
            "show": row.show,
        }
        for row in conn.execute(current.where(filter_rule.c.connector_id.in_(links)))
    }


def _grants(conn: Connection, user_id: int, names: dict[int, FeedName]) -> set[str]:
    current = select(grant).where(grant.c.user_id == user_id, grant.c.ended_at.is_(None))
    return {
        f"{row.role}@{names[row.feed_id]}" if row.feed_id else str(row.role)
        for row in conn.execute(current)
    }


def _tokens(conn: Connection, users: dict[int, str]) -> dict[int, dict[str, Fact]]:
    return {
        row.id: {
            "user": users[row.user_id],
            "name": row.name,
            "feeds": row.feeds,
            "permissions": row.permissions,
            "expires_at": row.expires_at and row.expires_at.isoformat(),
        }
        for row in conn.execute(select(token).where(token.c.ended_at.is_(None)))
    }
