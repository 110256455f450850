"""Blocks: withdrawing a project or a release everywhere at once, and lifting that again."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import Version

from affineur.core.blocks import Block
from affineur.core.errors import BadInput, NotFound
from affineur.core.events import Event
from affineur.core.findings import Fact
from affineur.core.names import ProjectName
from affineur.core.permissions import Actor, Permission, require
from affineur.services.gear import Gear
from affineur.store import audit, blocks, changes

_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class BlockOrder:
    """What is to be withdrawn, and why; every refused client reads the reason."""

    project: ProjectName
    version: Version | None
    reason: str
    is_malware: bool = False


def block(gear: Gear, actor: Actor, order: BlockOrder) -> Block:
    """Withdraw a project or a release from every feed, from this transaction on."""
    require(actor, Permission.BLOCK)
    reason = one_line(order.reason, "A block needs a reason")
    now = gear.clock.now()
    with gear.db.writing() as conn:
        new = blocks.add(
            conn,
            Block(0, order.project, order.version, None, reason, actor.name, now, order.is_malware),
        )
        changes.pages_changed(conn, [order.project])
        event = Event("block.made", f"project:{order.project}", after=_facts(new))
        audit.record(conn, now, actor, event)
    return new


def unblock(
    gear: Gear, actor: Actor, project: ProjectName, version: Version | None, reason: str
) -> int:
    """Lift the blocks on exactly this project or release; return how many there were."""
    require(actor, Permission.BLOCK)
    why = one_line(reason, "Lifting a block needs a reason")
    now = gear.clock.now()
    with gear.db.writing() as conn:
        lifted = [one for one in blocks.current(conn, project) if one.version == version]
        for one in lifted:
            blocks.end(conn, now, actor.name, one.id, why)
            after: dict[str, Fact] = {"reason": why}
            event = Event("block.ended", f"project:{project}", _facts(one), after)
            audit.record(conn, now, actor, event)
        if not lifted:
            named = f"{project}=={version}" if version else project
            raise NotFound(f"There is no block on {named}.", hint="See: affineur blocks")
        changes.pages_changed(conn, [project])
    return len(lifted)


def current(gear: Gear, actor: Actor) -> tuple[Block, ...]:
    """Give the blocks that hold now."""
    require(actor, Permission.BLOCK)
    with gear.db.reading() as conn:
        return blocks.current(conn)


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
