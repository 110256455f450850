"""As many OSV records as there are today, made from a snapshot or from nothing.

OSV has some 25,000 records about PyPI, half of them of malware. The records of a snapshot are
taken again under further ids and names until there are as many; a malware record is short.
"""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

Record = dict[str, Any]  # Any: an OSV document

VULNERABILITIES = 15_000
MALWARE = 12_000
_WORDS = "the a request server token header parse remote attacker may read write heap of in to by"


def records(snapshot: Path | None) -> Iterator[Record]:
    """Make all records; the same ones each time."""
    chance = random.Random(4)  # noqa: S311  nothing is kept secret by it
    base = _of(snapshot) if snapshot else [_made_up(chance, number) for number in range(2500)]
    for number in range(VULNERABILITIES):
        yield _again(base[number % len(base)], number // len(base))
    for number in range(MALWARE):
        yield _malware(chance, number)


def changed(record: Record, moment: str) -> Record:
    """Give the record as somebody corrected it."""
    return record | {"modified": moment, "summary": "corrected"}


def _of(snapshot: Path) -> list[Record]:
    with zipfile.ZipFile(snapshot) as archive:
        documents = [orjson.loads(archive.read(name)) for name in sorted(archive.namelist())]
    return [one for one in documents if one.get("affected")]


def _again(record: Record, turn: int) -> Record:
    """Take a record again, as one of its own about a project of its own."""
    if turn == 0:
        return record
    affected = [
        one | {"package": one["package"] | {"name": f"{one['package']['name']}-{turn}"}}
        for one in record["affected"]
    ]
    aliases = [f"{alias}-{turn}" for alias in record.get("aliases", [])]
    return record | {"id": f"{record['id']}-{turn}", "aliases": aliases, "affected": affected}


def _made_up(chance: random.Random, number: int) -> Record:
    minor = chance.randint(1, 60)
    versions = [f"{major}.{one}.0" for major in (0, 1) for one in range(minor)]
    ranges = [
        {"type": "GIT", "repo": "https://example.org/x", "events": [{"introduced": "0"}]},
        {
            "type": "ECOSYSTEM",
            "events": [{"introduced": "0"}, {"fixed": f"1.{minor}.0"}],
        },
    ]
    package = {"ecosystem": "PyPI", "name": f"project-{number % 900}"}
    return {
        "id": f"PYSEC-2026-{number}",
        "modified": "2026-01-02T03:04:05.678901Z",
        "published": "2026-01-01T00:00:00Z",
        "aliases": [f"CVE-2026-{number}"],
        "details": " ".join(chance.choices(_WORDS.split(), k=200)),
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected": [{"package": package, "ranges": ranges, "versions": versions}],
    }


def _malware(chance: random.Random, number: int) -> Record:
    package = {"ecosystem": "PyPI", "name": f"malicious-{number}"}
    return {
        "id": f"MAL-2026-{number}",
        "modified": "2026-03-02T03:04:05Z",
        "published": "2026-03-01T00:00:00Z",
        "summary": f"Malicious code in malicious-{number}",
        "details": " ".join(chance.choices(_WORDS.split(), k=60)),
        "affected": [{"package": package, "versions": ["1.0.0", "1.0.1"]}],
    }
