"""What the steps of the journey hand on to each other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import Version

from affineur.cli.demo.server import Server
from affineur.cli.demo.stage import Stage

REQUIREMENT = "flask>=3"
PROJECT = "flask"
OPERATOR, DEVELOPER, APPROVER, BUILD = "operator", "developer", "approver", "build-server"


@dataclass(slots=True)
class Journey:
    """One journey of one package."""

    stage: Stage
    advisories: str | None = None
    """The zip or URL that advisories are read from; None is their public source."""
    server: Server | None = None
    request_id: int = 0
    approved: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    """The approved digests, by name and version."""
    installed: dict[str, str] = field(default_factory=dict)
    """The URL that pip fetched each release from."""

    def pip_install(self, *requirements: str, report: str = "") -> list[str]:
        """Word an installation by pip from the one index URL."""
        more = ["--report", report] if report else []
        return ["pip", "install", *more, "--index-url", self.stage.index, *requirements]

    def uv_install(self, environment: Path, *requirements: str) -> list[str]:
        """Word an installation by uv from the one index URL."""
        where = ["--python", self.stage.short(environment)]
        return ["uv", "pip", "install", *where, "--default-index", self.stage.index, *requirements]

    def approve_own(self, name: str, files: Mapping[str, Iterable[Path]]) -> None:
        """Count the organisation's own files, by version, as approved: nobody has to ask."""
        own = self.approved.setdefault(name, {})
        for version, paths in files.items():
            own[version] = {hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}

    def hold_to_approved(self, report: str) -> dict[str, str]:
        """Compare the digests of all that pip installed with the approved ones.

        Gives each release with the URL that it was fetched from.
        """
        fetched = {}
        for one in self._report(report):
            name = canonicalize_name(one["metadata"]["name"])
            version = one["metadata"]["version"]
            digest = one["download_info"]["archive_info"]["hashes"]["sha256"]
            self.stage.check(
                digest in self.approved.get(name, {}).get(version, set()),
                f"{name} {version} with sha256 {digest} is one of the approved files",
            )
            fetched[f"{name}=={version}"] = one["download_info"]["url"]
        self.stage.say(f"  checked: all {len(fetched)} files have approved digests ({report})")
        return fetched

    def _report(self, report: str) -> list[Any]:  # Any: pip's JSON
        text = (self.stage.root / report).read_text("utf-8")
        return list(json.loads(text)["install"])


def newest_version(files: Iterable[Any]) -> str:  # Any: as `affineur why` tells files
    """Choose the newest version that is no pre-release."""
    versions = [Version(one["version"]) for one in files]
    return str(max(one for one in versions if not one.is_prerelease))
