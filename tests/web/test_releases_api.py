"""Releases over the API: what the page shows, to the same people."""

from __future__ import annotations

from support.dists import wheel
from support.house import House

SPAM = wheel("spam", "1.0", requires=["eggs>=2"])
HAM = wheel("ham", "1.0", requires=["spam"])


def test_a_release_tells_what_is_known_of_it(house: House) -> None:
    house.publish(SPAM)
    house.publish(HAM)

    told = house.get("/api/v1/releases/Spam/1.0").json()

    assert (told["name"], told["version"], told["owners"]) == ("spam", "1.0", ["internal"])
    assert [(one["filename"], one["served"]) for one in told["files"]] == [(SPAM.filename, True)]
    assert [(one["feed"], one["by"]) for one in told["stands"]] == [("internal", "builder")]
    assert (told["verdict"], told["requires"]) == (None, ["eggs>=2"])
    assert [one["name"] for one in told["needed_by"]] == ["ham"]


def test_a_project_tells_its_versions(house: House) -> None:
    house.upstream.add(SPAM)
    told = house.get("/api/v1/releases/spam?feed=unapproved", "approver").json()
    (version,) = told["versions"]
    assert (version["version"], version["served"], version["stands_in"]) == ("1.0", True, [])


def test_absent_and_hidden_look_alike(house: House) -> None:
    house.upstream.add(SPAM)
    hidden = house.get("/api/v1/releases/spam/1.0?feed=unapproved")
    absent = house.get("/api/v1/releases/spam/1.0?feed=nowhere")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.text.replace("unapproved", "X") == absent.text.replace("nowhere", "X")
