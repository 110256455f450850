"""The shapes of policies: their versions, what a trial comes to, and an answer step by step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from affineur.core.findings import Verdict
from affineur.core.policy_flaws import Flaw, Line
from affineur.core.policy_reading import LONGEST
from affineur.core.policy_values import Reason, Step
from affineur.services.policies import MOST_TURNED, Explained, Trial, Turned
from affineur.store.policies import PolicyVersion
from affineur.web.api.base import Asked, Told


class PolicyTold(Told):
    """A feed's policy."""

    toml: str
    version: int = Field(description="The number of the version; 0 when none was ever set.")


class PolicyAsked(Asked):
    """A new policy for a feed."""

    toml: str | None = Field(
        max_length=LONGEST, description="The whole policy; null goes back to the shipped one."
    )


class TrialAsked(Asked):
    """A policy that is to be tried."""

    toml: str = Field(max_length=LONGEST, description="The whole policy.")


class FlawTold(Told):
    """What is wrong with a policy."""

    line: int | None = Field(description="Counted from 1; null when it is about the whole.")
    message: str
    hint: str


class FlawsTold(Told):
    """What is wrong with a policy; an empty list when it can be set."""

    flaws: list[FlawTold]


class LineTold(Told):
    """A line of the difference between two policies."""

    mark: str = Field(description="+ added, - taken away, a blank stays, @ another place.")
    text: str


class DifferenceTold(Told):
    """The lines in which two policies differ, with three around them."""

    lines: list[LineTold]


class VersionTold(Told):
    """A version of a policy."""

    version: int
    by: str
    at: datetime
    toml: str = Field(description="Empty where the shipped policy was set again.")


class PoliciesTold(Told):
    """The versions of a feed's policy, newest first."""

    versions: list[VersionTold]


class ReasonTold(Told):
    """Why a policy answers as it does."""

    rule: str
    outcome: str = Field(description="allow, review or deny.")
    text: str


class TurnedTold(Told):
    """A release that stands approved, and that the policy would answer for more strictly."""

    name: str
    version: str
    now: str = Field(description="What the policy that holds says of it now.")
    then: str
    reasons: list[ReasonTold] = Field(description="Why: those that make the new answer.")


class ReleaseTold(Told):
    """A release."""

    name: str
    version: str


class TrialTold(Told):
    """What a policy would say of all that stands in a feed, by what vetting said of it last."""

    releases: int
    is_all: bool = Field(description="False: only those of the first 20,000 files, by name.")
    allow: int
    review: int
    deny: int
    milder: int = Field(description="Releases for which it would answer more mildly.")
    stricter: int = Field(description="Releases for which it would answer more strictly.")
    turned: list[TurnedTold] = Field(description="The first 1,000 of these, denied ones first.")
    turned_milder: list[TurnedTold] = Field(description="The first 1,000 milder ones.")
    not_assessed: list[ReleaseTold] = Field(description="The first 1,000 that were never vetted.")


class StepTold(Told):
    """One rule or threshold, asked about a release."""

    rule: str
    outcome: str = Field(description="What it says when it holds: allow, review or deny.")
    held: str = Field(description="holds, does not hold, cannot be told, or waived.")
    text: str
    final: bool


class ExplainedTold(Told):
    """What each rule and threshold says of a release, and the answer."""

    feed: str = Field(description="The feed whose policy it is.")
    policy_version: int
    name: str
    version: str
    verdict: str
    reasons: list[ReasonTold] = Field(description="Strictest first.")
    steps: list[StepTold] = Field(description="Every rule and threshold, in order.")
    facts: dict[str, object] = Field(description="What conditions may speak of; see docs.")
    data_as_of: dict[str, datetime] = Field(description="The age of the data, by check.")


def tell_flaws(found: Sequence[Flaw]) -> FlawsTold:
    """Tell what is wrong."""
    told = [FlawTold(line=one.line, message=one.message, hint=one.hint) for one in found]
    return FlawsTold(flaws=told)


def tell_difference(lines: Sequence[Line]) -> DifferenceTold:
    """Tell how two policies differ."""
    return DifferenceTold(lines=[LineTold(mark=one.mark, text=one.text) for one in lines])


def tell_version(one: PolicyVersion) -> VersionTold:
    """Tell a version."""
    return VersionTold(version=one.number, by=one.by, at=one.at, toml=one.toml)


def tell_trial(trial: Trial) -> TrialTold:
    """Tell what a trial came to."""
    return TrialTold(
        releases=trial.releases,
        is_all=trial.is_all,
        allow=trial.verdicts[Verdict.ALLOW],
        review=trial.verdicts[Verdict.REVIEW],
        deny=trial.verdicts[Verdict.DENY],
        milder=len(trial.milder),
        turned_milder=[_turned(one) for one in trial.milder[:MOST_TURNED]],
        stricter=len(trial.stricter),
        turned=[_turned(one) for one in trial.stricter[:MOST_TURNED]],
        not_assessed=[
            ReleaseTold(name=one.project, version=str(one.version))
            for one in trial.unassessed[:MOST_TURNED]
        ],
    )


def _turned(one: Turned) -> TurnedTold:
    verdict = one.then.verdict
    return TurnedTold(
        name=one.release.project,
        version=str(one.release.version),
        now=one.now,
        then=verdict,
        reasons=[_reason(why) for why in one.then.reasons if why.verdict is verdict],
    )


def tell_explained(one: Explained) -> ExplainedTold:
    """Tell an answer step by step."""
    return ExplainedTold(
        feed=one.feed,
        policy_version=one.number,
        name=one.case.project,
        version=str(one.case.version),
        verdict=one.answer.verdict,
        reasons=[_reason(why) for why in one.answer.reasons],
        steps=[_step(step) for step in one.steps],
        facts=dict(one.facts),
        data_as_of=dict(one.case.data_as_of),
    )


def _reason(reason: Reason) -> ReasonTold:
    return ReasonTold(rule=reason.rule, outcome=reason.verdict, text=reason.text)


def _step(step: Step) -> StepTold:
    return StepTold(
        rule=step.rule, outcome=step.outcome, held=step.held, text=step.text, final=step.is_final
    )
