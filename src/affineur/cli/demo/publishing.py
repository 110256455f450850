"""Step 6: internal packages, published by the build server and by nobody else."""

from __future__ import annotations

from pathlib import Path

from affineur.cli.demo import package
from affineur.cli.demo.journey import BUILD, DEVELOPER, REQUIREMENT, Journey

_GREET = 'import acme_greeting, flask; print(acme_greeting.greet("cheese"))'


def publish(journey: Journey) -> str:
    """Publish with twine and with uv, install it, and try what tokens may not do."""
    stage = journey.stage
    first = package.build(stage.root / "dist", "1.0")
    second = package.build(stage.root / "dist", "1.1")
    stage.must(BUILD, *_twine(journey, "internal", first))
    to_internal = ("uv", "publish", "--publish-url", f"{stage.url}/pypi/internal/legacy/")
    files = [stage.short(path) for path in second]
    stage.must(BUILD, *to_internal, "--trusted-publishing", "never", *files)
    environment = stage.pip_environment("both")
    journey.approve_own(package.NAME, {"1.0": first, "1.1": second})
    both = journey.pip_install(REQUIREMENT, package.NAME, report="both-report.json")
    stage.must(DEVELOPER, *both, within=environment)
    journey.hold_to_approved("both-report.json")
    greeted = stage.must(DEVELOPER, "python", "-c", _GREET, within=environment)
    stage.check("Hello cheese" in greeted.output, "the internal package greets")
    _try_what_is_not_allowed(journey, first)
    return f"{package.NAME} 1.0 with twine and 1.1 with uv; other tokens are refused"


def _try_what_is_not_allowed(journey: Journey, files: tuple[Path, Path]) -> None:
    stage, number = journey.stage, str(journey.request_id)
    stage.say("The build server's token can neither approve nor publish elsewhere:")
    unseen = f"There is no request {number}."
    stage.must_fail(BUILD, "affineur", "approve", number, saying=[unseen])
    stage.must_fail(BUILD, *_twine(journey, "approved", files), saying=["404 Not Found"])
    stage.say("The developer's token can publish nowhere:")
    stage.must_fail(DEVELOPER, *_twine(journey, "internal", files), saying=["403 Forbidden"])
    stage.must_fail(DEVELOPER, *_twine(journey, "approved", files), saying=["404 Not Found"])


def _twine(journey: Journey, feed: str, files: tuple[Path, Path]) -> list[str]:
    stage = journey.stage
    url = f"{stage.url}/pypi/{feed}/legacy/"
    paths = [stage.short(path) for path in files]
    options = ["--non-interactive", "--disable-progress-bar", "--repository-url", url]
    return ["twine", "--no-color", "upload", *options, *paths]
