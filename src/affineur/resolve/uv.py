"""Closures by `uv pip compile`, in a process of its own that can reach one index only.

Nothing is built: see `sdists.py` for projects that have no wheels. uv's cache lives as long
as one resolution: what one reader of a feed may see is never shown to another.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from packaging.version import Version

from affineur.core.errors import ResolutionFailed, Unavailable, UpstreamTrouble
from affineur.core.names import ProjectName
from affineur.core.ports import IndexAccess, StaticRequirements
from affineur.core.requests import Ask, Closure, Release, parse_requirement
from affineur.resolve.documents import releases_of_lock, requirement_lines
from affineur.resolve.sdists import Sdists

_LONGEST_MESSAGE = 4000
_CUT = "\n[...]\n"
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_PASSES = re.compile(
    r"error sending request|HTTP status server error|error reading a body|operation timed out"
)
"""What uv says of an index that may answer when asked again."""
_TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_LOCK = "pylock.toml"


@dataclass(frozen=True, slots=True)
class _Desk:
    """What stays the same while one closure is found: a folder, and what lies in it."""

    folder: Path
    index: IndexAccess
    earlier_lock: str
    """The output file as uv finds it: uv keeps to what an earlier lock names, if it still fits."""
    sdists: Sdists = field(default_factory=Sdists)


class UvResolver:
    """Resolves with the uv that is installed beside this program."""

    def __init__(
        self, *, lowest_python: str, timeout_s: float, executable: Path | None = None
    ) -> None:
        self._python = lowest_python
        self._timeout_s = timeout_s
        self._executable = executable

    async def resolve(
        self,
        ask: Ask,
        index: IndexAccess,
        static: StaticRequirements,
        preferred: Sequence[tuple[ProjectName, Version]] = (),
    ) -> Closure:
        """Find the closure; see `core.ports.Resolver`."""
        if ask.is_lock and ask.document is not None:
            return Closure(releases_of_lock(ask.document, ask.document_name or _LOCK))
        _, closure = await self._solve(ask, index, static, preferred)
        return closure

    async def lock(self, ask: Ask, index: IndexAccess, static: StaticRequirements) -> str:
        """Give uv's pylock.toml, with remarks as comments; see `core.ports.Resolver`."""
        lock, closure = await self._solve(ask, index, static)
        return "".join(f"# {note}\n" for note in closure.notes) + lock

    async def _solve(
        self,
        ask: Ask,
        index: IndexAccess,
        static: StaticRequirements,
        preferred: Sequence[tuple[ProjectName, Version]] = (),
    ) -> tuple[str, Closure]:
        """Run uv until it knows the requirements of everything that it takes."""
        lines = [str(parse_requirement(line)) for line in ask.requirements]
        if ask.document is not None:
            lines += requirement_lines(ask.document, ask.document_name or "requirements.txt")
        with tempfile.TemporaryDirectory(prefix="affineur-resolve-") as home:
            desk = _Desk(Path(home), index, _earlier_lock(preferred))
            (desk.folder / "requirements.in").write_text("\n".join(lines) + "\n", "utf-8")
            while True:
                lock, releases = await self._compile(desk)
                unread = desk.sdists.unread(releases)
                if not unread:
                    return lock, Closure(releases, desk.sdists.notes(releases))
                for release in unread:
                    await desk.sdists.read(release, static)

    async def _compile(self, desk: _Desk) -> tuple[str, tuple[Release, ...]]:
        """Run uv, once more for each project that proves to have only sdists."""
        while True:
            code, said = await self._run(desk)
            if code == 0:
                lock = (desk.folder / _LOCK).read_text("utf-8")
                return lock, releases_of_lock(lock, _LOCK)
            if desk.sdists.learn(said):
                continue
            if _PASSES.search(said):
                raise UpstreamTrouble(f"The source feed did not answer uv. {_told(said, desk)}")
            raise ResolutionFailed(_told(said, desk))

    async def _run(self, desk: _Desk) -> tuple[int, str]:
        (desk.folder / "uv.toml").write_text(desk.sdists.config(), "utf-8")
        (desk.folder / _LOCK).write_text(desk.earlier_lock, "utf-8")
        process = await self._start(desk)
        try:
            _, said = await asyncio.wait_for(process.communicate(), self._timeout_s)
        except TimeoutError as error:
            raise ResolutionFailed(
                f"No closure was found within {self._timeout_s:.0f} seconds.",
                hint="Ask for narrower versions, or for fewer packages at once.",
            ) from error
        finally:
            await _end(process)
        return process.returncode or 0, said.decode(errors="replace")

    async def _start(self, desk: _Desk) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                *self._command(desk),
                cwd=desk.folder,
                env=self._environment(desk),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise Unavailable(
                f"uv cannot be started: {error.strerror}.", hint="Install it: pip install uv"
            ) from error

    def _command(self, desk: _Desk) -> list[str]:
        command = [
            str(self._executable or _find_uv()),
            *("pip", "compile", "requirements.in", "--output-file", _LOCK),
            *("--format", "pylock.toml", "--universal", "--python-version", self._python),
            *("--python", sys.executable, "--no-python-downloads"),
            *("--only-binary", ":all:", "--config-file", "uv.toml"),
            *("--default-index", f"source={desk.index.url}", "--cache-dir", "cache"),
            *("--no-header", "--no-annotate", "--no-progress", "--color", "never"),
        ]
        for name in desk.sdists.projects:
            command += ["--no-binary", name]
        return command

    def _environment(self, desk: _Desk) -> dict[str, str]:
        """Give the token, which no process list shows here, and of our own only whom we trust."""
        trust = {name: os.environ[name] for name in _TRUST if name in os.environ}
        return trust | {
            "HOME": str(desk.folder),
            "PATH": os.defpath,
            "UV_INDEX_SOURCE_USERNAME": "__token__",
            "UV_INDEX_SOURCE_PASSWORD": desk.index.token,
            "UV_HTTP_RETRIES": "1",
            "UV_HTTP_TIMEOUT": f"{max(self._timeout_s, 1):.0f}",
        }


def _earlier_lock(preferred: Sequence[tuple[ProjectName, Version]]) -> str:
    """Write the preferred releases as the lock of an earlier run."""
    parts = ['lock-version = "1.0"\ncreated-by = "affineur"\n']
    if not preferred:
        parts.append("packages = []\n")
    for name, version in preferred:
        parts.append(f'[[packages]]\nname = "{name}"\nversion = "{version}"\n')
    return "\n".join(parts)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Leave nothing of the resolver running, whatever ended the wait."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _told(said: str, desk: _Desk) -> str:
    """Give what uv said, without colours and what concerns us alone; its hints come last."""
    text = _COLOURS.sub("", said).replace(desk.index.token, "…")
    text = text.replace(desk.index.url, "the source feed/").replace(f"{desk.folder}/", "")
    text = re.sub(r"https?://(127\.0\.0\.1|localhost)(:\d+)?", "", text)
    printable = "".join(one for one in text if one.isprintable() or one == "\n").strip()
    if len(printable) > _LONGEST_MESSAGE:
        half = (_LONGEST_MESSAGE - len(_CUT)) // 2
        return f"{printable[:half]}{_CUT}{printable[-half:]}"
    return printable or "The resolver ended without a word."


def _find_uv() -> str:
    import uv  # noqa: PLC0415  it looks for its executable when asked

    try:
        return uv.find_uv_bin()
    except FileNotFoundError as error:
        raise Unavailable("uv is not installed beside affineur.", hint="pip install uv") from error
