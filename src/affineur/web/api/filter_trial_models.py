"""The shape of what a filter would withhold."""

from __future__ import annotations

from pydantic import Field

from affineur.core.filter_trials import Withheld
from affineur.services.filter_trials import FilterTrial, Tried
from affineur.web.api.base import Told

MOST_TOLD = 500


class WithheldTold(Told):
    """A release of which files would be withheld."""

    name: str
    version: str
    files: int = Field(description="How many of its files would be withheld.")
    of_files: int = Field(description="How many of its files were looked at.")
    downloads: int = Field(description="How often those were taken in 30 days.")


class TriedTold(Told):
    """What a filter would withhold of some files."""

    files: int = Field(description="How many files were looked at.")
    is_all: bool = Field(description="False: only the most used, or the newest, were looked at.")
    withheld: int = Field(description="How many of them would be withheld.")
    releases: list[WithheldTold] = Field(description=f"Most used first; {MOST_TOLD} at most.")


class TakerTold(Told):
    """Somebody who took what would be withheld."""

    name: str
    downloads: int


class FilterTrialTold(Told):
    """What a filter would do if it were added."""

    days: int
    used: TriedTold = Field(description="Of what came through the connector in so many days.")
    standing: TriedTold = Field(
        description="Of what stands behind it; what was approved from an index outside stays so."
    )
    takers: list[TakerTold] = Field(description="Who would notice.")


def tell_trial(trial: FilterTrial) -> FilterTrialTold:
    """Tell a trial."""
    return FilterTrialTold(
        days=trial.days,
        used=_tried(trial.used),
        standing=_tried(trial.standing),
        takers=[TakerTold(name=name, downloads=count) for name, count in trial.takers],
    )


def _tried(tried: Tried) -> TriedTold:
    return TriedTold(
        files=tried.files,
        is_all=tried.is_all,
        withheld=tried.withheld,
        releases=[_withheld(one) for one in tried.releases[:MOST_TOLD]],
    )


def _withheld(one: Withheld) -> WithheldTold:
    return WithheldTold(
        name=one.project,
        version=str(one.version),
        files=len(one.files),
        of_files=one.of_files,
        downloads=one.downloads,
    )
