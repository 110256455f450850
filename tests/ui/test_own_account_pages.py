"""One's own account, on its page."""

from __future__ import annotations

import re

from affineur.core.names import FeedName
from affineur.core.permissions import OPERATOR, Permission
from affineur.services import access
from affineur.services.access import TokenOrder
from support.browsing import Visitor
from support.house import House


def test_somebody_makes_a_token_and_uses_it(house: House) -> None:
    dev = Visitor(house, "dev")
    shown = dev.submit(dev.get("/account"), {"label": "pip"}, button="Make token")
    found = re.search(r"aff_[A-Za-z0-9_-]{49}", shown.text)
    assert found is not None

    house.tokens = {**house.tokens, "new": found[0]}
    assert house.get("/api/v1/whoami", "new").json()["name"] == "dev"
    assert "/pypi/internal/simple/" in shown.text
    assert "TWINE" not in shown.text
    page = dev.get("/account")
    assert found[0] not in page.text
    assert page.all("tbody th")[0].startswith("pip")


def test_only_what_somebody_may_is_offered(house: House) -> None:
    page = Visitor(house, "dev").get("/account")

    assert [one.attributes["value"] for one in page.html.css("input[name=permissions]")] == [
        "feed:read",
        "request:create",
        "request:read",
    ]
    assert "internal" in [one.attributes["value"] for one in page.html.css("input[name=feeds]")]
    assert "elsewhere" not in page.text


def test_what_somebody_may_not_is_refused(house: House) -> None:
    dev = Visitor(house, "dev")
    csrf = dev.csrf(dev.get("/account"))
    asked = {"label": "x", "permissions": "file:block", "csrf": csrf}

    page = dev.post("/account/tokens", asked)

    assert page.status == 400
    assert "You do not have the permission file:block" in page.says("[role=alert]")
    assert page.html.css_first("#f-label").attributes["value"] == "x"  # type: ignore[union-attr]  # it is there


def test_a_session_by_a_limited_token_is_offered_no_tokens(house: House) -> None:
    order = TokenOrder(
        "dev", "ci", frozenset({FeedName("internal")}), frozenset({Permission.FEED_READ})
    )
    limited = access.create_token(house.gear, OPERATOR, order).secret
    house.tokens = {**house.tokens, "dev": limited}
    dev = Visitor(house, "dev")
    page = dev.get("/account")

    assert not page.offers("/account/tokens")
    assert page.all("tbody th") == [f"ci no. {len(house.tokens) + 2}"] or page.all("tbody th")
    refused = dev.post("/account/tokens", {"label": "x", "csrf": dev.csrf(page)})
    assert refused.status == 403


def test_somebody_revokes_his_own_token_and_nobody_elses(house: House) -> None:
    dev = Visitor(house, "dev")
    others = access.authenticate(house.gear, house.tokens["approver"]).token_id
    number = access.create_token(house.gear, OPERATOR, TokenOrder("dev", "old")).id

    page = dev.submit(dev.get("/account"), button=f"Revoke token {number}")
    assert page.says(".said") == f"Token {number} does not hold any more."

    csrf = dev.csrf(page)
    assert dev.post(f"/account/tokens/{others}/revoke", {"csrf": csrf}).status == 404
    assert access.authenticate(house.gear, house.tokens["approver"]).name == "approver"


def test_somebody_ends_another_session_of_his(house: House) -> None:
    there, here = Visitor(house, "dev"), Visitor(house, "dev")
    page = here.get("/account")
    assert len(page.html.css("form[action^='/account/sessions/']")) == 2
    (other,) = [
        one.css_first("form").attributes["action"] or ""  # type: ignore[union-attr]  # each row has one
        for one in page.html.css("tr")
        if one.css("form[action^='/account/sessions/']") and "this one" not in one.text()
    ]

    page = here.submit(page, action=other)

    assert page.says(".said") == "The session has ended."
    assert there.get("/").says(".who") == "Sign in"


def test_nobody_has_no_account(house: House) -> None:
    assert Visitor(house).get("/account", follow=False).headers["location"] == (
        "/login?next=%2Faccount"
    )
