"""Indexes that mean harm: the probe ends, within its limits, and tells what it could not."""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import brotli  # type: ignore[import-untyped]  # it has no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.probe.asking import Limits
from affineur.probe.codings import Undecodable, decoded
from affineur.probe.html_page import read_html_page
from affineur.probe.json_page import read_json_page
from affineur.probe.markup import read_markup
from affineur.probe.messages import Ask, Reply
from affineur.probe.reach import Reach
from affineur.probe.rows import Outcome
from affineur.probe.run import Report
from support.dists import wheel
from support.index_flaws import FILE, PAGE, answering, asked, in_html, in_json, says
from support.index_server import JSON, Spoil, index_server
from support.probing import look_at, outcomes
from support.upstream_server import Fault, LoopbackUpstream, upstream_server

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_ENCODERS = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstd.compress}
TIGHT = Limits(answer_s=1.0, all_s=4.0, page_bytes=100_000, root_bytes=50_000, file_bytes=100_000)


@contextmanager
def misbehaving(fault: Fault, at: str = "/") -> Iterator[LoopbackUpstream]:
    with upstream_server("json") as upstream:
        upstream.add(wheel("spam", "1.0"))
        upstream.misbehave(fault, at=at, delay_s=0.1)
        yield upstream


def spoiled(spoil: Spoil) -> Report:
    with index_server(late=spoil) as index:
        return look_at(index.url, limits=TIGHT)


@pytest.mark.parametrize(
    "fault", [Fault.OVERSIZED, Fault.DRIP, Fault.STALL, Fault.GARBAGE, Fault.LOGIN_PAGE]
)
def test_pages_that_mean_harm_are_not_taken_for_pages(fault: Fault) -> None:
    with misbehaving(fault) as upstream:
        report = look_at(upstream.url, projects=("spam",), limits=TIGHT)
    assert report.projects == ()
    assert not report.is_good


@pytest.mark.parametrize("fault", [Fault.OVERSIZED, Fault.STALL, Fault.TRUNCATED, Fault.CUT_SHORT])
def test_files_that_do_not_come_whole_are_not_taken_for_kept(fault: Fault) -> None:
    with misbehaving(fault, at="/files/") as upstream:
        report = look_at(upstream.url, projects=("spam",), limits=TIGHT)
    assert outcomes(report)["bytes"] in {Outcome.UNKNOWN, Outcome.BROKEN}
    assert not report.is_good


def test_a_server_that_answers_nothing_is_given_up() -> None:
    with misbehaving(Fault.WAIT) as upstream, pytest.raises(Exception, match="cannot be reached"):
        look_at(upstream.url, projects=("spam",), limits=TIGHT)


def test_redirects_in_a_circle_end() -> None:
    report = spoiled(answering(302, PAGE, location=PAGE))
    assert report.projects == ("eggs-and-ham",)
    assert report.requests <= TIGHT.requests


def test_a_redirect_to_what_is_no_url_ends() -> None:
    report = spoiled(answering(302, PAGE, location="http://[half"))
    assert report.projects == ("eggs-and-ham",)


def test_there_is_an_end_to_requests() -> None:
    limits = replace(TIGHT, requests=10, all_s=20.0)
    with index_server() as index:
        report = look_at(index.url, limits=limits)
        assert len(index.asked) == 10
    told = {finding.verdict.answer for finding in report.findings}
    assert "not asked: the probe sends 10 requests" in told
    assert not report.is_good


def test_there_is_an_end_to_bytes() -> None:
    with index_server() as index:
        report = look_at(index.url, limits=replace(TIGHT, all_bytes=3000))
    told = {finding.verdict.answer for finding in report.findings}
    assert "not asked: the probe reads 3000 bytes in all" in told


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"[" * 50_000,
        b'{"meta": 1, "files": {}}',
        b'{"meta": {"api-version": "1.0"}, "name": "spam", "files": [1, null, {}, {"url": 2}]}',
        b'{"name": "spam", "files": [' + b"{}," * 20_000 + b"{}]}",
        b'{"files": [{"filename": "x", "url": "http://[", "hashes": {"sha256": 3}}]}',
        b"\xff\xfe\x00",
    ],
)
def test_json_that_is_no_page_is_told_as_a_broken_form(body: bytes) -> None:
    spoil = asked("accept", JSON, says(200, body, content_type=JSON))
    assert outcomes(spoiled(spoil))["json-form"] is Outcome.BROKEN


_TEXTS = st.text(max_size=8)
_PLAIN = st.none() | st.booleans() | st.integers() | _TEXTS
_TABLES = st.dictionaries(_TEXTS, _PLAIN, max_size=2)
_VALUES = _PLAIN | _TABLES | st.lists(_PLAIN | _TABLES, max_size=2)
_KEYS = ("filename", "url", "hashes", "size", "yanked", "core-metadata", "upload-time")


@given(
    st.fixed_dictionaries(
        {
            "files": st.lists(
                st.dictionaries(st.sampled_from(_KEYS), _VALUES, max_size=4), max_size=2
            )
        },
        optional=dict.fromkeys(("meta", "name", "versions", "project-status"), _VALUES),
    )
)
def test_any_json_is_read_with_its_flaws(document: dict[str, object]) -> None:
    ask = Ask("http://127.0.0.1/simple/spam/", JSON)
    body = json.dumps(document).encode("utf-8", "replace")
    page = read_json_page(Reply(ask, ask.url, 200, (), body), "spam")
    assert len(page.files) <= len(document["files"])  # type: ignore[arg-type]  # a list, see above


@given(st.text(max_size=200))
def test_any_html_is_read_with_its_flaws(text: str) -> None:
    ask = Ask("http://127.0.0.1/simple/spam/")
    page = read_html_page(Reply(ask, ask.url, 200, (), text.encode("utf-8", "replace")))
    assert [file for file in page.files if not file.filename] == []


@pytest.mark.parametrize(
    "text",
    [
        "<" * 100_000,
        "<a " * 50_000,
        "<!--" * 50_000,
        "<a href='" * 20_000,
        "<a href=x>" * 20_000,
        "</a>" * 50_000,
        "<script>" * 50_000,
        "<a " + "x " * 50_000,
        "&#x110000;" * 10_000,
    ],
)
def test_no_html_takes_long_or_raises(text: str) -> None:
    assert len(read_markup(text).flaws) <= 12


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_a_small_body_that_decodes_to_much_is_refused(coding: str) -> None:
    with pytest.raises(Undecodable, match="more than 1000000"):
        decoded(coding, _ENCODERS[coding](bytes(5_000_000)), 1_000_000)


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_a_coding_that_breaks_off_is_refused(coding: str) -> None:
    with pytest.raises(Undecodable):
        decoded(coding, _ENCODERS[coding](b"hello")[:-4], 100)


def test_a_coding_that_is_not_known_is_refused() -> None:
    with pytest.raises(Undecodable, match="nobody asked for"):
        decoded("deflate", b"", 100)


def test_a_link_that_carries_credentials_is_not_followed() -> None:
    evil = b'"url": "http://user:secret@127.0.0.1:1/files/'
    with index_server(early=in_json(b'"url": "/files/', evil)) as index:
        report = look_at(index.url, limits=TIGHT)
    assert outcomes(report)["bytes"] is Outcome.UNKNOWN
    assert outcomes(report)["secrets"] is Outcome.BROKEN


@pytest.mark.parametrize(
    ("home", "url", "why_not"),
    [
        ("http://127.0.0.1:1/simple/", "http://127.0.0.1:2/x", ""),
        ("http://127.0.0.1:1/simple/", "http://192.0.2.1/x", ""),
        ("http://10.0.0.1/simple/", "http://10.0.0.2/x", ""),
        ("http://10.0.0.1/simple/", "http://127.0.0.1/x", "inside"),
        ("http://10.0.0.1/simple/", "http://169.254.169.254/x", "inside"),
        ("http://1.1.1.1/simple/", "http://10.0.0.1/x", "inside"),
        ("http://1.1.1.1/simple/", "http://[::1]/x", "inside"),
        ("http://1.1.1.1/simple/", "http://[::ffff:127.0.0.1]/x", "inside"),
        ("http://1.1.1.1/simple/", "http://0.0.0.0/x", "inside"),
        ("https://1.1.1.1/simple/", "http://1.1.1.1/x", "from https to http"),
        ("http://1.1.1.1/simple/", "http://a:b@1.1.1.1/x", "carries credentials"),
        ("http://1.1.1.1/simple/", "file:///etc/passwd", "no http or https URL"),
        ("http://1.1.1.1/simple/", "http://[half", "no http or https URL"),
        ("http://1.1.1.1/simple/", "http://1.1.1.1:99999/", "no http or https URL"),
    ],
)
def test_links_lead_to_the_like_of_the_index_or_outwards(
    home: str, url: str, why_not: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    found = asyncio.run(Reach(home).why_not(url))
    assert bool(found) == bool(why_not)
    assert why_not in found


def test_a_filename_that_steers_a_terminal_stays_text() -> None:
    with index_server(early=in_html(b">spam-1.0", b">\x1b[31mspam-1.0")) as index:
        report = look_at(index.url, limits=TIGHT)
    assert outcomes(report)["html-names"] is Outcome.BROKEN


def test_a_file_that_is_no_wheel_is_not_read_as_one() -> None:
    report = spoiled(asked("accept", "", says(200, b"PK" * 100), path=FILE))
    assert outcomes(report)["bytes"] is Outcome.BROKEN
    assert outcomes(report)["metadata-true"] is Outcome.UNKNOWN
