"""pip-audit asks this server what is known of packages, in place of OSV."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.clients import Desk, Said
from support.dists import wheel
from support.osv_source import NEW, ranged, zipped
from support.running import Person, Server
from support.upstream_server import LoopbackUpstream

REAL = Path(__file__).parents[1] / "checks" / "advisories"
APP, BASE = wheel("app", "1.0", requires=["base"]), wheel("base", "2.0")


@pytest.fixture(scope="module", autouse=True)
def informed(
    house_of_module: Server, upstream: LoopbackUpstream, tmp_path_factory: pytest.TempPathFactory
) -> None:
    upstream.add(APP, BASE)
    house_of_module.admin.brings_in("app")
    made_up = tmp_path_factory.mktemp("made-up") / "records.zip"
    details = {"summary": "It leaks", "aliases": ["CVE-2026-1"]}
    made_up.write_bytes(
        zipped(
            ranged("PYSEC-2026-1", "app", "1.1", published="2026-01-02T03:04:05Z", **details),
            ranged("GHSA-1", "app", None, withdrawn=NEW),
        )
    )
    for source in (REAL, made_up):
        done = house_of_module.runs("advisories", "sync", "--from", str(source))
        assert done.returncode == 0, done.stderr


def audited(desk: Desk, url: str, *pins: str) -> tuple[Said, dict[str, Any]]:
    requirements = desk.write("requirements.txt", "\n".join(pins) + "\n")
    said = desk.pip_audit(requirements, url)
    start = said.output.find('{"dependencies"')
    assert start >= 0, said.output
    told, _ = json.JSONDecoder().raw_decode(said.output[start:])
    return said, {
        one["name"]: [(vuln["id"], vuln["fix_versions"]) for vuln in one["vulns"]]
        for one in told["dependencies"]
    }


def test_pip_audit_finds_what_is_known_and_nothing_else(desk: Desk, server: Server) -> None:
    pins = ["requests==2.30.0", "urllib3==1.26.17", "py==1.11.0", "app==1.0", "aiohttp==3.8.1"]

    said, found = audited(desk, f"{server.url}/osv/v1/query", *pins, "six==1.16.0")

    assert said.code == 1
    assert found == {
        "requests": [("PYSEC-2023-74", ["2.31.0"])],
        "urllib3": [("PYSEC-2023-212", ["1.26.18", "2.0.7"])],
        "py": [("PYSEC-2022-42969", [])],
        "app": [("PYSEC-2026-1", ["1.1"])],
        "aiohttp": [],
        "six": [],
    }


def test_pip_audit_finds_nothing_in_what_was_fixed(desk: Desk, server: Server) -> None:
    said, found = audited(desk, f"{server.url}/osv/v1/query", "requests==2.31.0", "app==1.1")

    assert (said.code, found) == (0, {"requests": [], "app": []})


@pytest.fixture(scope="module")
def dev(house_of_module: Server) -> Person:
    return house_of_module.person("dev", "reader@approved")


def test_pip_audit_gives_the_token_of_the_url(desk: Desk, server: Server, dev: Person) -> None:
    named = server.url.replace("://", f"://__token__:{dev.token}@")

    said, found = audited(desk, f"{named}/osv/v1/query", "app==1.0")

    assert (said.code, found) == (1, {"app": [("PYSEC-2026-1", ["1.1"])]})


def test_a_wrong_token_is_no_clean_answer(desk: Desk, server: Server) -> None:
    named = server.url.replace("://", "://__token__:aff_wrong@")
    requirements = desk.write("requirements.txt", "app==1.0\n")

    said = desk.pip_audit(requirements, f"{named}/osv/v1/query")

    assert said.code != 0
    assert '"vulns": []' not in said.output
