"""What is measured of the archive readers, and of the table that licences are known by."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from affineur.checks.licence_prints import Print, written
from bench.archives import harm
from bench.licence_prints import LICENCES, fingerprint

TEMPLATE = """<text xmlns="http://www.spdx.org/license">
<titleText><p>The title</p></titleText>
<p>You may use <alt match=".+">this thing</alt> for whatever you like
<optional>or not</optional></p>
<list><item><bullet>1.</bullet> Keep this notice</item></list>
</text>"""


def test_harmed_archives_that_are_accepted_are_read_as_others_read_them() -> None:
    tally = harm(60)

    assert (tally["all"], tally["differing"]) == (60, 0)


def test_a_fingerprint_holds_what_a_template_lets_nobody_change() -> None:
    found = fingerprint("One", {"One": ET.fromstring(TEMPLATE)})  # noqa: S314  # our own

    # may/you/use, for/whatever/you, whatever/you/like, keep/this/notice
    assert (found.licence, len(found.hashes), found.telling) == ("One", 4, ())


def test_a_table_is_written_in_the_order_of_identifiers() -> None:
    table = written([Print("B", 2, frozenset({1})), Print("A", 3, frozenset({2}))])

    assert table == "A 3 AgAAAA==\nB 2 AQAAAA==\n"


def test_the_licences_of_the_table_are_more_than_the_sixty_most_used() -> None:
    names = LICENCES.split()

    assert len(names) == len(set(names)) > 100
