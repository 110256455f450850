"""Files that people ask with, honest and hostile."""

from __future__ import annotations

import pytest

from affineur.core.errors import BadInput
from affineur.resolve.documents import releases_of_lock, requirement_lines
from support.approving import lock_of
from support.dists import sdist, wheel

NAME = "requirements.txt"
SPAM = wheel("spam", "1.0")
SPAM_SDIST = sdist("spam", "1.0")
EGGS = wheel("eggs", "2.0")
DIGEST = "a" * 64
HASHES = f'hashes = {{sha256 = "{DIGEST}"}}'


def test_requirements_come_without_hashes_comments_and_empty_lines() -> None:
    document = (
        "\ufeff# made by hand\n"
        "\n"
        "spam==1.0 \\\n"
        f"    --hash=sha256:{DIGEST} \\\n"
        f"    --hash=sha256:{DIGEST}\r\n"
        "Eggs[more] >= 2 ; python_version < '3.13'  # the newest\n"
        "\tbacon\t# tabs\n"
        f"ham==1 --hash sha256:{DIGEST}\n"
    )
    assert requirement_lines(document, NAME) == [
        "spam==1.0",
        'Eggs[more]>=2; python_version < "3.13"',
        "bacon",
        "ham==1",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "-r /etc/passwd",
        "-r/etc/passwd",
        "--requirement=/etc/passwd",
        "-c constraints.txt",
        "-e .",
        "--editable git+https://evil.example/x",
        "-i https://evil.example/simple",
        "--index-url https://evil.example/simple",
        "--extra-index-url=https://evil.example/simple",
        "--find-links /etc",
        "--no-binary :all:",
        "--trusted-host evil.example",
        "-\\\nr /etc/passwd",
        "https://evil.example/spam-1.0-py3-none-any.whl",
        "spam @ https://evil.example/spam-1.0-py3-none-any.whl",
        "spam @ file:///etc/passwd",
        "spam@git+https://evil.example/x",
        "git+https://evil.example/x#egg=spam",
        "./spam-1.0-py3-none-any.whl",
        "/etc/passwd",
        "..\\spam",
        "C:\\spam",
        "spam -r /etc/passwd",
        "spam \\\n-r /etc/passwd",
        f"spam --hash=sha256:{DIGEST} -r /etc/passwd",
        "spam --global-option=x",
        "spam --config-settings=x=y",
        "${HOME}",
        "spam==${VERSION}",
        "spam\x00",
        "spam\x1b[31m",
        "sp\x07am",
        "spam\u202e==1",
        "spam; os_name == 'a\x0bb'",
        "sp\u00e4m",
    ],
)
def test_what_is_no_plain_requirement_is_refused_by_its_line(line: str) -> None:
    with pytest.raises(BadInput, match=r"^Line 2 of requirements.txt") as refusal:
        requirement_lines(f"eggs\n{line}\n", NAME)
    assert refusal.value.message.isprintable()


def test_a_refused_line_is_named_by_where_it_begins() -> None:
    document = f"eggs \\\n --hash=sha256:{DIGEST} \\\n --hash=sha256:{DIGEST}\nspam \\\n -r x\n"
    with pytest.raises(BadInput, match=r"^Line 4 of requirements.txt"):
        requirement_lines(document, NAME)


def test_a_comment_that_ends_in_a_backslash_swallows_no_requirement() -> None:
    document = "# see C:\\\nspam==1 \\\n# and D:\\\neggs \\"

    assert requirement_lines(document, NAME) == ["spam==1", "eggs"]


def test_a_document_holds_ten_thousand_requirements_and_no_more() -> None:
    assert len(requirement_lines("spam\n" * 10_000, NAME)) == 10_000
    with pytest.raises(BadInput, match="more than 10000"):
        requirement_lines("spam\n" * 10_001, NAME)


@pytest.mark.parametrize("document", ["", "\n \n", "# nothing\n", "\\\n"])
def test_a_document_without_requirements_asks_for_nothing(document: str) -> None:
    with pytest.raises(BadInput, match="holds no requirement"):
        requirement_lines(document, NAME)


def test_a_lock_names_its_releases_and_files() -> None:
    document = lock_of(SPAM, SPAM_SDIST, EGGS).document or ""

    found = releases_of_lock(document, "pylock.toml")

    assert [(one.project, str(one.version)) for one in found] == [("spam", "1.0"), ("eggs", "2.0")]
    assert [(file.filename.text, file.sha256) for one in found for file in one.files] == [
        (SPAM.filename, SPAM.sha256),
        (SPAM_SDIST.filename, SPAM_SDIST.sha256),
        (EGGS.filename, EGGS.sha256),
    ]


def test_a_file_of_a_lock_is_named_by_its_url_or_path_without_a_name() -> None:
    document = f"""\
[[packages]]
name = "spam"
version = "1.0"
wheels = [
  {{ url = "https://x.example/a/{SPAM.filename}?x=/y#z", hashes = {{ sha256 = "{DIGEST}" }} }},
]
[packages.sdist]
path = "dist/{SPAM_SDIST.filename}"
hashes = {{ sha256 = "{DIGEST}" }}
"""
    (found,) = releases_of_lock(document, "pylock.toml")
    assert [one.filename.text for one in found.files] == [SPAM.filename, SPAM_SDIST.filename]


def test_a_url_in_a_lock_may_write_its_filename_otherwise() -> None:
    document = _lock(f'sdist = {{url = "https://x.example/spam-1.0%2Bcpu.tar.gz", {HASHES}}}')
    (found,) = releases_of_lock(document.replace('"1.0"', '"1.0+cpu"'), "pylock.toml")
    assert [one.filename.text for one in found.files] == ["spam-1.0+cpu.tar.gz"]


def test_what_no_index_has_is_left_out_of_a_lock() -> None:
    document = '[[packages]]\nname = "here"\n[packages.directory]\npath = "."\n'
    assert releases_of_lock(document, "pylock.toml") == ()


def _lock(package: str) -> str:
    return f'[[packages]]\nname = "spam"\nversion = "1.0"\n{package}'


@pytest.mark.parametrize(
    "document",
    [
        "not [ toml",
        "deep = " + "[" * 10_000,
        "long = " + "1" * 10_000,
        "",
        'packages = "spam"',
        "packages = [1]",
        '[[packages]]\nversion = "1.0"',
        '[[packages]]\nname = "../etc"\nversion = "1.0"',
        '[[packages]]\nname = "spam"\nversion = "not one"',
        _lock(f'sdist = {{url = "https://x.example/..%2F..%2Fspam-1.0.tar.gz", {HASHES}}}'),
        _lock("wheels = 1"),
        _lock("wheels = [1]"),
        _lock("sdist = []"),
        _lock('wheels = [{name = "spam-1.0-py3-none-any.whl"}]'),
        _lock('wheels = [{name = "spam-1.0-py3-none-any.whl", hashes = {md5 = "0"}}]'),
        _lock('wheels = [{name = "spam-1.0-py3-none-any.whl", hashes = "x"}]'),
        _lock('wheels = [{name = "spam-1.0-py3-none-any.whl", hashes = {sha256 = "zz"}}]'),
        _lock('wheels = [{name = "spam-1.0-py3-none-any.whl", hashes = {sha256 = 7}}]'),
        _lock(f'wheels = [{{name = "evil-1.0-py3-none-any.whl", {HASHES}}}]'),
        _lock(f'wheels = [{{name = "spam-2.0-py3-none-any.whl", {HASHES}}}]'),
        _lock(f'wheels = [{{name = "spam-1.0.exe", {HASHES}}}]'),
        _lock(f"wheels = [{{{HASHES}}}]"),
    ],
)
def test_a_lock_that_cannot_be_read_is_bad_input(document: str) -> None:
    with pytest.raises(BadInput):
        releases_of_lock(document, "pylock.toml")
