from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.checks.dependencies import Dependencies
from affineur.core.archives import ArchiveReport
from affineur.core.files import Filename
from affineur.core.findings import Outcome, Severity
from affineur.core.known_names import KnownNames
from affineur.core.names import ProjectName
from affineur.core.requests import RequestFile
from affineur.core.requirements import parsed, required
from affineur.core.subjects import House, NotAssessable, Previous, Subject
from support.values import NOW, digest

Look = Callable[..., Subject]
HEAD = "Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n"
KNOWN = KnownNames(
    tuple(ProjectName(one) for one in ("requests", "numpy", "flask", "setuptools")),
    approved=frozenset({ProjectName("quaint")}),
    own=frozenset({ProjectName("acme-core")}),
    reserved=("acme-*",),
)
LINUX = House(("3.11", "3.12"), ("manylinux*_x86_64",))


def archive(*requires: str, name: str = "foo", pyproject: str | None = None) -> ArchiveReport:
    lines = "".join(f"Requires-Dist: {one}\n" for one in requires)
    texts = {} if pyproject is None else {f"{name}-1.0/pyproject.toml": pyproject}
    return ArchiveReport(metadata=(HEAD.format(name=name) + lines).encode(), texts=texts)


def wheel(subject: Look, *requires: str, name: str = "foo", **fields: object) -> Subject:
    contents = archive(*requires, name=name)
    filename = f"{name}-1.0-py3-none-any.whl"
    return subject(filename, archive=contents, names=KNOWN, house=LINUX, **fields)


def sdist(subject: Look, pyproject: str | None, **fields: object) -> Subject:
    contents = archive(pyproject=pyproject)
    return subject("foo-1.0.tar.gz", archive=contents, names=KNOWN, house=LINUX, **fields)


def before(*requires: str, pyproject: str | None = None) -> Previous:
    filename = "foo-0.9-py3-none-any.whl" if pyproject is None else "foo-0.9.tar.gz"
    file = RequestFile(Filename.parse(filename), digest(filename))
    return Previous(file, NOW, archive(*requires, pyproject=pyproject))


def ids(outcome: Outcome) -> list[tuple[str, Severity]]:
    return [(one.id, one.severity) for one in outcome.findings]


def test_facts_tell_what_holds_in_the_environments_of_the_house(subject: Look) -> None:
    outcome = Dependencies().look(
        wheel(
            subject,
            "numpy>=1",
            "flask; python_version < '3.9'",
            "quaint; sys_platform == 'win32'",
            "requests; extra == 'web' and python_version >= '3.11'",
            "Numpy; sys_platform == 'linux'",
        )
    )

    assert outcome.findings == ()
    assert outcome.facts == {
        "required": ["numpy"],
        "required_by_extras": {"web": ["requests"]},
        "required_elsewhere": ["flask", "quaint"],
        "build_backend": None,
        "build_requires": [],
    }


def test_an_archive_that_cannot_be_read_is_not_assessed(subject: Look) -> None:
    outcome = Dependencies().look(subject(archive=NotAssessable("it hung"), names=KNOWN))

    assert outcome.not_assessed == "it hung"


def test_a_new_unknown_dependency_goes_to_a_person_and_a_known_one_is_told(subject: Look) -> None:
    now = wheel(subject, "requests", "obscure", "quaint", previous=before("requests"))

    assert ids(Dependencies().look(now)) == [
        ("dependencies.new", Severity.REVIEW),
        ("dependencies.new", Severity.INFO),
        ("dependencies.little-known", Severity.INFO),
    ]


def test_what_was_required_before_is_not_new(subject: Look) -> None:
    now = wheel(subject, "requests>=3", previous=before("requests", "flask; extra == 'x'"))

    assert Dependencies().look(now).findings == ()


def test_an_optional_dependency_that_became_a_real_one_is_not_new(subject: Look) -> None:
    now = wheel(subject, "flask", previous=before("flask; extra == 'x'"))

    assert Dependencies().look(now).findings == ()


def test_a_dependency_that_looks_like_another_name_goes_to_a_person(subject: Look) -> None:
    outcome = Dependencies().look(wheel(subject, "reqeusts"))

    assert ids(outcome) == [
        ("dependencies.typosquat", Severity.REVIEW),
        ("dependencies.little-known", Severity.INFO),
    ]
    assert "requests, number 1 by downloads" in outcome.findings[0].what


def test_a_known_project_means_the_names_that_it_has_required_before(subject: Look) -> None:
    old = wheel(subject, "reqeusts", name="quaint", previous=before("reqeusts"))
    new = wheel(subject, "reqeusts", name="quaint", previous=before())

    assert ids(Dependencies().look(old))[0] == ("dependencies.typosquat", Severity.INFO)
    assert ids(Dependencies().look(new))[0] == ("dependencies.typosquat", Severity.REVIEW)


@pytest.mark.parametrize("name", ["acme-core", "acme-other"])
def test_a_stranger_that_requires_a_name_of_the_house_goes_to_a_person(
    subject: Look, name: str
) -> None:
    assert ("dependencies.own-name", Severity.REVIEW) in ids(
        Dependencies().look(wheel(subject, name))
    )


# --- how an sdist is built ---------------------------------------------------------------


def system(requires: str, more: str = "") -> str:
    return f"[build-system]\nrequires = [{requires}]\n{more}\n"


def test_an_sdist_tells_how_it_is_built(subject: Look) -> None:
    text = system("'setuptools>=61', 'numpy'", "build-backend = 'setuptools.build_meta'")

    outcome = Dependencies().look(sdist(subject, text))

    assert outcome.findings == ()
    assert outcome.facts["build_backend"] == "setuptools.build_meta"
    assert outcome.facts["build_requires"] == ["numpy", "setuptools"]


@pytest.mark.parametrize(
    ("pyproject", "expected"),
    [
        (None, []),
        ("[tool.x]\n", []),
        ("[", [("dependencies.build-unread", Severity.REVIEW)]),
        ("build-system = 3\n", [("dependencies.build-unread", Severity.REVIEW)]),
        (system("'x @ https://e.org/x.whl'"), [("dependencies.build-url", Severity.BLOCK)]),
        (system("'setuptoools'"), [("dependencies.typosquat", Severity.REVIEW)]),
        (system("", "build-backend = 'mine.own'"), [("dependencies.odd-backend", Severity.INFO)]),
        (
            system("", "build-backend = 'b'\nbackend-path = ['.']"),
            [("dependencies.in-tree-backend", Severity.INFO)],
        ),
        (system("1, ['x'], 'not (('", "build-backend = 7\nbackend-path = 3"), None),
    ],
)
def test_what_is_odd_about_a_build_is_told(
    subject: Look, pyproject: str | None, expected: list[tuple[str, Severity]] | None
) -> None:
    outcome = Dependencies().look(sdist(subject, pyproject))

    assert outcome.not_assessed is None
    assert expected is None or ids(outcome) == expected


def test_a_new_build_requirement_goes_to_a_person(subject: Look) -> None:
    previous = before(pyproject=system("'setuptools'"))

    outcome = Dependencies().look(
        sdist(subject, system("'setuptools', 'obscure'"), previous=previous)
    )

    assert ids(outcome) == [("dependencies.new", Severity.REVIEW)]
    assert outcome.findings[0].what == "It is now built with obscure, which 0.9 did not."


def test_an_sdist_that_tells_nothing_requires_nobody_knows_what(subject: Look) -> None:
    contents = ArchiveReport(metadata=b"Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n")

    outcome = Dependencies().look(subject("foo-1.0.tar.gz", archive=contents, names=KNOWN))

    assert outcome.facts["required"] is None


# --- requirements by themselves ----------------------------------------------------------


@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_lines_can_be_read_and_sorted(lines: list[str]) -> None:
    found = required(parsed(lines), House())

    assert found.always | found.elsewhere <= found.all


def test_a_house_that_names_nothing_has_every_system() -> None:
    found = required(parsed(["a; sys_platform == 'win32'", "b; os_name == 'posix'"]), House())

    assert found.always == {"a", "b"}


def test_an_extra_may_stand_on_either_side_of_its_marker() -> None:
    found = required(parsed(["a; 'x' == extra", "b; extra == 'y' or extra == 'z'"]), LINUX)

    assert found.by_extra == {"x": {"a"}, "y": {"b"}, "z": {"b"}}
