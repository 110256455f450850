"""What is new over the API and on the command line; of what one may download, and nothing else."""

from __future__ import annotations

from typing import Any

from affineur.cli.change import told
from support.dists import wheel
from support.house import House

OLD = wheel("spam", "1.0", files={"spam.py": b"one = 1\n"})
NEW = wheel("spam", "1.1", files={"spam.py": b"import os\nos.system('ls')\n"}, requires=["eggs"])


def asked(house: House, who: str | None, **fields: object) -> Any:
    body = {"name": "Spam", "version": "1.1"} | fields
    return house.ask("POST", "/api/v1/change", who, json=body)


def test_what_is_new_is_told_with_its_places(house: House) -> None:
    house.publish(OLD)
    house.publish(NEW)
    found = asked(house, "dev").json()

    assert (found["old"]["version"], found["old"]["listed_by"]) == ("1.0", "builder")
    assert [(one["aspect"], one["severity"], one["places"]) for one in found["news"]] == [
        ("what the code can do", "review", [{"file": "spam.py", "line": 2}]),
        ("dependencies", "review", []),
    ]
    assert found["files"] == [
        {"path": "spam.py", "state": "changed", "group": "with findings", "notes": 1}
    ]
    lines = list(told(found))
    assert lines[:2] == [
        f"{NEW.filename} against {OLD.filename}, approved by builder",
        "  review: It newly starts other programs. [spam.py:2]",
    ]
    assert "Could not be told: findings (it was not vetted yet)." in lines


def test_what_is_not_here_is_fetched_for_whoever_may_have_it(house: House) -> None:
    house.upstream.add(OLD, NEW)
    found = asked(house, "approver", feed="approved", old="1.0")

    assert found.status_code == 200
    assert found.json()["old"]["listed_by"] is None
    assert asked(house, "dev", old="1.0").status_code == 404
    assert asked(house, None, feed="unapproved", old="1.0").status_code == 401


def test_without_an_approved_version_there_is_nothing_to_be_held_against(house: House) -> None:
    house.publish(NEW)
    answer = asked(house, "dev")
    assert (answer.status_code, answer.json()["code"]) == (404, "nothing-before")
