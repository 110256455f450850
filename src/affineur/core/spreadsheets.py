"""Tables as CSV that a spreadsheet opens without running anything in it.

A cell that a spreadsheet would take for a formula gets an apostrophe before it: names, reasons
and versions are written by others. Source: OWASP, "CSV Injection".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  they count, too
_AT_ONCE = 500


def lines(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    """Write a table in pieces, the names of the columns first."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(list(columns))
    for count, row in enumerate(rows, 1):
        writer.writerow([cell(value) for value in row])
        if count % _AT_ONCE == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def cell(value: object) -> str:
    """Write one cell; numbers stay numbers."""
    if value is None:
        return ""
    text = str(value).replace("\x00", "")
    is_number = isinstance(value, int | float)
    return f"'{text}" if text.startswith(_FORMULA) and not is_number else text
