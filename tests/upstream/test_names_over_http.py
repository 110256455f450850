"""Asking for the list of all projects over real HTTP; large ones, junk and lies in it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.core.errors import UpstreamTrouble
from affineur.core.ports import Missing, NameList, NotModified, Site
from affineur.upstream import names_child
from affineur.upstream.names_child import Unusable, read
from support.asking import names_of
from support.upstream_pages import html_root, json_root
from support.upstream_server import Fault, Kind, upstream_server

KINDS: list[Kind] = ["json", "html"]
MANY = tuple(f"project-{number}" for number in range(50_000))


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_normalised_sorted_and_each_once(kind: Kind, tmp_path: Path) -> None:
    with upstream_server(kind) as up:
        up.further_names = ("Zope.Interface", "b_c", "B-C", "a")

        answer, written = names_of(Site(up.url), tmp_path)

    assert isinstance(answer, NameList)
    assert (answer.count, written) == (3, b"a\nb-c\nzope-interface\n")


@pytest.mark.parametrize("kind", KINDS)
def test_a_large_list_is_read_whole(kind: Kind, tmp_path: Path) -> None:
    with upstream_server(kind) as up:
        up.further_names = MANY

        answer, written = names_of(Site(up.url), tmp_path)

    assert isinstance(answer, NameList)
    assert answer.count == 50_000
    assert written.decode().splitlines() == sorted(MANY)


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_a_name_is_left_out(kind: Kind, tmp_path: Path) -> None:
    junk = ("", "-a", "a b", "../etc", "<script>", "ü", "a" * 200, "a\nb", '"', "con\\u0041")
    with upstream_server(kind) as up:
        up.further_names = (*junk, "good")

        _, written = names_of(Site(up.url), tmp_path)

    assert written == b"good\n"


def test_a_list_that_did_not_change_is_not_sent_again(tmp_path: Path) -> None:
    with upstream_server("json") as up:
        up.further_names = ("a",)
        first, _ = names_of(Site(up.url), tmp_path)
        assert isinstance(first, NameList)

        again, _ = names_of(Site(up.url), tmp_path, first.etag)

    assert again == NotModified()


def test_an_index_without_a_list_says_so(tmp_path: Path) -> None:
    with upstream_server("json") as up:
        up.misbehave(Fault.STATUS, status=404)

        answer, _ = names_of(Site(up.url), tmp_path)

    assert answer == Missing()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "fault",
    [Fault.STATUS, Fault.LOGIN_PAGE, Fault.GARBAGE, Fault.TRUNCATED, Fault.OVERSIZED],
)
def test_anything_else_is_trouble_and_leaves_nothing(
    kind: Kind, fault: Fault, tmp_path: Path
) -> None:
    with upstream_server(kind) as up:
        up.further_names = MANY[:1000]
        up.misbehave(fault)

        with pytest.raises(UpstreamTrouble):
            names_of(Site(up.url, max_page_bytes=1_000_000), tmp_path)

    assert not (tmp_path / "names").exists()


def test_a_json_list_that_is_cut_off_is_trouble(tmp_path: Path) -> None:
    with upstream_server("json") as up:
        up.further_names = MANY[:1000]
        up.misbehave(Fault.CUT_SHORT)

        with pytest.raises(UpstreamTrouble, match="no list of projects"):
            names_of(Site(up.url), tmp_path)


def test_an_anchor_that_leads_elsewhere_is_no_name() -> None:
    page = b'<title>Simple index</title><a href="/terms/">good</a><a href="/simple/x/">x</a>'

    assert read(io.BytesIO(page), "html") == {b"x"}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("json", b'{"meta": {"api-version": "2.0"}, "projects": []}'),
        ("html", b'<meta name="pypi:repository-version" content="2.0"><title>Simple index</title>'),
        ("json", b'{"files": [], "name": "spam"}'),
        ("json", b""),
        ("html", b""),
        ("html", b"<title>Simple index</title><a href='" + b"x" * 3_000_000),
    ],
)
def test_what_is_no_list_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(Unusable):
        read(io.BytesIO(body), kind)


def test_more_names_than_there_can_be_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names_child, "MOST_NAMES", 10)

    with pytest.raises(Unusable, match="more than 10 projects"):
        read(io.BytesIO(json_root(MANY[:11])), "json")


@given(
    st.lists(st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?", fullmatch=True)),
    st.integers(1, 64),
)
def test_both_forms_say_the_same_wherever_they_are_cut(names: list[str], piece: int) -> None:
    before = names_child._PIECE  # noqa: SLF001  what decides where it is cut
    names_child._PIECE = piece * 16  # noqa: SLF001
    try:
        as_json = read(io.BytesIO(json_root(names)), "json")
        html = read(io.BytesIO(html_root(names)), "html")
    finally:
        names_child._PIECE = before  # noqa: SLF001

    assert as_json == html
