"""Judging: a feed's policy, asked about a release that was assessed.

Everything that the answer depends on is in the policy and the case, so both can be kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from affineur.core.cases import Case, case_of
from affineur.core.feeds import Feed
from affineur.core.findings import Assessment, Verdict
from affineur.core.policy import decide
from affineur.core.policy_reading import parse_policy
from affineur.core.policy_values import Answer, Policy
from affineur.core.requests import Item, ItemState, Release
from affineur.services.gear import Gear
from affineur.store import waivers


def judged(conn: Connection, gear: Gear, feed: Feed, item: Item) -> Item:
    """Give an item with what the policy says of it; what is parked needs a person at least."""
    answer = judge(conn, gear, feed, item.release, item.assessments)
    least = Verdict.REVIEW if item.state is ItemState.PARKED else Verdict.ALLOW
    return replace(
        item,
        verdict=max(answer.verdict, least, key=lambda verdict: verdict.rank),
        reasons=tuple(str(reason) for reason in answer.reasons),
    )


def judge(
    conn: Connection, gear: Gear, feed: Feed, release: Release, assessments: Sequence[Assessment]
) -> Answer:
    """Say what a feed's policy says of a release now, by these assessments."""
    return decide(policy_of(gear, feed), case(conn, gear, feed, release, assessments))


def policy_of(gear: Gear, feed: Feed) -> Policy:
    """Give the policy of a feed: its own, or the shipped one."""
    return parse_policy(feed.policy_toml, gear.conditions)


def case(
    conn: Connection, gear: Gear, feed: Feed, release: Release, assessments: Sequence[Assessment]
) -> Case:
    """Put together what a policy decides on now, with the waivers that stand."""
    standing = waivers.of_project(conn, feed.id, release.project)
    return case_of(release, assessments, gear.clock.now(), standing)
