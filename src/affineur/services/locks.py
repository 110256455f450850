"""Lock files: is everything in one approved here, and a lock made from what is approved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from affineur.core.errors import BadInput, DomainError, NotFound
from affineur.core.lock_writing import without_withheld
from affineur.core.lockfiles import Pinned, parse_lock
from affineur.core.names import FeedName, ProjectName
from affineur.core.pages import Page
from affineur.core.permissions import Actor
from affineur.core.ports import IndexAccess
from affineur.core.requests import parse_ask
from affineur.services import serve
from affineur.services.access import issue_resolver_token
from affineur.services.feeds import require_readable
from affineur.services.gear import Gear
from affineur.services.resolution import stated_requirements

_MOST_PINS = 20_000


@dataclass(frozen=True, slots=True)
class LockedFile:
    """One file, or release, that a lock file names, and whether the feed serves it."""

    name: str
    version: str
    filename: str | None
    sha256: str | None
    is_approved: bool
    reason: str


async def check(
    gear: Gear, actor: Actor, feed: FeedName, document: str, document_name: str
) -> tuple[LockedFile, ...]:
    """Look up everything that a lock file names; the file's URLs play no part.

    A file that is named with its digest must be served with that digest. A release that is
    named without digests must have a served file.
    """
    await gear.db.read(require_readable, actor, feed)
    pins = parse_lock(document, document_name)
    if len(pins) > _MOST_PINS:
        raise BadInput(f"{document_name} names {len(pins)} files, more than {_MOST_PINS}.")
    pages: dict[ProjectName, Page | DomainError] = {}
    for pin in pins:
        if pin.project not in pages:
            pages[pin.project] = await _page(gear, actor, feed, pin.project)
    return tuple(_answer(pin, pages[pin.project]) for pin in pins)


async def lock(gear: Gear, actor: Actor, feed: FeedName, requirements: list[str]) -> str:
    """Make a pylock.toml (PEP 751) of what the feed serves, with hashes and our URLs."""
    ask = parse_ask(requirements, None, None)
    await gear.db.read(require_readable, actor, feed)
    token = issue_resolver_token(gear, feed, gear.settings.resolve_timeout_s + 60)
    access = IndexAccess(gear.index_url(feed), token)
    look = partial(stated_requirements, gear, feed)
    text = await gear.resolve.lock(ask, access, look)
    projects = {pin.project for pin in parse_lock(text, "pylock.toml")}
    pages = [await serve.page(gear, actor, feed, project) for project in sorted(projects)]
    served = {entry.file.sha256 for page in pages for entry in page.served if entry.file.sha256}
    return without_withheld(_for_clients(gear, text), served)


def _for_clients(gear: Gear, text: str) -> str:
    """Let a lock lead clients to where they reach the server."""
    return text.replace(f'"{gear.own_url}/', f'"{gear.public_url}/') if gear.own_url else text


async def _page(
    gear: Gear, actor: Actor, feed: FeedName, project: ProjectName
) -> Page | DomainError:
    try:
        return await serve.page(gear, actor, feed, project)
    except NotFound as error:
        return error


def _answer(pin: Pinned, page: Page | DomainError) -> LockedFile:
    answer = LockedFile(
        pin.project, str(pin.version), pin.filename, pin.sha256, is_approved=False, reason=""
    )
    if isinstance(page, DomainError):
        return replace(answer, reason=page.message)
    release = [one for one in page.listed if one.file.filename.version == pin.version]
    fitting = [
        one
        for one in release
        if (pin.sha256 is None or one.file.sha256 == pin.sha256)
        and (pin.filename is None or one.file.filename.text == pin.filename)
    ]
    if any(one.withheld is None for one in fitting):
        return replace(answer, is_approved=True, reason="approved")
    for one in fitting or release:
        if one.withheld is not None:
            return replace(answer, reason=one.withheld.reason)
    if release:
        return replace(answer, reason="the feed serves this release with other bytes")
    return replace(answer, reason=f"the feed has no {pin.project} {pin.version}")
