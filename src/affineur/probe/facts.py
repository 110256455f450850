"""Rows on what a page tells of files and projects, compared with each other and the file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from affineur.probe.html_page import read_html_page
from affineur.probe.messages import Reply
from affineur.probe.page import About, Page, PageFile
from affineur.probe.rows import (
    CannotTell,
    DoesNotApply,
    Group,
    Verdict,
    absent,
    broken,
    kept,
    may,
    must,
    should,
)
from affineur.probe.samples import Session
from affineur.probe.wheel import core_metadata_of, requires_python_of

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z")

_Told = Callable[[PageFile], object]
_COMPARED: tuple[tuple[str, _Told], ...] = (
    ("sha256", lambda file: file.sha256),
    ("requires-python", lambda file: file.requires_python or None),
    ("yanked", lambda file: file.yanked is not None),
    ("core metadata", lambda file: file.announced),
)


async def _same(session: Session) -> Verdict:
    for sample in session.with_both():
        html, json = sample.html, sample.json
        odd = _difference(html.files, json.files) if html and json else ""
        if odd:
            return broken(sample.json_reply, odd)
    return kept(session.main().json_reply, f"{len(session.with_both())} projects compared")


def _difference(html: Iterable[PageFile], json: Iterable[PageFile]) -> str:
    """Name the first thing that two pages of a project tell differently; empty if none."""
    in_html = {file.filename: file for file in html}
    in_json = {file.filename: file for file in json}
    only = sorted(in_html.keys() ^ in_json.keys())
    if only:
        where = "HTML" if only[0] in in_html else "JSON"
        return f"{len(only)} files in one form only, such as {only[0][:80]} in {where}"
    for filename, file in in_html.items():
        for name, told in _COMPARED:
            one, other = told(file), told(in_json[filename])
            if one != other:
                said = f"HTML says {str(one)[:80]!r}, JSON {str(other)[:80]!r}"
                return f"{name} of {filename[:80]}: {said}"
    return ""


async def _unique(session: Session) -> Verdict:
    for reply, page in session.all_pages():
        doubles = [name for name, n in Counter(f.filename for f in page.files).items() if n > 1]
        if doubles:
            return broken(reply, f"{len(doubles)} files are listed twice: {doubles[0][:80]}")
    reply, page = session.all_pages()[0]
    return kept(reply, f"{len(page.files)} files")


async def _requires_python(session: Session) -> Verdict:
    told = 0
    for reply, page in session.all_pages():
        flaws = page.flaws_about(About.REQUIRES_PYTHON)
        bad = [f for f in page.files if f.requires_python and not _is_specifier(f.requires_python)]
        if flaws or bad:
            return broken(reply, flaws[0] if flaws else f"{bad[0].requires_python!r} is none")
        told += sum(file.requires_python is not None for file in page.files)
    reply = session.all_pages()[0][0]
    wanted, file = requires_python_of(await core_metadata_of(session)), session.some_file()
    said = f"the METADATA of {file.filename} says {wanted!r}, the page {file.requires_python!r}"
    if wanted and not told:
        return absent(reply, said)
    if _specifiers(wanted) != _specifiers(file.requires_python):
        return broken(reply, said)
    if not told:
        raise DoesNotApply("no file was seen that requires a version of Python")
    return kept(reply, f"on {told} links; {said}")


async def _yanked(session: Session) -> Verdict:
    flawed = _first_flaw(session, About.YANKED)
    if flawed:
        return flawed
    for sample in session.samples:
        reasons = [{file.filename: file.yanked for file in page.files} for _, page in sample.pages]
        odd = [name for name in reasons[0] if reasons[-1].get(name) != reasons[0][name]]
        if odd:
            said = f"HTML says {reasons[0][odd[0]]!r}, JSON {reasons[-1].get(odd[0])!r}"
            return broken(sample.json_reply, f"{odd[0][:80]}: {said}")
    for reply, page in session.all_pages():
        yanked = [file for file in page.files if file.yanked is not None]
        if yanked:
            return kept(reply, f"{yanked[0].filename[:80]}: {yanked[0].yanked or 'no reason'!r}")
    raise CannotTell("none of the files that were seen is yanked")


async def _versions(session: Session) -> Verdict:
    for reply, page in session.with_json():
        flaws = page.flaws_about(About.VERSIONS)
        if flaws:
            return broken(reply, flaws[0])
        if page.versions is None:
            return absent(reply, "no `versions`")
        if len(set(page.versions)) < len(page.versions):
            return broken(reply, "a version stands twice in `versions`")
        listed = {_version(one) for one in page.versions}
        missing = [
            file for file in page.files if file.version and _version(file.version) not in listed
        ]
        if missing:
            return broken(reply, f"the version of {missing[0].filename} is not in `versions`")
    reply, page = session.with_json()[0]
    return kept(reply, f"{len(page.versions or ())} versions")


async def _sizes(session: Session) -> Verdict:
    for reply, page in session.with_json():
        flaws = page.flaws_about(About.SIZES)
        if flaws:
            return broken(reply, flaws[0])
        sized = [file for file in page.files if file.size is not None]
        if not sized:
            return absent(reply, "no file has a `size`")
        if len(sized) < len(page.files):
            return broken(reply, f"only {len(sized)} of {len(page.files)} files have a `size`")
    reply = session.with_json()[0][0]
    file, whole = session.some_file(), await session.whole_file()
    if file.size is None:
        raise CannotTell(f"the page of {file.filename[:80]} came without sizes")
    said = f"{file.filename}: the page says {file.size}, {len(whole.body)} bytes came"
    return (kept if file.size == len(whole.body) else broken)(reply, said)


async def _times(session: Session) -> Verdict:
    sample = session.main()
    if sample.json is None and sample.json_reply.is_whole and sample.json_reply.is_html:
        page = read_html_page(sample.json_reply)
        told = sum(file.upload_time is not None for file in page.files)
        said = f"there is no JSON; data-upload-time, which no PEP knows, is on {told} links"
        return absent(sample.json_reply, said)
    told = total = 0
    for reply, page in session.with_json():
        flaws = page.flaws_about(About.TIMES)
        times = [file.upload_time for file in page.files if file.upload_time is not None]
        bad = [time for time in times if not _is_time(time)]
        if flaws or bad:
            return broken(reply, flaws[0] if flaws else f"{bad[0][:40]!r} is not of that form")
        told, total = told + len(times), total + len(page.files)
    reply = session.with_json()[0][0]
    return (kept if told else absent)(reply, f"on {told} of {total} files")


async def _tracks(session: Session) -> Verdict:
    flawed = _first_flaw(session, About.TRACKS)
    if flawed:
        return flawed
    for reply, page in session.all_pages():
        locations = (*(page.tracks or ()), *(page.alternates or ()))
        relative = [url for url in locations if not url.startswith(("https://", "http://"))]
        if relative:
            return broken(reply, f"{relative[0][:80]!r} is not a whole URL")
    return _told_alike(session, lambda page: (page.tracks or (), page.alternates or ()), ((), ()))


async def _status(session: Session) -> Verdict:
    flawed = _first_flaw(session, About.STATUS)
    if flawed:
        return flawed
    for reply, page in session.all_pages():
        if page.status not in {None, "active", "archived", "quarantined", "deprecated"}:
            return broken(reply, f"{page.status!r:.60} is no status of PEP 792")
        if page.status == "quarantined" and page.files:
            return broken(reply, f"it is quarantined, and lists {len(page.files)} files")
    return _told_alike(session, lambda page: page.status, None)


def _told_alike(session: Session, told: Callable[[Page], object], nothing: object) -> Verdict:
    """Judge what a page tells of a project: absent, other in one form, or kept."""
    seen: list[tuple[Reply, object]] = []
    for sample in session.samples:
        said = [told(page) for _, page in sample.pages]
        if said[0] != said[-1]:
            return broken(sample.json_reply, f"HTML says {said[0]!r:.80}, JSON {said[-1]!r:.80}")
        seen.append((sample.pages[-1][0], said[0]))
    reply, value = next((one for one in seen if one[1] != nothing), seen[0])
    if value == nothing:
        return absent(reply, "nothing is told of the projects that were seen")
    return kept(reply, f"{value!r:.120}")


def _first_flaw(session: Session, about: About) -> Verdict | None:
    found: Iterable[tuple[Reply, Page]] = session.all_pages()
    flaws = ((reply, text) for reply, page in found for text in page.flaws_about(about))
    return next((broken(reply, text) for reply, text in flaws), None)


def _is_specifier(text: str) -> bool:
    return _specifiers(text) is not None


def _specifiers(text: str | None) -> SpecifierSet | None:
    try:
        return SpecifierSet(text) if text else None
    except ValueError:  # InvalidSpecifier is one, and so are numbers without an end
        return None


def _version(text: str) -> Version | str:
    try:
        return Version(text)
    except ValueError:  # InvalidVersion is one, and so are numbers without an end
        return text


def _is_time(text: str) -> bool:
    try:
        return _TIME.fullmatch(text) is not None and bool(datetime.fromisoformat(text))
    except ValueError:
        return False


FACTS = Group(
    "What a page tells",
    (
        must("same", "HTML and JSON tell the same of every file", "PEP 691", _same),
        must("unique", "Each file is listed once", "PEP 503", _unique),
        may(
            "requires-python",
            "The Python that a file requires is told",
            "PEP 503",
            _requires_python,
        ),
        may("yanked", "Yanked files are marked, with one reason in both forms", "PEP 592", _yanked),
        should(
            "versions",
            "All versions are listed, those of the files among them",
            "PEP 700",
            _versions,
        ),
        should("sizes", "Each file has its size in bytes", "PEP 700", _sizes),
        should(
            "upload-times",
            "Upload times are told, in UTC and as PEP 700 writes them",
            "PEP 700",
            _times,
        ),
        may("tracks", "Tracked repositories or alternate locations are told", "PEP 708", _tracks),
        may("status", "The status of a project is told", "PEP 792", _status),
    ),
)
