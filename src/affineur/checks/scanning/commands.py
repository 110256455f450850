"""Judges the command lines that are given to a shell or started as programs."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from affineur.checks.scanning import network, places
from affineur.checks.scanning.machine import Called
from affineur.checks.scanning.sights import Scene, Sight, sight, told
from affineur.checks.scanning.values import Mark, Value
from affineur.checks.scanning.words import quote
from affineur.core.findings import Severity

_PIPED = re.compile(
    r"\b(curl|wget|fetch)\b[^|;&]{0,400}\|\s*(sudo\s+)?(/\w+/)*((ba|z|da|k|c)?sh|python[\d.]*|perl|node|ruby)\b|"
    r"\b(ba|z)?sh\b[^|]{0,20}(<\(|-c\s*[\"']?\$\()\s*(curl|wget)\b|"
    r"\b(curl|wget)\b.{0,400}(&&|;)\s*(chmod\s+\+?[0-7x]|(ba)?sh\s|\./|python)|"
    r"\b(iex|Invoke-Expression)\b.{0,200}(DownloadString|Invoke-WebRequest|iwr|WebClient|irm)|"
    r"(DownloadString|Invoke-WebRequest|iwr|irm)\b.{0,300}\|\s*(iex|Invoke-Expression)|"
    r"DownloadFile\(.{0,400}(Start-Process|Invoke-Item|\bstart\b)|"
    r"\bmshta\s+(https?:|javascript:|vbscript:)|\bcertutil\b.{0,60}-urlcache|\bbitsadmin\b.{0,40}/transfer|"
    r"\bregsvr32\b.{0,60}/i:http|\brundll32\b.{0,40}javascript:",
    re.IGNORECASE,
)
_ENCODED = re.compile(
    r"\b(?:powershell|pwsh)(?:\.exe)?\b.{0,200}?\s-(?:e|ec|en|enc|enco|encod|encode|encoded\w*)\s+[\"']?([A-Za-z0-9+/=]{16,})",
    re.IGNORECASE,
)
_REVERSE = re.compile(
    r"/dev/(tcp|udp)/[^\s/]+/\d+|\bn(c|cat)\b[^|;]{0,80}\s-\w*[ec]\s*\S*(sh|cmd)|mkfifo\b.{0,120}\bnc\b|"
    r"\bsocat\b.{0,120}exec:|\bbash\s+-i\b.{0,20}>&",
    re.IGNORECASE,
)
_WIPING = re.compile(
    r"\brm\s+(-\w+\s+)*-\w*r\w*\s+(-\w+\s+)*(--no-preserve-root\s+)?(/|/\*|~|~/\*?|\$HOME|/home|/root|/etc|/usr|/var)(\s|$|;|&)|"
    r"\b(rd|rmdir)\s+/s\s+/q\s+[\"']?(C:|%USERPROFILE%|%SYSTEMROOT%)|\bdel\s+(/\w\s+)+[\"']?(C:|%USERPROFILE%)|"
    r"\bformat\s+[a-z]:|\bmkfs(\.\w+)?\s+/dev/|\bdd\s+if=/dev/(zero|u?random)\s+of=/dev/|"
    r"\bvssadmin\s+delete\s+shadows|:\(\)\s*\{\s*:\|:&\s*\};:",
    re.IGNORECASE,
)
_PERSISTING = re.compile(
    r"\bcrontab\s+(-u\s+\S+\s+)?(-\s*$|-\s*[;|&]|/|(?!-)\S+\s*$)|\|\s*crontab\b|\bschtasks\b.{0,40}/create|\bsystemctl\b.{0,30}\benable\b|"
    r"\blaunchctl\s+(load|bootstrap)|\breg(\.exe)?\s+add\b.{0,80}CurrentVersion\\+Run|"
    r">>\s*(~|\$HOME)/\.(bashrc|profile|zshrc|bash_profile)|New-ScheduledTask|>>?\s*\S*authorized_keys",
    re.IGNORECASE,
)
_ENVIRONMENT = re.compile(
    r"(^|[\s;&|(/])(env|printenv|export -p)\s*\|.{0,80}\b(curl|wget|nc|ncat|openssl|socat)\b|"
    r"\b(curl|wget|nc|ncat)\b.{0,300}(\$\(|`|<\()\s*(env|printenv|export -p|cat /proc/\w+/env)"
)
_MINING = re.compile(
    r"stratum\+(tcp|ssl)://|\bxmrig\b|\bminerd\b|\bcpuminer\b|\bethminer\b|--donate-level|"
    r"\b(pool\.)?(supportxmr|minexmr|nanopool|moneroocean|hashvault|2miners|nicehash|f2pool)\.(com|org|stream|pro)\b",
    re.IGNORECASE,
)
_TELLING = (Mark.SECRET, Mark.ENVIRONMENT, Mark.MACHINE)
_SENDING = re.compile(r"\b(nslookup|dig|curl|wget|ping|host|nc|ncat|scp|Invoke-WebRequest|iwr)\b")
_PIP = re.compile(
    r"\bpip3?(\.exe)?\s+(install|download)\b|\buv\s+(pip\s+install|add)\b|\beasy_install\b"
)
_ELSEWHERE = re.compile(
    r"(--(extra-)?index-url|(^|\s)-i\b|--find-links|(^|\s)-f\b|--trusted-host)|git\+\w+|https?://|\bhg\+|svn\+"
)


def judge_command(called: Called, scene: Scene, command: Value) -> Iterator[Sight]:
    """Judge one command line, as far as it is known."""
    text = " ".join(command.words())[:4096] if command.parts else command.plain[:4096]
    if len(called.arguments) > 1 and not command.parts:
        text = " ".join(one.plain for one in called.arguments)[:4096]
    frame, when = called.frame, scene.when(called.frame)
    for pattern, rule, told_as in _SHAPES:
        found = pattern.search(text)
        if found:
            what = f"It starts a command that {told_as}{when}: {quote(found[0])!r}."
            yield sight(called, rule, scene.graver(frame), what)
            return
    if encoded := _ENCODED.search(text):
        what = f"It runs PowerShell on an encoded command{when}{_decoded(encoded[1])}."
        yield sight(called, "encoded-powershell", scene.graver(frame), what)
        return
    leaked = next((mark for mark in _TELLING if mark in command.marks), None)
    if leaked is not None and _SENDING.search(text):
        what = f"It gives {told(command.marks, leaked)} to a command that sends it away{when}."
        yield sight(called, "secrets-sent", scene.graver(frame), what)
        return
    yield from _destinations(called, scene, text)
    yield from _installing(called, scene, text)


def mines(text: str) -> str | None:
    """Find the words of a coin miner."""
    found = _MINING.search(text)
    return found[0] if found else None


def _decoded(encoded: str) -> str:
    try:
        text = base64.b64decode(encoded + "=" * (-len(encoded) % 4)).decode("utf-16-le")
    except (binascii.Error, ValueError):
        return ""
    return f": it reads {quote(text[:60])!r}"


def _destinations(called: Called, scene: Scene, text: str) -> Iterator[Sight]:
    odd = network.webhook(text) or network.odd_host(text)
    raw = network.raw_address(text) if network.host(text) else None
    if places.is_secret(text) and (odd or raw or re.search(r"\b(curl|wget|scp|nc)\b", text)):
        what = f"It starts a command that sends secrets away{scene.when(called.frame)}."
        yield sight(called, "secrets-sent", scene.graver(called.frame), what)
    elif odd:
        what = f"It starts a command that talks to {quote(odd)}{scene.when(called.frame)}."
        yield sight(called, "odd-destination", Severity.REVIEW, what)
    elif raw and re.search(r"\b(curl|wget|powershell|ssh|nc)\b", text, re.IGNORECASE):
        what = (
            f"It starts a command that talks to the bare address {raw}{scene.when(called.frame)}."
        )
        yield sight(called, "raw-address", Severity.REVIEW, what)


def _installing(called: Called, scene: Scene, text: str) -> Iterator[Sight]:
    if not _PIP.search(text):
        return
    when = scene.when(called.frame)
    if elsewhere := _ELSEWHERE.search(text):
        what = f"It installs packages from elsewhere ({quote(elsewhere[0])}){when}."
        is_index = elsewhere[0].strip().startswith("-") and network.host(text) is not None
        is_grave = is_index or scene.is_at_once(called.frame)
        severity = Severity.REVIEW if is_grave else Severity.INFO
        yield sight(called, "runtime-install", severity, what)
    elif scene.is_at_once(called.frame):
        yield sight(called, "runtime-install", Severity.REVIEW, f"It installs packages{when}.")
    else:
        what = "It installs packages while it runs."
        yield sight(called, "runtime-install", Severity.INFO, what)


_SHAPES = (
    (_ENVIRONMENT, "secrets-sent", "sends the whole environment away"),
    (_PIPED, "download-and-run", "fetches something and runs it"),
    (_REVERSE, "reverse-shell", "gives a shell to another machine"),
    (_WIPING, "destruction", "wipes a disk or a home"),
    (_PERSISTING, "persistence", "makes something start by itself"),
    (_MINING, "miner", "mines coins"),
)
