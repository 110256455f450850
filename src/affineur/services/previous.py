"""The last approved version of a project, with what the checks see in it.

It is looked at with the checks and the data of today, so that what is new in a later version
is new in the package, and not in what we know of packages. Where a check cannot look at it as
it did then, what it saw then counts. Which file that is: `core.predecessors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from affineur.core import blocks as blocking
from affineur.core.feeds import Feed
from affineur.core.files import IndexFile
from affineur.core.findings import Assessment, Outcome
from affineur.core.names import Sha256
from affineur.core.pages import Page
from affineur.core.ports import Check
from affineur.core.predecessors import predecessor
from affineur.core.requests import RequestFile
from affineur.core.subjects import Need, Previous
from affineur.services import reports, subjects
from affineur.services.gear import Gear
from affineur.services.malware import malware_of
from affineur.store import assessments, blocks, listings

_SURROUNDINGS = frozenset({Need.PREVIOUS, Need.RELEASE})
"""What is gathered for the file that is vetted, and not again for the one before it."""


def find(gear: Gear, page: Page, feed: Feed, file: RequestFile) -> Previous | None:
    """Give the approved file that a file is compared with; None when there is none. Blocking.

    `page` is the project in the source, `feed` where the approval would be listed.
    """
    with gear.db.reading() as conn:
        found = _last_approved(conn, feed, file)
        kept = assessments.latest(conn, found[0].sha256) if found else None
    if found is None:
        return None
    before, approved_at = found
    subject = subjects.gather(gear, page, before)
    outcomes = _outcomes(gear.vetting.checks, reports.assess_once(gear, subject), kept)
    return Previous(
        before,
        approved_at,
        subject.archive,
        tuple(finding for one in outcomes for finding in one.findings),
        {one.check: one.facts for one in outcomes},
    )


def _last_approved(
    conn: Connection, feed: Feed, file: RequestFile
) -> tuple[RequestFile, datetime] | None:
    """Look among what stands in the feed, and is neither blocked nor known as malware."""
    project = file.filename.project
    standing, malware = blocks.current(conn, project), malware_of(conn, project)
    files = listings.files_of(conn, project).get(feed.name, ())
    approved = [one for one in files if not (malware.judge(one) or blocking.judge(standing, one))]
    chosen = predecessor(file.filename, file.sha256, approved)
    if chosen is None or chosen.sha256 is None:
        return None
    listed = {one.filename: one.listed_at for one in listings.listed(conn, feed.id, project)}
    return _request_file(chosen, chosen.sha256), listed[chosen.filename.text]


def _request_file(file: IndexFile, sha256: Sha256) -> RequestFile:
    return RequestFile(file.filename, sha256, file.size_bytes, file.uploaded_at)


def _outcomes(
    checks: Sequence[Check], today: Assessment, kept: Assessment | None
) -> tuple[Outcome, ...]:
    """Take what a check sees today, unless it saw more when the file itself was vetted."""
    before = {one.check: one for one in kept.outcomes} if kept else {}
    looked_around = {one.name for one in checks if one.needs & _SURROUNDINGS}
    return tuple(
        before.get(one.check, one) if one.not_assessed or one.check in looked_around else one
        for one in today.outcomes
    )
