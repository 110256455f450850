"""Drafts over the API: made of what people have, seen by nobody else, sent with a reason."""

from __future__ import annotations

from support.dists import wheel
from support.house import House

DRAFTS = "/api/v1/drafts"


def test_a_draft_is_made_of_an_error_and_shown_to_its_maker_alone(house: House) -> None:
    error = (
        "error: No solution found when resolving dependencies\n"
        "  cause: Because flask was not found in the package registry and you require flask>=3,\n"
        "         we can conclude that your requirements are unsatisfiable.\n"
    )
    made = house.ask("POST", DRAFTS, "dev", json={"text": error})
    number = made.json()["id"]

    told = made.json()
    assert (made.status_code, told["is_draft"], told["requirements"]) == (202, True, ["flask>=3"])
    assert told["notes"] == ["Read as an error of uv."]
    listed = house.get(DRAFTS).json()["drafts"]
    assert [(one["id"], one["state"]) for one in listed] == [(number, "resolving")]
    assert house.get(f"{DRAFTS}/{number}").json() == told
    assert house.get(f"{DRAFTS}/{number}", "admin").status_code == 404
    assert house.get(f"/api/v1/requests/{number}", "admin").status_code == 404
    assert house.get("/api/v1/requests", "admin").json() == {"requests": []}


def test_a_draft_is_made_of_a_file_and_tells_what_it_leaves_out(house: House) -> None:
    body = {"document": "flask==3.0.3\n-e .\n", "document_name": "requirements.txt"}
    told = house.ask("POST", DRAFTS, "dev", json=body).json()

    assert told["requirements"] == ["flask==3.0.3"]
    why = "a folder or a repository is no package of an index"
    assert told["left_out"] == [{"what": "line 2: -e .", "why": why}]


def test_a_draft_is_sent_or_discarded(house: House) -> None:
    first = house.ask("POST", DRAFTS, "dev", json={"text": "flask"}).json()["id"]
    second = house.ask("POST", DRAFTS, "dev", json={"text": "httpx"}).json()["id"]
    sent = house.ask("POST", f"{DRAFTS}/{first}/send", "dev", json={"reason": "a site"})
    gone = house.ask("POST", f"{DRAFTS}/{second}/discard", "dev")
    again = house.ask("POST", f"{DRAFTS}/{first}/send", "dev", json={"reason": "a site"})

    assert (sent.json()["is_draft"], sent.json()["reason"]) == (False, "a site")
    assert gone.json()["state"] == "withdrawn"
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert [one["id"] for one in house.get("/api/v1/requests").json()["requests"]] == [first]


def test_what_names_no_package_is_refused_with_what_to_do(house: House) -> None:
    refused = house.ask("POST", DRAFTS, "dev", json={"text": "?"})

    assert refused.status_code == 400
    assert refused.json()["hint"] == "Write what you need, one to a line, such as: flask>=3"


def test_what_was_published_is_newly_available(house: House) -> None:
    house.publish(wheel("brie", "1.0"))
    listed = house.get("/api/v1/feeds/internal/latest?limit=5").json()["releases"]

    assert [(one["name"], one["version"], one["feed"], one["is_upload"]) for one in listed] == [
        ("brie", "1.0", "internal", True)
    ]
    assert house.get("/api/v1/feeds/internal/latest", "stranger").status_code == 404
