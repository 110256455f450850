"""Running all rows against one index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from affineur.core.errors import Unauthenticated, Unavailable
from affineur.probe.asking import Asker, Credentials, Limits
from affineur.probe.facts import FACTS
from affineur.probe.files import FILES
from affineur.probe.forms import FORMS
from affineur.probe.metadata import METADATA
from affineur.probe.negotiation import NEGOTIATION
from affineur.probe.places import PLACES
from affineur.probe.rows import Check, Ends, Finding, Group, Outcome, Verdict
from affineur.probe.samples import Session, choose
from affineur.probe.transfer import CONNECTIONS, TRANSFER
from affineur.probe.trust import PROJECT_API, TRUST

GROUPS: tuple[Group, ...] = (
    PLACES,
    FORMS,
    NEGOTIATION,
    FACTS,
    METADATA,
    TRANSFER,
    FILES,
    TRUST,
    PROJECT_API,
    CONNECTIONS,  # last: they look at all answers
)


@dataclass(frozen=True, slots=True)
class Report:
    """What came out of probing an index."""

    url: str
    projects: tuple[str, ...]
    file: str | None
    requests: int
    findings: tuple[Finding, ...]

    @property
    def is_good(self) -> bool:
        """Whether every row that must be kept is kept, or does not apply."""
        return not any(finding.fails for finding in self.findings)

    def count(self, outcome: Outcome) -> int:
        """How many rows came out so."""
        return sum(finding.verdict.outcome is outcome for finding in self.findings)


async def probe(
    url: str,
    credentials: Credentials | None = None,
    *,
    projects: Sequence[str] = (),
    limits: Limits | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Report:
    """Look at an index whose URL ends in '/'; `tell` hears what is looked at.

    Raises `Unavailable` when nothing answers, `Unauthenticated` when nothing may be read.
    """
    async with Asker(url, credentials, limits or Limits()) as asker:
        session = Session(asker, url)
        tell("choosing projects")
        await choose(session, projects)
        _check_reached(session)
        findings: list[Finding] = []
        for group in GROUPS:
            tell(group.title[0].lower() + group.title[1:])
            for check in group.checks:
                verdict = await _judged(check, session)
                findings.append(Finding(group.title, check.row, verdict))
        chosen = tuple(sample.project for sample in session.samples)
        file = session.file.filename if session.file else None
        return Report(url, chosen, file, asker.requests, tuple(findings))


def _check_reached(session: Session) -> None:
    replies = session.asker.replies
    if not replies:
        why = session.tried[-1] if session.tried else "it does not answer"
        raise Unavailable(f"{session.home} cannot be reached: {why}.", hint="Is the URL right?")
    if all(reply.status in {401, 403, 407} for reply in replies):
        raise Unauthenticated(
            f"{session.home} answers {replies[0].status}: it lets nobody read without credentials, "
            "or not with these.",
            hint="Give a token with --token, and a user name with --username.",
        )


async def _judged(check: Check, session: Session) -> Verdict:
    try:
        return await check.judge(session)
    except Ends as ends:
        return ends.verdict
