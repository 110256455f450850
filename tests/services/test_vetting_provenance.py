"""Provenance from an index outside to the approver: fetched, verified, remembered, compared."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from affineur.core.findings import Fact, Outcome, Severity
from affineur.core.requests import Request, RequestState
from affineur.services import requests
from support.approving import APPROVER, LENIENT, Office
from support.attestations import attestation, provenance
from support.dists import Dist, sdist, wheel
from support.signed import GITLAB, gitlab_provenance
from support.upstream_server import Fault

EGGS = wheel("eggs", "2.0")
REPOSITORY = "gitlab.com/facutuesca/gitlab-oidc-project"


def outcome(asked: Request) -> Outcome:
    """What the check said of the only file that was asked for."""
    (item,) = asked.items
    (assessment,) = item.assessments
    return next(one for one in assessment.outcomes if one.check == "provenance")


def facts(asked: Request) -> Mapping[str, Fact]:
    return outcome(asked).facts


def offer(office: Office, dist: Dist, proven: bytes | None) -> None:
    office.upstream.add(dist)
    if proven is not None:
        office.upstream.prove(dist, proven)


def test_a_file_s_attestation_is_fetched_and_verified_when_it_is_vetted(
    small_office: Office,
) -> None:
    offer(small_office, GITLAB, gitlab_provenance())

    said = outcome(small_office.vetted(GITLAB))

    assert said.not_assessed is None
    assert (said.facts["verified"], said.facts["publisher_change"]) == (True, "first")
    publisher = said.facts["publisher"]
    assert isinstance(publisher, dict)
    assert (publisher["repository"], publisher["workflow"]) == (REPOSITORY, ".gitlab-ci.yml")
    # That project was published from a fork, and its metadata names where it comes from.
    assert [(one.id, one.severity) for one in said.findings] == [
        ("provenance.other-repository", Severity.REVIEW)
    ]


def test_papers_of_another_file_are_denied_whatever_else_the_policy_allows(
    office: Office,
) -> None:
    office.policy(LENIENT)
    offer(office, EGGS, gitlab_provenance())

    asked = office.vetted(EGGS)

    assert asked.state is RequestState.DENIED
    assert [one.id for one in outcome(asked).findings] == ["provenance.failed"]


def test_made_up_papers_are_denied(small_office: Office) -> None:
    small_office.policy(LENIENT)
    made_up = json.loads(json.dumps(provenance(attestation(EGGS))))
    made_up["attestation_bundles"][0]["publisher"] = {
        "kind": "GitHub",
        "repository": "acme/eggs",
        "workflow": "release.yml",
    }
    offer(small_office, EGGS, json.dumps(made_up).encode())

    assert small_office.vetted(EGGS).state is RequestState.DENIED


@pytest.mark.parametrize(
    "body", [b"<title>Log in</title>", b'{"version": 1, "x": "' + b"x" * 3_000_000 + b'"}']
)
def test_what_is_no_provenance_leaves_the_file_for_a_person(
    small_office: Office, body: bytes
) -> None:
    small_office.policy(LENIENT)
    offer(small_office, EGGS, body)

    asked = small_office.vetted(EGGS)

    assert asked.state is RequestState.REVIEW
    assert outcome(asked).findings == ()
    assert outcome(asked).not_assessed is not None


def test_a_provenance_that_does_not_come_is_asked_for_again_next_time(
    small_office: Office,
) -> None:
    offer(small_office, GITLAB, gitlab_provenance())
    small_office.upstream.misbehave(Fault.STATUS, f"/files/{GITLAB.filename}.provenance")

    first = outcome(small_office.vetted(GITLAB))
    small_office.upstream.heal()
    small_office.clock.move(hours=1)
    second = outcome(small_office.vetted(GITLAB))

    assert str(first.not_assessed).startswith("its attestations could not be had")
    assert (second.not_assessed, second.facts["verified"]) == (None, True)


def test_a_file_without_attestations_passes_where_the_policy_lets_it(
    small_office: Office,
) -> None:
    small_office.policy(LENIENT)
    offer(small_office, EGGS, None)

    asked = small_office.vetted(EGGS)

    assert asked.state is RequestState.APPROVED
    assert facts(asked)["attested"] is False


def test_a_release_without_the_attestations_that_the_approved_one_had_needs_a_person(
    office: Office,
) -> None:
    offer(office, GITLAB, gitlab_provenance())
    first = office.vetted(GITLAB)
    requests.approve(office.gear, APPROVER, first.id, "looked at")
    later = sdist("gitlab-oidc-project", "0.0.4")
    office.policy(LENIENT)
    offer(office, later, None)
    office.clock.move(hours=1)

    asked = office.vetted(later)

    assert asked.state is RequestState.REVIEW
    assert facts(asked)["publisher_change"] == "lost"
    assert [one.id for one in outcome(asked).findings] == ["provenance.lost"]
