"""Judging: a feed's policy, asked about a release that was assessed.

Everything that the answer depends on is in the policy and the case, so both can be kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from affineur.core import case_json
from affineur.core.cases import Case, case_of
from affineur.core.feeds import Feed
from affineur.core.findings import Assessment, Verdict
from affineur.core.policy import decide
from affineur.core.policy_reading import parse_policy
from affineur.core.policy_values import Answer, Policy
from affineur.core.requests import Item, ItemState, Release
from affineur.core.risk import risk_of
from affineur.services.gear import Gear
from affineur.store import approved, policies, waivers

REJUDGE = "rejudge"
"""The kind of job that judges a feed's open requests again; its key is the feed's id."""


def judged(conn: Connection, gear: Gear, feed: Feed, item: Item) -> Item:
    """Give an item with what the policy says of it; what is parked needs a person at least."""
    asked = case(conn, gear, feed, item.release, item.assessments)
    answer = decide(policy_of(gear, feed), asked)
    is_parked = item.state is ItemState.PARKED
    least = Verdict.REVIEW if is_parked else Verdict.ALLOW
    return replace(
        item,
        verdict=max(answer.verdict, least, key=lambda verdict: verdict.rank),
        reasons=tuple(str(reason) for reason in answer.reasons),
        risk=risk_of(answer, asked, is_parked=is_parked),
    )


def judge(
    conn: Connection, gear: Gear, feed: Feed, release: Release, assessments: Sequence[Assessment]
) -> Answer:
    """Say what a feed's policy says of a release now, by these assessments."""
    return decide(policy_of(gear, feed), case(conn, gear, feed, release, assessments))


def policy_of(gear: Gear, feed: Feed) -> Policy:
    """Give the policy of a feed: its own, or the shipped one."""
    return parse_policy(feed.policy_toml, gear.conditions)


def evidence(conn: Connection, gear: Gear, feed: Feed, items: Sequence[Item]) -> dict[str, Any]:
    """Give all that a decision rests on, as JSON: `decide` on it gives the same answer again.

    What people were shown (`verdict`, `reasons`) was judged when it was vetted, or when the
    policy or a waiver changed; the case and its answer are of the moment of the decision.
    """
    policy = policy_of(gear, feed)
    kept: dict[str, Any] = {}  # Any: JSON
    for item in items:
        asked = case(conn, gear, feed, item.release, item.assessments)
        answer = decide(policy, asked)
        kept[f"{item.release.project}=={item.release.version}"] = {
            "verdict": str(item.verdict or "not assessed"),
            "reasons": list(item.reasons),
            "assessed_at": [one.at.isoformat() for one in item.assessments],
            "case": case_json.to_json(asked),
            "answer": {
                "verdict": str(answer.verdict),
                "reasons": [str(reason) for reason in answer.reasons],
            },
        }
    version = policies.current_number(conn, feed.id)
    document = {"feed": feed.name, "version": version, "document": dict(policy.document)}
    return {"policy": document, "items": kept}


def case(
    conn: Connection, gear: Gear, feed: Feed, release: Release, assessments: Sequence[Assessment]
) -> Case:
    """Put together what a policy decides on now: waivers that stand, and what was approved last."""
    standing = waivers.of_project(conn, feed.id, release.project)
    known = case_of(release, assessments, gear.clock.now(), standing)
    return replace(known, exact=approved.exact_versions(conn, feed.id, release.project))
