"""Closures by the real uv, against a real index on loopback that asks for a token."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import uv
from packaging.version import Version

from affineur.core.errors import ResolutionFailed, UpstreamTrouble
from affineur.core.names import parse_project
from affineur.core.ports import IndexAccess
from affineur.core.requests import Ask, Closure, RequestFile
from affineur.resolve.uv import UvResolver
from affineur.services.metadata import static_requirements
from support.approving import lock_of
from support.dists import Dist, sdist, wheel
from support.upstream_server import Fault, LoopbackUpstream, upstream_server

TOKEN = "affr_a-secret-of-the-server"
EGGS = wheel("eggs", "2.0")
OLD_EGGS = wheel("eggs", "1.0")


@pytest.fixture
def index() -> Iterator[LoopbackUpstream]:
    """An index that wants to see the token."""
    with upstream_server(credentials=("__token__", TOKEN)) as server:
        yield server


class Stated:
    """Reads what sdists state as the services do, and remembers who was looked at."""

    def __init__(self, *dists: Dist) -> None:
        self._metadata = {dist.filename: dist.metadata for dist in dists}
        self.asked: list[str] = []

    async def __call__(self, file: RequestFile) -> tuple[str, ...] | None:
        self.asked.append(file.filename.text)
        return static_requirements(self._metadata[file.filename.text])


def _access(index: LoopbackUpstream) -> IndexAccess:
    return IndexAccess(index.url, TOKEN)


def _resolve(
    index: LoopbackUpstream, ask: Ask | str, *sdists: Dist, timeout_s: float = 60
) -> Closure:
    resolver = UvResolver(lowest_python="3.11", timeout_s=timeout_s)
    wanted = Ask((ask,)) if isinstance(ask, str) else ask
    return asyncio.run(resolver.resolve(wanted, _access(index), Stated(*sdists)))


def _named(closure: Closure) -> list[str]:
    return sorted(f"{one.project}=={one.version}" for one in closure.releases)


def _refusal(index: LoopbackUpstream, ask: Ask | str) -> str:
    with pytest.raises(ResolutionFailed) as failure:
        _resolve(index, ask)
    return failure.value.message


# --- closures ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "preferred", "expected"),
    [
        ("eggs", ["1.0"], "1.0"),
        ("eggs>=2", ["1.0"], "2.0"),
        ("eggs", ["9.9"], "2.0"),
        ("eggs", ["1.0", "2.0"], "2.0"),
        ("eggs", [], "2.0"),
    ],
)
def test_what_is_preferred_is_taken_as_long_as_it_does(
    index: LoopbackUpstream, asked: str, preferred: list[str], expected: str
) -> None:
    index.add(EGGS, OLD_EGGS)
    resolver = UvResolver(lowest_python="3.11", timeout_s=60)
    wanted = [(parse_project("eggs"), Version(version)) for version in preferred]

    closure = asyncio.run(resolver.resolve(Ask((asked,)), _access(index), Stated(), wanted))

    assert _named(closure) == [f"eggs=={expected}"]


def test_the_closure_has_the_newest_that_fits_and_its_digests(index: LoopbackUpstream) -> None:
    spam = wheel("spam", "1.0", requires=["eggs<2"])
    index.add(spam, EGGS, OLD_EGGS)

    found = _resolve(index, "spam")

    assert _named(found) == ["eggs==1.0", "spam==1.0"]
    assert found.notes == ()
    digests = {file.sha256 for one in found.releases for file in one.files}
    assert digests == {spam.sha256, OLD_EGGS.sha256}


def test_the_token_goes_to_the_index_and_to_nobody_else(index: LoopbackUpstream) -> None:
    index.add(EGGS)
    _resolve(index, "eggs")

    assert {seen.headers.get("authorization", "")[:6] for seen in index.requests} <= {"", "Basic "}
    assert any("authorization" in seen.headers for seen in index.requests)


def test_one_project_at_two_versions_where_pythons_differ(index: LoopbackUpstream) -> None:
    forked = ['eggs<2; python_version < "3.12"', 'eggs>=2; python_version >= "3.12"']
    index.add(wheel("spam", "1.0", requires=forked), EGGS, OLD_EGGS)

    assert _named(_resolve(index, "spam")) == ["eggs==1.0", "eggs==2.0", "spam==1.0"]


def test_what_only_other_platforms_need_is_in_the_closure(index: LoopbackUpstream) -> None:
    requires = ['eggs; sys_platform == "win32"']
    index.add(wheel("spam", "1.0", requires=requires), EGGS)

    assert _named(_resolve(index, "spam")) == ["eggs==2.0", "spam==1.0"]


def test_extras_and_a_requirements_file_are_asked_for_together(index: LoopbackUpstream) -> None:
    extra = "Provides-Extra: more\nRequires-Dist: eggs; extra == 'more'\n"
    index.add(wheel("spam", "1.0", metadata_extra=extra), EGGS, wheel("bacon", "1.0"))
    ask = Ask(("spam[more]",), "bacon  # for breakfast\n", "requirements.txt")

    assert _named(_resolve(index, ask)) == ["bacon==1.0", "eggs==2.0", "spam==1.0"]


def test_a_lock_file_is_taken_as_it_is_and_nobody_is_asked(index: LoopbackUpstream) -> None:
    found = _resolve(index, lock_of(EGGS, OLD_EGGS))

    assert _named(found) == ["eggs==1.0", "eggs==2.0"]
    assert index.requests == ()


def test_a_lock_can_be_made(index: LoopbackUpstream) -> None:
    index.add(EGGS)
    resolver = UvResolver(lowest_python="3.11", timeout_s=60)
    tables = tomllib.loads(asyncio.run(resolver.lock(Ask(("eggs",)), _access(index), Stated())))

    (package,) = tables["packages"]
    assert (package["name"], package["version"]) == ("eggs", "2.0")
    assert package["wheels"][0]["hashes"] == {"sha256": EGGS.sha256}


# --- sdists, and that nothing is built ---------------------------------------------------


def _singing(canary: Path, **told: object) -> Dist:
    """An sdist whose backend leaves a file behind when anybody runs it."""
    song = f"open({str(canary)!r}, 'w').close()\n".encode()
    backend = song + b"def build_wheel(*_, **__):\n    raise SystemExit(1)\n"
    files = {"_backend.py": backend, "setup.py": song}
    return sdist("spam", "1.0", files=files, **told)  # type: ignore[arg-type]  # as sdist


def test_the_canary_sings_when_an_sdist_is_built(tmp_path: Path) -> None:
    dist = _singing(tmp_path / "canary", dynamic=["Requires-Dist"])
    (tmp_path / dist.filename).write_bytes(dist.data)
    command = [uv.find_uv_bin(), "build", "--wheel", dist.filename, "--offline", "--quiet"]
    subprocess.run(command, cwd=tmp_path, check=False, capture_output=True)

    assert (tmp_path / "canary").exists()


def test_an_sdist_tells_its_requirements_without_being_run(
    index: LoopbackUpstream, tmp_path: Path
) -> None:
    spam = _singing(tmp_path / "canary", requires=["eggs<2"])
    index.add(spam, EGGS, OLD_EGGS)

    found = _resolve(index, "spam", spam)

    assert _named(found) == ["eggs==1.0", "spam==1.0"]
    assert found.notes == ()
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize(
    "told", [{"dynamic": ["Requires-Dist"]}, {"metadata_version": "2.1", "licence": None}]
)
def test_an_sdist_that_only_its_code_could_tell_of_is_taken_without_and_noted(
    index: LoopbackUpstream, tmp_path: Path, told: dict[str, object]
) -> None:
    spam = _singing(tmp_path / "canary", requires=["eggs"], **told)
    index.add(spam, EGGS)

    found = _resolve(index, "spam", spam)

    assert _named(found) == ["spam==1.0"]
    (note,) = found.notes
    assert note.startswith("spam 1.0 exists only as an sdist whose dependencies cannot be read")
    assert not (tmp_path / "canary").exists()


def test_sdists_that_need_sdists_are_all_read(index: LoopbackUpstream) -> None:
    chain = [
        sdist("spam", "1.0", requires=["eggs"]),
        sdist("eggs", "1.0", requires=["bacon"]),
        sdist("bacon", "1.0", requires=["ham"]),
    ]
    index.add(*chain, wheel("ham", "1.0"))

    found = _resolve(index, "spam", *chain)

    assert _named(found) == ["bacon==1.0", "eggs==1.0", "ham==1.0", "spam==1.0"]


def test_a_version_with_a_wheel_is_taken_before_a_newer_one_without(
    index: LoopbackUpstream, tmp_path: Path
) -> None:
    index.add(wheel("spam", "0.9"), _singing(tmp_path / "canary"))

    assert _named(_resolve(index, "spam")) == ["spam==0.9"]
    assert not (tmp_path / "canary").exists()


# --- refusals ----------------------------------------------------------------------------


def test_a_conflict_is_told_in_plain_words_without_token_and_address(
    index: LoopbackUpstream,
) -> None:
    index.add(
        wheel("spam", "1.0", requires=["eggs==1.0"]),
        wheel("bacon", "1.0", requires=["eggs==2.0"]),
        EGGS,
        OLD_EGGS,
    )
    told = _refusal(index, Ask(("spam", "bacon")))

    assert "spam" in told
    assert "eggs" in told
    for secret in ("\x1b", TOKEN, "127.0.0.1", index.url, "/tmp"):  # noqa: S108  not a path here
        assert secret not in told


def test_an_unknown_project_is_named(index: LoopbackUpstream) -> None:
    told = _refusal(index, "no-such-project")

    assert "no-such-project" in told
    assert "127.0.0.1" not in told


def test_an_index_that_is_down_is_trouble_that_may_pass(index: LoopbackUpstream) -> None:
    with index.being_down(), pytest.raises(UpstreamTrouble, match="did not answer") as trouble:
        _resolve(index, "spam")

    assert TOKEN not in trouble.value.message
    assert "127.0.0.1" not in trouble.value.message


@pytest.mark.parametrize("fault", [Fault.STATUS, Fault.TRUNCATED])
def test_an_index_that_breaks_off_is_trouble_that_may_pass(
    index: LoopbackUpstream, fault: Fault
) -> None:
    index.add(EGGS)
    index.misbehave(fault, "/simple/")

    with pytest.raises(UpstreamTrouble, match="did not answer"):
        _resolve(index, "eggs")


def _resolvers() -> list[Path]:
    """The uv processes that this process has started and that still run."""
    children = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue
        state, parent = rest.split()[:2]
        if name == "uv" and int(parent) == os.getpid() and state != "Z":
            children.append(stat.parent)
    return children


def test_a_resolver_that_takes_too_long_is_ended(index: LoopbackUpstream) -> None:
    index.add(EGGS)
    index.misbehave(Fault.WAIT, "/simple/")
    with pytest.raises(ResolutionFailed, match="within 1 seconds"):
        _resolve(index, "eggs", timeout_s=1)
    assert _resolvers() == []


def test_the_token_is_in_no_process_list_and_a_cancelled_resolver_is_ended(
    index: LoopbackUpstream,
) -> None:
    index.add(EGGS)
    index.misbehave(Fault.WAIT, "/simple/")

    async def cancelled() -> list[str]:
        resolver = UvResolver(lowest_python="3.11", timeout_s=60)
        task = asyncio.create_task(resolver.resolve(Ask(("eggs",)), _access(index), Stated()))
        await asyncio.to_thread(index.wait_for, "/simple/eggs/")
        seen = [(child / "cmdline").read_text() for child in _resolvers()]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return seen

    (command,) = asyncio.run(cancelled())

    assert TOKEN not in command
    assert _resolvers() == []


def test_nothing_of_this_process_s_environment_leads_elsewhere(
    index: LoopbackUpstream, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with upstream_server() as elsewhere:
        elsewhere.add(wheel("eggs", "99.0"))
        index.add(EGGS)
        for name in ("UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX", "PIP_EXTRA_INDEX_URL"):
            monkeypatch.setenv(name, elsewhere.url)
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, elsewhere.origin)
        (tmp_path / "uv.toml").write_text(f'index-url = "{elsewhere.url}"\n', "utf-8")
        monkeypatch.chdir(tmp_path)

        assert _named(_resolve(index, "eggs")) == ["eggs==2.0"]
        assert elsewhere.requests == ()


def test_many_resolutions_at_once_do_not_disturb_each_other(index: LoopbackUpstream) -> None:
    index.add(EGGS, wheel("spam", "1.0"), wheel("bacon", "1.0"))
    resolver = UvResolver(lowest_python="3.11", timeout_s=60)

    async def all_of_them() -> list[Closure]:
        asks = [Ask((name,)) for name in ("eggs", "spam", "bacon")]
        work = (resolver.resolve(ask, _access(index), Stated()) for ask in asks)
        return await asyncio.gather(*work)

    found = [_named(one) for one in asyncio.run(all_of_them())]
    assert found == [["eggs==2.0"], ["spam==1.0"], ["bacon==1.0"]]
