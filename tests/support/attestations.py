"""Attestations (PEP 740) of the right form, whose signatures nobody made."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from support.dists import Dist

Json = dict[str, Any]  # Any: JSON


def statement(dist: Dist, **changes: object) -> Json:
    """Make an in-toto statement about a distribution."""
    subject = {"name": dist.filename, "digest": {"sha256": dist.sha256}}
    told: Json = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [subject],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {"builder": "a test"},
    }
    return told | changes


def attestation(dist: Dist, told: object = None, **changes: object) -> Json:
    """Make an attestation of a distribution, or of what else is told."""
    made: Json = {
        "version": 1,
        "verification_material": {
            "certificate": encoded(b"a certificate"),
            "transparency_entries": [{"logIndex": "7"}],
        },
        "envelope": {
            "statement": encoded(json.dumps(statement(dist) if told is None else told).encode()),
            "signature": encoded(b"a signature"),
        },
    }
    return made | changes


def provenance(*attestations: Mapping[str, Any]) -> Json:
    """Give the provenance object that is kept of attestations."""
    publisher = {"kind": "affineur-token", "claims": None, "verified": False}
    bundle = {"publisher": publisher, "attestations": list(attestations)}
    return {"version": 1, "attestation_bundles": [bundle]}


def encoded(raw: bytes) -> str:
    """Encode bytes as attestations do."""
    return b64encode(raw).decode()
