"""Policies and waivers on the command line: tried, set, explained, waived, ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from affineur.cli.main import run
from support.dists import Flaw, wheel
from support.running import Server
from support.upstream_server import LoopbackUpstream

Command = Callable[..., tuple[int, str]]
NO_SNAKES = """\
[[rule]]
name = "no-snakes"
projects = ["snake-*"]
outcome = "deny"
reason = "we fear them"
"""


@pytest.fixture
def command(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run a command as the administrator; give its exit code and what it printed."""
    monkeypatch.setenv("AFFINEUR_URL", server.url)
    monkeypatch.setenv("AFFINEUR_TOKEN", server.admin.token)

    def runs(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        code = run(arguments)
        return code, capsys.readouterr().out

    return runs


@pytest.fixture
def policy_file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(NO_SNAKES, "utf-8")
    return path


def told(answer: tuple[int, str]) -> Any:  # Any: JSON
    return json.loads(answer[1])


def test_a_policy_is_checked_tried_set_and_kept(
    server: Server, upstream: LoopbackUpstream, command: Command, policy_file: Path
) -> None:
    upstream.add(wheel("snake-oil", "1.0"))
    server.admin.brings_in("snake-oil")

    checked = command("policy", "check", str(policy_file))
    tried = command("policy", "test", str(policy_file), "--against", "approved")
    set_code, _ = command("policy", "set", "approved", str(policy_file))
    explained = command("policy", "explain", "snake-oil==1.0")
    shown = command("policy", "show", "approved", "--version", "1")
    history = told(command("policy", "history", "approved", "--json"))
    again = command("policy", "test", str(policy_file), "--against", "approved")

    assert checked == (0, f"{policy_file} can be read. Its rules: no-snakes.\n")
    assert tried[0] == 1
    assert "snake-oil==1.0: review -> deny\n  we fear them [no-snakes]\n" in tried[1]
    assert set_code == 0
    assert explained[0] == 1
    assert "snake-oil==1.0: deny, by the policy of 'approved' (version 1)" in explained[1]
    assert "  * no-snakes (deny): we fear them\n" in explained[1]
    assert shown == (0, NO_SNAKES)
    assert [one["version"] for one in history["versions"]] == [1]
    assert again[0] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[rule]", "The policy is not TOML"),
        (
            NO_SNAKES + 'when = "age > 3"',
            "Rule 'no-snakes': its condition, line 1, column 1: there is no fact 'age'.",
        ),
    ],
)
def test_a_policy_that_cannot_be_read_is_told_with_its_place(
    command: Command, policy_file: Path, text: str, said: str
) -> None:
    policy_file.write_text(text, "utf-8")

    checked = command("policy", "check", str(policy_file))
    as_json = command("policy", "check", str(policy_file), "--json")
    set_code, _ = command("policy", "set", "approved", "--file", str(policy_file))

    assert checked[0] == 1
    assert checked[1].startswith(said)
    assert (as_json[0], told(as_json)["valid"]) == (1, False)
    assert set_code == 2


def test_a_finding_is_waived_for_a_while(
    server: Server, upstream: LoopbackUpstream, command: Command
) -> None:
    upstream.add(wheel("sloppy", "1.0", flaw=Flaw.UNRECORDED_FILE))
    asked = server.admin.awaits(server.admin.requests("sloppy==1.0"), "review")
    until = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%d")
    order = ("sloppy", "archive.record-extra", "--reason", "they are slow")

    added = told(command("waiver", "add", *order, "--until", until, "--json"))
    listed = command("waiver", "list", "--name", "sloppy")
    explained = told(command("policy", "explain", "sloppy==1.0", "--json"))
    ended = command("waiver", "end", str(added["id"]))
    left = command("waiver", "list", "--name", "sloppy")

    assert asked["state"] == "review"
    assert (added["scope"], added["by"]) == ("project", "admin")
    assert listed[1].startswith(f"{added['id']}\tarchive.record-extra\tsloppy\t{until}\tadmin")
    waived = [one for one in explained["steps"] if one["held"] == "waived"]
    assert [one["rule"] for one in waived] == ["findings.review"]
    assert ended == (0, "archive.record-extra in sloppy weighs again.\n")
    assert left == (0, "Nothing is waived.\n")


@pytest.mark.parametrize(
    "order",
    [
        ("sloppy", "malware.MAL-1", "--reason", "no", "--until", "2027-01-01"),
        ("sloppy", "a.b", "--reason", "no", "--until", "2001-01-01"),
        ("sloppy", "a.b", "--reason", "no", "--until", "soon"),
        ("sloppy", "a.b", "--reason", "no", "--until", "2027-01-01", "--sha256", "x"),
        ("sloppy", "a.b", "--until", "2027-01-01"),
    ],
)
def test_a_waiver_without_sense_is_wrong_use(command: Command, order: tuple[str, ...]) -> None:
    assert command("waiver", "add", *order)[0] == 2
