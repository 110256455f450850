"""Connectors and their filters: how a feed reads other feeds and external indexes.

A password is kept, because a connector must log in with it; it leaves the database only
towards the connector's own origin, and no answer, event or log ever shows it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from sqlalchemy import Connection

from affineur.core.errors import BadInput, Conflict, NotFound
from affineur.core.events import Event
from affineur.core.feeds import Connector, Feed
from affineur.core.files import FileKind
from affineur.core.filters import Action, Filter
from affineur.core.findings import Fact
from affineur.core.names import FeedName, NamePattern
from affineur.core.pages import Show
from affineur.core.permissions import Actor, Permission, require
from affineur.services.feeds import (
    NewFeed,
    check_new,
    existing,
    make,
    refuse_cycle,
    refuse_unreviewed,
    require_readable,
)
from affineur.services.gear import Gear
from affineur.store import audit, changes
from affineur.store import feeds as store
from affineur.store.feeds import Link, StandingFilter

MOST_CONNECTORS = 100
MOST_FILTERS = 1_000
_LONGEST_REASON = 500
_LONGEST_CREDENTIAL = 4_096
_OLDEST_DAYS = 3_650
_MOST_NAMES = 1_000
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_Value = TypeVar("_Value", Action, FileKind, Show)


@dataclass(frozen=True, slots=True)
class NewConnector:
    """A connector about to be made: to another feed, or to an external index."""

    name: str
    target: FeedName | None = None
    url: str | None = None
    origins: tuple[str, ...] = ()
    """Further origins (`https://host[:port]`) that files and redirects may lead to."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class KnownConnector:
    """A connector as those who manage its feed see it."""

    connector: Connector
    origins: tuple[str, ...] = ()
    username: str | None = None
    has_password: bool = False


@dataclass(frozen=True, slots=True)
class NewFilter:
    """A filter about to be made, as it was written."""

    action: str
    reason: str
    names: tuple[str, ...] = ()
    versions: str | None = None
    min_age_days: int | None = None
    kind: str | None = None
    show: str = Show.EXPLAIN


# --- connectors --------------------------------------------------------------------------


def connectors(gear: Gear, actor: Actor, name: FeedName) -> tuple[KnownConnector, ...]:
    """List a feed's connectors, in the order in which they are asked."""
    require(actor, Permission.FEED_MANAGE, name)
    with gear.db.reading() as conn:
        feed = existing(conn, name)
        links = store.links(conn, feed.id)
        return tuple(_known(connector, links) for connector in feed.connectors)


def add_connector(gear: Gear, actor: Actor, name: FeedName, new: NewConnector) -> KnownConnector:
    """Connect a feed to another one, or to an external index, behind its other connectors.

    Raises: `Conflict` when the name is taken or a feed would read itself, `NotFound` when
    the target is absent or hidden from the actor.
    """
    require(actor, Permission.FEED_MANAGE, name)
    check(new)
    with gear.db.writing() as conn:
        feed = existing(conn, name)
        if any(connector.name == new.name for connector in feed.connectors):
            raise Conflict(f"'{name}' has a connector '{new.name}' already.")
        refuse_unreviewed(feed, is_connected=True)
        if len(feed.connectors) >= MOST_CONNECTORS:
            raise Conflict(f"'{name}' has {MOST_CONNECTORS} connectors already.")
        if new.target is not None:
            require_readable(conn, actor, new.target)
            refuse_cycle(conn, actor, name, new.target)
        connect(gear, conn, actor, (feed, new))
        connector = connector_of(existing(conn, name), new.name)
        return _known(connector, store.links(conn, feed.id))


def first_connector(reads: FeedName | None, mirrors: str | None) -> NewConnector | None:
    """Say how a new feed reads another one, or an external index; None when it does neither."""
    if reads is not None and mirrors is not None:
        raise BadInput(
            "A new feed reads another feed, or mirrors an external index.",
            hint="Add the other one as a connector afterwards.",
        )
    if reads is not None:
        return NewConnector(str(reads), target=reads)
    return None if mirrors is None else NewConnector("upstream", url=mirrors)


def create_connected(gear: Gear, actor: Actor, new: NewFeed, first: NewConnector) -> Feed:
    """Make a feed with its first connector in one change; raise as `add_connector` does."""
    require(actor, Permission.SERVER_ADMIN)
    check(first)
    with gear.db.writing() as conn:
        check_new(conn, actor, new)
        if first.target is not None:
            require_readable(conn, actor, first.target)
        make(gear, conn, actor, new)
        feed = existing(conn, new.name)
        refuse_unreviewed(feed, is_connected=True)
        connect(gear, conn, actor, (feed, first))
        return existing(conn, new.name)


def connect(gear: Gear, conn: Connection, actor: Actor, edge: tuple[Feed, NewConnector]) -> None:
    """Make a connector inside a change that was permitted and checked."""
    feed, new = edge
    link = Link(
        name=new.name,
        target_id=None if new.target is None else existing(conn, new.target).id,
        url=None if new.url is None else index_url(new.url),
        origins=tuple(_origin(origin) for origin in new.origins),
        username=new.username,
        password=new.password,
    )
    store.insert_connector(conn, gear.clock.now(), feed.id, link)
    changes.raise_revision(conn, feed.id)
    made = Event("connector.made", _subject(feed.name, link.name), after=_facts(new.target, link))
    audit.record(conn, gear.clock.now(), actor, made)


def end_connector(gear: Gear, actor: Actor, name: FeedName, connector_name: str) -> None:
    """End a connector: what came through it is no longer on the feed's pages."""
    require(actor, Permission.FEED_MANAGE, name)
    with gear.db.writing() as conn:
        feed = existing(conn, name)
        connector = connector_of(feed, connector_name)
        before = _facts(connector.target, store.links(conn, feed.id)[connector.id])
        now = gear.clock.now()
        store.end_connector(conn, now, connector.id)
        changes.raise_revision(conn, feed.id)
        ended = Event("connector.ended", _subject(name, connector_name), before=before)
        audit.record(conn, now, actor, ended)


def index_url(url: str) -> str:
    """Check the URL of an external index and let it end in '/'; raise `BadInput` otherwise."""
    parts = _split(url)
    if parts.username is not None or parts.password is not None:
        raise BadInput(
            "The URL of a connector holds no credentials.",
            hint="Give username and password on their own.",
        )
    if parts.fragment or parts.query or url.endswith(("#", "?")):
        raise BadInput("The URL of a connector ends with its path, without '?' or '#'.")
    return url if url.endswith("/") else f"{url}/"


def _origin(url: str) -> str:
    parts = _split(url)
    if "@" in parts.netloc or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise BadInput(
            "An origin is a scheme, a host and perhaps a port, and nothing else.",
            hint="Write it like https://files.example.org",
        )
    return f"{parts.scheme}://{parts.netloc}".lower()


def _split(url: str) -> SplitResult:
    """Split an http(s) URL; the message does not repeat it, since it may hold a password."""
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
        is_usable = is_usable and (parts.port is None or parts.port > 0)
    except ValueError:
        is_usable = False
    if not is_usable or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise BadInput("A connector needs the http or https URL of an index.")
    return parts


def check(new: NewConnector) -> None:
    """Check what is given of a connector; raise `BadInput` naming what cannot be used."""
    if not _NAME.fullmatch(new.name):
        raise BadInput(
            f"{new.name[:60]!r} is not a connector's name.",
            hint="Connector names hold lower-case letters, digits and '-', at most 64.",
        )
    if (new.target is None) == (new.url is None):
        raise BadInput("A connector leads either to a feed or to the URL of an external index.")
    if new.target is not None and (new.origins or new.username or new.password):
        raise BadInput("Origins and credentials belong to external indexes, not to feeds.")
    for credential in (new.username, new.password):
        if credential is not None and not _is_line(credential, _LONGEST_CREDENTIAL):
            raise BadInput("A username or password is empty, too long or not printable.")
    if new.url is not None:
        index_url(new.url)
    for origin in new.origins:
        _origin(origin)


def connector_of(feed: Feed, name: str) -> Connector:
    """Find a connector of a feed by its name, or raise `NotFound`."""
    for connector in feed.connectors:
        if connector.name == name:
            return connector
    raise NotFound(f"'{feed.name}' has no connector '{name}'.")


def _known(connector: Connector, links: Mapping[int, Link]) -> KnownConnector:
    link = links[connector.id]
    shown = _shown_username(link)
    return KnownConnector(connector, link.origins, shown, link.password is not None)


def _shown_username(link: Link) -> str | None:
    """Keep a lone username to ourselves: some indexes take a token there."""
    return link.username if link.password is not None else None


def _facts(target: FeedName | None, link: Link) -> dict[str, Fact]:
    return {
        "target": target,
        "url": link.url,
        "origins": list(link.origins),
        "username": _shown_username(link) or ("set" if link.username else None),
        "password": None if link.password is None else "set",
    }


def _subject(feed: FeedName, connector_name: str) -> str:
    return f"connector:{feed}/{connector_name}"


# --- filters -----------------------------------------------------------------------------


def filters(
    gear: Gear, actor: Actor, name: FeedName, connector_name: str
) -> tuple[StandingFilter, ...]:
    """List a connector's filters, oldest first."""
    require(actor, Permission.FEED_MANAGE, name)
    with gear.db.reading() as conn:
        connector = connector_of(existing(conn, name), connector_name)
        return store.filters(conn, connector.id)


def add_filter(
    gear: Gear, actor: Actor, name: FeedName, connector_name: str, new: NewFilter
) -> StandingFilter:
    """Add a filter to a connector; raise `BadInput` naming the part that cannot be used."""
    require(actor, Permission.FEED_MANAGE, name)
    rule = parse_filter(new)
    with gear.db.writing() as conn:
        feed = existing(conn, name)
        connector = connector_of(feed, connector_name)
        if len(connector.filters) >= MOST_FILTERS:
            raise Conflict(f"The connector '{connector_name}' has {MOST_FILTERS} filters already.")
        number = store.insert_filter(conn, gear.clock.now(), connector.id, rule)
        changes.raise_revision(conn, feed.id)
        after = _filter_facts(number, rule)
        made = Event("filter.made", _subject(name, connector_name), after=after)
        audit.record(conn, gear.clock.now(), actor, made)
        return StandingFilter(number, rule)


def end_filter(gear: Gear, actor: Actor, name: FeedName, connector_name: str, number: int) -> None:
    """End a connector's filter: it keeps nothing back any more."""
    require(actor, Permission.FEED_MANAGE, name)
    with gear.db.writing() as conn:
        feed = existing(conn, name)
        connector = connector_of(feed, connector_name)
        standing = {one.id: one.filter for one in store.filters(conn, connector.id)}
        if number not in standing:
            raise NotFound(f"The connector '{connector_name}' has no filter {number}.")
        now = gear.clock.now()
        store.end_filter(conn, now, number)
        changes.raise_revision(conn, feed.id)
        before = _filter_facts(number, standing[number])
        ended = Event("filter.ended", _subject(name, connector_name), before=before)
        audit.record(conn, now, actor, ended)


def parse_filter(new: NewFilter) -> Filter:
    """Read a filter; raise `BadInput` naming the part that cannot be used."""
    if not new.reason.strip() or not _is_line(new.reason, _LONGEST_REASON):
        raise BadInput(
            f"A filter needs a reason: one printable line, at most {_LONGEST_REASON} characters.",
            hint="It is what a refused developer reads.",
        )
    if new.min_age_days is not None and not 0 <= new.min_age_days <= _OLDEST_DAYS:
        raise BadInput(f"A filter's minimum age is 0 to {_OLDEST_DAYS} days.")
    if len(new.names) > _MOST_NAMES:
        raise BadInput(f"A filter has at most {_MOST_NAMES} name patterns.")
    return Filter(
        action=_one_of(Action, new.action, "action"),
        reason=new.reason.strip(),
        names=tuple(NamePattern.parse(name) for name in new.names),
        versions=_versions(new.versions),
        min_age_days=new.min_age_days,
        kind=None if new.kind is None else _one_of(FileKind, new.kind, "kind"),
        show=_one_of(Show, new.show, "show"),
    )


def _one_of(values: type[_Value], text: str, part: str) -> _Value:
    try:
        return values(text)
    except ValueError as error:
        known = ", ".join(values)
        raise BadInput(f"A filter's {part} is one of {known}, not {text[:60]!r}.") from error


def _versions(text: str | None) -> SpecifierSet | None:
    if text is None:
        return None
    try:
        versions = SpecifierSet(text)
    except InvalidSpecifier as error:
        raise BadInput(
            f"{text[:60]!r} are not version specifiers (PEP 440).", hint="Write them like >=2,<3"
        ) from error
    return versions if str(versions) else None


def _filter_facts(number: int, rule: Filter) -> Mapping[str, Fact]:
    return {
        "id": number,
        "action": str(rule.action),
        "reason": rule.reason,
        "names": [pattern.text for pattern in rule.names],
        "versions": None if rule.versions is None else str(rule.versions),
        "min_age_days": rule.min_age_days,
        "kind": None if rule.kind is None else str(rule.kind),
        "show": str(rule.show),
    }


def _is_line(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and text.isprintable()
