"""The real clients, each on a desk of its own: own home, own caches, no settings from outside.

pip, uv and twine stand in the environment of the tests; flit, hatch, pdm, pip-audit and poetry have
environments of their own beside it, made once by `make clients`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from uv import find_uv_bin

_PATIENCE_S = 180.0
_CLIENTS = Path(sys.prefix) / "clients"


@dataclass(frozen=True, slots=True)
class Said:
    """How a client ended, and all that it wrote."""

    code: int
    output: str

    @property
    def line(self) -> str:
        """Everything on one line, for words that a client may wrap."""
        return " ".join(self.output.split())


class Desk:
    """A developer's machine: nothing is cached on it, and nothing configured."""

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir(parents=True)
        self._venvs = 0

    @property
    def environment(self) -> dict[str, str]:
        """What the clients see of the world."""
        return {
            "HOME": str(self.home),
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), "/usr/bin", "/bin")),
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            "COLUMNS": "1000",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INPUT": "1",
            "PIP_RETRIES": "0",
            "UV_NO_CONFIG": "1",
            "UV_HTTP_RETRIES": "0",
            "UV_PYTHON_DOWNLOADS": "never",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "FLIT_NO_NETWORK": "1",
        }

    def write(self, name: str, text: str | bytes) -> Path:
        """Put a file on the desk."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def venv(self) -> Path:
        """Make an empty virtual environment; give its python."""
        self._venvs += 1
        folder = self.home / f"venv-{self._venvs}"
        made = self.uv("venv", "--quiet", "--python", sys.executable, str(folder))
        assert made.code == 0, made.output
        return folder / "bin" / "python"

    def pip(self, *arguments: str) -> Said:
        """Run pip."""
        return self._run([sys.executable, "-m", "pip", *arguments])

    def pip_install(self, python: Path, index: str, *arguments: str) -> Said:
        """Have pip install into a virtual environment from one index."""
        return self.pip("--python", str(python), "install", "--index-url", index, *arguments)

    def uv(self, *arguments: str) -> Said:
        """Run uv."""
        return self._run([find_uv_bin(), *arguments])

    def uv_install(self, python: Path, index: str, *arguments: str) -> Said:
        """Have uv install into a virtual environment from one index."""
        return self.uv(
            "pip", "install", "--python", str(python), "--default-index", index, *arguments
        )

    def twine(self, *arguments: str) -> Said:
        """Run twine."""
        return self._run([sys.executable, "-m", "twine", *arguments])

    def twine_upload(self, url: str, token: str, *arguments: str) -> Said:
        """Have twine upload files with a token."""
        credentials = ("--username", "__token__", "--password", token)
        return self.twine(
            "upload", "--disable-progress-bar", "--repository-url", url, *credentials, *arguments
        )

    def uv_publish(self, url: str, token: str, *arguments: str) -> Said:
        """Have uv publish files with a token."""
        return self.uv("publish", "--publish-url", url, "--token", token, *arguments)

    def poetry(self, project: Path, *arguments: str, **settings: str) -> Said:
        """Run poetry in a project."""
        told = {"POETRY_VIRTUALENVS_IN_PROJECT": "true"} | settings
        command = [_client("poetry"), "--no-interaction", "--no-ansi", *arguments]
        return self._run(command, project, told)

    def pdm(self, project: Path, *arguments: str, **settings: str) -> Said:
        """Run pdm in a project."""
        told = {"PDM_CHECK_UPDATE": "false", "PDM_NON_INTERACTIVE": "1"} | settings
        return self._run([_client("pdm"), *arguments], project, told)

    def hatch(self, project: Path, *arguments: str, **settings: str) -> Said:
        """Run hatch in a project."""
        return self._run([_client("hatch"), "--no-color", *arguments], project, settings)

    def flit(self, project: Path, *arguments: str, **settings: str) -> Said:
        """Run flit in a project."""
        return self._run([_client("flit"), *arguments], project, settings)

    def pip_audit(self, requirements: Path, osv_url: str, *arguments: str) -> Said:
        """Have pip-audit look pinned requirements up; it tells what it found as JSON."""
        told = ("--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json")
        cache = ("--cache-dir", str(self.home / "pip-audit-cache"))
        where = ("--vulnerability-service", "osv", "--osv-url", osv_url)
        what = ("--requirement", str(requirements))
        return self._run([_client("pip-audit"), *what, *told, *cache, *where, *arguments])

    def shell(self, project: Path, command: str, **settings: str) -> Said:
        """Run a command line as somebody would type it."""
        return self._run(["sh", "-c", command], project, settings)

    def imports(self, python: Path, module: str) -> str:
        """Import an installed module, and give the version that it tells."""
        code = f"import {module}; print({module}.__version__)"
        said = self._run([str(python), "-I", "-c", code])
        assert said.code == 0, said.output
        return said.output.strip()

    def _run(
        self,
        command: list[str],
        folder: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> Said:
        done = subprocess.run(
            command,
            cwd=folder or self.home,
            env=self.environment | dict(settings or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_PATIENCE_S,
        )
        return Said(done.returncode, done.stdout)


def client_python(name: str) -> str:
    """Give the python of a client's own environment."""
    return str(Path(_client(name)).with_name("python"))


def _client(name: str) -> str:
    program = _CLIENTS / name / "bin" / name
    if not program.exists():
        pytest.fail(f"The tests use the real {name}, which is not there: run `make clients`.")
    return str(program)
