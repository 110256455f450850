"""Lock files: what is approved in one, and one made of what is approved."""

from __future__ import annotations

import asyncio
import tomllib
from dataclasses import replace

import pytest

from affineur.core.errors import BadInput, NotFound, ResolutionFailed, UpstreamTrouble
from affineur.core.names import ProjectName
from affineur.core.permissions import OPERATOR
from affineur.services import blocks, locks
from affineur.services.blocks import BlockOrder
from affineur.services.locks import LockedFile
from support.approving import DEV, INTERNAL, Office, lock_of
from support.dists import wheel
from support.gear import somebody

SPAM = wheel("spam", "1.0", requires=["eggs"])
EGGS = wheel("eggs", "2.0")
OTHER_EGGS = wheel("eggs", "2.0", files={"eggs.py": b"other"})
NEW_EGGS = wheel("eggs", "3.0")


def _check(office: Office, document: str, name: str = "pylock.toml") -> dict[str, tuple[bool, str]]:
    found: tuple[LockedFile, ...] = office.run(
        locks.check(office.gear, DEV, INTERNAL, document, name)
    )
    return {
        f"{one.name}=={one.version} {one.filename or '-'}": (one.is_approved, one.reason)
        for one in found
    }


def _document(*dists: object) -> str:
    return lock_of(*dists).document or ""  # type: ignore[arg-type]


def test_each_file_of_a_lock_is_approved_or_not_with_the_reason(office: Office) -> None:
    office.upstream.add(SPAM, EGGS)
    office.approved(SPAM)

    told = "not approved in 'approved'; ask for it with: affineur request eggs"
    assert _check(office, _document(SPAM, EGGS)) == {
        f"spam==1.0 {SPAM.filename}": (True, "approved"),
        f"eggs==2.0 {EGGS.filename}": (False, told),
    }


def test_other_bytes_under_an_approved_name_are_not_approved(small_office: Office) -> None:
    small_office.upstream.add(EGGS)
    small_office.approved(EGGS)

    assert _check(small_office, _document(OTHER_EGGS)) == {
        f"eggs==2.0 {EGGS.filename}": (False, "the feed serves this release with other bytes")
    }


def test_what_is_absent_blocked_or_malware_is_not_approved(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM, EGGS)
    office.approved(SPAM, EGGS)
    spam, eggs = ProjectName("spam"), ProjectName("eggs")
    blocks.block(office.gear, OPERATOR, BlockOrder(spam, None, "bad"))
    blocks.block(office.gear, OPERATOR, BlockOrder(eggs, None, "worse", is_malware=True))
    nowhere = wheel("nowhere", "1.0")

    assert _check(office, _document(SPAM, EGGS, nowhere)) == {
        f"spam==1.0 {SPAM.filename}": (False, "blocked: bad"),
        f"eggs==2.0 {EGGS.filename}": (False, "the feed has no eggs 2.0"),
        f"nowhere==1.0 {nowhere.filename}": (
            False,
            "Nobody knows a project 'nowhere' in 'internal'.",
        ),
    }


def test_a_requirements_file_with_hashes_is_a_lock_too(small_office: Office) -> None:
    small_office.upstream.add(EGGS)
    small_office.approved(EGGS)
    good = f"eggs==2.0 \\\n    --hash=sha256:{EGGS.sha256}\n"
    bad = f"eggs==2.0 --hash=sha256:{OTHER_EGGS.sha256}\n"

    assert _check(small_office, good, "requirements.txt") == {"eggs==2.0 -": (True, "approved")}
    assert _check(small_office, bad, "requirements.txt") == {
        "eggs==2.0 -": (False, "the feed serves this release with other bytes")
    }


def test_what_nobody_can_be_asked_about_is_no_answer(small_office: Office) -> None:
    with small_office.upstream.being_down(), pytest.raises(UpstreamTrouble):
        _check(small_office, _document(EGGS))


def test_a_lock_is_checked_only_for_who_may_read_the_feed(small_office: Office) -> None:
    with pytest.raises(NotFound):
        small_office.run(
            locks.check(
                small_office.gear,
                somebody("reader@elsewhere"),
                INTERNAL,
                _document(EGGS),
                "pylock.toml",
            )
        )


def _lock(office: Office, requirements: list[str]) -> str:
    async def locking() -> str:
        async with office.serving():
            return await locks.lock(office.gear, DEV, INTERNAL, requirements)

    return office.run(locking())


def test_a_lock_names_approved_files_only_with_digests_and_our_urls(office: Office) -> None:
    office.upstream.add(SPAM, EGGS, NEW_EGGS)
    office.approved(SPAM, EGGS)
    tables = tomllib.loads(_lock(office, ["spam"]))

    found = {one["name"]: (one["version"], one["wheels"][0]) for one in tables["packages"]}
    assert {name: version for name, (version, _) in found.items()} == {"spam": "1.0", "eggs": "2.0"}
    assert found["eggs"][1]["hashes"] == {"sha256": EGGS.sha256}
    files = f"{office.gear.public_url}/pypi/internal/files/"
    assert found["eggs"][1]["url"] == f"{files}{EGGS.sha256}/{EGGS.filename}"
    assert set(_check(office, _lock(office, ["spam"])).values()) == {(True, "approved")}


def test_a_lock_leads_clients_past_nobody_but_the_proxy(small_office: Office) -> None:
    office = small_office
    office.upstream.add(EGGS)
    office.approved(EGGS)
    own = office.gear.public_url
    proxied = replace(office.gear, public_url="https://packages.example", own_url=own)

    async def locking() -> str:
        async with office.serving():
            return await locks.lock(proxied, DEV, INTERNAL, ["eggs"])

    [eggs] = tomllib.loads(office.run(locking()))["packages"]
    files = "https://packages.example/pypi/internal/files/"
    assert eggs["wheels"][0]["url"] == f"{files}{EGGS.sha256}/{EGGS.filename}"


def test_a_lock_that_needs_what_is_not_approved_fails_without_the_token(
    small_office: Office,
) -> None:
    small_office.upstream.add(SPAM, EGGS)
    small_office.approved(EGGS)

    with pytest.raises(ResolutionFailed) as failure:
        _lock(small_office, ["spam"])
    assert "spam" in failure.value.message
    assert "affr_" not in failure.value.message


@pytest.mark.parametrize(
    "line",
    [
        "-r /etc/passwd",
        "--index-url=http://127.0.0.1:1/simple",
        "eggs @ http://127.0.0.1:1/eggs-2.0-py3-none-any.whl",
        "eggs @ file:///etc/passwd",
        "./eggs-2.0-py3-none-any.whl",
        "eggs\n-r /etc/passwd",
        "eggs; os_name == 'a\n-r /etc/passwd\n'",
    ],
)
def test_a_lock_is_made_of_plain_requirements_only(small_office: Office, line: str) -> None:
    with pytest.raises(BadInput):
        small_office.run(locks.lock(small_office.gear, DEV, INTERNAL, ["eggs", line]))


def test_many_locks_at_once_do_not_disturb_each_other(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM, EGGS)
    office.approved(SPAM, EGGS)

    async def locking() -> list[str]:
        async with office.serving():
            wanted = [["spam"], ["eggs"], ["spam", "eggs"]]
            return await asyncio.gather(
                *(locks.lock(office.gear, DEV, INTERNAL, one) for one in wanted)
            )

    found = [
        [one["name"] for one in tomllib.loads(text)["packages"]] for text in office.run(locking())
    ]
    assert found == [["eggs", "spam"], ["eggs"], ["eggs", "spam"]]
