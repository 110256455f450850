"""Where a name leads is judged on the very address that is connected to."""

from __future__ import annotations

import asyncio

import httpcore2
import pytest

from affineur.core.errors import UpstreamTrouble
from affineur.core.ports import Site
from affineur.upstream.connections import GuardedNetwork
from affineur.upstream.lookups import Lookups
from affineur.upstream.origins import Reach
from support.asking import fetch
from support.upstream_server import upstream_server


@pytest.mark.parametrize("reach", [Reach.PUBLIC, Reach.OWN_NETWORK])
def test_a_name_that_leads_to_this_machine_is_not_connected_to(reach: Reach) -> None:
    with upstream_server() as up:
        port = int(up.origin.rpartition(":")[2])
        network = GuardedNetwork(reach, Lookups())
        with pytest.raises(httpcore2.ConnectError, match="which is not on the public internet"):
            asyncio.run(network.connect_tcp("localhost", port, timeout=5))
        assert up.requests == ()


def test_a_name_that_leads_nowhere_is_trouble() -> None:
    with pytest.raises(UpstreamTrouble, match=r"cannot be resolved|could not be read"):
        fetch(Site("https://index.invalid/simple/"), "https://files.invalid/spam-1.0.tar.gz")
