"""What a page shows of a request: its releases in the order in which a person should look.

Nothing is decided here; what needs a look is what `core.risk` weighs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from affineur.core.change_facts import told
from affineur.core.closure_tree import Branch, asked_names, required_by, tree
from affineur.core.findings import Assessment, Finding, Severity
from affineur.core.names import Sha256
from affineur.core.requests import Decision, Item, ItemAnswer, ItemState, Request, RequestState
from affineur.core.risk import HIGH, LOOK
from affineur.core.waivers import MALWARE, NOT_ASSESSED
from affineur.web.ui.wording import counted, size

_REASON = re.compile(r"(allow|review|deny): (.*) \[([^\[\]]+)\]", re.DOTALL)
_CHANGE = "change"
_OTHERWISE = "otherwise"
_TOLD_BY_FINDINGS = frozenset(
    {"findings.block", "findings.review", "findings.known", "not_assessed", "malware"}
)
_ENDED = {RequestState.APPROVED: ItemAnswer.APPROVED, RequestState.REJECTED: ItemAnswer.REJECTED}


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that the policy says of a release."""

    verdict: str
    text: str
    rule: str


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, once for all files of a release that have it."""

    finding: Finding
    sha256: Sha256
    """The first of them."""
    files: int
    is_new: bool

    @property
    def may_be_waived(self) -> bool:
        """Whether a waiver would change anything: it weighs, and is no malware."""
        is_malware = self.finding.id.startswith(MALWARE)
        return self.finding.severity is not Severity.INFO and not is_malware


@dataclass(frozen=True, slots=True)
class Blind:
    """A check that could not look."""

    check: str
    why: str

    @property
    def waiver(self) -> str:
        """What accepts that."""
        return f"{NOT_ASSESSED}{self.check}"


@dataclass(frozen=True, slots=True)
class ItemView:
    """One release of a request."""

    item: Item
    answer: ItemAnswer | None
    against: str | None
    """The last approved version; None when the project is new here."""
    reasons: tuple[Reason, ...]
    """What speaks against it, without that people answer everything here."""
    waived: tuple[Reason, ...]
    found: tuple[Found, ...]
    """What blocks or needs a look, new ones first."""
    noted: tuple[Found, ...]
    """What is only good to know."""
    gone: tuple[Finding, ...]
    blind: tuple[Blind, ...]
    licence: str
    uploaded_at: datetime | None
    size_bytes: int | None
    changes: tuple[str, ...] = ()
    """What it newly can do, and what became of its files, against the approved version."""
    required_by: tuple[Item, ...] = ()

    @property
    def untold(self) -> tuple[Reason, ...]:
        """The reasons that are no finding, and stand nowhere else."""
        return tuple(one for one in self.reasons if one.rule not in _TOLD_BY_FINDINGS)

    @property
    def needs_look(self) -> bool:
        """Whether a person should look at it."""
        return self.item.risk >= LOOK

    @property
    def look(self) -> str:
        """How it is to be shown at a glance, by the names of badges."""
        if self.item.state is ItemState.WAITING:
            return "waiting"
        if self.item.risk >= HIGH:
            return "deny"
        return "review" if self.needs_look else "allow"

    @property
    def words(self) -> str:
        """The same in words."""
        if self.item.state is ItemState.PARKED:
            return "Could not be vetted"
        words = {"deny": "High risk", "review": "Needs a look", "allow": "Clean"}
        return words.get(self.look, "Not vetted yet")


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as a page shows it."""

    request: Request
    items: tuple[ItemView, ...]
    """Riskiest first."""
    common: tuple[Blind, ...] = ()
    """What could not be assessed of any release: told once."""
    branches: tuple[Branch, ...] = ()
    by_id: dict[int, ItemView] = field(default_factory=dict)

    @property
    def open_items(self) -> tuple[ItemView, ...]:
        """Those that nobody answered."""
        return tuple(one for one in self.items if one.answer is None)

    @property
    def to_look_at(self) -> tuple[ItemView, ...]:
        """The open ones that a person should look at."""
        return tuple(one for one in self.open_items if one.needs_look)

    def answered_by(self, decision: Decision) -> tuple[Item, ...]:
        """Give what a decision answered, when that is not all; empty for all of it."""
        mine = tuple(one.item for one in self.items if one.item.decision_id == decision.id)
        return mine if len(mine) < len(self.items) else ()

    def own_reasons(self, one: ItemView) -> tuple[Reason, ...]:
        """Give what speaks against a release, without what is told once for all of them."""
        told = {f"{blind.check} could not be assessed: {blind.why}" for blind in self.common}
        return tuple(reason for reason in one.reasons if reason.text not in told)

    @property
    def cards(self) -> tuple[tuple[ItemView, tuple[Blind, ...]], ...]:
        """Those with something of their own to look at, with what was not assessed of each."""
        shown = (
            (one, tuple(blind for blind in one.blind if blind not in self.common))
            for one in self.to_look_at
        )
        return tuple(
            (one, blind)
            for one, blind in shown
            if one.untold or one.found or blind or one.item.note
        )

    @property
    def title(self) -> str:
        """What is asked for, in a line."""
        return title_of(self.request)

    @property
    def summary(self) -> str:
        """One line that an approver can decide on."""
        return _summary(self)


def view(request: Request) -> RequestView:
    """Put together what a page shows of a request."""
    above = required_by(request.items)
    items = tuple(
        sorted(
            (_item(request, item, above[item.id]) for item in request.items),
            key=lambda one: (one.answer is not None, -one.item.risk, one.item.name),
        )
    )
    common = _common(items)
    branches = tree(request.items, asked_names(request.ask))
    return RequestView(request, items, common, branches, {one.item.id: one for one in items})


def _common(items: Sequence[ItemView]) -> tuple[Blind, ...]:
    """Give what could not be assessed of any release, when there are several."""
    if len(items) < 2:
        return ()
    first, *others = items
    return tuple(one for one in first.blind if all(one in other.blind for other in others))


def title_of(request: Request) -> str:
    """Say what is asked for, in a line."""
    asked = request.ask.requirements
    if not asked:
        return f"the file {request.ask.document_name or 'sent along'}"
    more = f" and {len(asked) - 3} more" if len(asked) > 3 else ""
    return f"{', '.join(asked[:3])}{more}"


def _item(request: Request, item: Item, above: tuple[Item, ...]) -> ItemView:
    reasons = [_reason(text) for text in item.reasons]
    found = sorted(_found(item.assessments), key=_order)
    files = item.release.files
    moments = [file.uploaded_at for file in files]
    sizes = [file.size_bytes for file in files]
    return ItemView(
        item=item,
        answer=item.answer or _ENDED.get(request.state),
        against=next((one.against.version for one in item.assessments if one.against), None),
        reasons=tuple(one for one in reasons if one.verdict != "allow" and one.rule != _OTHERWISE),
        waived=tuple(one for one in reasons if one.verdict == "allow" and "waived by" in one.text),
        found=tuple(one for one in found if one.finding.severity is not Severity.INFO),
        noted=tuple(one for one in found if one.finding.severity is Severity.INFO),
        gone=_gone(item.assessments),
        blind=tuple(
            dict.fromkeys(
                Blind(check, why) for one in item.assessments for check, why in one.not_assessed
            )
        ),
        licence=_licence(item.assessments),
        uploaded_at=max((at for at in moments if at), default=None) if all(moments) else None,
        size_bytes=sum(one or 0 for one in sizes) if any(sizes) else None,
        changes=_changes(item.assessments),
        required_by=above,
    )


def _reason(text: str) -> Reason:
    read = _REASON.fullmatch(text)
    return Reason(read[1], read[2], read[3]) if read else Reason("review", text, "")


def _found(assessments: Sequence[Assessment]) -> list[Found]:
    """Give each finding once, with how many files have it."""
    seen: dict[str, Found] = {}
    for assessment in assessments:
        known = assessment.against.known if assessment.against else frozenset[str]()
        for key, finding in {one.key: one for one in assessment.findings}.items():
            before = seen.get(key)
            is_new = assessment.against is not None and key not in known
            seen[key] = Found(
                finding if before is None else before.finding,
                assessment.sha256 if before is None else before.sha256,
                1 if before is None else before.files + 1,
                is_new or (before is not None and before.is_new),
            )
    return list(seen.values())


def _order(found: Found) -> tuple[bool, int, str]:
    rank = list(Severity).index(found.finding.severity)
    return not found.is_new, rank, found.finding.what


def _gone(assessments: Sequence[Assessment]) -> tuple[Finding, ...]:
    """Give what the last approved version had and this one has not."""
    gone = {one.key: one for known in assessments if known.against for one in known.against.gone}
    return tuple(one for one in gone.values() if one.severity is not Severity.INFO)


def _changes(assessments: Sequence[Assessment]) -> tuple[str, ...]:
    """Tell what changed in the first file that could be compared: the counts come last."""
    found = (one.facts_of(_CHANGE) for one in assessments)
    counts, *lines = told(next((facts for facts in found if facts), {})) or ("",)
    return (*lines, *([counts] if counts else []))


def _licence(assessments: Sequence[Assessment]) -> str:
    """Name the licence as it is told; empty when nobody knows."""
    names = {
        str(outcome.facts["licence"])
        for one in assessments
        for outcome in one.outcomes
        if outcome.facts.get("licence")
    }
    return "; ".join(sorted(names))


def _summary(shown: RequestView) -> str:
    """Count what there is: how much of it is clean, and what needs a look."""
    every, still_open, looks = shown.items, shown.open_items, shown.to_look_at
    if not every:
        return ""
    files = [file for one in every for file in one.item.release.files]
    known = [file.size_bytes for file in files if file.size_bytes is not None]
    whole = f"{counted(len(every), 'release')}, {counted(len(files), 'file')}"
    whole += f", {size(sum(known))}" if known else ""
    answered = [one for one in every if one.answer is not None]
    approved = sum(one.answer is ItemAnswer.APPROVED for one in answered)
    counts = [
        (approved, "approved"),
        (len(answered) - approved, "rejected"),
        (len(still_open) - len(looks), "clean"),
        (len(looks), "to look at"),
    ]
    return f"{whole}: " + ", ".join(f"{number} {words}" for number, words in counts if number) + "."
