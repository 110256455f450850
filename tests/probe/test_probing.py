"""Probing a good index, an index of another kind, and none at all."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from affineur.core.errors import Unauthenticated, Unavailable
from affineur.probe.asking import Credentials, Limits
from affineur.probe.rows import Level, Outcome
from affineur.probe.run import GROUPS, probe
from support.dists import wheel
from support.index_flaws import ROOT, answering, both, says, swap
from support.index_server import BASIC, JSON, TOKEN, Answered, Asked, index_server
from support.ports import free_port
from support.probing import NOT_KEPT_BY_THE_BEST, look_at, outcomes
from support.upstream_server import upstream_server


def as_html_only(asked: Asked, served: Answered) -> Answered:
    return says(406)(asked, served) if served.kind == JSON else served


def test_a_perfect_index_keeps_every_row() -> None:
    with index_server() as index:
        report = look_at(index.url)
    assert outcomes(report) == NOT_KEPT_BY_THE_BEST
    assert report.is_good


def test_a_guarded_index_is_looked_at_with_its_token() -> None:
    with index_server(needs_token=True) as index:
        report = look_at(index.url, token=TOKEN)
    assert outcomes(report).keys() == {"metadata-unannounced"}


def test_every_row_has_an_id_of_its_own() -> None:
    ids = Counter(check.row.id for group in GROUPS for check in group.checks)
    assert [name for name, count in ids.items() if count > 1] == []


def test_an_index_without_json_is_not_blamed_for_what_only_json_tells() -> None:
    with index_server(late=as_html_only) as index:
        report = look_at(index.url)
    found = outcomes(report)
    assert report.is_good
    assert {name for name, outcome in found.items() if outcome is Outcome.BROKEN} == set()
    assert (found["json"], found["versions"]) == (Outcome.ABSENT, Outcome.NOT_APPLICABLE)


def test_projects_are_chosen_from_the_list_when_none_is_named() -> None:
    with index_server() as index:
        report = look_at(index.url, projects=())
    assert report.projects == ("spam", "eggs-and-ham")
    assert report.file == "spam-1.0-py3-none-any.whl"


def test_without_any_project_what_could_not_be_seen_is_not_taken_for_kept() -> None:
    with index_server(early=swap(ROOT, b"spam", b"gone")) as index:
        report = look_at(index.url, projects=("no-such-project",))
    assert not report.is_good
    failing = [finding for finding in report.findings if finding.fails]
    assert {finding.verdict.outcome for finding in failing} == {Outcome.UNKNOWN}
    assert {finding.row.level for finding in failing} == {Level.MUST}


def test_an_index_that_leads_elsewhere_is_not_judged_by_what_stands_there() -> None:
    with index_server() as elsewhere:
        led = answering(302, "/simple/spam/", location=f"{elsewhere.url}spam/")
        with index_server(late=led) as index:
            report = look_at(index.url, projects=("spam",))
    assert report.projects == ()


def test_an_upstream_that_tells_html_only_is_read() -> None:
    with upstream_server("html") as upstream:
        upstream.add(wheel("spam", "1.0"))
        report = look_at(upstream.url, projects=("spam",))
    assert report.projects == ("spam",)
    assert outcomes(report)["metadata"] is Outcome.ABSENT


def test_nothing_is_ever_written() -> None:
    with index_server() as index:
        look_at(index.url)
        asked = {one.method for one in index.asked}
    assert asked == {"GET", "HEAD"}


def test_the_same_is_not_asked_twice() -> None:
    with index_server() as index:
        report = look_at(index.url)
        asked = Counter((one.method, one.path, str(one.headers)) for one in index.asked)
    again = [path for (_, path, _), count in asked.items() if count > 1]
    assert again == ["/simple/spam/"]  # where the other spelling is redirected to
    assert report.requests == len(index.asked) < 60


def test_an_index_that_nobody_serves_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="cannot be reached"):
        look_at(f"http://127.0.0.1:{free_port()}/simple/")


def test_an_index_that_lets_nobody_in_says_so() -> None:
    with index_server(needs_token=True) as index, pytest.raises(Unauthenticated):
        look_at(index.url, token="not the token")


def test_credentials_go_to_the_index_alone() -> None:
    with index_server() as files:
        there = f'"url": "{files.origin}/files'.encode()
        href = f'href="{files.origin}/files'.encode()
        moved = both(
            swap(ROOT, b'"url": "/files', there),
            swap(ROOT, b'href="/files', href),
        )
        with index_server(early=moved, needs_token=True) as index:
            report = look_at(index.url, token=TOKEN)
            told = {one.header("authorization") for one in index.asked}
        seen = {one.header("authorization") for one in files.asked}
    assert report.is_good
    assert told == {BASIC, ""}  # once it is asked what nobody in particular gets
    assert seen == {""}


def test_credentials_do_not_follow_a_redirect() -> None:
    with index_server() as other:
        led = answering(
            302,
            "/files/spam-1.0-py3-none-any.whl",
            location=f"{other.origin}/files/spam-1.0-py3-none-any.whl",
        )
        with index_server(late=led, needs_token=True) as index:
            look_at(index.url, token=TOKEN)
        seen = {one.header("authorization") for one in other.asked}
    assert seen == {""}


def test_credentials_stand_in_no_evidence() -> None:
    with index_server(needs_token=True) as index:
        report = look_at(index.url, token=TOKEN)
    told = repr(report) + repr(Credentials("__token__", TOKEN))
    assert TOKEN not in told
    assert BASIC.removeprefix("Basic ") not in told


def test_progress_is_told_group_by_group() -> None:
    heard: list[str] = []
    with index_server() as index:
        asyncio.run(probe(index.url, projects=("spam",), limits=Limits(), tell=heard.append))
    assert len(heard) == len(GROUPS) + 1
