"""Step 1: a new server, with a developer, an approver and a build server."""

from __future__ import annotations

from affineur.cli.demo import server
from affineur.cli.demo.journey import APPROVER, BUILD, DEVELOPER, OPERATOR, Journey

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
