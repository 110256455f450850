"""The stage: a fresh directory, players with their tokens, and commands that are really run.

Every command is printed before it runs, and its output as it comes. What should succeed and
does not, or should fail and does not, ends the demo at once.
"""

from __future__ import annotations

import ensurepip
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from packaging.version import Version
from uv import find_uv_bin

from affineur.cli.plain import clean
from affineur.core.errors import BadInput

MARKER = ".affineur-demo"
_TELLS_OF_YANKS = Version("23.2")
"""The first pip that takes core metadata from JSON pages (PEP 714), before it takes the file."""
_LONGEST_COMMAND_S = 600.0
_OTHERS_SETTINGS = ("PIP_", "UV_", "TWINE_", "AFFINEUR_")
_OTHERS_PLACES = frozenset({"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"})


class DemoFailed(Exception):
    """Something is not as it should be."""


@dataclass(frozen=True, slots=True)
class Done:
    """A command that was run to its end."""

    code: int
    output: str


@dataclass(slots=True)
class Stage:
    """Where the demo plays."""

    root: Path
    url: str
    upstream: str
    """The index that the server reads."""
    tokens: dict[str, str] = field(default_factory=dict)
    """The secret of each player; it goes into the environment of their commands alone."""

    @property
    def index(self) -> str:
        """The one index URL that everybody uses."""
        return f"{self.url}/pypi/internal/simple/"

    def must(self, who: str, *command: str, within: Path | None = None) -> Done:
        """Run what has to succeed."""
        done = self.run(who, command, within)
        self.check(done.code == 0, f"`{shlex.join(command)}` should succeed")
        return done

    def must_fail(
        self, who: str, *command: str, within: Path | None = None, saying: Iterable[str] = ()
    ) -> Done:
        """Run what has to fail, with these words in its output."""
        done = self.run(who, command, within)
        self.check(done.code != 0, f"`{shlex.join(command)}` should fail")
        output = " ".join(done.output.split())
        for words in saying:
            self.check(words in output, f"`{shlex.join(command)}` should say {words!r}")
        return done

    def what_pip_tells(self, *words: str) -> tuple[str, ...]:
        """Give what the pip of a new environment tells of a refused exact version.

        An old one looks at the file before it tells of a yank, and then at nothing else.
        """
        bundled = ensurepip.version()
        if Version(bundled) >= _TELLS_OF_YANKS:
            return words
        self.say(f"(pip {bundled} tells no reason either; from {_TELLS_OF_YANKS} on it does.)")
        return ()

    def ask(self, who: str, *command: str) -> Any:  # Any: JSON as the command told it
        """Run a command of affineur for its JSON answer, which may be no."""
        done = self.run(who, (*command, "--json"), None, quietly=True)
        self.check(done.output, f"`{shlex.join(command)}` should have an answer")
        return json.loads(done.output)

    def check(self, is_so: object, sentence: str) -> None:
        """End the demo when something is not as it should be."""
        if not is_so:
            raise DemoFailed(f"{clean(sentence)}; it is not so.")

    def say(self, text: str) -> None:
        """Tell what happens."""
        click.echo(clean(text))
        sys.stdout.flush()

    def run(
        self, who: str, command: tuple[str, ...], within: Path | None, *, quietly: bool = False
    ) -> Done:
        """Print a command, run it, and print its output as it comes."""
        program, *arguments = command
        click.secho(f"{who}$ {shlex.join(command)}", bold=True)
        sys.stdout.flush()
        process = subprocess.Popen(  # noqa: S603  the demo's own commands, no shell
            [_program(program, within), *arguments],
            cwd=self.root,
            env=self.environment(who),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if quietly else subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # so that what it starts can be ended with it
        )
        limit = threading.Timer(_LONGEST_COMMAND_S, process.kill)
        limit.start()
        try:
            lines = list(_read(process, quietly=quietly))
            return Done(process.wait(), "".join(lines))
        finally:
            limit.cancel()
            end(process)

    def environment(self, who: str) -> dict[str, str]:
        """Give the environment of a player: the machine's, without settings of its clients."""
        own = {
            "HOME": str(self.root / "home"),
            "PYTHONUNBUFFERED": "1",
            "NO_COLOR": "1",
            "NO_PROXY": "127.0.0.1",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INPUT": "1",
            "PIP_NO_CACHE_DIR": "1",
            "PIP_PROGRESS_BAR": "off",
            "UV_NO_CONFIG": "1",
            "UV_NO_CACHE": "1",
            "UV_NO_PROGRESS": "1",
            "UV_LINK_MODE": "copy",
            "UV_PYTHON_DOWNLOADS": "never",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "AFFINEUR_URL": self.url,
        }
        return self.server_environment() | own | self._credentials(who)

    def server_environment(self) -> dict[str, str]:
        """Give the environment of the server: the machine's, with its proxies and certificates."""
        own = {
            "AFFINEUR_DATA": str(self.root / "server"),
            "AFFINEUR_UPSTREAM": self.upstream,
            "AFFINEUR_ADVISORIES_EVERY_S": "0",  # it asks once, where everybody sees it
        }
        return _without_settings_of_clients() | own

    def _credentials(self, who: str) -> dict[str, str]:
        secret = self.tokens.get(who)
        if secret is None:
            return {}
        return {
            "AFFINEUR_TOKEN": secret,
            "TWINE_USERNAME": "__token__",
            "TWINE_PASSWORD": secret,
            "UV_PUBLISH_TOKEN": secret,
        }

    def pip_environment(self, name: str) -> Path:
        """Make a fresh environment with pip."""
        path = self.root / "environments" / name
        self.must("developer", "python", "-m", "venv", _short(self.root, path))
        return path

    def uv_environment(self, name: str) -> Path:
        """Make a fresh environment for uv."""
        path = self.root / "environments" / name
        self.must(
            "developer",
            "uv",
            "venv",
            "--quiet",
            "--python",
            _short(self.root, Path(sys.executable)),
            _short(self.root, path),
        )
        return path

    def short(self, path: Path) -> str:
        """Write a path as commands run in the demo's directory see it."""
        return _short(self.root, path)


def open_stage(root: Path, url: str, upstream: str) -> Stage:
    """Make the directory fresh; only one that an earlier demo made is emptied."""
    root = root.absolute()
    if root.exists() and any(root.iterdir()) and not (root / MARKER).exists():
        raise BadInput(
            f"{root} is not empty, and no demo made it.", hint="Name another one with --data."
        )
    shutil.rmtree(root, ignore_errors=True)
    for folder in (root, root / "home", root / "environments"):
        folder.mkdir(parents=True)
    (root / MARKER).write_text("`affineur demo` may empty this directory.\n", "utf-8")
    return Stage(root, url, upstream)


def _without_settings_of_clients() -> dict[str, str]:
    """Give this process's environment without the settings of pip, uv, twine and affineur."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OTHERS_SETTINGS) and name not in _OTHERS_PLACES
    }


def end(process: subprocess.Popen[str] | subprocess.Popen[bytes], patience_s: float = 40.0) -> None:
    """End a child by its own id, hard when it does not listen, and what it left behind.

    A child leads a session of its own, so its group holds nothing but what it started.
    """
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def tool(name: str) -> str:
    """Find a program of the demo's own environment."""
    if name == "python":
        return sys.executable
    if name == "uv":
        return find_uv_bin()
    path = Path(sys.executable).with_name(name)
    if not path.exists():
        raise BadInput(
            f"The demo needs {name} beside {sys.executable}.",
            hint=f"Install it there: {sys.executable} -m pip install {name}",
        )
    return str(path)


def _program(name: str, within: Path | None) -> str:
    return tool(name) if within is None else str(within / "bin" / name)


def _read(process: subprocess.Popen[str], *, quietly: bool) -> Iterable[str]:
    assert process.stdout is not None  # noqa: S101  it was opened as a pipe
    for line in process.stdout:
        if not quietly:
            click.echo(f"  {clean(line.rstrip())}")
            sys.stdout.flush()
        yield line


def _short(root: Path, path: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
