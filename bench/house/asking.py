"""Requests with their items, files, talk and decisions, and what vetting said of the files."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from affineur.core.findings import Finding, Outcome, Severity, Where
from affineur.store.assessments import outcome_to_json
from bench.house.files import BY_REQUEST, EACH_REQUEST, size_of
from bench.house.people import Opened
from bench.house.rows import Rows, moment, text
from bench.house.shape import File, House, Project, Release, Scale, next_release

_CHECKS = (
    "archive",
    "change",
    "contents",
    "dependencies",
    "history",
    "identity",
    "licence",
    "metadata",
    "provenance",
    "quality",
    "vulnerabilities",
)
_LOOKS = 64
_STATES = (*("review",) * 6, *("rejected",) * 7, *("denied",) * 5, *("withdrawn",) * 3, "failed")
_REASONS = (
    "The new export needs it.",
    "Bumps the parser, which fixes our memory leak.",
    "Wanted by the notebook team for the quarterly report.",
    "The build of payments fails without it.",
)
_TALK = (
    ("comment", "Does it need the native part on our build machines?"),
    ("comment", "Only the pure wheel is used here."),
    ("question", "Which project is this for?"),
    ("answer", "For the invoice export, see the plan of this quarter."),
)
_FOUND = (
    ("identity.resembles", Severity.REVIEW, "Its name resembles that of a popular project."),
    ("licence.changed", Severity.REVIEW, "The licence was MIT and is BSD-3-Clause."),
    ("licence.unknown", Severity.REVIEW, "No licence is declared."),
    ("contents.network", Severity.REVIEW, "It opens a connection when it is imported."),
    ("contents.runs-command", Severity.REVIEW, "It runs a program."),
    ("contents.encoded-code", Severity.BLOCK, "It decodes text and runs it as code."),
    ("provenance.lost", Severity.REVIEW, "Releases before this one had provenance."),
    ("vulnerability.known", Severity.REVIEW, "CVE-2026-1234 affects this version."),
    ("archive.ambiguous", Severity.BLOCK, "Two programs read different members of it."),
    ("history.young", Severity.INFO, "It was published four days ago."),
    ("metadata.meagre", Severity.INFO, "There is no description."),
    ("quality.upkeep", Severity.INFO, "The last release is from two years ago."),
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request before it is written down."""

    number: int
    state: str
    items: tuple[tuple[Project, Release], ...]
    at: datetime
    requester: str


def draft_of(scale: Scale) -> int:
    """Give the number of a request that its requester, the administrator, has not sent yet."""
    return scale.requests * 3 // 4 + 2


def fill(rows: Rows, house: House, opened: Opened) -> None:
    """Put in the requests and all that hangs on them."""
    looks = _looks()
    written = _Written()
    for one in _requests(house, opened):
        for project, release in one.items:
            _write(written, one, (project, release), looks)
    rows.put("assessment", "id sha256 assessed_at outcomes", written.assessed)
    rows.put("assessment", "sha256 assessed_at outcomes", _further(house, looks))
    rows.put("request", _REQUEST, _rows(house, opened))
    rows.put("request_item", _ITEM, written.items)
    rows.put("request_file", _REQUEST_FILE, written.files)
    rows.put("request_comment", "request_id kind author said said_at", _talk(house, opened))
    rows.put("decision", _DECISION, _decisions(house, opened))
    rows.put("outcome", "sha256 check_name fingerprint made_at outcome", _outcomes(house))


_REQUEST = (
    "id feed_id state requirements reason requester used_in is_draft awaits notes created_at "
    "changed_at"
)
_ITEM = "id request_id project version state verdict reasons note risk answer"
_REQUEST_FILE = "item_id filename sha256 size_bytes uploaded_at assessment_id"
_DECISION = "id request_id verdict comment decided_by decided_at digests evidence is_exact"
_Row = tuple[object, ...]


@dataclass(slots=True)
class _Written:
    """Rows of items, their files, and what was said of these."""

    items: list[_Row] = field(default_factory=list)
    files: list[_Row] = field(default_factory=list)
    assessed: list[_Row] = field(default_factory=list)


def _write(written: _Written, one: _Asked, what: tuple[Project, Release], looks: list[str]) -> None:
    """Write an item down, with its files; all are assessed but of what is not resolved yet."""
    item = len(written.items) + 1
    look = _look_of(item)
    written.items.append(_item(item, one, what, look))
    for file in what[1].files:
        number = len(written.assessed) + 1 if one.state != "resolving" else None
        told = (file.filename, file.sha256, file.size_bytes, moment(what[1].at))
        written.files.append((item, *told, number))
        if number is not None:
            written.assessed.append((number, file.sha256, moment(one.at), looks[look]))


def _requests(house: House, opened: Opened) -> Iterator[_Asked]:
    """Give the requests: three of four are approved, the newest ones are still open."""
    total = house.scale.requests
    approved = total * 3 // 4
    for number in range(1, total + 1):
        at = house.now - timedelta(minutes=(total - number + 1) * 100)
        requester = opened.developers[number * 13 % len(opened.developers)]
        if number == draft_of(house.scale):
            requester = "admin"
        if number <= approved:
            start = (number - 1) * EACH_REQUEST
            wanted = [house.project(start + one) for one in range(size_of(number))]
            items = [(one, one.releases[-1]) for one in wanted if not one.is_own]
            state = "approved"
        else:
            start = number * 37 % (house.scale.projects - 30)
            wanted = [house.project(start + one) for one in range(1 + number % 9)]
            items = [(one, next_release(one, at)) for one in wanted if not one.is_own]
            state = _STATES[number % len(_STATES)]
            if number > total - 8:
                state = "resolving" if number % 2 else "vetting"
        yield _Asked(number, state, tuple(items), at, requester)


def _rows(house: House, opened: Opened) -> Iterator[_Row]:
    feed = opened.feeds["approved"]
    for one in _requests(house, opened):
        wanted = [f"{project.name}>={release.version}" for project, release in one.items][:3]
        awaits = "requester" if one.state == "review" and one.number % 9 == 0 else None
        at = moment(one.at)
        changed = moment(one.at + timedelta(hours=5))
        reason = _REASONS[one.number % len(_REASONS)]
        used = ("payments", "research", None)[one.number % 3]
        yield (
            *(one.number, feed, one.state, text(wanted), reason, one.requester, used),
            one.number == draft_of(house.scale),
            *(awaits, "[]", at, changed),
        )


def _item(item: int, one: _Asked, what: tuple[Project, Release], look: int) -> _Row:
    project, release = what
    is_waiting = one.state in {"resolving", "vetting"}
    worst = _worst(look)
    verdict = {"block": "deny", "review": "review"}.get(worst, "allow")
    reasons = [f"findings: {worst} findings that nobody accepted"] if worst else []
    risk = {"deny": 900, "review": 400}.get(verdict, 10) + item % 90
    if is_waiting:
        return (item, one.number, project.name, release.version, "waiting", None, "[]", "", 0, None)
    return (
        *(item, one.number, project.name, release.version, "vetted", verdict, text(reasons)),
        *("", risk, "approved" if one.state == "approved" else None),
    )


def _decisions(house: House, opened: Opened) -> Iterator[_Row]:
    for one in _requests(house, opened):
        if one.state in {"approved", "rejected"}:
            digests = [file.sha256 for _, release in one.items for file in release.files]
            by = opened.approvers[one.number % len(opened.approvers)]
            at = moment(one.at + timedelta(hours=5))
            comment = "Fine." if one.state == "approved" else "Not without a licence."
            yield (
                *(BY_REQUEST + one.number, one.number, one.state, comment, by, at),
                *(text(digests), text({"items": {}}), False),
            )


def _talk(house: House, opened: Opened) -> Iterator[_Row]:
    for one in _requests(house, opened):
        for turn in range(one.number % 5):
            kind, said = _TALK[turn % len(_TALK)]
            by = one.requester if turn % 2 else opened.approvers[turn % len(opened.approvers)]
            yield one.number, kind, by, said, moment(one.at + timedelta(minutes=7 * turn))


def _further(house: House, looks: list[str]) -> Iterator[_Row]:
    """Give an assessment of every file of the first projects, so of the popular ones."""
    for number in range(house.scale.assessed):
        for file, release in _files(house.project(number)):
            at = moment(release.at + timedelta(days=2))
            yield file.sha256, at, looks[_look_of(int(file.sha256[:8], 16))]


def _files(project: Project) -> Iterable[tuple[File, Release]]:
    return [(file, release) for release in project.releases for file in release.files]


def _outcomes(house: House) -> Iterator[_Row]:
    for number in range(house.scale.assessed // 10):
        for file, release in _files(house.project(number)):
            for check in _CHECKS:
                said = text(outcome_to_json(Outcome(check, 1)))
                yield file.sha256, check, file.sha256[::-1], moment(release.at), said


# --- what vetting says -------------------------------------------------------------------


def _look_of(number: int) -> int:
    return number * 2654435761 % 4_294_967_296 % _LOOKS


def _worst(look: int) -> str:
    """Say how bad the worst finding of a look is: one of thirty-two blocks, five are reviewed."""
    if look < 2:
        return "block"
    return "review" if look < 12 else ""


def _looks() -> list[str]:
    """Write down the answers that vetting gives, each of all checks."""
    return [text([outcome_to_json(one) for one in _outcomes_of(look)]) for look in range(_LOOKS)]


def _outcomes_of(look: int) -> Iterator[Outcome]:
    chance = random.Random(look)  # noqa: S311  nothing is kept secret by it
    allowed = {"block": 2, "review": 1}.get(_worst(look), 0)
    ranks = {Severity.BLOCK: 2, Severity.REVIEW: 1, Severity.INFO: 0}
    fitting = [one for one in _FOUND if ranks[one[1]] <= allowed]
    worst = [one for one in _FOUND if ranks[one[1]] == allowed]
    chosen = {chance.choice(worst), *chance.choices(fitting, k=look % 3)}
    for check in _CHECKS:
        found = tuple(_finding(one) for one in sorted(chosen) if _check_of(one[0]) == check)
        yield Outcome(check, 1, found)


def _check_of(finding: str) -> str:
    check = finding.partition(".")[0]
    return "vulnerabilities" if check == "vulnerability" else check


def _finding(one: tuple[str, Severity, str]) -> Finding:
    where = Where("package/__init__.py", 12, "import os") if one[0].startswith("con") else None
    why = "It may be what it seems, or what somebody wanted it to seem."
    return Finding(one[0], _check_of(one[0]), one[1], one[2], why, "Read the place.", where)
