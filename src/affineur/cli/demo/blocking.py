"""Step 9: a block on one approved release, and its end."""

from __future__ import annotations

import httpx2

from affineur.cli.demo.journey import APPROVER, DEVELOPER, PROJECT, REQUIREMENT, Journey

_REASON = "CVE-2026-0000, made up for the demo"


def block_and_unblock(journey: Journey) -> str:
    """Withdraw a release of the closure, see it refused everywhere, and restore it."""
    stage = journey.stage
    release = next(one for one in sorted(journey.installed) if not one.startswith(PROJECT))
    url = journey.installed[release]
    pip, uv = stage.pip_environment("block-pip"), stage.uv_environment("block-uv")
    stage.must(APPROVER, "affineur", "block", release, "--reason", _REASON)
    stage.must_fail(DEVELOPER, *journey.pip_install(REQUIREMENT), within=pip)
    exact = journey.pip_install("--no-deps", release)
    stage.must_fail(DEVELOPER, *exact, within=pip, saying=stage.what_pip_tells(_REASON))
    stage.must_fail(DEVELOPER, *journey.uv_install(uv, REQUIREMENT), saying=[_REASON])
    stage.say("By its direct URL it is refused, too:")
    stage.must_fail(DEVELOPER, "pip", "install", "--no-deps", url, within=pip, saying=["403"])
    answer = httpx2.get(url, trust_env=False)
    stage.check(answer.status_code == 403, f"GET {url} answers 403")
    stage.check(_REASON in answer.json()["detail"], f"GET {url} tells the reason")
    stage.say(f"  GET {url}")
    stage.say(f"  403 {answer.json()['detail']}")
    stage.must(APPROVER, "affineur", "unblock", release, "--reason", "it was made up")
    command = journey.pip_install(REQUIREMENT, report="unblocked-report.json")
    stage.must(DEVELOPER, *command, within=pip)
    journey.hold_to_approved("unblocked-report.json")
    stage.must(DEVELOPER, *journey.uv_install(uv, REQUIREMENT))
    return f"{release} refused with its reason, and restored"
