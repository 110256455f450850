"""Where uv runs: on machines without a python in the usual place, with long things to say."""

import asyncio
import os
from pathlib import Path

import pytest

from affineur.core.errors import ResolutionFailed, Unavailable
from affineur.core.ports import IndexAccess
from affineur.core.requests import Ask, Closure, RequestFile
from affineur.resolve.uv import UvResolver
from support.dists import wheel
from support.upstream_server import LoopbackUpstream, upstream_server


async def nothing(file: RequestFile) -> tuple[str, ...] | None:
    raise AssertionError(f"there is no sdist, and yet {file.filename.text} is looked into")


def resolve(index: LoopbackUpstream, *requirements: str) -> Closure:
    access = IndexAccess(index.url, "aff_token")
    resolver = UvResolver(lowest_python="3.11", timeout_s=60)
    return asyncio.run(resolver.resolve(Ask(requirements), access, nothing))


def test_no_python_need_be_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "defpath", "/nonexistent")
    with upstream_server() as index:
        index.add(wheel("eggs", "1.0"))

        found = resolve(index, "eggs")

    assert [one.project for one in found.releases] == ["eggs"]


def test_a_python_older_than_ours_is_resolved_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "defpath", "/nonexistent")
    with upstream_server() as index:
        index.add(wheel("eggs", "1.0", requires_python=">=3.9"))
        index.add(wheel("eggs", "2.0", requires_python=">=3.11"))
        resolver = UvResolver(lowest_python="3.9", timeout_s=60)
        access = IndexAccess(index.url, "aff_token")

        found = asyncio.run(resolver.resolve(Ask(("eggs",)), access, nothing))

    assert [str(one.version) for one in found.releases] == ["1.0", "2.0"]


def test_a_very_long_refusal_is_cut_in_its_middle() -> None:
    with upstream_server() as index:
        for number in range(80):
            index.add(wheel("spam", f"{number}.0", requires=[f"eggs=={number}.1"]))
        index.add(wheel("eggs", "1.0"))

        with pytest.raises(ResolutionFailed) as failure:
            resolve(index, "spam")

    told = failure.value.message
    assert told.startswith("error: No solution found")
    assert told.endswith("we can conclude that your requirements are unsatisfiable.")
    assert len(told) <= 4000


def test_nothing_is_left_in_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with upstream_server() as index:
        index.add(wheel("eggs", "1.0"))
        resolve(index, "eggs")
        with pytest.raises(ResolutionFailed):
            resolve(index, "spam")

    assert list(tmp_path.iterdir()) == []


def test_a_program_that_is_not_there_is_the_server_s_trouble_and_not_the_asker_s() -> None:
    resolver = UvResolver(lowest_python="3.11", timeout_s=5, executable=Path("/nonexistent/uv"))
    access = IndexAccess("http://127.0.0.1:9/", "aff_token")

    with pytest.raises(Unavailable, match="uv"):
        asyncio.run(resolver.resolve(Ask(("eggs",)), access, nothing))
