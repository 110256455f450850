"""Signing in, staying signed in, and signing out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from affineur.core.permissions import OPERATOR
from affineur.services import access, audit, sessions
from affineur.web.app import build_app
from support.browsing import Visitor
from support.gear import with_settings
from support.house import House

GOOD = "four words that suffice"


def with_password(house: House, name: str = "dev") -> str:
    return sessions.reset_password(house.gear, OPERATOR, name)


def sign_in(visitor: Visitor, name: str, password: str, **more: str) -> str:
    page = visitor.submit(visitor.get("/login"), {"name": name, "password": password, **more})
    return page.says(".who")


def test_somebody_signs_in_by_a_token_and_out_again(house: House) -> None:
    visitor = Visitor(house, "dev")

    assert visitor.get("/").says(".who a") == "dev"
    out = visitor.submit(visitor.get("/"), action="/logout")

    assert out.says(".said") == "You are signed out."
    assert visitor.get("/").says(".who") == "Sign in"


def test_a_first_password_must_be_changed_before_anything_else(house: House) -> None:
    visitor = Visitor(house)
    first = with_password(house)
    page = visitor.submit(visitor.get("/login"), {"name": "dev", "password": first})

    assert page.path == "/account/password"
    assert visitor.get("/").path == "/account/password"
    done = visitor.submit(page, {"old": first, "new": GOOD, "again": GOOD})

    assert (done.path, done.says(".said").startswith("Your password is set")) == ("/", True)
    assert sign_in(Visitor(house), "dev", GOOD).startswith("dev")


def test_changing_the_password_ends_other_sessions(house: House) -> None:
    first = with_password(house)
    other, here = Visitor(house, "dev"), Visitor(house)
    page = here.submit(here.get("/login"), {"name": "dev", "password": first})

    here.submit(page, {"old": first, "new": GOOD, "again": GOOD})

    assert here.get("/").says(".who a") == "dev"
    assert other.get("/").says(".who") == "Sign in"


@pytest.mark.parametrize(
    ("name", "password"),
    [("dev", "wrong"), ("nobody", "wrong"), ("dev", ""), ("", "wrong"), ("dev", "x" * 100_000)],
)
def test_what_is_wrong_is_not_told(house: House, name: str, password: str) -> None:
    with_password(house)
    visitor = Visitor(house)

    page = visitor.submit(visitor.get("/login"), {"name": name, "password": password})

    assert (page.status, page.says(".trouble p")) == (
        401,
        "The name and the password do not fit together.",
    )


def test_a_token_fits_only_its_owner(house: House) -> None:
    visitor = Visitor(house)

    answer = visitor.submit(
        visitor.get("/login"), {"name": "admin", "password": house.tokens["dev"]}
    )

    assert answer.status == 401


def test_signing_in_is_limited_however_right_the_password_is_by_then(house: House) -> None:
    visitor, password = Visitor(house), with_password(house)
    told = [
        visitor.submit(visitor.get("/login"), {"name": "dev", "password": "wrong"}).status
        for _ in range(6)
    ]

    page = visitor.submit(visitor.get("/login"), {"name": "dev", "password": password})

    assert told == [401, 401, 401, 401, 401, 429]
    assert (page.status, page.says(".trouble p")) == (429, "Signing in went wrong too often.")
    house.clock.move(minutes=16)
    assert (
        visitor.submit(visitor.get("/login"), {"name": "dev", "password": password}).status == 200
    )


def test_a_session_ends_after_a_day_without_a_page(house: House) -> None:
    visitor = Visitor(house, "dev")

    house.clock.move(hours=11)
    assert visitor.get("/").says(".who a") == "dev"
    house.clock.move(hours=11)
    assert visitor.get("/").says(".who a") == "dev"
    house.clock.move(hours=13)
    assert visitor.get("/").says(".who") == "Sign in"


def test_a_session_by_a_token_ends_with_the_token(house: House) -> None:
    visitor = Visitor(house, "dev")
    token_id = access.authenticate(house.gear, house.tokens["dev"]).token_id

    access.revoke_token(house.gear, OPERATOR, token_id or 0)

    assert visitor.get("/").says(".who") == "Sign in"


def test_a_user_who_left_is_signed_out(house: House) -> None:
    visitor = Visitor(house, "dev")

    access.end_user(house.gear, OPERATOR, "dev")

    assert visitor.get("/").says(".who") == "Sign in"


@pytest.mark.parametrize(
    "onward",
    [
        "//elsewhere.example",
        "https://elsewhere.example/",
        "/\\elsewhere.example",
        "javascript:1",
        "",
    ],
)
def test_next_stays_on_this_server(house: House, onward: str) -> None:
    visitor = Visitor(house)
    page = visitor.get("/login")

    then = visitor.submit(
        page, {"name": "dev", "password": house.tokens["dev"], "next": onward}, follow=False
    )

    assert (then.status, then.headers["location"]) == (303, "/")


def test_next_leads_on(house: House) -> None:
    visitor = Visitor(house)
    page = visitor.get("/account/password?a=b")

    assert page.path == "/login?next=%2Faccount%2Fpassword%3Fa%3Db"
    then = visitor.submit(page, {"name": "dev", "password": house.tokens["dev"]}, follow=False)

    assert then.headers["location"] == "/account/password?a=b"


def test_the_cookie_cannot_be_read_by_scripts_or_sent_by_other_sites(house: House) -> None:
    visitor = Visitor(house)
    page = visitor.get("/login")

    then = visitor.submit(page, {"name": "dev", "password": house.tokens["dev"]}, follow=False)
    session = next(
        one for one in then.headers.get_list("set-cookie") if one.startswith("affineur-session=")
    )

    assert session.partition("; ")[2] == "Path=/; HttpOnly; SameSite=Lax; Max-Age=604800"


def test_over_tls_cookies_are_bound_to_the_host(house: House) -> None:
    gear = replace(house.gear, public_url="https://packages.example")
    visitor = Visitor(replace(house, gear=gear, app=build_app(gear)))
    page = visitor.get("/login")

    given = {"name": "dev", "password": house.tokens["dev"]}
    then = visitor.submit(page, given, follow=False)
    session = next(one for one in then.headers.get_list("set-cookie") if "session" in one)

    assert session.startswith("__Host-affineur-session=")
    assert session.partition("; ")[2] == "Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=604800"
    assert visitor.get("/").says(".who a") == "dev"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        ((), "203.0.113.9", "127.0.0.1"),
        (("127.0.0.1",), "203.0.113.9", "203.0.113.9"),
        (("127.0.0.1",), "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (("127.0.0.1", "203.0.113.9"), "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (("127.0.0.1",), "", "127.0.0.1"),
    ],
)
def test_where_somebody_is_is_told_by_known_proxies_alone(
    house: House, proxies: tuple[str, ...], forwarded: str, address: str
) -> None:
    gear = with_settings(house.gear, proxies=proxies)
    visitor = Visitor(replace(house, gear=gear, app=build_app(gear)))
    token = visitor.csrf(visitor.get("/login"))
    given = {"name": "dev", "password": house.tokens["dev"], "csrf": token}

    visitor.post("/login", given, headers={"x-forwarded-for": forwarded})
    last = audit.log(house.gear, OPERATOR, 0, 1000)[-1]

    assert (last.event.action, dict(last.event.after or {})["from"]) == ("session.made", address)
