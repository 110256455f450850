"""An index leads us only where its connector, or plain sense, allows."""

from __future__ import annotations

import ipaddress

import pytest

from affineur.core.errors import UpstreamTrouble
from affineur.core.ports import Site
from affineur.upstream.origins import Reach, allow, reaches, shown

PUBLIC = Site("https://index.example/simple/", origins=("https://10.0.0.5:8443",))
LOOPBACK = Site("http://127.0.0.1:8000/simple/", origins=("http://127.0.0.1:8001",))

REFUSED = [
    # Other schemes, or none
    "http://index.example/x",
    "http://files.example/x",
    "ftp://files.example/x",
    "file:///etc/passwd",
    "gopher://files.example/x",
    "javascript:alert(1)",
    "data:text/plain,x",
    "//files.example/x",
    "/x",
    "",
    "https:/files.example/x",
    "https:files.example/x",
    # Credentials, and what looks like a host but is none
    "https://user@files.example/x",
    "https://user:password@files.example/x",
    "https://index.example@evil.example/x",
    "https://index.example:443@evil.example/x",
    "https://@files.example/x",
    "https://files.example\\@index.example/x",
    "https:\\\\files.example\\x",
    "https://files.example%2f@index.example/x",
    "https://files.example%00.index.example/x",
    # Blanks and control characters
    "https://files.example/\r\nHost: evil.example",
    "https://files.example /x",
    " https://files.example/x",
    "https://files\t.example/x",
    "https://files.example/\x00",
    # No host, strange hosts, strange ports
    "https:///x",
    "https://:443/x",
    "https://./x",
    "https://..example/x",
    "https://files.example./x",
    "https://index.example./x",
    "https://files..example/x",
    "https://-files.example/x",
    "https://files.example:0/x",
    "https://files.example:99999/x",
    "https://files.example:port/x",
    "https://files.example:443:443/x",
    # Names inside a network
    "https://localhost/x",
    "https://LOCALHOST/x",
    "https://localhost./x",
    "https://files.localhost/x",
    "https://database/x",
    "https://printer.local/x",
    "https://metadata.google.internal/x",
    "https://router.home.arpa/x",
    # Addresses in every spelling
    "https://127.0.0.1/x",
    "https://127.1/x",
    "https://127.0.0.1./x",
    "https://2130706433/x",
    "https://017700000001/x",
    "https://0x7f000001/x",
    "https://0x7f.0.0.1/x",
    "https://0X7F.1/x",
    "https://0177.0.0.1/x",
    "https://0/x",
    "https://0.0.0.0/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://8.8.8.8/x",
    "https://1.2.3.0x4/x",
    "https://files.example.1/x",
    "https://[::1]/x",
    "https://[::]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://[::ffff:7f00:1]/x",
    "https://[0:0:0:0:0:ffff:127.0.0.1]/x",
    "https://[fe80::1%25eth0]/x",
    "https://[64:ff9b::7f00:1]/x",
    "https://[v1.x]/x",
    # Letters that turn into digits and dots
    "https://127\u30020\u30020\u30021/x",
    "https://\uff11\uff12\uff17.0.0.1/x",
    "https://\u2460\u2461\u2466.0.0.1/x",
    "https://lo\u00adcalhost/x",
    # Near misses of the configured origins
    "https://10.0.0.5/x",
    "https://10.0.5:8443/x",
    "https://10.0.0.5:8444/x",
    "http://10.0.0.5:8443/x",
]


@pytest.mark.parametrize("location", REFUSED)
def test_a_public_index_may_not_lead_there(location: str) -> None:
    with pytest.raises(UpstreamTrouble, match=r"index\.example/simple/ leads to .* not allowed"):
        allow(PUBLIC, location)


@pytest.mark.parametrize(
    "location",
    [
        "https://index.example/x",
        "https://INDEX.example:443/x",
        "https://10.0.0.5:8443/x",
        "https://files.example/a/b/spam-1.0.tar.gz?signature=x%2Fy",
        "https://files.example:8443/x",
        "https://xn--bcher-kva.example/x",
    ],
)
def test_a_public_index_may_lead_there(location: str) -> None:
    assert str(allow(PUBLIC, location).url).startswith("https://")


def test_credentials_are_for_the_index_and_its_configured_origins_are_known() -> None:
    home = allow(PUBLIC, "https://index.example/x")
    configured = allow(PUBLIC, "https://10.0.0.5:8443/x")
    other = allow(PUBLIC, "https://files.example/x")

    assert (home.is_home, home.is_configured) == (True, True)
    assert (configured.is_home, configured.is_configured) == (False, True)
    assert (other.is_home, other.is_configured) == (False, False)


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:8002/x",
        "http://localhost:8000/x",
        "http://127.1:8000/x",
        "https://127.0.0.1:8000/x",
        "https://files.example/x",
        "http://files.example/x",
    ],
)
def test_an_index_inside_leads_to_configured_origins_alone(location: str) -> None:
    with pytest.raises(UpstreamTrouble, match="not allowed"):
        allow(LOOPBACK, location)


def test_an_index_inside_may_lead_to_itself_and_to_configured_origins() -> None:
    assert allow(LOOPBACK, "http://127.0.0.1:8000/x").is_home
    assert allow(LOOPBACK, "http://127.0.0.1:8001/x").is_configured


def test_an_https_index_is_never_left_for_http_even_when_that_is_configured() -> None:
    site = Site("https://index.example/simple/", origins=("http://cdn.corp",))
    with pytest.raises(UpstreamTrouble, match="this would be http"):
        allow(site, "http://cdn.corp/x")


@pytest.mark.parametrize(
    ("address", "reach"),
    [
        ("127.0.0.1", Reach.ANYWHERE),
        ("127.8.8.8", Reach.ANYWHERE),
        ("0.0.0.0", Reach.ANYWHERE),  # noqa: S104 -- an address to judge
        ("0.1.2.3", Reach.ANYWHERE),
        ("169.254.169.254", Reach.ANYWHERE),
        ("224.0.0.1", Reach.ANYWHERE),
        ("::1", Reach.ANYWHERE),
        ("::", Reach.ANYWHERE),
        ("fe80::1", Reach.ANYWHERE),
        ("::ffff:127.0.0.1", Reach.ANYWHERE),
        ("2002:7f00:1::", Reach.ANYWHERE),
        ("64:ff9b::a9fe:a9fe", Reach.ANYWHERE),
        ("10.0.0.1", Reach.OWN_NETWORK),
        ("172.16.0.1", Reach.OWN_NETWORK),
        ("192.168.1.1", Reach.OWN_NETWORK),
        ("100.64.0.1", Reach.OWN_NETWORK),
        ("203.0.113.80", Reach.OWN_NETWORK),
        ("fd00::1", Reach.OWN_NETWORK),
        ("::ffff:10.0.0.1", Reach.OWN_NETWORK),
        ("8.8.8.8", Reach.PUBLIC),
        ("2606:4700::1111", Reach.PUBLIC),
    ],
)
def test_an_address_is_within_reach_from_there_on(address: str, reach: Reach) -> None:
    judged = ipaddress.ip_address(address)
    assert [reaches(judged, one) for one in Reach] == [one >= reach for one in Reach]


@pytest.mark.parametrize(
    "url",
    [
        "https://user:pa55@index.example/simple/?key=pa55#pa55",
        "https://pa55@index.example/simple/",
        "//user:pa55@index.example/simple/",
        "https:\\\\user:pa55@index.example/simple/",
    ],
)
def test_a_url_is_shown_without_secrets(url: str) -> None:
    assert "pa55" not in shown(url)
    assert "index.example/simple/" in shown(url)
