"""What holds for every page: who may send a form, what a page may load, how it says no."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from affineur.web.ui.answers import POLICY
from affineur.web.ui.forms import LARGEST_BYTES
from support.browsing import Visitor
from support.house import House

TEMPLATES = sorted(
    path
    for path in (files("affineur.web.ui") / "templates").rglob("*.html")  # type: ignore[attr-defined]  # it is a folder on the disk
)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1.elsewhere.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_that_another_site_sends_is_refused(house: House, headers: dict[str, str]) -> None:
    visitor = Visitor(house, "dev")
    token = visitor.csrf(visitor.get("/"))

    seen = visitor.post("/logout", {"csrf": token}, headers=headers)

    assert (seen.status, seen.says(".lead")) == (403, "This form was sent by another site.")
    assert visitor.get("/").says(".who a") == "dev"


@pytest.mark.parametrize("token", ["", "x", "é" * 20])
def test_a_form_without_what_only_our_pages_know_is_refused(house: House, token: str) -> None:
    visitor = Visitor(house, "dev")

    seen = visitor.post("/logout", {"csrf": token})

    assert seen.status == 403
    assert visitor.get("/").says(".who a") == "dev"


def test_what_one_session_knows_does_not_do_for_another(house: House) -> None:
    dev, admin = Visitor(house, "dev"), Visitor(house, "admin")

    seen = admin.post("/logout", {"csrf": dev.csrf(dev.get("/"))})

    assert seen.status == 403


def test_signing_in_needs_a_form_of_ours_too(house: House) -> None:
    visitor = Visitor(house)

    seen = visitor.post("/login", {"name": "dev", "password": house.tokens["dev"]})

    assert (seen.status, visitor.get("/").says(".who")) == (403, "Sign in")


def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing_of_its_own(house: House) -> None:
    seen = Visitor(house, "admin").get("/")

    assert seen.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert not seen.html.css("script:not([src]), style, [style], [onclick], [onload]")
    loaded = [one.attributes["src"] for one in seen.html.css("[src]")]
    loaded += [one.attributes["href"] for one in seen.html.css("link")]
    assert [
        one for one in loaded if not re.fullmatch(r"/static/[0-9a-f]{16}/[a-z.]+", one or "")
    ] == []


def test_assets_are_kept_for_good_and_only_under_their_digest(house: House) -> None:
    visitor = Visitor(house)
    link = visitor.get("/").html.css_first("link[rel=stylesheet]")
    assert link is not None
    place = link.attributes["href"] or ""

    seen, other = visitor.get(place), visitor.get(re.sub(r"[0-9a-f]{16}", "0" * 16, place))

    assert (seen.status, other.status) == (200, 404)
    assert seen.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert seen.headers["content-type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize("path", ["/absent", "/requests/x/y/z", "/login/", "/%20"])
def test_what_is_not_there_is_a_page_for_people_and_a_problem_for_programs(
    house: House, path: str
) -> None:
    visitor = Visitor(house)

    page, problem = visitor.get(path), visitor.get(path, accept="*/*")

    assert (page.status, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert (problem.status, problem.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"a" * (LARGEST_BYTES + 1), "application/x-www-form-urlencoded", 413),
        (b"a=%ff", "application/x-www-form-urlencoded", 400),
        (b"a=%00", "application/x-www-form-urlencoded", 400),
        (b"&".join([b"a=1"] * 30_000), "application/x-www-form-urlencoded", 400),
        (b"{}", "application/json", 400),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x", 403),
        (b"anything", "multipart/form-data", 400),
    ],
)
def test_what_is_no_form_is_refused_before_anything_happens(
    house: House, body: bytes, kind: str, status: int
) -> None:
    answer = house.ask(
        "POST", "/login", headers={"content-type": kind, "accept": "text/html"}, content=body
    )

    assert answer.status_code == status


def test_templates_trust_no_string() -> None:
    texts = {path.name: path.read_text("utf-8") for path in TEMPLATES}

    assert len(texts) > 3
    trusting = re.compile(r"\|\s*safe\b|autoescape|Markup\(")
    assert [name for name, text in texts.items() if trusting.search(text)] == []
    inline = re.compile(r"\bstyle\s*=|\bon[a-z]+\s*=\s*[\"']|<style|<script(?! src=)|javascript:")
    assert [name for name, text in texts.items() if inline.search(text)] == []
