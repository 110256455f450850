"""What was read and said of a file is kept by its digest, and read and said once.

An archive is read again when the reader changed; a check looks again when it changed, or
something that it depends on did. What could not be read or assessed is always tried again.
"""

from __future__ import annotations

from pathlib import Path

from affineur.core.archives import ArchiveReport
from affineur.core.errors import DomainError
from affineur.core.findings import Assessment
from affineur.core.requests import RequestFile
from affineur.core.subjects import NotAssessable, Subject
from affineur.core.vetting import assess, fingerprint
from affineur.services.gear import Gear
from affineur.store import outcomes
from affineur.store.outcomes import Kept


def read(gear: Gear, file: RequestFile) -> ArchiveReport | NotAssessable:
    """Give what stands in a held file; what keeps us from reading it is the answer. Blocking."""
    reader = gear.vetting.reader
    with gear.db.reading() as conn:
        known = outcomes.report_of(conn, file.sha256, reader.version)
    if known is not None:
        return known
    try:
        with gear.blobs.as_file(file.sha256) as path:
            report = reader.read(path, file.filename)
    except NotAssessable as error:
        return error
    except DomainError as error:
        return NotAssessable(error.message)
    if report.scan.version:  # else the scan failed, perhaps for want of time: it is tried again
        with gear.db.writing() as conn:
            outcomes.keep_report(conn, gear.clock.now(), file.sha256, reader.version, report)
    return report


def read_at(gear: Gear, file: RequestFile, path: Path) -> ArchiveReport | NotAssessable:
    """Read a file that lies at a path; nothing of it is kept. Blocking."""
    try:
        return gear.vetting.reader.read(path, file.filename)
    except NotAssessable as error:
        return error


def assess_once(gear: Gear, subject: Subject) -> Assessment:
    """Assess a file; checks whose last outcome still holds do not look again. Blocking."""
    checks, sha256 = gear.vetting.checks, subject.file.sha256
    prints = {
        check.name: fingerprint(check, subject, gear.vetting.reader.version) for check in checks
    }
    with gear.db.reading() as conn:
        known = outcomes.of(conn, sha256)
    kept = {name: one.outcome for name, one in known.items() if prints.get(name) == one.fingerprint}
    assessment = assess(checks, subject, kept)
    new = [
        Kept(prints[one.check], one)
        for one in assessment.outcomes
        if one.check not in kept and one.not_assessed is None
    ]
    if new:
        with gear.db.writing() as conn:
            outcomes.keep(conn, subject.now, sha256, new)
    return assessment
