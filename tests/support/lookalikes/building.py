"""Builds wheels and sdists of what is written down, and bends archives that are to be crooked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from support.dists import Dist, Flaw, sdist, wheel
from support.lookalikes.reading import Draft


def built(draft: Draft) -> Dist:
    """Build the distribution that a draft describes."""
    bend = draft.first("bend")
    flaw = Flaw(bend) if bend in set(Flaw) else None
    made = _wheel(draft, flaw) if draft.is_wheel else _sdist(draft, flaw)
    if not bend or flaw:
        return made
    data = _BENDS[bend](made)
    return Dist(made.filename, data, made.metadata, made.requires_python)


def _wheel(draft: Draft, flaw: Flaw | None) -> Dist:
    return wheel(
        draft.name,
        draft.version,
        requires=draft.fields.get("requires", []),
        files={file.path: file.content for file in draft.files},
        metadata_extra=_extra(draft),
        tag=draft.first("tag", "py3-none-any"),
        flaw=flaw,
    )


def _sdist(draft: Draft, flaw: Flaw | None) -> Dist:
    own = {file.path: file.content for file in draft.files}
    standard = {} if "pyproject.toml" in own else {"pyproject.toml": _SETUPTOOLS}
    return sdist(
        draft.name,
        draft.version,
        requires=draft.fields.get("requires", []),
        files={**standard, **own},
        metadata_extra=_extra(draft),
        backend=False,
        flaw=flaw,
    )


def _extra(draft: Draft) -> str:
    return "".join(f"{line}\n" for line in draft.fields.get("metadata", []))


def _appended(made: Dist) -> bytes:
    return made.data + b"plum" * 300


def _prepended(made: Dist) -> bytes:
    return b"#!/bin/sh\necho plum\n" + made.data


def _renamed_locally(made: Dist) -> bytes:
    """Let the local header of a member name another file than the directory does."""
    return made.data.replace(b"orchard/tree.py", b"orchard/trap.py", 1)


def _two_archives(made: Dist) -> bytes:
    """Put another whole archive in front: readers differ in which of them they see."""
    return wheel("orchard", "9", files={"orchard/other.py": b"print('plum')\n"}).data + made.data


def _stored(made: Dist) -> bytes:
    """Compress nothing, as some build tools do."""
    buffer = io.BytesIO()
    _rewrite(made, zipfile.ZipFile(buffer, "w"))
    return buffer.getvalue()


def _streamed(made: Dist) -> bytes:
    """Write sizes behind each member, as tools do that cannot go back (data descriptors)."""
    forward = _Forward()
    _rewrite(made, zipfile.ZipFile(forward, "w", zipfile.ZIP_DEFLATED))
    return bytes(forward.written)


def _rewrite(made: Dist, new: zipfile.ZipFile) -> None:
    with zipfile.ZipFile(io.BytesIO(made.data)) as old, new:
        for name in old.namelist():
            new.writestr(name, old.read(name))


class _Forward(io.RawIOBase):
    """A file that can only be written on and on."""

    def __init__(self) -> None:
        self.written = bytearray()

    def write(self, data: Any) -> int:  # Any: whatever has bytes, as the base class says
        self.written += data
        return len(data)

    def writable(self) -> bool:
        return True


_BENDS: Mapping[str, Callable[[Dist], bytes]] = {
    "appended": _appended,
    "prepended": _prepended,
    "renamed-locally": _renamed_locally,
    "two-archives": _two_archives,
    "stored": _stored,
    "streamed": _streamed,
}

_SETUPTOOLS = b"""\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"
"""
