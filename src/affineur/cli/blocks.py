"""Promotion by hand, and blocks."""

from __future__ import annotations

import click

from affineur.cli.asking import exact_release, release_name, remote, split_release
from affineur.cli.client import Remote
from affineur.cli.exits import ANSWER_IS_NO, DONE
from affineur.cli.output import Output, Rows
from affineur.cli.takers import tell_preview
from affineur.core.errors import BadInput


@click.command(epilog="Example: affineur promote tool==1.2 --from staging --to internal")
@click.argument("release", metavar="NAME==VERSION")
@click.option("--from", "source", required=True, help="The feed that serves it.")
@click.option("--to", "target", required=True, help="The feed that it is to be listed in.")
@click.option("--comment", default="", help="Words that stay with the decision.")
@remote
def promote_command(server: Remote, out: Output, /, release: str, **order: str) -> None:
    """List a release in another feed, as the same bytes."""
    name, version = exact_release(release)
    source, target, comment = order["source"], order["target"], order["comment"]
    done = server.post(
        "promotions",
        body={"name": name, "version": version, "from": source, "to": target, "comment": comment},
    )
    told = f"{release} stands in '{target}' now, with {len(done['digests'])} files."
    out.tell(done, told)


@click.command(epilog="Example: affineur block flask==3.1.0 --reason 'CVE-2026-1234'")
@click.argument("release", metavar="NAME[==VERSION]")
@click.option("--reason", help="What everybody reads who asks for it.")
@click.option("--malware", is_flag=True, help="Hide it altogether, instead of explaining.")
@click.option("--sha256", help="Block this one file of it.")
@click.option("--dry-run", is_flag=True, help="Only tell which files it would withdraw.")
@remote
def block_command(
    server: Remote, out: Output, /, release: str, *, dry_run: bool, **order: str | bool | None
) -> int:
    """Withdraw a package everywhere, at once.

    No feed serves it from this moment on. Its names stay taken. `affineur takers` tells who has
    it. With --dry-run, exit code 1 when no feed lists it.
    """
    name, version = split_release(release)
    meant = {"name": name, "version": version, "sha256": order["sha256"]}
    if dry_run:
        return tell_preview(server, out, meant)
    if not order["reason"]:
        raise BadInput("A block needs a reason.", hint="Give --reason, or --dry-run to look first.")
    body = {**meant, "reason": order["reason"], "malware": order["malware"]}
    done = server.post("blocks", body=body)
    out.tell(done, f"{release_name(done['name'], done['version'])} is blocked: {done['reason']}")
    return DONE


@click.command(epilog="Example: affineur unblock flask==3.1.0 --reason 'false alarm'")
@click.argument("release", metavar="NAME[==VERSION]")
@click.option("--reason", required=True, help="Why it is safe again.")
@click.option("--sha256", help="The one file that was blocked.")
@remote
def unblock_command(
    server: Remote, out: Output, release: str, reason: str, sha256: str | None
) -> int:
    """Lift a block.

    Exit code 1 when there was none on exactly this.
    """
    name, version = split_release(release)
    body = {"name": name, "version": version, "sha256": sha256, "reason": reason}
    done = server.post("blocks", "end", body=body)
    lifted = done["lifted"]
    out.tell(done, f"{release} is served again." if lifted else f"{release} was not blocked.")
    return DONE if lifted else ANSWER_IS_NO


@click.command(epilog="Example: affineur blocks --json")
@remote
def blocks_command(server: Remote, out: Output) -> None:
    """List the blocks that hold."""
    found = server.get("blocks")
    rows = [
        (
            release_name(one["name"], one["version"]),
            "malware" if one["malware"] else "block",
            one["by"],
            one["at"][:16],
            one["reason"],
        )
        for one in found["blocks"]
    ]
    columns = ("package", "kind", "by", "since", "reason")
    out.tell(found, Rows(columns, rows, if_empty="Nothing is blocked."))
