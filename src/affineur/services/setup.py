"""What a new server begins with: three feeds, an index to read, and an administrator.

`unapproved` reads the external index, `approved` has `unapproved` as its source, and
`internal` reads `approved`. What is there already is left as it is.
"""

from __future__ import annotations

from sqlalchemy import Connection

from affineur.core.errors import BadInput
from affineur.core.feeds import Feed
from affineur.core.names import FeedName
from affineur.core.permissions import OPERATOR, Actor, Grant, Role
from affineur.services import access, connectors, feeds
from affineur.services.access import NewToken, TokenOrder
from affineur.services.connectors import NewConnector
from affineur.services.feeds import NewFeed
from affineur.services.gear import Gear
from affineur.store import access as access_store
from affineur.store import feeds as feed_store

UNAPPROVED = FeedName("unapproved")
APPROVED = FeedName("approved")
INTERNAL = FeedName("internal")
FIRST_ADMIN = "admin"


def initialise(
    gear: Gear,
    upstream: NewConnector,
    *,
    serving_on_loopback: bool,
    actor: Actor = OPERATOR,
) -> NewToken | None:
    """Make what is missing of a new server, in one transaction; safe to call again.

    `upstream` is the connector of `unapproved` to the external index. Returns the first
    administrator's token, which never expires; None when there is an administrator already.
    """
    connectors.check(upstream)
    anonymous = _reads_anonymous(gear.settings.anonymous_internal, is_loopback=serving_on_loopback)
    with gear.db.writing() as conn:
        _ensure(gear, conn, actor, (NewFeed(UNAPPROVED), upstream))
        _ensure(gear, conn, actor, (NewFeed(APPROVED, source=UNAPPROVED), None))
        _ensure(
            gear,
            conn,
            actor,
            (
                NewFeed(INTERNAL, reads_anonymous=anonymous),
                NewConnector("approved", target=APPROVED),
            ),
        )
        return _first_administrator(gear, conn, actor)


def _ensure(
    gear: Gear, conn: Connection, actor: Actor, wanted: tuple[NewFeed, NewConnector | None]
) -> None:
    """Make a feed with its first connector, unless there is a feed of that name."""
    new, connector = wanted
    if feed_store.load(conn, new.name) is not None:
        return
    feeds.make(gear, conn, actor, new)
    made: Feed = feeds.existing(conn, new.name)
    if connector is not None:
        connectors.connect(gear, conn, actor, (made, connector))


def _first_administrator(gear: Gear, conn: Connection, actor: Actor) -> NewToken | None:
    if access_store.user_named(conn, FIRST_ADMIN) is not None:
        return None
    user_id = access.make_user(gear, conn, actor, FIRST_ADMIN)
    access.make_grant(gear, conn, actor, (user_id, FIRST_ADMIN, Grant(Role.ADMIN)))
    order = TokenOrder(FIRST_ADMIN, "the first token")
    return access.make_token(gear, conn, actor, (user_id, order, None))


def _reads_anonymous(setting: str, *, is_loopback: bool) -> bool:
    match setting:
        case "loopback":
            return is_loopback
        case "yes" | "no":
            return setting == "yes"
        case _:
            raise BadInput(
                f"The setting anonymous_internal = {setting!r} is none of loopback, yes, no."
            )
