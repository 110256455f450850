"""Blobs on the local disk.

What is written goes to `staging/`; a commit flushes it to the disk, renames it to its digest
and flushes the folder, so that a blob is whole or not there, whatever happens. Reading,
listing and deleting go through obstore, as they will for object stores.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from obstore.exceptions import BaseError
from obstore.store import LocalStore

from affineur.blobs.room import Place, Room, free_on_disk
from affineur.core.errors import NotFound, Unavailable
from affineur.core.names import Sha256

_PIECE = 256 * 1024
_PLACE = re.compile(r"([0-9a-f]{2})/([0-9a-f]{62})")


class LocalBlobs:
    """Blobs under one folder; see `core.ports.Blobs` for the contract."""

    def __init__(
        self, root: Path, *, keep_free_bytes: int = 0, free: Callable[[Path], int] = free_on_disk
    ) -> None:
        self._root = root.absolute()
        self._kept = self._root / "kept"
        self._staging = self._root / "staging"
        with _full_disk():
            for folder in (self._root, self._kept, self._staging):
                _make_folder(folder)
        self._shelves = _Shelves(self._kept)
        self._room = Room(lambda: free(self._root), keep_free_bytes)
        self._store = LocalStore(prefix=self._kept)

    def stage(self) -> LocalStaged:
        """Begin a blob."""
        return LocalStaged(self._staging, self._shelves, self._room)

    def has(self, sha256: Sha256) -> bool:
        """Say whether the bytes are held."""
        return _place(self._kept, sha256).is_file()

    def size_bytes(self, sha256: Sha256) -> int:
        """Give the size of a held blob."""
        with _reading(sha256):
            return int(self._store.head(_key(sha256))["size"])

    def read(self, sha256: Sha256) -> bytes:
        """Give the whole blob."""
        with _reading(sha256):
            return bytes(self._store.get(_key(sha256)).bytes())

    def local_path(self, sha256: Sha256) -> Path | None:
        """Give the file that holds it."""
        return _place(self._kept, sha256)

    async def stream(self, sha256: Sha256, start: int, stop: int) -> AsyncIterator[bytes]:
        """Give the bytes from `start` up to, without, `stop`, read off the event loop."""
        for at in range(start, stop, _PIECE):
            length = min(_PIECE, stop - at)
            with _reading(sha256):
                piece = await asyncio.to_thread(
                    self._store.get_range, _key(sha256), start=at, length=length
                )
            if len(piece) < length:
                raise _unreadable(sha256, f"it ends before byte {at + length}")
            yield bytes(piece)

    @contextmanager
    def as_file(self, sha256: Sha256) -> Iterator[Path]:
        """Give the file that holds it; nothing is copied."""
        path = _place(self._kept, sha256)
        if not path.is_file():
            raise _not_held(sha256)
        yield path

    def digests(self) -> Iterator[Sha256]:
        """Give all digests held."""
        for page in self._store.list():
            for entry in page:
                found = _PLACE.fullmatch(str(entry["path"]))
                if found is not None:
                    yield Sha256(found[1] + found[2])

    def delete(self, sha256: Sha256) -> None:
        """Forget a blob."""
        with contextlib.suppress(NotFound), _reading(sha256):
            self._store.delete(_key(sha256))

    def free_bytes(self) -> int:
        """Say how much the disk has free."""
        return self._room.free_bytes()

    def sweep_staging(self, older_than_s: float) -> int:
        """Remove what writers left behind."""
        limit = time.time() - older_than_s
        return sum(_swept(path, limit) for path in self._staging.iterdir())


class LocalStaged:
    """A blob that is being written to a temporary file."""

    def __init__(self, staging: Path, shelves: _Shelves, room: Room) -> None:
        self._shelves = shelves
        self._reserved: Place | None = None
        self._room = room
        self._digest = hashlib.sha256()
        self._size = 0
        with _full_disk():
            handle, name = tempfile.mkstemp(dir=staging)
            self._file = os.fdopen(handle, "wb", buffering=0)
        self._path = Path(name)

    @property
    def path(self) -> Path:
        """Give the temporary file."""
        return self._path

    @property
    def size_bytes(self) -> int:
        """Say how much was written."""
        return self._size

    def reserve(self, size_bytes: int) -> None:
        """Reserve room for it; what it reserved before, and was not used, is given back."""
        self._give_back()
        self._reserved = self._room.reserve(max(0, size_bytes - self._size))

    def write(self, chunk: bytes) -> None:
        """Append bytes, all of them."""
        if self._reserved is not None:
            self._reserved.use(len(chunk))
        with _full_disk():
            rest = memoryview(chunk)
            while rest:
                rest = rest[self._file.write(rest) :]
        self._digest.update(chunk)
        self._size += len(chunk)

    def sha256(self) -> Sha256:
        """Give the digest of what was written so far."""
        return Sha256(self._digest.hexdigest())

    def commit(self) -> Sha256:
        """Flush, rename to the digest, flush the folder: in this order.

        Should only the last step fail, then the blob may stay, whole: taking it back could
        take it from somebody who was told that the same bytes are held.
        """
        digest = self.sha256()
        with _full_disk():
            self._refuse_if_cut_short()
            os.fchmod(self._file.fileno(), 0o444)
            os.fsync(self._file.fileno())
            self._file.close()
            shelf = self._shelves.for_digest(digest)
            self._path.replace(_place(self._shelves.kept, digest))
            _flush_folder(shelf)
        self._give_back()
        return digest

    def _refuse_if_cut_short(self) -> None:
        """Compare the sizes: a write may have failed halfway, or somebody cut the file."""
        found = os.fstat(self._file.fileno()).st_size
        if found != self._size:
            raise Unavailable(
                f"The disk holds {found} bytes of a file of {self._size}.",
                hint="Nothing was kept. Make room or mend the disk, then try again.",
            )

    def discard(self) -> None:
        """Throw it away; no error when it was committed or discarded before."""
        self._file.close()
        self._path.unlink(missing_ok=True)
        self._give_back()

    def _give_back(self) -> None:
        if self._reserved is not None:
            self._reserved.give_back()
            self._reserved = None


class _Shelves:
    """The folders in which blobs stand, each made so that a power cut does not lose it."""

    def __init__(self, kept: Path) -> None:
        self.kept = kept
        self._safe: set[str] = set()

    def for_digest(self, sha256: Sha256) -> Path:
        """Give the folder of a blob.

        Whoever made it, its name is flushed once by each process before a blob counts in it:
        another process may have made it and died before it flushed.
        """
        shelf = _place(self.kept, sha256).parent
        if shelf.name not in self._safe or not shelf.is_dir():
            shelf.mkdir(exist_ok=True)
            _flush_folder(self.kept)
            self._safe.add(shelf.name)
        return shelf


def _swept(path: Path, limit: float) -> bool:
    """Remove one staged file if nobody wrote to it since; it may be committed meanwhile."""
    try:
        if path.stat().st_mtime > limit:
            return False
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def _key(sha256: Sha256) -> str:
    return f"{sha256[:2]}/{sha256[2:]}"


def _place(kept: Path, sha256: Sha256) -> Path:
    return kept / sha256[:2] / sha256[2:]


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _flush_folder(folder.parent)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _reading(sha256: Sha256) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise _not_held(sha256) from error
    except (BaseError, OSError) as error:
        raise _unreadable(sha256, str(error).partition("\n")[0]) from error


def _not_held(sha256: Sha256) -> NotFound:
    return NotFound(f"The bytes with sha256 {sha256} are not held.")


def _unreadable(sha256: Sha256, why: str) -> Unavailable:
    return Unavailable(
        f"The bytes with sha256 {sha256} cannot be read: {why}.", hint="Look with: affineur fsck"
    )


@contextmanager
def _full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"The disk does not take the file: {error.strerror}.",
            hint="Nothing was kept. Make room or mend the disk, then try again.",
        ) from error
