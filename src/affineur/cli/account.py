"""Where you are signed in, and how the server is."""

from __future__ import annotations

import click

from affineur.cli.asking import remote
from affineur.cli.client import Remote
from affineur.cli.output import Output, Rows


@click.group(epilog="Example: affineur session list")
def session_command() -> None:
    """See where you are signed in to the web interface, and end that."""


@session_command.command("list", epilog="Example: affineur session list")
@remote
def list_sessions(server: Remote, out: Output) -> None:
    """List your sessions, newest first."""
    found = server.get("sessions")
    rows = [
        (one["id"], one["made_at"][:19], one["seen_at"][:19], one["browser"])
        for one in found["sessions"]
    ]
    columns = ("id", "since", "last seen", "browser")
    out.tell(found, Rows(columns, rows, if_empty="You are signed in nowhere."))


@session_command.command("end", epilog="Example: affineur session end 7")
@click.argument("number", type=click.IntRange(1), metavar="ID")
@remote
def end_session(server: Remote, out: Output, number: int) -> None:
    """End one of your sessions."""
    out.tell(server.delete("sessions", number), f"Session {number} has ended.")


@click.group(epilog="Example: affineur server status")
def server_command() -> None:
    """See how the server is, and try again what kept failing."""


@server_command.command("status", epilog="Example: affineur server status")
@remote
def status(server: Remote, out: Output) -> None:
    """Tell version, jobs, the age of the server's data, and what is free on its disk."""
    found = server.get("server")
    counts = ", ".join(f"{count} {state}" for state, count in sorted(found["job_counts"].items()))
    known = found["advisories"]
    free = found["free_bytes"]
    parked = [(one["id"], one["kind"], one["key"], one["error"]) for one in found["parked"]]
    out.tell(
        found,
        f"affineur {found['version']} on {found['database']} at {found['public_url']}",
        f"Jobs: {counts or 'none'}",
        f"Advisories: as of {(known['as_of'] or 'never')[:19]}"
        + (f"; last trouble: {known['trouble']}" if known["trouble"] else ""),
        "Free on the disk: " + ("unknown" if free is None else f"{free / 1024**3:.1f} GiB"),
        Rows(("parked job", "kind", "of", "error"), parked),
    )


@server_command.command("retry", epilog="Example: affineur server retry 12")
@click.argument("number", type=click.IntRange(1), metavar="JOB")
@remote
def retry(server: Remote, out: Output, number: int) -> None:
    """Let a job that was put aside be done once more."""
    out.tell(server.post("server", "jobs", number, "retry"), f"Job {number} is tried again.")
