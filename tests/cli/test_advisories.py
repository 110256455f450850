"""`affineur advisories`: bringing them up to date by hand, and telling how new they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from affineur.cli.main import run
from support.osv_source import about, osv, osv_source, zipped


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AFFINEUR_DATA", str(tmp_path / "data"))
    return tmp_path


def test_before_the_first_time_the_status_says_what_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["advisories", "status"]) == 0

    said = capsys.readouterr().out.splitlines()
    assert said[0] == "There is no advisory data: run affineur advisories sync"
    assert said[1].startswith("Asked for every 3600 s, at https://")


def test_a_zip_is_taken_in_and_told_with_its_age(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "osv.zip").write_bytes(zipped(osv("PYSEC-1", "spam"), about("MAL-1", "eggs", "1.0")))

    assert run(["advisories", "sync", "--from", str(data / "osv.zip")]) == 0
    said = capsys.readouterr()
    assert run(["advisories", "status"]) == 0
    status = capsys.readouterr().out

    assert said.out.splitlines() == [
        "2 records on 2 projects, 2 of them new or changed; 0 could not be read.",
        "The data is as of 2026-01-02 03:04 UTC.",
    ]
    assert "read: 2 of 2 records" in said.err
    assert f"from {data / 'osv.zip'}." in status
    assert "2 records, the newest of" in status
    assert "1 of known malware." in status


def test_a_url_is_followed_by_what_changed_and_trouble_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with osv_source() as source:
        monkeypatch.setenv("AFFINEUR_ADVISORIES_URL", source.url)
        source.put(osv("PYSEC-1", "spam"))
        assert run(["advisories", "sync"]) == 0
        source.put(osv("PYSEC-2", "spam"))
        capsys.readouterr()
        assert run(["advisories", "sync", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        source.failing["modified_id.csv"] = 500
        assert run(["advisories", "sync"]) == 3
        refused = capsys.readouterr().err
        assert run(["advisories", "status", "--json"]) == 0
        status = json.loads(capsys.readouterr().out)

    assert (told["changed"], told["is_delta"], told["withheld"]) == (1, True, 0)
    assert "answered 500" in refused
    assert "answered 500" in status["trouble"]
    assert (status["records"], status["url"]) == (2, source.url)
