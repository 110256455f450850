"""What a wheel puts under names that are others': modules and commands.

Installing a wheel writes its modules beside those of everything else. One that is called as
another distribution's replaces it, silently; one that is called as a module of the standard
library stands in for it where the library's path comes later; a command that is called `git` is
found first in an activated environment. Judged for wheels: what an sdist installs is known only
when it is built.
"""

from __future__ import annotations

import configparser
import re
import sys
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch

from packaging.utils import canonicalize_name

from affineur.core.archives import ArchiveReport
from affineur.core.findings import Finding, Severity, Where
from affineur.core.known_names import KnownNames
from affineur.core.names import ProjectName
from affineur.core.subjects import Subject

ENTRY_POINTS = "*.dist-info/entry_points.txt"

_NAME = "identity"
_MODULE = re.compile(r"([^./]+)(?:\.py|\.pyc|(?:\.[\w-]+)?\.(?:so|pyd))", re.ASCII)
_PACKAGE = re.compile(r"__init__\.(?:py|pyc|(?:[\w-]+\.)?(?:so|pyd))", re.ASCII)
_OWN_RANK = 2000
"""Modules called as a distribution up to this rank are held to be that distribution's."""
_SHARED = frozenset(
    re.findall(
        r"\S+",
        "azure backports flaskext google jaraco mpl_toolkits opentelemetry paste plone repoze "
        "ruamel sphinxcontrib tests test testing docs doc examples example scripts src benchmarks "
        "tools utils common zope",
    )
)
"""Namespaces of old, and folders that slip into wheels by carelessness."""
_OWNERS: Mapping[str, tuple[str, ...]] = {
    "_distutils_hack": ("setuptools",),
    "attr": ("attrs",),
    "bs4": ("beautifulsoup4",),
    "certifi": ("certifi",),
    "Crypto": ("pycrypto*",),
    "cv2": ("opencv-*",),
    "dateutil": ("python-dateutil", "types-python-dateutil"),
    "dotenv": ("python-dotenv",),
    "fitz": ("pymupdf*",),
    "git": ("gitpython",),
    "github": ("pygithub",),
    "gitlab": ("python-gitlab",),
    "grpc": ("grpcio*",),
    "jose": ("python-jose*",),
    "jwt": ("pyjwt", "jwt"),
    "magic": ("python-magic*", "file-magic"),
    "multipart": ("python-multipart", "multipart"),
    "MySQLdb": ("mysqlclient", "mysql-python"),
    "nacl": ("pynacl",),
    "OpenSSL": ("pyopenssl",),
    "PIL": ("pillow*",),
    "pkg_resources": ("setuptools",),
    "psycopg2": ("psycopg2*",),
    "serial": ("pyserial*",),
    "sklearn": ("scikit-learn*",),
    "slugify": ("python-slugify", "unicode-slugify"),
    "socks": ("pysocks",),
    "usb": ("pyusb*",),
    "win32api": ("pywin32*",),
    "yaml": ("pyyaml*",),
    "zmq": ("pyzmq*",),
}
"""Modules of much used distributions that are called otherwise, with patterns of who has them."""
_COMMANDS = frozenset(
    re.findall(
        r"\S+",
        "apt apt-get awk aws az base64 bash brew bundle c++ cargo cat cc chmod chown clang cmake "
        "conda cp crontab curl dash date dd dir dnf docker doas echo env fish g++ gcc gcloud gem "
        "gh git go gpg grep gunzip gzip head helm id ifconfig java javac kill kubectl ld less ln "
        "login ls make mkdir more mount mv nano nc ninja node npm npx openssl passwd perl php "
        "ping pip pip3 pipx pkexec poetry powershell ps pwsh py python python2 python3 pythonw rm "
        "rmdir rpm rsync ruby rustc scp sed service sftp sh sleep ssh ssh-add ssh-agent "
        "ssh-keygen su sudo systemctl tail tar tee telnet terraform test touch twine uname unzip "
        "uv uvx vi vim virtualenv wget which who whoami xargs yarn yum zip zsh",
    )
)


def modules_of(archive: ArchiveReport) -> dict[str, str]:
    """Give the top-level modules that a wheel installs, each with a member that makes it one.

    A folder without `__init__` is a namespace: it overwrites nothing by itself.
    """
    found: dict[str, str] = {}
    for member in archive.members:
        inside = _installed_path(member)
        folder, _, rest = inside.partition("/")
        if not rest and (module := _MODULE.fullmatch(folder)):
            found.setdefault(module[1], member)
        elif _PACKAGE.fullmatch(rest):
            found.setdefault(folder, member)
    return found


def scripts_of(archive: ArchiveReport) -> dict[str, str]:
    """Give the commands that a wheel installs, each with the member that says so."""
    found: dict[str, str] = {}
    for member in archive.members:
        parts = member.split("/")
        if parts[0].endswith(".data") and parts[1:2] == ["scripts"] and len(parts) == 3:
            found.setdefault(parts[2], member)
        if parts[0].endswith(".data") and parts[1:3] in (["data", "bin"], ["data", "Scripts"]):
            found.setdefault(parts[-1], member)
    for member, text in archive.texts.items():
        if member.endswith(".dist-info/entry_points.txt"):
            found.update(dict.fromkeys(_console_scripts(text), member))
    return found


def of_modules(subject: Subject, modules: Mapping[str, str]) -> Iterator[Finding]:
    """Tell of modules that are others'."""
    for module, member in sorted(modules.items()):
        if module not in _SHARED:
            yield from _of_module(subject, module, Where(member))


def of_strays(subject: Subject, archive: ArchiveReport) -> Iterator[Finding]:
    """Tell of modules that are put straight into the package of another project.

    Plug-ins go into folders of it that are made for them, or into namespaces.
    """
    names = subject.names if isinstance(subject.names, KnownNames) else KnownNames()
    project, packages = subject.file.filename.project, modules_of(archive)
    told = set[str]()
    for member in sorted(archive.members):
        folder, _, rest = _installed_path(member).partition("/")
        if folder in packages or folder in _SHARED | told or not _MODULE.fullmatch(rest):
            continue
        told.add(folder)
        name = ProjectName(canonicalize_name(folder).strip("-"))
        if name != project and (owner := _owner(project, folder, names)):
            what = f"It installs {rest} into {folder}, the package of {owner}."
            yield _module(Severity.REVIEW, "others-module", what, Where(member), folder)


def of_scripts(
    subject: Subject, archive: ArchiveReport, scripts: Mapping[str, str]
) -> Iterator[Finding]:
    """Tell of commands that are called as ones that everybody has."""
    project = subject.file.filename.project
    is_known = isinstance(subject.names, KnownNames) and subject.names.is_known(project)
    for script, member in sorted(scripts.items()):
        command = re.sub(r"(?:\.exe|\.py|[\d.]+)$", "", script)
        if script not in _COMMANDS and command not in _COMMANDS:
            continue
        if command == project or (is_known and _is_akin(command, project)):
            continue
        what = f"It installs a command that is called {script}."
        why = "In an activated environment it is found before the one that was meant."
        todo = "Ask its project why, or look at what the command does."
        where = _line_of(archive, member, script)
        yield Finding(f"{_NAME}.command", _NAME, Severity.REVIEW, what, why, todo, where, script)


def _line_of(archive: ArchiveReport, member: str, script: str) -> Where:
    """Find the line of an entry point; a script is a file as a whole."""
    line = re.compile(rf"\s*{re.escape(script)}\s*=")
    for number, text in enumerate(archive.texts.get(member, "").splitlines(), 1):
        if line.match(text):
            return Where(member, number, text.strip()[:200])
    return Where(member)


def _is_akin(command: str, project: ProjectName) -> bool:
    """Whether a known project's own command is called so: `awscli` has `aws`, `uv` has `uvx`."""
    return f"-{command}" in f"-{project}" or command.startswith(project)


def _installed_path(member: str) -> str:
    """Give where a member comes to lie in site-packages; empty when elsewhere."""
    top, _, rest = member.partition("/")
    if top.endswith(".data"):
        scheme, _, path = rest.partition("/")
        return path if scheme in ("purelib", "platlib") else ""
    return "" if top.endswith(".dist-info") else member


def _console_scripts(text: str) -> list[str]:
    parser = configparser.ConfigParser(delimiters=("=",), strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
    try:
        parser.read_string(text)
    except configparser.Error:
        return []
    sections = ("console_scripts", "gui_scripts")
    return [name for one in sections if parser.has_section(one) for name in parser[one]]


def _of_module(subject: Subject, module: str, where: Where) -> Iterator[Finding]:
    project = subject.file.filename.project
    name = ProjectName(canonicalize_name(module).strip("-"))
    if name == project:
        return
    names = subject.names if isinstance(subject.names, KnownNames) else KnownNames()
    if name in names.own and project not in names.own:
        what = f"It installs {module}, a module of the organisation's own {name}."
        yield _module(Severity.BLOCK, "own-module", what, where, module)
    elif module in sys.stdlib_module_names:
        if name not in project and not project.startswith("standard-"):
            what = f"It installs {module}, a module of the standard library."
            yield _module(Severity.REVIEW, "stdlib-module", what, where, module)
    elif owner := _owner(project, module, names):
        what = f"It installs {module}, the module of {owner}."
        yield _module(Severity.REVIEW, "others-module", what, where, module)


def _owner(project: ProjectName, module: str, names: KnownNames) -> str | None:
    """Give whose module it is, when that is another project that is better known."""
    rank = names.rank(project)
    owners = _OWNERS.get(module)
    if owners is not None:
        is_owner = any(fnmatch(project, pattern) for pattern in owners)
        return None if is_owner else owners[0].rstrip("*-")
    name = ProjectName(canonicalize_name(module).strip("-"))
    its_rank = names.rank(name)
    if its_rank is not None and its_rank <= _OWN_RANK and (rank is None or rank > its_rank):
        return name
    return name if name in names.approved and project not in names.approved else None


def _module(severity: Severity, finding_id: str, what: str, where: Where, module: str) -> Finding:
    why = "Whichever of the two is installed last overwrites the other, and nothing tells."
    if finding_id == "stdlib-module":
        why = "Programs that import the library's module may get this one."
    todo = (
        "Do not approve it; tell its project."
        if severity is Severity.BLOCK
        else "See whether it is a fork or a variant of that project; if neither, do not approve it."
    )
    return Finding(f"{_NAME}.{finding_id}", _NAME, severity, what, why, todo, where, module)
