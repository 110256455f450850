"""/readyz and the status of connectors: an upstream that is away makes no server unready."""

from __future__ import annotations

from typing import Any

from affineur.services.access import issue_resolver_token
from support.approving import UNAPPROVED
from support.clocks import NOON
from support.dists import wheel
from support.gear import settled
from support.house import House
from support.upstream_server import Fault

SPAM, SPAM_2 = wheel("spam", "1.0"), wheel("spam", "2.0")
JSON = "application/vnd.pypi.simple.v1+json"


def fail(house: House) -> None:
    """Ask for three projects that nobody can tell about."""
    house.upstream.misbehave(Fault.STATUS)
    for project in ("a", "b", "c"):
        answer = house.get(f"/pypi/internal/simple/{project}/")
        assert answer.status_code == 503


def test_a_server_whose_upstream_answers_is_ready(house: House) -> None:
    plain = house.get("/readyz", None)
    told = house.get("/readyz", None, accept="application/json")

    assert plain.text == "ready\nconnector 1: closed\n"
    assert told.json() == {
        "ready": True,
        "connectors": [{"id": 1, "state": "closed", "next_try_in_s": 0}],
    }


def test_a_server_whose_upstream_is_away_is_ready_too_and_says_so(house: House) -> None:
    fail(house)

    plain = house.get("/readyz", None)
    told = house.get("/readyz", None, accept="application/json")

    assert plain.status_code == 200
    assert plain.text.startswith("ready\nconnector 1: open, next try in ")
    assert told.json()["connectors"][0]["state"] == "open"


def test_the_status_tells_managers_what_is_wrong_with_an_upstream(house: House) -> None:
    house.upstream.add(SPAM)
    house.get("/pypi/internal/simple/spam/")
    fail(house)

    (told,) = house.get("/api/v1/connectors/status", "admin").json()["connectors"]

    moment = NOON.isoformat().replace("+00:00", "Z")
    pages: dict[str, Any] = told.pop("pages")
    assert pages.pop("next_try_at").startswith("2026-11-01T12:00:0")
    assert pages == {
        "state": "open",
        "answered_at": moment,
        "opened_at": moment,
        "failed_at": moment,
        "cause": "answered 500",
    }
    assert told == {
        "id": 1,
        "feed": "unapproved",
        "name": "upstream",
        "url": house.upstream.url,
        "files": {
            "state": "closed",
            "answered_at": None,
            "opened_at": None,
            "next_try_at": None,
            "failed_at": None,
            "cause": None,
        },
        "known_pages": 1,
        "oldest_page_at": moment,
        "missing_names": 0,
        "asking": 0,
        "waiting": 0,
    }


def test_who_is_turned_away_is_told_when_to_come_back_and_why(house: House) -> None:
    fail(house)

    page = house.get("/pypi/internal/simple/spam/")

    assert (page.status_code, page.json()["code"]) == (503, "upstream-trouble")
    assert "is away (answered 500)" in page.json()["detail"]
    assert int(page.headers["retry-after"]) in {1, 2}


def test_the_resolver_is_not_given_an_old_page_from_memory(house: House) -> None:
    house.upstream.add(SPAM)
    house.get("/pypi/unapproved/simple/spam/", "admin", accept=JSON)
    house.upstream.add(SPAM_2)
    house.clock.move(hours=1)
    house.upstream.misbehave(Fault.WAIT, "/simple/")
    old = house.get("/pypi/unapproved/simple/spam/", "admin", accept=JSON).json()["versions"]
    house.upstream.heal()
    token = issue_resolver_token(house.gear, UNAPPROVED, 60)

    headers = {"authorization": f"Bearer {token}", "accept": JSON}
    page = house.ask("GET", "/pypi/unapproved/simple/spam/", headers=headers)

    assert (old, page.json()["versions"]) == (["1.0"], ["1.0", "2.0"])
    house.run(settled(house.gear))
