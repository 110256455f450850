"""Reading in files over the API: of what one may download, and of nothing else."""

from __future__ import annotations

from typing import Any

from support.dists import wheel
from support.house import House

SPAM = wheel("spam", "1.0", files={"spam/a.py": b"import os\n", "spam/b.so": b"\x7fELF\x00\x01"})


def asked(house: House, who: str | None, what: str, **fields: str) -> Any:
    path = f"/api/v1/releases/Spam/1.0/files/{SPAM.sha256}/{what}"
    return house.ask("GET", path, who, params=fields)


def test_the_members_of_a_file_are_listed(house: House) -> None:
    house.publish(SPAM)
    told = asked(house, "dev", "members").json()
    assert told["filename"] == SPAM.filename
    (member,) = [one for one in told["members"] if one["path"] == "spam/b.so"]
    assert (member["kind"], member["size_bytes"], member["findings"]) == ("native", 6, 0)


def test_a_member_is_read_in_lines(house: House) -> None:
    house.publish(SPAM)
    told = asked(house, "dev", "text", path="spam/a.py").json()
    assert (told["lines"], told["encoding"], told["beginning"]) == (["import os"], "utf-8", None)


def test_what_is_no_text_gives_its_first_bytes(house: House) -> None:
    house.publish(SPAM)
    told = asked(house, "dev", "text", path="spam/b.so").json()
    assert (told["lines"], told["encoding"], told["beginning"]) == ([], None, "7f454c460001")


def test_who_may_not_download_a_file_reads_nothing_of_it(house: House) -> None:
    house.publish(SPAM)
    assert asked(house, "stranger", "text", path="spam/a.py").status_code == 404
    assert asked(house, "dev", "members", feed="unapproved").status_code == 404
    assert asked(house, "dev", "text", path="/etc/passwd").status_code == 404


def test_what_was_not_fetched_yet_says_so(house: House) -> None:
    house.upstream.add(SPAM)
    answer = asked(house, "approver", "members")
    assert (answer.status_code, answer.json()["code"]) == (409, "not-held")
