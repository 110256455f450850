"""How findings are told, in the order in which a person decides.

First what is new and serious, then what was there before, what could not be looked at, and at
the end what is only good to know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from affineur.cli.client import Json
from affineur.core.change_facts import told

_RANK = {"block": 0, "review": 1, "info": 2}
_FEW = 6


def findings_in_order(
    findings: Sequence[Json], files: int, against: str | None, not_assessed: Sequence[str]
) -> Iterator[str]:
    """Tell all findings of a release or a file; `files` is how many files they are about."""
    joined = sorted(distinct(findings), key=lambda one: _RANK.get(one["severity"], 0))
    serious = [one for one in joined if one["severity"] != "info"]
    new = [one for one in serious if one["is_new"]]
    known = [one for one in serious if not one["is_new"]]
    if against is not None:
        said = "nothing serious" if not new else f"{len(new)} to look at"
        yield f"new since {against}: {said}"
    for one in new:
        yield from _serious(one, files)
    if known:
        yield f"as it was in {against}: {len(known)} to look at"
        for one in known:
            yield from _serious(one, files)
    for line in not_assessed:
        yield f"could not assess {line}"
    yield from information(findings, files)


def information(findings: Sequence[Json], files: int) -> Iterator[str]:
    """Tell what is only good to know, a line each."""
    known = [one for one in distinct(findings) if one["severity"] == "info"]
    for one in known[:_FEW]:
        yield f"{one['check']}: {one['what']}{_where(one)}{_seen(one, files)}"
    if len(known) > _FEW:
        yield f"and {len(known) - _FEW} more that are only good to know: see --json"


def change_in_lines(facts: Mapping[str, Json]) -> Iterator[str]:
    """Tell what the check `change` measured against the last approved version."""
    measured = facts.get("change", {})
    first, *others = told(measured) or ("",)
    if "compared_with" in measured:
        yield f"since {measured['compared_with']}: {first}"
        yield from (f"  {line}" for line in others)


def distinct(findings: Sequence[Json]) -> list[Json]:
    """Join what was found alike in several files of a release."""
    joined: dict[tuple[str, str, str, bool], Json] = {}
    for one in findings:
        place = (one["id"], one["what"], str(one["where"]), one["is_new"])
        known = joined.setdefault(place, one | {"files": []})
        if one.get("file"):
            known["files"].append(one["file"])
    return list(joined.values())


def _serious(one: Json, files: int) -> Iterator[str]:
    yield f"{one['severity'].upper()} {one['id']}: {one['what']}{_where(one)}{_seen(one, files)}"
    if one["where"] and one["where"].get("quote"):
        yield f"  > {one['where']['quote']}"
    if one["why"]:
        yield f"  why:  {one['why']}"
    if one["todo"]:
        yield f"  todo: {one['todo']}"


def _where(one: Json) -> str:
    where = one["where"]
    if not where:
        return ""
    line = f":{where['line']}" if where["line"] else ""
    return f" [{where['file']}{line}]"


def _seen(one: Json, files: int) -> str:
    seen = one["files"]
    if len(seen) in {0, files}:
        return ""
    return f" (in {seen[0]})" if len(seen) == 1 else f" (in {len(seen)} of {files} files)"
