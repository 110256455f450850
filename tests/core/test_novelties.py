"""What is new in a version, the gravest first; what is as before; what could not be told."""

from __future__ import annotations

from affineur.core.archives import ArchiveReport, Kind, Member
from affineur.core.differences import Side, compare_sides
from affineur.core.files import Filename
from affineur.core.findings import Against, Fact, Finding, Severity, Where
from affineur.core.margin import notes
from affineur.core.novelties import Aspect, Novelties, Vetted, novelties
from affineur.core.scans import Capability, Scan
from support.values import digest

OLD_WHEEL, NEW_WHEEL = "spam-1.0-py3-none-any.whl", "spam-1.1-py3-none-any.whl"
METADATA = b"Metadata-Version: 2.1\nName: spam\nVersion: 1\n"
ODD = Finding("x.odd", "x", Severity.BLOCK, "It is odd.", where=Where("spam/a.py", 3, "odd()"))
OLD_NEWS = Finding("x.old", "x", Severity.INFO, "It is old.")


def side(
    filename: str,
    members: dict[str, Member] | None = None,
    scan: Scan | None = None,
    metadata: bytes | None = METADATA,
) -> Side:
    return Side(
        Filename.parse(filename), ArchiveReport(members or {}, metadata, scan=scan or Scan(1))
    )


def vetted(*findings: Finding, against: Against | None = None, **facts: dict[str, Fact]) -> Vetted:
    return Vetted(findings, facts, against=against)


def held(
    old: Side, new: Side, before: Vetted | None = None, now: Vetted | None = None
) -> Novelties:
    return novelties(compare_sides(old, new), (old, new), (before, now))


def told(found: Novelties) -> list[tuple[Aspect, Severity, str]]:
    return [(one.aspect, one.severity, one.what) for one in found.news]


def test_of_two_that_are_alike_all_that_was_looked_at_is_as_before() -> None:
    facts: dict[str, dict[str, Fact]] = {
        "licence": {"licence": "MIT"},
        "provenance": {"attested": True, "publisher": {"repository": "a/b"}},
    }
    both = Vetted((), facts)
    found = held(side(OLD_WHEEL), side(NEW_WHEEL), both, both)

    assert (found.news, found.unknown) == ((), ())
    assert set(found.same) == set(Aspect) - {Aspect.BUILD}


def test_what_could_not_be_looked_at_is_never_as_before() -> None:
    blind = side(NEW_WHEEL, scan=Scan(0), metadata=None)
    found = held(side(OLD_WHEEL), blind)

    assert {what for what, _ in found.unknown} == {
        Aspect.FINDINGS,
        Aspect.ABILITIES,
        Aspect.PUBLISHER,
        Aspect.DEPENDENCIES,
        Aspect.LICENCE,
        Aspect.PYTHONS,
    }
    assert not {what for what, _ in found.unknown} & set(found.same)


def test_a_check_that_could_not_look_is_told() -> None:
    now = Vetted(not_assessed=(("vulnerabilities", "no data"),))
    found = held(side(OLD_WHEEL), side(NEW_WHEEL), vetted(), now)
    assert ("vulnerabilities", "no data") in found.unknown


def test_news_stand_in_the_order_of_their_weight() -> None:
    members = {
        "spam/lib.so": Member(9, digest("so"), Kind.NATIVE),
        "hook.pth": Member(9, digest("pth")),
    }
    can = Scan(1, capabilities={Capability.OPENS_SOCKETS: (Where("spam/a.py", 7, "urlopen"),)})
    new = side(NEW_WHEEL, members, can, METADATA + b"Requires-Dist: eggs\n")
    found = held(side(OLD_WHEEL), new, vetted(OLD_NEWS), vetted(ODD, OLD_NEWS))

    assert told(found) == [
        (Aspect.FINDINGS, Severity.BLOCK, "It is odd."),
        (Aspect.ABILITIES, Severity.REVIEW, "It newly opens network connections."),
        (Aspect.STARTUP, Severity.REVIEW, "hook.pth runs whenever Python starts."),
        (
            Aspect.COMPILED,
            Severity.REVIEW,
            "It brings compiled code for the first time: spam/lib.so.",
        ),
        (Aspect.DEPENDENCIES, Severity.REVIEW, "New dependencies: eggs."),
    ]
    assert found.standing == 1


def test_a_finding_counts_as_the_checks_of_today_see_the_earlier_file() -> None:
    against = Against("1.0", digest("old"), frozenset({ODD.key}), (OLD_NEWS,))
    found = held(side(OLD_WHEEL), side(NEW_WHEEL), vetted(), vetted(ODD, against=against))
    assert (found.news, found.standing, found.gone) == ((), 1, (OLD_NEWS,))


def test_a_lost_attestation_and_another_publisher_are_news() -> None:
    def by(repository: str | None) -> Vetted:
        publisher: Fact = {"repository": repository} if repository else None
        return vetted(provenance={"attested": bool(repository), "publisher": publisher})

    lost = held(side(OLD_WHEEL), side(NEW_WHEEL), by("a/b"), by(None))
    other = held(side(OLD_WHEEL), side(NEW_WHEEL), by("a/b"), by("c/d"))
    neither = held(side(OLD_WHEEL), side(NEW_WHEEL), by(None), by(None))

    assert "It has no attestation; the earlier version had one." in [n.what for n in lost.news]
    assert "Another publisher: c/d; before, a/b." in [n.what for n in other.news]
    assert (Aspect.PUBLISHER, "neither has an attestation") in neither.unknown


def test_of_an_sdist_it_is_told_what_runs_when_it_is_built() -> None:
    old = side("spam-1.0.tar.gz", {"spam-1.0/setup.py": Member(9, digest("a"))})
    new = side("spam-1.1.tar.gz", {"spam-1.1/setup.py": Member(9, digest("b"))})
    assert (
        Aspect.BUILD,
        Severity.REVIEW,
        "What runs when it is built is other: setup.py.",
    ) in told(held(old, new))


def test_notes_tell_of_findings_and_of_each_place_of_a_new_ability() -> None:
    places = (Where("spam/a.py", 7, "urlopen"), Where("spam/b.py", 9, "socket"))
    new = side(NEW_WHEEL, scan=Scan(1, capabilities={Capability.OPENS_SOCKETS: places}))
    found = notes(compare_sides(side(OLD_WHEEL), new), (vetted(), vetted(ODD, OLD_NEWS)))
    assert [(one.where.file, one.where.line, one.severity) for one in found] == [
        ("spam/a.py", 3, Severity.BLOCK),
        ("spam/a.py", 7, Severity.REVIEW),
        ("spam/b.py", 9, Severity.REVIEW),
    ]
