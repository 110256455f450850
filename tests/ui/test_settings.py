"""What administrators keep: users, tokens, feeds and the server, on pages."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update

from affineur.core.names import FeedName
from affineur.core.permissions import OPERATOR, Grant, Permission, Scope
from affineur.services import access, people, sessions
from affineur.services.sessions import Credentials
from affineur.services.webhook_telling import TELL
from affineur.store import jobs
from affineur.store.jobs import JobState
from affineur.store.schema import job
from support.browsing import Seen, Visitor
from support.dists import wheel
from support.house import House

PAGES = [
    "/settings",
    "/settings/users",
    "/settings/users/dev",
    "/settings/tokens",
    "/settings/feeds",
    "/settings/webhooks",
    "/settings/server",
]
POSTS = [
    "/settings/users",
    "/settings/users/dev/grants",
    "/settings/users/dev/grants/end",
    "/settings/users/dev/password",
    "/settings/users/dev/end",
    "/settings/tokens",
    "/settings/tokens/build",
    "/settings/feeds",
    "/settings/webhooks",
    "/settings/webhooks/1/test",
    "/settings/webhooks/1/end",
    "/settings/server/jobs/1/retry",
]
FIELDS = {
    "name": "mallory",
    "user": "admin",
    "label": "mine",
    "role": "admin",
    "grant": "reader@internal",
    "feed": "internal",
    "publishes": "yes",
    "shape": "team",
    "reads": "approved",
    "url": "http://127.0.0.1:9/",
    "actions": "*",
}


def secret_on(page: Seen) -> str:
    found = re.search(r"aff_[A-Za-z0-9_-]{49}", page.text)
    assert found is not None, page.text[:3000]
    return found[0]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("who", ["dev", "approver", "builder"])
def test_the_pages_are_for_administrators(shared_house: House, path: str, who: str) -> None:
    page = Visitor(shared_house, who).get(path)

    assert page.status == 403
    assert "/settings" not in page.links("header a").values()


@pytest.mark.parametrize("path", PAGES)
def test_nobody_is_led_to_sign_in(shared_house: House, path: str) -> None:
    assert Visitor(shared_house).get(path, follow=False).headers["location"] == (
        f"/login?next={path.replace('/', '%2F')}"
    )


@pytest.mark.parametrize("path", POSTS)
def test_a_form_that_was_not_offered_changes_nothing(house: House, path: str) -> None:
    visitor = Visitor(house, "dev")
    csrf = visitor.csrf(visitor.get("/account"))
    with house.gear.db.reading() as conn:
        before = conn.exec_driver_sql("select max(seq) from audit_event").scalar_one()

    refused = visitor.post(path, FIELDS | {"csrf": csrf})

    with house.gear.db.reading() as conn:
        assert conn.exec_driver_sql("select max(seq) from audit_event").scalar_one() == before
    assert refused.status == 403


def test_the_hub_leads_to_everything(shared_house: House) -> None:
    page = Visitor(shared_house, "admin").get("/settings")

    assert set(page.links("main h2 a").values()) == {
        "/settings/users",
        "/settings/tokens",
        "/settings/feeds",
        "/settings/webhooks",
        "/settings/server",
        "/account",
    }


def test_a_teams_feed_is_made_and_a_build_server_gets_its_token(house: House) -> None:
    admin = Visitor(house, "admin")
    made = admin.submit(
        admin.get("/settings/feeds"), {"name": "team-a"}, button="Make the team's feed"
    )
    assert made.says(".said") == "The feed team-a is made."

    tokens = admin.get(made.links()["Give a build server its token"])
    shown = admin.submit(tokens, {"name": "team-a-ci"}, button="Make its token")
    house.tokens = {**house.tokens, "ci": secret_on(shown)}

    assert shown.headers["cache-control"] == "no-store"
    assert "TWINE_REPOSITORY_URL=http://127.0.0.1:8080/pypi/team-a/legacy/" in shown.text
    assert "UV_PUBLISH_TOKEN" in shown.text
    assert "PIP_INDEX_URL=http://127.0.0.1:8080/pypi/team-a/simple/" in shown.text
    assert house.publish(wheel("ours", "1.0"), "ci", "team-a").status_code == 200
    assert house.publish(wheel("ours", "1.0"), "ci", "internal").status_code == 404


def test_a_token_is_shown_this_once(house: House) -> None:
    admin = Visitor(house, "admin")
    page = admin.get("/settings/tokens")
    shown = admin.submit(page, {"name": "ci"}, button="Make its token")
    secret = secret_on(shown)

    assert secret not in admin.get("/settings/tokens").text
    assert secret not in admin.get("/settings/users/ci").text
    assert secret not in admin.get("/audit").text
    assert shown.links()["Done"] == "/settings/tokens"


def test_a_token_for_a_user_is_limited_as_it_is_ticked(house: House) -> None:
    admin = Visitor(house, "admin")
    shown = admin.submit(
        admin.get("/settings/tokens"),
        {
            "user": "dev",
            "label": "laptop",
            "feeds": ["internal"],
            "permissions": ["feed:read"],
            "days": "30",
        },
        action="/settings/tokens",
    )
    actor = access.authenticate(house.gear, secret_on(shown))

    assert actor.name == "dev"
    assert actor.scope == Scope(
        frozenset({FeedName("internal")}), frozenset({Permission.FEED_READ})
    )


def test_what_was_typed_wrongly_is_shown_again_with_the_reason(house: House) -> None:
    admin = Visitor(house, "admin")
    page = admin.submit(
        admin.get("/settings/tokens"),
        {"user": "nobody-here", "label": "laptop", "feeds": ["internal"]},
        action="/settings/tokens",
    )

    assert page.status == 404
    assert page.says("[role=alert]").startswith("There is no user 'nobody-here'.")
    assert page.html.css_first("#f-user").attributes["value"] == "nobody-here"  # type: ignore[union-attr]  # it is there
    assert "checked" in page.html.css_first("#f-feeds-internal").attributes  # type: ignore[union-attr]  # likewise


def test_a_token_is_revoked_from_its_list(house: House) -> None:
    admin = Visitor(house, "admin")
    secret = secret_on(
        admin.submit(admin.get("/settings/tokens"), {"name": "ci"}, button="Make its token")
    )
    number = access.authenticate(house.gear, secret).token_id

    page = admin.submit(admin.get("/settings/users/ci"), button=f"Revoke token {number}")

    assert (page.path, page.says(".said")) == (
        "/settings/users/ci",
        f"Token {number} does not hold any more.",
    )
    assert "No tokens." in page.says()


@pytest.mark.parametrize(
    ("button", "fields", "connectors", "source"),
    [
        ("Make the team's feed", {"name": "new"}, ["approved"], None),
        ("Make the reviewed feed", {"name": "new"}, [], "unapproved"),
        ("Make the mirror", {"name": "new", "mirrors": "URL"}, ["upstream"], None),
    ],
)
def test_a_feed_is_made_in_its_shape(
    house: House, button: str, fields: dict[str, str], connectors: list[str], source: str | None
) -> None:
    admin = Visitor(house, "admin")
    typed = {key: value.replace("URL", house.upstream.url) for key, value in fields.items()}
    form_page = admin.get("/settings/feeds")
    form = form_page.form(button=button)
    hidden = {
        one.attributes["name"] or "": one.attributes["value"] or ""
        for one in form.css("input[type=hidden]")
    }
    admin.post("/settings/feeds", hidden | {"reads": "approved", "source": "unapproved"} | typed)

    told = house.get("/api/v1/feeds/new", "admin").json()

    assert (told["connectors"], told["source"]) == (connectors, source)


@pytest.mark.parametrize(
    ("fields", "status", "reason"),
    [
        ({"shape": "team", "name": "Team A"}, 400, "is not a feed name"),
        ({"shape": "team", "name": "internal"}, 409, "There is a feed 'internal' already."),
        ({"shape": "mirror", "name": "new", "mirrors": "ftp://x/"}, 400, ""),
        ({"shape": "odd", "name": "new"}, 400, "There is no such shape of feed."),
    ],
)
def test_a_feed_that_cannot_be_is_not_made(
    house: House, fields: dict[str, str], status: int, reason: str
) -> None:
    admin = Visitor(house, "admin")
    csrf = admin.csrf(admin.get("/settings/feeds"))

    page = admin.post("/settings/feeds", {"reads": "approved", "csrf": csrf} | fields)

    assert page.status == status
    assert reason in page.says("[role=alert]")


def test_a_user_is_added_with_a_role_and_a_first_password(house: House) -> None:
    admin = Visitor(house, "admin")
    shown = admin.submit(
        admin.get("/settings/users"),
        {"name": "erin", "role": "reader", "feed": "internal"},
        button="Add user",
    )
    password = shown.says("#first-password")

    assert sessions.sign_in(house.gear, Credentials("erin", password))
    page = admin.get("/settings/users/erin")
    assert "reader on internal" in page.says("#roles ~ ul")
    assert password not in page.text


def test_roles_are_granted_and_ended(house: House) -> None:
    admin = Visitor(house, "admin")
    page = admin.submit(
        admin.get("/settings/users/dev"), {"role": "approver", "feed": ""}, button="Grant"
    )
    assert page.says(".said") == "dev is approver now."

    page = admin.submit(page, button="End reader@internal")

    assert page.says(".said") == "dev is not reader@internal any more."
    found, _ = people.person(house.gear, OPERATOR, "dev")
    assert found.grants == (Grant.parse("approver"),)


def test_the_last_administrator_stays(house: House) -> None:
    admin = Visitor(house, "admin")

    page = admin.submit(admin.get("/settings/users/admin"), button="End admin")

    assert page.status == 409
    assert "is the last administrator" in page.says("[role=alert]")


def test_a_user_who_leaves_is_signed_out(house: House) -> None:
    dev, admin = Visitor(house, "dev"), Visitor(house, "admin")

    page = admin.submit(admin.get("/settings/users/dev"), button="End dev")

    assert page.says(".said") == "dev is no user any more."
    assert dev.get("/").says(".who") == "Sign in"
    assert admin.get("/settings/users/dev").status == 404


def test_a_new_first_password_signs_them_out_everywhere(house: House) -> None:
    admin, dev = Visitor(house, "admin"), Visitor(house, "dev")

    shown = admin.submit(admin.get("/settings/users/dev"), button="Give it")

    assert shown.headers["cache-control"] == "no-store"
    assert dev.get("/").says(".who") == "Sign in"


def test_users_are_found_and_paged(house: House) -> None:
    for number in range(101):
        access.add_user(house.gear, OPERATOR, f"person-{number:03}", ())
    admin = Visitor(house, "admin")

    first = admin.get("/settings/users?q=person")
    rest = admin.get(first.links(".pager a")["Next page"])

    assert len(first.all("tbody tr")) == 100
    assert rest.all("tbody th") == ["person-100"]
    assert "No user's name holds that." in admin.get("/settings/users?q=<script>").says()


def test_hostile_names_are_only_text(house: House) -> None:
    access.add_user(house.gear, OPERATOR, "a@b-_.c", ())
    admin = Visitor(house, "admin")
    csrf = admin.csrf(admin.get("/settings/tokens"))
    fields = {"user": "dev", "label": "<img src=x onerror=alert(1)>", "csrf": csrf}

    admin.post("/settings/tokens", fields)

    page = admin.get("/settings/users/dev")
    assert "<img src=x" not in page.text
    assert "<img src=x onerror=alert(1)>" in page.says("tbody th")
    assert admin.get("/settings/users").links()["a@b-_.c"] == "/settings/users/a%40b-_.c"


@pytest.mark.parametrize("path", ["/settings/users/%3Cscript%3E", "/settings/webhooks/x"])
def test_what_is_not_there_is_404(shared_house: House, path: str) -> None:
    page = Visitor(shared_house, "admin").get(path)

    assert page.status == 404
    assert "<script>alert" not in page.text


def test_the_server_page_tells_jobs_and_tries_them_again(house: House) -> None:
    with house.gear.db.writing() as conn:
        jobs.enqueue(conn, house.clock.now(), TELL, "1")
        conn.execute(update(job).values(state=JobState.PARKED, error="<b>No luck.</b>"))
    admin = Visitor(house, "admin")
    page = admin.get("/settings/server")
    assert "<b>No luck.</b>" in page.says()
    assert "<b>No luck" not in page.text

    page = admin.submit(page, button="Try again")

    assert page.says(".said") == "Job 1 is tried again."
    assert "1 job waiting" in page.says("details summary")


def test_the_server_page_shows_every_setting(shared_house: House) -> None:
    page = Visitor(shared_house, "admin").get("/settings/server")

    assert {"pythons", "job_workers", "session_s"} <= set(page.all("tbody th code"))
