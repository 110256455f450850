"""The page of numbers: plots with a table behind each, and who sees which."""

from __future__ import annotations

from affineur.core.names import FeedName
from affineur.core.numbers import StorageDay
from affineur.core.usage import Kind, Use
from affineur.store import numbers as store
from support.browsing import Visitor
from support.house import House

PAGE = Use(FeedName("internal"), Kind.PAGE, "dev")


def test_every_plot_has_a_name_a_description_and_the_table_behind_it(house: House) -> None:
    now = house.clock.now()
    house.gear.usage.sent(now, PAGE, 2_000, is_taken=False)
    house.gear.usage.refused(now, FeedName("internal"), "not-approved")

    seen = Visitor(house, "dev").get("/numbers")

    assert seen.all(".plot svg[role=img] > title") == [
        "Refusals per day",
        "Answers of the index per day",
    ]
    assert "1 answer, 2.0 KB." in seen.says("#traffic-about")
    caption = "Answers of the index per day, the latest first"
    assert caption in seen.all(".plot caption")
    table = "[aria-labelledby=traffic-caption] tbody"
    assert seen.all(f"{table} tr:first-child > *") == [str(now.date()), "1", "0", "0", "0"]
    assert len(seen.all(f"{table} tr")) == 84 - 6 + now.weekday()
    assert seen.all(".by-feed tbody tr > *") == ["internal", "1", "1", "2.0 KB"]


def test_what_is_empty_is_said_in_words(house: House) -> None:
    seen = Visitor(house, "dev").get("/numbers?weeks=26")
    assert seen.all(".plot svg") == []
    assert "Nobody had to decide anything in this time." in seen.all(".plot > p")
    assert "Nobody has asked the index for anything in this time." in seen.all(".empty")


def test_what_is_held_is_drawn_for_those_who_read_the_audit_log(house: House) -> None:
    today = house.clock.now().date()
    with house.gear.db.writing() as conn:
        store.keep_storage(conn, StorageDay(today, 3, 5_000_000, 1_000_000))
    assert Visitor(house, "dev").get("/numbers").html.css("#storage-title") == []
    seen = Visitor(house, "approver").get("/numbers")
    assert "3 files with 5.0 MB." in seen.says("#storage-about")
    cells = seen.all("[aria-labelledby=storage-caption] tbody tr > *")
    assert cells == [str(today), "5.0 MB", "1.0 MB"]


def test_a_number_of_weeks_that_is_not_offered_shows_the_usual_ones(house: House) -> None:
    seen = Visitor(house, "dev").get("/numbers?weeks=9999999")
    assert seen.says(".tabs [aria-current]") == "12 weeks"


def test_nobody_in_particular_is_asked_to_sign_in(house: House) -> None:
    assert Visitor(house).get("/numbers").path == "/login?next=%2Fnumbers"
