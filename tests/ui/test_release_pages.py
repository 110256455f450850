"""The pages of a project and of a release: what decides first, and nothing that acts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from affineur.core.names import parse_project
from affineur.services import blocks
from affineur.services.blocks import BlockOrder
from support.approving import APPROVER
from support.desks import Desk, open_desk
from support.dists import wheel
from support.payloads import PAYLOADS

README = (
    "# Spam\n\nLovely *spam*, see [it](https://spam.example/) ![logo](https://x.example/l.png)\n"
)
SPAM = wheel(
    "spam",
    "1.0",
    requires=["eggs>=2"],
    metadata_extra="Author: Ada\nProject-URL: Source, https://spam.example/\n"
    f"Project-URL: Bad, javascript:alert(1)\nDescription-Content-Type: text/markdown\n\n{README}",
)
NEWER = wheel("spam", "1.1", files={"spam.py": b"import os\nos.system('id')\n"})
RELEASE = "/feeds/internal/packages/spam/1.0"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


def test_a_release_shows_its_verdict_its_files_and_its_readme(desk: Desk) -> None:
    desk.office.upstream.add(SPAM)
    desk.office.approved(SPAM)

    page = desk.visitor("approver").get(RELEASE)

    assert (page.status, page.title) == (200, "spam 1.0")
    assert page.all("main h2")[:4] == [
        "Verdict",
        "Could not be assessed",
        "Findings",
        "Vulnerabilities",
    ]
    assert page.says(".badges").startswith("Served Needs a look")
    assert page.says(".readme").startswith("Spam Lovely spam, see it [logo]")
    assert page.links()["Source"] == "https://spam.example/"
    assert page.links()[SPAM.filename] == f"{RELEASE}/files/{SPAM.sha256}"
    assert page.links()["eggs>=2"] == "/feeds/internal/packages/eggs"
    assert "approved Listed" in page.says("[aria-labelledby=stands-title]")


def test_a_link_that_is_none_is_told_and_leads_nowhere(desk: Desk) -> None:
    desk.office.upstream.add(SPAM)
    desk.office.approved(SPAM)
    page = desk.visitor("dev").get(RELEASE)
    assert "Bad: javascript:alert(1)" in page.says("[aria-labelledby=facts-title]")
    assert not [to for to in page.links().values() if to.startswith("javascript")]


def test_what_could_not_be_assessed_never_looks_clean(desk: Desk) -> None:
    desk.office.upstream.add(SPAM)
    desk.office.approved(SPAM)
    page = desk.visitor("dev").get(RELEASE)
    assert "Vulnerabilities: no advisory data" in page.says("[aria-labelledby=blind-title]")
    assert "Vulnerabilities" not in page.says(".clean")
    assert page.says("[aria-labelledby=advisories-title]").startswith(
        "Vulnerabilities Could not look"
    )


def test_what_is_not_approved_says_so_and_is_asked_for_by_a_link(desk: Desk) -> None:
    desk.office.upstream.add(SPAM)
    page = desk.visitor("dev").get(RELEASE)
    assert page.says(".badges") == "Not approved Not vetted"
    assert "not approved in 'approved'" in page.says(".notice")
    assert page.links()["Ask for it"].startswith("/ask?feed=internal")
    assert "Install" not in page.all("h2")
    assert SPAM.filename not in page.links()
    assert SPAM.filename in desk.visitor("approver").get(RELEASE).links()


def test_an_update_shows_what_is_new_first_and_leads_to_the_change(desk: Desk) -> None:
    desk.office.upstream.add(SPAM, NEWER)
    desk.office.approved(SPAM)
    desk.office.vetted(NEWER)
    page = desk.visitor("approver").get("/feeds/internal/packages/spam/1.1")
    assert page.all("main h2")[:2] == ["Verdict", "New against 1.0"]
    assert page.links()["What changed since 1.0"] == (
        "/feeds/internal/packages/spam/1.1/change?from=1.0"
    )
    place = page.links()["spam.py:2"]
    assert place == (
        f"/feeds/internal/packages/spam/1.1/files/{NEWER.sha256}?path=spam.py&line=2#L2"
    )


def test_blocking_is_offered_to_who_may_alone(desk: Desk) -> None:
    desk.office.upstream.add(SPAM)
    desk.office.approved(SPAM)
    assert "Block" not in desk.visitor("approver").get(RELEASE).links()
    assert desk.visitor("admin").get(RELEASE).links()["Block"] == (
        "/security/block?project=spam&version=1.0"
    )


def test_a_block_is_said_before_everything_else(desk: Desk) -> None:
    desk.office.upstream.add(SPAM)
    desk.office.approved(SPAM)
    blocks.block(desk.office.gear, APPROVER, BlockOrder(parse_project("spam"), None, "it steals"))
    page = desk.visitor("dev").get(RELEASE)
    assert page.says(".trouble").startswith("Blocked, in every version: it steals")
    assert page.says(".badges").startswith("Blocked")
    assert "Install" not in page.all("h2")


def test_absent_and_hidden_look_alike(desk: Desk) -> None:
    desk.office.upstream.add(SPAM)
    dev = desk.visitor("dev")
    hidden = dev.get("/feeds/unapproved/packages/spam/1.0")
    absent = dev.get("/feeds/nowhere/packages/spam/1.0")
    assert (hidden.status, absent.status) == (404, 404)
    assert hidden.says().replace("unapproved", "X") == absent.says().replace("nowhere", "X")
    assert dev.get("/feeds/internal/packages/spam/9").status == 404
    assert dev.get("/feeds/internal/packages/!!/1").status == 400


def test_a_project_lists_its_versions_and_whose_name_it_is(desk: Desk) -> None:
    desk.office.upstream.add(SPAM, NEWER)
    desk.office.approved(SPAM)
    page = desk.visitor("dev").get("/feeds/internal/packages/Spam")
    assert page.title == "spam"
    assert page.all("tbody th") == ["1.1", "1.0"]
    assert page.says("[aria-labelledby=owner-title]").startswith("The name Nobody here owns it.")
    desk.office.publish(wheel("ours", "1.0"))
    ours = desk.visitor("dev").get("/feeds/internal/packages/ours")
    assert ours.says(".badges") == "Owned by internal"


def hostile(payload: str) -> str:
    """Make of a payload what may stand in one header of metadata."""
    return re.sub(r"[\r\n\x00]+", " ", payload)


@pytest.mark.parametrize("start", range(0, len(PAYLOADS), 40))
def test_nothing_in_any_field_becomes_markup(desk: Desk, start: int) -> None:
    some = [hostile(one) for one in PAYLOADS[start : start + 40]]
    urls = "".join(f"Project-URL: {one.replace(',', '')}, {one}\n" for one in some)
    fields = "".join(
        f"{name}: {one}\n"
        for one in some
        for name in ("Classifier", "Provides-Extra", "Requires-Dist", "Dynamic")
    )
    single = "".join(
        f"{name}: {some[at % len(some)]}\n"
        for at, name in enumerate(("Author", "Maintainer", "License", "Keywords", "Home-page"))
    )
    readme = "\n\n".join(PAYLOADS[start : start + 40])
    extra = f"{urls}{fields}{single}Description-Content-Type: text/markdown\n\n{readme}\n"
    spam = wheel("spam", "1.0", metadata_extra=extra.encode("ascii", "ignore").decode())
    desk.office.upstream.add(spam)
    desk.office.vetted(spam)

    page = desk.visitor("approver").get("/feeds/unapproved/packages/spam/1.0")

    assert page.status == 200
    bad = page.html.css("main script, main svg, main iframe, main img, main style, main object")
    assert [one.html for one in bad] == []
    attributes = {name for one in page.html.css("main *") for name in one.attributes}
    assert {one for one in attributes if one.startswith(("on", "style", "hx-", "src"))} == set()
    links = {one.attributes.get("href") or "" for one in page.html.css("main a")}
    assert {one for one in links if not re.match(r"(/|#|\?|https?://|mailto:)", one)} == set()
