"""Pages are read for what they say of one project; what is strange is left out or refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from affineur.core.names import ProjectName
from affineur.upstream.html_page import read_html_page
from affineur.upstream.json_page import read_json_page
from affineur.upstream.links import Listing, UnusablePage
from affineur.upstream.project_api import api_location, fill_in

URL = "https://index.example/simple/spam/"
SPAM = ProjectName("spam")
DIGEST = "a" * 64
OTHER = "b" * 64


def _json(**changes: Any) -> Listing:  # Any: JSON
    page = {"meta": {"api-version": "1.0"}, "name": "spam", "files": []} | changes
    return read_json_page(json.dumps(page).encode(), SPAM, URL)


def _json_file(**changes: Any) -> Listing:  # Any: JSON
    file = {"filename": "spam-1.0.tar.gz", "url": "spam-1.0.tar.gz", "hashes": {"sha256": DIGEST}}
    return _json(files=[file | changes])


def _html(body: str, head: str = "<title>Links for spam</title>") -> Listing:
    text = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    return read_html_page(text.encode(), SPAM, URL, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"meta": {"api-version": "2.0"}},
        {"meta": {"api-version": 1}},
        {"meta": {}},
        {"meta": None},
        {"name": "eggs"},
        {"name": None},
        {"files": None},
        {"files": {"filename": "spam-1.0.tar.gz"}},
        {"files": ["spam-1.0.tar.gz"]},
        {"files": [{"filename": "spam-1.0.tar.gz"}]},
        {"files": [{"filename": 1, "url": 2}]},
        {"files": [{"filename": "spam-1.0.tar.gz", "url": "//[bad"}]},
    ],
)
def test_json_of_another_shape_is_no_page(changes: dict[str, Any]) -> None:  # Any: JSON
    with pytest.raises(UnusablePage):
        _json(**changes)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000, b'{"a":NaN}'])
def test_what_is_no_json_object_is_no_page(body: bytes) -> None:
    with pytest.raises(UnusablePage):
        read_json_page(body, SPAM, URL)


def test_the_project_may_be_spelled_otherwise() -> None:
    assert _json(name="SPAM") == Listing(())


@pytest.mark.parametrize(
    "filename",
    [
        "eggs-1.0.tar.gz",
        "eggs-1.0-py3-none-any.whl",
        "spam-1.0.exe",
        "spam-1.0.egg",
        "spam-one.tar.gz",
        "spam-1.0-py3-none.whl",
        "../spam-1.0.tar.gz",
        "spam-1.0.tar.gz\n",
        "spam-1.0.tar.gz.asc",
        "sp\u0430m-1.0.tar.gz",
        "",
    ],
)
def test_a_file_that_we_could_not_hold_is_left_out_and_named(filename: str) -> None:
    listed = _json_file(filename=filename)
    assert (listed.files, len(listed.skipped)) == ((), 1)


def test_a_file_that_is_listed_with_two_digests_is_left_out_and_named() -> None:
    file = {"filename": "spam-1.0.tar.gz", "url": "x"}
    listed = _json(
        files=[file | {"hashes": {"sha256": DIGEST}}, file | {"hashes": {"sha256": OTHER}}]
    )
    assert listed.files == ()
    assert listed.skipped == ("spam-1.0.tar.gz (listed with two digests)",)


@pytest.mark.parametrize(
    ("key", "value", "field"),
    [
        ("hashes", {"sha256": "short"}, "sha256"),
        ("hashes", {"md5": DIGEST}, "sha256"),
        ("hashes", None, "sha256"),
        ("size", "12", "size_bytes"),
        ("size", True, "size_bytes"),
        ("size", -1, "size_bytes"),
        ("size", 0, "size_bytes"),
        ("size", 2**70, "size_bytes"),
        ("upload-time", "yesterday", "uploaded_at"),
        ("upload-time", 12, "uploaded_at"),
        ("upload-time", "0001-01-01T00:00:00+14:00", "uploaded_at"),
        ("upload-time", "9999-12-31T23:59:59Z", "uploaded_at"),
        ("upload-time", "2026-01-01" + " " * 100, "uploaded_at"),
        ("requires-python", ">=three", "requires_python"),
        ("requires-python", [], "requires_python"),
        ("requires-python", ">=3," * 1000 + ">=3", "requires_python"),
        ("provenance", "ftp://index.example/p", "provenance_location"),
        ("provenance", "javascript:alert(1)", "provenance_location"),
        ("provenance", "https://a.example/" + "p" * 2000, "provenance_location"),
        ("provenance", {"version": 1}, "provenance_location"),
        ("provenance", None, "provenance_location"),
        ("yanked", False, "yanked"),
        ("yanked", None, "yanked"),
        ("core-metadata", False, "metadata_location"),
    ],
)
def test_a_value_that_cannot_be_read_is_left_out(key: str, value: object, field: str) -> None:
    assert getattr(_json_file(**{key: value}).files[0], field) is None


def test_yanks_and_metadata_are_read_in_all_their_forms() -> None:
    assert _json_file(yanked=True).files[0].yanked == ""
    assert _json_file(yanked="why").files[0].yanked == "why"
    for key in ("core-metadata", "dist-info-metadata", "data-dist-info-metadata"):
        file = _json_file(**{key: {"sha256": OTHER}}).files[0]
        assert file.metadata_sha256 == OTHER
        assert file.metadata_location == f"{URL}spam-1.0.tar.gz.metadata"
    file = _json_file(**{"core-metadata": True}).files[0]
    assert (file.metadata_sha256, file.metadata_location is None) == (None, False)


@pytest.mark.parametrize(
    ("told", "status"),
    [({"status": "Quarantined"}, "quarantined"), ("archived", "archived"), ({}, None), (1, None)],
)
def test_the_project_status_is_read(told: object, status: str | None) -> None:
    assert _json(**{"project-status": told}).facts.status == status
    assert _json(meta={"api-version": "1.4", "project-status": told}).facts.status == status


def test_html_attributes_are_unescaped_and_links_resolved() -> None:
    listed = _html(
        f'<a href="../../f/spam-1.0%2Blocal.tar.gz?x=1&amp;y=2#md5=1&amp;sha256={DIGEST}" '
        'data-requires-python="&gt;=3.9,&lt;4" data-yanked '
        f'data-core-metadata="sha256={OTHER}">spam</a>'
    )
    file = listed.files[0]
    assert file.filename.text == "spam-1.0+local.tar.gz"
    assert file.location == "https://index.example/f/spam-1.0%2Blocal.tar.gz?x=1&y=2"
    assert (file.requires_python, file.yanked) == (">=3.9,<4", "")
    assert (file.sha256, file.metadata_sha256) == (DIGEST, OTHER)


def test_an_html_base_moves_the_links() -> None:
    listed = _html('<a href="spam-1.0.tar.gz">x</a>', head='<base href="https://cdn.example/f/">')
    assert listed.files[0].location == "https://cdn.example/f/spam-1.0.tar.gz"


@pytest.mark.parametrize(
    ("body", "head"),
    [
        ("", "<title>Links for spam</title>"),
        ("<h1>Links for Spam</h1>", ""),
        ('<a href="../">../</a>', "<title>Index of /simple/spam/</title>"),
        ("", "<title>root/dev: links for spam</title>"),
        ("", '<meta name="pypi:repository-version" content="1.0">'),
        ("", ""),
    ],
)
def test_an_honest_page_without_files_is_a_page(body: str, head: str) -> None:
    assert _html(body, head) == Listing(())


@pytest.mark.parametrize(
    ("body", "head"),
    [
        ("<p>Please sign in</p>", "<title>Sign in</title>"),
        ('<a href="/terms">Terms</a>', "<title>Welcome</title>"),
        ("<form><input></form>", "<title>Links for spam</title>"),
        ("<script>location='/login'</script>", ""),
        ("", "<title>Service unavailable</title>"),
        ("Not found", ""),
        ('<a href="/setup.exe">Install our agent</a>', "<title>Blocked</title>"),
        ('<a href="spam-1.0.tar.gz">x</a>', "<title>Links for eggs</title>"),
        (
            '<a href="spam-1.0.tar.gz">x</a>',
            '<meta name="pypi:repository-version" content="2.0">',
        ),
    ],
)
def test_html_that_is_no_page_of_this_project_is_refused(body: str, head: str) -> None:
    with pytest.raises(UnusablePage):
        _html(body, head)


@pytest.mark.parametrize("body", [b"", b"   ", b"nothing", b"<p>\xff</p>"])
def test_what_is_no_html_is_refused(body: bytes) -> None:
    with pytest.raises(UnusablePage):
        read_html_page(body, SPAM, URL, None)


def test_html_in_a_strange_encoding_is_refused() -> None:
    with pytest.raises(UnusablePage, match="utf-7"):
        read_html_page(b"<html></html>", SPAM, URL, "utf-7")


def test_the_project_api_counts_for_the_same_filename_with_the_same_digest() -> None:
    listed = _json_file()
    told = {
        "filename": "spam-1.0.tar.gz",
        "digests": {"sha256": DIGEST},
        "size": 12,
        "upload_time_iso_8601": "2025-05-01T12:00:00Z",
        "yanked": True,
        "yanked_reason": "broken",
    }
    other = told | {"digests": {"sha256": OTHER}}

    same = fill_in(listed, json.dumps({"releases": {"1.0": [told]}}).encode())
    unlike = fill_in(listed, json.dumps({"releases": {"1.0": [other]}}).encode())

    assert (same.files[0].size_bytes, same.files[0].yanked) == (12, "broken")
    assert same.files[0].uploaded_at is not None
    assert unlike == listed


@pytest.mark.parametrize("body", [b"{}", b'{"releases": 1}', b'{"releases": {"1": [1, {}]}}'])
def test_a_project_api_that_says_nothing_changes_nothing(body: bytes) -> None:
    assert fill_in(_json_file(), body) == _json_file()


def test_the_project_api_stands_beside_the_simple_index() -> None:
    there = api_location("https://index.example/team/simple/", SPAM)
    assert there == "https://index.example/team/pypi/spam/json"
    assert api_location("https://index.example/team/", SPAM) is None
