"""What our advisories say to others, in the words of OSV's own API (version 1).

Records that stand and surely speak of a version are told, as OSV's server does; what is
uncertain is for our own vetting. Nothing known must never look like nothing wrong: without any
data, and about other ecosystems or commits, the answer is an error.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from packaging.version import InvalidVersion, Version

from affineur.core.advisories import Advisories, Advisory
from affineur.core.advisory_groups import stands
from affineur.core.errors import BadInput, NotFound, Unavailable
from affineur.core.names import ProjectName, parse_project
from affineur.core.osv import Match, match, names_version
from affineur.core.permissions import Actor, Permission, credentials_needed, require
from affineur.services.feeds import readable
from affineur.services.gear import Gear
from affineur.store import advisories
from affineur.store import feeds as feed_store

Document = Mapping[str, Any]  # Any: JSON

MOST_QUERIES = 1000
_MOST_RECORDS = 1000
"""Records in one answer; beyond, there is a token for the next."""
_ECOSYSTEM = "PyPI"
_LONGEST_VERSION = 256
_MOMENTS = ("modified", "published", "withdrawn")


@dataclass(frozen=True, slots=True)
class Query:
    """A question about one release of a project, or about all of them."""

    project: ProjectName
    version: str | None = None
    after: str = ""
    """The id after which to go on."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The records that answer a question, by their ids."""

    records: tuple[Advisory, ...]
    next_page_token: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The answers to some questions, and how new they are."""

    answers: tuple[Answer, ...]
    as_of: datetime


def answer(gear: Gear, actor: Actor, queries: Sequence[Query]) -> Told:
    """Answer questions, in their order; raise `Unavailable` while there is no data. Blocking."""
    _require_reader(gear, actor)
    known: dict[ProjectName, Advisories] = {}
    with gear.db.reading() as conn:
        as_of = advisories.as_of(conn)
        if as_of is None:
            raise Unavailable(
                "This server has no advisories yet, so nothing can be said of any package.",
                hint="On its machine: affineur advisories sync",
            )
        for one in queries:
            if one.project not in known:
                known[one.project] = advisories.known_to(conn, one.project)
    return Told(tuple(_answer(one, known[one.project]) for one in queries), as_of)


def record(gear: Gear, actor: Actor, record_id: str) -> Document:
    """Give a record by its id, also a withdrawn one; raise `NotFound`. Blocking."""
    _require_reader(gear, actor)
    with gear.db.reading() as conn:
        found = advisories.by_id(conn, record_id)
    if found is None:
        raise NotFound("Bug not found.")
    return document(found)


def document(advisory: Advisory) -> Document:
    """Give a record as it was published, its moments in the form that OSV promises."""
    moments = {name: _moment(advisory.record.get(name)) for name in _MOMENTS}
    rest = {name: value for name, value in advisory.record.items() if name not in moments}
    return rest | {name: told for name, told in moments.items() if told is not None}


def parse_query(told: object) -> Query:
    """Read a question; raise `BadInput` for what OSV refuses, and for what we cannot know."""
    asked = _object(told, "query")
    if asked.get("commit"):
        raise BadInput("Invalid query: this server knows nothing of commits.")
    package = _object(asked.get("package") or {}, "package")
    version = _text(asked, "version")
    name, in_purl = _package(package)
    if in_purl and version:
        raise BadInput("Invalid query: the version stands beside the purl and in it.")
    version = version or in_purl
    if not name or not (version or package.get("ecosystem") or package.get("purl")):
        raise BadInput("Invalid query.")
    if len(version) > _LONGEST_VERSION:
        raise BadInput("Invalid query: the version is too long.")
    return Query(parse_project(name), version or None, _after(_text(asked, "page_token")))


def parse_queries(told: object) -> tuple[Query, ...]:
    """Read the questions of a batch."""
    queries = _object(told, "batch").get("queries", [])
    if not isinstance(queries, list):
        raise BadInput("Invalid batch: queries is not a list.")
    if len(queries) > MOST_QUERIES:
        raise BadInput("Too many queries.")
    return tuple(parse_query(one) for one in queries)


def _require_reader(gear: Gear, actor: Actor) -> None:
    """Let in whoever may read any feed: what is known of the world's packages is no secret."""
    with gear.db.reading() as conn:
        feeds = feed_store.load_all(conn)
    if any(readable(actor, feed) for feed in feeds):
        return
    if actor.is_anonymous:
        raise credentials_needed()
    require(actor, Permission.FEED_READ)


def _answer(query: Query, known: Advisories) -> Answer:
    found = [
        one
        for one in sorted(known.known, key=lambda one: one.id)
        if one.id > query.after and stands(one) and _speaks(one, query)
    ]
    if len(found) <= _MOST_RECORDS:
        return Answer(tuple(found))
    given = tuple(found[:_MOST_RECORDS])
    return Answer(given, urlsafe_b64encode(given[-1].id.encode()).decode())


def _speaks(advisory: Advisory, query: Query) -> bool:
    if query.version is None:
        return True
    try:
        version = Version(query.version)
    except InvalidVersion:
        return names_version(advisory.record, query.project, query.version)
    return match(advisory.record, query.project, version) is Match.YES


def _package(package: Document) -> tuple[str, str]:
    """Give the name of a package, and its version where a purl tells it."""
    name, ecosystem = _text(package, "name"), _text(package, "ecosystem")
    purl = _text(package, "purl")
    if purl and (name or ecosystem):
        raise BadInput("Invalid query: a package has a purl, or a name and an ecosystem.")
    if ecosystem and ecosystem.partition(":")[0] != _ECOSYSTEM:
        raise BadInput(f"Invalid ecosystem: this server knows {_ECOSYSTEM} alone.")
    return _of_purl(purl) if purl else (name, "")


def _of_purl(purl: str) -> tuple[str, str]:
    """Take name and version out of a package URL."""
    kind, _, rest = purl.removeprefix("pkg:").lstrip("/").partition("/")
    path = rest.partition("#")[0].partition("?")[0]
    name, _, version = path.partition("@")
    if not purl.startswith("pkg:") or not name or "/" in name:
        raise BadInput("Invalid Package URL.")
    if kind.lower() != "pypi":
        raise BadInput(f"Invalid Package URL: this server knows {_ECOSYSTEM} alone.")
    return unquote(name), unquote(version)


def _after(token: str) -> str:
    try:
        return urlsafe_b64decode(token.encode("ascii")).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise BadInput("Invalid page token.") from error


def _object(told: object, what: str) -> Document:
    if not isinstance(told, dict):
        raise BadInput(f"Invalid {what}: it is no JSON object.")
    return told


def _text(place: Document, key: str) -> str:
    value = place.get(key)
    if value is not None and not isinstance(value, str):
        raise BadInput(f"Invalid query: {key} is no text.")
    return value or ""


def _moment(told: object) -> str | None:
    """Write a moment as RFC 3339 has it, in UTC; leave out what is none."""
    if not isinstance(told, str):
        return None
    try:
        moment = datetime.fromisoformat(told)
        utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return utc.isoformat().removesuffix("+00:00") + "Z"
