"""Reading in the files of a release: their members, and the text of one."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from affineur.core.findings import Finding
from affineur.core.member_views import MemberBytes, MemberText, Window
from affineur.core.names import parse_feed_name, parse_project, parse_sha256, parse_version
from affineur.services import reading_files as service
from affineur.services.reading_files import Wanted
from affineur.web.api.base import ActorPart, GearPart, Told

router = APIRouter(tags=["releases"])


class MemberEntryTold(Told):
    """One member of a file."""

    path: str
    size_bytes: int
    sha256: str
    kind: str = Field(description="text, native, bytecode, archive or binary.")
    findings: int


class MembersTold(Told):
    """What a file holds."""

    filename: str
    members: list[MemberEntryTold]


class NotedTold(Told):
    """A finding in a member."""

    line: int | None
    id: str
    severity: str
    what: str


class MemberTextTold(Told):
    """Some lines of a member as they stand there, or its first bytes."""

    path: str
    kind: str
    size_bytes: int
    sha256: str
    encoding: str | None = Field(description="None when it is no text.")
    first: int = Field(description="The number of the first line, counted from 1.")
    total: int = Field(description="How many lines there are in what was read.")
    lines: list[str]
    remarks: list[str] = Field(description="Why it is not whole, or not as it stands there.")
    beginning: str | None = Field(description="The first bytes, as hex, of what is no text.")
    findings: list[NotedTold]


def _asked(
    name: str,
    version: str,
    sha256: Annotated[str, Path(description="The file's digest.")],
    feed: Annotated[str, Query(description="Through which the file is looked for.")] = "internal",
) -> Wanted:
    return Wanted(
        parse_feed_name(feed), parse_project(name), parse_version(version), parse_sha256(sha256)
    )


@router.get("/releases/{name}/{version}/files/{sha256}/members")
async def list_members(
    gear: GearPart, actor: ActorPart, asked: Annotated[Wanted, Depends(_asked)]
) -> MembersTold:
    """List the members of a file that you may download."""
    opened = await service.open_file(gear, actor, asked)
    found = Counter(one.where.file for one in opened.findings if one.where)
    members = [
        MemberEntryTold(
            path=path,
            size_bytes=one.size_bytes,
            sha256=one.sha256,
            kind=one.kind,
            findings=found[path],
        )
        for path, one in opened.report.members.items()
    ]
    return MembersTold(filename=opened.filename.text, members=members)


@router.get("/releases/{name}/{version}/files/{sha256}/text")
async def read_member(
    gear: GearPart,
    actor: ActorPart,
    asked: Annotated[Wanted, Depends(_asked)],
    path: Annotated[str, Query(description="The member, exactly as it is listed.")],
    first: Annotated[int, Query(ge=1, le=2**31 - 1, description="The first line wanted.")] = 1,
) -> MemberTextTold:
    """Give some lines of one member of a file that you may download, 3,000 at most."""
    found = await service.read(gear, actor, asked, path, Window(first=first))
    view = found.view
    lines = view if isinstance(view, MemberText) else None
    return MemberTextTold(
        path=found.path,
        kind=found.member.kind,
        size_bytes=found.member.size_bytes,
        sha256=found.member.sha256,
        encoding=lines.encoding if lines else None,
        first=first,
        total=lines.total if lines else 0,
        lines=list(lines.lines) if lines else [],
        remarks=list(lines.remarks) if lines else [],
        beginning=view.beginning.hex() if isinstance(view, MemberBytes) else None,
        findings=[_noted(one) for one in found.findings],
    )


def _noted(one: Finding) -> NotedTold:
    line = one.where.line if one.where else None
    return NotedTold(line=line, id=one.id, severity=str(one.severity), what=one.what)
