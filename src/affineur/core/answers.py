"""Answers to a request, whole or item by item: what one speaks of, and what all come to.

A request ends when its last item is answered: approved when all were, else rejected; what was
approved of it stands all the same. See decision 0026.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from affineur.core.errors import BadInput, Conflict
from affineur.core.names import ProjectName
from affineur.core.requests import Item, ItemAnswer, Request, RequestState


@dataclass(frozen=True, slots=True)
class Part:
    """What an answer speaks of."""

    names: tuple[str, ...] = ()
    """Items, as `flask` or `flask==3.1.0`; empty means all that are open."""
    is_exact: bool = False
    """An approval speaks of these versions alone."""


EVERYTHING = Part()


def chosen(request: Request, part: Part) -> tuple[Item, ...]:
    """Give the items that an answer speaks of.

    Raises: `BadInput` naming what is not on the request, `Conflict` naming what was answered.
    """
    if not part.names:
        return tuple(item for item in request.items if item.answer is None)
    wanted = {item.id for name in part.names for item in _named(request, name)}
    items = tuple(item for item in request.items if item.id in wanted)
    for item in items:
        if item.answer is not None:
            raise Conflict(
                f"{item.name} was {item.answer} before in request {request.id}.",
                hint=f"See it with: affineur show {request.id}",
            )
    return items


def outcome(answers: Iterable[ItemAnswer | None]) -> RequestState | None:
    """Say what the answers to all items come to; None while one is open."""
    given = set(answers)
    if None in given:
        return None
    return RequestState.REJECTED if ItemAnswer.REJECTED in given else RequestState.APPROVED


def _named(request: Request, name: str) -> list[Item]:
    text, _, version = name.partition("==")
    project = ProjectName(canonicalize_name(text.strip()))
    found = [
        item
        for item in request.items
        if item.release.project == project and (not version or _is_version(item, version))
    ]
    if not found:
        raise BadInput(
            f"{name[:200]!r} is not on request {request.id}.",
            hint="Name a release of it, such as flask or flask==3.1.0.",
        )
    return found


def _is_version(item: Item, text: str) -> bool:
    try:
        return item.release.version == Version(text.strip())
    except InvalidVersion:
        return False
