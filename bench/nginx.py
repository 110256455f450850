"""nginx with the corpus as static files: the floor that every figure is a ratio to."""

from __future__ import annotations

import os
from pathlib import Path

from bench.places import emptied
from bench.servers import FLOOR, JSON, Recipe
from bench.site import HTML_PAGE, JSON_PAGE
from bench.tools import program

PORT = 28433
"""Fixed, because what was approved from it remembers its URL."""

_CONFIGURATION = """\
{user}daemon off;
worker_processes 1;
pid {home}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000000;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  types {{ text/html html; {json} simple_json; }}
  default_type application/octet-stream;
  map $http_accept $page {{
    default {html_page};
    "~application/vnd\\.pypi\\.simple\\.v1\\+json" {json_page};
  }}
  server {{
    listen 127.0.0.1:{port};
    root {root};
    location ~ /$ {{
      add_header Vary Accept;
      try_files $uri$page =404;
    }}
  }}
}}
"""


def recipe(site: Path) -> Recipe:
    """Say how to serve a site, as Debian's nginx does it: one worker, sendfile, no log."""
    home = emptied("nginx")
    configuration = home / "nginx.conf"
    values = {"home": home, "root": site, "port": PORT, "json": JSON}
    user = "user root;\n" if os.geteuid() == 0 else ""  # else workers could not read our folder
    pages = {"html_page": HTML_PAGE, "json_page": JSON_PAGE}
    configuration.write_text(_CONFIGURATION.format(user=user, **values, **pages), "utf-8")
    command = (program("nginx"), "-c", configuration, "-p", home)
    return Recipe(FLOOR, command, PORT, "/simple/")
