"""The corpus of look-alikes is whole, harmless, and marks places that are there."""

from __future__ import annotations

import ast
import re
from collections import Counter

import pytest

from support.lookalikes.corpus import FIRST, LATER, Form, Lookalike, Package, lookalikes
from support.lookalikes.encodings import filled
from support.lookalikes.reading import GUARD, read_pattern

NO_HOSTS = {  # Places that messengers, clouds and generators are known by; no path leads anywhere.
    "169.254.169.254",
    "127.0.0.1",
    "239.255.255.250",
    "api.telegram.org",
    "discord.com",
    "hooks.slack.com",
    "metadata.google.internal",
}
_HOST = re.compile(rb"(?:https?|ssl|tcp)://([\w.{}-]+)")
_ADDRESS = re.compile(rb"\b\d{1,3}(?:\.\d{1,3}){3}\b")

ALL = [
    pytest.param(look, id=f"{series}-{look.name}")
    for series in (FIRST, LATER)
    for look in lookalikes(series)
]


def packages(look: Lookalike) -> tuple[Package, Package]:
    return look.attack, look.twin


def modules(look: Lookalike) -> list[bytes]:
    files = [item for package in packages(look) for item in package.files.items()]
    return [content for path, content in files if path.endswith(".py")]


def test_there_are_more_than_thirty_patterns_in_three_forms_each() -> None:
    patterns = Counter(look.pattern for look in lookalikes())
    assert len(patterns) >= 30
    assert set(patterns.values()) == {len(Form)}


@pytest.mark.parametrize("look", ALL)
def test_every_module_is_python_that_fails_with_its_first_line(look: Lookalike) -> None:
    assert [ast.parse(module) for module in modules(look) if not module.startswith(GUARD)] == []
    assert [ast.parse(module).body[0].lineno for module in modules(look)] == [1] * len(
        modules(look)
    )


@pytest.mark.parametrize("look", ALL)
def test_addresses_are_reserved_ones(look: Lookalike) -> None:
    text = b"\n".join(body for package in packages(look) for body in package.files.values())
    hosts = {host.decode() for host in _HOST.findall(text)}
    addresses = {address.decode() for address in _ADDRESS.findall(text)}
    assert {one for one in hosts | addresses if not is_reserved(one)} == set()


def is_reserved(host: str) -> bool:
    reserved = host.startswith("192.0.2.") or host.endswith((".example.invalid", ".invalid"))
    return reserved or "{" in host or "." not in host or host in NO_HOSTS


@pytest.mark.parametrize("look", ALL)
def test_the_marked_places_are_there(look: Lookalike) -> None:
    counts = {path: body.count(b"\n") + 1 for path, body in look.attack.files.items()}
    places = look.attack.culprits
    beyond = [path for path, lines in places.items() if lines and max(lines) > counts[path]]
    assert beyond == []
    assert places or look.attack.says or look.checks == {"archive"}
    assert look.twin.culprits == {}


def test_what_is_encoded_is_encoded_from_the_right_to_the_left() -> None:
    assert filled(b"a {{hex|rev:plum}} b {{spaces:3}}c") == b"a 6d756c70 b    c"


def test_a_mark_is_no_part_of_the_line_that_it_marks() -> None:
    pattern = read_pattern(
        "A sentence.\nchecks: contents\n\n## obvious wheel spam\n@@ spam.py\nplain\n!!     marked\n"
    )
    (file,) = pattern.drafts["obvious", False].files
    assert file.content == GUARD + b"plain\n    marked\n"
    assert file.culprits == {3}
