"""What runs in a child process: a text from stdin is coloured, its colours go to stdout as JSON.

Started by `web/ui/colouring.py`; imports must stay light.
"""

from __future__ import annotations

import json
import os
import sys

from affineur.checks.colours import colours
from affineur.checks.limits import limit

_MEMORY_BYTES = 1024 * 1024 * 1024
_CPU_S = 4


def main(arguments: list[str]) -> None:
    """Colour the text of a file whose name is the argument."""
    limit(_CPU_S, _MEMORY_BYTES)
    text = sys.stdin.buffer.read().decode("utf-8", "surrogatepass")
    sys.stdout.buffer.write(json.dumps(colours(text, arguments[0])).encode())
    sys.stdout.buffer.flush()
    os._exit(0)  # nothing is left to clean up, and cleaning up takes time
