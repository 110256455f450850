from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.checks import spdx


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mit", (("MIT",),)),
        ("MIT OR Apache-2.0", (("MIT",), ("Apache-2.0",))),
        ("MIT AND (Apache-2.0 OR BSD-2-Clause)", (("MIT", "Apache-2.0"), ("MIT", "BSD-2-Clause"))),
        ("MIT OR Apache-2.0 AND ISC", (("MIT",), ("Apache-2.0", "ISC"))),
        ("MIT AND MIT", (("MIT",),)),
        ("GPL-2.0 WITH Classpath-exception-2.0", (("GPL-2.0-only WITH Classpath-exception-2.0",),)),
        ("GPL-3.0+", (("GPL-3.0-or-later",),)),
        ("LicenseRef-Ours OR MIT", (("LicenseRef-Ours",), ("MIT",))),
    ],
)
def test_an_expression_is_multiplied_out(text: str, expected: spdx.Alternatives) -> None:
    expression = spdx.canonical(text)

    assert expression is not None
    assert spdx.alternatives(expression) == expected


@pytest.mark.parametrize(
    "text",
    ["", "BSD", "MIT/Apache-2.0", "MIT OR", "(MIT", "MIT ISC", "AND", "Apache 2.0", "(" * 5000],
)
def test_what_is_not_valid_spdx_is_none(text: str) -> None:
    assert spdx.canonical(text) is None


def test_an_expression_with_too_many_alternatives_gives_none_of_them() -> None:
    many = " AND ".join(["(MIT OR ISC OR Zlib)"] * 5 + ["(0BSD OR Unlicense)"] * 5)

    assert spdx.alternatives(many) == ()


@given(st.text("MITORAND() +-.WH", max_size=60))
def test_no_text_makes_it_fail(text: str) -> None:
    expression = spdx.canonical(text)

    assert expression is None or isinstance(spdx.alternatives(expression), tuple)
