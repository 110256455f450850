"""The pages of a project and of a release."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from affineur.core.advisory_groups import Group, summary
from affineur.core.change_facts import told
from affineur.core.described import Described
from affineur.core.findings import Finding
from affineur.core.names import parse_feed_name, parse_project, parse_version
from affineur.core.pages import Rule
from affineur.core.permissions import Permission
from affineur.services import releases
from affineur.services.release_values import SeenFinding, ShownFile, ShownRelease
from affineur.store.releases import Stay
from affineur.web.http import Answer
from affineur.web.ui.answers import page
from affineur.web.ui.links import url
from affineur.web.ui.markup import Readme
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

_SOME, _ALL = 15, 500
_MOST_PINNED = 60

CHECK_WORDS = {
    "archive": "Archive",
    "change": "Change",
    "contents": "Contents",
    "dependencies": "Dependencies",
    "history": "History",
    "identity": "Identity",
    "licence": "Licence",
    "metadata": "Metadata",
    "provenance": "Provenance",
    "quality": "Quality",
    "vulnerabilities": "Vulnerabilities",
}


async def show_project(visit: Visit, feed: str, project: str) -> Answer:
    """Show a project's versions, newest first, and who owns its name."""
    name, wanted = parse_feed_name(feed), parse_project(project)
    shown = await releases.show_project(visit.gear, visit.actor, name, wanted)
    return await page(
        visit,
        "release/project.html",
        title=f"{wanted} in {name}",
        shown=shown,
        readme=await _readme(visit, shown.described),
        may_block=visit.may(Permission.BLOCK),
        grouped=_grouped,
        limit=_ALL if visit.query("all") else _SOME,
    )


async def show_release(visit: Visit, feed: str, project: str, version: str) -> Answer:
    """Show everything that is known of a release, what decides most first."""
    name, wanted = parse_feed_name(feed), parse_project(project)
    shown = await releases.show(visit.gear, visit.actor, name, wanted, parse_version(version))
    return await page(
        visit,
        "release/release.html",
        title=f"{wanted} {shown.version}",
        shown=shown,
        readme=await _readme(visit, shown.described),
        can_open=lambda one: _can_open(visit, one),
        places=place_in_files(visit, shown),
        change_words=told(shown.judged.facts.get("change", {})) if shown.judged else (),
        summary_of=_summary,
        pinned=_pinned(shown),
        check_words=CHECK_WORDS,
        may_block=visit.may(Permission.BLOCK),
        grouped=_grouped,
        index_url=f"{visit.gear.public_url}/pypi/{name}/simple/",
    )


def _grouped(stays: Sequence[Stay]) -> list[tuple[Stay, list[Stay]]]:
    """Put together the files that came to a feed at once, and left it at once."""
    found: dict[object, list[Stay]] = {}
    for one in stays:
        key = (one.feed, one.since, one.by, one.request_id, one.ended_at, one.ended_why)
        found.setdefault(key, []).append(one)
    return [(some[0], some) for some in found.values()]


def _summary(group: Group) -> str:
    return next((text for one in group.matching if (text := summary(one.record, 300))), "")


def _pinned(shown: ShownRelease) -> str:
    """Write the release as a line of requirements.txt, pinned to what is served."""
    digests = sorted({one.sha256 for one in shown.served if one.sha256})
    hashes = "".join(f" \\\n    --hash=sha256:{one}" for one in digests[:_MOST_PINNED])
    return f"{shown.project}=={shown.version}{hashes}"


async def _readme(visit: Visit, told_of: Described | None) -> Readme | None:
    if told_of is None or not told_of.description.strip():
        return None
    return await visit.renderer.readmes.render(told_of.description, told_of.content_type)


def _can_open(visit: Visit, one: ShownFile) -> bool:
    """Whether to offer to read in a file: `services.reading_files` says the same."""
    if one.sha256 is None or one.withheld is None:
        return one.sha256 is not None
    if one.withheld.rule is Rule.NOT_APPROVED:
        return visit.may(Permission.FEED_READ, one.origin.feed)
    is_blocked = one.withheld.rule in {Rule.BLOCK, Rule.MALWARE}
    return is_blocked and one.is_held and visit.may(Permission.BLOCK)


def place_in_files(
    visit: Visit, shown: ShownRelease
) -> Callable[[Finding | SeenFinding], str | None]:
    """Make what finds the place of a finding in the file reader; None where there is none."""
    readable = {one.sha256 for one in shown.files if one.is_held and _can_open(visit, one)}

    def place(seen: Finding | SeenFinding) -> str | None:
        finding = seen.finding if isinstance(seen, SeenFinding) else seen
        files = seen.files if isinstance(seen, SeenFinding) else ()
        held = [one for one in files if one.sha256 in readable]
        if finding.where is None or not held:
            return None
        return member_url(shown, held[0], finding.where.file, finding.where.line)

    return place


def member_url(shown: ShownRelease, file: ShownFile, path: str, line: int | None) -> str:
    """Give the URL of a line in the file reader."""
    base = ("/feeds", shown.feed.name, "packages", shown.project, shown.version, "files")
    anchor = f"#L{line}" if line else ""
    return url(*base, file.sha256, path=path, line=line) + anchor


ROUTES = (
    Route("GET", "/feeds/{feed}/packages/{project}", show_project),
    Route("GET", "/feeds/{feed}/packages/{project}/{version}", show_release),
)
