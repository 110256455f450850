"""Connectors of feeds, and the filters on them."""

from __future__ import annotations

import os

import click

from affineur.cli.asking import remote
from affineur.cli.client import Json, Remote
from affineur.cli.exits import ANSWER_IS_NO, DONE
from affineur.cli.output import Output, Rows

_PASSWORD = "AFFINEUR_CONNECTOR_PASSWORD"  # noqa: S105  the variable's name
_feed = click.argument("feed")
_connector = click.argument("connector")


@click.group(epilog="Example: affineur connector list unapproved")
def connector_command() -> None:
    """Connect feeds to other feeds and to external indexes."""


@connector_command.command("list", epilog="Example: affineur connector list unapproved")
@_feed
@remote
def list_connectors(server: Remote, out: Output, feed: str) -> None:
    """List a feed's connectors, in the order in which they are asked."""
    found = server.get("feeds", feed, "connectors")
    rows = [
        (one["name"], one["target"] or one["url"], ", ".join(one["origins"]), _login(one))
        for one in found["connectors"]
    ]
    columns = ("name", "leads to", "further origins", "login")
    out.tell(found, Rows(columns, rows, if_empty=f"'{feed}' has no connector."))


@connector_command.command("status", epilog="Example: affineur connector status unapproved")
@click.argument("feed", required=False)
@remote
def show_status(server: Remote, out: Output, feed: str | None) -> int:
    """Tell how the external indexes are: of one feed, or of all that you manage.

    An index is `closed` while it answers, `open` while it is left alone after failures, and
    `half-open` when it is about to be tried again. Exit code 1 when one is not closed.
    """
    found = server.get("connectors", "status", feed=feed)
    told = [_condition(one) for one in found["connectors"]]
    columns = ("id", "connector", "pages", "files", "last answer", "known", "oldest", "missing")
    rows = [row for row, _troubles in told]
    table = Rows(columns, rows, if_empty="There is no connector to an external index.")
    out.tell(found, table, *(line for _row, troubles in told for line in troubles))
    states = [one[kind]["state"] for one in found["connectors"] for kind in ("pages", "files")]
    return DONE if set(states) <= {"closed"} else ANSWER_IS_NO


@connector_command.command(
    "add", epilog="Example: affineur connector add internal tools --target team-tools"
)
@_feed
@click.argument("name")
@click.option("--target", default=None, help="The feed that it leads to.")
@click.option("--to-url", default=None, help="The simple index that it leads to.")
@click.option("--origin", "origins", multiple=True, help="Where else its files may be.")
@click.option("--username", default=None, help=f"Its password is taken from {_PASSWORD}.")
@remote
def add_connector(server: Remote, out: Output, /, feed: str, name: str, **more: object) -> None:
    """Connect a feed to another one, or to an external index.

    It is asked after the connectors that the feed has already.
    """
    body = {
        "name": name,
        "target": more["target"],
        "url": more["to_url"],
        "origins": more["origins"],
        "username": more["username"],
        "password": os.environ.get(_PASSWORD) if more["username"] else None,
    }
    made = server.post("feeds", feed, "connectors", body=body)
    out.tell(made, f"'{feed}' reads {made['target'] or made['url']} through '{name}' now.")


@connector_command.command(
    "order", epilog="Example: affineur connector order internal team-tools approved"
)
@_feed
@click.argument("names", nargs=-1, required=True)
@remote
def order_connectors(server: Remote, out: Output, feed: str, names: tuple[str, ...]) -> None:
    """Put all connectors of a feed in this order: the first that has a project answers for it."""
    done = server.post("feeds", feed, "connectors", "order", body={"names": list(names)})
    out.tell(done, f"'{feed}' asks them in this order now: {', '.join(names)}.")


@connector_command.command("ask", epilog="Example: affineur connector ask unapproved upstream")
@_feed
@_connector
@remote
def ask_index(server: Remote, out: Output, feed: str, connector: str) -> int:
    """Ask a connector's external index for a page now; exit code 1 when it does not answer."""
    found = server.post("feeds", feed, "connectors", connector, "ask")
    if found["answered"]:
        out.tell(found, f"It answered about '{found['project']}' in {found['took_s']} s.")
        return DONE
    out.tell(found, f"It gave no answer: {found['trouble']}")
    return ANSWER_IS_NO


@connector_command.command("end", epilog="Example: affineur connector end internal tools")
@_feed
@_connector
@remote
def end_connector(server: Remote, out: Output, feed: str, connector: str) -> None:
    """End a connector: what came through it is no longer on the feed's pages."""
    done = server.delete("feeds", feed, "connectors", connector)
    out.tell(done, f"'{feed}' has no connector '{connector}' any more.")


@click.group(epilog="Example: affineur filter list unapproved upstream")
def filter_command() -> None:
    """Allow or deny what comes through a connector."""


@filter_command.command("list", epilog="Example: affineur filter list unapproved upstream")
@_feed
@_connector
@remote
def list_filters(server: Remote, out: Output, feed: str, connector: str) -> None:
    """List a connector's filters, oldest first."""
    found = server.get("feeds", feed, "connectors", connector, "filters")
    rows = [(one["id"], one["action"], _conditions(one), one["reason"]) for one in found["filters"]]
    table = Rows(("id", "action", "when", "reason"), rows, if_empty="There are no filters.")
    out.tell(found, table)


@filter_command.command(
    "add",
    epilog="Example: affineur filter add unapproved upstream deny --names 'torch*' "
    "--reason 'use the build of team ML'",
)
@_feed
@_connector
@click.argument("action", type=click.Choice(["allow", "deny"]))
@click.option("--reason", required=True, help="What a refused developer reads.")
@click.option("--names", multiple=True, help="Names, in which * stands for anything.")
@click.option("--versions", default=None, help="Version specifiers, such as '>=2,<3'.")
@click.option("--min-age-days", type=click.IntRange(0), help="Only files that are older.")
@click.option("--kind", type=click.Choice(["wheel", "sdist"]), help="Only files of this kind.")
@click.option("--show", type=click.Choice(["explain", "hide"]), default="explain")
@remote
def add_filter(server: Remote, out: Output, /, feed: str, connector: str, **rule: object) -> None:
    """Add a filter to a connector; it holds at once.

    Conditions that are not named hold for every file.
    """
    made = server.post("feeds", feed, "connectors", connector, "filters", body=rule)
    told = f"Filter {made['id']}: {made['action']} {_conditions(made)}: {made['reason']}"
    out.tell(made, told)


@filter_command.command(
    "test",
    epilog="Example: affineur filter test internal approved deny --names 'torch*'",
)
@_feed
@_connector
@click.argument("action", type=click.Choice(["allow", "deny"]))
@click.option("--names", multiple=True, help="Names, in which * stands for anything.")
@click.option("--versions", default=None, help="Version specifiers, such as '>=2,<3'.")
@click.option("--min-age-days", type=click.IntRange(0), help="Only files that are older.")
@click.option("--kind", type=click.Choice(["wheel", "sdist"]), help="Only files of this kind.")
@remote
def test_filter(server: Remote, out: Output, /, feed: str, connector: str, **rule: object) -> int:
    """Tell what a filter would withhold of what was used in 30 days, and of what stands.

    Nothing is changed. Exit code 1 when something that was used would be withheld.
    """
    body = rule | {"reason": "only tried"}
    found = server.post("feeds", feed, "connectors", connector, "filters", "test", body=body)
    used, standing = found["used"], found["standing"]
    parts: list[str | Rows] = [_tried(used, f"used in {found['days']} days"), _withheld(used)]
    parts += [_tried(standing, "that stand behind the connector"), _withheld(standing)]
    if found["takers"]:
        told = ", ".join(f"{one['name']} ({one['downloads']})" for one in found["takers"][:10])
        parts.append(f"Who took them: {told}")
    out.tell(found, *parts)
    return ANSWER_IS_NO if used["withheld"] else DONE


@filter_command.command("end", epilog="Example: affineur filter end unapproved upstream 3")
@_feed
@_connector
@click.argument("number", type=click.IntRange(1), metavar="ID")
@remote
def end_filter(server: Remote, out: Output, feed: str, connector: str, number: int) -> None:
    """End a filter."""
    done = server.delete("feeds", feed, "connectors", connector, "filters", number)
    out.tell(done, f"Filter {number} is ended.")


def _tried(tried: Json, which: str) -> str:
    some = "" if tried["is_all"] else " that were looked at (there are more)"
    return f"Of {tried['files']} files {which}{some}, {tried['withheld']} would be withheld."


def _withheld(tried: Json) -> Rows:
    rows = [
        (
            f"{one['name']}=={one['version']}",
            f"{one['files']} of {one['of_files']}",
            one["downloads"],
        )
        for one in tried["releases"][:50]
    ]
    return Rows(("release", "files", "taken"), rows)


def _condition(one: Json) -> tuple[tuple[object, ...], list[str]]:
    """Give a row of the table, and a line for each trouble that is not over."""
    name = f"{one['feed']}/{one['name']}"
    states = [one[kind]["state"] for kind in ("pages", "files")]
    counts = (one["known_pages"], one["oldest_page_at"] or "", one["missing_names"])
    row = (one["id"], name, *states, one["pages"]["answered_at"] or "never", *counts)
    troubles = [
        f"{name}: no {kind} since {one[kind]['opened_at']} ({one[kind]['cause']}); "
        f"next try {one[kind]['next_try_at']}"
        for kind in ("pages", "files")
        if one[kind]["state"] != "closed"
    ]
    return row, troubles


def _login(one: Json) -> str:
    if one["username"]:
        return f"{one['username']}, {'with' if one['has_password'] else 'without'} a password"
    return ""


def _conditions(one: Json) -> str:
    told = [
        f"names {', '.join(one['names'])}" if one["names"] else "",
        f"versions {one['versions']}" if one["versions"] else "",
        f"at least {one['min_age_days']} days old" if one["min_age_days"] is not None else "",
        f"{one['kind']}s" if one["kind"] else "",
    ]
    return "; ".join(part for part in told if part) or "everything"
