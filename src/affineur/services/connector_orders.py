"""The order in which a feed asks its connectors: the first that has a project answers for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from affineur.core.errors import BadInput
from affineur.core.events import Event
from affineur.core.findings import Fact
from affineur.core.names import FeedName
from affineur.core.permissions import Actor, Permission, require
from affineur.services.feeds import existing
from affineur.services.gear import Gear
from affineur.store import audit, changes, orders


def order(gear: Gear, actor: Actor, name: FeedName, names: Sequence[str]) -> None:
    """Put a feed's connectors in this order: the first that has a project answers for it.

    Views at an earlier date keep the order that there was then.
    """
    require(actor, Permission.FEED_MANAGE, name)
    with gear.db.writing() as conn:
        feed = existing(conn, name)
        known = {one.name: one.id for one in feed.connectors}
        if sorted(names) != sorted(known):
            raise BadInput(
                "An order names each connector of the feed once.",
                hint=f"They are: {', '.join(known) or 'none'}.",
            )
        places = orders.positions(conn, feed.id)
        wanted = dict(zip((known[one] for one in names), sorted(places.values()), strict=True))
        if wanted == places:
            return
        orders.place(conn, wanted)
        changes.raise_revision(conn, feed.id)
        before, after = _order_facts(known, places), _order_facts(known, wanted)
        ordered = Event("connectors.ordered", f"feed:{name}", before, after)
        audit.record(conn, gear.clock.now(), actor, ordered)


def _order_facts(known: Mapping[str, int], places: Mapping[int, int]) -> dict[str, Fact]:
    """Tell an order for people, and by the connectors' numbers for views at a date."""
    names: list[Fact] = [*sorted(known, key=lambda name: places[known[name]])]
    return {"names": names, "places": {str(number): at for number, at in sorted(places.items())}}
