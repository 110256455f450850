"""Checks of third parties, found by their entry points in the group `affineur.checks`.

Each entry point names a function without parameters, or a class, that gives a `Check`.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from affineur.core.errors import BadInput

if TYPE_CHECKING:
    from affineur.core.ports import Check

GROUP = "affineur.checks"
_MEMBERS = ("name", "version", "needs", "wants", "look")


def third_party_checks() -> tuple[Check, ...]:
    """Load them in the order of their names; raise `BadInput` naming one that cannot be had.

    A server does not start without a check that was installed: without it everything would
    pass that it was meant to find.
    """
    return tuple(_load(one) for one in sorted(entry_points(group=GROUP), key=lambda one: one.name))


def _load(point: EntryPoint) -> Check:
    try:
        check: Check = point.load()()
    except Exception as error:
        raise _unusable(point, f"it raised {type(error).__name__}: {str(error)[:200]}") from error
    missing = [name for name in _MEMBERS if not hasattr(check, name)]
    if missing:
        raise _unusable(point, f"it has no {', '.join(missing)}")
    return check


def _unusable(point: EntryPoint, why: str) -> BadInput:
    return BadInput(
        f"The check {point.name!r} ({point.value}) cannot be used: {why}.",
        hint="Mend it, or uninstall the distribution that brings it. See docs/checks.md.",
    )
