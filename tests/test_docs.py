"""What the documentation says is so: settings, permissions, commands, decisions, links."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import click
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from affineur.cli.main import COMMANDS, program
from affineur.config import Settings
from affineur.core.permissions import ROLE_PERMISSIONS, Permission, Role

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")))


def read(path: Path) -> str:
    return path.read_text("utf-8")


def rows(path: Path) -> list[list[str]]:
    """The cells of all table rows of a page, heads and rules left out."""
    lines = [line for line in read(path).splitlines() if re.match(r"\| [`\[a-z]", line)]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def written_default(value: object) -> str:
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    return f"`{text}`" if text else "empty"


def test_every_setting_is_documented_with_its_default_and_its_sentence() -> None:
    documented = [row for row in rows(DOCS / "settings.md") if row[0] != "setting"]
    assert documented == [
        [f"`{one.name}`", written_default(one.default), one.metadata["sentence"]]
        for one in fields(Settings)
    ]


def test_every_permission_is_documented_with_the_roles_that_have_it() -> None:
    documented = {
        row[0].strip("`"): [role for role, cell in zip(Role, row[2:], strict=True) if cell == "yes"]
        for row in rows(DOCS / "permissions.md")
        if row[0] != "permission"
    }
    assert documented == {
        str(permission): [role for role in Role if permission in ROLE_PERMISSIONS[role]]
        for permission in Permission
    }


def test_every_decision_is_in_the_index_under_its_title() -> None:
    pattern = r"\| \[(\d{4})\]\((.+?)\) \| (.+?) \|"
    indexed = re.findall(pattern, read(DOCS / "decisions" / "README.md"))
    records = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    assert indexed == [
        (path.name[:4], path.name, read(path).splitlines()[0].split(". ", 1)[1]) for path in records
    ]


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(read(ROOT / "pyproject.toml"))
    groups = [one for group in project["dependency-groups"].values() for one in group]
    needed = {Requirement(one).name for one in (*project["project"]["dependencies"], *groups)}
    record = rows(DOCS / "decisions" / "0002-dependencies.md")
    reasoned = {name for row in record for name in row[0].split(" (")[0].split(", ")}
    assert {canonicalize_name(name) for name in needed} == reasoned - {
        "runtime",
        "extra",
        "development",
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"(?:^|[`$( ])affineur ([a-z]+)(?: ([a-z]+))?", read(page), re.MULTILINE)
    prose = {"is", "does", "takes", "cannot", "stands", "saw", "serves"}
    unknown = [words for words in named if words[0] not in prose and not exists(*words)]
    assert unknown == []


def exists(name: str, inner: str) -> bool:
    if name not in COMMANDS:
        return False
    command = program.get_command(click.Context(program), name)
    return not isinstance(command, click.Group) or not inner or inner in command.commands


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", read(page))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_target_of_the_makefile_is_explained() -> None:
    makefile = read(ROOT / "Makefile")
    phony = re.search(r"\.PHONY: (.+)", makefile)
    assert phony is not None
    assert set(phony[1].split()) == set(re.findall(r"^([a-z]+):.*##", makefile, re.MULTILINE))


CLIENT_LOCKS = ["flit", "hatch", "pdm", "pip-audit", "poetry"]
BENCH_LOCKS = ["bench-closure", "bench-devpi", "bench-proxpi"]


@pytest.mark.parametrize(
    "lock", ["runtime", "dev", "flit", "hatch", "pdm", "pip-audit", "poetry", *BENCH_LOCKS]
)
def test_requirements_are_locked_with_digests_and_without_an_index(lock: str) -> None:
    text = read(ROOT / "requirements" / f"{lock}.txt")
    pins = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert len(pins) > 5
    assert [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []
    assert "index-url" not in text
    assert "://" not in text


def test_the_glossary_is_in_order() -> None:
    words = [row[0] for row in rows(DOCS / "glossary.md") if row[0] != "word"]
    assert words == sorted(words)


def test_every_test_that_the_protocol_table_names_exists() -> None:
    page = read(DOCS / "index-protocol.md")
    named = set(re.findall(r"\b[a-z]+/test_[a-z0-9_]+", page))
    missing = sorted(name for name in named if not (ROOT / "tests" / f"{name}.py").exists())
    assert missing == []
    assert len(named) > 20
