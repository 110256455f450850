"""Checks: each looks at one file and returns findings, or says that it could not look."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from affineur.core.ports import Check


def shipped_checks() -> tuple[Check, ...]:
    """Give the checks that affineur ships with, in the order in which they look."""
    # Imported here, because the process that reads archives imports this package too and
    # needs none of them.
    from affineur.checks.archive import Archive  # noqa: PLC0415
    from affineur.checks.change import Change  # noqa: PLC0415
    from affineur.checks.contents import Contents  # noqa: PLC0415
    from affineur.checks.dependencies import Dependencies  # noqa: PLC0415
    from affineur.checks.history import History  # noqa: PLC0415
    from affineur.checks.identity import Identity  # noqa: PLC0415
    from affineur.checks.licence import Licence  # noqa: PLC0415
    from affineur.checks.metadata import MetadataCheck  # noqa: PLC0415
    from affineur.checks.provenance import Provenance  # noqa: PLC0415
    from affineur.checks.quality import Quality  # noqa: PLC0415
    from affineur.checks.vulnerabilities import Vulnerabilities  # noqa: PLC0415

    return (
        Identity(),
        Provenance(),
        History(),
        MetadataCheck(),
        Archive(),
        Contents(),
        Licence(),
        Vulnerabilities(),
        Quality(),
        Dependencies(),
        Change(),
    )
