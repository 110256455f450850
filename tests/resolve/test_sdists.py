"""Projects that have only sdists: what uv is told of them, version by version."""

import asyncio

import pytest

from affineur.core.errors import ResolutionFailed
from affineur.core.ports import IndexAccess
from affineur.core.requests import Ask, Closure, RequestFile
from affineur.resolve.uv import UvResolver
from support.dists import sdist, wheel
from support.upstream_server import LoopbackUpstream, upstream_server


class Said:
    """States what the test says of each sdist; of others, that only its code could tell."""

    def __init__(self, **stated: list[str]) -> None:
        self._stated = {name.replace("_", "-"): lines for name, lines in stated.items()}
        self.asked: list[str] = []

    async def __call__(self, file: RequestFile) -> tuple[str, ...] | None:
        self.asked.append(file.filename.text)
        lines = self._stated.get(f"{file.filename.project}-{file.filename.version.major}")
        return None if lines is None else tuple(lines)


def resolve(index: LoopbackUpstream, said: Said, *requirements: str) -> Closure:
    access = IndexAccess(index.url, "aff_token")
    resolver = UvResolver(lowest_python="3.11", timeout_s=60)
    return asyncio.run(resolver.resolve(Ask(requirements), access, said))


def named(closure: Closure) -> list[str]:
    return [f"{one.project}=={one.version}" for one in closure.releases]


def test_what_one_version_states_is_not_believed_of_another() -> None:
    with upstream_server() as index:
        index.add(sdist("spam", "1.0"), sdist("spam", "2.0"), wheel("eggs", "1.0"))
        said = Said(spam_2=["eggs>=9"], spam_1=["eggs"])

        found = resolve(index, said, "spam")

    # 2.0 needs what is not there, so 1.0 is taken, and looked into as well
    assert named(found) == ["eggs==1.0", "spam==1.0"]
    assert said.asked == ["spam-2.0.tar.gz", "spam-1.0.tar.gz"]
    assert found.notes == ()


def test_only_what_is_in_the_closure_in_the_end_is_noted() -> None:
    with upstream_server() as index:
        index.add(sdist("spam", "1.0"), sdist("ham", "2.0"), sdist("ham", "1.0"))
        said = Said(spam_1=["ham<2"])

        found = resolve(index, said, "spam", "ham")

    assert named(found) == ["ham==1.0", "spam==1.0"]
    (note,) = found.notes
    assert note == (
        "ham 1.0 exists only as an sdist whose dependencies cannot be read without running it: "
        "it is taken without them."
    )


def test_an_old_line_that_nobody_can_read_counts_as_not_stated() -> None:
    with upstream_server() as index:
        index.add(sdist("spam", "1.0"))

        found = resolve(index, Said(spam_1=["eggs (>=1.0dev-r5"]), "spam")

    assert named(found) == ["spam==1.0"]
    assert len(found.notes) == 1


@pytest.mark.parametrize("scheme", ["file:///etc/passwd", "{}/evil-1.0-py3-none-any.whl"])
def test_a_url_that_an_sdist_states_is_refused_and_never_followed(scheme: str) -> None:
    with upstream_server() as index, upstream_server() as elsewhere:
        index.add(sdist("spam", "1.0"))
        url = scheme.format(elsewhere.origin)

        with pytest.raises(ResolutionFailed, match=r"^spam 1\.0 requires 'evil ?@ .*a URL"):
            resolve(index, Said(spam_1=[f"evil @ {url}"]), "spam")

        assert elsewhere.requests == ()


def test_a_url_that_a_wheel_states_is_refused_and_never_followed() -> None:
    with upstream_server() as index, upstream_server() as elsewhere:
        evil = f"evil @ {elsewhere.origin}/evil-1.0-py3-none-any.whl"
        index.add(wheel("spam", "1.0", requires=[evil]))

        with pytest.raises(ResolutionFailed, match="evil"):
            resolve(index, Said(), "spam")

        assert elsewhere.requests == ()


def test_a_url_that_only_an_extra_needs_is_left_out() -> None:
    with upstream_server() as index:
        index.add(sdist("spam", "1.0"), wheel("eggs", "1.0"))
        said = Said(spam_1=["eggs", "tool @ https://x.example/tool.zip ; extra == 'dev'"])

        assert named(resolve(index, said, "spam")) == ["eggs==1.0", "spam==1.0"]


def test_a_closure_of_very_many_sdists_is_refused_with_its_reason() -> None:
    chain = [sdist(f"p{number}", "1.0") for number in range(30)]
    said = Said(**{f"p{number}_1": [f"p{number + 1}"] for number in range(29)})
    with upstream_server() as index:
        index.add(*chain)

        with pytest.raises(ResolutionFailed, match="More than 20 releases that exist only as sdis"):
            resolve(index, said, "p0")


def test_a_lock_has_what_sdists_state_and_says_what_it_does_not_know() -> None:
    with upstream_server() as index:
        index.add(sdist("spam", "1.0"), sdist("ham", "1.0"), wheel("eggs", "1.0"))
        access = IndexAccess(index.url, "aff_token")
        resolver = UvResolver(lowest_python="3.11", timeout_s=60)
        said = Said(spam_1=["eggs", "ham"])

        lock = asyncio.run(resolver.lock(Ask(("spam",)), access, said))

    assert [line for line in lock.splitlines() if line.startswith("name")] == [
        'name = "eggs"',
        'name = "ham"',
        'name = "spam"',
    ]
    assert lock.startswith("# ham 1.0 exists only as an sdist")
