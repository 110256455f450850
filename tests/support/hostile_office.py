"""A running server into which somebody brought packages that are made of scripts.

Every field of their metadata, their READMEs in each form, the names and the contents of their
files, and everything that people typed holds the 300 payloads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.dists import Dist, wheel
from support.payloads import ONE_LINE, PAYLOADS
from support.running import Person, Server, running_server
from support.upstream_server import upstream_server

_AT_ONCE = 12
"""As many payloads as a comment's or a reason's length allows."""
_README_TYPES = {"1.0": "text/markdown", "1.1": "text/x-rst", "1.2": "text/plain"}


@dataclass(frozen=True)
class HostileOffice:
    """The server, whoever looks at it, and the request that waits for them."""

    server: Server
    admin: Person
    number: int
    digests: dict[str, str]
    """Of each version's wheel."""

    @property
    def url(self) -> str:
        """Where it is."""
        return self.server.url

    @property
    def paths(self) -> dict[str, str]:
        """Give the pages on which any of it is shown, by what they are."""
        package, member = "/feeds/{}/packages/hostile", "path=hostile%2Fread_me.py"
        second = self.digests["1.1"]
        return {
            "home": "/",
            "requests": "/requests",
            "request": f"/requests/{self.number}",
            "tree": f"/requests/{self.number}?view=tree",
            "project": package.format("internal"),
            "markdown": package.format("internal") + "/1.0",
            "restructured": package.format("internal") + "/1.1",
            "waiting": package.format("approved") + "/1.2",
            "change": package.format("approved") + "/1.2/change?from=1.1",
            "split": package.format("approved") + "/1.2/change?from=1.1&view=split",
            "members": package.format("internal") + f"/1.1/files/{second}",
            "file": package.format("internal") + f"/1.1/files/{second}?{member}",
            "packages": "/feeds/internal?q=hostile",
            "wanted": "/wanted",
            "security": "/security",
            "block": "/security/block?project=hostile&version=1.0",
            "audit": "/audit",
            "account": "/account",
            "tokens": "/settings/tokens",
            "numbers": "/numbers",
        }


def hostile_wheel(version: str) -> Dist:
    """Make a wheel of which every part is a payload."""
    names = [one.replace("/", "").replace("\\", "") for one in ONE_LINE]
    files = {
        f"hostile/{place:03} {name}.py": f"x = {payload!r}  # {version}\n# {payload}\n".encode()
        for place, (name, payload) in enumerate(zip(names, ONE_LINE, strict=True))
    }
    told = f'"""{version}"""\n' + "\n".join(f"# {one}" for one in ONE_LINE)
    files["hostile/read_me.py"] = told.encode()
    return wheel(
        "hostile",
        version,
        licence=None,
        files=files,
        metadata_extra=_headers(version) + _readme(version),
    )


def _headers(version: str) -> str:
    joined = " ".join(ONE_LINE)
    single = {"Author": joined, "Author-Email": joined, "Maintainer": joined, "Keywords": joined}
    single |= {"License": joined, "Home-Page": "javascript:boom(0)", "Download-URL": ONE_LINE[0]}
    many = {"Project-URL": [f"{one[:30]}, {one}" for one in ONE_LINE], "Platform": ONE_LINE}
    many |= {"Classifier": ONE_LINE, "Description-Content-Type": [_README_TYPES[version]]}
    lines = [f"{name}: {value}" for name, value in single.items()]
    lines += [f"{name}: {value}" for name, values in many.items() for value in values]
    return "".join(f"{line}\n" for line in lines)


def _readme(version: str) -> str:
    return f"\n{version}\n\n" + "\n\n".join(PAYLOADS) + "\n"


@contextmanager
def hostile_office(tmp_path: Path) -> Iterator[HostileOffice]:
    """Open it: two versions were approved, a third one waits, and people have talked a lot."""
    wheels = {version: hostile_wheel(version) for version in _README_TYPES}
    with upstream_server("json") as upstream:
        upstream.add(wheels["1.0"], wheels["1.1"])
        with running_server(tmp_path, upstream.url, AFFINEUR_PAGE_FRESH_S="0.01") as server:
            admin = server.admin
            admin.brings_in("hostile==1.0")
            admin.brings_in("hostile==1.1")
            upstream.add(wheels["1.2"])
            number = _talked_about(admin)
            digests = {version: one.sha256 for version, one in wheels.items()}
            yield HostileOffice(server, admin, number, dict(digests))


def _talked_about(admin: Person) -> int:
    """Ask for the third version, and type payloads wherever something can be typed."""
    first = ONE_LINE[0]
    made = admin.tells(
        "POST", "/requests", requirements=["hostile==1.2"], reason=first, used_in=first
    )
    number = int(made["id"])
    admin.awaits(number, "review")
    plain = [one for one in PAYLOADS if one.replace("\n", "").isprintable()]
    for some in _parts(plain):
        admin.tells("POST", f"/requests/{number}/comments", said="\n".join(some))
    other = admin.tells("POST", "/requests", requirements=["hostile==1.2"], reason=ONE_LINE[1])
    admin.awaits(int(other["id"]), "review")
    admin.tells("POST", f"/requests/{other['id']}/reject", reason=" ".join(ONE_LINE[:4]))
    admin.tells("POST", "/tokens", user="admin", name=ONE_LINE[6])
    admin.tells("POST", "/blocks", name="hostile", version="1.0", reason=" ".join(ONE_LINE[4:8]))
    return number


def _parts(every: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]
