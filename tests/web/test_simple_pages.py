from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from affineur.core.files import Filename, IndexFile
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.pages import Entry, Origin, Page, Rule, Show, Withholding
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


def page(*entries: Entry, status: str | None = None) -> Page:
    return Page(ProjectName("demo"), entries, status=status)


def told_by_json(rendered: bytes) -> list[Told]:
    return [_json_told(file) for file in json.loads(rendered)["files"]]


def _json_told(file: dict[str, object]) -> Told:
    yanked, metadata = file.get("yanked"), file.get("core-metadata")
    hashes = file["hashes"]
    assert isinstance(hashes, dict)
    digest = metadata["sha256"] if isinstance(metadata, dict) else None
    requires = file.get("requires-python")
    return Told(
        filename=str(file["filename"]),
        url=str(file["url"]),
        sha256=hashes["sha256"],
        requires_python=None if requires is None else str(requires),
        yanked="" if yanked is True else None if yanked is None else str(yanked),
        core_metadata=f"sha256={digest}" if digest else "true" if metadata else None,
    )


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
    )


def both(shown: Page) -> tuple[list[Told], list[Told]]:
    links = links_of(shown)
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
    file = replace(WHEEL, requires_python=" ".join(requires.split()) or None)
    hostile = Entry(file, ORIGIN, Withholding(Rule.FILTER, reason))
    printable = file.requires_python is None or file.requires_python.isprintable()

    html, as_json = both(page(hostile))

    assert len(html) == 1
    assert html[0].yanked == as_json[0].yanked
    assert not printable or html == as_json


def test_json_tells_sizes_times_and_versions() -> None:
    document = json.loads(
        simple_json.project(links_of(page(Entry(WHEEL, ORIGIN), Entry(SDIST, ORIGIN))))
    )

    assert document["meta"] == {"api-version": "1.1"}
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


def test_a_project_s_status_is_told_in_both() -> None:
    links = links_of(page(Entry(SDIST, ORIGIN), status="archived"))
    html = LexborHTMLParser(simple_html.project(links).decode())
    document = json.loads(simple_json.project(links))

    assert document["meta"] == {"api-version": "1.4"}
    assert document["project-status"] == {"status": "archived"}
    metas = {one.attributes["name"]: one.attributes["content"] for one in html.css("meta[name]")}
    assert metas == {"pypi:repository-version": "1.4", "pypi:project-status": "archived"}


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
