"""Small makers of core values, so that a test names only what it is about."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from affineur.core.files import Filename, IndexFile
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.pages import Entry, Origin, Page

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def digest(text: str) -> Sha256:
    """A digest that is this text's own."""
    return Sha256(hashlib.sha256(text.encode()).hexdigest())


def index_file(filename: str, uploaded_at: datetime | None = None) -> IndexFile:
    """What an index says of a file whose digest is made from its name."""
    return IndexFile(Filename.parse(filename), digest(filename), uploaded_at=uploaded_at)


def page(project: str, *filenames: str, feed: str = "unapproved") -> Page:
    """A page on which all these files are served."""
    origin = Origin(FeedName(feed))
    return Page(ProjectName(project), tuple(Entry(index_file(one), origin) for one in filenames))


def versions(page: Page) -> dict[str, str]:
    """Each listed file's version with `served` or the reason why not."""
    return {
        str(entry.file.filename.version): entry.withheld.reason if entry.withheld else "served"
        for entry in page.listed
    }
