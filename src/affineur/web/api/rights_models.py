"""The shapes of what a user can do at a feed, and who can do anything there."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from affineur.services.rights import Explained, Member
from affineur.web.api.base import Told


class RightTold(Told):
    """A permission, and why somebody has it, or has it not."""

    permission: str
    allows: str
    is_given: bool
    by: list[str] = Field(description="The grants that give it, also when a token takes it away.")
    why: str


class RightsTold(Told):
    """What a user can do at a feed."""

    user: str
    feed: str
    token: str | None = Field(description="What the token is for that was asked about.")
    rights: list[RightTold]


class MemberTold(Told):
    """Somebody with a role at a feed."""

    name: str
    grants: list[str]


class MembersTold(Told):
    """Who has a role at a feed."""

    members: list[MemberTold]


def tell_rights(found: Explained) -> RightsTold:
    """Tell what a user can do."""
    return RightsTold(
        user=found.user,
        feed=found.feed,
        token=found.token,
        rights=[
            RightTold(
                permission=one.permission,
                allows=one.allows,
                is_given=one.is_given,
                by=[str(grant) for grant in one.by],
                why=one.why,
            )
            for one in found.rights
        ],
    )


def tell_members(found: Sequence[Member]) -> MembersTold:
    """Tell who has a role."""
    return MembersTold(
        members=[
            MemberTold(name=one.name, grants=[str(grant) for grant in one.grants]) for one in found
        ]
    )
