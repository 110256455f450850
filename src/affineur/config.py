"""Settings: every field a sentence and a unit, from TOML and the environment, then frozen.

`AFFINEUR_DATA` names the data directory; `affineur.toml` in it is read when it exists; then
`AFFINEUR_` and the field's name in capitals overrides what the file says.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from affineur.core.errors import BadInput

_PREFIX = "AFFINEUR_"


def _setting(default: Any, sentence: str) -> Any:  # Any: as dataclasses.field itself
    return field(default=default, metadata={"sentence": sentence})


@dataclass(frozen=True, slots=True)
class Settings:
    """How one server is set up."""

    data: Path = _setting(Path("affineur-data"), "Directory of everything the server keeps.")
    database_url: str = _setting(
        "", "SQLAlchemy URL of the database; empty means SQLite in the data directory."
    )
    blobs_url: str = _setting(
        "", "URL of the blob store; empty means the folder `blobs` in the data directory."
    )
    upstream: str = _setting(
        "",
        "Index URL of the first connector at `init`; empty means the index that pip is "
        "configured to use on this machine.",
    )
    public_url: str = _setting(
        "", "URL under which clients reach the server; empty means http://HOST:PORT of `serve`."
    )
    pythons: tuple[str, ...] = _setting(
        ("3.11", "3.12", "3.13", "3.14"),
        "Python versions of the organisation, for which closures are resolved.",
    )
    platforms: tuple[str, ...] = _setting(
        (
            "any",
            "linux_x86_64",
            "manylinux*_x86_64",
            "macosx_*_arm64",
            "macosx_*_universal2",
            "win_amd64",
        ),
        "Wheel platform tags ('*' stands for anything) of which files are asked for and vetted.",
    )
    sdists: bool = _setting(
        default=True, sentence="Whether a release's sdist is asked for along with its wheels."
    )
    all_files: bool = _setting(
        default=False,
        sentence="Whether all files of a release are asked for and vetted, whatever `pythons`, "
        "`platforms` and `sdists` say.",
    )
    cache_bytes: int = _setting(
        20 * 1024**3,
        "Most that cached files which nobody approved may take, in bytes; beyond it those not "
        "used for longest go. 0 sets no limit.",
    )
    keep_free_bytes: int = _setting(
        1024**3,
        "Bytes kept free on the disk of the blobs: no file from outside is begun that would use "
        "them, and cached files go while less than twice as much is free.",
    )
    page_fresh_s: float = _setting(
        600.0, "Seconds for which an upstream page is used before it is asked for again."
    )
    missing_fresh_s: float = _setting(
        60.0, "Seconds for which an upstream's 'no such project' is believed."
    )
    names_fresh_s: float = _setting(
        3600.0,
        "Seconds for which an upstream's list of all its projects is used before it is asked for "
        "again; it may have 40 MB.",
    )
    unknown_wait_s: float = _setting(
        8.0,
        "Longest that a client waits, in seconds, while upstreams are asked about a project that "
        "is not known yet; clients give up after 15 s and more.",
    )
    upstream_timeout_s: float = _setting(
        20.0, "Longest silence of an upstream, in seconds, connecting or between two reads."
    )
    max_page_bytes: int = _setting(64 * 1024 * 1024, "Largest upstream page, in bytes.")
    max_file_bytes: int = _setting(
        2 * 1024 * 1024 * 1024, "Largest file that is fetched or uploaded, in bytes."
    )
    scorecard_url: str = _setting(
        "",
        "URL of a service that gives OpenSSF Scorecards at `projects/FORGE/OWNER/NAME`, asked for "
        "each release that is vetted; empty asks nobody.",
    )
    advisories_url: str = _setting(
        "",
        "URL of the zip of OSV records (or of the folder that holds `all.zip`) from which "
        "advisories are brought up to date; empty means OSV's own export.",
    )
    advisories_every_s: float = _setting(
        3600.0, "Seconds between two times that the server does so by itself; 0 is never."
    )
    resolve_timeout_s: float = _setting(300.0, "Longest resolution of one request, in seconds.")
    archive_timeout_s: float = _setting(60.0, "Longest reading of one archive, in seconds.")
    archive_memory_bytes: int = _setting(
        1024 * 1024 * 1024, "Memory limit of the process that reads one archive, in bytes."
    )
    archive_total_bytes: int = _setting(
        4 * 1024 * 1024 * 1024, "Most that one archive may hold uncompressed, in bytes."
    )
    compare_sdist_bytes: int = _setting(
        20 * 1024 * 1024,
        "Largest sdist, in bytes, that is fetched only to compare the wheels of its release with "
        "it; 0 fetches none.",
    )
    job_attempts: int = _setting(3, "How often a job is tried before its item is parked.")
    job_lease_s: float = _setting(
        30.0, "Seconds after which the job of a silent worker is taken over by another."
    )
    job_workers: int = _setting(4, "Jobs that one process works on at the same time.")
    anonymous_internal: str = _setting(
        "loopback",
        "Who may read `internal` without a token, set at `init`: `loopback` (only when "
        "serving on loopback), `yes` or `no`.",
    )
    session_idle_s: float = _setting(
        12 * 3600.0, "Seconds without a page after which somebody has to sign in again."
    )
    session_s: float = _setting(
        7 * 24 * 3600.0, "Seconds after which everybody has to sign in again."
    )
    proxies: tuple[str, ...] = _setting(
        (),
        "Addresses of the proxies in front of the server, whose word (X-Forwarded-For) on where a "
        "client is counts when signing in fails too often.",
    )
    ask_hint: str = _setting(
        "", "Sentence that tells refused developers whom to ask, added to every reason."
    )

    @property
    def database(self) -> str:
        """The database's URL, with the default filled in."""
        return self.database_url or f"sqlite:///{self.data.absolute() / 'affineur.db'}"

    @property
    def blobs(self) -> Path:
        """The folder of the local blob store."""
        return self.data.absolute() / "blobs"


def load_settings(
    environment: Mapping[str, str] | None = None,
    **overrides: Any,  # Any: values of the fields above
) -> Settings:
    """Read the settings; raise `BadInput` naming the setting that cannot be used."""
    environment = os.environ if environment is None else environment
    data = Path(overrides.pop("data", None) or environment.get("AFFINEUR_DATA", "affineur-data"))
    values = _from_file(data / "affineur.toml") | _from_environment(environment)
    return Settings(**(values | overrides | {"data": data}))


def _from_file(path: Path) -> dict[str, Any]:  # Any: TOML as read
    if not path.exists():
        return {}
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path} is not TOML: {error}.") from error
    known = get_type_hints(Settings)
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise BadInput(f"{path} has unknown settings: {', '.join(unknown)}.")
    return {name: _typed(name, known[name], value) for name, value in table.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:  # Any: as Settings
    known = get_type_hints(Settings)
    return {
        one.name: _typed(one.name, known[one.name], environment[_PREFIX + one.name.upper()])
        for one in fields(Settings)
        if environment.get(_PREFIX + one.name.upper())
    }


def _typed(name: str, kind: Any, value: Any) -> Any:  # Any: a TOML or environment value
    try:
        return _convert(kind, value)
    except (TypeError, ValueError) as error:
        raise BadInput(f"The setting {name} = {value!r} cannot be used: {error}.") from error


def _convert(kind: Any, value: Any) -> Any:  # Any: a TOML or environment value
    if kind is bool:
        if isinstance(value, bool):
            return value
        if str(value).lower() not in {"true", "false", "1", "0", "yes", "no"}:
            message = "it is neither true nor false"
            raise ValueError(message)
        return str(value).lower() in {"true", "1", "yes"}
    if kind == tuple[str, ...]:
        parts = value.split(",") if isinstance(value, str) else value
        return tuple(str(part).strip() for part in parts if str(part).strip())
    return kind(value)
