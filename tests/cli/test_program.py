from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from affineur.cli.exits import EXITS
from affineur.cli.main import COMMANDS, program, run
from affineur.cli.plain import clean, clean_block
from affineur.core import errors


def commands() -> Iterator[tuple[str, click.Command]]:
    """All commands, those of groups too, with the words that call them."""
    for name in COMMANDS:
        command = program.get_command(click.Context(program), name)
        assert command is not None
        yield name, command
        for inner in getattr(command, "commands", {}).values():
            yield f"{name} {inner.name}", inner


def test_help_is_told_without_importing_what_commands_need() -> None:
    script = (
        "import sys; from affineur.cli.main import run; run(['--help']);"
        "sys.exit(bool({'httpx2', 'rich', 'sqlalchemy', 'fastapi'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_short_help_is_what_the_command_says_of_itself() -> None:
    said = {name: inspect.cleandoc(command.help or "") for name, command in commands()}
    assert {name: said[name].split("\n", 1)[0] for name in COMMANDS} == {
        name: does for name, (_, does) in COMMANDS.items()
    }


def test_every_command_explains_itself_with_an_example() -> None:
    silent = [
        name
        for name, command in commands()
        if name != "worker" and f"affineur {name}" not in (command.epilog or "")
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such-command"], "No such command"),
        (["approve"], "Missing argument"),
        (["approve", "x"], "not a valid integer"),
        (["reject", "1"], "Missing option '--reason'"),
        (["why", "flask>=3"], "names no release"),
        (["block", "flask==", "--reason", "x"], "names no release"),
        (["promote", "flask", "--from", "a", "--to", "b"], "names no version"),
        (["request"], "Name requirements or a file"),
        (["check", "no-such-file"], "does not exist"),
        (["feed", "change", "internal"], "Nothing is to be changed"),
    ],
)
def test_wrong_use_is_explained_and_exits_with_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    assert said in capsys.readouterr().err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("affineur, version ")


def test_every_kind_of_error_has_an_exit_code() -> None:
    kinds = [kind for kind in vars(errors).values() if inspect.isclass(kind)]
    directly = [kind for kind in kinds if errors.DomainError in kind.__bases__]
    assert {kind for kind in directly if kind not in EXITS} == set()


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain", "plain"),
        ("caf\u00e9 \N{CHEESE WEDGE}", "caf\u00e9 \N{CHEESE WEDGE}"),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("\x1b]0;title\x07", "\ufffd]0;title\ufffd"),
        ("\x9b31m", "\ufffd31m"),
        ("a\rb", "a\ufffdb"),
        ("\u202eevil\u2066", "\ufffdevil\ufffd"),
        ("zero\u200bwidth\ufeff", "zero\ufffdwidth\ufffd"),
        ("line\u2028separator", "line\ufffdseparator"),
        ("\ud800", "\ufffd"),
    ],
)
def test_text_from_elsewhere_keeps_nothing_that_steers_a_terminal(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_a_block_of_text_keeps_its_lines_and_nothing_else() -> None:
    assert clean_block("a\x1b\r\nb\rc") == "a\ufffd\nb\ufffdc"


def test_a_reader_that_goes_away_ends_the_command_quietly(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("affineur")
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [script, "--help"], stdout=writing, stderr=subprocess.PIPE, cwd=tmp_path, check=False
    )
    os.close(writing)
    assert b"Traceback" not in done.stderr
