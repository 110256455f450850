"""The corpus as a tree of static files: what nginx serves, and what affineur has upstream.

Simple pages as HTML (PEP 503) and JSON (PEP 691) side by side, with size, digests and core
metadata; every file under its digest, beside its `.metadata`. URLs are as long as affineur's.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from html import escape
from pathlib import Path

import orjson

from affineur.core.names import ProjectName
from bench.corpus import Corpus, Item
from bench.places import KEPT, emptied, folder

JSON_PAGE = "index.simple_json"
HTML_PAGE = "index.html"
_UPLOADED = "2025-01-01T00:00:00.000000Z"


def site(corpus: Corpus) -> Path:
    """Give the folder to serve, made anew when the corpus changed."""
    done = KEPT / f"site-{corpus.key}"
    root = folder("site")
    if not done.exists():
        root = emptied("site")
        for project, items in corpus.projects().items():
            add_project(root, project, items)
        done.touch()
    return root


def add_project(root: Path, project: ProjectName, items: Sequence[Item]) -> None:
    """Add a project's page and files."""
    page = root / "simple" / project
    page.mkdir(parents=True, exist_ok=True)
    (page / JSON_PAGE).write_bytes(_json(project, items))
    (page / HTML_PAGE).write_bytes(_html(project, items))
    for item in items:
        _place(root, item)


def _place(root: Path, item: Item) -> None:
    target = root / "files" / item.sha256 / item.name.text
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        os.link(item.path, target)
    if item.metadata is not None:
        target.with_name(f"{target.name}.metadata").write_bytes(item.metadata)


def _json(project: ProjectName, items: Sequence[Item]) -> bytes:
    return orjson.dumps(
        {
            "meta": {"api-version": "1.1"},
            "name": project,
            "versions": [str(one) for one in sorted({item.name.version for item in items})],
            "files": [_told(item) for item in items],
        }
    )


def _told(item: Item) -> dict[str, object]:
    told: dict[str, object] = {
        "filename": item.name.text,
        "url": _url(item),
        "hashes": {"sha256": item.sha256},
        "size": item.size_bytes,
        "upload-time": _UPLOADED,
    }
    if item.requires_python:
        told["requires-python"] = item.requires_python
    if item.metadata is not None:
        told["core-metadata"] = {"sha256": hashlib.sha256(item.metadata).hexdigest()}
    return told


def _html(project: ProjectName, items: Sequence[Item]) -> bytes:
    title = f"Links for {project}"
    lines = [
        "<!DOCTYPE html>",
        f'<html><head><meta name="pypi:repository-version" content="1.1"><title>{title}</title>',
        f"</head><body><h1>{title}</h1>",
        *(_anchor(item) for item in items),
        "</body></html>\n",
    ]
    return "\n".join(lines).encode()


def _anchor(item: Item) -> str:
    attributes = {"href": f"{_url(item)}#sha256={item.sha256}"}
    if item.requires_python:
        attributes["data-requires-python"] = item.requires_python
    if item.metadata is not None:
        digest = hashlib.sha256(item.metadata).hexdigest()
        attributes["data-core-metadata"] = f"sha256={digest}"
    told = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
    return f"<a {told}>{item.name.text}</a><br>"


def _url(item: Item) -> str:
    return f"../../files/{item.sha256}/{item.name.text}"
