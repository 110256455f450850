from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from affineur.cli.demo.command import STEPS
from affineur.cli.main import run
from support.dists import sdist, wheel
from support.upstream_server import upstream_server

ADVISORY = {
    "id": "PYSEC-2026-1",
    "modified": "2026-11-01T00:00:00Z",
    "summary": "made up for the demo's test",
    "affected": [
        {"package": {"ecosystem": "PyPI", "name": "werkzeug"}, "versions": ["3.0.0"]},
    ],
}


def demo(upstream: str, data: Path) -> list[str]:
    """The command, with an advisory that speaks of a release of the closure."""
    script = str(Path(sys.executable).with_name("affineur"))
    advisories = data.parent / "osv.zip"
    with zipfile.ZipFile(advisories, "w") as archive:
        archive.writestr("PYSEC-2026-1.json", json.dumps(ADVISORY))
    command = [script, "demo", "--data", str(data), "--upstream", upstream]
    return [*command, "--advisories", str(advisories)]


def play(upstream: str, data: Path) -> subprocess.CompletedProcess[str]:
    command = demo(upstream, data)
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=data.parent, timeout=600
    )


def servers(told: str) -> list[int]:
    return [int(number) for number in re.findall(r"process (\d+), its log", told)]


def is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
def test_the_demo_plays_its_whole_journey_and_leaves_nothing_running(tmp_path: Path) -> None:
    with upstream_server("html") as upstream:
        upstream.add(
            wheel("flask", "3.0.1", requires=["werkzeug>=3"]),
            sdist("flask", "3.0.1"),
            wheel("werkzeug", "3.0.0"),
            wheel("flask", "2.0"),
        )
        done = play(upstream.url, tmp_path / "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"All {len(STEPS)} steps are as they should be" in done.stdout
    assert "PYSEC-2026-1" in done.stdout
    assert len(servers(done.stdout)) == 3
    assert not any(map(is_running, servers(done.stdout)))
    log = (tmp_path / "demo" / "server.log").read_text("utf-8")
    assert re.findall("aff_[A-Za-z0-9_-]+", done.stdout + done.stderr + log) == []


@pytest.mark.slow
def test_the_demo_stops_at_the_first_thing_that_is_not_as_it_should_be(tmp_path: Path) -> None:
    with upstream_server("json") as upstream:
        done = play(upstream.url, tmp_path / "demo")
    assert done.returncode == 1
    assert "The demo failed in step 2" in done.stderr
    assert not any(map(is_running, servers(done.stdout)))


@pytest.mark.slow
def test_a_demo_that_is_ended_leaves_nothing_running(tmp_path: Path) -> None:
    with upstream_server("json") as upstream:
        command = demo(upstream.url, tmp_path / "demo")
        playing = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path)
        assert playing.stdout is not None
        told = "".join(iter(playing.stdout.readline, "  developer: reader@internal\n"))
        playing.terminate()
        told += playing.stdout.read()
        assert playing.wait(60) == 130
        playing.stdout.close()
    assert len(servers(told)) == 1
    assert not any(map(is_running, servers(told)))


def test_the_demo_empties_no_directory_that_it_did_not_make(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "precious").write_text("mine", "utf-8")
    upstream = "http://127.0.0.1:9/"
    assert run(["demo", "--data", str(tmp_path), "--upstream", upstream]) == 2
    assert "no demo made it" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]
