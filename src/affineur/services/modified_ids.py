"""Reads OSV's `modified_id.csv`: which records there are, and when each was modified last.

A line is a timestamp and an id, before which the ecosystem may stand: `2026-01-02T03:04:05Z,
PyPI/PYSEC-2026-1`. The newest stand first, but nothing here relies on that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from affineur.services.osv_record import moment

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_ECOSYSTEM = "PyPI"


@dataclass(frozen=True, slots=True)
class ModifiedId:
    """A record of PyPI, and when it was modified."""

    id: str
    at: datetime
    has_folder: bool
    """Whether the ecosystem was named before the id."""


def read_modified_ids(content: bytes) -> dict[str, ModifiedId] | None:
    """Read the list, by id; None when it is no such list. Other ecosystems are left out."""
    found: dict[str, ModifiedId] = {}
    try:
        lines = content.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return None
    for line in lines:
        if not line.strip():
            continue
        told, _, name = line.strip().partition(",")
        ecosystem, _, record_id = name.rpartition("/")
        try:
            at = moment(told)
        except (ValueError, OverflowError):
            return None
        if ecosystem in {"", _ECOSYSTEM}:
            if _ID.fullmatch(record_id) is None:
                return None
            found[record_id] = ModifiedId(record_id, at, bool(ecosystem))
    return found or None


def newer(
    listed: Mapping[str, ModifiedId],
    ours: Mapping[str, datetime],
    through: datetime | None,
) -> list[ModifiedId]:
    """Give, newest first, the records that we do not have, or not as new as that.

    Fractions of a second do not count: not every list tells them. `through` is up to when
    a list of the same source was followed before: what we have of that time is as it is there.
    """
    wanted = [one for one in listed.values() if _is_news(one, ours.get(one.id), through)]
    return sorted(wanted, key=lambda one: one.at, reverse=True)


def _is_news(listed: ModifiedId, ours: datetime | None, through: datetime | None) -> bool:
    if ours is None:
        return True
    at = listed.at.replace(microsecond=0)
    return at > ours.replace(microsecond=0) and (through is None or at > through)
