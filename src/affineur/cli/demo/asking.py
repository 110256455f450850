"""Steps 2 to 4: a refused installation, a request, and its approval."""

from __future__ import annotations

from affineur.cli.demo.journey import (
    APPROVER,
    DEVELOPER,
    PROJECT,
    REQUIREMENT,
    Journey,
    newest_version,
)

_HOW_TO_ASK = "affineur request"


def be_refused(journey: Journey) -> str:
    """Have both clients refuse what is not approved, and say how to ask for it."""
    stage = journey.stage
    pip, uv = stage.pip_environment("refused-pip"), stage.uv_environment("refused-uv")
    stage.must_fail(DEVELOPER, *journey.pip_install(REQUIREMENT), within=pip)
    stage.say("pip tells no reason when it may choose the version; for an exact one it does:")
    files = stage.ask(DEVELOPER, "affineur", "why", PROJECT)["files"]
    exact = journey.pip_install("--no-deps", f"{PROJECT}=={newest_version(files)}")
    stage.must_fail(DEVELOPER, *exact, within=pip, saying=stage.what_pip_tells(_HOW_TO_ASK))
    stage.must_fail(DEVELOPER, *journey.uv_install(uv, REQUIREMENT), saying=[_HOW_TO_ASK])
    return "pip and uv refuse, and say how to ask"


def ask(journey: Journey) -> str:
    """Ask for the package with its closure, and watch it being vetted."""
    stage = journey.stage
    reason = "the new web shop"
    stage.must(DEVELOPER, "affineur", "request", REQUIREMENT, "--reason", reason)
    (request, *_) = stage.ask(DEVELOPER, "affineur", "requests", "--mine")["requests"]
    stage.check(request["state"] == "review", f"request {request['id']} waits for an approver")
    journey.request_id = request["id"]
    return f"request {request['id']} waits for review"


def approve(journey: Journey) -> str:
    """Look at the request as its approver, and approve it whole."""
    stage, number = journey.stage, str(journey.request_id)
    stage.must(APPROVER, "affineur", "requests", "--state", "review")
    stage.must(APPROVER, "affineur", "show", number)
    stage.must(APPROVER, "affineur", "approve", number, "--comment", "well known, as it should be")
    request = stage.ask(APPROVER, "affineur", "show", number)
    stage.check(request["state"] == "approved", f"request {number} is approved")
    for item in request["items"]:
        versions = journey.approved.setdefault(item["name"], {})
        digests = versions.setdefault(item["version"], set())
        digests |= {file["sha256"] for file in item["files"]}
    decided = set(request["decisions"][0]["digests"])
    asked = {one for found in journey.approved.values() for two in found.values() for one in two}
    stage.check(decided == asked, "the decision covers exactly the digests that were shown")
    return f"{len(request['items'])} releases, {len(decided)} files approved at once"
