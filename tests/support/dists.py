"""Real wheels and sdists, built in memory, the same bytes every time; broken ones on request.

A wheel holds what PEP 427 asks for and installs with real clients. An sdist carries a build
backend of its own (PEP 517, in tree), so that pip can build it without any network.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import stat
import tarfile
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto

from affineur.core.names import Sha256

BOMB_BYTES = 64 * 1024 * 1024
"""What a `Flaw.BOMB` unpacks to; it is some thousand times smaller as it is sent."""

_ZIP_EPOCH = (2020, 2, 2, 0, 0, 0)
_TAR_EPOCH = 1_580_601_600


class Flaw(StrEnum):
    """What is wrong with a distribution; each holds for wheels and sdists unless it says so."""

    WRONG_RECORD_HASH = auto()
    """RECORD gives another hash for the first file (wheel)."""
    NO_RECORD = auto()
    """There is no RECORD (wheel)."""
    UNRECORDED_FILE = auto()
    """A file that RECORD does not name (wheel)."""
    MISSING_FILE = auto()
    """RECORD names a file that is not there (wheel)."""
    NO_METADATA = auto()
    """There is no METADATA, no PKG-INFO."""
    WRONG_NAME = auto()
    """The metadata names another project."""
    WRONG_VERSION = auto()
    """The metadata names another version."""
    TRAVERSAL = auto()
    """A member's name climbs out of the archive with `..`."""
    ABSOLUTE = auto()
    """A member's name begins with a slash."""
    DUPLICATE = auto()
    """Two members have the same name and other contents."""
    SYMLINK = auto()
    """A member is a symbolic link to /etc/passwd."""
    BOMB = auto()
    """A member of `BOMB_BYTES` zeros."""
    TRUNCATED = auto()
    """The second half of the archive is missing."""
    NOT_AN_ARCHIVE = auto()
    """The bytes are HTML."""


@dataclass(frozen=True, slots=True)
class Dist:
    """A distribution file and its core metadata."""

    filename: str
    data: bytes
    metadata: bytes
    requires_python: str | None = None

    @property
    def sha256(self) -> Sha256:
        """The digest of the file."""
        return Sha256(hashlib.sha256(self.data).hexdigest())

    @property
    def metadata_sha256(self) -> Sha256:
        """The digest of the core metadata."""
        return Sha256(hashlib.sha256(self.metadata).hexdigest())

    @property
    def project(self) -> str:
        """The name that stands in the filename."""
        return self.filename.split("-", 1)[0]

    @property
    def is_wheel(self) -> bool:
        """Whether it is a wheel."""
        return self.filename.endswith(".whl")


@dataclass(frozen=True, slots=True)
class _Told:
    """What the core metadata says, before its flaws."""

    name: str
    version: str
    requires: tuple[str, ...]
    requires_python: str | None
    licence: str | None
    metadata_version: str
    extra: str


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    data: bytes
    is_link: bool = False


def wheel(
    name: str,
    version: str,
    *,
    requires: Sequence[str] = (),
    requires_python: str | None = None,
    licence: str | None = "MIT",
    files: Mapping[str, bytes] | None = None,
    metadata_extra: str = "",
    metadata_version: str = "2.4",
    tag: str = "py3-none-any",
    build: str = "",
    flaw: Flaw | None = None,
) -> Dist:
    """Build a wheel; without `files` it holds one module that tells its version.

    `metadata_extra` is header lines, each with its newline; `tag` may be a compressed set
    (`py2.py3-none-any`); `build` is a build number such as `1`.
    """
    stem = f"{_escaped(name)}-{version}"
    told = _Told(
        name,
        version,
        tuple(requires),
        requires_python,
        licence,
        metadata_version,
        extra=metadata_extra,
    )
    metadata = _metadata(told, flaw)
    folder = f"{stem}.dist-info"
    members = [_Member(path, body) for path, body in _contents(name, version, files).items()]
    if flaw is not Flaw.NO_METADATA:
        members.append(_Member(f"{folder}/METADATA", metadata))
    members.append(_Member(f"{folder}/WHEEL", _wheel_file(tag, build)))
    members = _with_record(members, f"{folder}/RECORD", flaw) + _evil(flaw, "")
    filename = "-".join(part for part in (stem, build, tag) if part) + ".whl"
    return Dist(filename, _broken(_zip(members), flaw), metadata, requires_python)


def sdist(
    name: str,
    version: str,
    *,
    requires: Sequence[str] = (),
    requires_python: str | None = None,
    licence: str | None = "MIT",
    files: Mapping[str, bytes] | None = None,
    metadata_extra: str = "",
    metadata_version: str = "2.4",
    dynamic: Sequence[str] = (),
    backend: bool = True,
    flaw: Flaw | None = None,
) -> Dist:
    """Build an sdist (.tar.gz), its metadata static unless `dynamic` names fields.

    `files` may bring a `_backend.py` of its own; without a `backend` they are all it holds.

    With `dynamic=["Requires-Dist"]`, or a `metadata_version` below 2.2, nobody can know its
    dependencies without building it: they are left out of PKG-INFO.
    """
    stem = f"{_escaped(name)}-{version}"
    is_static = "Requires-Dist" not in dynamic and metadata_version >= "2.2"
    told = _Told(
        name,
        version,
        tuple(requires) if is_static else (),
        requires_python,
        licence,
        metadata_version,
        extra="".join(f"Dynamic: {field}\n" for field in dynamic) + metadata_extra,
    )
    metadata = _metadata(told, flaw)
    built = wheel(
        name,
        version,
        requires=requires,
        requires_python=requires_python,
        licence=licence,
        files=files,
    )
    own = {"pyproject.toml": _PYPROJECT, "_backend.py": _backend(built)} if backend else {}
    contents = {**own, **_contents(name, version, files)}
    members = [_Member(f"{stem}/{path}", body) for path, body in contents.items()]
    if flaw is not Flaw.NO_METADATA:
        members.append(_Member(f"{stem}/PKG-INFO", metadata))
    data = _tar_gz(members + _evil(flaw, f"{stem}/"))
    return Dist(f"{stem}.tar.gz", _broken(data, flaw), metadata, requires_python)


def _escaped(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")


def _contents(name: str, version: str, files: Mapping[str, bytes] | None) -> Mapping[str, bytes]:
    if files is not None:
        return files
    return {f"{_escaped(name)}/__init__.py": f'__version__ = "{version}"\n'.encode()}


def _metadata(told: _Told, flaw: Flaw | None) -> bytes:
    lines = [
        f"Metadata-Version: {told.metadata_version}",
        f"Name: {'another-name' if flaw is Flaw.WRONG_NAME else told.name}",
        f"Version: {'99.99' if flaw is Flaw.WRONG_VERSION else told.version}",
        f"Summary: A package made for a test of {told.name}",
    ]
    if told.licence is not None:
        field = "License-Expression" if told.metadata_version >= "2.4" else "License"
        lines.append(f"{field}: {told.licence}")
    if told.requires_python is not None:
        lines.append(f"Requires-Python: {told.requires_python}")
    lines += [f"Requires-Dist: {requirement}" for requirement in told.requires]
    return ("\n".join(lines) + f"\n{told.extra}\nThe description of {told.name}.\n").encode()


def _wheel_file(tag: str, build: str) -> bytes:
    interpreters, abis, platforms = tag.split("-")
    lines = ["Wheel-Version: 1.0", "Generator: affineur-tests", "Root-Is-Purelib: true"]
    lines += [f"Build: {build}"] if build else []
    lines += [
        f"Tag: {interpreter}-{abi}-{platform}"
        for interpreter in interpreters.split(".")
        for abi in abis.split(".")
        for platform in platforms.split(".")
    ]
    return ("\n".join(lines) + "\n").encode()


def _with_record(members: list[_Member], path: str, flaw: Flaw | None) -> list[_Member]:
    if flaw is Flaw.NO_RECORD:
        return members
    digests = [(member.name, _record_digest(member.data), member.data) for member in members]
    if flaw is Flaw.WRONG_RECORD_HASH:
        digests[0] = (digests[0][0], _record_digest(b"something else"), digests[0][2])
    if flaw is Flaw.MISSING_FILE:
        digests.append(("missing.py", _record_digest(b""), b""))
    lines = [f"{name},sha256={digest},{len(body)}" for name, digest, body in digests]
    record = _Member(path, ("\n".join([*lines, f"{path},,"]) + "\n").encode())
    extra = [_Member("unrecorded.py", b"")] if flaw is Flaw.UNRECORDED_FILE else []
    return [*members, record, *extra]


def _record_digest(body: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()


def _evil(flaw: Flaw | None, root: str) -> list[_Member]:
    members = {
        Flaw.TRAVERSAL: [_Member(f"{root}../../outside.py", b"print('outside')\n")],
        Flaw.ABSOLUTE: [_Member("/outside.py", b"print('outside')\n")],
        Flaw.DUPLICATE: [_Member(f"{root}twice.py", b"1\n"), _Member(f"{root}twice.py", b"2\n")],
        Flaw.SYMLINK: [_Member(f"{root}link", b"/etc/passwd", is_link=True)],
    }
    if flaw is Flaw.BOMB:
        return [_Member(f"{root}zeros", bytes(BOMB_BYTES))]
    return members.get(flaw, []) if flaw else []


def _broken(data: bytes, flaw: Flaw | None) -> bytes:
    if flaw is Flaw.TRUNCATED:
        return data[: len(data) // 2]
    if flaw is Flaw.NOT_AN_ARCHIVE:
        return b"<!doctype html><title>Log in</title>"
    return data


def _zip(members: Iterable[_Member]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for member in members:
            entry = zipfile.ZipInfo(member.name, _ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            kind = stat.S_IFLNK | 0o777 if member.is_link else stat.S_IFREG | 0o644
            entry.external_attr = kind << 16
            # A second entry of one name goes in by stealth: zipfile warns about writestr.
            archive.NameToInfo.pop(member.name, None)
            archive.writestr(entry, member.data)
    return buffer.getvalue()


def _tar_gz(members: Iterable[_Member]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member in members:
            entry = tarfile.TarInfo(member.name)
            entry.mtime = _TAR_EPOCH
            if member.is_link:
                entry.type, entry.linkname = tarfile.SYMTYPE, member.data.decode()
                archive.addfile(entry)
                continue
            entry.size = len(member.data)
            archive.addfile(entry, io.BytesIO(member.data))
    return gzip.compress(buffer.getvalue(), mtime=0)


_PYPROJECT = b"""\
[build-system]
requires = []
build-backend = "_backend"
backend-path = ["."]
"""

_BACKEND = '''\
"""A build backend (PEP 517) that knows how to build this one sdist."""

from base64 import urlsafe_b64decode
from pathlib import Path

FILENAME = {filename!r}
WHEEL = {data!r}


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    Path(wheel_directory, FILENAME).write_bytes(urlsafe_b64decode(WHEEL))
    return FILENAME
'''


def _backend(built: Dist) -> bytes:
    encoded = urlsafe_b64encode(built.data).decode()
    return _BACKEND.format(filename=built.filename, data=encoded).encode()
