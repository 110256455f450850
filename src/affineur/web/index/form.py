"""The form of the legacy upload protocol, read as it streams in (RFC 7578).

The one file goes to its sink piece by piece and is never in memory as a whole. The few
fields that mean something are kept within limits, all others are passed over: what they say
stands in the file, too, and the file is what counts (docs/uploads.md has them all).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from affineur.core.errors import BadInput, TooLarge

FILE_FIELD = "content"
SIGNATURE_FIELD = "gpg_signature"
KEPT: Mapping[str, int] = {
    ":action": 1024,
    "protocol_version": 1024,
    "name": 1024,
    "version": 1024,
    "filetype": 1024,
    "md5_digest": 1024,
    "sha256_digest": 1024,
    "blake2_256_digest": 1024,
    "staged": 1024,
    "comment": 4096,
    "attestations": 512 * 1024,
}
"""The fields that mean something, each with the most bytes that it may have."""
_MOST_PARTS = 4096
MOST_BESIDE_THE_FILE = 16 * 1024 * 1024
"""In bytes: fields, headers, and whatever stands before the form or after its end."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form that came to its end."""

    fields: Mapping[str, str]
    filename: str
    has_signature: bool = False
    """Whether a detached signature came with it, which is passed over."""


@dataclass(slots=True)
class _Part:
    """The part that is being read."""

    headers: dict[str, str] = field(default_factory=dict)
    header_name: bytes = b""
    header_value: bytes = b""
    name: str = ""
    value: bytearray = field(default_factory=bytearray)


class FormReader:
    """Reads a form from the pieces of a request's body."""

    def __init__(
        self, content_type: str, sink: Callable[[bytes], None], largest_file_bytes: int
    ) -> None:
        media, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if media != b"multipart/form-data" or not boundary:
            raise BadInput(
                "An upload is a multipart/form-data form.", hint="Use twine or uv publish."
            )
        self._sink = sink
        self._file_left_bytes = largest_file_bytes
        self._beside_bytes = 0
        self._parts = 0
        self._part = _Part()
        self._fields: dict[str, str] = {}
        self._filename: str | None = None
        self._has_signature = False
        self._is_over = False
        try:
            self._parser = MultipartParser(boundary, self._callbacks())  # type: ignore[arg-type]
        except FormParserError as error:
            raise _unreadable(error) from error

    def feed(self, piece: bytes) -> None:
        """Read on; raise `BadInput` or `TooLarge` as soon as the form cannot be right."""
        self._beside_bytes += len(piece)
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise _unreadable(error) from error
        if self._beside_bytes > MOST_BESIDE_THE_FILE:
            raise TooLarge("The form is too large, beside its file.")

    def finish(self) -> Form:
        """Make the form's value; raise `BadInput` when it is not complete."""
        if not self._is_over:
            raise BadInput(
                "The form broke off before its end.", hint="Nothing was kept; upload it again."
            )
        if self._filename is None:
            raise BadInput(f"The form has no file (a part named '{FILE_FIELD}').")
        return Form(dict(self._fields), self._filename, self._has_signature)

    def _callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._over,
        }

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise TooLarge(f"The form has more than {_MOST_PARTS} fields.")
        self._part = _Part()

    def _header_name(self, piece: bytes, start: int, stop: int) -> None:
        self._part.header_name += piece[start:stop]

    def _header_value(self, piece: bytes, start: int, stop: int) -> None:
        self._part.header_value += piece[start:stop]

    def _header_end(self) -> None:
        part = self._part
        name = part.header_name.decode("latin-1").lower()
        if name in part.headers:
            raise BadInput(f"A part of the form has the header '{name}' twice.")
        part.headers[name] = _text(part.header_value)
        part.header_name = part.header_value = b""

    def _headers_finished(self) -> None:
        disposition, options = parse_options_header(
            self._part.headers.get("content-disposition", "").encode().decode("latin-1")
        )
        if disposition != b"form-data" or b"name" not in options:
            raise BadInput("A part of the form has no name.")
        self._part.name = _text(options[b"name"])
        if self._part.name == FILE_FIELD:
            self._begin_file(options.get(b"filename"))
        elif self._part.name == SIGNATURE_FIELD:
            self._has_signature = True
        elif self._part.name in self._fields:
            raise BadInput(f"The form has the field '{self._part.name}' twice.")

    def _begin_file(self, filename: bytes | None) -> None:
        if self._filename is not None:
            raise BadInput("The form has more than one file.")
        if not filename:
            raise BadInput("The form's file has no filename.")
        self._filename = _text(filename)

    def _data(self, piece: bytes, start: int, stop: int) -> None:
        size = stop - start
        if self._part.name == FILE_FIELD:
            self._file_left_bytes -= size
            self._beside_bytes -= size
            if self._file_left_bytes < 0:
                raise TooLarge("The file is larger than this server takes (max_file_bytes).")
            self._sink(piece[start:stop])
            return
        largest = KEPT.get(self._part.name)
        if largest is not None:
            if len(self._part.value) + size > largest:
                raise TooLarge(f"The field '{self._part.name}' is too large.")
            self._part.value += piece[start:stop]

    def _end(self) -> None:
        if self._part.name in KEPT:
            self._fields[self._part.name] = _text(self._part.value).strip()

    def _over(self) -> None:
        self._is_over = True


def _text(raw: bytes | bytearray) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput("The form is not UTF-8.") from error


def _unreadable(error: Exception) -> BadInput:
    return BadInput(f"The form cannot be read: {error}.", hint="Use twine or uv publish.")
