"""What other programs print that is worth stealing: the environment, keys, the clipboard."""

from __future__ import annotations

import re

from affineur.checks.scanning.places import is_secret
from affineur.checks.scanning.values import Mark, Value

_ENVIRONMENT = re.compile(
    r"(^|[;&|(]\s*|-c\s+[\"']?)(/usr/bin/|/bin/)?(env|printenv|set|export\s+-p|declare\s+-x)\s*($|[;&|>])|"
    r"Get-ChildItem\s+env:|\b(gci|dir|ls)\s+env:",
    re.IGNORECASE,
)
_KEYS = re.compile(
    r"\bgh\s+auth\s+token\b|\bgcloud\s+auth\s+print-\w+-token|\baz\s+account\s+get-access-token|"
    r"\baws\s+configure\s+(get|export-credentials)|\bgit\s+credential\s+fill|\bvault\s+print\s+token|"
    r"\bsecurity\s+(find|dump)-\w*(password|keychain)|\bsecret-tool\s+(lookup|search)|\bcmdkey\s+/list|"
    r"\bnetsh\s+wlan\s+show\s+profile.{0,80}key=clear|\bkubectl\s+get\s+secrets?\b|\bop\s+read\b",
    re.IGNORECASE,
)
_CLIPBOARD = re.compile(
    r"\bpbpaste\b|\bwl-paste\b|\bxclip\b.{0,60}(\s-o\b|-out)|\bxsel\b.{0,30}(\s-o\b|\s-b\b|--output)|Get-Clipboard",
    re.IGNORECASE,
)
_SCREEN = re.compile(r"^\s*(screencapture|scrot|gnome-screenshot|maim)\b")


def printed(command: Value) -> tuple[Mark, str] | None:
    """Say what a command prints that is worth stealing, and by which words that is seen."""
    text = " ".join(command.words())[:2048] if command.parts else command.plain[:2048]
    for pattern, mark in (
        (_ENVIRONMENT, Mark.ENVIRONMENT),
        (_KEYS, Mark.SECRET),
        (_CLIPBOARD, Mark.CLIPBOARD),
        (_SCREEN, Mark.SCREEN),
    ):
        found = pattern.search(text)
        if found:
            return mark, found[0].strip()[:80]
    return (Mark.SECRET, command.plain[:80]) if is_secret(command.plain) else None
