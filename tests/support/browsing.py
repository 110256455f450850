"""A browser without a screen or a script: it keeps cookies, and sends forms as they stand.

visitor = Visitor(house, "approver")
page = visitor.get("/requests/7")
then = visitor.submit(page, {"comment": "looked at"}, button="Approve")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import httpx2
from selectolax.lexbor import LexborHTMLParser, LexborNode

from support.house import House

BASE = "http://127.0.0.1"
_HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
Values = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class Seen:
    """A page as it came, and how it reads."""

    url: str
    status: int
    headers: httpx2.Headers
    text: str
    html: LexborHTMLParser = field(repr=False)

    @property
    def title(self) -> str:
        """What its h1 says."""
        return self.says("h1")

    @property
    def path(self) -> str:
        """Where it is, with its query."""
        parts = urlsplit(self.url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def says(self, selector: str = "main") -> str:
        """Give the text of the first element that fits, on one line."""
        found = self.html.css_first(selector)
        assert found is not None, f"there is no {selector} on {self.url}:\n{self.text[:3000]}"
        return " ".join(found.text().split())

    def all(self, selector: str) -> list[str]:
        """Give the text of every element that fits."""
        return [" ".join(one.text().split()) for one in self.html.css(selector)]

    def links(self, selector: str = "main a") -> dict[str, str]:
        """Give where links lead, by their words."""
        return {
            " ".join(one.text().split()): one.attributes.get("href") or ""
            for one in self.html.css(selector)
        }

    def form(self, action: str = "", button: str = "") -> LexborNode:
        """Find the form of this action, or with this button."""
        forms = [one for one in self.html.css("form") if _fits(one, action, button)]
        assert forms, f"there is no form {action!r} {button!r} on {self.url}:\n{self.text[:3000]}"
        return forms[0]

    def offers(self, action: str = "", button: str = "") -> bool:
        """Whether there is such a form."""
        return any(_fits(one, action, button) for one in self.html.css("form"))


class Visitor:
    """Somebody with a browser. Signs in at once, unless nobody is named."""

    def __init__(self, house: House, who: str | None = None) -> None:
        self.house = house
        self.cookies: dict[str, str] = {}
        if who is not None:
            self.signs_in(who)

    def signs_in(self, who: str) -> Seen:
        """Sign in by the person's token."""
        return self.submit(self.get("/login"), {"name": who, "password": self.house.tokens[who]})

    def get(self, path: str, *, follow: bool = True, **headers: str) -> Seen:
        """Open a page; redirects are followed."""
        seen = self._ask("GET", path, headers)
        return self._followed(seen) if follow else seen

    def part(self, path: str) -> Seen:
        """Ask for a part of a page, as the script does."""
        return self.get(path, hx_request="true")

    def submit(
        self,
        page: Seen,
        fields: Values | None = None,
        *,
        action: str = "",
        button: str = "",
        files: Mapping[str, tuple[str, bytes]] | None = None,
        follow: bool = True,
    ) -> Seen:
        """Send a form of a page as it stands, with these fields typed over."""
        form = page.form(action or _only_action(page, fields, button), button)
        values = _values(form, button) | dict(fields or {})
        to = urljoin(page.url, form.attributes.get("action") or page.url)
        if (form.attributes.get("method") or "get").lower() == "get":
            return self.get(f"{urlsplit(to).path}?{urlencode(values, doseq=True)}", follow=follow)
        return self.post(urlsplit(to).path, values, files=files, follow=follow)

    def post(
        self,
        path: str,
        fields: Values,
        *,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        follow: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> Seen:
        """Send fields somewhere, whether a page offers that or not."""
        headers = {"origin": BASE, "sec-fetch-site": "same-origin"} | dict(headers or {})
        data = {
            name: value if isinstance(value, str) else list(value) for name, value in fields.items()
        }
        seen = self._ask("POST", path, headers, data=data, files=files)
        return self._followed(seen) if follow else seen

    def csrf(self, page: Seen) -> str:
        """Take what forms of a page carry."""
        found = page.html.css_first("input[name=csrf]")
        assert found is not None, f"there is no form on {page.url}"
        return found.attributes["value"] or ""

    def _followed(self, seen: Seen) -> Seen:
        for _ in range(5):
            if seen.status not in {301, 302, 303}:
                return seen
            seen = self._ask("GET", seen.headers["location"], {})
        message = f"redirects never end at {seen.url}"
        raise AssertionError(message)

    def _ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        **more: Any,  # Any: httpx2's arguments
    ) -> Seen:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"accept": _HTML, "host": "127.0.0.1"} | named
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.house.ask(method, path, headers=sent, **more)
        for line in answer.headers.get_list("set-cookie"):
            self._keep(line)
        text = answer.text
        return Seen(
            f"{BASE}{path}", answer.status_code, answer.headers, text, LexborHTMLParser(text)
        )

    def _keep(self, line: str) -> None:
        name, _, rest = line.partition("=")
        value, _, attributes = rest.partition(";")
        self.cookies.pop(name, None)
        if "max-age=0" not in attributes.lower():
            self.cookies[name] = value


def _only_action(page: Seen, fields: Values | None, button: str) -> str:
    """Choose the form in the main part of the page that has these fields."""
    for form in page.html.css("main form"):
        names = {one.attributes.get("name") for one in form.css("input, textarea, select, button")}
        if set(fields or {}) <= names and _fits(form, "", button):
            return form.attributes.get("action") or ""
    return ""


def _fits(form: LexborNode, action: str, button: str) -> bool:
    if action and (form.attributes.get("action") or "") != action:
        return False
    return not button or any(button in one.text() for one in form.css("button"))


def _values(form: LexborNode, button: str) -> dict[str, str | Sequence[str]]:
    """Give what a browser would send of a form that nobody touched."""
    found: dict[str, str | Sequence[str]] = {}
    for one in form.css("input, textarea, select"):
        name, value = one.attributes.get("name"), _value(one)
        if name and value is not None:
            found[name] = value
    for pressed in form.css("button"):
        name = pressed.attributes.get("name")
        if button and name and button in pressed.text():
            found[name] = pressed.attributes.get("value") or ""
    return found


def _value(control: LexborNode) -> str | None:
    if control.tag == "textarea":
        return control.text().removeprefix("\n")
    if control.tag == "select":
        options = control.css("option")
        chosen = [one for one in options if "selected" in one.attributes] or options
        return chosen[0].attributes.get("value") if chosen else None
    kind = control.attributes.get("type") or "text"
    if kind in {"checkbox", "radio"} and "checked" not in control.attributes:
        return None
    if kind == "file":
        return None
    return control.attributes.get("value") or ""
