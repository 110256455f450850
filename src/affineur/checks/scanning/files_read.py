"""What is read: files, the package's own too, memory that holds them, what programs print."""

from __future__ import annotations

import re
from collections.abc import Mapping

from affineur.checks.scanning.machine import Called
from affineur.checks.scanning.names import names
from affineur.checks.scanning.outputs import printed
from affineur.checks.scanning.places import is_environment, is_secret
from affineur.checks.scanning.values import OWN_FILE, Mark, Marks, Origin, Value

_READING_SECRETS = names(
    r"keyring\.get_password|win32crypt\.CryptUnprotectData|.*CryptUnprotectData|"
    r"secretstorage\.\w+|browser_cookie3\.\w+|browsercookie\.\w+|.*\.get_secret_value_of_keychain"
)
_RESOURCES = names(
    r"importlib[._]metadata\.(metadata|distribution|files)|(importlib[._]resources|pkgutil)\.(read_\w+|get_data|files|open_\w+|path).*"
)
_NO_TEXT = re.compile(
    r"\.(png|jpe?g|gif|bmp|ico|webp|svg|mp[34]|wav|ogg|ttf|woff2?|pdf|bin|dat|db|css|tmp|cache|txt|md|rst|log|csv)$",
    re.IGNORECASE,
)
_READING = frozenset(
    {
        "open",
        "io.open",
        "PIL.Image.open",
        "Image.open",
        "wave.open",
        "cv2.imread",
        "codecs.open",
        "gzip.open",
        "os.open",
        "builtins.open",
    }
)
_OPENING = frozenset(
    {"sqlite3.connect", "os.listdir", "zipfile.ZipFile", "tarfile.open", "os.scandir"}
)
_SPECIFYING = frozenset(
    {"importlib.util.spec_from_file_location", "importlib.machinery.SourceFileLoader",
     "importlib.util.spec_from_loader"}
)  # fmt: skip
_READING_METHODS = frozenset({"read_text", "read_bytes", "open"})
_HOLDING_METHODS = frozenset({"getvalue", "getbuffer", "read"})
_OUTPUT = names(
    r"subprocess\.(check_output|getoutput|getstatusoutput|run|Popen)|os\.popen|commands\.getoutput"
)


def read_marks(called: Called, line: int) -> dict[Mark, Origin]:
    """Give the marks of what is read from a file or printed by a program."""
    name, method = called.name, called.name.rpartition(".")[2]
    found: dict[Mark, Origin] = {}
    path = None
    if name in _READING or name in _OPENING:
        path = called.argument(0, "file", "path")
    elif method in _READING_METHODS:
        path = called.receiver
    if path is not None:
        is_own = path.text.startswith(OWN_FILE) and len(path.text) > len(OWN_FILE)
        found[Mark.FILE] = Origin(line, OWN_FILE if is_own else name)
        found.update(_file_marks(path, called.frame.module.files, line))
    else:
        found.update(_held_marks(called))
    if name.startswith("dns.resolver."):
        found[Mark.FETCHED] = Origin(line, name)
    if _RESOURCES(name):
        found[Mark.FILE] = Origin(line, name)
        found[Mark.RESOURCE] = Origin(line, name)
    if _READING_SECRETS(name):
        found[Mark.SECRET] = Origin(line, name)
    if _OUTPUT(name):
        found[Mark.OUTPUT] = Origin(line, name)
        if prey := printed(called.argument(0, "args", "cmd")):
            found[prey[0]] = Origin(line, prey[1])
    return found


def _held_marks(called: Called) -> Marks:
    """Give the marks of what a file in memory holds, or one that is to be imported."""
    if called.name.rpartition(".")[2] in _HOLDING_METHODS:
        return called.frame.module.files.get(called.receiver.text or "\0", {})
    if called.name in _SPECIFYING:
        path = called.argument(1, "location", "path", "pathname")
        return called.frame.module.files.get(path.text, {})
    return {}


def _file_marks(path: Value, files: Mapping[str, Marks], line: int) -> dict[Mark, Origin]:
    """Give the marks of what a file holds, by its path and by what was written to it."""
    found: dict[Mark, Origin] = {}
    if _NO_TEXT.search(path.plain):
        found[Mark.RESOURCE] = Origin(line, path.plain[:80])
    if path.text:
        found.update(files.get(path.text, {}))
    for mark in (Mark.EVERYTHING, Mark.SCREEN):
        if mark in path.marks:
            found[mark] = path.marks[mark]
    if is_environment(path.plain):
        found[Mark.ENVIRONMENT] = Origin(line, path.plain[:80])
    elif is_secret(path.plain):
        found[Mark.SECRET] = Origin(line, path.plain[:80])
    return found
