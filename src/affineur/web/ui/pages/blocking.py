"""The pages at `/security/block` and `/security/blocks`: look, block, see that it holds, act."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC

import orjson

from affineur.core import spreadsheets
from affineur.core.blocks import Block, Target
from affineur.core.errors import BadInput, DomainError, NotFound
from affineur.core.permissions import Permission
from affineur.services import blocks, serve, takers
from affineur.services.blocks import BlockOrder
from affineur.services.takers import Preview, Taker
from affineur.store.blocks import PAGE
from affineur.web.http import Answer
from affineur.web.ui.answers import page, redirect
from affineur.web.ui.downloads import download
from affineur.web.ui.links import url
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

_MOST_SHOWN = 200
_COLUMNS = ("taker", "token", "token_id", "feeds", "versions", "files", "times", "first", "last")
_LARGEST = 2**31 - 1


async def look(visit: Visit) -> Answer:
    """Show what a block would withdraw and who took that, before anything is done."""
    try:
        target = await _target(visit)
    except (BadInput, NotFound) as error:
        heard = visit.query("what") or visit.query("project")
        status = 404 if isinstance(error, NotFound) else 400
        shown = {"heard": heard, "error": error if heard else None}
        title = "Block a package"
        return await page(
            visit, "security/hear.html", title=title, status=status if heard else 200, **shown
        )
    return await _looked(visit, target)


async def block(visit: Visit) -> Answer:
    """Withdraw it, and lead to the page that tells who has to act."""
    form = visit.form
    named = (form.text("project"), form.text("version") or None, form.text("sha256") or None)
    target = await visit.ask(takers.target_of, *named)
    order = BlockOrder(
        target.project,
        target.version,
        form.text("reason"),
        is_malware=form.has("malware"),
        sha256=target.sha256,
    )
    try:
        made = await visit.ask(blocks.block, order)
    except BadInput as error:
        return await _looked(visit, target, error=error)
    return redirect(visit, url("/security/blocks", made.id), said=f"{target} is blocked.")


async def listed(visit: Visit) -> Answer:
    """List blocks, newest first."""
    only_holding = visit.query("show") != "all"
    before = visit.asked.number("before")
    found = await visit.ask(blocks.listed, before, only_holding=only_holding)
    last = found[-1].block.id if len(found) == PAGE else None
    return await page(
        visit,
        "security/blocks.html",
        title="Blocks",
        found=found,
        only_holding=only_holding,
        first=before is not None,
        next_before=last,
    )


async def show(visit: Visit, number: str) -> Answer:
    """Show a block: that it holds, what it withdraws, and who has to act."""
    return await _shown(visit, number)


async def lift(visit: Visit, number: str) -> Answer:
    """Lift a block, for a reason."""
    try:
        found = await visit.ask(blocks.lift, _number(number), visit.form.text("reason"))
    except BadInput as error:
        return await _shown(visit, number, error=error)
    to = url("/security/blocks", number)
    return redirect(visit, to, said=f"The block on {found.target} is lifted.")


async def export(visit: Visit) -> Answer:
    """Give the takers as a file."""
    form = visit.query("format", "csv")
    if form not in {"csv", "json"}:
        raise BadInput("Takers are written as csv or json.")
    target = await _target(visit)
    found = await visit.ask(takers.takers, target)
    name = f"takers-{target.project}"
    if form == "json":
        told = [dict(zip(_COLUMNS, _plain(one), strict=True)) for one in found]
        return download(name, form, iter((orjson.dumps(told),)))
    return download(name, form, spreadsheets.lines(_COLUMNS, _cells(found)))


# --- parts -------------------------------------------------------------------------------


async def _target(visit: Visit) -> Target:
    """Read what is meant: one text as it was heard, or a project with its parts."""
    if visit.query("project"):
        version, sha256 = visit.query("version") or None, visit.query("sha256") or None
        return await visit.ask(takers.target_of, visit.query("project"), version, sha256)
    return await visit.ask(takers.find_target, visit.query("what"))


async def _looked(visit: Visit, target: Target, *, error: DomainError | None = None) -> Answer:
    preview = await visit.ask(takers.preview, target)
    who = await _takers(visit, target)
    return await page(
        visit,
        "security/block.html",
        title=f"Block {target.project}",
        status=200 if error is None else 400,
        target=target,
        preview=preview,
        takers=None if who is None else who[:_MOST_SHOWN],
        taker_count=None if who is None else len({one.name for one in who}),
        taken_count=None if who is None else sum(one.count for one in who),
        same=_same(preview, target),
        named=_named(target),
        error=error,
        reason=visit.form.text("reason"),
        is_malware=visit.form.has("malware"),
        most_shown=_MOST_SHOWN,
    )


async def _shown(visit: Visit, number: str, *, error: DomainError | None = None) -> Answer:
    past = await visit.ask(blocks.show, _number(number))
    target = past.block.target
    preview = await visit.ask(takers.preview, target)
    who = await _takers(visit, target)
    return await page(
        visit,
        "security/held.html",
        title=f"Block {past.block.id}",
        status=200 if error is None else 400,
        past=past,
        block=past.block,
        target=target,
        preview=preview,
        served=await _served(visit, preview),
        takers=None if who is None else who[:_MOST_SHOWN],
        taker_count=None if who is None else len({one.name for one in who}),
        named=_named(target),
        error=error,
        reason=visit.form.text("reason"),
        most_shown=_MOST_SHOWN,
    )


async def _takers(visit: Visit, target: Target) -> tuple[Taker, ...] | None:
    """Give who took it; None when that may not be known."""
    if not visit.may(Permission.AUDIT_READ):
        return None
    return await visit.ask(takers.takers, target)


async def _served(visit: Visit, preview: Preview) -> dict[str, tuple[int, int]]:
    """Ask each feed that lists it for its page, as a client would: how many files are served."""
    found: dict[str, tuple[int, int]] = {}
    for feed, count in preview.feeds.items():
        if visit.may(Permission.FEED_READ, feed):
            there = await serve.page(visit.gear, visit.actor, feed, preview.target.project)
            served = sum(
                preview.target.covers(one.file.filename.version, one.file.sha256)
                for one in there.served
            )
            found[feed] = served, count
    return found


def _same(preview: Preview, target: Target) -> Block | None:
    """Give a block of exactly this that holds already."""
    return next((one for one in preview.holding if one.target == target), None)


def _named(target: Target) -> dict[str, str | None]:
    """Give a target as the parts of a query."""
    version = None if target.version is None else str(target.version)
    return {"project": target.project, "version": version, "sha256": target.sha256}


def _cells(found: Sequence[Taker]) -> Iterator[tuple[object, ...]]:
    for one in found:
        plain = _plain(one)
        yield tuple(", ".join(cell) if isinstance(cell, list) else cell for cell in plain)


def _plain(one: Taker) -> tuple[object, ...]:
    last = one.last_at.astimezone(UTC).isoformat(timespec="seconds")
    versions = [str(version) for version in one.versions]
    told = (list(map(str, one.feeds)), versions, list(one.filenames))
    return (one.name, one.token, one.token_id, *told, one.count, one.first_day, last)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _LARGEST):
        raise NotFound(f"There is no block {text[:20]!r}.", hint="See /security/blocks.")
    return int(text)


ROUTES = (
    Route("GET", "/security/block", look),
    Route("POST", "/security/block", block),
    Route("GET", "/security/blocks", listed),
    Route("GET", "/security/blocks/{number}", show),
    Route("POST", "/security/blocks/{number}/lift", lift),
    Route("GET", "/security/takers", export),
)
