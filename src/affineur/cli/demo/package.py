"""The organisation's own package, `acme-greeting`: a wheel and an sdist, built without tools."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

NAME = "acme-greeting"
HOOK = "acme_greeting_init.pth"
_FOLDER = "acme_greeting"
_BUILD = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'


def build(folder: Path, version: str) -> tuple[Path, Path]:
    """Write the wheel and the sdist of a version."""
    folder.mkdir(parents=True, exist_ok=True)
    return _wheel(folder, version), _sdist(folder, version)


def poison(folder: Path, version: str) -> Path:
    """Write a wheel in which somebody put a start-up hook, that hides what it runs."""
    folder.mkdir(parents=True, exist_ok=True)
    hidden = base64.b64encode(b"print('hello from the demo')").decode()
    return _wheel(folder, version, {HOOK: f"import base64; exec(base64.b64decode({hidden!r}))\n"})


def _code(version: str) -> str:
    return (
        f'"""Greets."""\n\n__version__ = "{version}"\n\n\n'
        'def greet(name: str) -> str:\n    return f"Hello {name}, from acme."\n'
    )


def _metadata(version: str) -> str:
    return (
        f"Metadata-Version: 2.4\nName: {NAME}\nVersion: {version}\n"
        "Summary: An internal package\nLicense-Expression: LicenseRef-Proprietary\n"
        "Requires-Python: >=3.11\n"
    )


def _wheel(folder: Path, version: str, more: Mapping[str, str] | None = None) -> Path:
    info = f"{_FOLDER}-{version}.dist-info"
    members = {
        f"{_FOLDER}/__init__.py": _code(version),
        f"{info}/METADATA": _metadata(version),
        f"{info}/WHEEL": (
            "Wheel-Version: 1.0\nGenerator: affineur-demo\nRoot-Is-Purelib: true\n"
            "Tag: py3-none-any\n"
        ),
        **(more or {}),
    }
    record = [_record_line(name, text.encode()) for name, text in members.items()]
    members[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""])
    path = folder / f"{_FOLDER}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def _record_line(name: str, content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}"


def _sdist(folder: Path, version: str) -> Path:
    root = f"{_FOLDER}-{version}"
    project = (
        f'{_BUILD}\n[project]\nname = "{NAME}"\nversion = "{version}"\n'
        'description = "An internal package"\nrequires-python = ">=3.11"\n'
    )
    members = {
        f"{root}/PKG-INFO": _metadata(version),
        f"{root}/pyproject.toml": project,
        f"{root}/src/{_FOLDER}/__init__.py": _code(version),
    }
    path = folder / f"{root}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in members.items():
            member = tarfile.TarInfo(name)
            content = text.encode()
            member.size, member.mtime = len(content), int(time.time())
            archive.addfile(member, io.BytesIO(content))
    return path
