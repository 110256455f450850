"""Files that people ask with; the locks in `locks/` were written by the real programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from affineur.core.errors import BadInput, TooLarge
from affineur.core.given import Given
from affineur.core.given_files import read_file, read_text
from affineur.core.lockfiles import parse_lock
from affineur.core.names import ProjectName
from affineur.core.requests import Ask, LeftOut

LOCKS = Path(__file__).with_name("locks")
OWN = "it is a folder or a file of your own"


def _lock(name: str) -> bytes:
    return (LOCKS / name).read_bytes()


def _releases(given: Given) -> list[tuple[str, str, int]]:
    return [(one.project, str(one.version), len(one.files)) for one in given.releases]


@pytest.mark.parametrize(
    ("name", "file"),
    [("uv.lock", "uv.toml"), ("poetry.lock", "poetry.toml"), ("pdm.lock", "pdm.toml")],
)
def test_a_lock_file_asks_for_exactly_its_files(name: str, file: str) -> None:
    given = read_file(name, _lock(file))

    assert given.kind == f"the lock file {name}"
    assert ("blinker", "1.9.0", 2) in _releases(given)
    assert given.requirements == ()
    asked = given.ask()
    assert asked.is_lock
    assert {
        (one.project, one.sha256) for one in parse_lock(asked.document or "", "pylock.toml")
    } == {(release.project, file.sha256) for release in given.releases for file in release.files}


def test_the_project_of_a_lock_is_left_out() -> None:
    assert read_file("uv.lock", _lock("uv.toml")).left_out == (LeftOut("shop", OWN),)


def test_a_pasted_lock_file_is_read_as_one() -> None:
    pasted = read_text(_lock("uv.toml").decode())

    assert pasted.kind == "a pasted lock file"
    assert pasted.releases == read_file("uv.lock", _lock("uv.toml")).releases


def test_a_pipfile_lock_is_asked_for_by_version() -> None:
    given = read_file("Pipfile.lock", _lock("pipenv.json"))

    assert given.releases == ()
    assert given.requirements[0].startswith("blinker==1.9.0; python_version")


def test_a_pipfile_lock_can_be_checked() -> None:
    pins = parse_lock(_lock("pipenv.json").decode(), "Pipfile.lock")

    assert {(one.project, str(one.version)) for one in pins} >= {("blinker", "1.9.0")}
    assert all(one.sha256 for one in pins)


def test_what_a_lock_takes_from_elsewhere_is_left_out_with_its_reason() -> None:
    lock = b"""
[[package]]
name = "from-git"
version = "1.0"
source = { git = "https://h.example/x?rev=1#2" }
[[package]]
name = "from-poetry-git"
version = "1.0"
files = []
[package.source]
type = "git"
url = "https://h.example/y"
[[package]]
name = "mine"
version = "1.0"
source = { editable = "." }
"""
    given = read_file("uv.lock", lock)

    assert given.left_out == (
        LeftOut("from-git", "it comes from a repository, not from an index"),
        LeftOut("from-poetry-git", "it comes from a repository, not from an index"),
        LeftOut("mine", OWN),
    )
    with pytest.raises(BadInput, match="nothing in it to ask for"):
        given.ask()


def test_a_requirements_file_gives_its_lines_and_tells_the_rest() -> None:
    text = b"""\xef\xbb\xbf# made by hand
-r base.txt
-c limits.txt
--index-url https://me:secret@elsewhere.example/simple
-e .
git+https://h.example/x
./wheels/spam-1.0-py3-none-any.whl
flask==3.0.3 \\
    --hash=sha256:00 \\
    --hash=sha256:11
requests >= 2 ; python_version > "3"
direct @ https://h.example/d.whl
what is this
"""
    given = read_file("requirements.txt", text)

    assert given.requirements == ("flask==3.0.3", 'requests>=2; python_version > "3"')
    assert [(one.what, one.why[:20]) for one in given.left_out] == [
        ("line 2: -r base.txt", "an included file is "),
        ("line 3: -c limits.txt", "constraints play no "),
        (
            "line 4: --index-url https://…@elsewhere.example/simple",
            "options play no part",
        ),
        ("line 5: -e .", "a folder or a reposi"),
        ("line 6: git+https://h.example/x", "it names a place, no"),
        ("line 7: ./wheels/spam-1.0-py3-none-any.whl", "it names a place, no"),
        ("line 12: direct @ https://h.example/d.whl", "it names a place, no"),
        ("line 13: what is this", "it is no requirement"),
    ]
    assert given.remarks == (
        "Its hashes are not compared here; pip and uv do so when they install.",
    )


def test_a_requirements_file_in_utf_16_is_read() -> None:
    given = read_file("requirements.txt", "flask\r\nrequests\r\n".encode("utf-16"))

    assert given.requirements == ("flask", "requests")


def test_very_many_requirements_are_asked_for_as_a_file() -> None:
    lines = [f"project-{number}==1.0" for number in range(1500)]
    asked = read_file("requirements.txt", "\n".join(lines).encode()).ask()

    assert asked == Ask((), "\n".join(lines) + "\n", "requirements.txt")


def test_a_project_file_gives_all_that_it_names() -> None:
    text = b"""
[project]
name = "shop"
dependencies = ["flask>=3"]
[project.optional-dependencies]
redis = ["redis"]
[dependency-groups]
dev = ["pytest", {include-group = "x"}]
[build-system]
requires = ["hatchling"]
[tool.poetry.dependencies]
python = "^3.11"
rich = "^13.7"
celery = {version = "~5.3", extras = ["redis"]}
lib = {path = "../lib"}
"""
    given = read_file("pyproject.toml", text)

    assert given.requirements == (
        "flask>=3",
        "redis",
        "pytest",
        "hatchling",
        "rich<14,>=13.7",
        "celery<5.4,>=5.3",
    )
    assert given.left_out == (LeftOut("lib", OWN),)


def test_names_can_be_left_out_of_what_was_given() -> None:
    given = read_text("flask\nacme-tools>=1").without([ProjectName("acme-tools")], "it is ours")

    assert given.projects == ("flask",)
    assert given.left_out == (LeftOut("acme-tools", "it is ours"),)


# --- hostile -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("uv.lock", b"x=" + b"[" * 200_000, "no lock file"),
        ("Pipfile.lock", b"[" * 200_000, "no JSON"),
        ("Pipfile.lock", b"[]", "names no packages"),
        ("Pipfile.lock", b'{"_meta": {}, "default": {"a": 1}}', "cannot be read"),
        ("pylock.toml", b"packages = 1", "names no packages"),
        ("uv.lock", b"a=" + b"9" * 10_000, "no lock file"),
        ("pyproject.toml", b"[project\n", "not TOML"),
        ("requirements.txt", bytes(range(256)), "is no text: line 1"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0", "is no text"),
        ("../../etc/passwd", b"root:x:0:0\nwho knows?", "nothing in it to ask for"),
        ("poetry.lock", b'[[package]]\nname="../x"\nversion="1"', "not a project name"),
    ],
)
def test_files_that_cannot_be_read_say_why(name: str, data: bytes, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        read_file(name, data).ask()


def test_files_that_are_too_large_are_not_read() -> None:
    with pytest.raises(TooLarge, match="8 MiB"):
        read_file("requirements.txt", b"a" * (8 * 1024 * 1024 + 1))
    with pytest.raises(TooLarge, match="more than 10000 lines"):
        read_file("requirements.txt", b"flask\n" * 100_000)
    many = b"".join(b'[[package]]\nname="p%d"\nversion="1"\n' % one for one in range(2001))
    with pytest.raises(TooLarge, match="names 2001 packages"):
        read_file("requirements.txt", b"".join(b"p%d\n" % one for one in range(2001)))
    with pytest.raises(TooLarge, match="names 2001 releases"):
        read_file("uv.lock", many)


def test_a_file_under_another_release_is_refused() -> None:
    lock = (
        b'[[package]]\nname="spam"\nversion="1"\nfiles=[{file="eggs-1-py3-none-any.whl", '
        b'hash="sha256:' + b"a" * 64 + b'"}]'
    )
    with pytest.raises(BadInput, match=r"eggs-1-py3-none-any\.whl is no file of spam 1"):
        read_file("poetry.lock", lock)
