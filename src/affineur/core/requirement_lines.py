"""Lines of requirements as people write them, in files and in the box: each is read or left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from affineur.core.given import Reading

_INCLUDED = "an included file is not read: give it, too"
_CONSTRAINTS = "constraints play no part here"
_FOLDER = "a folder or a repository is no package of an index"
_OPTIONS = {
    "-r": _INCLUDED,
    "--requirement": _INCLUDED,
    "-c": _CONSTRAINTS,
    "--constraint": _CONSTRAINTS,
    "-e": _FOLDER,
    "--editable": _FOLDER,
}
_AN_OPTION = "options play no part here: this server is the only index"
_A_PLACE = "it names a place, not a package of an index; nothing is fetched"
_COMMENT = re.compile(r"(^|\s)#.*$")
_PER_LINE = re.compile(r"\s--[a-z][a-z-]*(?:[= ]\s*\S+)?")
"""An option behind a requirement, such as `--hash=sha256:...`."""
_QUOTED = re.compile(r"^(['\"])([^'\"]*)\1$")
_DIRECT = re.compile(r"^(?:[a-z+]+://|[a-z]+\+|\.{0,2}[/\\])|\s@\s|\.(?:whl|tar\.gz|zip)$")


def read_lines(lines: Iterable[str], reading: Reading) -> None:
    """Read requirement lines; what is none is left out, with its line's number."""
    for number, line in logical(lines):
        _read(number, _COMMENT.sub("", line).strip(), reading)


def logical(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Join lines that a backslash continues, as pip does; each with the number of its first."""
    parts: list[str] = []
    number = 0
    for number, line in enumerate(lines, start=1):
        continues = line.rstrip().endswith("\\") and not line.lstrip().startswith("#")
        parts.append(line.rstrip()[:-1] if continues else line)
        if not continues:
            yield number - len(parts) + 1, " ".join(parts)
            parts = []
    if parts:
        yield number - len(parts) + 1, " ".join(parts)


def _read(number: int, line: str, reading: Reading) -> None:
    told = _QUOTED.sub(r"\2", line.strip(",; "))
    if not told:
        return
    if told.startswith("-"):
        option = re.split(r"[=\s]", told)[0]
        reading.leave_out(f"line {number}: {told}", _OPTIONS.get(option, _AN_OPTION))
    elif _DIRECT.search(told):
        reading.leave_out(f"line {number}: {told}", _A_PLACE)
    elif not reading.add(_PER_LINE.sub("", told)) and not _names(told, reading):
        reading.leave_out(f"line {number}: {told}", "it is no requirement")


def _names(line: str, reading: Reading) -> bool:
    """Read several requirements on one line: by commas, for words alone may be prose."""
    words = line.split(", ")
    parts = Reading()
    if len(words) < 2 or not all(parts.add(one) for one in words):
        return False
    reading.requirements |= parts.requirements
    return True
