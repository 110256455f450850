"""How a request is told to people: short while it goes on, whole when somebody decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from affineur.cli.client import Json
from affineur.cli.output import Rows
from affineur.cli.telling_findings import change_in_lines, distinct, findings_in_order, information


def item_line(item: Json) -> str:
    """Tell one release in a line: its verdict, and how much was found."""
    serious = sum(1 for one in distinct(item["findings"]) if one["severity"] != "info")
    unknown = len(_not_assessed(item))
    counted = [f"{serious} to look at"] * bool(serious) + [f"{unknown} not assessed"] * bool(
        unknown
    )
    more = f" ({', '.join(counted)})" if counted else ""
    verdict = "parked" if item["state"] == "parked" else item["verdict"] or item["state"]
    return f"{item['name']} {item['version']}: {verdict}{more}"


def serious_findings(item: Json) -> Iterator[str]:
    """Tell what of a release a person should look at, a line each."""
    for one in distinct(item["findings"]):
        if one["severity"] != "info":
            yield f"{one['severity']}: {one['what']}"


def not_assessed(item: Json) -> list[str]:
    """Tell what of a release could not be assessed, and why."""
    return [f"could not assess {line}" for line in _not_assessed(item)]


def request_answer(request: Json) -> list[str | Rows]:
    """Tell where a request stands, and what to do next."""
    number, state = request["id"], request["state"]
    where = f"Request {number} ({_asked(request)}) into '{request['feed']}' is {state}"
    items = request["items"]
    notes = [f"  note: {note}" for note in request["notes"]]
    decisions = [_decision(one) for one in request["decisions"]]
    next_step = {
        "resolving": f"follow it: affineur show {number}",
        "vetting": f"follow it: affineur show {number}",
        "review": f"an approver decides: affineur show {number}, affineur approve {number}",
        "approved": "it can be installed now",
        "denied": f"the policy says no; see why: affineur show {number}",
        "failed": "nothing was resolved; see the notes, and ask again",
    }.get(state)
    size = f", {len(items)} releases" if items else ""
    return [f"{where}{size}.", *notes, *decisions, *([f"Next: {next_step}."] * bool(next_step))]


def request_whole(request: Json, *, with_files: bool = False) -> list[str | Rows]:
    """Tell all that an approver decides from; what holds for every release is told once."""
    kind = "Draft" if request["is_draft"] else "Request"
    told: list[str | Rows] = [
        f"{kind} {request['id']}: {request['state']}, into '{request['feed']}'",
        f"  asked for: {_asked(request)}",
        f"  by {request['requester']}, {_age(request['created_at'])} ago",
        *([f"  reason: {request['reason'] or 'none given'}"] * (not request["is_draft"])),
        *([f"  used in: {request['used_in']}"] * bool(request["used_in"])),
        *(f"  note: {note}" for note in request["notes"]),
    ]
    common = _common([[*_said(item), *_informed(item)] for item in request["items"]])
    if common:
        told += ["", "Of every release", *(f"  {line}" for line in common)]
    for item in request["items"]:
        told += ["", *_item(item, common, with_files=with_files)]
    if request["comments"]:
        told += ["", "Discussion", *_talk(request["comments"])]
    if not request["is_draft"]:
        told += ["", *request_answer(request | {"notes": []})]
    return told


def requests_table(requests: Sequence[Json]) -> Rows:
    """List requests, a row each."""
    rows = [
        (
            one["id"],
            one["state"],
            one["requester"],
            f"{_age(one['created_at'])} ago",
            one["feed"],
            _asked(one),
            one["reason"],
        )
        for one in requests
    ]
    columns = ("id", "state", "by", "asked", "into", "for", "reason")
    return Rows(columns, rows, if_empty="There are no requests.")


def queue_table(queue: Json) -> Rows:
    """List what waits for somebody's answer, a row each."""
    rows = [
        (
            one["request"]["id"],
            one["risk"],
            f"{one['to_look_at']} of {one['open_items']}",
            one["request"]["requester"],
            f"{_age(one['request']['created_at'])} ago",
            _asked(one["request"]),
            one["request"]["used_in"] or "",
        )
        for one in queue["waiting"]
    ]
    columns = ("id", "risk", "to look at", "by", "asked", "for", "used in")
    return Rows(columns, rows, if_empty="Nothing waits for your answer.")


def _talk(comments: Sequence[Json]) -> Iterator[str]:
    """Tell what people said about a request."""
    for one in comments:
        asks = " asks" if one["kind"] == "question" else ""
        first, *more = one["said"].split("\n")
        yield f"  {one['author']}{asks} at {one['at'][:16]}: {first}"
        yield from (f"    {line}" for line in more)


def _item(item: Json, common: Sequence[str], *, with_files: bool) -> Iterator[str]:
    verdict = "parked: a person must look" if item["state"] == "parked" else item["verdict"]
    answer = f" ({item['answer']})" if item["answer"] else ""
    yield f"{item['name']} {item['version']}: {verdict or item['state']}{answer}, {_files(item)}"
    yield from (f"  {line}" for line in _said(item) if line not in common)
    if item["note"]:
        yield f"  note: {item['note']}"
    yield from (f"  {line}" for line in change_in_lines(item["facts"]))
    told = findings_in_order(item["findings"], len(item["files"]), item["against"], ())
    yield from (f"  {line}" for line in told if line not in common)
    for file in item["files"] if with_files else ():
        uploaded = f", uploaded {_age(file['uploaded_at'])} ago" if file["uploaded_at"] else ""
        yield f"  file: {file['filename']}{_size(file['size_bytes'])}{uploaded}"
        yield f"        sha256 {file['sha256']}"


def _said(item: Json) -> list[str]:
    """Give the policy's reasons, which name what could not be assessed, too, once judged."""
    unjudged = [f"could not assess {line}" for line in _not_assessed(item)]
    return [f"policy: {reason}" for reason in item["reasons"]] or unjudged


def _informed(item: Json) -> list[str]:
    """Give what is only good to know of a release."""
    return list(information(item["findings"], len(item["files"])))


def _common(lines: Sequence[Sequence[str]]) -> list[str]:
    """Give the lines that stand in all of several lists."""
    if len(lines) < 2:
        return []
    first, *others = lines
    return [line for line in first if all(line in other for other in others)]


def _files(item: Json) -> str:
    """Tell of a release's files in a few words: how many, how large, how old."""
    files = item["files"]
    wheels = sum(1 for one in files if one["filename"].endswith(".whl"))
    kinds = {"wheel": wheels, "sdist": len(files) - wheels}
    counted = [f"{n} {kind}{'s' * (n > 1)}" for kind, n in kinds.items() if n]
    size = _size(sum(one["size_bytes"] or 0 for one in files) or None)
    moments = [one["uploaded_at"] for one in files]
    age = ", uploaded " + (f"{_age(max(moments))} ago" if all(moments) else "nobody knows when")
    return f"{' and '.join(counted)}{size}{age}"


def _not_assessed(item: Json) -> list[str]:
    return sorted({f"{one['check']}: {one['reason']}" for one in item["not_assessed"]})


def _decision(one: Json) -> str:
    comment = f": {one['comment']}" if one["comment"] else ""
    files = len(one["digests"])
    alone = ", these versions alone" if one["is_exact"] else ""
    return f"  {one['verdict']}{alone} by {one['by']} at {one['at'][:16]} ({files} files){comment}"


def _asked(request: Json) -> str:
    return ", ".join(request["requirements"]) or f"the file {request['document_name']}"


def _size(size_bytes: int | None) -> str:
    if size_bytes is None:
        return ""
    return f", {size_bytes / 1024:,.0f} KiB" if size_bytes >= 1024 else f", {size_bytes} bytes"


def _age(moment: str) -> str:
    seconds = (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} seconds"
