"""Which index this machine's own installers use: the first connector's, unless one is set.

In order: the environment of pip and uv, pip's configuration files, uv's, and then the default
that a library ships, because this repository names no registry. From pip that default is read
out of one of its modules, loaded alone: pip itself is not imported, and it may stand in
another place than our environment, such as the interpreter that the environment was made of.
"""

from __future__ import annotations

import configparser
import os
import re
import sys
import sysconfig
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from affineur.core.errors import BadInput
from affineur.upstream.origins import shown

_HINT = "Set AFFINEUR_UPSTREAM to the URL of the simple index that affineur is to read."
_VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
_NAMED = re.compile(r"[A-Za-z0-9._-]+=(?=[a-z]+:)")
"""uv lets an index have a name: `corporate=https://...`."""


@dataclass(frozen=True, slots=True)
class IndexUrl:
    """The URL of a simple index, ending in '/', and the credentials that stood in it."""

    url: str
    username: str | None = None
    password: str | None = None


def default_index(environment: Mapping[str, str]) -> IndexUrl:
    """Find the index that installers use here; raise `BadInput` when there is none."""
    for source in (_from_environment, _from_pip, _from_uv, _from_a_library):
        url = source(environment)
        if url:
            return split_credentials(url)
    raise BadInput("No index is configured on this machine, and there is no pip.", hint=_HINT)


def split_credentials(url: str) -> IndexUrl:
    """Read an index URL; raise `BadInput` when it is not http or https."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadInput(f"{shown(url)} is not a URL.", hint=_HINT) from error
    if parts.scheme not in {"http", "https"} or not host:
        raise BadInput(f"{shown(url)} is not the URL of an index on http or https.", hint=_HINT)
    plain_host = f"[{host}]" if ":" in host else host
    authority = plain_host if port is None else f"{plain_host}:{port}"
    bare = urlunsplit((parts.scheme, authority, parts.path.rstrip("/") + "/", "", ""))
    return IndexUrl(bare, _decoded(parts.username), _decoded(parts.password))


def _decoded(text: str | None) -> str | None:
    return None if text is None else unquote(text)


def _from_environment(environment: Mapping[str, str]) -> str | None:
    urls = (environment.get(variable, "").strip() for variable in _VARIABLES)
    return next((_NAMED.sub("", url, count=1) for url in urls if url), None)


def _from_pip(environment: Mapping[str, str]) -> str | None:
    """Read pip's configuration as pip does: later files win, `[install]` wins over `[global]`."""
    found: dict[str, str] = {}
    for path in _pip_files(environment):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError) as error:
            raise BadInput(f"pip's configuration {path} cannot be read.", hint=_HINT) from error
        for section in ("global", "install"):
            if parser.has_section(section):
                options = {key.replace("_", "-"): value for key, value in parser.items(section)}
                found |= {section: options["index-url"]} if options.get("index-url") else {}
    return found.get("install") or found.get("global")


def _pip_files(environment: Mapping[str, str]) -> Iterator[Path]:
    named = environment.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    name = "pip.ini" if os.name == "nt" else "pip.conf"
    for folder in _folders(environment, "pip"):
        yield folder / name
    if os.name != "nt":
        yield Path("/etc") / name
    if "HOME" in environment:
        yield Path(environment["HOME"], ".pip", name)
    for folder in _user_folders(environment, "pip"):
        yield folder / name
    yield Path(sys.prefix, name)
    if named:
        yield Path(named)


def _from_uv(environment: Mapping[str, str]) -> str | None:
    """Read uv's configuration: the user's before the machine's."""
    if environment.get("UV_NO_CONFIG", "").lower() in {"1", "true", "yes"}:
        return None
    named = environment.get("UV_CONFIG_FILE")
    folders = [*_user_folders(environment, "uv"), *_folders(environment, "uv"), Path("/etc/uv")]
    paths = [Path(named)] if named else [folder / "uv.toml" for folder in folders]
    urls = (_uv_index(path) for path in paths if path.is_file())
    return next((url for url in urls if url), None)


def _uv_index(path: Path) -> str | None:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"uv's configuration {path} is not TOML.", hint=_HINT) from error
    indexes = table.get("index")
    for index in indexes if isinstance(indexes, list) else []:
        if index.get("default") is True and isinstance(index.get("url"), str):
            return str(index["url"])
    return _text(table.get("index-url")) or _text(table.get("pip", {}).get("index-url"))


def _text(value: Any) -> str | None:  # Any: a TOML value
    return value if isinstance(value, str) else None


def _user_folders(environment: Mapping[str, str], program: str) -> Iterator[Path]:
    """Where a user configures a program."""
    home = environment.get("HOME")
    if os.name == "nt" and "APPDATA" in environment:
        yield Path(environment["APPDATA"], program)
    if sys.platform == "darwin" and home:
        yield Path(home, "Library", "Application Support", program)
    if environment.get("XDG_CONFIG_HOME"):
        yield Path(environment["XDG_CONFIG_HOME"], program)
    elif home:
        yield Path(home, ".config", program)


def _folders(environment: Mapping[str, str], program: str) -> Iterator[Path]:
    """Where a machine configures a program for all its users."""
    if os.name == "nt" and "PROGRAMDATA" in environment:
        yield Path(environment["PROGRAMDATA"], program)
    if sys.platform == "darwin":
        yield Path("/Library", "Application Support", program)
    for folder in (environment.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep):
        yield Path(folder, program)


def _from_a_library(_environment: Mapping[str, str]) -> str | None:
    folders = [f"{root}/pip/_internal/models" for root in _roots()]
    spec = PathFinder.find_spec("index", folders)
    if spec is not None and spec.loader is not None:
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return str(module.PyPI.simple_url)
    if find_spec("pypi_simple") is not None:
        return str(import_module("pypi_simple").PYPI_SIMPLE_ENDPOINT)
    return None


def _roots() -> Iterator[str]:
    """Where a pip may stand: beside us, in the base interpreter, or bundled as a wheel."""
    yield from sys.path
    base = {"base": sys.base_prefix, "platbase": sys.base_prefix}
    yield sysconfig.get_path("purelib", vars=base)
    yield f"{sys.base_prefix}/lib/python3/dist-packages"
    bundles = [Path(sysconfig.get_config_var("WHEEL_PKG_DIR") or os.devnull)]
    ensurepip = find_spec("ensurepip")
    if ensurepip is not None and ensurepip.origin is not None:
        bundles.append(Path(ensurepip.origin).parent / "_bundled")
    for bundle in bundles:
        yield from map(str, sorted(bundle.glob("pip-*.whl"), reverse=True))
