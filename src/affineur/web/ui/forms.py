"""Reading forms and queries: everything that a browser sends of what somebody typed.

A form is read whole, within limits: the largest thing in one is a lock file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field as SentField
from python_multipart.multipart import File as SentFile
from python_multipart.multipart import create_form_parser

from affineur.core.errors import BadInput, TooLarge
from affineur.web.http import Request

LARGEST_BYTES = 9 * 1024 * 1024
_MOST_FIELDS = 20_000
_URLENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class SentDocument:
    """A file that came with a form."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Fields:
    """What was typed, in its order: of a form, or of a URL's query."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    documents: Mapping[str, SentDocument] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """Give the first value of a field, without blanks around it."""
        return next(iter(self.values.get(name, ())), default).strip()

    def texts(self, name: str) -> tuple[str, ...]:
        """Give all values of a field."""
        return tuple(self.values.get(name, ()))

    def has(self, name: str) -> bool:
        """Whether the field came at all: a box that was ticked, a button that was pressed."""
        return name in self.values

    def number(self, name: str, default: int | None = None) -> int | None:
        """Give a whole number; raise `BadInput` when something else was typed."""
        text = self.text(name)
        if not text:
            return default
        if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 12):
            raise BadInput(f"'{text[:40]}' is not a whole number.")
        return int(text)

    def document(self, name: str) -> SentDocument | None:
        """Give a file that was chosen; None when none was."""
        return self.documents.get(name)


def read_number(segment: str) -> int:
    """Read the number of something in a path; what is none is 0, the number of nothing."""
    return int(segment) if segment.isascii() and segment.isdigit() and len(segment) < 10 else 0


def read_query(query: str) -> Fields:
    """Read a URL's query."""
    return Fields(_decoded(query))


async def read_form(request: Request) -> Fields:
    """Read the form of a request; raise `TooLarge` or `BadInput` when it is none."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = bytearray()
    async for piece in request.body:
        body += piece
        if len(body) > LARGEST_BYTES:
            raise TooLarge(f"What was sent is larger than {LARGEST_BYTES // 1024 // 1024} MiB.")
    if not body:
        return Fields()
    if kind == _URLENCODED:
        return Fields(_decoded(_text(bytes(body))))
    if kind == _MULTIPART:
        return _multipart(request.headers["content-type"], bytes(body))
    raise BadInput("A form was expected.", hint="Programs use the API; see /api/v1/openapi.json.")


def _decoded(text: str) -> dict[str, list[str]]:
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        _unreadable()
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(_clean(value))
    return found


def _multipart(content_type: str, body: bytes) -> Fields:
    values: dict[str, list[str]] = {}
    documents: dict[str, SentDocument] = {}

    def on_field(sent: SentField) -> None:
        name, value = (sent.field_name or b""), (sent.value or b"")
        values.setdefault(_text(name), []).append(_clean(_text(value)))

    def on_file(sent: SentFile) -> None:
        sent.file_object.seek(0)
        data = sent.file_object.read()
        if sent.file_name:
            documents[_text(sent.field_name or b"")] = SentDocument(_text(sent.file_name), data)
        sent.close()

    headers = {"Content-Type": content_type.encode("latin-1", "replace")}
    limits = {"MAX_MEMORY_FILE_SIZE": LARGEST_BYTES}  # nothing of a form lies on the disk
    try:
        parser = create_form_parser(headers, on_field, on_file, config=limits)
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError):
        _unreadable()
    return Fields(values, documents)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        _unreadable()


def _clean(value: str) -> str:
    """Refuse the one character that no database keeps; lines end as elsewhere."""
    if "\0" in value:
        raise BadInput("What was sent holds a NUL character.")
    return value.replace("\r\n", "\n")


def _unreadable() -> NoReturn:
    raise BadInput("The form that was sent cannot be read.", hint="Go back and send it again.")
