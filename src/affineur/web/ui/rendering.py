"""Templates: Jinja2, which escapes everything, and stops at a name that was not given."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

import affineur
from affineur.core.permissions import Permission
from affineur.web.ui import wording
from affineur.web.ui.assets import Assets
from affineur.web.ui.colouring import code
from affineur.web.ui.links import outward, url
from affineur.web.ui.markup import Readmes


class Renderer:
    """Makes HTML of templates. Safe to use from any thread."""

    def __init__(self) -> None:
        self.assets = Assets()
        self.readmes = Readmes()
        self._environment = Environment(
            loader=PackageLoader("affineur.web.ui"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals.update(
            url=url,
            outward=outward,
            seen=code,
            asset=self.assets.url,
            ago=wording.ago,
            exactly=wording.exactly,
            bytesize=wording.size,
            counted=wording.counted,
            Permission=Permission,
            program_version=affineur.__version__,
        )

    def render(self, template: str, **values: object) -> bytes:
        """Render a template whole."""
        return self._environment.get_template(template).render(**values).encode()

    @property
    def templates(self) -> list[str]:
        """Name all templates."""
        return self._environment.list_templates()
