"""The page at `/`: what this is, how to install from it, how to ask. The real UI replaces it."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from html import escape

from affineur.web.http import Answer

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:3rem auto;padding:0 1rem}"
    "pre{background:#f4f1e8;padding:.8rem;overflow-x:auto}"
)
_STYLE_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def landing(public_url: str) -> Answer:
    """Render the page."""
    index = f"{escape(public_url)}/pypi/internal/simple/"
    body = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>affineur</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>affineur</h1>
<p>This server gives Python packages that were reviewed, and those that are made here.
Nothing else comes through it.</p>
<h2>Install from here</h2>
<pre>pip install --index-url {index} NAME
uv pip install --index-url {index} NAME</pre>
<p>Or for good:</p>
<pre>pip config set global.index-url {index}
export UV_DEFAULT_INDEX={index}</pre>
<h2>Ask for a package</h2>
<pre>export AFFINEUR_URL={escape(public_url)} AFFINEUR_TOKEN=...
affineur request "NAME&gt;=1.2" --reason "what it is for"
affineur requests
affineur why NAME</pre>
<h2>For programs</h2>
<p>The API is described at <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p>
</body>
</html>
"""
    headers = (
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", _POLICY),
        ("cache-control", "max-age=0, must-revalidate"),
    )
    return Answer(200, headers, body.encode())
