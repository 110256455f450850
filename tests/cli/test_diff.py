"""`affineur diff`: two files, two releases of an index, and two releases of a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from affineur.cli.main import run
from support.dists import Dist, sdist, wheel
from support.upstream_server import LoopbackUpstream, upstream_server

OLD = wheel("spam", "1.0", files={"spam/a.py": b"one\n", "spam/b.txt": b"1\n"})
NEW = wheel("spam", "1.1", files={"spam/a.py": b"two\n", "spam/b.txt": b"2\n"})
TOLD = """\
spam-1.0-py3-none-any.whl -> spam-1.1-py3-none-any.whl
  2 changed; 0 files as before
  Changed: spam/a.py, spam/b.txt

changed spam/a.py (4 bytes)
@@ -1 +1 @@
-one
+two
"""


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AFFINEUR_URL", raising=False)
    monkeypatch.setenv("AFFINEUR_DATA", str(tmp_path / "never-made"))


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackUpstream]:
    with upstream_server() as server:
        monkeypatch.setenv("AFFINEUR_UPSTREAM", server.url)
        yield server


def saved(dist: Dist, folder: Path) -> str:
    path = folder / dist.filename
    path.write_bytes(dist.data)
    return str(path)


def test_two_files_are_compared_on_this_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["diff", saved(OLD, tmp_path), saved(NEW, tmp_path), "--file", "*.py"])

    assert code == 0
    assert capsys.readouterr().out == TOLD


def test_two_releases_are_fetched_and_their_best_pair_is_compared(
    upstream: LoopbackUpstream, capsys: pytest.CaptureFixture[str]
) -> None:
    upstream.add(OLD, NEW, sdist("spam", "1.0"), sdist("spam", "1.1"))
    run(["diff", "spam==1.0", "1.1", "--json"])
    told = json.loads(capsys.readouterr().out)

    assert (told["old"], told["new"]) == (OLD.filename, NEW.filename)
    assert told["facts"]["changed"] == 2
    assert [(one["path"], one["state"]) for one in told["files"]] == [
        ("spam/a.py", "changed"),
        ("spam/b.txt", "changed"),
    ]

    run(["diff", "spam==1.0", "spam==1.1", "--sdist", "--json"])
    assert json.loads(capsys.readouterr().out)["new"] == "spam-1.1.tar.gz"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("spam==1.0", "eggs==1.1", "Two releases of one project can be compared."),
        ("spam==1.0", "spam-1.1-py3-none-any.whl", "Give two files or two releases."),
        ("spam", "1.1", "'spam' names no version."),
        ("gone-1.0.tar.gz", "gone-1.1.tar.gz", "gone-1.0.tar.gz is no file."),
    ],
)
def test_what_cannot_be_compared_is_said(
    capsys: pytest.CaptureFixture[str], old: str, new: str, complaint: str
) -> None:
    assert run(["diff", old, new]) != 0
    assert complaint in capsys.readouterr().err


def test_a_wheel_and_an_sdist_are_not_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = sdist("spam", "1.0")
    assert run(["diff", saved(made, tmp_path), saved(NEW, tmp_path)]) == 2
    assert "are not of the same kind" in capsys.readouterr().err


def test_a_version_that_is_nowhere_is_named(
    upstream: LoopbackUpstream, capsys: pytest.CaptureFixture[str]
) -> None:
    upstream.add(OLD)
    assert run(["diff", "spam==1.0", "9.9"]) == 1
    assert "There is no file of spam==9.9" in capsys.readouterr().err
