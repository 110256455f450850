"""Where the links of an sdist lead: only to what is in the sdist itself, and by a plain way."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

from affineur.checks.members import Defects, show
from affineur.checks.tar_headers import TarMember


@dataclass(slots=True)
class Links:
    """Takes links as they come; `finish` when all are known."""

    defects: Defects
    targets: dict[str, str] = field(default_factory=dict)
    """By the name of the link, the way it leads, from the top of the archive."""

    def take(self, name: str, member: TarMember) -> None:
        """Judge a link by where it leads: a symbolic one from its folder, a hard one from the top.

        A link to the folder that holds everything leads out of it as well.
        """
        base = posixpath.dirname(name) if member.kind == "link" else ""
        way = posixpath.join(base, member.target)
        self.targets[name] = way
        shown, root = show(name), name.partition("/")[0]
        is_inside = posixpath.normpath(way).startswith(root + "/") and "\\" not in way
        if is_inside:
            what = f"{shown} is a link to {show(member.target)}."
            self.defects.add("link", what, shown)
        else:
            what = f"{shown} is a link out of the sdist: {show(member.target)}."
            self.defects.add("link-outside", what, shown)

    def finish(self) -> None:
        """Find links that go by way of another one: where `..` leads from there, no name tells."""
        places = {posixpath.normpath(name) for name in self.targets}
        for name, way in self.targets.items():
            parts = way.split("/")
            steps = {posixpath.normpath("/".join(parts[:end])) for end in range(1, len(parts))}
            if steps & places:
                shown = show(name)
                self.defects.add("link-outside", f"{shown} leads through another link.", shown)
