"""Which projects and which file are looked at, and what of them the rows share.

Named projects are taken as they are. Otherwise a few are chosen: well-known ones if they are
there, then the first ones of the list of all projects, as far as that is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from packaging.version import Version

from affineur.core.errors import BadInput
from affineur.core.names import parse_project
from affineur.probe.asking import Asker
from affineur.probe.html_page import Names, read_html_names, read_html_page
from affineur.probe.json_page import Unreadable, read_json_names, read_json_page
from affineur.probe.messages import JSON, TEXT_HTML, Ask, Pairs, Reply, is_same_origin
from affineur.probe.page import Page, PageFile
from affineur.probe.rows import CannotTell, DoesNotApply, Trouble

_WELL_KNOWN = ("six", "packaging", "attrs")
_MOST_SAMPLES = 3
_MOST_TRIED = 6
_SMALL_BYTES = 1_000_000
_GUESSED_BYTES = 100 * _SMALL_BYTES


@dataclass(frozen=True, slots=True)
class Sample:
    """A project, in the forms in which the index has it."""

    project: str
    html_reply: Reply
    json_reply: Reply
    html: Page | None
    json: Page | None
    unreadable: str = ""
    """What is wrong with a page that says it is JSON, and cannot be read at all."""

    @property
    def page(self) -> Page | None:
        """Its page in the richer of its forms."""
        return self.json or self.html

    @property
    def pages(self) -> tuple[tuple[Reply, Page], ...]:
        """Its page in each form that there is."""
        both = ((self.html_reply, self.html), (self.json_reply, self.json))
        return tuple((reply, page) for reply, page in both if page is not None)


class Session:
    """What all rows look at: an index, its list of projects, some projects, and one file."""

    def __init__(self, asker: Asker, home: str) -> None:
        self.asker = asker
        self.home = home
        self.samples: tuple[Sample, ...] = ()
        self.file: PageFile | None = None
        self.tried: list[str] = []
        """What was asked for and could not be used, with the reason."""
        self.pages: list[Reply] = []
        """Every answer to a project's URL, usable or not."""

    def page_url(self, project: str) -> str:
        """Where a project's page is."""
        return f"{self.home}{project}/"

    async def get(
        self, url: str, accept: str, headers: Pairs = (), *, follows: bool = True
    ) -> Reply:
        """Ask for a page."""
        return await self.asker.ask(Ask(url, accept, headers), follows=follows)

    async def root(self, accept: str) -> Reply:
        """Ask for the list of all projects, or its beginning."""
        ask = Ask(self.home, accept)
        return await self.asker.ask(ask, self.asker.limits.root_bytes, follows=True)

    async def whole_file(self) -> Reply:
        """Fetch the file that was chosen; raise `CannotTell` when it does not come whole."""
        file = self.some_file()
        reply = await self.asker.ask(Ask(file.url), self.asker.limits.file_bytes, follows=True)
        if not reply.is_whole:
            raise CannotTell(f"the file does not come: {reply.told()}", reply.ask)
        return reply

    def some_file(self) -> PageFile:
        """Give the file that was chosen, or raise `CannotTell`."""
        if self.file is None:
            raise CannotTell("no file was found that could be looked at")
        return self.file

    def main(self) -> Sample:
        """Give the first project, or raise `CannotTell`."""
        if not self.samples:
            tried = "; ".join(self.tried)
            raise CannotTell(f"no project was found that could be looked at ({tried})")
        return self.samples[0]

    def with_html(self) -> tuple[tuple[Reply, Page], ...]:
        """Give the pages in HTML; raise `DoesNotApply` when there are none."""
        self.main()
        found = tuple((one.html_reply, one.html) for one in self.samples if one.html)
        return _some(found, "no page is served as HTML")

    def with_json(self) -> tuple[tuple[Reply, Page], ...]:
        """Give the pages in JSON; raise `DoesNotApply` when there are none."""
        self.main()
        found = tuple((one.json_reply, one.json) for one in self.samples if one.json)
        if not found and any(one.unreadable for one in self.samples):
            raise CannotTell("the pages in JSON cannot be read")
        return _some(found, "no page is served as JSON")

    def with_both(self) -> tuple[Sample, ...]:
        """Give the projects that come in both forms; raise `DoesNotApply` when none does."""
        self.main()
        found = tuple(one for one in self.samples if one.html and one.json)
        if not found:
            raise DoesNotApply("pages are served in one form only")
        return found

    def all_pages(self) -> tuple[tuple[Reply, Page], ...]:
        """Give every page, in every form."""
        self.main()
        return tuple(pair for one in self.samples for pair in one.pages)


async def choose(session: Session, named: Sequence[str]) -> None:
    """Choose what is looked at."""
    candidates = named or await _candidates(session)
    most = len(named) or _MOST_SAMPLES
    found: list[Sample] = []
    for project in candidates:
        if len(found) == most:
            break
        sample = await _sample(session, project)
        if sample is not None:
            found.append(sample)
    chosen = min(_choices(found), key=_cost, default=None)
    if chosen is not None:  # the project whose file is looked at comes first
        found.sort(key=lambda sample: sample.page is None or chosen not in sample.page.files)
    session.samples, session.file = tuple(found), chosen


async def names(session: Session) -> Names:
    """Read the list of all projects in whatever form it comes; empty when it does not."""
    for accept in (TEXT_HTML, JSON):
        try:
            reply = await session.root(accept)
        except Trouble:
            continue
        if reply.status == 200 and reply.is_html:
            return read_html_names(reply)
        if reply.status == 200 and reply.is_json:
            return read_json_names(reply)
    return Names((), is_whole=False)


async def _candidates(session: Session) -> list[str]:
    listed = await names(session)
    known = [name for name in map(_normalised, listed.names) if name is not None]
    if listed.is_whole and known:
        first = [name for name in _WELL_KNOWN if name in set(known)]
    else:
        first = list(_WELL_KNOWN)
    return list(dict.fromkeys([*first, *known[: 2 * _MOST_TRIED]]))[:_MOST_TRIED]


def _normalised(name: str) -> str | None:
    try:
        return parse_project(name)
    except BadInput:
        return None


async def _sample(session: Session, project: str) -> Sample | None:
    """Ask for a project in both forms; None when it has no page with a file."""
    url = session.page_url(project)
    try:
        html_reply = await session.get(url, TEXT_HTML)
        json_reply = await session.get(url, JSON)
    except Trouble as trouble:
        session.tried.append(f"{project}: {trouble.verdict.answer}")
        return None
    if not is_same_origin(html_reply.url, session.home):
        session.tried.append(f"{project}: led to another index")
        return None
    session.pages += [html_reply, json_reply]
    html = read_html_page(html_reply) if html_reply.is_whole and html_reply.is_html else None
    json, unreadable = _read_json(json_reply, project)
    sample = Sample(project, html_reply, json_reply, html, json, unreadable)
    if any(page.files for _, page in sample.pages):
        return sample
    told = html_reply.told("Content-Type")
    session.tried.append(f"{project}: {told}, {unreadable or 'no link to a file'}")
    return None


def _read_json(reply: Reply, project: str) -> tuple[Page | None, str]:
    if not (reply.is_whole and reply.is_json):
        return None, ""
    try:
        return read_json_page(reply, project), ""
    except Unreadable as error:
        return None, str(error)


def _choices(samples: Iterable[Sample]) -> list[PageFile]:
    """List all files, those of each project newest first: the newest tell most."""
    return [
        file
        for sample in samples
        if sample.page
        for file in sorted(sample.page.files, key=_version, reverse=True)
    ]


def _version(file: PageFile) -> Version:
    return Version(file.version or "0")


def _cost(file: PageFile) -> tuple[bool, bool, bool, bool, bool, int]:
    """Tell how much we would rather look at another file; small wheels that say much are best."""
    is_portable = file.filename.endswith("-none-any.whl")
    guessed = _SMALL_BYTES if is_portable else _GUESSED_BYTES
    size = file.size if file.size is not None else guessed
    too_large = size if size > _SMALL_BYTES else 0
    return (
        file.yanked is not None,
        file.sha256 is None,
        not file.is_wheel,
        file.announced is None,
        file.size is None,
        too_large,
    )


def _some(found: tuple[tuple[Reply, Page], ...], otherwise: str) -> tuple[tuple[Reply, Page], ...]:
    if not found:
        raise DoesNotApply(otherwise)
    return found
