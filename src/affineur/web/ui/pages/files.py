"""The file reader: what a file of a release holds, and what stands in one of its members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from affineur.core.archive_tree import chain, folders
from affineur.core.archives import Member
from affineur.core.errors import DomainError, NotFound
from affineur.core.findings import Finding, Severity
from affineur.core.member_views import MemberBytes, MemberText, Window
from affineur.core.names import parse_feed_name, parse_project, parse_sha256, parse_version
from affineur.services import reading_files
from affineur.services.reading_files import NotHeld, Opened, ReadMember, Wanted
from affineur.web.http import Answer
from affineur.web.ui.answers import page, redirect
from affineur.web.ui.colouring import code
from affineur.web.ui.links import url
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

_LINES = 1_500
_BEFORE = 200
_HEX = 16
_WORST = (Severity.BLOCK, Severity.REVIEW, Severity.INFO)


@dataclass(frozen=True, slots=True)
class Line:
    """One line as the page shows it."""

    number: int
    code: Markup
    findings: tuple[Finding, ...]

    @property
    def worst(self) -> Severity | None:
        """The weight of the worst finding on it."""
        return min((one.severity for one in self.findings), key=_WORST.index, default=None)


async def show_file(visit: Visit, feed: str, project: str, version: str, sha256: str) -> Answer:
    """Show a file's members, and some lines of the one that is asked for."""
    wanted = _wanted(feed, project, version, sha256)
    path = visit.query("path")
    try:
        opened = await reading_files.open_file(visit.gear, visit.actor, wanted)
    except NotHeld as lack:
        return await _not_held(visit, wanted, lack)
    members = opened.report.members
    tree = folders(members, opened.findings, chain(path or _trunk(members)))
    is_folder = not path or path.endswith("/")
    shown = None if is_folder else await _member(visit, opened, path)
    if is_folder and path not in tree and path:
        raise NotFound(f"{opened.filename.text} holds no folder {path[:200]!r}.")
    return await page(
        visit,
        "release/file.html",
        title=shown.path if shown else opened.filename.text,
        wanted=wanted,
        opened=opened,
        path=path,
        tree=tree,
        shown=shown,
        here=lambda **query: _here(wanted, **query),
        part=_as_text(visit, shown) if shown else {"found": _found(opened, path)},
    )


async def fetch_file(visit: Visit, feed: str, project: str, version: str, sha256: str) -> Answer:
    """Fetch a file that was not fetched yet."""
    wanted = _wanted(feed, project, version, sha256)
    await reading_files.fetch(visit.gear, visit.actor, wanted)
    return redirect(visit, _here(wanted), said="It is here now.")


def _wanted(feed: str, project: str, version: str, sha256: str) -> Wanted:
    return Wanted(
        parse_feed_name(feed), parse_project(project), parse_version(version), parse_sha256(sha256)
    )


def _here(wanted: Wanted, **query: object) -> str:
    release = ("/feeds", wanted.feed, "packages", wanted.project, wanted.version)
    return url(*release, "files", wanted.sha256, **query)


async def _not_held(visit: Visit, wanted: Wanted, lack: DomainError) -> Answer:
    return await page(
        visit,
        "release/fetch.html",
        title="Not fetched yet",
        status=409,
        wanted=wanted,
        lack=lack,
        here=_here(wanted),
    )


async def _member(visit: Visit, opened: Opened, path: str) -> ReadMember:
    line = _number(visit.query("line"))
    first = _number(visit.query("first")) or max(1, (line or 1) - _BEFORE)
    window = Window(first=first, lines=_LINES)
    return await reading_files.read_in(visit.gear, opened, path, window)


def _trunk(members: Mapping[str, Member]) -> str:
    """Give the folder in which everything stands, as in an sdist."""
    first, last = min(members, default=""), max(members, default="")
    shared = [one for one in chain(first) if last.startswith(one)]
    return shared[-1]


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    return (int(text) or None) if is_number else None


def _as_text(visit: Visit, shown: ReadMember) -> Mapping[str, object]:
    """Give what the page shows of a member: its lines, or its first bytes."""
    view = shown.view
    if isinstance(view, MemberBytes):
        return {"text": None, "dump": _dump(view.beginning)}
    before = max(1, view.first - _LINES) if view.first > 1 else None
    lines = _lines(view, shown.findings)
    found = [one.number for one in lines if one.findings]
    return {
        "text": view,
        "lines": lines,
        "then": dict(pairwise(found)),
        "elsewhere": _elsewhere(view, shown.findings),
        "before": before,
        "after": view.last + 1 if view.last < view.total else None,
        "asked_line": _number(visit.query("line")),
    }


def _lines(view: MemberText, findings: Sequence[Finding]) -> list[Line]:
    at: dict[int, list[Finding]] = {}
    for one in findings:
        at.setdefault((one.where and one.where.line) or 0, []).append(one)
    colours = view.colours or ((),) * len(view.lines)
    return [
        Line(number, code(text, spans), tuple(at.get(number, ())))
        for number, (text, spans) in enumerate(zip(view.lines, colours, strict=False), view.first)
    ]


def _elsewhere(view: MemberText, findings: Sequence[Finding]) -> list[Finding]:
    """Give the findings that stand at no line that is shown."""
    shown = range(view.first, view.first + len(view.lines))
    return [one for one in findings if not one.where or one.where.line not in shown]


def _dump(beginning: bytes) -> list[str]:
    """Write bytes as people read them: place, hexadecimal, letters."""
    rows = [(at, beginning[at : at + _HEX]) for at in range(0, len(beginning), _HEX)]
    return [
        f"{at:06x}  {row.hex(' '):<47}  {''.join(chr(c) if 32 <= c < 127 else '.' for c in row)}"
        for at, row in rows
    ]


def _found(opened: Opened, folder: str) -> list[tuple[str, list[Finding]]]:
    """Give the files in a folder that findings speak of, those with the worst first."""
    seen: dict[str, list[Finding]] = {}
    for one in opened.findings:
        if one.where is not None and one.where.file.startswith(folder):
            seen.setdefault(one.where.file, []).append(one)
    worst = {path: min(_WORST.index(one.severity) for one in some) for path, some in seen.items()}
    return sorted(seen.items(), key=lambda one: (worst[one[0]], one[0]))


ROUTES = (
    Route("GET", "/feeds/{feed}/packages/{project}/{version}/files/{sha256}", show_file),
    Route("POST", "/feeds/{feed}/packages/{project}/{version}/files/{sha256}", fetch_file),
)
