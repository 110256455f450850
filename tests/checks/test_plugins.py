"""Checks of third parties: the one in the handbook works, and a broken one stops the server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from affineur import bootstrap
from affineur.checks.plugins import third_party_checks
from affineur.config import Settings
from affineur.core.errors import BadInput
from affineur.core.files import Filename
from affineur.core.findings import Severity
from affineur.core.requests import RequestFile
from affineur.core.subjects import Subject
from affineur.core.vetting import assess
from support.dists import wheel
from support.values import NOW

HANDBOOK = Path(__file__).parents[2].joinpath("docs", "checks.md").read_text("utf-8")


def example() -> str:
    found = re.search(r"```python\n(.*?)```", HANDBOOK, re.DOTALL)
    assert found is not None
    return found[1]


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str, named: str) -> None:
    """Put a distribution with one check on the path, as an installation would."""
    module = named.partition(":")[0]
    (folder / f"{module}.py").write_text(code)
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[affineur.checks]\nours = {named}\n")
    monkeypatch.syspath_prepend(folder)


def test_the_example_is_short() -> None:
    assert len(example().splitlines()) <= 32


def test_the_example_of_the_handbook_looks_at_what_is_vetted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, example(), "handbook_checks:PytestPlugins")
    entry_points = b"[pytest11]\nspam = spam.plugin\n"
    made = wheel("spam", "1.0", files={"spam-1.0.dist-info/entry_points.txt": entry_points})
    path = tmp_path / made.filename
    path.write_bytes(made.data)
    vetting = bootstrap.vetting(Settings(data=tmp_path))
    file = RequestFile(Filename.parse(made.filename), made.sha256)

    report = vetting.reader.read(path, file.filename)
    outcome = assess(vetting.checks, Subject(file, NOW, report)).outcomes[-1]

    (found,) = outcome.findings
    assert (outcome.check, found.severity) == ("pytest-plugins", Severity.REVIEW)
    assert found.where is not None
    assert found.where.file == "spam-1.0.dist-info/entry_points.txt"


@pytest.mark.parametrize(
    ("code", "named", "said"),
    [
        ("raise RuntimeError('no')", "raises_checks:Nothing", "RuntimeError: no"),
        ("", "lacks_checks:Absent", "AttributeError"),
        ("class Half:\n    name = 'half'\n", "half_checks:Half", "it has no version, needs"),
    ],
)
def test_a_check_that_cannot_be_used_is_named_and_nothing_starts_without_it(
    code: str, named: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, code, named)

    with pytest.raises(BadInput, match="'ours'") as refusal:
        third_party_checks()
    assert said in refusal.value.message


def test_without_any_there_are_the_shipped_ones_alone() -> None:
    assert third_party_checks() == ()
