"""Comparing two archives: files by digest, and what the later one newly has and can do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.errors import MessageError

from packaging.metadata import RawMetadata, parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from affineur.core.archives import ArchiveReport, Kind, Member
from affineur.core.comparable import Contents, contents_of, entry_points
from affineur.core.files import Filename
from affineur.core.findings import Where
from affineur.core.scans import Capability

_SMALL_BYTES = 64
_MOST_REQUIREMENTS = 1000


@dataclass(frozen=True, slots=True)
class FileChanges:
    """Which files are other than they were, by comparable path, in order."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    """From, to: the same bytes under another path."""
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Required:
    """What the later archive requires otherwise than the earlier one, by name; no extras."""

    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    is_other_python: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one archive has and can do that an earlier one had not and could not.

    Paths are comparable ones (`core.comparable`). Of an archive of another kind, a wheel held
    against an sdist, no files are compared.
    """

    is_same_kind: bool
    files: FileChanges = FileChanges()
    capabilities: Mapping[Capability, tuple[Where, ...]] = field(default_factory=dict)
    """What the code can newly do, with the first places."""
    is_scanned: bool = False
    """Whether both were scanned: only then the absence of capabilities says anything."""
    required: Required | None = None
    """None when one of them has no metadata."""
    entry_points: tuple[tuple[str, str], ...] = ()
    """New ones: group and name."""
    gone_entry_points: tuple[tuple[str, str], ...] = ()
    startup: tuple[str, ...] = ()
    """Files that newly run when Python starts, or run otherwise than before."""
    native: tuple[str, ...] = ()
    """New compiled files."""
    bytecode: tuple[str, ...] = ()
    changed_native: tuple[str, ...] = ()
    """Compiled files that are other than before."""
    had_native: bool = False
    """Whether there were compiled files before."""
    had_bytecode: bool = False
    old_bytes: int = 0
    new_bytes: int = 0


def compare(
    old_name: Filename, old: ArchiveReport, new_name: Filename, new: ArchiveReport
) -> Comparison:
    """Compare an archive with an earlier one."""
    return compare_contents((old, contents_of(old_name, old)), (new, contents_of(new_name, new)))


def compare_contents(
    earlier: tuple[ArchiveReport, Contents], later: tuple[ArchiveReport, Contents]
) -> Comparison:
    """Compare two archives whose contents are known."""
    (old, before), (new, now) = earlier, later
    is_same_kind = before.kind is now.kind
    files = compare_files(before, now) if is_same_kind else FileChanges()
    touched = {*files.added, *files.changed, *(to for _, to in files.renamed)}
    had, has = entry_points(old, before), entry_points(new, now)
    return Comparison(
        is_same_kind=is_same_kind,
        files=files,
        capabilities=_new_capabilities(old, new),
        is_scanned=_are_scanned(old, new),
        required=_required(old, new),
        entry_points=tuple(sorted(has - had)) if is_same_kind else (),
        gone_entry_points=tuple(sorted(had - has)) if is_same_kind else (),
        startup=tuple(sorted(now.startup() & touched)),
        native=tuple(sorted(now.of_kind(Kind.NATIVE) & {*files.added})),
        bytecode=tuple(sorted(now.of_kind(Kind.BYTECODE) & {*files.added})),
        changed_native=tuple(sorted(now.of_kind(Kind.NATIVE) & {*files.changed})),
        had_native=bool(before.of_kind(Kind.NATIVE)),
        had_bytecode=bool(before.of_kind(Kind.BYTECODE)),
        old_bytes=before.size_bytes,
        new_bytes=now.size_bytes,
    )


def _are_scanned(old: ArchiveReport, new: ArchiveReport) -> bool:
    return bool(old.scan.version and new.scan.version)


def _new_capabilities(
    old: ArchiveReport, new: ArchiveReport
) -> dict[Capability, tuple[Where, ...]]:
    """Give what none of the earlier code could do; nothing where a scan lacks to tell."""
    if not _are_scanned(old, new):
        return {}
    known = {one for one, places in old.scan.capabilities.items() if places}
    return {
        one: places for one, places in new.scan.capabilities.items() if places and one not in known
    }


def _required(old: ArchiveReport, new: ArchiveReport) -> Required | None:
    before, now = _raw(old), _raw(new)
    if not before or not now:
        return None
    needed, needs = set(_names(before)), set(_names(now))
    return Required(
        tuple(sorted(needs - needed)),
        tuple(sorted(needed - needs)),
        before.get("requires_python") != now.get("requires_python"),
    )


def _raw(archive: ArchiveReport) -> RawMetadata:
    try:
        return parse_email(archive.metadata or b"")[0]
    except (MessageError, ValueError):
        return {}


def _names(raw: RawMetadata) -> Iterator[str]:
    """Name what is required without any extra; a line that cannot be read stands for itself."""
    for line in raw.get("requires_dist", [])[:_MOST_REQUIREMENTS]:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            yield line[:200]
            continue
        if requirement.marker is None or "extra" not in str(requirement.marker):
            yield canonicalize_name(requirement.name)


def compare_files(old: Contents, new: Contents) -> FileChanges:
    """Compare two archives of the same kind."""
    added = sorted(new.files.keys() - old.files.keys())
    removed = sorted(old.files.keys() - new.files.keys())
    both = sorted(new.files.keys() & old.files.keys())
    changed = [path for path in both if new.files[path].sha256 != old.files[path].sha256]
    renamed = tuple(_renamed(old, new, removed, added))
    gone, come = {one for one, _ in renamed}, {one for _, one in renamed}
    return FileChanges(
        tuple(path for path in added if path not in come),
        tuple(path for path in removed if path not in gone),
        tuple(changed),
        renamed,
        len(both) - len(changed),
    )


def _renamed(
    old: Contents, new: Contents, removed: Iterable[str], added: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """Pair what went and what came by their bytes; what is nearly empty says nothing."""
    went: dict[str, list[str]] = {}
    for path in removed:
        if old.files[path].size_bytes >= _SMALL_BYTES:
            went.setdefault(old.files[path].sha256, []).append(path)
    for path in added:
        same = went.get(new.files[path].sha256)
        if same:
            yield same.pop(0), path


def missing_in(sdist: Contents, wheel: Contents) -> FileChanges:
    """Say which files of a wheel are absent from the sdist of its release, or differ from it.

    Where a file of the wheel stands in the sdist is learnt from its neighbours: a folder of the
    wheel is the folder of the sdist that most of its files come from, byte by byte. That covers
    `src/` and every `package_dir`.
    """
    by_digest: dict[str, list[str]] = {}
    for path, member in sdist.files.items():
        by_digest.setdefault(member.sha256, []).append(path)
    files = {path: one for path, one in wheel.files.items() if not path.startswith(".dist-info/")}
    rest = [path for path, one in files.items() if one.sha256 not in by_digest]
    folders = _folders(files, by_digest)
    differing = {path for path in rest if _stands_in(sdist, path, folders)}
    return FileChanges(
        tuple(sorted(set(rest) - differing)),
        changed=tuple(sorted(differing)),
        unchanged=len(files) - len(rest),
    )


def _folders(
    files: Mapping[str, Member], by_digest: Mapping[str, list[str]]
) -> Mapping[str, Counter[str]]:
    """Count for each folder of the wheel which folders of the sdist its files stand in."""
    folders: dict[str, Counter[str]] = {}
    for path, member in files.items():
        folder, _, name = path.rpartition("/")
        for other in by_digest.get(member.sha256, ()):
            where, _, other_name = other.rpartition("/")
            if other_name == name:
                folders.setdefault(folder, Counter())[where] += 1
    return folders


def _stands_in(sdist: Contents, path: str, folders: Mapping[str, Counter[str]]) -> bool:
    """Whether the sdist has a file at the place that this one comes from."""
    folder, _, name = path.rpartition("/")
    places = [f"{where}/{name}".lstrip("/") for where in folders.get(folder, ())]
    places += [path, f"src/{path}", f"lib/{path}", f"python/{path}"]
    return any(place in sdist.files for place in places)
