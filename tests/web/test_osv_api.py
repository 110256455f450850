"""OSV's API over our own advisories: what its clients ask, and how they are told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from affineur.core.advisories import Advisory
from affineur.core.permissions import OPERATOR
from affineur.services import feeds
from affineur.services.feeds import FeedChange
from affineur.services.gear import Gear
from affineur.services.osv_record import parse_record
from affineur.store import advisories
from support.house import House
from support.osv_source import NEW, OLD, about, osv, ranged

AS_OF = datetime(2026, 10, 1, tzinfo=UTC)
EGGS = {"name": "eggs", "ecosystem": "PyPI"}


def know(gear: Gear, *records: dict[str, Any]) -> None:
    rows: list[tuple[str, tuple[Advisory, ...]]] = []
    for record in records:
        parsed = parse_record("", json.dumps(record).encode())
        assert parsed is not None
        rows.append((parsed.id, parsed.rows()))
    with gear.db.writing() as conn:
        advisories.replace(conn, rows)
        advisories.note_as_of(conn, AS_OF, "a test")


@pytest.fixture(scope="module")
def knowing(shared_house: House) -> House:
    know(
        shared_house.gear,
        ranged("PYSEC-1", "Eggs", "2.0", summary="It leaks"),
        about("MAL-1", "eggs", "2.1", "2004d", modified=NEW),
        about("PYSEC-3", "eggs", "1.0", withdrawn=NEW),
        ranged("PYSEC-4", "eggs", "no version"),
        osv("PYSEC-5", "nothing-known", published="2026-01-02 03:04:05+00:00"),
    )
    return shared_house


def asked(house: House, who: str | None = "dev", **query: Any) -> httpx2.Response:
    return house.ask("POST", "/osv/v1/query", who, json=query)


def ids(answer: httpx2.Response) -> list[str]:
    return [one["id"] for one in answer.json().get("vulns", [])]


def test_a_query_tells_whole_records_that_speak_of_a_version(knowing: House) -> None:
    answer = asked(knowing, package=EGGS, version="1.0")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-advisories-as-of"] == AS_OF.isoformat()
    assert answer.json() == {"vulns": [ranged("PYSEC-1", "Eggs", "2.0", summary="It leaks")]}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"package": EGGS, "version": "2.1"}, ["MAL-1"]),
        ({"package": EGGS, "version": "2.1+cpu"}, ["MAL-1"]),
        ({"package": EGGS, "version": "2004d"}, ["MAL-1"]),
        ({"package": EGGS, "version": "3.0"}, []),
        ({"package": EGGS, "version": "no such thing"}, []),
        ({"package": EGGS}, ["MAL-1", "PYSEC-1", "PYSEC-4"]),
        ({"package": {"name": "EGGS", "ecosystem": "PyPI"}, "version": "1.5"}, ["PYSEC-1"]),
        ({"package": {"name": "eggs"}, "version": "1.5"}, ["PYSEC-1"]),
        ({"package": {"purl": "pkg:pypi/eggs@1.5"}}, ["PYSEC-1"]),
        ({"package": {"purl": "pkg:pypi/Eggs?x=y#z"}, "version": "2.1"}, ["MAL-1"]),
        ({"package": {"purl": "pkg:pypi/eggs@2.1%2Bcpu"}, "new_field": 1}, ["MAL-1"]),
        ({"package": {"name": "unheard-of", "ecosystem": "PyPI"}, "version": "1"}, []),
    ],
)
def test_a_package_is_named_as_osv_names_it(
    knowing: House, query: dict[str, Any], expected: list[str]
) -> None:
    answer = asked(knowing, **query)

    assert answer.status_code == 200
    assert ids(answer) == expected


def test_nothing_found_is_an_empty_object(knowing: House) -> None:
    assert asked(knowing, package=EGGS, version="3.0").json() == {}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "Invalid query."),
        ({"version": "1.0"}, "Invalid query."),
        ({"package": {"name": "eggs"}}, "Invalid query."),
        ({"package": "eggs"}, "Invalid package: it is no JSON object."),
        ({"package": {"name": 7}}, "Invalid query: name is no text."),
        ({"commit": "abc"}, "Invalid query: this server knows nothing of commits."),
        (
            {"package": {"name": "eggs", "ecosystem": "npm"}, "version": "1"},
            "Invalid ecosystem: this server knows PyPI alone.",
        ),
        ({"package": {"purl": "eggs"}}, "Invalid Package URL."),
        (
            {"package": {"purl": "pkg:npm/eggs"}},
            "Invalid Package URL: this server knows PyPI alone.",
        ),
        (
            {"package": {"purl": "pkg:pypi/eggs", "name": "eggs"}},
            "Invalid query: a package has a purl, or a name and an ecosystem.",
        ),
        (
            {"package": {"purl": "pkg:pypi/eggs@1"}, "version": "1"},
            "Invalid query: the version stands beside the purl and in it.",
        ),
        ({"package": EGGS, "page_token": "\u00e9"}, "Invalid page token."),
        ({"package": EGGS, "version": "1" * 300}, "Invalid query: the version is too long."),
    ],
)
def test_what_osv_refuses_or_we_cannot_know_is_an_error_in_its_form(
    knowing: House, query: dict[str, Any], message: str
) -> None:
    answer = asked(knowing, **query)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"code": 3, "message": message}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"[" * 5000, b"\xff"])
def test_a_body_that_is_no_query_is_refused(knowing: House, body: bytes) -> None:
    answer = knowing.ask("POST", "/osv/v1/query", "dev", content=body)

    assert (answer.status_code, answer.json()["code"]) == (400, 3)


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_is_read_whatever_its_content_type_says(knowing: House, kind: str | None) -> None:
    headers = {"content-type": kind} if kind else {}
    body = json.dumps({"package": EGGS, "version": "1.0"}).encode()

    assert ids(knowing.ask("POST", "/osv/v1/query", "dev", content=body, headers=headers)) == [
        "PYSEC-1"
    ]


def test_a_batch_tells_ids_and_dates_in_the_order_of_its_questions(knowing: House) -> None:
    queries = [
        {"package": EGGS, "version": "3.0"},
        {"package": EGGS, "version": "2.1"},
        {"package": {"purl": "pkg:pypi/eggs@1.0"}},
    ]

    answer = knowing.ask("POST", "/osv/v1/querybatch", "dev", json={"queries": queries})

    assert answer.json() == {
        "results": [
            {},
            {"vulns": [{"id": "MAL-1", "modified": "2026-02-03T04:05:06.789000Z"}]},
            {"vulns": [{"id": "PYSEC-1", "modified": OLD}]},
        ]
    }


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ({"queries": [{"package": EGGS}] * 1001}, "Too many queries."),
        ({"queries": [{"package": EGGS}, {}]}, "Invalid query."),
        ({"queries": {}}, "Invalid batch: queries is not a list."),
    ],
)
def test_a_batch_is_answered_whole_or_not_at_all(
    knowing: House, batch: dict[str, Any], message: str
) -> None:
    answer = knowing.ask("POST", "/osv/v1/querybatch", "dev", json=batch)

    assert (answer.status_code, answer.json()) == (400, {"code": 3, "message": message})


def test_a_body_over_the_limit_is_refused_in_the_same_form(knowing: House) -> None:
    answer = knowing.ask("POST", "/osv/v1/querybatch", "dev", content=b" " * 2_000_000)

    assert (answer.status_code, answer.json()["code"]) == (413, 3)


def test_what_does_not_fit_into_one_answer_comes_by_token(
    knowing: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("affineur.services.osv_api._MOST_RECORDS", 2)

    first = asked(knowing, package=EGGS)
    second = asked(knowing, package=EGGS, page_token=first.json()["next_page_token"])

    assert (ids(first), ids(second)) == (["MAL-1", "PYSEC-1"], ["PYSEC-4"])
    assert "next_page_token" not in second.json()


def test_a_record_is_given_by_its_id_also_a_withdrawn_one(knowing: House) -> None:
    found = knowing.get("/osv/v1/vulns/PYSEC-3")
    missing = knowing.get("/osv/v1/vulns/PYSEC-99")

    assert found.json()["withdrawn"] == "2026-02-03T04:05:06.789000Z"
    assert (missing.status_code, missing.json()) == (404, {"code": 5, "message": "Bug not found."})


def test_moments_have_the_form_that_osv_promises(knowing: House) -> None:
    assert knowing.get("/osv/v1/vulns/PYSEC-5").json()["published"] == "2026-01-02T03:04:05Z"


def test_nothing_else_is_there(knowing: House) -> None:
    answer = knowing.get("/osv/v1/elsewhere")

    assert (answer.status_code, answer.json()["code"]) == (404, 5)
    assert knowing.get("/osv/v1/query").json()["code"] == 12


def test_without_data_nothing_is_said_to_be_well(house: House) -> None:
    answer = asked(house, package=EGGS, version="1.0")

    assert (answer.status_code, answer.json()["code"]) == (503, 14)
    assert "no advisories yet" in answer.json()["message"]


def test_whoever_may_read_a_feed_may_ask(house: House) -> None:
    know(house.gear, ranged("PYSEC-1", "eggs", None))

    nobody = asked(house, None, package=EGGS, version="1.0")
    wrong = house.ask("POST", "/osv/v1/query", headers={"authorization": "Bearer aff_no"}, json={})
    stranger = asked(house, "stranger", package=EGGS, version="1.0")

    assert (nobody.status_code, nobody.json()["code"]) == (401, 16)
    assert nobody.headers["www-authenticate"].startswith("Basic")
    assert wrong.status_code == 401
    assert stranger.status_code == 200


def test_where_a_feed_is_open_to_anybody_anybody_may_ask(house: House) -> None:
    know(house.gear, ranged("PYSEC-1", "eggs", None))
    (feed, *_) = feeds.visible(house.gear, OPERATOR)
    feeds.update(house.gear, OPERATOR, feed.name, FeedChange(reads_anonymous=True))

    assert ids(asked(house, None, package=EGGS, version="1.0")) == ["PYSEC-1"]
