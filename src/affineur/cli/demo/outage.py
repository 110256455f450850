"""Step 8: the upstream goes away, and everything approved still installs."""

from __future__ import annotations

from affineur.cli.demo import package, server
from affineur.cli.demo.journey import DEVELOPER, REQUIREMENT, Journey

_NEVER_ASKED_FOR = "django"


def lose_the_upstream(journey: Journey) -> str:
    """Restart the server without a way out, and install with both clients."""
    stage = journey.stage
    stage.say(
        "The server is started again with a proxy that is not there in HTTP_PROXY, HTTPS_PROXY "
        "and ALL_PROXY: it reaches no other host, neither for pages nor for files."
    )
    _restart(journey, server.cut_off(stage.server_environment()))
    stage.say("Nothing new can be resolved, which shows that the upstream is gone:")
    refused = ("affineur", "request", _NEVER_ASKED_FOR, "--reason", "to see that it cannot be had")
    stage.must_fail(DEVELOPER, *refused)
    pip, uv = stage.pip_environment("outage-pip"), stage.uv_environment("outage-uv")
    wanted = (REQUIREMENT, package.NAME)
    stage.must(DEVELOPER, *journey.pip_install(*wanted, report="outage-report.json"), within=pip)
    journey.hold_to_approved("outage-report.json")
    stage.must(DEVELOPER, *journey.uv_install(uv, *wanted))
    stage.say("The upstream comes back:")
    _restart(journey, stage.server_environment())
    return "pip and uv install everything approved without it"


def _restart(journey: Journey, settings: dict[str, str]) -> None:
    if journey.server is not None:
        journey.server.stop()
    journey.server = server.start(journey.stage, settings)
