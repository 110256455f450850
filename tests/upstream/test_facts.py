"""What pages say of their project beside its files: read in both forms, cleaned, bounded."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import pytest

from affineur.core.names import ProjectName
from affineur.core.pages import ProjectFacts
from affineur.upstream.html_page import read_html_page
from affineur.upstream.json_page import read_json_page
from affineur.upstream.links import Listing

URL = "https://index.example/simple/spam/"
SPAM = ProjectName("spam")
DIGEST = "a" * 64


def _json(**changes: Any) -> Listing:  # Any: JSON
    page = {"meta": {"api-version": "1.0"}, "name": "spam", "files": []} | changes
    return read_json_page(json.dumps(page).encode(), SPAM, URL)


def _json_file(**changes: Any) -> Listing:  # Any: JSON
    file = {"filename": "spam-1.0.tar.gz", "url": "spam-1.0.tar.gz", "hashes": {"sha256": DIGEST}}
    return _json(files=[file | changes])


def _html(body: str, head: str = "<title>Links for spam</title>") -> Listing:
    text = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    return read_html_page(text.encode(), SPAM, URL, None)


def _told_in_both(
    status: dict[str, Any], tracks: list[str], alternates: list[str]
) -> tuple[ProjectFacts, ProjectFacts]:
    """What is read of a project in JSON and in HTML."""
    meta = {"api-version": "1.4", "tracks": tracks}
    as_json = _json(
        meta=meta, **{"project-status": status, "alternate-locations": alternates}
    ).facts
    named = [
        ("pypi:project-status", status.get("status", "")),
        ("pypi:project-status-reason", status.get("reason", "")),
        *(("pypi:tracks", url) for url in tracks),
        *(("pypi:alternate-locations", url) for url in alternates),
    ]
    metas = "".join(f'<meta name="{name}" content="{escape(text)}">' for name, text in named)
    return as_json, _html("", f"<title>Links for spam</title>{metas}").facts


def test_what_is_said_of_a_project_is_read_in_both_forms() -> None:
    as_json, html = _told_in_both(
        {"status": "Quarantined", "reason": "it is\nhaunted"},
        ["https://owner.example/simple/Spam/", "../../mirror/simple/spam"],
        ["https://other.example/wheels/spam/"],
    )

    assert as_json == html
    assert as_json == ProjectFacts(
        "quarantined",
        "it is haunted",
        ("https://owner.example/simple/Spam/", "https://index.example/mirror/simple/spam"),
        ("https://other.example/wheels/spam/",),
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://owner.example/simple/eggs/",
        "https://owner.example/",
        "https://user:secret@owner.example/simple/spam/",
        "https://owner.example/simple/spam/?token=secret",
        "ftp://owner.example/simple/spam/",
        "javascript:alert(1)//spam/",
        "https://owner.example/\u202e/simple/spam/",
        "https://owner.example/a b/spam/",
        "https://owner.example/" + "a" * 2000 + "/spam/",
        "https://[bad/spam/",
    ],
)
def test_a_project_tracks_only_plain_pages_of_its_namesake(url: str) -> None:
    as_json, html = _told_in_both({}, [url], [])

    assert (as_json.tracks, html.tracks) == ((), ())


def test_of_many_locations_the_first_are_read() -> None:
    many = [f"https://{number}.example/simple/spam/" for number in range(1000)]

    as_json, html = _told_in_both({}, many, many)

    assert as_json == html
    assert as_json.tracks == as_json.alternate_locations == tuple(many[:20])


@pytest.mark.parametrize(
    "status", ["<script>", "two words", "a" * 33, "0", "quarantined\n", "\u0430ctive"]
)
def test_a_status_of_another_form_is_none_and_so_is_its_reason(status: str) -> None:
    as_json, html = _told_in_both({"status": status, "reason": "why"}, [], [])

    assert as_json == html == ProjectFacts()


def test_long_reasons_are_cut_and_made_one_line() -> None:
    reason = "a\x07\n\u2028b " + "c" * 100_000
    expected = "a b " + "c" * 996

    as_json, html = _told_in_both({"status": "archived", "reason": reason}, [], [])

    assert (as_json.status_reason, html.status_reason) == (expected, expected)
    assert _json_file(yanked=reason).files[0].yanked == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"alternate-locations": "https://a.example/simple/spam/"},
        {"alternate-locations": [None, 1, {}, ["https://a.example/simple/spam/"]]},
        {"meta": {"api-version": "1.2", "tracks": {"https://a.example/simple/spam/": 1}}},
        {"project-status": ["quarantined"]},
        {"project-status": {"status": 1, "reason": 2}},
        {"project-status": {"status": None, "reason": "why"}},
    ],
)
def test_facts_of_another_shape_are_none(changes: dict[str, Any]) -> None:  # Any: JSON
    assert _json(**changes).facts == ProjectFacts()


def test_a_provenance_is_found_in_both_forms() -> None:
    as_json = _json_file(provenance="../../p/1").files[0]
    html = _html('<a href="spam-1.0.tar.gz" data-provenance="../../p/1">spam</a>').files[0]

    assert as_json.provenance_location == html.provenance_location
    assert as_json.provenance_location == "https://index.example/p/1"
