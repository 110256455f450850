"""What a zip or a folder of records knows of some projects, without a server."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from affineur.core.errors import BadInput, NotFound
from affineur.core.names import ProjectName
from affineur.services.advisories import known_from

SPAM, EGGS = ProjectName("spam"), ProjectName("eggs")


def osv(record_id: str, name: str, modified: str = "2026-01-02T00:00:00Z") -> dict[str, Any]:
    affected = [{"package": {"ecosystem": "PyPI", "name": name}}]
    return {"id": record_id, "modified": modified, "affected": affected}


def folder(path: Path, *records: dict[str, Any]) -> Path:
    for record in records:
        place = path / record["id"][:3] / f"{record['id']}.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(record))
    return path


def test_a_folder_tells_what_it_knows_of_the_projects_that_are_asked_for(tmp_path: Path) -> None:
    records = [osv("B-1", "Spam", "2026-02-01T00:00:00Z"), osv("A-1", "spam"), osv("A-2", "ham")]

    known = known_from(folder(tmp_path, *records), [SPAM, EGGS])

    as_of = datetime(2026, 2, 1, tzinfo=UTC)
    assert [one.id for one in known[SPAM].known] == ["A-1", "B-1"]
    assert (known[SPAM].as_of, known[EGGS].known, known[EGGS].as_of) == (as_of, (), as_of)
    assert set(known) == {SPAM, EGGS}


def test_a_zip_tells_the_same(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        member = zipfile.ZipInfo("A-1.json", (2026, 1, 3, 0, 0, 0))
        archive.writestr(member, json.dumps(osv("A-1", "spam")))

    known = known_from(tmp_path / "all.zip", [SPAM])

    assert [one.id for one in known[SPAM].known] == ["A-1"]
    assert known[SPAM].as_of == datetime(2026, 1, 3, tzinfo=UTC)


def test_a_file_that_is_no_record_hides_no_other(tmp_path: Path) -> None:
    folder(tmp_path, osv("A-1", "spam"))
    (tmp_path / "package.json").write_text('{"name": "spam"}')
    (tmp_path / "link.json").symlink_to("/dev/zero")

    assert [one.id for one in known_from(tmp_path, [SPAM])[SPAM].known] == ["A-1"]


def test_what_holds_no_advisory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no advisory about a PyPI package"):
        known_from(tmp_path, [SPAM])
    with pytest.raises(NotFound, match="cannot be read"):
        known_from(tmp_path / "absent.zip", [SPAM])
