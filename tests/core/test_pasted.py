"""What people paste, read: the samples in `pasted/` were said by the real programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from affineur.core.errors import BadInput, TooLarge
from affineur.core.given_files import read_text
from affineur.core.pasted import read_pasted
from affineur.core.requests import LeftOut

SAMPLES = Path(__file__).with_name("pasted")
PLACE = "it is a place, not a package of an index; nothing is fetched"


def _sample(name: str) -> str:
    return (SAMPLES / f"{name}.txt").read_text("utf-8")


def _without_command(name: str) -> str:
    return _sample(name).partition("\n")[2]


@pytest.mark.parametrize(
    ("name", "kind", "requirements"),
    [
        ("pip-unknown", "pip", ("itsdangerous-nope-zz",)),
        ("pip-unapproved", "pip", ("httpx",)),
        ("pip-pinned-unapproved", "pip", ("httpx==0.27.0",)),
        ("pip-old-pinned", "pip", ("httpx==0.27.0", "anyio")),
        ("pip-too-new", "pip", ("flask>=3.1",)),
        ("pip-from-file", "pip", ("flask==3.0.3", "rich>=13")),
        ("pip-hashes", "pip", ("flask==3.0.3",)),
        ("pip-dep", "pip", ("werkzeug==3.0.3", "jinja2>=99")),
        ("pipenv-install", "pip", ("httpx",)),
        ("uv-add", "uv", ("httpx",)),
        ("uv-add-pinned", "uv", ("rich==13.7.0",)),
        ("uv-sync", "uv", ("celery[redis]>=5.3",)),
        ("uv-pip-unknown", "uv", ("itsdangerous-nope-zz",)),
        ("uv-pip-unapproved", "uv", ("httpx",)),
        ("uv-pip-pinned", "uv", ("httpx==0.27.0",)),
        ("uv-pip-too-new", "uv", ("flask>=3.1",)),
        ("uv-pip-two", "uv", ("flask>=3.1",)),
        ("uv-old", "uv", ("httpx",)),
        ("uv-old-pinned", "uv", ("httpx==0.27.0",)),
        ("poetry-add", "poetry", ("httpx",)),
        ("poetry-add-range", "poetry", ("flask",)),
        ("poetry-lock", "poetry", ("rich>=13",)),
        ("pdm-add", "pdm", ("httpx",)),
        ("pdm-add-range", "pdm", ("flask>=3.1",)),
        ("pdm-lock", "pdm", ("rich",)),
    ],
)
def test_an_error_of_a_real_client_says_what_was_wanted(
    name: str, kind: str, requirements: tuple[str, ...]
) -> None:
    given = read_pasted(_without_command(name))

    assert (given.kind, given.requirements) == (f"an error of {kind}", requirements)
    assert given.left_out == ()


def test_a_command_above_its_error_tells_more_than_the_error() -> None:
    assert read_pasted(_sample("uv-pip-two")).requirements == ("flask>=3.1", "rich", "httpx")
    assert read_pasted(_sample("poetry-add-range")).requirements == ("flask>=3.1",)


def test_an_error_in_colour_and_wrapped_at_a_hyphen_reads_the_same() -> None:
    text = (
        "\x1b[31merror\x1b[39m: No solution found when resolving dependencies\n"
        "  cause: Because typing-\n"
        "         extensions was not found in the package registry and you require typing-\n"
        "         extensions>=4, we can conclude that your requirements are unsatisfiable.\n"
    )
    assert read_pasted(text).requirements == ("typing-extensions>=4",)


def test_other_bytes_than_the_hashes_are_no_matter_of_approval() -> None:
    given = read_pasted(_sample("pip-hashes"))

    assert [remark[:46] for remark in given.remarks] == [
        "pip got other bytes than its hashes name. Appr"
    ]


def test_a_module_is_told_apart_from_a_package() -> None:
    text = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n'
    known = read_pasted(f"{text}ModuleNotFoundError: No module named 'yaml.reader'")
    unknown = read_pasted(f"{text}ModuleNotFoundError: No module named 'frobnicate'")

    assert (known.kind, known.requirements) == ("a failed import", ("pyyaml",))
    assert known.remarks[0].endswith("It is known to come with 'pyyaml'.")
    assert unknown.requirements == ("frobnicate",)
    assert unknown.remarks[0].endswith("Look up which package has it, before you send this.")


def test_our_own_words_are_understood_wherever_they_stand() -> None:
    refusal = (
        "{\"detail\": \"flask 3.0 is withheld from 'internal': not approved in 'approved'; "
        'ask for it with: affineur request flask", "code": "not-approved"}'
    )
    assert read_pasted(refusal).requirements == ("flask",)
    url = f"403 Forbidden: http://h/pypi/internal/files/{'a' * 64}/Flask_Login-0.6.3.tar.gz"
    assert read_pasted(url).requirements == ("flask-login==0.6.3",)


@pytest.mark.parametrize(
    ("line", "requirements"),
    [
        ("pip install flask 'requests[socks]>=2'", ("flask", "requests[socks]>=2")),
        ("$ python3.12 -m pip install -U flask==3.0", ("flask==3.0",)),
        ("(venv) dev@host:~/shop$ uv add flask --group dev httpx", ("flask", "httpx")),
        ("sudo pip3 install -i https://elsewhere.example/simple flask", ("flask",)),
        ("C:\\Python\\Scripts\\pip.exe install flask", ("flask",)),
        ("uv pip install flask && echo done", ("flask",)),
        ("poetry add flask@^3.0 'rich@~13.7' httpx@latest", ("flask<4,>=3.0", "httpx")),
        ("pdm add -dG test pytest", ("pytest",)),
        ("pipenv install flask~=3.0", ("flask~=3.0",)),
        ("uvx ruff", ("ruff",)),
        ("uv tool install black", ("black",)),
        ("pip install \\\n    flask \\\n    httpx", ("flask", "httpx")),
    ],
)
def test_a_command_line_names_its_packages(line: str, requirements: tuple[str, ...]) -> None:
    given = read_pasted(line)

    assert given.kind == "a command"
    assert set(requirements) <= set(given.requirements)
    assert given.left_out == ()


def test_what_a_command_line_names_besides_packages_is_left_out_with_its_reason() -> None:
    given = read_pasted(
        "pip install flask -r more.txt -e ./lib -c limits.txt git+https://h.example/x ."
    )

    assert given.requirements == ("flask",)
    assert given.left_out == (
        LeftOut("-r more.txt", "the file is not read from here: drop it, too"),
        LeftOut("-e ./lib", "a folder is no package of an index"),
        LeftOut("-c limits.txt", "constraints play no part here"),
        LeftOut("git+https://h.example/x", PLACE),
        LeftOut(".", PLACE),
    )


def test_requirement_lines_are_taken_each_by_itself() -> None:
    given = read_text(
        "flask>=3  # the web\n\nrequests, httpx\nrich==13.7.0 --hash=sha256:00\nno thing!\n"
    )

    assert given.kind == "requirements"
    assert given.requirements == ("flask>=3", "requests", "httpx", "rich==13.7.0")
    assert given.left_out == (LeftOut("line 5: no thing!", "it is no requirement"),)


def test_a_bare_name_beside_the_same_with_a_version_says_nothing_new() -> None:
    assert read_text("flask\nFlask>=3").requirements == ("Flask>=3",)


# --- hostile -----------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", " \n\t", "\x1b[0m", "?!", "a" * 300_000])
def test_what_names_no_package_is_refused_or_left_out(text: str) -> None:
    with pytest.raises(BadInput):
        read_pasted(text).ask()


def test_bytes_that_are_no_text_are_refused_by_line() -> None:
    with pytest.raises(BadInput, match="line 2 holds bytes"):
        read_pasted("flask\n\0\n")


def test_more_than_anybody_needs_is_refused() -> None:
    with pytest.raises(TooLarge, match="more than 10000 lines"):
        read_pasted("flask\n" * 100_000)
    with pytest.raises(TooLarge, match="a million characters"):
        read_pasted("a" * 1_000_001)


@pytest.mark.parametrize(
    "text",
    [
        "Because (" * 100_000,
        "you require a>=1," * 50_000,
        "satisfies the requirement a[ " * 30_000,
        "│ " * 400_000,
        "\x1b]" * 400_000,
        "a from http://x (from " * 40_000,
        "pip install " + "-x " * 300_000,
        "pip install " + '"' * 900_000,
        "flask; " + "(" * 1_500,
    ],
    ids=range(9),
)
def test_texts_made_to_be_slow_or_deep_are_read_all_the_same(text: str) -> None:
    assert len(_read_or_refuse(text)) <= 4


def _read_or_refuse(text: str) -> tuple[str, ...]:
    try:
        return read_pasted(text).requirements
    except BadInput:
        return ()


def test_control_characters_never_come_out_again() -> None:
    given = read_pasted("flask\nx\x07y\u202ez is this?\n")

    assert [one.what for one in given.left_out] == ["line 2: x y z is this?"]
