"""The distributions that the tests build are real ones, and always the same."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support.dists import Dist, Flaw, sdist, wheel


@pytest.mark.parametrize("flaw", [None, *Flaw])
def test_a_distribution_is_the_same_bytes_every_time(flaw: Flaw | None) -> None:
    assert wheel("spam", "1.0", flaw=flaw) == wheel("spam", "1.0", flaw=flaw)
    assert sdist("spam", "1.0", flaw=flaw) == sdist("spam", "1.0", flaw=flaw)


@pytest.mark.parametrize("dist", [wheel("spam-eggs", "1.0"), sdist("spam-eggs", "1.0")])
def test_pip_installs_it_without_any_network(dist: Dist, tmp_path: Path) -> None:
    path = tmp_path / dist.filename
    path.write_bytes(dist.data)

    pip = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--target"]
    subprocess.run([*pip, str(tmp_path / "to"), str(path)], check=True, capture_output=True)

    installed = (tmp_path / "to" / "spam_eggs" / "__init__.py").read_text()
    assert installed == '__version__ = "1.0"\n'


def test_a_wheel_tells_its_metadata(tmp_path: Path) -> None:
    dist = wheel("spam", "1.0", requires=["eggs>=2"], requires_python=">=3.9", licence="MIT")
    (tmp_path / dist.filename).write_bytes(dist.data)

    with zipfile.ZipFile(tmp_path / dist.filename) as archive:
        assert archive.read("spam-1.0.dist-info/METADATA") == dist.metadata
    assert b"Requires-Dist: eggs>=2\n" in dist.metadata
    assert b"License-Expression: MIT\n" in dist.metadata
