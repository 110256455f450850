"""The API of whoever looks after security: blocks, takers, concerns, and the log."""

from __future__ import annotations

from support.dists import wheel
from support.house import House

API = "/api/v1"


def test_a_block_is_previewed_and_its_takers_are_listed(house: House) -> None:
    house.publish(wheel("acme-tools", "1.0"))
    asked = "name=acme-tools&version=1.0"
    preview = house.get(f"{API}/blocks/preview?{asked}", "admin").json()
    takers = house.get(f"{API}/takers?{asked}", "admin").json()
    refused = house.get(f"{API}/takers?{asked}", "dev")

    assert preview["feeds"] == {"internal": 1}
    assert [one["filename"] for one in preview["files"]] == ["acme_tools-1.0-py3-none-any.whl"]
    assert takers == {"takers": []}
    assert refused.status_code == 403


def test_the_log_is_searched_and_written_out(house: House) -> None:
    house.publish(wheel("acme-tools", "1.0"))
    order = {"name": "acme-tools", "version": "1.0", "reason": "it is broken"}
    house.ask("POST", f"{API}/blocks", "admin", json=order)

    newest = house.get(f"{API}/audit?before=0&action=block.&subject=acme-tools", "admin").json()
    written = house.get(f"{API}/audit/export?action=block.made&format=csv", "admin")
    refused = house.get(f"{API}/audit/export?format=pdf", "admin")
    hidden = house.get(f"{API}/audit/export", "dev")

    (event,) = newest["events"]
    assert (event["action"], event["subject"], newest["next"]) == (
        "block.made",
        "project:acme-tools",
        None,
    )
    assert written.text.splitlines()[1].startswith(f"{event['seq']},{event['at'][:4]}")
    assert (written.headers["content-type"], refused.status_code, hidden.status_code) == (
        "text/csv; charset=utf-8",
        400,
        403,
    )


def test_an_older_head_is_compared_with_the_log(house: House) -> None:
    head = house.get(f"{API}/audit/verify", "admin").json()["head"]
    house.publish(wheel("acme-tools", "1.0"))

    same = house.get(f"{API}/audit/verify?seq={head['seq']}&hash={head['hash']}", "admin").json()
    other = house.get(f"{API}/audit/verify?seq={head['seq']}&hash={'a' * 64}", "admin").json()

    assert (same["ok"], same["has_older_head"]) == (True, True)
    assert (other["ok"], other["problem"], other["has_older_head"]) == (
        False,
        f"event {head['seq']} has another hash than it had",
        False,
    )
