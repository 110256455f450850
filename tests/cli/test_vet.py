"""`affineur vet` on this machine: files and releases, with no server anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from affineur.cli.main import run
from support.dists import Dist, Flaw, sdist, wheel
from support.upstream_server import LoopbackUpstream, upstream_server

Told = list[dict[str, Any]]  # Any: JSON


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AFFINEUR_URL", raising=False)
    monkeypatch.setenv("AFFINEUR_DATA", str(tmp_path / "never-made"))


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackUpstream]:
    with upstream_server() as server:
        monkeypatch.setenv("AFFINEUR_UPSTREAM", server.url)
        yield server


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A folder with an advisory on spam 1.0."""
    record = {
        "id": "PYSEC-2026-1",
        "modified": "2026-11-20T00:00:00Z",
        "summary": "spam spills",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "spam"},
                "ranges": [
                    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}
                ],
            }
        ],
    }
    folder = tmp_path / "osv"
    folder.mkdir()
    (folder / "PYSEC-2026-1.json").write_text(json.dumps(record))
    return folder


def saved(dist: Dist, folder: Path) -> str:
    path = folder / dist.filename
    path.write_bytes(dist.data)
    return str(path)


def vetted(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Told]:
    capsys.readouterr()
    code = run(["vet", *arguments, "--json"])
    told: Told = json.loads(capsys.readouterr().out)
    return code, told


def test_an_honest_file_is_told_in_the_form_of_the_contract(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = wheel("spam", "1.0")
    code, (told,) = vetted(capsys, saved(made, tmp_path))

    assert code == 0
    assert (told["file"], told["name"], told["version"]) == (made.filename, "spam", "1.0")
    assert told["sha256"] == made.sha256
    assert [one for one in told["findings"] if one["severity"] == "block"] == []
    assert {"check": "vulnerabilities", "reason": told["not_assessed"][-1]["reason"]} in told[
        "not_assessed"
    ]


def test_what_blocks_exits_with_1_and_says_where_why_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = saved(wheel("eggs", "1.0"), tmp_path)
    bad = saved(wheel("spam", "1.0", flaw=Flaw.WRONG_RECORD_HASH), tmp_path)
    code, told = vetted(capsys, good, bad)
    (blocking,) = [one for one in told[1]["findings"] if one["severity"] == "block"]

    assert (code, told[1]["verdict"]) == (1, "deny")
    assert blocking["where"]["file"] == "spam/__init__.py"
    assert all(blocking[part] for part in ("id", "key", "check", "what", "why", "todo"))


def test_a_file_is_looked_up_nowhere(
    tmp_path: Path, upstream: LoopbackUpstream, capsys: pytest.CaptureFixture[str]
) -> None:
    vetted(capsys, saved(wheel("our-secret-project", "1.0"), tmp_path))

    assert upstream.requests == ()


def test_a_release_is_fetched_with_what_its_index_says_of_it(
    upstream: LoopbackUpstream, capsys: pytest.CaptureFixture[str]
) -> None:
    upstream.add(wheel("spam", "1.0"), sdist("spam", "1.0"), wheel("spam", "2.0"))
    code, told = vetted(capsys, "spam==1.0")

    assert code == 0
    assert {one["file"] for one in told} == {"spam-1.0-py3-none-any.whl", "spam-1.0.tar.gz"}
    assert "history" not in {one["check"] for one in told[0]["not_assessed"]}


def test_what_is_new_against_another_version_is_told_first(
    upstream: LoopbackUpstream, capsys: pytest.CaptureFixture[str]
) -> None:
    upstream.add(wheel("spam", "1.0", flaw=Flaw.UNRECORDED_FILE))
    upstream.add(wheel("spam", "1.1", flaw=Flaw.MISSING_FILE))
    _, (told,) = vetted(capsys, "spam==1.1", "--against", "1.0")
    assert run(["vet", "spam==1.1", "--against", "1.0"]) == 0
    spoken = capsys.readouterr().out

    assert told["against"] == "1.0"
    assert "archive.record-extra" in {one["id"] for one in told["gone"]}
    new = {one["id"] for one in told["findings"] if one["is_new"]}
    assert "archive.record-absent-file" in new
    assert spoken.index("new since 1.0") < spoken.index("missing.py is in RECORD")


def test_the_same_finding_in_both_versions_is_not_new(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = saved(wheel("spam", "1.0", flaw=Flaw.UNRECORDED_FILE), tmp_path)
    after = saved(wheel("spam", "1.1", flaw=Flaw.UNRECORDED_FILE), tmp_path)
    _, (told,) = vetted(capsys, after, "--against", before)
    (known,) = [one for one in told["findings"] if one["id"] == "archive.record-extra"]

    assert (told["against"], known["is_new"]) == ("1.0", False)


def test_advisories_are_looked_up_in_a_folder(
    tmp_path: Path, records: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spam = saved(wheel("spam", "1.0"), tmp_path)
    _, (told,) = vetted(capsys, spam, "--advisories", str(records))

    assert "PYSEC-2026-1" in " ".join(one["what"] for one in told["findings"])


@pytest.mark.parametrize(
    ("what", "said", "code"),
    [
        ("absent-1.0-py3-none-any.whl", "cannot be read: No such file", 1),
        ("no distribution.zip", "is not the filename of a distribution", 2),
        ("spam", "names no version", 2),
        ("spam>=1", "names no release", 2),
    ],
)
def test_what_cannot_be_vetted_is_named(
    what: str, said: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["vet", what]) == code
    assert said in capsys.readouterr().err


def test_a_version_that_is_not_there_is_told_with_those_that_are(
    upstream: LoopbackUpstream, capsys: pytest.CaptureFixture[str]
) -> None:
    upstream.add(wheel("spam", "1.0"), wheel("spam", "2.0"))

    assert run(["vet", "spam==3.0"]) == 1
    told = capsys.readouterr().err
    assert "'spam' has no version 3.0 there." in told
    assert "2.0, 1.0" in told


def test_people_read_the_verdict_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = saved(wheel("spam", "1.0", flaw=Flaw.TRAVERSAL), tmp_path)

    assert run(["vet", bad]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "spam-1.0-py3-none-any.whl: deny"
    assert lines[1].startswith("  BLOCK archive.")


def test_a_wheel_is_held_against_its_sdist_when_both_are_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = wheel("spam", "1.0", files={"spam.py": b"", "hook.pth": b"import spam\n"})
    files = [saved(one, tmp_path) for one in (made, sdist("spam", "1.0", files={"spam.py": b""}))]
    _, (told, _) = vetted(capsys, *files)

    found = [
        one["where"]["file"] for one in told["findings"] if one["id"] == "change.not-from-sdist"
    ]
    assert found == ["hook.pth"]
