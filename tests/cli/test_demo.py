from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from affineur.cli.demo.command import STEPS
from affineur.cli.main import run
from support.dists import sdist, wheel
from support.upstream_server import upstream_server


def play(upstream: str, data: Path) -> subprocess.CompletedProcess[str]:
    script = str(Path(sys.executable).with_name("affineur"))
    command = [script, "demo", "--data", str(data), "--upstream", upstream]
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


def test_the_demo_empties_no_directory_that_it_did_not_make(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "precious").write_text("mine", "utf-8")
    upstream = "http://127.0.0.1:9/"
    assert run(["demo", "--data", str(tmp_path), "--upstream", upstream]) == 2
    assert "no demo made it" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]
