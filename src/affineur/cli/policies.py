"""Policies: reading, checking, trying and setting them, and what they say of a release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from affineur.cli.asking import as_json, exact_release, feed_option, release_name, remote
from affineur.cli.client import Json, Remote
from affineur.cli.exits import ANSWER_IS_NO, DONE
from affineur.cli.output import Output, Rows
from affineur.conditions import CelConditions
from affineur.core.errors import BadInput
from affineur.core.policy_presets import PRESETS
from affineur.core.policy_reading import parse_policy

_feed = click.argument("feed")
_path = click.Path(exists=True, dir_okay=False, path_type=Path)
_file = click.argument("path", metavar="FILE", type=_path)
_SHOWN = 50
_MARKS = {"holds": "*", "waived": "w", "cannot be told": "?", "does not hold": "-"}


@click.group(epilog="Example: affineur policy show approved > policy.toml")
def policy_command() -> None:
    """Show, try and set the policy of a feed."""


@policy_command.command("show", epilog="Example: affineur policy show approved --version 3")
@_feed
@click.option("--version", type=click.IntRange(1), help="An earlier version.")
@remote
def show_policy(server: Remote, out: Output, feed: str, version: int | None) -> None:
    """Show a feed's policy: its own, or the shipped one."""
    found = server.get("feeds", feed, "policy", version=version)
    out.tell(found, found["toml"].rstrip("\n"))


@policy_command.command("history", epilog="Example: affineur policy history approved")
@_feed
@remote
def show_history(server: Remote, out: Output, feed: str) -> None:
    """List the versions of a feed's policy, newest first."""
    found = server.get("feeds", feed, "policy", "versions")
    rows = [
        (one["version"], one["at"][:16], one["by"], _begin(one["toml"]))
        for one in found["versions"]
    ]
    columns = ("version", "set", "by", "begins with")
    out.tell(found, Rows(columns, rows, if_empty=f"'{feed}' has the shipped policy, as ever."))


@policy_command.command("diff", epilog="Example: affineur policy diff approved 3 4")
@_feed
@click.argument("older", type=click.IntRange(0))
@click.argument("newer", type=click.IntRange(0), required=False)
@remote
def compare_versions(server: Remote, out: Output, feed: str, older: int, newer: int | None) -> None:
    """Show the lines in which two versions differ: 0 is the shipped one, else what holds."""
    found = server.get("feeds", feed, "policy", "difference", older=older, newer=newer)
    lines = [f"{one['mark']}{one['text']}" for one in found["lines"]]
    out.tell(found, *(lines or ["They are the same."]))


@policy_command.command("set", epilog="Example: affineur policy set approved --preset balanced")
@_feed
@click.argument("path", metavar="[FILE]", type=_path, required=False)
@click.option("--file", "named", type=_path, help="The same as FILE.")
@click.option("--preset", type=click.Choice(list(PRESETS)), help="A shipped policy as it is.")
@remote
def set_policy(server: Remote, out: Output, /, feed: str, **given: Path | str | None) -> None:
    """Give a feed its own policy, read from a TOML file, or a preset.

    Try it first: affineur policy test FILE --against FEED. Open requests that wait for a person
    are judged again at once.
    """
    sources = [one for one in given.values() if one is not None]
    if len(sources) != 1:
        raise BadInput("Give either a file or a preset.", hint="affineur policy set --help")
    preset = given["preset"]
    toml = f'preset = "{preset}"\n' if preset else _read(Path(str(sources[0])))
    done = server.put("feeds", feed, "policy", body={"toml": toml})
    out.tell(done, f"'{feed}' has its own policy now, version {done['version']}.")


@policy_command.command("reset", epilog="Example: affineur policy reset approved")
@_feed
@remote
def reset_policy(server: Remote, out: Output, feed: str) -> None:
    """Go back to the policy that affineur ships with."""
    done = server.put("feeds", feed, "policy", body={"toml": None})
    out.tell(done, f"'{feed}' has the shipped policy again.")


@policy_command.command("check", epilog="Example: affineur policy check policy.toml")
@_file
@as_json
def check_policy(path: Path, *, as_json: bool) -> int:
    """Check whether a policy can be read; no server is asked.

    Exit code 1 when it cannot.
    """
    out = Output(as_json=as_json)
    try:
        policy = parse_policy(_read(path), CelConditions())
    except BadInput as error:
        told = {"valid": False, "error": error.message, "hint": error.hint}
        out.tell(told, error.message, *([error.hint] * bool(error.hint)))
        return ANSWER_IS_NO
    rules = [one.name for one in policy.rules]
    told = {"valid": True, "preset": policy.document["preset"], "rules": rules}
    out.tell(told, f"{path} can be read. Its rules: {', '.join(rules) or 'none'}.")
    return DONE


@policy_command.command(
    "test", epilog="Example: affineur policy test policy.toml --against approved"
)
@_file
@click.option("--against", "feed", required=True, help="The feed whose approvals are judged.")
@remote
def test_policy(server: Remote, out: Output, path: Path, feed: str) -> int:
    """Show which approvals a policy would turn, and why; nothing is changed.

    Of every release that stands in the feed it asks what vetting said last. Exit code 1 when the
    policy would answer more strictly for any than the feed's policy does now.
    """
    found = server.post("feeds", feed, "policy", "test", body={"toml": _read(path)})
    out.tell(found, *_trial(found))
    return ANSWER_IS_NO if found["stricter"] else DONE


@policy_command.command("explain", epilog="Example: affineur policy explain flask==3.1.0")
@click.argument("release", metavar="NAME==VERSION")
@feed_option
@remote
def explain_release(server: Remote, out: Output, release: str, feed: str) -> int:
    """Show every rule and threshold with what it says of a release.

    Of what was vetted last. `*` holds, `-` does not, `?` cannot be told, `w` was waived. Exit
    code 1 when the answer is deny.
    """
    name, version = exact_release(release)
    found = server.get("feeds", feed, "policy", "explain", name=name, version=version)
    out.tell(found, *_explained(found))
    return ANSWER_IS_NO if found["verdict"] == "deny" else DONE


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not text in UTF-8.") from error


def _begin(toml: str) -> str:
    """Give the first line that says something."""
    lines = [line for line in toml.splitlines() if line.strip() and not line.startswith("#")]
    return lines[0][:60] if lines else "the shipped policy"


def _trial(found: Json) -> Iterator[str]:
    total = found["allow"] + found["review"] + found["deny"]
    yield (
        f"Of {total} releases it would allow {found['allow']}, review {found['review']} and "
        f"deny {found['deny']}; it is stricter than now for {found['stricter']}, milder for "
        f"{found['milder']}."
    )
    if not found["is_all"]:
        yield "These are the releases of the first 20,000 files, by name: more stand there."
    for one in found["turned"][:_SHOWN]:
        yield f"{release_name(one['name'], one['version'])}: {one['now']} -> {one['then']}"
        yield from (f"  {why['text']} [{why['rule']}]" for why in one["reasons"])
    more = found["stricter"] - _SHOWN
    if more > 0:
        yield f"... and {more} more; --json tells up to 1,000."
    unknown = found["not_assessed"]
    if unknown:
        names = ", ".join(release_name(one["name"], one["version"]) for one in unknown[:10])
        yield f"Never vetted here, so nothing is known of {len(unknown)}: {names}."


def _explained(found: Json) -> Iterator[str]:
    release = release_name(found["name"], found["version"])
    version = found["policy_version"]
    policy = f"version {version}" if version else "the shipped one"
    yield f"{release}: {found['verdict']}, by the policy of '{found['feed']}' ({policy})"
    yield from dict.fromkeys(map(_step, found["steps"]))


def _step(one: Json) -> str:
    final = ", final" if one["final"] else ""
    return f"  {_MARKS[one['held']]} {one['rule']} ({one['outcome']}{final}): {one['text']}"
