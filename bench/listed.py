"""What a server lists of a project, and where: every server must give the same files."""

from __future__ import annotations

import json
import re
from html import unescape
from urllib.parse import unquote, urljoin, urlsplit

from bench.corpus import LARGE, SMALL, Corpus
from bench.load import Failed
from bench.servers import AS_PIP_ASKS, Server, ask

_HREF = re.compile(r'href="([^"]+)"')


def paths(server: Server, project: str) -> dict[str, str]:
    """Give the path of each file on a project's page, by its name."""
    page = server.page(project)
    answer = ask(server.port, page, server.headers(AS_PIP_ASKS))
    if answer.status != 200:
        raise Failed(f"{server.name} answers {answer.status} to {page}.")
    if "json" in answer.headers.get("content-type", ""):
        links = [str(file["url"]) for file in json.loads(answer.body)["files"]]
    else:
        links = [unescape(link) for link in _HREF.findall(answer.body.decode())]
    found = [urlsplit(urljoin(f"{server.url}{page}", link)).path for link in links]
    return {unquote(path.rpartition("/")[2]): path for path in found}


def check(server: Server, corpus: Corpus) -> None:
    """Raise `Failed` when a server lists other files than it was given."""
    for project, items in corpus.projects().items():
        if project not in {SMALL, LARGE, corpus.big_file.project}:
            continue
        given = {item.name.text for item in items}
        listed = set(paths(server, project))
        if not given <= listed:
            raise Failed(f"{server.name} lists {len(given & listed)} of {len(given)} {project}.")
