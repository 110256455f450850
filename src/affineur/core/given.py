"""What somebody gives when he asks: a text or a file, read into what can be asked for.

`core.pasted` reads texts, `core.given_files` files. Nothing that is named is ever fetched: not a
URL, not an included file. What is left out is said, with its reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from affineur.core.errors import BadInput, TooLarge
from affineur.core.files import FileKind
from affineur.core.names import ProjectName, parse_project
from affineur.core.requests import Ask, LeftOut, Release, parse_requirement

LARGEST_BYTES = 8 * 1024 * 1024
MOST_LINES = 10_000
MOST_RELEASES = 2_000
LONGEST_LINE = 2_000
_MOST_LEFT_OUT = 100
_MOST_REQUIREMENTS = 1_000
_SHOWN = 120
_CREDENTIALS = re.compile(r"://[^/@\s]{1,500}@")


@dataclass(frozen=True, slots=True)
class Given:
    """What was read: requirement lines, or the exact releases of a lock file."""

    kind: str
    """What it was read as, as the end of a sentence: `an error of uv`."""
    requirements: tuple[str, ...] = ()
    releases: tuple[Release, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    remarks: tuple[str, ...] = ()
    lock_name: str = "pylock.toml"
    """What the lock file was called."""

    @property
    def projects(self) -> tuple[ProjectName, ...]:
        """Every project that is named, once."""
        named = [parse_project(parse_requirement(line).name) for line in self.requirements]
        return tuple(dict.fromkeys([*named, *(one.project for one in self.releases)]))

    def without(self, projects: Iterable[ProjectName], why: str) -> Given:
        """Leave projects out."""
        gone = set(projects)
        return replace(
            self,
            requirements=tuple(one for one in self.requirements if named(one) not in gone),
            releases=tuple(one for one in self.releases if one.project not in gone),
            left_out=(*self.left_out, *(LeftOut(one, why) for one in sorted(gone))),
        )

    def ask(self) -> Ask:
        """Give what is asked for by it; raise `BadInput` when that is nothing."""
        if self.releases:
            return Ask((), pylock(self.releases), self.lock_name)
        if not self.requirements:
            why = f" {self.left_out[0].what}: {self.left_out[0].why}." if self.left_out else ""
            raise BadInput(
                f"This was read as {self.kind}, and there is nothing in it to ask for.{why}",
                hint="Write what you need, one to a line, such as: flask>=3",
            )
        if len(self.requirements) > _MOST_REQUIREMENTS:
            return Ask((), "\n".join(self.requirements) + "\n", "requirements.txt")
        return Ask(self.requirements)


@dataclass(slots=True)
class Reading:
    """Gathers what is found, each requirement once, in its order."""

    requirements: dict[str, None] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    remarks: dict[str, None] = field(default_factory=dict)
    _omitted: int = 0

    def add(self, line: str) -> bool:
        """Take a requirement; say whether it is one."""
        if len(line) > LONGEST_LINE:
            return False
        try:
            self.requirements[str(parse_requirement(line.strip()))] = None
        except BadInput:
            return False
        return True

    def leave_out(self, what: str, why: str) -> None:
        """Note something that is not asked for; of very many, how many more there were."""
        if len(self.left_out) < _MOST_LEFT_OUT:
            self.left_out.append(LeftOut(shown(what), why))
        else:
            self._omitted += 1

    def refuse_too_many(self, name: str) -> None:
        """Refuse more than one request can hold."""
        if len(self.requirements) > MOST_RELEASES:
            raise TooLarge(
                f"{name} names {len(self.requirements)} packages, more than {MOST_RELEASES}.",
                hint="Ask in parts.",
            )

    def done(self, kind: str, releases: Sequence[Release] = ()) -> Given:
        """Give what was gathered."""
        more = [LeftOut(f"{self._omitted} more", "they are not listed")] if self._omitted else []
        return Given(
            kind,
            tuple(_without_bare(self.requirements)),
            tuple(releases),
            (*self.left_out, *more),
            tuple(self.remarks),
        )


def _without_bare(lines: Iterable[str]) -> Iterator[str]:
    """Leave out a bare name where the same project is named with a version."""
    parsed = [(line, parse_requirement(line)) for line in lines]
    exact = {parse_project(one.name) for _, one in parsed if one.specifier}
    for line, one in parsed:
        if one.specifier or parse_project(one.name) not in exact:
            yield line


def named(requirement: str) -> ProjectName:
    """Give the project that a requirement line names."""
    return parse_project(parse_requirement(requirement).name)


def shown(text: str) -> str:
    """Give a text as one printable line of bounded length, without secrets of its URLs."""
    line = "".join(one if one.isprintable() else "\ufffd" for one in " ".join(text.split()))
    line = _CREDENTIALS.sub("://…@", line)
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def lines_of(text: str, name: str) -> list[str]:
    """Split a text into lines; raise `TooLarge` when there are more than anybody needs."""
    if text.count("\n") > MOST_LINES:
        raise TooLarge(
            f"{name} has more than {MOST_LINES} lines.",
            hint="Give a lock file, or ask in parts.",
        )
    return [line.removesuffix("\r") for line in text.split("\n")]


def refuse_binary(text: str, name: str) -> None:
    """Refuse what is no text; raise `BadInput` naming the line."""
    for at, one in enumerate(text):
        if one in "\0\ufffd\ufffe\uffff":
            line = text.count("\n", 0, at) + 1
            raise BadInput(
                f"{name} is no text: line {line} holds bytes that mean nothing.",
                hint="Give it as a text file in UTF-8.",
            )


def pylock(releases: Iterable[Release]) -> str:
    """Write releases as a pylock.toml (PEP 751); JSON's strings are TOML's too."""
    return "".join(['lock-version = "1.0"\ncreated-by = "affineur"\n', *_packages(releases)])


def _packages(releases: Iterable[Release]) -> Iterator[str]:
    for release in releases:
        yield (
            f"\n[[packages]]\nname = {json.dumps(release.project)}\n"
            f"version = {json.dumps(str(release.version))}\n"
        )
        for file in sorted(release.files, key=lambda one: one.filename.kind is FileKind.SDIST):
            is_wheel = file.filename.kind is FileKind.WHEEL
            head = "[[packages.wheels]]" if is_wheel else "[packages.sdist]"
            yield (
                f"{head}\nname = {json.dumps(file.filename.text)}\n"
                f'hashes = {{ sha256 = "{file.sha256}" }}\n'
            )
