"""Before a block and after it: what it withdraws, who took that, and so who has to act.

`preview` asks for the right to block, `takers` for the right to read the audit log: who took
what is about people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from packaging.version import Version
from sqlalchemy import Connection

from affineur.core.blocks import Block, Target
from affineur.core.errors import BadInput, NotFound
from affineur.core.files import Filename
from affineur.core.names import FeedName, Sha256, parse_project, parse_sha256, parse_version
from affineur.core.permissions import Actor, Permission, require
from affineur.services.counting import write_down
from affineur.services.gear import Gear
from affineur.store import blocks
from affineur.store import takers as store
from affineur.store.takers import AskedFor, StandingFile, Taken

_DIGEST_LENGTH = 64
_SUFFIXES = (".whl", ".tar.gz", ".zip")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a block of this would do."""

    target: Target
    files: tuple[StandingFile, ...]
    """What stands in feeds and is withdrawn, by feed and filename."""
    cached: int
    """How many further files are held that came through a connector."""
    holding: tuple[Block, ...]
    """Blocks of the project that hold now."""
    asked: tuple[AskedFor, ...]
    """Who asked for what is withdrawn."""

    @property
    def feeds(self) -> dict[FeedName, int]:
        """Count the files in each feed."""
        found: dict[FeedName, int] = {}
        for one in self.files:
            found[one.feed] = found.get(one.feed, 0) + 1
        return found

    @property
    def versions(self) -> tuple[Version, ...]:
        """Give the versions that are withdrawn, newest first."""
        return tuple(sorted({Version(one.version) for one in self.files}, reverse=True))


@dataclass(frozen=True, slots=True)
class Taker:
    """Somebody who took what is meant, and so has it, perhaps installed."""

    name: str
    token: str | None
    """The token that was used, by its name; None when it was none, or is not known any more."""
    token_id: int | None
    token_has_ended: bool
    feeds: tuple[FeedName, ...]
    versions: tuple[Version, ...]
    """Newest first."""
    filenames: tuple[str, ...]
    count: int
    first_day: str
    last_at: datetime


def preview(gear: Gear, actor: Actor, target: Target) -> Preview:
    """Say what a block of this would withdraw."""
    require(actor, Permission.BLOCK)
    with gear.db.reading() as conn:
        listed = store.standing(conn, target.project)
        held = store.cached(conn, target.project)
        files = tuple(one for one in listed if target.covers(Version(one.version), one.sha256))
        versions = {Version(one.version) for one in files}
        asked = store.asked_for(conn, target.project)
        known = {one.sha256 for one in listed}
        return Preview(
            target,
            files,
            sum(_is_meant(target, name, digest) for name, digest in held if digest not in known),
            blocks.current(conn, target.project),
            tuple(one for one in asked if Version(one.version) in versions),
        )


def takers(gear: Gear, actor: Actor, target: Target) -> tuple[Taker, ...]:
    """Say who took what is meant, the latest first."""
    require(actor, Permission.AUDIT_READ)
    write_down(gear)
    with gear.db.reading() as conn:
        rows = store.taken(conn, target.project, target.sha256)
        meant = [one for one in rows if _is_meant(target, one.filename, one.sha256)]
        names = store.token_names(conn, {one.token_id for one in meant if one.token_id})
    found: dict[tuple[str, int], list[Taken]] = {}
    for one in meant:
        found.setdefault((one.taker, one.token_id), []).append(one)
    return tuple(_taker(rows, names.get(number)) for (_name, number), rows in found.items())


def find_target(gear: Gear, actor: Actor, text: str) -> Target:
    """Read what somebody heard of: NAME, NAME==VERSION, a filename, or a sha256 digest."""
    _require_either(actor)
    told = text.strip().removeprefix("sha256:")
    if len(told) == _DIGEST_LENGTH and "-" not in told:
        with gear.db.reading() as conn:
            return _by_digest(conn, parse_sha256(told))
    if told.endswith(_SUFFIXES):
        filename = Filename.parse(told)
        return Target(filename.project, filename.version)
    name, given, version = told.partition("==")
    if not name.strip():
        raise BadInput(
            "Nothing was named.", hint="Name a project, a release as name==1.2, or a sha256."
        )
    parsed = parse_version(version.strip()) if given else None
    return Target(parse_project(name.strip()), parsed)


def target_of(
    gear: Gear, actor: Actor, name: str, version: str | None, sha256: str | None = None
) -> Target:
    """Read a name with a version or a digest, or alone; the digest must be of that project."""
    target = Target(parse_project(name), parse_version(version) if version else None)
    if not sha256:
        return target
    found = find_target(gear, actor, sha256)
    if found.project != target.project or target.version not in {None, found.version}:
        raise NotFound(
            f"No file of {target} with sha256 {sha256} is known here.",
            hint=f"It belongs to {found.project}=={found.version}.",
        )
    return found


def _require_either(actor: Actor) -> None:
    """Let whoever may block or read the audit log ask what a digest is of."""
    if not actor.may(Permission.BLOCK):
        require(actor, Permission.AUDIT_READ)


def _by_digest(conn: Connection, sha256: Sha256) -> Target:
    for told in store.filenames_of(conn, sha256):
        filename = Filename.parse(told)
        return Target(filename.project, filename.version, sha256)
    raise NotFound(
        f"No file with sha256 {sha256} is known here.",
        hint="Nothing of it was listed, fetched or taken; block the release by its name.",
    )


def _is_meant(target: Target, filename: str, sha256: Sha256) -> bool:
    return target.covers(Filename.parse(filename).version, sha256)


def _taker(rows: Sequence[Taken], token: store.TokenName | None) -> Taker:
    versions = {Filename.parse(one.filename).version for one in rows}
    return Taker(
        name=rows[0].taker,
        token=token.name if token else None,
        token_id=rows[0].token_id or None,
        token_has_ended=token.has_ended if token else False,
        feeds=tuple(sorted({one.feed for one in rows})),
        versions=tuple(sorted(versions, reverse=True)),
        filenames=tuple(sorted({one.filename for one in rows})),
        count=sum(one.count for one in rows),
        first_day=min(one.first_day for one in rows),
        last_at=max(one.last_at for one in rows),
    )
