"""Provenance: what real signatures prove, and what no forgery gets past them."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from affineur.checks import attesting
from affineur.checks.provenance import Provenance
from affineur.core.files import Filename
from affineur.core.findings import Outcome, Severity
from affineur.core.requests import RequestFile
from affineur.core.subjects import NotAssessable, Subject
from support.signed import GITHUB, GITHUB_PROVENANCE, HEAD, PUBLISHER, REPOSITORY, Json, first_of
from support.values import digest

Look = Callable[..., Subject]


def ids(outcome: Outcome) -> list[tuple[str, Severity]]:
    return [(finding.id, finding.severity) for finding in outcome.findings]


def changed(change: Callable[[Json], object]) -> bytes:
    """The real provenance with one thing in it changed."""
    told = json.loads(GITHUB_PROVENANCE)
    change(told)
    return json.dumps(told).encode()


# --- what holds --------------------------------------------------------------------------


def test_a_real_attestation_names_who_published_the_file(signed: Look) -> None:
    metadata = HEAD + f"Project-URL: Source, https://{REPOSITORY}.git\n"

    outcome = Provenance().look(signed(metadata))

    assert (outcome.findings, outcome.not_assessed) == ((), None)
    predicates = outcome.facts["predicates"]
    assert isinstance(predicates, list)
    assert [str(one).rpartition("/attestations/")[2] for one in predicates] == ["publish/v1"]
    assert {key: one for key, one in outcome.facts.items() if key != "predicates"} == {
        "attested": True,
        "verified": True,
        "publisher": PUBLISHER,
        "publisher_change": "first",
        "repository_in_metadata": "same",
        "commit": "08802efe1f8e5fec4ad842d6b8ce97656092ee72",
        "ref": "refs/tags/v0.0.19",
        "trigger": "release",
        "run": f"https://{REPOSITORY}/actions/runs/12169989787/attempts/1",
        "runner": "github-hosted",
    }


# --- what does not hold ------------------------------------------------------------------


def _tampered_signature(told: Json) -> None:
    envelope = first_of(told)["envelope"]
    raw = bytearray(b64decode(envelope["signature"]))
    raw[-1] ^= 1
    envelope["signature"] = b64encode(raw).decode()


def _tampered_statement(told: Json) -> None:
    envelope = first_of(told)["envelope"]
    statement = json.loads(b64decode(envelope["statement"]))
    statement["predicate"] = {"builder": "somebody else"}
    envelope["statement"] = b64encode(json.dumps(statement).encode()).decode()


def _another_repository(told: Json) -> None:
    told["attestation_bundles"][0]["publisher"]["repository"] = "trailofbits/other"


def _another_workflow(told: Json) -> None:
    told["attestation_bundles"][0]["publisher"]["workflow"] = "evil.yml"


def _another_forge(told: Json) -> None:
    told["attestation_bundles"][0]["publisher"] = {"kind": "Google", "email": "a@example.org"}


def _no_certificate(told: Json) -> None:
    material = first_of(told)["verification_material"]
    material["certificate"] = b64encode(b"a certificate").decode()


def _another_time(told: Json) -> None:
    entry = first_of(told)["verification_material"]["transparency_entries"][0]
    entry["integratedTime"] = "1900000000"


def _a_shuffled_log(told: Json) -> None:
    entry = first_of(told)["verification_material"]["transparency_entries"][0]
    entry["inclusionProof"]["hashes"].reverse()


def _an_empty_entry(told: Json) -> None:
    first_of(told)["verification_material"]["transparency_entries"] = [{"logIndex": "7"}]


def _a_second_one(told: Json) -> None:
    second = json.loads(json.dumps(first_of(told)))
    told["attestation_bundles"][0]["attestations"].append(second)
    _tampered_signature(told)


@pytest.mark.parametrize(
    "tamper",
    [
        _tampered_signature,
        _tampered_statement,
        _another_repository,
        _another_workflow,
        _another_forge,
        _no_certificate,
        _another_time,
        _a_shuffled_log,
        _an_empty_entry,
        _a_second_one,
    ],
)
def test_what_does_not_verify_blocks(signed: Look, tamper: Callable[[Json], object]) -> None:
    outcome = Provenance().look(signed(provenance=changed(tamper)))

    assert ids(outcome) == [("provenance.failed", Severity.BLOCK)]
    assert (outcome.facts["attested"], outcome.facts["verified"]) == (True, False)
    assert outcome.facts["publisher"] is None


@pytest.mark.parametrize(
    "file",
    [
        replace(GITHUB, sha256=digest("other bytes")),
        replace(GITHUB, filename=Filename.parse("pypi_attestations-0.0.20.tar.gz")),
        replace(GITHUB, filename=Filename.parse("attestations-0.0.19.tar.gz")),
    ],
)
def test_papers_of_another_file_block(signed: Look, file: RequestFile) -> None:
    outcome = Provenance().look(signed(file=file))

    assert ids(outcome) == [("provenance.failed", Severity.BLOCK)]
    assert "is about another file" in outcome.findings[0].what


def test_the_same_failure_has_the_same_key_in_every_version(signed: Look) -> None:
    one = Provenance().look(signed(provenance=changed(_tampered_signature)))
    other = Provenance().look(signed(file=replace(GITHUB, sha256=digest("other bytes"))))

    assert one.findings[0].key == other.findings[0].key


# --- what nobody can tell ----------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><title>Log in</title>",
        b"[]",
        b"\xff\xfe",
        b'{"version": 1, "attestation_bundles": []}',
        b'{"version": 2, "attestation_bundles": [{}]}',
        b"[" * 100_000,
        GITHUB_PROVENANCE.replace(b'{"attestation_bundles"', b'{"version":1,"version":1,"x"', 1),
        GITHUB_PROVENANCE[:-100],
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_provenance_at_all_is_not_assessed(signed: Look, body: bytes) -> None:
    outcome = Provenance().look(signed(provenance=body))

    assert outcome.findings == ()
    assert outcome.not_assessed is not None
    assert outcome.not_assessed.startswith("The attestations are malformed: ")
    assert outcome.facts["verified"] is None


def _no_trusted_publisher(told: Json) -> None:
    publisher = {"kind": "affineur-token", "claims": None, "verified": False}
    told["attestation_bundles"][0]["publisher"] = publisher


def _a_log_of_tomorrow(told: Json) -> None:
    entry = first_of(told)["verification_material"]["transparency_entries"][0]
    entry["logId"]["keyId"] = b64encode(b"k" * 32).decode()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_no_trusted_publisher, "a publisher of the kind 'affineur-token'"),
        (_a_log_of_tomorrow, "in a transparency log that the trust root does not know"),
    ],
)
def test_what_our_trust_root_cannot_know_is_not_assessed(
    signed: Look, change: Callable[[Json], object], told: str
) -> None:
    outcome = Provenance().look(signed(provenance=changed(change)))

    assert outcome.findings == ()
    assert told in str(outcome.not_assessed)


def test_a_provenance_that_could_not_be_had_is_not_assessed(signed: Look) -> None:
    reason = "its attestations could not be had: the index is down"

    outcome = Provenance().look(signed(provenance=NotAssessable(reason)))

    assert (outcome.findings, outcome.not_assessed) == ((), reason)


def test_without_the_extra_nothing_counts_as_verified(
    signed: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attesting, "_LIBRARY", "a_library_that_nobody_has")

    outcome = Provenance().look(signed())

    assert outcome.findings == ()
    assert str(outcome.not_assessed).endswith("is not installed: pip install 'affineur[attest]'")
    assert (outcome.facts["attested"], outcome.facts["verified"]) == (True, None)


# --- the child ---------------------------------------------------------------------------


def test_a_child_that_fails_is_not_assessed(signed: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attesting, "_MEMORY_BYTES", 64 * 1024 * 1024)

    outcome = Provenance().look(signed())

    assert outcome.findings == ()
    assert "failed" in str(outcome.not_assessed)


def test_a_child_that_hangs_is_not_assessed(signed: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attesting, "_TIMEOUT_S", 0.01)

    outcome = Provenance().look(signed())

    assert "took longer than 0.01 seconds" in str(outcome.not_assessed)


def test_a_trust_root_in_the_folders_of_the_user_is_not_believed(
    signed: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))

    outcome = Provenance().look(signed())

    assert outcome.facts["verified"] is True
    assert list(tmp_path.iterdir()) == []
