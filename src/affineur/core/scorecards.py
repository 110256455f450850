"""OpenSSF Scorecards: what a service that is asked for a repository's card answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.errors import MessageError
from typing import Any

from packaging.metadata import parse_email

from affineur.core.errors import BadInput
from affineur.core.findings import Fact
from affineur.core.repositories import Repository, repository_of

_FORGES = ("github.com", "gitlab.com")
_LONGEST = 100
_MOST_CHECKS = 50


def repository_in(metadata: bytes) -> Repository | None:
    """Give the repository of which a card can be asked; the first that the metadata names."""
    try:
        raw = parse_email(metadata)[0]
    except (MessageError, ValueError):
        return None
    urls = [*raw.get("project_urls", {}).values(), raw.get("home_page", "")]
    found = (repository_of(url) for url in urls)
    return next((one for one in found if one and one.forge in _FORGES and len(one.path) == 2), None)


def parse_scorecard(body: bytes) -> dict[str, Fact]:
    """Read a card: `score` from 0 to 10, `date`, and `checks` by name, -1 where one had no answer.

    Raise `BadInput` when it is none. Source: the API of the OpenSSF Scorecard, version 2.
    """
    try:
        card: Any = json.loads(body)  # Any: JSON from outside
        score = float(card["score"])
        checks = dict(_checks(card.get("checks") or []))
        date = str(card.get("date", ""))[:_LONGEST]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadInput("What came is no Scorecard.") from error
    if not -1 <= score <= 10:
        raise BadInput(f"A Scorecard's score lies between 0 and 10, and not at {score:g}.")
    return {"score": score, "date": date, "checks": checks}


def _checks(found: list[Mapping[str, Any]]) -> list[tuple[str, Fact]]:  # Any: JSON from outside
    return [(str(one["name"])[:_LONGEST], int(one["score"])) for one in found[:_MOST_CHECKS]]
