"""Pages about feeds: packages, connectors, filters, permissions, policy and rules."""

from __future__ import annotations

import pytest

from affineur.core.names import FeedName
from affineur.core.permissions import OPERATOR
from affineur.services import connectors, feeds, policies
from affineur.services.feeds import FeedChange
from support.browsing import Visitor
from support.dists import wheel
from support.house import House

INTERNAL, APPROVED, UNAPPROVED = (
    FeedName("internal"),
    FeedName("approved"),
    FeedName("unapproved"),
)


def publish(house: House, *names: str) -> None:
    answers = [house.publish(wheel(name, "1.0")) for name in names]
    assert [one.status_code for one in answers] == [200 for _name in names]


# --- feeds and packages ------------------------------------------------------------------


def test_everybody_sees_the_feeds_that_they_may_read_with_their_urls(house: House) -> None:
    page = Visitor(house, "dev").get("/feeds")

    assert page.all("main h2 a") == ["internal"]
    assert page.all("main pre") == ["http://127.0.0.1:8080/pypi/internal/simple/"]
    assert "gives what was reviewed as well" in page.says("article")
    assert "Make a feed" not in page.says()


def test_an_administrator_sees_how_packages_flow(house: House) -> None:
    page = Visitor(house, "admin").get("/feeds")

    assert page.all(".flow li")[:2] == ["elsewhere", "unapproved ← external index, by upstream"]
    assert "approved ← unapproved, after review" in page.all(".flow li")
    assert "Make a feed" in page.links()


def test_a_feed_lists_its_packages(house: House) -> None:
    publish(house, "acme-tools", "acme-web")

    page = Visitor(house, "dev").get("/feeds/internal")

    assert page.all("#packages tbody th") == ["acme-tools", "acme-web"]
    assert page.links("#packages a")["acme-tools"] == "/feeds/internal/packages/acme-tools"


def test_typing_a_part_of_a_name_gives_the_list_alone(house: House) -> None:
    publish(house, "acme-tools", "acme-web", "other")
    visitor = Visitor(house, "dev")

    part = visitor.part("/feeds/internal?search=Acme_W")

    assert part.all("tbody th") == ["acme-web"]
    assert "<html" not in part.text
    assert visitor.get("/feeds/internal?search=Acme_W").all("tbody th") == ["acme-web"]


def test_what_is_not_there_can_be_asked_for_and_looked_up(house: House) -> None:
    house.upstream.add(wheel("flask", "3.0"))
    visitor = Visitor(house, "dev")

    page = visitor.get("/feeds/internal?search=Flask")
    found = visitor.submit(page, button="Look flask up")

    assert page.links()["Ask for flask"] == "/ask?requirement=flask&feed=internal"
    assert found.status == 200
    assert found.all("dl.facts dd")[:2] == ["none", "3.0"]
    assert "not approved in 'approved'" in found.says()


def test_a_name_that_nobody_knows_is_told_with_what_to_do(house: House) -> None:
    visitor = Visitor(house, "dev")
    page = visitor.get("/feeds/internal?search=no-such-thing")

    found = visitor.submit(page, button="Look no-such-thing up")

    assert found.status == 404
    assert "Nobody knows a project 'no-such-thing'" in found.says()


def test_a_list_is_paged_by_key(house: House) -> None:
    names = [f"acme-{number:03}" for number in range(53)]
    publish(house, *names)
    visitor = Visitor(house, "dev")

    first = visitor.get("/feeds/internal")
    second = visitor.get(first.links()["Next page"])

    assert first.all("tbody th") + second.all("tbody th") == names
    assert "Next page" not in second.links()


@pytest.mark.parametrize(
    "query", ["search=%3Cscript%3Ealert(1)%3C/script%3E", "sort=none&source=x&mark=y&since=z"]
)
def test_what_makes_no_sense_finds_nothing_or_is_left_out(house: House, query: str) -> None:
    page = Visitor(house, "dev").get(f"/feeds/internal?{query}")

    assert page.status == 200
    assert "<script>alert" not in page.text


def test_a_place_in_a_list_that_nobody_gave_is_refused(house: House) -> None:
    page = Visitor(house, "dev").get("/feeds/internal?after=nonsense")

    assert page.status == 400
    assert "not where a page of a list ends" in page.says()


@pytest.mark.parametrize("part", ["", "/connectors", "/filters", "/policy", "/permissions"])
def test_a_feed_that_may_not_be_seen_looks_like_none(house: House, part: str) -> None:
    hidden = Visitor(house, "dev").get(f"/feeds/approved{part}")
    absent = Visitor(house, "dev").get(f"/feeds/nowhere{part}")

    assert (hidden.status, absent.status) == (404, 404)
    assert hidden.says().replace("approved", "nowhere") == absent.says()


def test_what_one_may_not_do_is_not_offered(house: House) -> None:
    page = Visitor(house, "dev").get("/feeds/internal")

    assert page.all(".tabs a") == ["Packages", "Policy", "Permissions"]
    assert Visitor(house, "dev").get("/feeds/internal/connectors").status == 403


# --- connectors --------------------------------------------------------------------------


def test_a_connector_is_added_asked_earlier_and_ended(house: House) -> None:
    admin = Visitor(house, "admin")
    page = admin.get("/feeds/internal/connectors")

    added = admin.submit(page, {"name": "more", "target": "elsewhere"}, button="Add the connector")
    moved = admin.submit(added, button="Ask it earlier")
    ended = admin.submit(moved, action="/feeds/internal/connectors/more/end")

    assert added.all("article h2") == ["1. approved", "2. more"]
    assert moved.all("article h2") == ["1. more", "2. approved"]
    assert ended.all("article h2") == ["1. approved"]
    assert ended.says(".said") == "The connector more is ended."


def test_what_was_typed_of_a_connector_is_not_lost(house: House) -> None:
    admin = Visitor(house, "admin")
    page = admin.get("/feeds/internal/connectors")

    again = admin.submit(page, {"name": "No Name", "target": "elsewhere"}, button="Add")

    assert again.status == 400
    assert "is not a connector's name" in again.says(".trouble")
    assert 'value="No Name"' in again.text


def test_an_external_index_is_asked_on_purpose(house: House) -> None:
    house.upstream.add(wheel("pip", "25.0"))
    admin = Visitor(house, "admin")

    told = admin.submit(admin.get("/feeds/unapproved/connectors"), button="Ask now")

    assert told.says(".said").startswith("upstream answered about pip in ")


def test_the_password_of_a_connector_is_never_shown(house: House) -> None:
    admin = Visitor(house, "admin")
    secret = "s3cret-of-the-index"
    admin.submit(
        admin.get("/feeds/internal/connectors"),
        {"name": "private", "url": "https://a.example/", "username": "u", "password": secret},
        button="Add the connector",
    )

    page = admin.get("/feeds/internal/connectors")

    assert "u, with a password" in page.says()
    assert secret not in page.text


# --- filters -----------------------------------------------------------------------------

DENY = {"connector": "approved", "action": "deny", "names": "torch*", "reason": "use ours"}


def test_a_filter_is_tried_then_added_then_ended(house: House) -> None:
    admin = Visitor(house, "admin")
    page = admin.get("/feeds/internal/filters")

    tried = admin.submit(page, DENY, button="Try it")
    assert "Nothing of 0 files would be withheld." in tried.says()
    assert connectors.filters(house.gear, OPERATOR, INTERNAL, "approved") == ()

    added = admin.submit(tried, button="Add this filter")
    (standing,) = connectors.filters(house.gear, OPERATOR, INTERNAL, "approved")
    assert [one.text for one in standing.filter.names] == ["torch*"]

    ended = admin.submit(added, action=f"/feeds/internal/filters/approved/{standing.id}/end")
    assert ended.says(".said") == f"Filter {standing.id} of approved is ended."


def test_a_filter_that_cannot_be_is_shown_again_as_it_was_typed(house: House) -> None:
    admin = Visitor(house, "admin")
    page = admin.get("/feeds/internal/filters")

    again = admin.submit(page, DENY | {"versions": "not a version"}, button="Try it")

    assert again.status == 400
    assert "are not version specifiers" in again.says(".trouble")
    assert 'value="not a version"' in again.text


# --- permissions -------------------------------------------------------------------------


def test_everybody_sees_what_they_can_do_and_why(house: House) -> None:
    page = Visitor(house, "dev").get("/feeds/internal/permissions")

    assert page.all("tbody th")[0] == "read its pages and files"
    assert page.all("tbody tr:first-child td") == [
        "Yes",
        "Given by reader@internal.",
        "feed:read",
    ]
    assert "No grant gives it; publisher, manager or admin would." in page.all("tbody td")
    assert "Who has a role here" not in page.says()


def test_who_manages_a_feed_asks_about_others(house: House) -> None:
    page = Visitor(house, "admin").get("/feeds/internal/permissions?user=builder")

    assert "What builder can do here" in page.all("h2")
    assert "dev" in page.links("tbody a")


def test_a_user_who_does_not_exist_is_told(house: House) -> None:
    page = Visitor(house, "admin").get("/feeds/internal/permissions?user=nobody-here")

    assert page.status == 404
    assert "There is no user 'nobody-here'." in page.says(".trouble")


# --- policy ------------------------------------------------------------------------------


def test_a_policy_is_saved_only_after_it_was_tried(house: House) -> None:
    admin = Visitor(house, "admin")
    page = admin.get("/feeds/approved/policy")

    tried = admin.submit(page, {"toml": 'preset = "strict"\n'}, button="Check and try it")
    assert policies.history(house.gear, OPERATOR, APPROVED) == ()

    saved = admin.submit(tried, button="Save this policy")
    assert saved.says(".said") == "Version 1 of the policy holds now."
    assert policies.show(house.gear, OPERATOR, APPROVED).toml == 'preset = "strict"\n'


def test_a_policy_that_was_not_tried_as_it_is_is_tried_first(house: House) -> None:
    admin = Visitor(house, "admin")
    page = admin.get("/feeds/approved/policy")

    fields = {"csrf": admin.csrf(page), "do": "save", "toml": 'preset = "strict"', "tried": "else"}
    admin.post("/feeds/approved/policy", fields)

    assert policies.history(house.gear, OPERATOR, APPROVED) == ()


def test_an_error_in_a_policy_stands_at_its_line_with_what_was_typed(house: House) -> None:
    admin = Visitor(house, "admin")
    typed = 'preset = "strict"\n\notherwise = "perhaps"\n'

    page = admin.submit(admin.get("/feeds/approved/policy"), {"toml": typed}, button="Check")

    assert page.status == 422
    assert page.says("#flaws").startswith("Line 3: The policy's otherwise = 'perhaps'")
    assert page.all(".lines .is-flaw") == ['3otherwise = "perhaps"']
    assert page.says("textarea[name=toml]") == " ".join(typed.split())


def test_versions_of_a_policy_are_compared(house: House) -> None:
    policies.set_policy(house.gear, OPERATOR, APPROVED, 'preset = "strict"\n')
    policies.set_policy(house.gear, OPERATOR, APPROVED, 'preset = "balanced"\n')

    page = Visitor(house, "admin").get("/feeds/approved/policy/versions/1")

    assert page.all(".lines .is-added") == ['+ preset = "balanced"']
    assert page.all(".lines .is-removed") == ['- preset = "strict"']


def test_who_may_not_set_a_policy_reads_it(house: House) -> None:
    page = Visitor(house, "approver").get("/feeds/approved/policy")

    assert page.status == 200
    assert not page.offers(button="Check and try it")


# --- rules -------------------------------------------------------------------------------


def test_names_are_reserved_and_given_back(house: House) -> None:
    admin = Visitor(house, "admin")
    page = admin.get("/feeds/internal/rules")

    reserved = admin.submit(page, {"pattern": "Acme_*"}, button="Reserve it")
    assert [one.text for one in feeds.show(house.gear, OPERATOR, INTERNAL).reserved] == ["acme-*"]

    ended = admin.submit(reserved, action="/feeds/internal/rules/unreserve")
    assert ended.says(".said") == "acme-* is not reserved any more."


def test_rules_of_reading_and_approving_are_set(house: House) -> None:
    admin = Visitor(house, "admin")
    page = admin.get("/feeds/approved/rules")

    admin.submit(page, {"reads_anonymous": "yes", "two_people": "yes"}, button="Set them so")

    feed = feeds.show(house.gear, OPERATOR, APPROVED)
    assert (feed.reads_anonymous, feed.requester_may_approve) == (True, False)


def test_what_a_page_does_not_show_of_a_feed_is_not_changed(house: House) -> None:
    feeds.update(house.gear, OPERATOR, INTERNAL, FeedChange(requester_may_approve=False))
    admin = Visitor(house, "admin")

    admin.submit(admin.get("/feeds/internal/rules"), {"reads_anonymous": "yes"}, button="Set them")

    assert not feeds.show(house.gear, OPERATOR, INTERNAL).requester_may_approve
