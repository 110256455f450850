"""Work that is too large for the server's own process, done by a program of ours in a child.

What takes seconds of processor time, or much memory, would hold up every answer meanwhile. A
child gives both back when it ends, and cannot harm what started it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import packaging

import affineur

_INHERITED = ("LD_LIBRARY_PATH",)  # some Pythons do not start without it
# -I and -S keep the environment, the working directory and .pth files out of the child, so it
# is told where the packages are that it needs.
_PROGRAM = (
    "import json, sys; sys.path += json.loads(sys.argv[1]); "
    "from importlib import import_module; import_module(sys.argv[2]).main(sys.argv[3:])"
)
_MOST_TOLD = 4096


class ChildFailed(Exception):
    """The child did not do its work; the text is the end of a sentence."""


async def run(
    module: str, arguments: Sequence[str], timeout_s: float, given: bytes | None = None
) -> bytes:
    """Run the `main` of a module of ours to its end; give what it wrote to stdout.

    It reads what is `given` from stdin. What it writes to stderr is why it failed.
    """
    folders = [str(Path(one.__path__[0]).parent) for one in (affineur, packaging)]
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", _PROGRAM),
        *(json.dumps(folders), module, *arguments),
        stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        env={name: os.environ[name] for name in _INHERITED if name in os.environ},
        start_new_session=True,
    )
    try:
        said, complaint = await asyncio.wait_for(child.communicate(given), timeout_s)
    except TimeoutError as error:
        message = f"took longer than {timeout_s:g} s"
        raise ChildFailed(message) from error
    finally:
        await _end(child)
    if child.returncode != 0:
        raise ChildFailed(_why(complaint, child.returncode))
    return said


async def _end(child: subprocess.Process) -> None:
    """Leave nothing behind."""
    if child.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()


def _why(complaint: bytes, code: int | None) -> str:
    lines = complaint[-_MOST_TOLD:].decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"ended with {code}"
