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
