"""Archive reports as JSON values: how the reading process answers, and how reports are kept."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from affineur.core.archives import ArchiveReport, Defect, Kind, Member
from affineur.core.findings import Severity, Where
from affineur.core.scans import Capability, Role, Scan, Signal

Json = Mapping[str, Any]  # Any: JSON


def to_json(report: ArchiveReport) -> dict[str, Any]:  # Any: JSON
    """Turn a report into JSON values."""
    metadata = report.metadata
    return {
        "members": {
            name: [one.size_bytes, one.sha256, one.kind] for name, one in report.members.items()
        },
        "metadata": None if metadata is None else base64.b64encode(metadata).decode(),
        "licence_texts": dict(report.licence_texts),
        "texts": dict(report.texts),
        "defects": [[one.id, one.what, one.member] for one in report.defects],
        "scan": _scan_to_json(report.scan),
    }


def from_json(table: Json) -> ArchiveReport:
    """Read a report, trusting none of its form: raises what a wrong form raises.

    `ValueError`, `TypeError`, `KeyError` or `AttributeError`.
    """
    metadata = table["metadata"]
    return ArchiveReport(
        members={
            str(name): Member(int(size), str(sha256), Kind(kind))
            for name, (size, sha256, kind) in table["members"].items()
        },
        metadata=None if metadata is None else base64.b64decode(metadata, validate=True),
        licence_texts={str(name): str(text) for name, text in table["licence_texts"].items()},
        texts={str(name): str(text) for name, text in table["texts"].items()},
        defects=tuple(
            Defect(str(one), str(what), None if member is None else str(member))
            for one, what, member in table["defects"]
        ),
        scan=_scan_from_json(table["scan"]),
    )


def _scan_to_json(scan: Scan) -> dict[str, Any]:  # Any: JSON
    return {
        "version": scan.version,
        "signals": [
            [one.rule, one.severity, one.what, _place_to_json(one.where), one.role, one.anchor]
            for one in scan.signals
        ],
        "capabilities": {
            str(name): [_place_to_json(one) for one in places]  # as plain as JSON wants keys
            for name, places in scan.capabilities.items()
        },
        "unread": [list(one) for one in scan.unread],
    }


def _scan_from_json(table: Json) -> Scan:
    return Scan(
        version=int(table["version"]),
        signals=tuple(
            Signal(str(rule), Severity(weight), str(what), _place(where), Role(role), str(anchor))
            for rule, weight, what, where, role, anchor in table["signals"]
        ),
        capabilities={
            Capability(name): tuple(_place(one) for one in places)
            for name, places in table["capabilities"].items()
        },
        unread=tuple((str(file), str(reason)) for file, reason in table["unread"]),
    )


def _place_to_json(where: Where) -> list[str | int | None]:
    return [where.file, where.line, where.quote]


def _place(value: Any) -> Where:  # Any: JSON
    file, line, quote = value
    return Where(str(file), None if line is None else int(line), str(quote))
