"""The whole journey with the index that this machine's installers use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.clients import Desk
from support.running import running_server


@pytest.mark.network
def test_flask_is_asked_for_approved_and_installed(tmp_path: Path, desk: Desk) -> None:
    with running_server(tmp_path, None) as server:
        answer = server.admin.calls("GET", "/pypi/unapproved/simple/flask/")
        if answer.status_code == 503:
            pytest.skip(f"This machine reaches no package index: {answer.json()['detail']}")
        dev = server.person("dev", "reader@internal")
        assert desk.uv_install(desk.venv(), server.index(), "flask").code != 0

        number = dev.requests("flask")
        dev.awaits(number, "review", wait_s=240)
        approved = server.admin.approves(number)

        report, python = tmp_path / "report.json", desk.venv()
        said = desk.pip_install(python, server.index(), "flask", "--report", str(report))
        assert said.code == 0, said.output
        digests = {file["sha256"] for item in approved["items"] for file in item["files"]}
        assert _installed(report) <= digests


def _installed(report: Path) -> set[str]:
    told = json.loads(report.read_text())
    return {one["download_info"]["archive_info"]["hashes"]["sha256"] for one in told["install"]}
