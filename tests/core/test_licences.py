"""Licences by category."""

from __future__ import annotations

import pytest
from packaging.licenses._spdx import LICENSES  # the list itself has no public name

from affineur.core.licences import Category, categories_of, category_of


@pytest.mark.parametrize(
    ("spdx_id", "category"),
    [
        ("CC0-1.0", Category.PUBLIC_DOMAIN),
        ("MIT", Category.PERMISSIVE),
        ("mit", Category.PERMISSIVE),
        ("Apache-2.0 WITH LLVM-exception", Category.PERMISSIVE),
        ("MPL-2.0", Category.WEAK_COPYLEFT),
        ("LGPL-2.1-or-later", Category.WEAK_COPYLEFT),
        ("EPL-2.0+", Category.WEAK_COPYLEFT),
        ("GPL-2.0-only", Category.STRONG_COPYLEFT),
        ("GPL-2.0", Category.STRONG_COPYLEFT),
        ("GPL-2.0-only WITH Classpath-exception-2.0", Category.WEAK_COPYLEFT),
        ("GPL-2.0-only WITH openvpn-openssl-exception", Category.STRONG_COPYLEFT),
        ("AGPL-3.0-only", Category.NETWORK_COPYLEFT),
        ("BUSL-1.1", Category.PROPRIETARY),
        ("CC-BY-NC-4.0", Category.PROPRIETARY),
        ("LicenseRef-NVIDIA-Proprietary", Category.PROPRIETARY),
        ("LicenseRef-Public-Domain", Category.PUBLIC_DOMAIN),
        ("LicenseRef-Ours", Category.UNSTATED),
        ("Nobody-Wrote-This-1.0", Category.UNSTATED),
    ],
)
def test_a_licence_has_a_category(spdx_id: str, category: Category) -> None:
    assert category_of(spdx_id) is category


def test_every_identifier_that_metadata_may_name_was_judged() -> None:
    left_open = {"any-OSI", "any-OSI-perl-modules"}

    unstated = {one["id"] for one in LICENSES.values() if category_of(one["id"]) == "unstated"}

    assert unstated == left_open


def test_categories_come_from_the_least_to_the_most_demanding() -> None:
    found = categories_of(["GPL-3.0-only", "MIT", "Unlicense", "ISC"])

    assert found == (Category.PUBLIC_DOMAIN, Category.PERMISSIVE, Category.STRONG_COPYLEFT)
