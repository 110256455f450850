from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from affineur.checks import shipped_checks
from affineur.core.findings import Outcome
from affineur.core.ports import Check
from affineur.core.subjects import Need, NotAssessable, Subject
from affineur.core.vetting import assess
from support.values import NOW, digest

Look = Callable[..., Subject]


@dataclass(frozen=True)
class Failing:
    """A check that raises."""

    error: Exception
    name: str = "failing"
    version: int = 3
    needs: frozenset[Need] = frozenset()
    wants: tuple[str, ...] = ()

    def look(self, subject: Subject) -> Outcome:  # noqa: ARG002  # named by the port
        raise self.error


@dataclass(frozen=True)
class Seeing:
    """A check that sees nothing wrong."""

    name: str = "seeing"
    version: int = 1
    needs: frozenset[Need] = frozenset()
    wants: tuple[str, ...] = ()

    def look(self, subject: Subject) -> Outcome:
        return Outcome(self.name, self.version, data_as_of=subject.now)


def test_a_check_that_raises_is_an_outcome_and_the_others_still_look(subject: Look) -> None:
    checks: list[Check] = [Failing(KeyError("a")), Failing(NotAssessable("it is dark")), Seeing()]

    assessment = assess(checks, subject("spam-1.0.tar.gz"))

    assert (assessment.sha256, assessment.at) == (digest("spam-1.0.tar.gz"), NOW)
    assert assessment.not_assessed == (
        ("failing", "the check itself failed (KeyError: 'a')"),
        ("failing", "it is dark"),
    )
    assert assessment.outcomes[2] == Outcome("seeing", 1, data_as_of=NOW)


def test_the_shipped_checks_look_in_their_order_and_none_fails_for_want_of_everything(
    subject: Look,
) -> None:
    blind = subject(archive=NotAssessable("it hung"))

    assessment = assess(shipped_checks(), blind)

    assert assessment.not_assessed == (
        ("identity", "it hung; no names are known"),
        (
            "provenance",
            "its source does not list this file now, so nobody says whether it has attestations",
        ),
        ("history", "its source does not list this file now, or could not be asked"),
        ("metadata", "it hung"),
        ("archive", "it hung"),
        ("contents", "it hung"),
        ("licence", "it hung"),
        ("vulnerabilities", "no advisory data: run affineur advisories sync"),
        ("quality", "it hung"),
        ("dependencies", "it hung"),
        ("change", "it hung"),
    )
