"""Asking for pages over real HTTP, from both kinds of index, well-behaved or not."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from affineur.core.errors import UpstreamTrouble
from affineur.core.files import Filename, IndexFile
from affineur.core.ports import Missing, NotModified, Site, UpstreamPage
from support.asking import ask, page_of
from support.dists import sdist, wheel
from support.upstream_server import Fault, Kind, upstream_server

WHEEL = wheel("spam", "1.0", requires_python=">=3.9")
SDIST = sdist("spam", "1.0")
MOMENT = datetime(2025, 5, 1, 12, tzinfo=UTC)
KINDS: list[Kind] = ["json", "html"]


def test_a_json_index_tells_everything() -> None:
    with upstream_server("json") as up:
        up.status = "archived"
        up.add(WHEEL, uploaded_at=MOMENT, yanked="broken")

        page = page_of(Site(up.url), "spam")

        expected = IndexFile(
            Filename.parse(WHEEL.filename),
            WHEEL.sha256,
            len(WHEEL.data),
            MOMENT,
            ">=3.9",
            "broken",
            WHEEL.metadata_sha256,
            up.location(WHEEL.filename),
            f"{up.location(WHEEL.filename)}.metadata",
        )
        assert (page.files, page.facts.status, page.skipped) == ((expected,), "archived", ())
        assert page.etag is not None


def test_an_html_index_tells_what_it_can() -> None:
    with upstream_server("html") as up:
        up.add(WHEEL, yanked="")

        page = page_of(Site(up.url), "spam")

        location = up.location(WHEEL.filename)
        assert page.files == (
            IndexFile(
                Filename.parse(WHEEL.filename),
                WHEEL.sha256,
                requires_python=">=3.9",
                yanked="",
                location=location,
            ),
        )
        assert page.etag is None


def test_json_is_asked_for_before_html() -> None:
    with upstream_server("json") as up:
        ask(Site(up.url), "spam")
        accept = up.requests[0].headers["accept"]

    assert accept == (
        "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
        "text/html;q=0.1"
    )


def test_upload_times_in_anchors_are_read_and_nothing_more_is_asked() -> None:
    with upstream_server("html", tells_times=True, has_api=True) as up:
        up.add(WHEEL, uploaded_at=MOMENT)

        page = page_of(Site(up.url), "spam")

        assert page.files[0].uploaded_at == MOMENT
        assert up.paths() == ("/simple/spam/",)


def test_upload_times_are_filled_in_from_the_project_api() -> None:
    with upstream_server("html", has_api=True) as up:
        up.add(WHEEL, uploaded_at=MOMENT)

        file = page_of(Site(up.url), "spam").files[0]

        assert (file.uploaded_at, file.size_bytes) == (MOMENT, len(WHEEL.data))
        assert up.paths() == ("/simple/spam/", "/pypi/spam/json")


@pytest.mark.parametrize(
    "fault", [Fault.STATUS, Fault.GARBAGE, Fault.LOGIN_PAGE, Fault.TRUNCATED, Fault.OVERSIZED]
)
def test_without_the_project_api_upload_times_stay_unknown(fault: Fault) -> None:
    with upstream_server("html", has_api=True) as up:
        up.add(WHEEL, uploaded_at=MOMENT)
        up.misbehave(fault, at="/pypi/")

        file = page_of(Site(up.url, max_page_bytes=1_000_000), "spam").files[0]

        assert (file.sha256, file.uploaded_at) == (WHEEL.sha256, None)


def test_a_page_that_is_as_it_was_is_not_sent_again() -> None:
    with upstream_server("json") as up:
        up.add(WHEEL)
        first = page_of(Site(up.url), "spam")

        assert ask(Site(up.url), "spam", first.etag) == NotModified()
        up.add(SDIST)
        assert isinstance(ask(Site(up.url), "spam", first.etag), UpstreamPage)


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_project_is_missing(kind: Kind) -> None:
    with upstream_server(kind) as up:
        assert ask(Site(up.url), "spam") == Missing()


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_of_ten_thousand_files_is_read(kind: Kind) -> None:
    with upstream_server(kind, tells_times=True) as up:
        up.flood("spam", 10_000)
        assert len(page_of(Site(up.url), "spam").files) == 10_000


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Fault.STATUS, "answered 500"),
        (Fault.GARBAGE, "is not utf-8|does not look like"),
        (Fault.LOGIN_PAGE, "does not look like the page of an index"),
        (Fault.TRUNCATED, "could not be read"),
        (Fault.OVERSIZED, "answered more than 1000000 bytes"),
        (Fault.OTHER_BYTES, "is not JSON|is empty"),
    ],
)
def test_an_answer_that_is_no_page_is_trouble(kind: Kind, fault: Fault, message: str) -> None:
    with upstream_server(kind) as up:
        up.add(WHEEL)
        up.misbehave(fault)
        with pytest.raises(UpstreamTrouble, match=message):
            ask(Site(up.url, max_page_bytes=1_000_000), "spam")


def test_an_index_that_is_down_is_trouble_and_the_sentence_names_it() -> None:
    with upstream_server() as up:
        up.go_down()
        with pytest.raises(UpstreamTrouble, match=re.escape(f"{up.url}spam/ could not be read")):
            ask(Site(up.url), "spam")


@pytest.mark.parametrize("fault", [Fault.WAIT, Fault.STALL, Fault.DRIP])
def test_an_index_that_keeps_us_waiting_is_trouble(fault: Fault) -> None:
    with upstream_server() as up:
        up.add(WHEEL)
        up.misbehave(fault, delay_s=0.05)
        with pytest.raises(UpstreamTrouble, match=r"could not be read|was not read within"):
            ask(Site(up.url, timeout_s=0.2), "spam")


def test_credentials_go_to_the_index_and_not_into_sentences() -> None:
    with upstream_server(credentials=("ada", "pa55")) as up:
        up.add(WHEEL)

        page = page_of(Site(up.url, username="ada", password="pa55"), "spam")
        with pytest.raises(UpstreamTrouble, match="answered 401") as trouble:
            ask(Site(up.url, username="ada", password="pa56"), "spam")

        assert len(page.files) == 1
        assert "pa56" not in trouble.value.message + trouble.value.hint


def test_a_redirect_within_the_index_is_followed_with_its_credentials() -> None:
    with upstream_server(credentials=("ada", "pa55")) as up:
        up.add(WHEEL)
        up.misbehave(Fault.REDIRECT, at="/old/", to="/simple/spam/")

        page = page_of(Site(f"{up.origin}/old/", (), "ada", "pa55"), "spam")

        assert len(page.files) == 1
        assert up.paths() == ("/old/spam/", "/simple/spam/")
        assert all("authorization" in seen.headers for seen in up.requests)


def test_a_redirect_elsewhere_is_refused_before_it_is_asked() -> None:
    with upstream_server() as up, upstream_server() as other:
        up.misbehave(Fault.REDIRECT, to=f"{other.url}spam/")
        with pytest.raises(UpstreamTrouble, match="not allowed"):
            ask(Site(up.url), "spam")
        assert other.requests == ()


def test_credentials_stay_behind_on_a_redirect_to_another_origin_and_back() -> None:
    with upstream_server() as up, upstream_server() as other:
        up.add(WHEEL)
        up.misbehave(Fault.REDIRECT, at="/simple/start/", to=f"{other.url}spam/")
        other.misbehave(Fault.REDIRECT, to=f"{up.url}back/")
        site = Site(up.url, (other.origin,), "ada", "pa55")

        ask(site, "start")

        assert "authorization" in up.requests[0].headers
        assert "authorization" not in other.requests[0].headers
        assert "authorization" not in up.requests[1].headers


def test_a_circle_of_redirects_is_given_up_after_five() -> None:
    with upstream_server() as up:
        up.misbehave(Fault.REDIRECT, to=f"{up.url}spam/")
        with pytest.raises(UpstreamTrouble, match="more than 5 redirects"):
            ask(Site(up.url), "spam")
        assert len(up.requests) == 6
