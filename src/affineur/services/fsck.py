"""Is what the database says true of the bytes on disk: for `affineur fsck`.

Nothing is served on the strength of this; it finds damage, and sweeps what a crash left. Lists
of projects, which only sum up what else is there, are made right at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from affineur.core.names import Sha256
from affineur.services.gear import Gear
from affineur.store import cached, listings, project_lists

_GRACE_S = 24 * 3600.0
_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is not as the database says."""

    kind: str
    """`missing` (no bytes), `altered` (other bytes) or `size`."""
    sha256: Sha256
    what: str


@dataclass(frozen=True, slots=True)
class Health:
    """What `fsck` found."""

    files: int
    damage: tuple[Damage, ...]
    orphans: int
    """Blobs that no row speaks of: harmless remains of interrupted work. Cached files that
    were let go are none: they are on their way out."""
    swept: int
    """Abandoned temporary files that were removed."""
    mended: int = 0
    """Rows of lists of projects that were not what listings make of them, and are again."""

    @property
    def is_sound(self) -> bool:
        """Whether nothing is damaged."""
        return not self.damage


def fsck(
    gear: Gear, *, deep: bool = True, progress: Callable[[int], None] = lambda _done: None
) -> Health:
    """Compare every held file with its row; `deep` reads all bytes and hashes them again."""
    with gear.db.reading() as conn:
        held = listings.held_sizes(conn)
        attached = listings.attached_digests(conn)
        known = set(held) | attached | cached.other_digests(conn)
    damage: list[Damage] = []
    for done, one in enumerate(_examined(gear, held, deep=deep), start=1):
        damage += [found for found in one if _is_still_named(gear, found.sha256)]
        progress(done)
    damage += [found for found in _lost(gear, attached) if _is_still_named(gear, found.sha256)]
    orphans = sum(1 for digest in gear.blobs.digests() if digest not in known)
    return Health(len(held), tuple(damage), orphans, sweep(gear), _mend(gear))


def sweep(gear: Gear) -> int:
    """Remove what work that was interrupted long ago left behind; return how many files."""
    return gear.blobs.sweep_staging(_GRACE_S)


def _mend(gear: Gear) -> int:
    with gear.db.reading() as conn:
        wrong = project_lists.differing(conn)
    if not wrong:
        return 0
    with gear.db.writing() as conn:  # to compare takes long, and nobody else may write meanwhile
        return project_lists.mend(conn, wrong)


def _is_still_named(gear: Gear, digest: Sha256) -> bool:
    """Whether a blob that is not right is still needed: its file may have been let go just now."""
    with gear.db.reading() as conn:
        return digest in cached.named(conn, [digest])


def _lost(gear: Gear, attached: set[Sha256]) -> Iterator[Damage]:
    for digest in sorted(attached):
        if not gear.blobs.has(digest):
            yield Damage("missing", digest, "what was read in a file, or came with it, is gone")


def _examined(gear: Gear, held: dict[Sha256, int], *, deep: bool) -> Iterator[list[Damage]]:
    for digest, size in held.items():
        if not gear.blobs.has(digest):
            yield [Damage("missing", digest, "its bytes are gone")]
        elif gear.blobs.size_bytes(digest) != size:
            yield [Damage("size", digest, f"it should have {size} bytes")]
        elif deep and _hash(gear, digest) != digest:
            yield [Damage("altered", digest, "its bytes are not what they were")]
        else:
            yield []


def _hash(gear: Gear, digest: Sha256) -> str:
    found = hashlib.sha256()
    with gear.blobs.as_file(digest) as path, path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            found.update(piece)
    return found.hexdigest()
