"""Attestations with real signatures: of pypi-attestations' own sdist, and of a small project.

Their origin is told in README.md beside them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from affineur.core.files import Filename
from affineur.core.findings import Fact
from affineur.core.names import Sha256
from affineur.core.requests import RequestFile
from support.dists import Dist

Json = dict[str, Any]  # Any: JSON
_FOLDER = Path(__file__).parent

GITHUB = RequestFile(
    Filename.parse("pypi_attestations-0.0.19.tar.gz"),
    Sha256("9bb1add04b1b4e182be6b0b80931593f7a291eb49d69b4fd728a5d4cbcdc4bd3"),
)
"""A file that GitHub Actions built; its bytes are not here."""
GITHUB_PROVENANCE = _FOLDER.joinpath("pypi_attestations-0.0.19.tar.gz.provenance").read_bytes()

HEAD = "Metadata-Version: 2.4\nName: pypi-attestations\nVersion: 0.0.19\n"
"""What the metadata of that file begins with."""

_GITLAB = "gitlab_oidc_project-0.0.3.tar.gz"
GITLAB = Dist(_GITLAB, _FOLDER.joinpath(_GITLAB).read_bytes(), b"")
"""A file that GitLab CI built, with its bytes."""
GITLAB_PUBLISHER = {
    "kind": "GitLab",
    "repository": "facutuesca/gitlab-oidc-project",
    "workflow_filepath": ".gitlab-ci.yml",
    "environment": None,
}

REPOSITORY = "github.com/trailofbits/pypi-attestations"
PUBLISHER: dict[str, Fact] = {
    "kind": "GitHub",
    "repository": REPOSITORY,
    "workflow": "release.yml",
    "environment": None,
    "account": None,
    "repository_id": "772247423",
    "owner_id": "2314423",
}
"""Who published them, as the check tells it."""


def gitlab_provenance() -> bytes:
    """Give the provenance object as an index would make it of that attestation."""
    made = json.loads(_FOLDER.joinpath(f"{_GITLAB}.publish.attestation").read_bytes())
    bundle = {"publisher": GITLAB_PUBLISHER, "attestations": [made]}
    return json.dumps({"version": 1, "attestation_bundles": [bundle]}).encode()


def first_of(told: Json) -> Json:
    """Give the first attestation in a provenance object, to be changed."""
    found: Json = told["attestation_bundles"][0]["attestations"][0]
    return found
