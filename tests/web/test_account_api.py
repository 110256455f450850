"""One's own account, build servers and the server's state over the API and on the command line."""

from __future__ import annotations

import pytest

from support.dists import wheel
from support.house import House

API = "/api/v1"


def test_somebody_makes_a_token_for_himself(house: House) -> None:
    made = house.ask("POST", f"{API}/tokens", "dev", json={"name": "laptop"})

    assert made.status_code == 201
    house.tokens = {**house.tokens, "new": made.json()["secret"]}
    assert house.get(f"{API}/whoami", "new").json()["name"] == "dev"


def test_nobody_makes_one_for_somebody_else(house: House) -> None:
    asked = {"name": "laptop", "user": "approver"}

    assert house.ask("POST", f"{API}/tokens", "dev", json=asked).status_code == 403


def test_a_team_gets_its_feed_and_its_build_server_publishes(house: House) -> None:
    asked = {"name": "team-a", "reads": "approved"}
    feed = house.ask("POST", f"{API}/feeds", "admin", json=asked)
    assert (feed.status_code, feed.json()["connectors"]) == (201, ["approved"])

    given = house.ask("POST", f"{API}/feeds/team-a/build-tokens", "admin", json={"name": "ci"})
    house.tokens = {**house.tokens, "ci": given.json()["secret"]}

    assert house.publish(wheel("ours", "1.0"), "ci", "team-a").status_code == 200
    assert house.publish(wheel("ours", "1.0"), "ci", "internal").status_code == 404
    assert house.get("/pypi/team-a/simple/ours/", "ci").status_code == 200


def test_a_feed_mirrors_an_index(house: House) -> None:
    asked = {"name": "mirror", "mirrors": house.upstream.url}

    feed = house.ask("POST", f"{API}/feeds", "admin", json=asked)

    assert feed.json()["connectors"] == ["upstream"]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"reads": "approved", "mirrors": "https://index.example/simple/"}, 400),
        ({"reads": "nowhere"}, 404),
        ({"mirrors": "ftp://index.example/"}, 400),
        ({"source": "unapproved", "reads": "approved"}, 409),
    ],
)
def test_a_feed_that_cannot_be_connected_is_not_made(
    house: House, more: dict[str, str], status: int
) -> None:
    refused = house.ask("POST", f"{API}/feeds", "admin", json={"name": "half", **more})

    assert refused.status_code == status
    assert house.get(f"{API}/feeds/half", "admin").status_code == 404


def test_a_first_password_is_told_once(house: House) -> None:
    given = house.ask("POST", f"{API}/users/dev/password", "admin")

    assert (given.status_code, given.json()["name"]) == (201, "dev")
    assert len(given.json()["password"]) >= 12
    assert house.ask("POST", f"{API}/users/dev/password", "approver").status_code == 403
    assert house.ask("POST", f"{API}/users/nobody/password", "admin").status_code == 404


def test_sessions_are_told_to_their_owner(house: House) -> None:
    assert house.get(f"{API}/sessions", "dev").json() == {"sessions": []}
    assert house.ask("DELETE", f"{API}/sessions/1", "dev").status_code == 404


def test_the_server_tells_administrators_how_it_is(house: House) -> None:
    told = house.get(f"{API}/server", "admin").json()

    assert (told["database"], told["parked"]) == ("SQLite", [])
    assert {"name", "sentence", "value", "is_default"} == set(told["settings"][0])
    assert house.get(f"{API}/server", "approver").status_code == 403
    assert house.ask("POST", f"{API}/server/jobs/1/retry", "admin").status_code == 404
