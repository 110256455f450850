"""What people paste: requirement lines, commands, and errors of pip, uv, poetry, pdm and Python.

Errors wrap where the terminal ended, and are coloured or framed; so they are read as one line.
What somebody asked an installer for is taken before what it failed on: that comes with it.
The samples in `tests/core/pasted/` were said by the real programs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from affineur.core.command_lines import caret, read_command
from affineur.core.errors import BadInput, TooLarge
from affineur.core.files import Filename
from affineur.core.given import Given, Reading, lines_of, refuse_binary
from affineur.core.module_names import package_of
from affineur.core.requirement_lines import logical, read_lines

_LARGEST_CHARACTERS = 1_000_000
_OTHER_BYTES = (
    "pip got other bytes than its hashes name. Approval does not change that: compare the digests, "
    "and tell your security team if nobody can explain them."
)
_TERMINAL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]")
_FRAME = re.compile(r"^[ \t]*(?:[\u2500-\u257f\u25b6\u276f\u00d7]+[ \t]?)+", re.MULTILINE)
_SPEC = (
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}(?:\[[\w.,\s-]{0,200}\])?"
    r"(?:\s?(?:===?|~=|!=|<=|>=|<|>)\s?[\w.*+!-]{1,60}"
    r"(?:\s?,\s?(?:===?|~=|!=|<=|>=|<|>)\s?[\w.*+!-]{1,60}){0,20})?"
)

_OWN = re.compile(
    rf"(?:you require|your (?:project|workspace|requirements?)(?:'s \S+ \S+)? "
    rf"(?:depends? on|requires?))\s+(?P<spec>{_SPEC})(?: and (?P<more>{_SPEC})(?=,| we\b|\.\s|$))?"
)
_COLLECTING = re.compile(rf"^\s*Collecting ({_SPEC})(?: \(from -[rc] [^)]*\(line \d+\)\))?\s*$")
_PIP = (
    re.compile(rf"Could not install requirement ({_SPEC}) from http"),
    re.compile(
        rf"(?<![\w.-])({_SPEC}) from https?://\S+(?: \(from [^)]{{0,200}}\)+)?: Expected sha"
    ),
)
_PIP_MISSING = re.compile(
    r"(?:satisfies the requirement|No matching distribution found for) "
    rf"({_SPEC})(?: \(from (?P<parent>[\w-])[^)]{{0,200}}\)+)?"
)
"""With the parent's first character: a dash when a file named it, a letter for a dependency."""
_PIP_OTHER_BYTES = "DO NOT MATCH THE HASHES"
_PIP_YANKED = re.compile(r"'([\w.-]+)' candidate \(version ([\w.!+]+) at ")
_OUR_OWN = re.compile(r"ask for it with: affineur request ([\w.-]+(?:==[\w.!+]+)?)")
_UV = (
    re.compile(r"Because ([\w.-]+) was not found in the package registry"),
    re.compile(
        rf"Because (?:only )?(?:all versions of )?({_SPEC}) "
        "(?:was|were|is|are) (?:yanked|available)"
    ),
    re.compile(rf"no versions? of ({_SPEC})"),
    re.compile(rf"Failed to (?:download|fetch|build|prepare)[^`]{{0,80}}`({_SPEC})`"),
)
_POETRY_DEPENDS = re.compile(
    r"Because (?:\S{1,128} )?(?:\([^)]{0,60}\) )?depends on ([\w.\[\]-]{1,128}) \(([^)]{0,60})\)"
)
_POETRY = re.compile(r"Could not find a matching version of package ([\w.-]+)")
_POETRY_NO_FILE = re.compile(r"Unable to find installation candidates for ([\w.-]+) \(([\w.!+]+)\)")
_PDM = re.compile(rf"Unable to find (?:candidates|a resolution) for ({_SPEC})")
_PDM_ADDING = re.compile(r"Adding packages to \S+ (?:dev-)?dependencies: (.+)")
_FILE_URL = re.compile(r"/files/[0-9a-f]{64}/([\w.!+%-]+\.(?:whl|tar\.gz|zip))")
_MODULE = re.compile(r"(?:ModuleNotFoundError|ImportError): No module named '?([A-Za-z_]\w*)")


def read_pasted(text: str) -> Given:
    """Read what was pasted; raise `BadInput` when nothing in it names a package."""
    if len(text) > _LARGEST_CHARACTERS:
        raise TooLarge("What was pasted is larger than a million characters.", hint="Give a file.")
    refuse_binary(text, "What was pasted")
    plain = "".join(
        one if one.isprintable() or one == "\n" else " " for one in _TERMINAL.sub("", text)
    )
    lines = lines_of(plain, "What was pasted")
    reading = Reading()
    told = _read_error(plain, reading)
    commands = _commands(lines, reading)
    if told:
        return _some(reading.done(told))
    if commands:
        return _some(reading.done("a command"))
    read_lines(lines, reading)
    reading.refuse_too_many("What was pasted")
    return _some(reading.done("requirements"))


def _read_error(plain: str, reading: Reading) -> str | None:
    """Find what an error of an installer speaks of; say whose error it is."""
    flat = _flat(plain)
    for kind, read in _KINDS:
        before = len(reading.requirements)
        read(plain, flat, reading)
        if len(reading.requirements) > before:
            return kind
    return None


def _read_uv(_plain: str, flat: str, reading: Reading) -> None:
    own = [spec for found in _OWN.finditer(flat) for spec in found.groups() if spec]
    if own:
        _add(own, reading)
    elif "we can conclude" in flat or "No solution found" in flat:
        _add((spec for one in _UV for spec in one.findall(flat)), reading)
        _add(_OUR_OWN.findall(flat), reading)


def _read_poetry(_plain: str, flat: str, reading: Reading) -> None:
    _add((caret(name, told) for name, told in _POETRY_DEPENDS.findall(flat)), reading)
    _add((f"{name}=={version}" for name, version in _POETRY_NO_FILE.findall(flat)), reading)
    _add(_POETRY.findall(flat), reading)


def _read_pdm(plain: str, flat: str, reading: Reading) -> None:
    failed = _PDM.findall(flat)
    own = [one for line in _PDM_ADDING.findall(plain) for one in line.split(", ")] if failed else []
    _add([*own, *failed], reading)


def _read_pip(plain: str, flat: str, reading: Reading) -> None:
    missing = [(found[1], found["parent"] or "-") for found in _PIP_MISSING.finditer(flat)]
    failed = [spec for spec, parent in missing if parent == "-"]
    failed += [spec for one in _PIP for spec in one.findall(flat)]
    yanked = [f"{name}=={version}" for name, version in _PIP_YANKED.findall(flat)]
    if not failed and not missing and not yanked:
        return
    own = [found[1] for line in plain.split("\n") if (found := _COLLECTING.match(line))]
    _add(own, reading)
    _add(failed, reading)
    _add(yanked, reading)
    if not reading.requirements:
        _add((spec for spec, _ in missing), reading)
    if _PIP_OTHER_BYTES in flat:
        reading.remarks[_OTHER_BYTES] = None


def _read_refusal(_plain: str, flat: str, reading: Reading) -> None:
    """Read our own words, or the URL of a refused file, in whatever stands around them."""
    _add(_OUR_OWN.findall(flat), reading)
    for filename in _FILE_URL.findall(flat):
        try:
            file = Filename.parse(filename.replace("%2B", "+"))
        except BadInput:
            continue
        reading.add(f"{file.project}=={file.version}")


def _read_import(_plain: str, flat: str, reading: Reading) -> None:
    for module in dict.fromkeys(_MODULE.findall(flat)):
        package = package_of(module)
        if reading.add(package or module):
            reading.remarks[
                f"'{module}' is the name of a module, and modules are not named as packages are. "
                + (
                    f"It is known to come with '{package}'."
                    if package
                    else "Look up which package has it, before you send this."
                )
            ] = None


_KINDS: tuple[tuple[str, Callable[[str, str, Reading], None]], ...] = (
    ("an error of uv", _read_uv),
    ("an error of pip", _read_pip),
    ("an error of poetry", _read_poetry),
    ("an error of pdm", _read_pdm),
    ("a refusal of this server", _read_refusal),
    ("a failed import", _read_import),
)


def _flat(plain: str) -> str:
    """Give a text as one line, as it was before a terminal wrapped or framed it."""
    unframed = _FRAME.sub("", plain)
    whole = re.sub(r"(?<=\w-)\n[ \t]+(?=\w)", "", unframed)
    return " ".join(whole.split())


def _commands(lines: Iterable[str], reading: Reading) -> bool:
    return sum(read_command(line, reading) for _, line in logical(lines)) > 0


def _add(specs: Iterable[str], reading: Reading) -> None:
    for spec in specs:
        reading.add(spec.strip().rstrip(".,:;"))


def _some(given: Given) -> Given:
    if not given.requirements and not given.left_out:
        raise BadInput(
            "Nothing in this names a package.",
            hint="Write what you need, one to a line, such as: flask>=3",
        )
    return given
