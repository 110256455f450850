"""Vetting on demand: of a release of the source, and of a file that is sent along."""

from __future__ import annotations

import hashlib
from typing import Any

from support.dists import Dist, Flaw, wheel
from support.house import House

VET = "/api/v1/vet"


def shown(house: House, dist: Dist, who: str | None = "dev", feed: str = "internal") -> Any:
    path = f"{VET}/files/{dist.filename}?feed={feed}"
    return house.ask("POST", path, who, content=dist.data)


def test_a_release_is_vetted_by_the_policy_of_its_feed(house: House) -> None:
    made = wheel("spam", "1.0", flaw=Flaw.TRAVERSAL)
    house.upstream.add(made)
    answer = house.ask("POST", VET, "dev", json={"name": "Spam", "version": "1.0"})
    (told,) = answer.json()["files"]

    assert answer.status_code == 200
    assert (told["file"], told["sha256"], told["verdict"]) == (made.filename, made.sha256, "deny")
    assert told["reasons"][0].startswith("deny: ")


def test_nothing_is_decided_and_nothing_listed(house: House) -> None:
    house.upstream.add(wheel("spam", "1.0"))
    house.ask("POST", VET, "dev", json={"name": "spam", "version": "1.0"})

    assert house.get("/api/v1/requests", "approver").json() == {"requests": []}
    assert house.get("/pypi/approved/simple/spam/", "approver").status_code in {200, 404}
    assert house.get("/api/v1/why?name=spam&feed=internal").json()["files"][0]["served"] is False


def test_a_file_that_is_sent_is_vetted_and_forgotten(house: House) -> None:
    made = wheel("our-own", "1.0", flaw=Flaw.WRONG_RECORD_HASH)
    (told,) = shown(house, made).json()["files"]

    assert (told["sha256"], told["verdict"]) == (hashlib.sha256(made.data).hexdigest(), "deny")
    assert house.upstream.requests == ()
    assert not house.gear.blobs.has(made.sha256)


def test_what_a_file_is_called_is_judged_before_a_byte_is_read(house: House) -> None:
    answer = house.ask("POST", f"{VET}/files/evil..whl", "dev", content=b"x")

    assert (answer.status_code, answer.json()["code"]) == (400, "bad-input")


def test_who_may_not_ask_may_not_have_anything_vetted(house: House) -> None:
    made = wheel("spam", "1.0")
    body = {"name": "spam", "version": "1.0"}

    assert shown(house, made, "stranger").status_code == 404
    assert shown(house, made, None).status_code == 401
    assert shown(house, made, "dev", "approved").status_code == 404
    assert house.ask("POST", VET, "stranger", json=body).status_code == 404
    assert house.upstream.requests == ()


def test_a_release_that_is_not_there_is_not_found(house: House) -> None:
    house.upstream.add(wheel("spam", "1.0"))
    answer = house.ask("POST", VET, "dev", json={"name": "spam", "version": "9.9"})

    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        "There is no spam==9.9 to be vetted.",
    )
