"""Closures by `uv pip compile`, in a process of its own that can reach one index only.

Nothing is built: where a project has only sdists, uv is told the requirements that the sdist
states (metadata that is not dynamic, PEP 643), and where it states none, that there are none;
the closure then says so.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from affineur.core.errors import BadInput, ResolutionFailed
from affineur.core.names import ProjectName, parse_project
from affineur.core.ports import IndexAccess, StaticRequirements
from affineur.core.requests import Ask, Closure, Release, parse_requirement
from affineur.resolve.documents import releases_of_lock, requirement_lines

_MOST_SDISTS = 20
_LONGEST_MESSAGE = 4000
_NEEDS_SDIST = re.compile(r"Wheels are required for `([^`]+)` because building from source")
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LOCK = "pylock.toml"


@dataclass(slots=True)
class _Sdists:
    """Projects that are taken as sdists, with the requirements that uv is told of them."""

    requirements: dict[ProjectName, tuple[str, ...]] = field(default_factory=dict)
    read: set[ProjectName] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def config(self) -> str:
        """Write down for uv what it needs no build to know."""
        return "".join(
            f"[[dependency-metadata]]\nname = {json.dumps(name)}\n"
            f"requires-dist = {json.dumps(list(lines))}\n"
            for name, lines in self.requirements.items()
        )


class UvResolver:
    """Resolves with the uv that is installed beside this program."""

    def __init__(
        self, *, lowest_python: str, timeout_s: float, executable: Path | None = None
    ) -> None:
        self._python = lowest_python
        self._timeout_s = timeout_s
        self._executable = executable

    async def resolve(self, ask: Ask, index: IndexAccess, static: StaticRequirements) -> Closure:
        """Find the closure; see `core.ports.Resolver`."""
        if ask.is_lock and ask.document is not None:
            return Closure(releases_of_lock(ask.document, ask.document_name or _LOCK))
        sdists = _Sdists()
        lock = await self._compile(ask, index, sdists)
        while (unread := _unread(lock, sdists)) is not None:
            await _read_sdist(unread, sdists, static)
            lock = await self._compile(ask, index, sdists)
        return Closure(releases_of_lock(lock, _LOCK), tuple(sdists.notes))

    async def lock(self, ask: Ask, index: IndexAccess) -> str:
        """Give uv's pylock.toml; see `core.ports.Resolver`."""
        return await self._compile(ask, index, _Sdists())

    async def _compile(self, ask: Ask, index: IndexAccess, sdists: _Sdists) -> str:
        """Run uv, once more for each project that proves to have only sdists."""
        lines = [str(parse_requirement(line)) for line in ask.requirements]
        if ask.document is not None:
            lines += requirement_lines(ask.document, ask.document_name or "requirements.txt")
        while True:
            code, lock, said = await self._run("\n".join(lines) + "\n", index, sdists)
            if code == 0:
                return lock
            only_sdist = [parse_project(name) for name in _NEEDS_SDIST.findall(said)]
            new = [name for name in only_sdist if name not in sdists.requirements]
            if not new or len(sdists.requirements) >= _MOST_SDISTS:
                raise ResolutionFailed(_told(said, index))
            sdists.requirements.update(dict.fromkeys(new, ()))

    async def _run(
        self, requirements: str, index: IndexAccess, sdists: _Sdists
    ) -> tuple[int, str, str]:
        with tempfile.TemporaryDirectory(prefix="affineur-resolve-") as home:
            folder = Path(home)
            (folder / "requirements.in").write_text(requirements, "utf-8")
            (folder / "uv.toml").write_text(sdists.config(), "utf-8")
            process = await asyncio.create_subprocess_exec(
                *self._command(index, sdists),
                cwd=folder,
                env=_environment(folder, index),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
            try:
                _, said = await asyncio.wait_for(process.communicate(), self._timeout_s)
            except TimeoutError as error:
                raise ResolutionFailed(
                    f"No closure was found within {self._timeout_s:.0f} seconds.",
                    hint="Ask for narrower versions, or for fewer packages at once.",
                ) from error
            finally:
                await _end(process)
            lock = folder / _LOCK
            text = lock.read_text("utf-8") if lock.exists() else ""
            return process.returncode or 0, text, said.decode(errors="replace")

    def _command(self, index: IndexAccess, sdists: _Sdists) -> list[str]:
        command = [
            str(self._executable or _find_uv()),
            *("pip", "compile", "requirements.in", "--output-file", _LOCK),
            *("--format", "pylock.toml", "--universal", "--python-version", self._python),
            *("--only-binary", ":all:", "--config-file", "uv.toml"),
            *("--default-index", f"source={index.url}", "--cache-dir", "cache"),
            *("--no-header", "--no-annotate", "--no-python-downloads", "--no-progress"),
            *("--color", "never"),
        ]
        for name in sdists.requirements:
            command += ["--no-binary", name]
        return command


async def _read_sdist(release: Release, sdists: _Sdists, static: StaticRequirements) -> None:
    """Tell uv what the sdist itself states, next time; or note that it states nothing."""
    stated = await static(release.files[0])
    sdists.read.add(release.project)
    if stated is None:
        sdists.notes.append(
            f"{release.project} {release.version} exists only as an sdist whose dependencies "
            "cannot be read without running it: it is taken without them."
        )
    else:
        sdists.requirements[release.project] = stated


def _unread(lock: str, sdists: _Sdists) -> Release | None:
    """Find a release that was taken as an sdist and not looked into yet."""
    return next(
        (
            release
            for release in releases_of_lock(lock, _LOCK)
            if release.project in sdists.requirements and release.project not in sdists.read
        ),
        None,
    )


def _environment(folder: Path, index: IndexAccess) -> dict[str, str]:
    """Nothing of this process's environment; the token goes where no process list shows it."""
    return {
        "HOME": str(folder),
        "PATH": os.defpath,
        "UV_INDEX_SOURCE_USERNAME": "__token__",
        "UV_INDEX_SOURCE_PASSWORD": index.token,
        "UV_HTTP_RETRIES": "1",
    }


async def _end(process: asyncio.subprocess.Process) -> None:
    """Leave nothing of the resolver running, whatever ended the wait."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _told(said: str, index: IndexAccess) -> str:
    """Give what the resolver said, without colours and the address that it was given."""
    text = _COLOURS.sub("", said).replace(index.token, "…").replace(index.url, "the source feed/")
    text = re.sub(r"https?://(127\.0\.0\.1|localhost)(:\d+)?", "", text)
    printable = "".join(one for one in text if one.isprintable() or one == "\n").strip()
    return printable[:_LONGEST_MESSAGE] or "The resolver ended without a word."


def _find_uv() -> str:
    import uv  # noqa: PLC0415  it looks for its executable when asked

    try:
        return uv.find_uv_bin()
    except FileNotFoundError as error:
        raise BadInput("uv is not installed beside affineur.", hint="pip install uv") from error
