"""What is listed: files, listings, claims, the decisions behind them, and what upstream says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bench.house.people import Opened
from bench.house.rows import Rows, moment, text
from bench.house.shape import File, House, Project, Release

EACH_REQUEST = 6
"""Of so many projects in a row, the first few were approved by one request."""
BY_REQUEST = 200_000
"""Decisions on requests have numbers behind this one."""
_SNAPSHOTS = 12_000
_SIGHTS = 20_000
_YANKED = 997


def fill(rows: Rows, house: House, opened: Opened) -> None:
    """Put in all that is listed, and what the external index said of some of it."""
    rows.put("file", _FILE, _files(house))
    rows.put("decision", _DECISION, _decisions(house, opened))
    rows.put("listing", _LISTING, _listings(house, opened))
    rows.put("claim", "feed_id filename sha256", _claims(house, opened))
    names = ((house.name(number), 1) for number in range(house.scale.projects))
    rows.put("project_change", "project seq", names)
    rows.put("snapshot", _SNAPSHOT, _snapshots(house, opened))
    rows.put("first_sight", "connector_id filename project sha256 seen_at", _sights(house, opened))


def size_of(number: int) -> int:
    """Say of how many projects the request with this number asks."""
    return 1 + number * 5 % EACH_REQUEST


def request_of(house: House, project: int) -> int | None:
    """Give the number of the request that the last release of a project was approved by."""
    number = project // EACH_REQUEST + 1
    if number > house.scale.requests * 3 // 4 or project % EACH_REQUEST >= size_of(number):
        return None
    return number


_FILE = "sha256 size_bytes metadata_sha256 requires_python held_at used_at"
_DECISION = "id request_id verdict comment decided_by decided_at digests evidence is_exact"
_LISTING = (
    "feed_id project version filename sha256 uploaded_at is_upload from_feed_id decision_id "
    "yanked yanked_at listed_at listed_by"
)
_SNAPSHOT = "connector_id project is_missing facts files files_digest fetched_at"

_Row = tuple[object, ...]


def _each(house: House) -> Iterator[tuple[Project, Release, File]]:
    for project in house.projects():
        for release in project.releases:
            for file in release.files:
                yield project, release, file


def _files(house: House) -> Iterator[_Row]:
    used = moment(house.now - timedelta(days=1))
    for _project, release, file in _each(house):
        python = ">=3.9" if file.metadata_sha256 else None
        held = moment(release.at)
        yield file.sha256, file.size_bytes, file.metadata_sha256, python, held, used


def _decisions(house: House, opened: Opened) -> Iterator[_Row]:
    """Give a decision for each project of others, and one for each approved request."""
    for project in house.projects():
        if project.is_own:
            continue
        request = request_of(house, project.number)
        older = project.releases[:-1] if request else project.releases
        digests = [file.sha256 for release in older for file in release.files]
        by = opened.approvers[project.number % len(opened.approvers)]
        at = moment(project.releases[-1].at + timedelta(days=3))
        comment = "Looked at the change and at what it can do."
        yield (
            *(project.number + 1, None, "approved", comment, by, at, text(digests), "{}"),
            False,
        )


def _listings(house: House, opened: Opened) -> Iterator[_Row]:
    for project, release, file in _each(house):
        feed = "internal" if project.is_own else "approved"
        people = opened.builders if project.is_own else opened.approvers
        request = request_of(house, project.number)
        is_last = release is project.releases[-1]
        decision = BY_REQUEST + request if request and is_last else project.number + 1
        yanked = "Broken on import" if file.sha256[:6] < f"{2**24 // _YANKED:06x}" else None
        listed = moment(release.at + timedelta(days=3))
        yield (
            *(opened.feeds[feed], project.name, release.version, file.filename, file.sha256),
            *(moment(release.at), project.is_own),
            None if project.is_own else opened.feeds["unapproved"],
            None if project.is_own else decision,
            *(yanked, listed if yanked else None, listed, people[project.number % len(people)]),
        )


def _claims(house: House, opened: Opened) -> Iterator[_Row]:
    for project, _release, file in _each(house):
        feed = "internal" if project.is_own else "approved"
        yield opened.feeds[feed], file.filename, file.sha256


def _snapshots(house: House, opened: Opened) -> Iterator[_Row]:
    for number in range(min(_SNAPSHOTS, house.scale.projects)):
        project = house.project(number)
        if not project.is_own:
            files = [_told(release, file) for release in project.releases for file in release.files]
            facts = text({"reading": 1})
            said = text(files)
            digest = project.releases[-1].files[0].sha256
            fetched = moment(house.now)
            yield opened.upstream, project.name, False, facts, said, digest, fetched


def _told(release: Release, file: File) -> dict[str, Any]:  # Any: JSON
    return {
        "filename": file.filename,
        "sha256": file.sha256,
        "size_bytes": file.size_bytes,
        "uploaded_at": release.at.isoformat(),
        "requires_python": ">=3.9",
        "location": f"http://127.0.0.1:9/files/{file.sha256}/{file.filename}",
    }


def _sights(house: House, opened: Opened) -> Iterator[_Row]:
    for number in range(min(_SIGHTS, house.scale.projects)):
        project = house.project(number)
        for release in () if project.is_own else project.releases:
            for file in release.files:
                seen = moment(release.at + timedelta(hours=number % 40))
                yield opened.upstream, file.filename, project.name, file.sha256, seen
