import pytest
from packaging.version import Version

from affineur.core.errors import BadInput
from affineur.core.lockfiles import Pinned, parse_lock
from affineur.core.names import ProjectName
from support.values import digest

ONE, TWO = digest("one"), digest("two")
WHEEL = "flask-3.0-py3-none-any.whl"


def pinned(filename: str | None, sha256: str | None) -> Pinned:
    return Pinned(ProjectName("flask"), Version("3.0"), filename, sha256)  # type: ignore[arg-type]  # digests above


def test_a_pylock_names_files_and_digests() -> None:
    text = f"""
    lock-version = "1.0"
    [[packages]]
    name = "Flask"
    version = "3.0"
    wheels = [{{url = "https://evil.invalid/{WHEEL}#x", hashes = {{sha256 = "{ONE}"}}}}]
    sdist = {{name = "flask-3.0.tar.gz", hashes = {{sha256 = "{TWO}"}}}}
    """

    assert parse_lock(text, "pylock.toml") == (pinned(WHEEL, ONE), pinned("flask-3.0.tar.gz", TWO))


def test_a_uv_lock_names_files_and_leaves_out_the_project_itself() -> None:
    text = f"""
    [[package]]
    name = "me"
    version = "0.1"
    source = {{ editable = "." }}
    [[package]]
    name = "flask"
    version = "3.0"
    source = {{ registry = "https://index.invalid/simple" }}
    wheels = [{{ url = "https://index.invalid/{WHEEL}", hash = "sha256:{ONE}" }}]
    """

    assert parse_lock(text, "uv.lock") == (pinned(WHEEL, ONE),)


def test_a_poetry_lock_names_files_and_digests() -> None:
    text = f"""
    [[package]]
    name = "flask"
    version = "3.0"
    files = [{{file = "{WHEEL}", hash = "sha256:{ONE}"}}]
    """

    assert parse_lock(text, "poetry.lock") == (pinned(WHEEL, ONE),)


def test_hashed_requirements_name_digests() -> None:
    text = f"# made by hand\nflask==3.0 \\\n    --hash=sha256:{ONE} \\\n    --hash=sha256:{TWO}\n"

    assert parse_lock(text, "requirements.txt") == (pinned(None, ONE), pinned(None, TWO))


def test_options_and_comments_hide_no_pin() -> None:
    text = "# from C:\\\nflask==3.0\n--index-url=https://x.example/\n--pre\nflask==3.0 # \\\n"
    assert parse_lock(text, "requirements.txt") == (pinned(None, None), pinned(None, None))


def test_a_url_may_write_its_filename_otherwise() -> None:
    text = f"""\
[[package]]
name = "flask"
version = "3.0"
wheels = [{{ url = "https://x.example/flask-3.0%2Bcpu.whl#x", hash = "sha256:{ONE}" }}]
"""
    assert parse_lock(text, "uv.lock") == (pinned("flask-3.0+cpu.whl", ONE),)


def test_a_release_without_digests_is_one_pin() -> None:
    assert parse_lock("flask==3.0 ; python_version > '3'  # why\n", "r.txt") == (
        pinned(None, None),
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("flask>=3", "requirements.txt"),
        ("-e .", "requirements.txt"),
        ("--editable .", "requirements.txt"),
        ("--requirement more.txt", "requirements.txt"),
        ("--requirem=more.txt", "requirements.txt"),
        ("long = " + "1" * 10_000, "uv.lock"),
        ("not toml [", "pylock.toml"),
        ("a = 1", "uv.lock"),
        ("[[package]]\nversion = '1'", "uv.lock"),
        ("[[package]]\nname = 'a'\nversion = 'x y'", "uv.lock"),
        ("[[package]]\nname = 'a'\nversion = '1'\nfiles = [{file = 'a'}]", "poetry.lock"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, name: str) -> None:
    with pytest.raises(BadInput):
        parse_lock(text, name)


def test_a_lock_that_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(BadInput, match="no lock file"):
        parse_lock("deep = " + "[" * 10_000, "pylock.toml")


@pytest.mark.parametrize(
    "files",
    [
        "wheels = 1",
        "wheels = [1]",
        "wheels = 'x'",
        "files = [[1]]",
        "files = 3",
        "sdist = []",
        "sdist = {}",
        "wheels = [{name = 1, hashes = {sha256 = 7}}]",
        "wheels = [{url = 3, hash = 7}]",
        "wheels = [{hashes = [1]}]",
    ],
)
def test_files_of_another_form_are_refused(files: str) -> None:
    with pytest.raises(BadInput, match=r"pylock\.toml holds a file"):
        parse_lock(f'[[packages]]\nname = "spam"\nversion = "1.0"\n{files}', "pylock.toml")
