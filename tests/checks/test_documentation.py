"""Documentation that mentions code can do nothing; what only looks like it may do anything."""

from __future__ import annotations

import pytest

from affineur.checks.scanning.docstrings import Documentation


@pytest.mark.parametrize(
    "source",
    [
        '"""Old ones.\n\n``pickle.loads(x)`` reads them.\n"""\n',
        "def f():\n    '''Do.\n\n    It calls pickle.loads(x) then.\n    '''\n",
        'class A:\n    x = 1\n    """What\n    pickle.loads(x)\n    gives."""\n',
        'try:\n    pass\nexcept E:\n    """a\n    pickle.loads(x)\n    """\n',
    ],
)
def test_what_stands_in_a_docstring_does_nothing(source: str) -> None:
    assert Documentation(source.encode()).has(source.index("pickle"))


@pytest.mark.parametrize(
    "source",
    [
        "pickle.loads(x)\n",
        'a = """\npickle.loads(x)\n"""\nexec(a)\n',
        '# """\npickle.loads(x)\n',
        'a = \'"""\'\npickle.loads(x)\n',
        '"""a\nb"""; pickle.loads(x)\n',
        '"""a\npickle.loads(x)\n""" + broken(\n',
        'f("""a\npickle.loads(x)\n""")\n',
        '\'"""\'; pickle.loads(x); """a\nb"""\n',
        '"""a\r\r\r"""\n\n# """\npickle.loads(x)\n"""\n"""\n',
    ],
)
def test_what_only_looks_like_a_docstring_may_do_anything(source: str) -> None:
    assert not Documentation(source.encode()).has(source.index("pickle"))
