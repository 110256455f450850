"""The day of an attack: from a name that was heard to a block, and who has to act."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.usage import Count, Kind, Use
from affineur.store import usage
from support.browsing import Visitor
from support.dists import Dist, wheel
from support.house import House

OLD, NEW = wheel("acme-tools", "1.0"), wheel("acme-tools", "2.0")


@pytest.fixture
def taken(house: House) -> House:
    """A house in which a release was taken by two."""
    house.publish(OLD)
    house.publish(NEW)
    _took(house, "dev", OLD)
    _took(house, "=HYPERLINK(1)", NEW)
    return house


def _took(house: House, who: str, dist: Dist) -> None:
    at = house.gear.clock.now() - timedelta(hours=1)
    named = (ProjectName("acme-tools"), dist.filename, Sha256(dist.sha256))
    use = Use(FeedName("internal"), Kind.FILE, who, 0, *named)
    with house.gear.db.writing() as conn:
        usage.add_downloads(conn, {(at.date().isoformat(), use): Count(2, 0, at, at)})


def test_three_steps_lead_from_a_name_to_a_block_that_holds(taken: House) -> None:
    security = Visitor(taken, "admin")

    looked = security.submit(security.get("/security/blocks"), {"what": "Acme_Tools==1.0"})
    done = security.submit(looked, {"reason": "it sends keys away"}, button="Block acme-tools 1.0")

    assert looked.title == "Block acme-tools 1.0?"
    assert "1 file" in looked.says()
    assert "1 taker" in looked.says()
    assert done.path == "/security/blocks/1"
    assert done.title == "acme-tools 1.0: blocked"
    assert "internal serves none of its 1 file" in done.says()
    assert done.all("tbody th") == ["dev", OLD.filename]
    assert taken.get(f"/pypi/internal/files/{OLD.sha256}/{OLD.filename}").status_code == 403
    assert taken.get(f"/pypi/internal/files/{NEW.sha256}/{NEW.filename}").status_code == 200


def test_looking_changes_nothing(taken: House) -> None:
    Visitor(taken, "admin").get("/security/block?project=acme-tools")

    assert taken.get("/api/v1/blocks", "admin").json() == {"blocks": []}


def test_a_block_without_a_reason_is_asked_for_again_with_what_was_ticked(taken: House) -> None:
    security = Visitor(taken, "admin")
    looked = security.get("/security/block?project=acme-tools")

    again = security.submit(looked, {"reason": " ", "malware": "yes"}, button="Block acme-tools")

    assert again.status == 400
    assert "A block needs a reason" in again.says(".trouble")
    assert len(again.html.css("#f-malware-yes[checked]")) == 1


def test_a_block_is_lifted_with_a_reason(taken: House) -> None:
    security = Visitor(taken, "admin")
    looked = security.get(f"/security/block?what={NEW.sha256}")
    held = security.submit(looked, {"reason": "odd bytes"}, button="this file")

    lifted = security.submit(held, {"reason": "looked at"}, button="Lift the block")

    assert lifted.title == "acme-tools 2.0: block lifted"
    assert "internal serves 1 of 1 file" in lifted.says()
    assert not lifted.offers(button="Lift the block")
    assert "looked at" in security.get("/security/blocks?show=all").says()
    assert "Nothing is blocked" in security.get("/security/blocks").says()


def test_what_nobody_knows_is_said_at_the_field(taken: House) -> None:
    seen = Visitor(taken, "admin").get(f"/security/block?what={'a' * 64}")

    assert seen.status == 404
    assert "No file with sha256" in seen.says("#e-what")


def test_takers_are_saved_for_a_spreadsheet_that_runs_nothing(taken: House) -> None:
    security = Visitor(taken, "admin")

    table = security.get("/security/takers?project=acme-tools&format=csv")
    told = json.loads(security.get("/security/takers?project=acme-tools&format=json").text)

    assert table.headers["content-disposition"] == 'attachment; filename="takers-acme-tools.csv"'
    assert sorted(line.partition(",")[0] for line in table.text.splitlines()) == [
        "'=HYPERLINK(1)",
        "dev",
        "taker",
    ]
    assert sorted(one["taker"] for one in told) == ["=HYPERLINK(1)", "dev"]


def test_a_developer_is_offered_and_told_none_of_it(taken: House) -> None:
    dev = Visitor(taken, "dev")
    paths = ("/security/block?project=acme-tools", "/security/blocks", "/security/blocks/1")

    assert [dev.get(path).status for path in paths] == [403, 403, 403]
    assert dev.get("/security/takers?project=acme-tools").status == 403
    assert "Security" not in dev.get("/").links("header nav a")
    assert dev.post("/security/block", {"project": "acme-tools", "csrf": "x"}).status == 403


def test_incidents_can_be_narrowed_and_lead_to_the_block(house: House) -> None:
    security = Visitor(house, "admin")

    assert "There are no incidents" in security.get("/security/incidents?kind=malware").says()
    assert security.get("/security/incidents?kind=rain").status == 400
