from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from affineur.core.files import Filename, IndexFile
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.pages import Entry, Origin, Page, ProjectFacts, Rule, Show, Withholding
from affineur.web.index import simple_html, simple_json
from affineur.web.index.links import links_of

ORIGIN = Origin(FeedName("internal"))
WHEEL = IndexFile(
    filename=Filename.parse("demo-1.0+local.1-py3-none-any.whl"),
    sha256=Sha256("a" * 64),
    size_bytes=1234,
    uploaded_at=datetime(2026, 1, 2, 3, 4, 5, 600, tzinfo=UTC),
    requires_python=">=3.11,<4",
    metadata_sha256=Sha256("b" * 64),
)
SDIST = IndexFile(
    filename=Filename.parse("demo-0.9.tar.gz"),
    sha256=Sha256("c" * 64),
    size_bytes=99,
    yanked="",
)
NOTHING = ProjectFacts()
REASON = 'blocked: "<script>alert(1)</script>" & more\n  on two lines\x07'


@dataclass(frozen=True)
class Told:
    """What both representations tell of a file."""

    filename: str
    url: str
    sha256: str
    requires_python: str | None
    yanked: str | None
    core_metadata: str | None
    upload_time: str | None = None
    provenance: str | None = None


def page(*entries: Entry, facts: ProjectFacts = NOTHING) -> Page:
    return Page(ProjectName("demo"), entries, facts=facts)


def told_by_json(rendered: bytes) -> list[Told]:
    return [_json_told(file) for file in json.loads(rendered)["files"]]


def _json_told(file: dict[str, object]) -> Told:
    yanked, metadata = file.get("yanked"), file.get("core-metadata")
    hashes = file["hashes"]
    assert isinstance(hashes, dict)
    digest = metadata["sha256"] if isinstance(metadata, dict) else None
    return Told(
        filename=str(file["filename"]),
        url=str(file["url"]),
        sha256=hashes["sha256"],
        requires_python=_told(file, "requires-python"),
        yanked="" if yanked is True else None if yanked is None else str(yanked),
        core_metadata=f"sha256={digest}" if digest else "true" if metadata else None,
        upload_time=_told(file, "upload-time"),
        provenance=_told(file, "provenance"),
    )


def _told(file: dict[str, object], key: str) -> str | None:
    return None if file.get(key) is None else str(file[key])


def told_by_html(rendered: bytes) -> list[Told]:
    anchors = LexborHTMLParser(rendered.decode()).css("a")
    return [_html_told(one.text(), dict(one.attributes)) for one in anchors]


def _html_told(text: str, attributes: dict[str, str | None]) -> Told:
    url, _, digest = (attributes["href"] or "").partition("#sha256=")
    yanked = attributes["data-yanked"] or "" if "data-yanked" in attributes else None
    return Told(
        filename=text,
        url=url,
        sha256=digest,
        requires_python=attributes.get("data-requires-python"),
        yanked=yanked,
        core_metadata=attributes.get("data-core-metadata"),
        upload_time=attributes.get("data-upload-time"),
        provenance=attributes.get("data-provenance"),
    )


def both(shown: Page, files_url: str = "") -> tuple[list[Told], list[Told]]:
    links = links_of(shown, files_url)
    return told_by_html(simple_html.project(links)), told_by_json(simple_json.project(links))


def test_html_and_json_tell_the_same_of_every_file() -> None:
    withheld = Entry(replace(WHEEL, metadata_sha256=None), ORIGIN, Withholding(Rule.BLOCK, REASON))
    html, as_json = both(page(withheld, Entry(SDIST, ORIGIN)))

    assert html == as_json
    assert html == [
        Told(
            filename="demo-1.0+local.1-py3-none-any.whl",
            url=f"../../files/{'a' * 64}/demo-1.0%2Blocal.1-py3-none-any.whl",
            sha256="a" * 64,
            requires_python=">=3.11,<4",
            yanked='blocked: "<script>alert(1)</script>" & more on two lines',
            core_metadata="true",
            upload_time="2026-01-02T03:04:05.000600Z",
        ),
        Told(
            filename="demo-0.9.tar.gz",
            url=f"../../files/{'c' * 64}/demo-0.9.tar.gz",
            sha256="c" * 64,
            requires_python=None,
            yanked="",
            core_metadata=None,
        ),
    ]


@given(reason=st.text(max_size=60), requires=st.text(max_size=30))
def test_html_and_json_tell_the_same_whatever_is_told(reason: str, requires: str) -> None:
    file = replace(WHEEL, requires_python=requires)
    hostile = Entry(file, ORIGIN, Withholding(Rule.FILTER, reason))

    html, as_json = both(page(hostile))

    assert len(html) == 1
    assert html == as_json


def test_json_tells_sizes_times_and_versions() -> None:
    document = json.loads(
        simple_json.project(links_of(page(Entry(WHEEL, ORIGIN), Entry(SDIST, ORIGIN))))
    )

    assert document["meta"] == {"api-version": "1.4"}
    assert document["versions"] == ["0.9", "1.0+local.1"]
    assert document["files"][0]["size"] == 1234
    assert document["files"][0]["upload-time"] == "2026-01-02T03:04:05.000600Z"
    assert document["files"][0]["core-metadata"] == {"sha256": "b" * 64}
    assert "upload-time" not in document["files"][1]


def test_a_page_with_an_unknown_size_promises_only_the_first_version_of_the_api() -> None:
    unsized = Entry(replace(SDIST, size_bytes=None), ORIGIN)
    document = json.loads(simple_json.project(links_of(page(unsized))))

    assert document["meta"] == {"api-version": "1.0"}
    assert "size" not in document["files"][0]


def test_what_is_said_of_a_project_is_told_in_both() -> None:
    facts = ProjectFacts(
        "archived",
        'it is "done"',
        ("https://a.example/simple/demo/", "https://b.example/simple/demo/"),
        ("https://c.example/simple/demo/",),
    )

    document, metas = document_and_metas(page(Entry(SDIST, ORIGIN), facts=facts))

    assert document["meta"] == {"api-version": "1.4", "tracks": list(facts.tracks)}
    assert document["project-status"] == {"status": "archived", "reason": 'it is "done"'}
    assert document["alternate-locations"] == ["https://c.example/simple/demo/"]
    assert metas == [
        ("pypi:repository-version", "1.4"),
        ("pypi:project-status", "archived"),
        ("pypi:project-status-reason", 'it is "done"'),
        ("pypi:tracks", "https://a.example/simple/demo/"),
        ("pypi:tracks", "https://b.example/simple/demo/"),
        ("pypi:alternate-locations", "https://c.example/simple/demo/"),
    ]


def test_of_a_project_of_which_nothing_is_said_nothing_is_told() -> None:
    document, metas = document_and_metas(page(Entry(SDIST, ORIGIN)))

    assert set(document) == {"meta", "name", "versions", "files"}
    assert document["meta"] == {"api-version": "1.4"}
    assert metas == [("pypi:repository-version", "1.4")]


def test_a_status_that_no_standard_knows_is_not_told() -> None:
    facts = ProjectFacts("hibernating", "it is winter")

    document, metas = document_and_metas(page(Entry(SDIST, ORIGIN), facts=facts))

    assert "project-status" not in document
    assert metas == [("pypi:repository-version", "1.4")]


def document_and_metas(shown: Page) -> tuple[dict[str, Any], list[tuple[str, str]]]:  # Any: JSON
    links = links_of(shown)
    html = LexborHTMLParser(simple_html.project(links).decode())
    metas = [
        (one.attributes["name"] or "", one.attributes["content"] or "")
        for one in html.css("meta[name]")
    ]
    return json.loads(simple_json.project(links)), metas


@pytest.mark.parametrize(
    "server",
    ["https://pypi.acme.example", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:1"],
)
def test_a_provenance_is_told_with_its_whole_url(server: str) -> None:
    ours = Entry(replace(WHEEL, provenance_sha256=Sha256("d" * 64)), ORIGIN)
    theirs = Entry(replace(SDIST, provenance_location="https://a.example/p"), ORIGIN)
    files = f"{server}/pypi/internal/files"

    html, as_json = both(page(ours, theirs), files)

    assert html == as_json
    assert [one.provenance for one in html] == [
        f"{files}/{'a' * 64}/demo-1.0%2Blocal.1-py3-none-any.whl.provenance",
        f"{files}/{'c' * 64}/demo-0.9.tar.gz.provenance",
    ]


@pytest.mark.parametrize("server", ["http://pypi.acme.example", "http://127.0.0.1.acme.example"])
def test_a_provenance_is_not_told_where_the_network_could_change_it(server: str) -> None:
    ours = Entry(replace(WHEEL, provenance_sha256=Sha256("d" * 64)), ORIGIN)

    html, as_json = both(page(ours), f"{server}/pypi/internal/files")

    assert [one.provenance for one in html + as_json] == [None, None]


def test_the_old_name_of_core_metadata_is_told_in_html_alone() -> None:
    links = links_of(page(Entry(WHEEL, ORIGIN)))
    anchor = LexborHTMLParser(simple_html.project(links).decode()).css("a")[0]
    [file] = json.loads(simple_json.project(links))["files"]

    assert anchor.attributes["data-core-metadata"] == f"sha256={'b' * 64}"
    assert anchor.attributes["data-dist-info-metadata"] == f"sha256={'b' * 64}"
    assert file["core-metadata"] == {"sha256": "b" * 64}
    assert "dist-info-metadata" not in file


def test_where_no_upload_time_is_known_the_first_sight_is_told() -> None:
    seen = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    unknown = replace(SDIST, uploaded_at=None, first_seen_at=seen)

    html, as_json = both(page(Entry(unknown, ORIGIN)))

    assert html == as_json
    assert html[0].upload_time == "2026-03-04T05:06:07.000000Z"


def test_an_upload_time_of_long_ago_keeps_the_form_of_the_standard() -> None:
    odd = replace(SDIST, uploaded_at=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=-1))))

    html, _ = both(page(Entry(odd, ORIGIN)))

    assert html[0].upload_time == "0001-01-01T01:00:00.000000Z"


def test_hidden_files_and_files_without_a_digest_are_not_told() -> None:
    hidden = Entry(WHEEL, ORIGIN, Withholding(Rule.MALWARE, "malware", Show.HIDE))
    unknown = Entry(replace(SDIST, sha256=None), ORIGIN, Withholding(Rule.NO_DIGEST, "no digest"))

    assert both(page(hidden, unknown)) == ([], [])
    assert links_of(page(hidden, unknown)).versions == ()


def test_the_list_of_projects_is_the_same_in_both() -> None:
    names = [ProjectName("a"), ProjectName("b-c")]
    anchors = LexborHTMLParser(simple_html.root(names).decode()).css("a")

    assert [(one.text(), one.attributes["href"]) for one in anchors] == [
        ("a", "a/"),
        ("b-c", "b-c/"),
    ]
    assert json.loads(simple_json.root(names)) == {
        "meta": {"api-version": "1.0"},
        "projects": [{"name": "a"}, {"name": "b-c"}],
    }
