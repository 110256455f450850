"""Blocks: withdrawing a project or a release everywhere at once, and lifting that again."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import Version
from sqlalchemy import Connection

from affineur.core.blocks import Block, Target
from affineur.core.errors import BadInput, NotFound
from affineur.core.events import Event
from affineur.core.findings import Fact
from affineur.core.names import ProjectName, Sha256
from affineur.core.permissions import Actor, Permission, require
from affineur.services.gear import Gear
from affineur.store import audit, blocks, changes
from affineur.store.blocks import PastBlock

_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class BlockOrder:
    """What is to be withdrawn, and why; every refused client reads the reason."""

    project: ProjectName
    version: Version | None
    reason: str
    is_malware: bool = False
    sha256: Sha256 | None = None
    """Of one file alone; the version is its."""


def block(gear: Gear, actor: Actor, order: BlockOrder) -> Block:
    """Withdraw a project, a release or a file from every feed, from this transaction on."""
    require(actor, Permission.BLOCK)
    reason = one_line(order.reason, "A block needs a reason")
    now = gear.clock.now()
    with gear.db.writing() as conn:
        what = (order.project, order.version, order.sha256)
        new = blocks.add(conn, Block(0, *what, reason, actor.name, now, order.is_malware))
        changes.pages_changed(conn, [order.project])
        event = Event("block.made", f"project:{order.project}", after=_facts(new))
        audit.record(conn, now, actor, event)
    return new


def unblock(gear: Gear, actor: Actor, target: Target, reason: str) -> int:
    """Lift the blocks on exactly this project, release or file; return how many there were."""
    require(actor, Permission.BLOCK)
    why = one_line(reason, "Lifting a block needs a reason")
    with gear.db.writing() as conn:
        lifted = [one for one in blocks.current(conn, target.project) if one.target == target]
        for one in lifted:
            _lift(conn, gear, actor, one, why)
        if not lifted:
            raise NotFound(f"There is no block on {target}.", hint="See: affineur blocks")
    return len(lifted)


def lift(gear: Gear, actor: Actor, block_id: int, reason: str) -> Block:
    """Lift one block by its number."""
    require(actor, Permission.BLOCK)
    why = one_line(reason, "Lifting a block needs a reason")
    with gear.db.writing() as conn:
        found = blocks.load(conn, block_id)
        if found is None or not _lift(conn, gear, actor, found, why):
            raise NotFound(f"There is no block {block_id} that holds.", hint="See: affineur blocks")
    return found


def current(gear: Gear, actor: Actor) -> tuple[Block, ...]:
    """Give the blocks that hold now."""
    require(actor, Permission.BLOCK)
    with gear.db.reading() as conn:
        return blocks.current(conn)


def listed(gear: Gear, actor: Actor, before: int | None, *, only_holding: bool) -> list[PastBlock]:
    """List blocks, also those that were lifted, the newest first; those before a number."""
    require(actor, Permission.BLOCK)
    with gear.db.reading() as conn:
        return blocks.listed(conn, before, only_holding=only_holding)


def show(gear: Gear, actor: Actor, block_id: int) -> PastBlock:
    """Show one block, whether it holds or not."""
    require(actor, Permission.BLOCK)
    with gear.db.reading() as conn:
        found = blocks.load_past(conn, block_id)
    if found is None:
        raise NotFound(f"There is no block {block_id}.", hint="See: affineur blocks")
    return found


def _lift(conn: Connection, gear: Gear, actor: Actor, one: Block, why: str) -> bool:
    now = gear.clock.now()
    if not blocks.end(conn, now, actor.name, one.id, why):
        return False
    after: dict[str, Fact] = {"reason": why}
    event = Event("block.ended", f"project:{one.project}", _facts(one), after)
    audit.record(conn, now, actor, event)
    changes.pages_changed(conn, [one.project])
    return True


def one_line(text: str, missing: str) -> str:
    """Give a reason as one printable line; raise `BadInput` with `missing` when there is none."""
    line = " ".join(text.split())
    if not line or not line.isprintable() or len(line) > _LONGEST_REASON:
        raise BadInput(f"{missing}: one line of at most {_LONGEST_REASON} printable characters.")
    return line


def _facts(one: Block) -> dict[str, Fact]:
    return {
        "id": one.id,
        "version": str(one.version) if one.version else None,
        "sha256": one.sha256,
        "reason": one.reason,
        "is_malware": one.is_malware,
    }
