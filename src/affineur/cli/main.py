"""`affineur`: the one program of the server's machine and of everybody who asks a server.

The modules of the commands are imported when their command is called, so that help comes at
once; the tables below are all that help needs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

import click

import affineur
from affineur.cli.exits import DONE, INTERRUPTED, TROUBLE, complain
from affineur.core.errors import DomainError, Unavailable

# A command's name, the module that it stands in, and what it does.
SERVER: Mapping[str, tuple[str, str]] = {
    "init": ("server", "Make the database, the first feeds and the first admin token."),
    "serve": ("server", "Start the server; makes what is missing."),
    "worker": ("server", "Work on resolutions and vetting, beside other processes."),
    "fsck": ("server", "Compare the bytes on disk with the database."),
    "cache": ("cache", "See what the files on the server's disk take, and make room."),
    "backup": ("backups", "Write everything that the server keeps to a new file."),
    "restore": ("backups", "Fill a new, empty server from a backup."),
    "advisories": ("advisories", "Keep what is known of vulnerabilities and malware."),
    "names": ("names", "Keep the names that new ones are held against."),
    "demo": ("demo.command", "Play a package's whole journey, with the real clients."),
}
ASKING: Mapping[str, tuple[str, str]] = {
    "request": ("request", "Ask for packages, with all that they need."),
    "draft": ("draft", "Look at what would come of a request, before you send it."),
    "send": ("draft", "Send a draft: it becomes a request."),
    "vet": ("vet", "Let every check look at files or releases, and tell what it saw."),
    "why": ("insight", "Tell whether a package is served, and why."),
    "wanted": ("wanted", "List what people and builds tried to install and did not get."),
    "check": ("insight", "Check that everything in a lock file is approved."),
    "lock": ("insight", "Lock requirements to what is approved."),
    "probe": ("probe", "Tell which parts of the index protocol an index keeps."),
    "whoami": ("access", "Tell who you are, and what you may do."),
}
DECIDING: Mapping[str, tuple[str, str]] = {
    "requests": ("requests", "List requests, newest first."),
    "show": ("requests", "Show a request: what it asks for, what vetting found."),
    "change": ("change", "Tell what a version newly has and can do."),
    "diff": ("diff", "Show what changed between two releases or files, line by line."),
    "approve": (
        "requests",
        "Approve everything that is open of a request, or only some releases of it.",
    ),
    "reject": (
        "requests",
        "Say no to everything that is open of a request, or only to some releases of it.",
    ),
    "comment": ("requests", "Say something about a request, or ask whoever made it."),
    "withdraw": ("requests", "Take a request back."),
    "waiver": (
        "waivers",
        "Accept findings, for a while, so that they weigh nothing in the policy.",
    ),
    "promote": ("blocks", "List a release in another feed, as the same bytes."),
    "yank": ("yanks", "Say that a release should not be used for new work."),
    "unyank": ("yanks", "Take a yank back."),
    "block": ("blocks", "Withdraw a package everywhere, at once."),
    "unblock": ("blocks", "Lift a block."),
    "blocks": ("blocks", "List the blocks that hold."),
    "concerns": (
        "concerns",
        "List what speaks against something approved now, the worst or the most used first.",
    ),
    "takers": ("takers", "List who took a package: people and tokens, when last and how often."),
    "numbers": ("numbers", "Tell how many ask, how long they wait, and what is used."),
    "incidents": ("audit", "List news that changes the verdict on something."),
}
KEEPING: Mapping[str, tuple[str, str]] = {
    "feed": ("feeds", "Make, change and show feeds, and reserve names."),
    "connector": ("connectors", "Connect feeds to other feeds and to external indexes."),
    "filter": ("connectors", "Allow or deny what comes through a connector."),
    "policy": ("policies", "Show, try and set the policy of a feed."),
    "user": ("access", "Make users, and grant them roles."),
    "token": ("access", "Make and revoke tokens."),
    "session": ("account", "See where you are signed in to the web interface, and end that."),
    "server": ("account", "See how the server is, and try again what kept failing."),
    "webhook": ("webhooks", "Tell other programs of events, with signed messages."),
    "audit": ("audit", "Read the audit log, and check it."),
}
SECTIONS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "On the server's machine": SERVER,
    "Asking": ASKING,
    "Deciding": DECIDING,
    "Keeping house": KEEPING,
}
COMMANDS: Mapping[str, tuple[str, str]] = {**SERVER, **ASKING, **DECIDING, **KEEPING}


class _Lazy(click.Group):
    """A group that imports a command when it is called, and tells of all without importing."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"affineur.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, does) for name, (_, does) in commands.items()])


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Remote commands ask the server at AFFINEUR_URL with the token in AFFINEUR_TOKEN. "
    "Exit codes: 0 done, 1 the answer is no, 2 wrong use, 3 server or network trouble.",
)
@click.version_option(affineur.__version__, prog_name="affineur")
def program() -> None:
    """Python packages, let through after review."""


def main() -> None:
    """Run the command that the arguments name, and exit with its code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; every error is told here."""
    try:
        code = program.main(list(arguments), prog_name="affineur", standalone_mode=False)
        sys.stdout.flush()
    except DomainError as error:
        return complain(error)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return TROUBLE
    except OSError as error:
        return complain(Unavailable(f"The machine says: {error}."))
    return code if isinstance(code, int) else DONE
