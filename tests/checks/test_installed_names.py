from __future__ import annotations

from collections.abc import Callable

import pytest

from affineur.checks.identity import Identity
from affineur.core.archives import ArchiveReport, Member
from affineur.core.findings import Severity, Where
from affineur.core.known_names import KnownNames
from affineur.core.names import ProjectName
from affineur.core.subjects import Subject

Look = Callable[..., Subject]
INFO = "foo-1.0.dist-info"
KNOWN = KnownNames(
    tuple(ProjectName(one) for one in ("requests", "numpy", "awscli", "dbt-core", "uv")),
    approved=frozenset({ProjectName("quaint")}),
    own=frozenset({ProjectName("acme-core")}),
)


def wheel(*members: str, entry_points: str = "") -> ArchiveReport:
    texts = {f"{INFO}/entry_points.txt": entry_points} if entry_points else {}
    return ArchiveReport({name: Member(1, "00") for name in members}, texts=texts)


def ids(subject: Subject) -> list[tuple[str, Severity]]:
    return [(one.id, one.severity) for one in Identity().look(subject).findings]


def look(subject: Look, archive: ArchiveReport, project: str = "foo") -> Subject:
    return subject(f"{project}-1.0-py3-none-any.whl", archive=archive, names=KNOWN)


@pytest.mark.parametrize(
    "members",
    [
        ("requests/__init__.py",),
        ("foo-1.0.data/purelib/requests/__init__.py",),
        ("foo-1.0.data/platlib/numpy/__init__.cpython-311-x86_64-linux-gnu.so",),
        ("numpy.py",),
        ("yaml/__init__.py",),
        ("quaint/__init__.py",),
        ("PIL/__init__.py",),
        ("requests/adapters.py", "requests/sessions.py"),
        ("foo-1.0.data/purelib/yaml/loader.py",),
    ],
)
def test_modules_of_another_project_go_to_a_person(subject: Look, members: tuple[str, ...]) -> None:
    found = ids(look(subject, wheel("foo/__init__.py", *members)))

    assert found == [("identity.others-module", Severity.REVIEW)]


@pytest.mark.parametrize("member", ["typing.py", "json/__init__.py", "ssl.cpython-311-darwin.so"])
def test_modules_of_the_standard_library_go_to_a_person(subject: Look, member: str) -> None:
    assert ids(look(subject, wheel(member))) == [("identity.stdlib-module", Severity.REVIEW)]


def test_modules_of_the_house_block(subject: Look) -> None:
    found = ids(look(subject, wheel("acme_core/__init__.py")))

    assert found == [("identity.own-module", Severity.BLOCK)]


@pytest.mark.parametrize(
    ("project", "members"),
    [
        ("foo", ("foo/__init__.py", "foo/requests/__init__.py")),
        ("foo", ("google/cloud/foo/__init__.py", "requests/plugins/foo.py")),
        ("foo", ("tests/__init__.py", "examples.py", f"{INFO}/requests.py")),
        ("foo", ("foo-1.0.data/data/share/requests/__init__.py",)),
        ("requests", ("requests/__init__.py",)),
        ("opencv_python_headless", ("cv2/__init__.py",)),
        ("pillow_simd", ("PIL/__init__.py",)),
        ("standard_imghdr", ("imghdr/__init__.py",)),
        ("typing", ("typing.py",)),
        ("backports_zoneinfo", ("zoneinfo/__init__.py",)),
    ],
)
def test_own_modules_namespaces_variants_and_backports_are_fine(
    subject: Look, project: str, members: tuple[str, ...]
) -> None:
    assert ids(look(subject, wheel(*members), project)) == []


@pytest.mark.parametrize("command", ["git", "pip", "python3.12", "sudo", "ssh", "curl.exe", "pip3"])
def test_commands_that_everybody_has_go_to_a_person(subject: Look, command: str) -> None:
    archive = wheel(entry_points=f"[console_scripts]\n{command} = foo:main\nfoo = foo:main\n")

    (finding,) = Identity().look(look(subject, archive)).findings

    assert (finding.id, finding.severity) == ("identity.command", Severity.REVIEW)
    assert command in finding.what
    assert finding.where == Where(f"{INFO}/entry_points.txt", 2, f"{command} = foo:main")


@pytest.mark.parametrize("member", ["foo-1.0.data/scripts/git", "foo-1.0.data/data/bin/git"])
def test_scripts_beside_entry_points_count_too(subject: Look, member: str) -> None:
    assert ids(look(subject, wheel(member))) == [("identity.command", Severity.REVIEW)]


def test_a_known_project_has_its_own_commands(subject: Look) -> None:
    aws = wheel(entry_points="[console_scripts]\naws = awscli:main\n")
    uvx = wheel("uv-1.0.data/scripts/uv", "uv-1.0.data/scripts/uvx")

    assert ids(look(subject, aws, "awscli")) == []
    assert ids(look(subject, uvx, "uv")) == []


def test_plugins_are_no_commands(subject: Look) -> None:
    archive = wheel(entry_points="[flask.commands]\ngit = foo:main\n")

    assert ids(look(subject, archive)) == []


@pytest.mark.parametrize("text", ["[", "git = x", "[console_scripts]\n= x\n\n  y", "\x00" * 50])
def test_broken_entry_points_are_no_reason_to_fail(subject: Look, text: str) -> None:
    outcome = Identity().look(look(subject, wheel(entry_points=text)))

    assert (outcome.findings, outcome.not_assessed) == ((), None)


def test_modules_and_commands_are_facts(subject: Look) -> None:
    archive = wheel("foo.py", "_foo.abi3.so", entry_points="[gui_scripts]\nfoo-gui = foo:main\n")

    facts = Identity().look(look(subject, archive)).facts

    assert (facts["modules"], facts["scripts"]) == (["_foo", "foo"], ["foo-gui"])
