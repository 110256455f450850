"""Who needs a project: known from what files require, by name, also of older files."""

from __future__ import annotations

from packaging.version import Version
from sqlalchemy import delete

from affineur.core.names import FeedName, ProjectName
from affineur.services import requiring
from affineur.store import requirements
from affineur.store.requirements import NeededBy, Needing
from affineur.store.schema import data_source
from affineur.store.schema_vetting import requirement
from support.approving import APPROVED, INTERNAL, UNAPPROVED, Office
from support.dists import wheel

SPAM = wheel("spam", "1.0", requires=["Eggs>=2; python_version < '4'", "ham; extra == 'more'"])
NEWER = wheel("spam", "1.1", requires=["eggs>=3"])
OURS = wheel("ours", "0.1", requires=["eggs; extra == 'fast'", "spam"])


def needed_by(office: Office, project: str, *feeds: FeedName) -> NeededBy:
    with office.gear.db.reading() as conn:
        return requirements.needed_by(conn, ProjectName(project), feeds or (APPROVED, INTERNAL))


def test_what_stands_in_a_feed_says_what_it_needs(small_office: Office) -> None:
    small_office.upstream.add(SPAM, NEWER)
    small_office.approved(SPAM)
    small_office.approved(NEWER)
    small_office.publish(OURS)

    assert needed_by(small_office, "eggs") == NeededBy(
        (
            Needing(
                ProjectName("ours"),
                Version("0.1"),
                INTERNAL,
                "eggs; extra == 'fast'",
                is_optional=True,
            ),
            Needing(ProjectName("spam"), Version("1.1"), APPROVED, "eggs>=3", is_optional=False),
        ),
        is_all=True,
    )
    assert [one.is_optional for one in needed_by(small_office, "ham").projects] == [True]


def test_what_stands_nowhere_or_in_other_feeds_counts_not(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    small_office.vetted(SPAM)
    assert needed_by(small_office, "eggs", APPROVED, INTERNAL, UNAPPROVED).projects == ()
    small_office.publish(OURS)
    assert needed_by(small_office, "spam", APPROVED).projects == ()


def test_files_that_were_held_before_are_read_by_a_job(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    small_office.approved(SPAM)
    small_office.publish(OURS)
    known = needed_by(small_office, "eggs")
    with small_office.gear.db.writing() as conn:
        conn.execute(delete(requirement))
        conn.execute(delete(data_source).where(data_source.c.name == "requirements"))

    small_office.run(requiring.read_requirements(small_office.gear, ""))
    small_office.run(requiring.read_requirements(small_office.gear, ""))

    assert needed_by(small_office, "eggs") == known
