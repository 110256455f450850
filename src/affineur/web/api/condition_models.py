"""The shapes of how external indexes are."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from affineur.core.breakers import Breaker
from affineur.services.condition import Asked, Condition
from affineur.web.api.base import Told


class BreakerTold(Told):
    """Whether something is asked of an external index."""

    state: str = Field(description="closed while it answers; open, or half-open before a try.")
    answered_at: datetime | None = Field(description="When it last answered.")
    opened_at: datetime | None = Field(description="Since when it is left alone.")
    next_try_at: datetime | None = Field(description="When it may be tried again.")
    failed_at: datetime | None = Field(description="When it last failed, also if it answers now.")
    cause: str | None = Field(description="How it last failed.")


class ConditionTold(Told):
    """How the external index behind a connector is, as the answering process sees it."""

    id: int = Field(description="The number by which /readyz calls it.")
    feed: str
    name: str
    url: str
    pages: BreakerTold
    files: BreakerTold
    known_pages: int
    oldest_page_at: datetime | None = Field(description="Asked for last of all known pages.")
    missing_names: int = Field(description="Names that it has not, as far as remembered.")
    asking: int = Field(description="Questions about pages that are under way.")
    waiting: int = Field(description="Questions about pages that wait for their turn.")


class ConditionsTold(Told):
    """How external indexes are."""

    connectors: list[ConditionTold]


def tell_condition(one: Condition) -> ConditionTold:
    """Tell how an external index is."""
    return ConditionTold(
        id=one.connector.id,
        feed=one.feed,
        name=one.connector.name,
        url=one.connector.url or "",
        pages=_breaker(one.pages, one.as_of, one.answered_at),
        files=_breaker(one.files, one.as_of, one.files.answered_at),
        known_pages=one.tally.pages,
        oldest_page_at=one.tally.oldest_at,
        missing_names=one.missing,
        asking=one.asking,
        waiting=one.waiting,
    )


def _breaker(one: Breaker, as_of: datetime, answered_at: datetime | None) -> BreakerTold:
    failure = one.last_failure
    return BreakerTold(
        state=one.state(as_of),
        answered_at=answered_at,
        opened_at=one.opened_at,
        next_try_at=one.next_try_at,
        failed_at=failure.at if failure is not None else None,
        cause=failure.cause if failure is not None else None,
    )


class AskedTold(Told):
    """What came of asking an external index on purpose."""

    project: str = Field(description="What it was asked for.")
    answered: bool
    took_s: float
    trouble: str | None = Field(description="Why it gave no answer.")


def tell_asked(found: Asked) -> AskedTold:
    """Tell what came of it."""
    return AskedTold(
        project=found.project,
        answered=found.trouble is None,
        took_s=round(found.took_s, 3),
        trouble=None if found.trouble is None else found.trouble.message,
    )
