"""Attestations: what becomes of good ones, and how malformed ones are refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.core.attestations import provenance_of
from affineur.core.errors import BadInput
from affineur.core.files import Filename
from support.attestations import Json, attestation, encoded, provenance, statement
from support.dists import wheel

DIST = wheel("demo", "1.0")
NAME = Filename.parse(DIST.filename)
GOOD = attestation(DIST)
MATERIAL = GOOD["verification_material"]
ENVELOPE = GOOD["envelope"]


def kept(given_ones: object) -> Json:
    read: Json = json.loads(provenance_of(json.dumps(given_ones), NAME, DIST.sha256))
    return read


def test_attestations_are_kept_whole_under_a_publisher_that_nobody_verified() -> None:
    more = attestation(DIST, statement(DIST, predicateType="x"), timestamps=["more", 1])

    assert kept([GOOD, more]) == provenance(GOOD, more)


def test_a_subject_may_be_spelled_in_another_way() -> None:
    subject = {"name": "Demo-1.0-py3-none-any.whl", "digest": {"sha256": DIST.sha256.upper()}}
    told = attestation(DIST, statement(DIST, subject=[subject]))

    assert kept([told]) == provenance(told)


def test_base64_may_be_broken_into_lines() -> None:
    broken = GOOD | {"envelope": ENVELOPE | {"signature": "YSBz\naWdu\n"}}

    assert kept([broken]) == provenance(broken)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{}",
        "[]",
        '"[]"',
        "[1]",
        "[[]]",
        "[NaN]",
        "[{}",
        "[" * 100_000,
        '[{"a": ' * 100_000,
        "1" * 10_000,
        '[{"version": 1, "version": 1}]',
        json.dumps([GOOD] * 9),
        json.dumps([GOOD | {"more": 0}]).replace('"more": 0', '"more": 1e999'),
    ],
)
def test_what_is_no_array_of_objects_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="attestations are malformed"):
        provenance_of(text, NAME, DIST.sha256)


@pytest.mark.parametrize(
    "one",
    [
        {},
        GOOD | {"version": 2},
        GOOD | {"version": "1"},
        GOOD | {"version": True},
        GOOD | {"verification_material": None},
        GOOD | {"verification_material": MATERIAL | {"certificate": ""}},
        GOOD | {"verification_material": MATERIAL | {"certificate": 7}},
        GOOD | {"verification_material": MATERIAL | {"certificate": "not base64!"}},
        GOOD | {"verification_material": MATERIAL | {"certificate": "é"}},
        GOOD | {"verification_material": MATERIAL | {"transparency_entries": []}},
        GOOD | {"verification_material": MATERIAL | {"transparency_entries": {}}},
        GOOD | {"envelope": [ENVELOPE]},
        GOOD | {"envelope": {"statement": ENVELOPE["statement"]}},
        GOOD | {"envelope": ENVELOPE | {"statement": encoded(b"\xff")}},
        GOOD | {"envelope": ENVELOPE | {"statement": encoded(b"[" * 100_000)}},
        attestation(DIST, []),
        attestation(DIST, statement(DIST, _type="https://in-toto.io/Statement/v0.1")),
        attestation(DIST, statement(DIST, predicateType="")),
        attestation(DIST, statement(DIST, predicateType=None)),
        attestation(DIST, statement(DIST, subject=[])),
        attestation(DIST, statement(DIST, subject=statement(DIST)["subject"] * 2)),
        attestation(DIST, statement(DIST, subject=[DIST.filename])),
        attestation(DIST, statement(DIST, subject=[{"name": DIST.filename, "digest": {}}])),
    ],
)
def test_an_attestation_of_another_form_is_refused(one: Json) -> None:
    with pytest.raises(BadInput, match="attestations are malformed"):
        kept([GOOD, one])


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("other-1.0-py3-none-any.whl", DIST.sha256),
        ("demo-1.1-py3-none-any.whl", DIST.sha256),
        ("demo-1.0-py3-none-linux_x86_64.whl", DIST.sha256),
        ("demo-1.0.tar.gz", DIST.sha256),
        ("../demo-1.0-py3-none-any.whl", DIST.sha256),
        (7, DIST.sha256),
        (DIST.filename, "0" * 64),
        (DIST.filename, None),
    ],
)
def test_an_attestation_of_another_file_is_refused(name: object, digest: object) -> None:
    subject = {"name": name, "digest": {"sha256": digest}}

    with pytest.raises(BadInput, match="is about another file"):
        kept([attestation(DIST, statement(DIST, subject=[subject]))])


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*GOOD, "x"]), inner),
    max_leaves=8,
)


@given(_JSON)
def test_no_json_makes_the_reader_fail_in_another_way(noise: object) -> None:
    with pytest.raises(BadInput):
        kept([noise])
