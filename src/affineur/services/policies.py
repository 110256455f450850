"""Policies of feeds: reading and setting them, and trying one before it is set.

Every text that a feed had stays, with its number; `feed.policy_toml` is the one that holds. A
new policy is asked about open requests at once (`services.rejudging`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from packaging.version import Version
from sqlalchemy import Connection

from affineur.core.cases import Case, case_of
from affineur.core.errors import NotFound
from affineur.core.events import Event
from affineur.core.feeds import Feed
from affineur.core.findings import Assessment, Fact, Verdict
from affineur.core.names import FeedName, ProjectName
from affineur.core.permissions import Actor, Permission, require
from affineur.core.policy import decide, explain
from affineur.core.policy_facts import facts_for
from affineur.core.policy_flaws import Flaw, Line, difference, flaws
from affineur.core.policy_presets import MANUAL
from affineur.core.policy_reading import parse_policy
from affineur.core.policy_values import Answer, Step
from affineur.core.requests import Release
from affineur.core.waivers import Waiver
from affineur.services import judging
from affineur.services.feeds import deciding_feed, existing
from affineur.services.gear import Gear
from affineur.services.judging import REJUDGE
from affineur.store import approved, audit, jobs, policies, waivers
from affineur.store import feeds as feed_store
from affineur.store.policies import PolicyVersion

MOST_TURNED = 1_000
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class ShownPolicy:
    """A policy's text and the number of its version; 0 is the shipped one."""

    number: int
    toml: str


@dataclass(frozen=True, slots=True)
class Turned:
    """A release that stands approved, and that another policy would answer for otherwise."""

    release: Release
    now: Verdict
    then: Answer


@dataclass(frozen=True, slots=True)
class Trial:
    """What a policy would say of all that stands approved in a feed."""

    releases: int
    stricter: tuple[Turned, ...]
    milder: tuple[Turned, ...]
    verdicts: Mapping[Verdict, int]
    """How many releases would get which answer."""
    is_all: bool
    """Whether every release was asked about; else those of the first 20,000 files, by name."""
    unassessed: tuple[Release, ...]
    """Of these nothing is known to ask the policy about: they were never vetted here."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What each rule and threshold of a policy says of a release, and the answer."""

    feed: FeedName
    number: int
    case: Case
    facts: Mapping[str, Fact]
    """What the rules' conditions may speak of."""
    steps: tuple[Step, ...]
    answer: Answer


def show(gear: Gear, actor: Actor, name: FeedName, number: int | None = None) -> ShownPolicy:
    """Read a feed's policy as TOML: the one that holds, or an earlier version."""
    require(actor, Permission.REQUEST_READ, name)
    with gear.db.reading() as conn:
        feed = existing(conn, name)
        if number is None:
            return ShownPolicy(policies.current_number(conn, feed.id), feed.policy_toml or MANUAL)
        found = policies.version(conn, feed.id, number)
    if found is None:
        raise NotFound(
            f"The policy of '{name}' has no version {number}.",
            hint=f"See: affineur policy history {name}",
        )
    return ShownPolicy(number, found.toml or MANUAL)


def history(gear: Gear, actor: Actor, name: FeedName) -> tuple[PolicyVersion, ...]:
    """List the versions of a feed's policy, newest first."""
    require(actor, Permission.REQUEST_READ, name)
    with gear.db.reading() as conn:
        return policies.versions(conn, existing(conn, name).id)


def set_policy(gear: Gear, actor: Actor, name: FeedName, toml: str | None) -> None:
    """Give a feed its own policy, or with None the shipped one again; it must be readable."""
    require(actor, Permission.FEED_MANAGE, name)
    parse_policy(toml, gear.conditions)
    now = gear.clock.now()
    with gear.db.writing() as conn:
        feed = existing(conn, name)
        if feed.policy_toml == toml:
            return
        if feed.policy_toml is not None and not policies.current_number(conn, feed.id):
            policies.add(conn, feed.id, feed.policy_toml, "unknown", now)  # set before versions
        number = policies.add(conn, feed.id, toml or "", actor.name, now)
        feed_store.update_feed(conn, feed.id, policy_toml=toml)
        jobs.enqueue(conn, now, REJUDGE, str(feed.id))
        after = {"toml": toml, "version": number}
        changed = Event("policy.changed", f"feed:{name}", {"toml": feed.policy_toml}, after)
        audit.record(conn, now, actor, changed)


def try_out(gear: Gear, actor: Actor, name: FeedName, toml: str) -> Trial:
    """Ask a policy about everything that stands in a feed, by what vetting said of it last.

    Whoever may set it may try it: a policy can be made to cost much over thousands of releases.
    """
    require(actor, Permission.FEED_MANAGE, name)
    then = parse_policy(toml, gear.conditions)
    with gear.db.reading() as conn:
        feed = existing(conn, name)
        now = judging.policy_of(gear, feed)
        asked = [
            (case, None if case is None else (decide(now, case), decide(then, case)), release)
            for release, case in _cases(conn, gear, feed)
        ]
        is_all = not approved.is_more(conn, feed.id)
    judged = [(release, *answers) for _case, answers, release in asked if answers is not None]
    turned = [Turned(release, before.verdict, after) for release, before, after in judged]
    stricter = [one for one in turned if one.then.verdict.rank > one.now.rank]
    stricter.sort(key=lambda one: -one.then.verdict.rank)
    return Trial(
        releases=len(asked),
        stricter=tuple(stricter),
        milder=tuple(one for one in turned if one.then.verdict.rank < one.now.rank),
        verdicts={
            verdict: sum(1 for one in turned if one.then.verdict is verdict) for verdict in Verdict
        },
        is_all=is_all,
        unassessed=tuple(release for case, _answers, release in asked if case is None),
    )


def check(gear: Gear, actor: Actor, name: FeedName, toml: str) -> tuple[Flaw, ...]:
    """Say what is wrong with a policy, and in which line; nothing when it can be set."""
    require(actor, Permission.FEED_MANAGE, name)
    return flaws(toml, gear.conditions)


def compare(
    gear: Gear, actor: Actor, name: FeedName, older: int, newer: int | None = None
) -> tuple[Line, ...]:
    """Give the lines in which two versions of a feed's policy differ; None is the one that holds.

    Version 0 is the shipped policy.
    """
    texts = [
        MANUAL if number == 0 else show(gear, actor, name, number).toml for number in (older, newer)
    ]
    return difference(*texts)


def explain_release(
    gear: Gear, actor: Actor, name: FeedName, project: ProjectName, version: Version
) -> Explained:
    """Ask every rule of the policy that judges requests made at a feed about one release."""
    with gear.db.reading() as conn:
        feed = deciding_feed(conn, actor, Permission.REQUEST_READ, name)
        release = approved.release(conn, feed.id, project, version)
        known = approved.latest(conn, [one.sha256 for one in release.files])
        if not known:
            raise NotFound(
                f"{project}=={version} was never vetted for '{feed.name}'.",
                hint=f"Vet it: affineur vet {project}=={version}",
            )
        case = judging.case(conn, gear, feed, release, list(known.values()))
        number = policies.current_number(conn, feed.id)
    policy = judging.policy_of(gear, feed)
    facts, _partial = facts_for(policy, case)
    steps, answer = explain(policy, case), decide(policy, case)
    return Explained(feed.name, number, case, facts, steps, answer)


def _cases(conn: Connection, gear: Gear, feed: Feed) -> Iterator[tuple[Release, Case | None]]:
    """Give every release that stands in a feed with its case; None when it was never vetted."""
    standing = waivers.standing(conn, feed.id, gear.clock.now())
    releases = iter(approved.releases(conn, feed.id))
    while some := tuple(islice(releases, _AT_ONCE)):
        known = approved.latest(conn, [file.sha256 for one in some for file in one.files])
        for release in some:
            mine = [known[file.sha256] for file in release.files if file.sha256 in known]
            yield release, _case(gear, release, mine, standing)


def _case(
    gear: Gear, release: Release, known: Sequence[Assessment], standing: Sequence[Waiver]
) -> Case | None:
    if not known:
        return None
    return case_of(release, known, gear.clock.now(), standing)
