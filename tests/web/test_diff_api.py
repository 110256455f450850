"""Differences over the API: of what one may download, and of nothing else."""

from __future__ import annotations

from typing import Any

from support.dists import wheel
from support.house import House

OLD = wheel("spam", "1.0", files={"spam.py": b"one\n"})
NEW = wheel("spam", "1.1", files={"spam.py": b"two\n"})


def asked(house: House, who: str | None, **fields: object) -> Any:
    body = {"name": "Spam", "old": "1.0", "new": "1.1"} | fields
    return house.ask("POST", "/api/v1/diff", who, json=body)


def test_whoever_reads_the_source_sees_what_changed(house: House) -> None:
    house.upstream.add(OLD, NEW)
    answer = asked(house, "approver")
    told = answer.json()

    assert answer.status_code == 200
    assert (told["old"], told["new"]) == (OLD.filename, NEW.filename)
    (file,) = told["files"]
    assert file["diff"] == "@@ -1 +1 @@\n-one\n+two"
    assert file["new"] == {
        "name": "spam.py",
        "size_bytes": 4,
        "sha256": file["new"]["sha256"],
        "kind": "text",
    }


def test_what_one_may_not_download_is_not_shown_in_any_part(house: House) -> None:
    house.upstream.add(OLD, NEW)

    assert asked(house, "dev").status_code == 404
    assert asked(house, "dev", feed="unapproved").status_code == 404
    assert asked(house, None, feed="unapproved").status_code == 401
    assert OLD.filename not in asked(house, "dev").text


def test_patterns_choose_what_is_shown(house: House) -> None:
    house.upstream.add(OLD, NEW)
    assert asked(house, "approver", files=["*.txt"]).json()["files"] == []
