"""Judges what is sent over the network, and where it goes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from affineur.checks.scanning import network
from affineur.checks.scanning.machine import Called
from affineur.checks.scanning.sights import Scene, Sight, sight, told
from affineur.checks.scanning.values import Mark, Marks, Value
from affineur.checks.scanning.words import quote
from affineur.core.findings import Severity

_WATCHED = {
    Mark.CLIPBOARD: "the clipboard",
    Mark.SCREEN: "pictures of the screen or camera",
    Mark.KEYS: "what people type",
}


_FOREIGN = re.compile(
    r"AWS_|GITHUB_|GH_TOKEN|GITLAB_|CI_JOB_TOKEN|NPM_|TWINE_|PYPI_|UV_PUBLISH|AZURE_|GOOGLE_APPLICATION|DOCKER_|VAULT_|"
    r"SSH_|KUBE|ACTIONS_|CIRCLE"
)
"""Variables that hold keys of services which a package seldom has to do with."""
_TELLING = (Mark.SECRET, Mark.ENVIRONMENT, Mark.VARIABLE, Mark.MACHINE)


def judge_network(called: Called, scene: Scene) -> Iterator[Sight]:
    """Judge one call."""
    if network.is_name_lookup(called):
        yield from _name_lookup(called, scene)
        return
    if not network.is_network(called):
        return
    given = network.sent(called)
    odd = network.webhook(given.plain) or network.odd_host(given.plain)
    raw = None if network.is_datagram(called) else network.raw_address(given.plain)
    where = network.destination(called)
    if network.is_local(where) or network.is_metadata(where):
        return
    leaks = list(_leaks(called, scene, given, odd or raw))
    yield from leaks
    if not leaks:
        yield from _destination(called, scene, given, raw)


def _leaks(called: Called, scene: Scene, given: Value, odd: str | None) -> Iterator[Sight]:
    """Find secrets in what is sent."""
    marks, frame = given.marks, called.frame
    to = f" to {quote(odd)}" if odd else ""
    when = scene.when(frame)
    grave = Severity.BLOCK if odd and scene.is_at_once(frame) else Severity.REVIEW
    if Mark.SECRET in marks:
        severity = scene.graver(frame) if odd or scene.is_at_once(frame) else Severity.REVIEW
        what = f"It reads {told(marks, Mark.SECRET)} and sends it over the network{to}{when}."
        yield sight(called, "secrets-sent", severity, what)
    elif Mark.ENVIRONMENT in marks:
        what = f"It sends all environment variables over the network{to}{when}."
        severity = scene.graver(frame) if odd or scene.is_at_once(frame) else Severity.REVIEW
        yield sight(called, "secrets-sent", severity, what)
    elif Mark.EVERYTHING in marks:
        under = marks[Mark.EVERYTHING].text
        what = f"It goes through {under} and sends what it finds{to}{when}."
        yield sight(called, "secrets-sent", scene.graver(frame), what)
    elif Mark.VARIABLE in marks and (odd or scene.is_at_once(frame)):
        name = marks[Mark.VARIABLE].text
        what = f"It sends the environment variable {name} over the network{to}{when}."
        is_foreign = _FOREIGN.match(name) is not None
        severity = grave if odd or is_foreign else Severity.INFO
        yield sight(called, "secrets-sent", severity, what)
    for mark, name in _WATCHED.items():
        if mark in marks:
            what = f"It sends {name}, read by {told(marks, mark)}, over the network{to}{when}."
            yield sight(called, "user-watched", scene.graver(frame), what)
    yield from _machine(called, scene, marks, odd)


def _machine(called: Called, scene: Scene, marks: Marks, odd: str | None) -> Iterator[Sight]:
    if not odd and not scene.is_at_once(called.frame):
        return
    to, when = f" to {quote(odd)}" if odd else "", scene.when(called.frame)
    if Mark.MACHINE in marks and Mark.SECRET not in marks and Mark.ENVIRONMENT not in marks:
        what = f"It sends {told(marks, Mark.MACHINE)} over the network{to}{when}."
        severity = scene.graver(called.frame) if odd else Severity.REVIEW
        yield sight(called, "machine-reported", severity, what)
    elif Mark.OUTPUT in marks and odd:
        what = f"It sends what {told(marks, Mark.OUTPUT)} prints{to}{when}."
        yield sight(called, "machine-reported", scene.graver(called.frame), what)


def _destination(called: Called, scene: Scene, given: Value, raw: str | None) -> Iterator[Sight]:
    """Find a destination that speaks for itself."""
    when = scene.when(called.frame)
    hook = network.webhook(given.plain)
    host = network.odd_host(given.plain)
    if hook:
        what = f"It writes to a messenger whose key stands in the code, {quote(hook)}{when}."
        yield sight(called, "messenger-webhook", Severity.REVIEW, what)
    elif host:
        what = f"It connects to {quote(host)}, a service that hides who owns it{when}."
        is_grave = scene.is_at_once(called.frame) or network.is_catcher(host)
        severity = Severity.REVIEW if is_grave else Severity.INFO
        yield sight(called, "odd-destination", severity, what)
    elif raw:
        what = f"It connects to the bare address {raw}{when}."
        yield sight(called, "raw-address", Severity.REVIEW, what)


def _name_lookup(called: Called, scene: Scene) -> Iterator[Sight]:
    """Find data in the names that are looked up."""
    name = called.argument(0, "host", "qname")
    marks = name.marks
    leaked = next((mark for mark in _TELLING if mark in marks), None)
    host = network.odd_host(name.plain)
    is_suffixed = "." in name.plain and any(c.isalpha() for c in name.plain.rpartition("\ufffd")[2])
    if leaked is not None and (is_suffixed or host):
        what = (
            f"It puts {told(marks, leaked)} into a name that it looks up{scene.when(called.frame)}."
        )
        yield sight(called, "dns-exfiltration", scene.graver(called.frame), what)
    elif host:
        when = scene.when(called.frame)
        what = f"It looks up {quote(host)}, a service that hides who owns it{when}."
        yield sight(called, "odd-destination", Severity.REVIEW, what)
