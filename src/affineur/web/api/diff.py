"""What two releases differ in."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from affineur.core.differences import to_json
from affineur.core.names import parse_feed_name, parse_project, parse_version
from affineur.services import differing as service
from affineur.services.differing import Wish
from affineur.web.api.base import ActorPart, Asked, GearPart, Told

router = APIRouter(tags=["vetting"])


class NewDiff(Asked):
    """Which two releases are to be compared."""

    name: str
    old: str
    new: str
    feed: str = Field("internal", description="The feed through which the files are looked for.")
    files: list[str] = Field(
        default_factory=list,
        max_length=100,
        description="Patterns of the paths that are shown, such as `*.py`; all without any.",
    )
    sdist: bool = Field(default=False, description="Compare the sdists, not the wheels.")


class MemberTold(Told):
    """A file in an archive."""

    name: str
    size_bytes: int
    sha256: str
    kind: str


class TouchedTold(Told):
    """A file that is not as it was."""

    path: str
    state: str = Field(description="added, removed, changed or renamed.")
    old: MemberTold | None
    new: MemberTold | None
    diff: str = Field(description="Unified, without the files' names; empty when it is no text.")
    cut: str = Field(description="Why the difference is not whole; empty when it is.")


class DifferenceTold(Told):
    """What two files differ in."""

    old: str
    new: str
    facts: dict[str, object] = Field(description="As the check `change` gives them.")
    summary: list[str] = Field(description="The same in words.")
    files: list[TouchedTold] = Field(description="What matters most stands first.")


@router.post("/diff")
async def show_difference(gear: GearPart, actor: ActorPart, asked: NewDiff) -> DifferenceTold:
    """Show what changed between two releases that you may download, line by line."""
    wish = Wish(
        parse_project(asked.name),
        parse_version(asked.old),
        parse_version(asked.new),
        tuple(asked.files),
        asked.sdist,
    )
    found = await service.between(gear, actor, parse_feed_name(asked.feed), wish)
    return DifferenceTold(**to_json(found))
