"""Step 5: installing what is approved, every file held to its approved digest."""

from __future__ import annotations

from pathlib import Path

from packaging.utils import canonicalize_name

from affineur.cli.demo.journey import DEVELOPER, PROJECT, REQUIREMENT, Journey

_HASHES = "approved.txt"


def install(journey: Journey) -> str:
    """Install with both clients in fresh environments."""
    stage = journey.stage
    pip = stage.pip_environment("pip")
    command = journey.pip_install(REQUIREMENT, report="pip-report.json")
    stage.must(DEVELOPER, *command, within=pip)
    journey.installed = journey.hold_to_approved("pip-report.json")
    by_pip = len(journey.installed)
    stage.must(DEVELOPER, "python", "-c", f'import {PROJECT}; print("it works")', within=pip)
    uv = stage.uv_environment("uv")
    stage.must(DEVELOPER, *journey.uv_install(uv, REQUIREMENT))
    by_uv = _hold_uv_to_approved(journey, uv)
    stage.check(by_pip == by_uv, "pip and uv install the same number of packages")
    return f"{by_pip} packages with pip and with uv, all digests approved"


def _hold_uv_to_approved(journey: Journey, environment: Path) -> int:
    """Have uv fetch and install it all again, refusing whatever has another digest."""
    stage = journey.stage
    freeze = ("uv", "pip", "freeze", "--quiet", "--python", stage.short(environment))
    installed = stage.must(DEVELOPER, *freeze).output.split()
    lines = [_with_hashes(journey, release) for release in installed]
    (stage.root / _HASHES).write_text("\n".join([*lines, ""]), "utf-8")
    stage.say(f"  {_HASHES} holds these releases with the digests that were approved")
    again = journey.uv_install(environment, "--reinstall", "--require-hashes", "-r", _HASHES)
    stage.must(DEVELOPER, *again)
    return len(installed)


def _with_hashes(journey: Journey, release: str) -> str:
    name, version = release.split("==")
    digests = journey.approved.get(canonicalize_name(name), {}).get(version, set())
    journey.stage.check(digests, f"{release} is an approved release")
    return " ".join([release, *(f"--hash=sha256:{digest}" for digest in sorted(digests))])
