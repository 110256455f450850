"""The core metadata that a file carries, read so that nothing in it can raise or mislead.

METADATA of a wheel, PKG-INFO of an sdist: what installers will go by. What an index says of
the file is another matter, and compared with this.
"""

from __future__ import annotations

from email.errors import MessageError

from packaging.metadata import InvalidMetadata, RawMetadata, parse_email

from affineur.core.archives import ArchiveReport

_MAX_TEXT = 500


def raw_of(archive: ArchiveReport) -> RawMetadata | None:
    """Give the fields as they stand, each that occurs once where it should; None without any."""
    if archive.metadata is None:
        return None
    try:
        return parse_email(archive.metadata)[0]
    except (MessageError, ValueError):
        return {}


def twice_of(archive: ArchiveReport) -> tuple[str, ...]:
    """Name the fields that stand more than once where they may once, or cannot be read."""
    if archive.metadata is None:
        return ()
    try:
        unread = parse_email(archive.metadata)[1]
    except (MessageError, ValueError):
        return ()
    return tuple(sorted(unread))


def words_of(error: InvalidMetadata) -> str:
    """Say in one line what is wrong with a field."""
    return printable(str(error).splitlines()[0].rstrip("."))


def printable(text: str) -> str:
    """Cut a text from the archive to what may stand in a sentence and in every database."""
    return "".join(c if c.isprintable() else " " for c in text[:_MAX_TEXT]).strip()
