"""What is kept of vetting by digest: each check's last outcome, and what was read in the file."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection, delete, insert, select

from affineur.core.archive_json import from_json, to_json
from affineur.core.archives import ArchiveReport
from affineur.core.findings import Outcome
from affineur.core.names import Sha256
from affineur.store.assessments import outcome_from_json, outcome_to_json
from affineur.store.schema_vetting import archive_report
from affineur.store.schema_vetting import outcome as table


@dataclass(frozen=True, slots=True)
class Kept:
    """An outcome, and the fingerprint of all that it depended on."""

    fingerprint: str
    outcome: Outcome


def of(conn: Connection, sha256: Sha256) -> Mapping[str, Kept]:
    """Give the last outcome of each check for a file, by the check's name."""
    rows = conn.execute(select(table).where(table.c.sha256 == sha256))
    return {row.check_name: Kept(row.fingerprint, outcome_from_json(row.outcome)) for row in rows}


def keep(conn: Connection, now: datetime, sha256: Sha256, new: Iterable[Kept]) -> None:
    """Keep outcomes in the place of those that the same checks had before."""
    rows = [
        {
            "sha256": sha256,
            "check_name": one.outcome.check,
            "fingerprint": one.fingerprint,
            "made_at": now,
            "outcome": outcome_to_json(one.outcome),
        }
        for one in new
    ]
    if not rows:
        return
    is_replaced = table.c.check_name.in_([row["check_name"] for row in rows])
    conn.execute(delete(table).where(table.c.sha256 == sha256, is_replaced))
    conn.execute(insert(table), rows)


def report_of(conn: Connection, sha256: Sha256, reader: str) -> ArchiveReport | None:
    """Give what this version of the reader read in a file; None when it has not."""
    question = select(archive_report.c.report).where(
        archive_report.c.sha256 == sha256, archive_report.c.reader == reader
    )
    packed = conn.execute(question).scalar_one_or_none()
    if packed is None:
        return None
    return from_json(orjson.loads(zlib.decompress(base64.b64decode(packed))))


def keep_report(
    conn: Connection, now: datetime, sha256: Sha256, reader: str, report: ArchiveReport
) -> None:
    """Keep what was read in a file in the place of what an older reader read."""
    told = orjson.dumps(to_json(report))
    packed = base64.b64encode(zlib.compress(told, 1)).decode()
    conn.execute(delete(archive_report).where(archive_report.c.sha256 == sha256))
    row = {"sha256": sha256, "reader": reader, "made_at": now, "report": packed}
    conn.execute(insert(archive_report).values(row))
