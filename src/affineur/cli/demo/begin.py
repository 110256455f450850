"""Step 1: a new server, with a developer, an approver and a build server."""

from __future__ import annotations

from affineur.cli.demo import server
from affineur.cli.demo.journey import APPROVER, BUILD, DEVELOPER, OPERATOR, Journey
from affineur.cli.exits import TROUBLE

_GRANTS = {
    DEVELOPER: ("reader@internal",),
    APPROVER: ("approver",),
    BUILD: ("publisher@internal",),
}


def begin(journey: Journey) -> str:
    """Make the feeds, the users and their tokens, and start the server."""
    stage = journey.stage
    made = stage.ask(OPERATOR, "affineur", "init")
    stage.tokens[OPERATOR] = made["admin_token"]
    _fetch_advisories(journey)
    journey.server = server.start(stage, stage.server_environment())
    stage.must(OPERATOR, "affineur", "feed", "list")
    for name, grants in _GRANTS.items():
        options = [part for grant in grants for part in ("--grant", grant)]
        stage.must(OPERATOR, "affineur", "user", "add", name, *options)
        token = ("affineur", "token", "create", name, "--name", "the demo")
        stage.tokens[name] = stage.ask(OPERATOR, *token)["secret"]
        stage.say(f"  (the secret is in AFFINEUR_TOKEN of {name} from here on)")
    stage.must(DEVELOPER, "affineur", "whoami")
    return f"feeds and {len(_GRANTS)} users with tokens at {stage.url}"


def _fetch_advisories(journey: Journey) -> None:
    """Fetch what is known of vulnerabilities; where that cannot be had, vetting says so."""
    source = () if journey.advisories is None else ("--from", journey.advisories)
    command = ("affineur", "advisories", "sync", *source)
    done = journey.stage.run(OPERATOR, command, None)
    if done.code == TROUBLE:
        journey.stage.say("Without it, vetting says that it could not look for vulnerabilities.")
    else:
        journey.stage.check(done.code == 0, "advisories that can be reached should be taken in")
