"""The API: shapes, permissions, problems, and the document that describes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.dists import wheel
from support.house import House

API = "/api/v1"
DIGEST = "a" * 64


ROUTES = """\
GET /whoami
GET /requests|POST /requests|GET /requests/{number}
POST /requests/{number}/approve|POST /requests/{number}/reject
POST /requests/{number}/withdraw|POST /requests/{number}/comments|GET /requests/waiting
GET /drafts|POST /drafts|GET /drafts/{number}
POST /drafts/{number}/send|POST /drafts/{number}/discard
POST /promotions|GET /blocks|POST /blocks|POST /blocks/end
GET /blocks/preview|GET /takers|GET /concerns
GET /why|POST /check|POST /lock
GET /webhooks|POST /webhooks|GET /webhooks/{number}|DELETE /webhooks/{number}
POST /webhooks/{number}/test|GET /webhooks/{number}/deliveries
GET /wanted|DELETE /wanted/{number}|GET /numbers
POST /vet|POST /vet/files/{filename}|POST /diff|POST /change
GET /releases/{name}|GET /releases/{name}/{version}
GET /releases/{name}/{version}/files/{sha256}/members
GET /releases/{name}/{version}/files/{sha256}/text
GET /feeds|POST /feeds|GET /feeds/{feed}|PATCH /feeds/{feed}
POST /feeds/{feed}/yanks|POST /feeds/{feed}/yanks/end
GET /feeds/{feed}/policy|PUT /feeds/{feed}/policy
GET /feeds/{feed}/policy/versions|POST /feeds/{feed}/policy/test
GET /feeds/{feed}/policy/explain
POST /feeds/{feed}/policy/check|GET /feeds/{feed}/policy/difference
GET /feeds/{feed}/waivers|POST /feeds/{feed}/waivers
DELETE /feeds/{feed}/waivers/{number}
GET /feeds/{feed}/rights|GET /feeds/{feed}/members
POST /feeds/{feed}/reserved|DELETE /feeds/{feed}/reserved/{pattern}
GET /feeds/{feed}/connectors|POST /feeds/{feed}/connectors
DELETE /feeds/{feed}/connectors/{connector}
POST /feeds/{feed}/connectors/order|POST /feeds/{feed}/connectors/{connector}/ask
GET /feeds/{feed}/connectors/{connector}/filters
POST /feeds/{feed}/connectors/{connector}/filters
POST /feeds/{feed}/connectors/{connector}/filters/test
DELETE /feeds/{feed}/connectors/{connector}/filters/{number}
GET /feeds/{feed}/latest|GET /feeds/{feed}/projects|GET /feeds/{feed}/projects/{project}
GET /connectors/status
GET /users|POST /users|DELETE /users/{name}
POST /users/{name}/grants|DELETE /users/{name}/grants/{grant}
GET /tokens|POST /tokens|DELETE /tokens/{number}
POST /users/{name}/password|GET /sessions|DELETE /sessions/{number}
POST /feeds/{feed}/build-tokens|GET /server|POST /server/jobs/{number}/retry
GET /webhooks|POST /webhooks|GET /webhooks/{number}|DELETE /webhooks/{number}
POST /webhooks/{number}/test|GET /webhooks/{number}/deliveries
GET /audit|GET /audit/export|GET /audit/verify|GET /incidents
POST /osv/v1/query|POST /osv/v1/querybatch|GET /osv/v1/vulns/{record_id}
"""


def routes(house: House) -> dict[str, Any]:  # Any: an OpenAPI document
    paths: dict[str, Any] = house.get(f"{API}/openapi.json", None).json()["paths"]
    return paths


def test_the_document_lists_every_route(shared_house: House) -> None:
    listed = {
        f"{method.upper()} {path.removeprefix(API)}"
        for path, methods in routes(shared_house).items()
        for method in methods
    }

    assert listed == set(ROUTES.strip().replace("\n", "|").split("|"))


def test_every_route_is_in_the_handbook(shared_house: House) -> None:
    handbook = Path(__file__).parents[2].joinpath("docs", "http-api.md").read_text("utf-8")
    named = {
        f"`{method.upper()} {path.removeprefix(API)}`"
        for path, methods in routes(shared_house).items()
        for method in methods
    }

    assert {name for name in named if name not in handbook} == set()


def test_every_route_says_what_it_is_for_what_it_answers_and_who_may(shared_house: House) -> None:
    operations = [one for methods in routes(shared_house).values() for one in methods.values()]

    assert [one for one in operations if not one.get("description")] == []
    assert [one for one in operations if one.get("security") != [{"HTTPBearer": []}]] == []
    assert [one for one in operations if "4XX" not in one["responses"]] == []
    assert [one for one in operations if "422" in one["responses"]] == []
    assert [
        one
        for one in operations
        for status, told in one["responses"].items()
        if status.startswith("2") and not all(one["schema"] for one in told["content"].values())
    ] == []


def test_the_interactive_pages_are_off(shared_house: House) -> None:
    paths = ["/docs", "/redoc", "/api/docs", "/openapi.json", f"{API}/docs"]

    assert {shared_house.get(path).status_code for path in paths} == {404}


def test_somebody_is_told_who_they_are(shared_house: House) -> None:
    assert shared_house.get(f"{API}/whoami", "builder").json() == {
        "name": "builder",
        "grants": ["reader@internal", "publisher@internal"],
        "scope": {"feeds": None, "permissions": None},
    }


def test_a_wrong_token_is_refused_and_not_taken_as_nobody(shared_house: House) -> None:
    answer = shared_house.get(f"{API}/whoami", None, authorization="Bearer aff_wrong")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert answer.json()["code"] == "unauthenticated"


def test_a_token_is_taken_as_the_password_of_any_user(shared_house: House) -> None:
    answer = shared_house.ask("GET", f"{API}/whoami", auth=("x", shared_house.tokens["dev"]))

    assert answer.json()["name"] == "dev"


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("POST", "/requests", {"requirements": "flask"}, "requirements (body)"),
        ("POST", "/requests", {"requirments": ["flask"]}, "requirments (body)"),
        ("POST", "/requests", {"requirements": []}, "Nothing was asked for"),
        ("POST", "/requests", {"requirements": ["flask =="]}, "'flask =='"),
        ("POST", "/blocks", {"name": "x"}, "reason (body)"),
        ("POST", "/blocks", {"name": "../x", "reason": "y"}, "'../x'"),
        ("POST", "/promotions", {"name": "x", "version": "1", "to": "y"}, "from (body)"),
        ("POST", "/tokens", {"user": "dev", "name": "n", "permissions": ["fly"]}, "'fly'"),
        ("GET", "/requests/seven", None, "number (path)"),
        ("GET", "/requests?limit=0", None, "limit (query)"),
        ("GET", "/requests?order=up", None, "order (query)"),
        ("GET", "/why", None, "name (query)"),
        ("GET", "/audit?limit=999999", None, "limit (query)"),
        ("PATCH", "/feeds/Internal", {}, "'Internal'"),
    ],
)
def test_what_cannot_be_right_is_refused_by_name(
    shared_house: House, method: str, path: str, body: object, words: str
) -> None:
    answer = shared_house.ask(method, API + path, "admin", json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad-input")
    assert words in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff", b"null", b""])
def test_a_body_that_is_no_object_is_refused(shared_house: House, body: bytes) -> None:
    headers = {"content-type": "application/json"}

    answer = shared_house.ask("POST", f"{API}/blocks", "admin", content=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad-input")


def test_a_body_over_the_limit_is_refused(shared_house: House) -> None:
    small, large = b" " * (1024 * 1024 + 1), b" " * (9 * 1024 * 1024 + 1)

    answers = [
        shared_house.ask("POST", f"{API}/blocks", "admin", content=small),
        shared_house.ask("POST", f"{API}/check", "admin", content=large),
    ]

    assert [answer.status_code for answer in answers] == [413, 413]
    assert answers[0].headers["content-type"] == "application/problem+json"


def test_a_method_that_is_not_possible_is_told_which_are(shared_house: House) -> None:
    answer = shared_house.ask("PUT", f"{API}/whoami", "dev")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert answer.json()["code"] == "method-not-allowed"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/users", None),
        ("GET", "/audit", None),
        ("GET", "/audit/verify", None),
        ("GET", "/incidents", None),
        ("POST", "/blocks", {"name": "x", "reason": "y"}),
        ("POST", "/users", {"name": "x"}),
        ("POST", "/tokens", {"user": "dev", "name": "x"}),
        ("PUT", "/feeds/internal/policy", {"toml": None}),
        ("POST", "/feeds/internal/yanks", {"name": "x", "version": "1", "reason": "y"}),
        ("POST", "/feeds/internal/yanks/end", {"name": "x", "version": "1", "reason": "y"}),
        ("GET", "/feeds/internal/connectors", None),
        ("GET", "/connectors/status", None),
        ("GET", "/connectors/status?feed=internal", None),
    ],
)
def test_a_developer_may_not_and_nobody_is_asked_who_they_are(
    shared_house: House, method: str, path: str, body: object
) -> None:
    developer = shared_house.ask(method, API + path, "dev", json=body)
    nobody = shared_house.ask(method, API + path, json=body)

    assert (developer.status_code, nobody.status_code) == (403, 401)


def test_a_request_is_made_listed_shown_and_withdrawn(house: House) -> None:
    order = {"requirements": ["flask>=3"], "reason": "a site", "used_in": "the shop"}
    made = house.ask("POST", f"{API}/requests", "dev", json=order)
    number = made.json()["id"]
    listed = house.get(f"{API}/requests?mine=true").json()["requests"]
    shown = house.get(f"{API}/requests/{number}").json()
    hidden = house.get(f"{API}/requests/{number}", "stranger")
    gone = house.ask("POST", f"{API}/requests/{number}/withdraw", "dev", json={"reason": "no"})

    assert (made.status_code, made.json()["state"], made.json()["feed"]) == (
        202,
        "resolving",
        "approved",
    )
    assert (listed, shown) == ([made.json()], made.json())
    assert (shown["reason"], shown["used_in"]) == ("a site", "the shop")
    assert (hidden.status_code, gone.json()["state"]) == (404, "withdrawn")


def test_a_block_is_made_listed_explained_and_lifted(house: House) -> None:
    house.publish(wheel("demo", "1.0"))
    order = {"name": "Demo", "version": "1.0", "reason": "it is broken"}
    made = house.ask("POST", f"{API}/blocks", "admin", json=order)
    listed = house.get(f"{API}/blocks", "admin").json()["blocks"]
    why = house.get(f"{API}/why?name=demo").json()["files"]
    lifted = house.ask("POST", f"{API}/blocks/end", "admin", json=order)
    after = house.get(f"{API}/why?name=demo&version=1.0").json()["files"]

    assert (made.status_code, made.json()["name"], listed) == (201, "demo", [made.json()])
    assert (why[0]["served"], why[0]["rule"]) == (False, "block")
    assert (lifted.json(), after[0]["served"]) == ({"lifted": 1}, True)


def test_a_release_is_yanked_and_unyanked(house: House) -> None:
    dist = wheel("demo", "1.0")
    house.publish(dist)
    order = {"name": "Demo", "version": "1.0.0", "reason": "it is broken"}
    made = house.ask("POST", f"{API}/feeds/internal/yanks", "admin", json=order)
    page = house.get("/pypi/internal/simple/demo/", accept="text/html").text
    ended = house.ask("POST", f"{API}/feeds/internal/yanks/end", "admin", json=order)
    after = house.get("/pypi/internal/simple/demo/", accept="text/html").text

    assert (made.status_code, made.json()) == (200, {"filenames": [dist.filename]})
    assert 'data-yanked="it is broken"' in page
    assert (ended.status_code, ended.json()) == (200, {"filenames": [dist.filename]})
    assert "data-yanked" not in after


def test_a_lock_file_is_checked(house: House) -> None:
    dist = wheel("demo", "1.0")
    house.publish(dist)
    document = f"demo==1.0 --hash=sha256:{dist.sha256}\nother==2.0\n"
    house.upstream.add(wheel("other", "2.0"))

    answer = house.ask(
        "POST",
        f"{API}/check",
        "dev",
        json={"document": document, "document_name": "requirements.txt"},
    ).json()

    assert [(one["name"], one["is_approved"]) for one in answer["files"]] == [
        ("demo", True),
        ("other", False),
    ]
    assert answer["all_approved"] is False


def test_a_feed_is_made_changed_and_shown(house: House) -> None:
    made = house.ask("POST", f"{API}/feeds", "admin", json={"name": "team", "source": "unapproved"})
    merged = house.ask("PATCH", f"{API}/feeds/team", "admin", json={"merge": True})
    ended = house.ask("PATCH", f"{API}/feeds/team", "admin", json={"source": None})
    hidden = house.get(f"{API}/feeds/team")

    assert (made.status_code, made.json()["source"]) == (201, "unapproved")
    assert (merged.json()["merge"], merged.json()["source"]) == (True, "unapproved")
    assert (ended.json()["source"], ended.json()["merge"]) == (None, True)
    assert hidden.status_code == 404


def test_a_connector_with_its_filters_is_made_and_ended(house: House) -> None:
    base = f"{API}/feeds/elsewhere/connectors"
    new = {"name": "outside", "url": "http://127.0.0.1:1/simple", "username": "u", "password": "p"}
    rule = {"action": "deny", "reason": "not this", "names": ["evil-*"], "show": "hide"}
    made = house.ask("POST", base, "admin", json=new)
    added = house.ask("POST", f"{base}/outside/filters", "admin", json=rule)
    listed = house.get(f"{base}/outside/filters", "admin").json()["filters"]
    ended = house.ask("DELETE", f"{base}/outside/filters/{added.json()['id']}", "admin")
    gone = house.ask("DELETE", f"{base}/outside", "admin")
    left = house.get(base, "admin").json()

    assert made.json() == {
        "name": "outside",
        "target": None,
        "url": "http://127.0.0.1:1/simple/",
        "origins": [],
        "username": "u",
        "has_password": True,
    }
    assert (listed, added.json()["names"]) == ([added.json()], ["evil-*"])
    assert (ended.json(), gone.json(), left) == ({"done": True}, {"done": True}, {"connectors": []})


def test_names_are_reserved_and_the_policy_is_set(house: House) -> None:
    reserved = house.ask(
        "POST", f"{API}/feeds/internal/reserved", "admin", json={"pattern": "acme-*"}
    )
    feed = house.get(f"{API}/feeds/internal", "admin").json()
    ended = house.ask("DELETE", f"{API}/feeds/internal/reserved/acme-*", "admin")
    toml = 'otherwise = "deny"\n'
    policy = house.ask("PUT", f"{API}/feeds/approved/policy", "admin", json={"toml": toml})
    broken = house.ask("PUT", f"{API}/feeds/approved/policy", "admin", json={"toml": "["})

    assert (reserved.status_code, feed["reserved"]) == (201, ["acme-*"])
    assert (ended.json(), policy.json()) == (
        {"done": True},
        {"toml": toml, "version": 1},
    )
    assert broken.status_code == 400


def test_a_user_with_a_token_is_made_limited_and_ended(house: House) -> None:
    made = house.ask(
        "POST", f"{API}/users", "admin", json={"name": "ada", "grants": ["reader@internal"]}
    )
    granted = house.ask("POST", f"{API}/users/ada/grants", "admin", json={"grant": "approver"})
    taken = house.ask("DELETE", f"{API}/users/ada/grants/reader@internal", "admin")
    token = house.ask(
        "POST", f"{API}/tokens", "admin", json={"user": "ada", "name": "ci", "feeds": ["internal"]}
    ).json()
    who = house.ask("GET", f"{API}/whoami", auth=("__token__", token["secret"])).json()
    listed = house.get(f"{API}/tokens", "admin")
    revoked = house.ask("DELETE", f"{API}/tokens/{token['id']}", "admin")
    after = house.ask("GET", f"{API}/whoami", auth=("__token__", token["secret"]))
    ended = house.ask("DELETE", f"{API}/users/ada", "admin")
    users = [user["name"] for user in house.get(f"{API}/users", "admin").json()["users"]]

    assert (made.status_code, made.json()["grants"]) == (201, ["reader@internal"])
    assert granted.json()["grants"] == ["reader@internal", "approver"]
    assert taken.json()["grants"] == ["approver"]
    assert who["scope"] == {"feeds": ["internal"], "permissions": None}
    assert token["secret"] not in listed.text
    assert (revoked.status_code, after.status_code, ended.status_code) == (200, 401, 200)
    assert "ada" not in users


def test_the_log_is_read_and_verified(shared_house: House) -> None:
    page = shared_house.get(f"{API}/audit?limit=2", "admin").json()["events"]
    verified = shared_house.get(f"{API}/audit/verify", "admin").json()
    incidents = shared_house.get(f"{API}/incidents", "admin").json()

    assert [event["seq"] for event in page] == [1, 2]
    assert page[1]["previous"] == page[0]["hash"]
    assert (verified["ok"], verified["problem"]) == (True, None)
    assert incidents == {"incidents": []}
