"""The default upstream is the index that this machine's installers use."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from affineur.core.errors import BadInput
from affineur.core.names import ProjectName
from affineur.core.ports import Site, UpstreamPage
from affineur.upstream.client import HttpUpstream
from affineur.upstream.default_index import IndexUrl, default_index, split_credentials

MACHINE = dict(os.environ)
"""As it is before the tests clean it."""
NOTHING = {"PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1"}


@pytest.mark.parametrize("variable", ["PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"])
def test_the_environment_comes_first(variable: str) -> None:
    environment = NOTHING | {variable: "https://mirror.example/simple"}
    assert default_index(environment) == IndexUrl("https://mirror.example/simple/")


def test_an_index_of_uv_may_have_a_name() -> None:
    environment = NOTHING | {"UV_DEFAULT_INDEX": "corp=https://mirror.example/simple/"}
    assert default_index(environment) == IndexUrl("https://mirror.example/simple/")


def test_credentials_are_split_off() -> None:
    index = split_credentials("https://ada:p%40ss@mirror.example:8443/simple?x#y")
    assert index == IndexUrl("https://mirror.example:8443/simple/", "ada", "p@ss")


@pytest.mark.parametrize(
    "url", ["file:///srv/simple", "/srv/simple", "ftp://u:pa55@h/", "https://", "https://h:x/"]
)
def test_what_is_no_index_on_http_is_refused_with_what_to_do(url: str) -> None:
    with pytest.raises(BadInput) as refused:
        split_credentials(url)
    assert "AFFINEUR_UPSTREAM" in refused.value.hint
    assert "pa55" not in refused.value.message


def test_pip_configuration_is_read_where_later_files_win(tmp_path: Path) -> None:
    user = tmp_path / ".config" / "pip"
    user.mkdir(parents=True)
    (user / "pip.conf").write_text("[global]\nindex-url = https://user.example/simple\n")
    named = tmp_path / "named.conf"
    named.write_text("[global]\nindex_url = https://named.example/%(simple)\n")
    home = {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path)}

    assert default_index(home).url == "https://user.example/simple/"
    assert default_index(home | {"PIP_CONFIG_FILE": str(named)}).url == (
        "https://named.example/%(simple)/"
    )


def test_a_broken_pip_configuration_is_named(tmp_path: Path) -> None:
    named = tmp_path / "named.conf"
    named.write_text("index-url\n")
    with pytest.raises(BadInput, match=r"named\.conf cannot be read"):
        default_index({"PIP_CONFIG_FILE": str(named)})


@pytest.mark.parametrize(
    "text",
    [
        (
            '[[index]]\nurl = "https://extra.example/"\n'
            '[[index]]\nurl = "https://uv.example/simple"\ndefault = true\n'
        ),
        'index-url = "https://uv.example/simple"\n',
        '[pip]\nindex-url = "https://uv.example/simple"\n',
    ],
)
def test_uv_configuration_is_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "uv.toml").write_text(text)
    environment = {"PIP_CONFIG_FILE": os.devnull, "UV_CONFIG_FILE": str(tmp_path / "uv.toml")}
    assert default_index(environment).url == "https://uv.example/simple/"


def test_pip_tells_its_default_without_being_imported() -> None:
    before = set(sys.modules)
    index = default_index(NOTHING)

    assert index.url.startswith("https://")
    assert index.url.endswith("/simple/")
    assert not any(name.split(".")[0] == "pip" for name in set(sys.modules) - before)


def test_in_an_environment_without_pip_the_base_interpreter_tells(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = default_index(NOTHING)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if not Path(p, "pip").exists()])
    assert default_index(NOTHING) == expected


def test_without_any_installed_pip_its_bundled_wheel_tells(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    expected = default_index(NOTHING)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if not Path(p, "pip").exists()])
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    assert default_index(NOTHING) == expected


@pytest.mark.network
def test_a_real_page_is_read_through_the_default_index() -> None:
    async def asking() -> UpstreamPage:
        index = default_index(MACHINE)
        upstream = HttpUpstream()
        site = Site(index.url, (), index.username, index.password)
        page = await upstream.page(site, ProjectName("flask"))
        assert isinstance(page, UpstreamPage)
        location = page.files[-1].location
        assert location is not None
        async with upstream.file(site, location) as download:
            assert b"".join([chunk async for chunk in download.chunks])
        return page

    page = asyncio.run(asking())

    assert len(page.files) > 100
    assert all(file.sha256 is not None for file in page.files)
    assert any(file.uploaded_at is not None for file in page.files)
