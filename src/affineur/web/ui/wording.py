"""How times, sizes and numbers are said to people. Pure."""

from __future__ import annotations

from datetime import datetime

_STEPS = (
    (60.0, "second"),
    (60.0, "minute"),
    (24.0, "hour"),
    (30.44, "day"),
    (12.0, "month"),
)
_BROWSERS = (  # each names the ones after it, too
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "a Mac"),
    ("Linux", "Linux"),
)
_UNITS = ("KB", "MB", "GB", "TB")


def ago(moment: datetime, now: datetime) -> str:
    """Say how long ago a moment was, or how far ahead it is, in the largest unit that fits."""
    seconds = (now - moment).total_seconds()
    distance = abs(seconds)
    if distance < 45:
        return "just now" if seconds >= 0 else "in a moment"
    amount, unit = distance, "year"
    for size, name in _STEPS:
        if round(amount) < size:
            unit = name
            break
        amount /= size
    told = counted(max(1, round(amount)), unit)
    return f"{told} ago" if seconds >= 0 else f"in {told}"


def exactly(moment: datetime) -> str:
    """Write a moment out, in UTC."""
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def size(size_bytes: int | None) -> str:
    """Say a size in bytes with two or three digits."""
    if size_bytes is None:
        return "size unknown"
    if size_bytes < 1000:
        return f"{size_bytes} B"
    amount = float(size_bytes)
    for unit in _UNITS:
        amount /= 1000
        if amount < 999.5 or unit == _UNITS[-1]:
            break
    return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:,.0f} {unit}"


def browser(agent: str) -> str:
    """Say which browser on which system a `User-Agent` names, as far as it is a usual one."""
    name = next((name for sign, name in _BROWSERS if sign in agent), "")
    system = next((system for sign, system in _SYSTEMS if sign in agent), "")
    if not name:
        return agent[:60] or "an unknown browser"
    return f"{name} on {system}" if system else name


def counted(number: int, one: str, many: str | None = None) -> str:
    """Say how many there are of something: 1 file, 2 files."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
