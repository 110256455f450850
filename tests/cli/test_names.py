"""`affineur names` on the server's machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from affineur.cli.main import run
from support.dists import wheel


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AFFINEUR_URL", raising=False)
    monkeypatch.setenv("AFFINEUR_DATA", str(tmp_path / "data"))


def told(capsys: pytest.CaptureFixture[str]) -> Any:  # Any: JSON
    return json.loads(capsys.readouterr().out)


def test_a_list_is_taken_in_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "names.txt").write_text("# as of 2026-05-01\nrequests\nflask\n")

    assert run(["names", "status", "--json"]) == 0
    before = told(capsys)
    assert run(["names", "sync", "--from", str(tmp_path / "names.txt"), "--json"]) == 0
    after = told(capsys)

    assert (before["source"], before["popular"]) == ("shipped with affineur", 15_000)
    assert after == {
        "source": str(tmp_path / "names.txt"),
        "as_of": "2026-05-01T00:00:00+00:00",
        "popular": 2,
        "approved": 0,
        "own": 0,
        "reserved": 0,
        "debian": None,
        "skipped": 0,
    }


def test_what_is_no_list_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "names.txt").write_text("<!doctype html>\n<p>Log in</p>\n")

    assert run(["names", "sync", "--from", str(tmp_path / "names.txt")]) != 0
    assert "is no list of project names" in capsys.readouterr().err


def test_a_file_is_held_against_the_shipped_names_or_given_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    squat = wheel("reqeusts", "1.0")
    path = tmp_path / squat.filename
    path.write_bytes(squat.data)
    (tmp_path / "names.txt").write_text("quaint\n")

    run(["vet", str(path), "--json"])
    shipped = [one["id"] for one in told(capsys)[0]["findings"]]
    run(["vet", str(path), "--names", str(tmp_path / "names.txt"), "--json"])
    given = [one["id"] for one in told(capsys)[0]["findings"]]

    assert "identity.typosquat" in shipped
    assert "identity.typosquat" not in given
