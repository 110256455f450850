"""Properties: both forms of any page tell the same, and reading it again gives what was told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from affineur.core.files import Filename, IndexFile
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.pages import (
    Entry,
    Origin,
    Page,
    ProjectFacts,
    ProjectStatus,
    Rule,
    Show,
    Withholding,
)
from affineur.upstream.html_page import read_html_page
from affineur.upstream.json_page import read_json_page
from affineur.upstream.links import Listing
from affineur.web.index import simple_html, simple_json
from affineur.web.index.links import ProjectLinks, links_of, one_line

DEMO = ProjectName("demo")
SERVER = "https://affineur.example"
URL = f"{SERVER}/pypi/internal/simple/demo/"
FILES = f"{SERVER}/pypi/internal/files"
FILENAMES = [
    "demo-0.9.tar.gz",
    "demo-1.0-py3-none-any.whl",
    "demo-1.0+local.1-1-cp313-cp313-manylinux_2_17_x86_64.whl",
    "demo-2!3.0rc1-py3-none-any.whl",
]
HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            '"><script>alert(1)</script><a href="',
            "'--><!DOCTYPE html>",
            "&quot; &amp;amp; &#62;",
            "</title></head>\x00\r\n\u2028",
        ]
    ),
)
DIGESTS = st.sampled_from([Sha256(c * 64) for c in "abcdef0123"])
SEEN = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)
MOMENTS = st.integers(0, 4 * 10**15).map(
    lambda microseconds: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)
LOCATIONS = st.lists(
    st.sampled_from([f"https://{host}.example/simple/demo/" for host in "abc"]),
    unique=True,
    max_size=3,
).map(tuple)


def files(filename: str) -> st.SearchStrategy[IndexFile]:
    """Whatever may be known of a file."""
    return st.builds(
        IndexFile,
        st.just(Filename.parse(filename)),
        DIGESTS,
        st.one_of(st.none(), st.integers(1, 2**40)),
        st.one_of(st.none(), MOMENTS),
        st.sampled_from([None, ">=3.9,<4", "!=3.11.*,>3.8", "==3.12"]),
        st.one_of(st.none(), HOSTILE),
        st.one_of(st.none(), DIGESTS),
        st.none(),
        st.none(),
        st.one_of(st.none(), st.just(SEEN)),
        st.sampled_from([None, "https://origin.example/provenance"]),
        st.one_of(st.none(), DIGESTS),
    )


WITHHELD = st.one_of(
    st.none(),
    st.builds(Withholding, st.sampled_from(Rule), HOSTILE, st.sampled_from(Show)),
)
ENTRIES = st.tuples(
    *(
        st.builds(Entry, files(name), st.just(Origin(FeedName("internal"))), WITHHELD)
        for name in FILENAMES
    )
)
FACTS = st.builds(
    ProjectFacts,
    st.one_of(st.none(), st.sampled_from([one.value for one in ProjectStatus])),
    st.one_of(st.none(), HOSTILE),
    LOCATIONS,
    LOCATIONS,
)
PAGES = st.builds(Page, st.just(DEMO), ENTRIES, st.none(), FACTS)


def read(links: ProjectLinks) -> tuple[Listing, Listing]:
    """Read both forms as another affineur would."""
    html = read_html_page(simple_html.project(links), DEMO, URL, "utf-8")
    as_json = read_json_page(simple_json.project(links), DEMO, URL)
    return html, as_json


def expected(page: Page) -> Listing:
    """What a reader should find on a page."""
    told = tuple(expected_file(entry) for entry in page.listed)
    reason = one_line(page.facts.status_reason or "") or None
    facts = replace(page.facts, status_reason=reason if page.facts.status else None)
    return Listing(told, (), facts)


def expected_file(entry: Entry) -> IndexFile:
    file = entry.file
    location = f"{FILES}/{file.sha256}/{file.filename.text.replace('+', '%2B').replace('!', '%21')}"
    own = None if file.yanked is None else one_line(file.yanked)
    kept_back = entry.withheld and (one_line(entry.withheld.reason) or entry.withheld.rule.value)
    return IndexFile(
        file.filename,
        file.sha256,
        file.size_bytes,
        file.known_since,
        file.requires_python,
        kept_back or own,
        file.metadata_sha256 if file.is_wheel else None,
        location,
        f"{location}.metadata" if file.is_wheel else None,
        None,
        f"{location}.provenance" if file.has_provenance else None,
    )


def without_sizes(listing: Listing) -> Listing:
    """What HTML can tell: the standard has no sizes there."""
    return replace(listing, files=tuple(replace(one, size_bytes=None) for one in listing.files))


@given(page=PAGES)
def test_both_forms_of_a_page_are_read_again_as_what_was_told(page: Page) -> None:
    html, as_json = read(links_of(page, FILES))

    assert as_json == expected(page)
    assert html == without_sizes(as_json)


@given(page=PAGES)
def test_both_forms_promise_the_same_version_and_no_more_than_they_keep(page: Page) -> None:
    links = links_of(page, FILES)
    document = json.loads(simple_json.project(links))
    html = LexborHTMLParser(simple_html.project(links).decode())
    version = html.css_first('meta[name="pypi:repository-version"]')
    all_sized = all("size" in file for file in document["files"])

    assert version is not None
    assert version.attributes["content"] == document["meta"]["api-version"]
    assert document["meta"]["api-version"] == ("1.4" if all_sized else "1.0")
    assert set(document["versions"]) == {str(entry.file.filename.version) for entry in page.listed}


@given(page=PAGES)
def test_no_text_breaks_out_of_the_html(page: Page) -> None:
    links = links_of(page, FILES)
    html = LexborHTMLParser(simple_html.project(links).decode())
    body = html.body

    assert body is not None
    assert html.css("script") == []
    assert [node.tag for node in body.iter()] == ["h1", *["a", "br"] * len(page.listed)]
    assert [node.text() for node in html.css("a")] == [
        entry.file.filename.text for entry in page.listed
    ]
