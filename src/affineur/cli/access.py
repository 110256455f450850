"""Who you are; users, their roles and their tokens."""

from __future__ import annotations

import click

from affineur.cli.asking import feed_option, remote
from affineur.cli.client import Json, Remote
from affineur.cli.exits import ANSWER_IS_NO, DONE
from affineur.cli.output import Output, Rows
from affineur.core.errors import BadInput

_GRANT_HELP = "A role, as role@feed, or role for every feed."


@click.command(epilog="Example: affineur whoami")
@remote
def whoami_command(server: Remote, out: Output) -> None:
    """Tell who you are, and what you may do."""
    found = server.get("whoami")
    grants = ", ".join(found["grants"]) or "no roles"
    out.tell(found, f"{found['name']}: {grants}", f"This token: {_scope(found['scope'])}")


@click.group(epilog="Example: affineur user add ada --grant reader@internal")
def user_command() -> None:
    """Make users, and grant them roles."""


@user_command.command("list", epilog="Example: affineur user list")
@remote
def list_users(server: Remote, out: Output) -> None:
    """List the users, with what they were granted."""
    found = server.get("users")
    rows = [(one["name"], ", ".join(one["grants"])) for one in found["users"]]
    out.tell(found, Rows(("name", "roles"), rows))


@user_command.command("add", epilog="Example: affineur user add ada --grant reader@internal")
@click.argument("name")
@click.option("--grant", "grants", multiple=True, help=_GRANT_HELP)
@click.option("--password", is_flag=True, help="Give them a first password, told this once.")
@remote
def add_user(
    server: Remote, out: Output, name: str, grants: tuple[str, ...], *, password: bool
) -> None:
    """Make a user with these roles: reader, publisher, approver, manager, admin."""
    made = server.post("users", body={"name": name, "grants": list(grants)})
    if password:
        made |= server.post("users", name, "password")
    _tell_user(out, made)
    if password and not out.as_json:
        out.tell(made, f"First password: {made['password']}")


@user_command.command("password", epilog="Example: affineur user password ada")
@click.argument("name")
@remote
def reset_password(server: Remote, out: Output, name: str) -> None:
    """Give a user a first password, told this once; they must change it when they sign in."""
    made = server.post("users", name, "password")
    out.tell(made, made["password"])
    if not out.as_json:
        out.progress(f"{name} signs in with it once, and then chooses another one.")


@user_command.command("end", epilog="Example: affineur user end ada")
@click.argument("name")
@remote
def end_user(server: Remote, out: Output, name: str) -> None:
    """End a user, with all roles and tokens."""
    out.tell(server.delete("users", name), f"{name} is no user any more.")


@user_command.command("grant", epilog="Example: affineur user grant ada approver@approved")
@click.argument("name")
@click.argument("role", metavar="ROLE[@FEED]")
@remote
def grant(server: Remote, out: Output, name: str, role: str) -> None:
    """Grant a user a role on one feed, or on every feed."""
    _tell_user(out, server.post("users", name, "grants", body={"grant": role}))


@user_command.command("revoke", epilog="Example: affineur user revoke ada approver@approved")
@click.argument("name")
@click.argument("role", metavar="ROLE[@FEED]")
@remote
def revoke(server: Remote, out: Output, name: str, role: str) -> None:
    """Take a role back."""
    _tell_user(out, server.delete("users", name, "grants", role))


@user_command.command("can", epilog="Example: affineur user can ada --feed approved")
@click.argument("name")
@feed_option
@click.option("--token", type=click.IntRange(1), help="As far as this token of his goes.")
@click.option("--permission", help="Ask about this one alone; exit code 1 when it is not given.")
@remote
def tell_rights(
    server: Remote, out: Output, name: str, feed: str, token: int | None, permission: str | None
) -> int:
    """Tell what a user can do at a feed, and why.

    Everybody may ask about himself; who manages the feed, about others.
    """
    found = server.get("feeds", feed, "rights", user=name, token=token)
    rights = [one for one in found["rights"] if permission in {None, one["permission"]}]
    if not rights:
        raise BadInput(f"{permission!r} is not a permission.", hint="See: affineur user can --help")
    rows = [
        (one["permission"], "yes" if one["is_given"] else "no", one["allows"], one["why"])
        for one in rights
    ]
    out.tell(found, Rows(("permission", "given", "to", "why"), rows))
    return DONE if permission is None or rights[0]["is_given"] else ANSWER_IS_NO


@click.group(epilog="Example: affineur token create ci --name 'build server' --feed internal")
def token_command() -> None:
    """Make and revoke tokens."""


@token_command.command("list", epilog="Example: affineur token list")
@remote
def list_tokens(server: Remote, out: Output) -> None:
    """List tokens: all for an administrator, for everybody else their own."""
    found = server.get("tokens")
    rows = [
        (
            one["id"],
            one["user"],
            one["name"],
            _scope(one["scope"]),
            (one["expires_at"] or "never")[:10],
            "ended" if one["ended_at"] else "holds",
        )
        for one in found["tokens"]
    ]
    columns = ("id", "user", "name", "limited to", "expires", "state")
    out.tell(found, Rows(columns, rows, if_empty="There are no tokens."))


@token_command.command(
    "create",
    epilog="Example: affineur token create ci --name build --feed internal "
    "--permission feed:publish",
)
@click.argument("user", required=False)
@click.option("--name", default="made on the command line", help="What it is for.")
@click.option("--feed", "feeds", multiple=True, help="Only for these feeds.")
@click.option("--permission", "permissions", multiple=True, help="Only for these permissions.")
@click.option("--expires-in-days", type=click.IntRange(1), help="A year when left out.")
@remote
def create_token(server: Remote, out: Output, /, user: str | None, **order: object) -> None:
    """Make a token, for yourself or as an administrator for a user; its secret is shown this once.

    A token can do what its user may, limited further by what is named here. One that you make
    for yourself holds a year at most, and not longer than the token that you use now.
    """
    owner = {} if user is None else {"user": user}
    body = owner | {name: value for name, value in order.items() if value}
    made = server.post("tokens", body=body)
    _tell_token(out, made, f"Token {made['id']} of {user or 'yours'}")


@token_command.command("build", epilog="Example: affineur token build team-a-ci --feed team-a")
@click.argument("name")
@click.option("--feed", required=True, help="The one feed that it works with.")
@click.option("--publish/--no-publish", "publishes", default=True, help="Whether it uploads.")
@click.option("--read/--no-read", "reads", default=True, help="Whether it installs.")
@click.option("--expires-in-days", type=click.IntRange(1), help="A year when left out.")
@remote
def give_build_token(server: Remote, out: Output, /, name: str, feed: str, **order: object) -> None:
    """Make a token with which a build server works with one feed, and does nothing else.

    NAME is the user that it works as, who is made when there is none.
    """
    body = {"name": name} | {key: value for key, value in order.items() if value is not None}
    made = server.post("feeds", feed, "build-tokens", body=body)
    _tell_token(out, made, f"Token {made['id']} of {name}")


@token_command.command("revoke", epilog="Example: affineur token revoke 7")
@click.argument("number", type=click.IntRange(1), metavar="ID")
@remote
def revoke_token(server: Remote, out: Output, number: int) -> None:
    """End a token; it is refused from this moment on."""
    out.tell(server.delete("tokens", number), f"Token {number} does not hold any more.")


def _tell_token(out: Output, made: Json, which: str) -> None:
    until = (made["expires_at"] or "for ever")[:10]
    out.tell(made, made["secret"])
    if not out.as_json:
        out.progress(f"{which} holds until {until}; it is not shown again.")


def _tell_user(out: Output, user: Json) -> None:
    out.tell(user, f"{user['name']}: {', '.join(user['grants']) or 'no roles'}")


def _scope(scope: Json) -> str:
    feeds = "all feeds" if scope["feeds"] is None else ", ".join(scope["feeds"])
    permissions = scope["permissions"]
    return feeds if permissions is None else f"{', '.join(permissions)} on {feeds}"
