"""READMEs: hostile ones can do nothing, honest ones are read as they were meant."""

from __future__ import annotations

import asyncio
import re

import pytest

from affineur.web.ui.markup import ATTRIBUTES, TAGS, Readme, Readmes, sanitised
from affineur.web.ui.markup_child import rewritten

SCRIPTS = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></ScRiPt>",
    "<img src=x onerror=alert(1)>",
    "<img src='javascript:alert(1)' alt='x'>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<math><mtext><mglyph><style><img src=x onerror=alert(1)></style></mglyph></mtext></math>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='javascript:alert(1)'></object><embed src='javascript:alert(1)'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVa\tScRiPt:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='//evil.example/'>x</a>",
    "<a href='/settings/tokens'>x</a>",
    "<a href='https://ok.example/' onclick='alert(1)' style='position:fixed' id=x>x</a>",
    "<form action='/logout' method=post><button>Sign out</button></form>",
    "<input type=submit formaction=javascript:alert(1)><textarea autofocus onfocus=alert(1)>",
    "<base href='https://evil.example/'><meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href='https://evil.example/x.css'>",
    "<style>body{display:none}</style><div style='background:url(//evil.example)'>x</div>",
    "<div id=main class=said role=alert data-key=a hx-get='/x' hx-trigger=load>x</div>",
    "<p hx-post='/requests/1' hx-trigger='load'>x</p><details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee><body onload=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<!--><img src=x onerror=alert(1)>--><![CDATA[<script>alert(1)</script>]]>",
    "<template><script>alert(1)</script></template><xmp><img src=x onerror=alert(1)></xmp>",
    "<a href='https://ok.example/' target=_blank rel=opener ping='//evil.example'>x</a>",
    "<table background='javascript:alert(1)'><td background=x onclick=alert(1)>x</table>",
    "<p>\u202egnp.exe\u2066</p>",
)
IN_MARKDOWN = (
    "[x](javascript:alert(1))",
    "[x](<java\nscript:alert(1)>)",
    "![x](javascript:alert(1))",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    '```html" onmouseover=alert(1) x="\n<script>alert(1)</script>\n```',
    "# Title {#main onclick=alert(1)}",
    "[x](https://ok.example/ \"' onmouseover='alert(1)\")",
)
IN_RST = (
    ".. raw:: html\n\n   <script>alert(1)</script>",
    ".. include:: /etc/passwd",
    ".. csv-table:: x\n   :file: /etc/passwd",
    ".. literalinclude:: /etc/passwd",
    "`x <javascript:alert(1)>`_",
    ".. image:: javascript:alert(1)\n   :target: javascript:alert(2)",
    ".. role:: raw-html(raw)\n   :format: html\n\n:raw-html:`<script>alert(1)</script>`",
    ".. math:: \\href{javascript:alert(1)}{x}",
    ".. _x: javascript:alert(1)\n\nx_",
)
_TAG = re.compile(r"<(/?)([A-Za-z][\w:-]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>")
_ATTRIBUTE = re.compile(r"([\w:-]+)=\"([^\"]*)\"")


def rendered(text: str, content_type: str | None = "text/markdown") -> Readme:
    return asyncio.run(Readmes().render(text, content_type))


def what_is_wrong(html: str) -> list[str]:
    """Name every tag, attribute and link that may not stand on a page of ours."""
    allowed = {"a": {"href", "rel"}} | {
        tag: set(names) for tag, names in ATTRIBUTES.items() if tag != "a"
    }
    found = [(tag.lower(), _ATTRIBUTE.findall(rest), rest) for _, tag, rest in _TAG.findall(html)]
    tags = [tag for tag, _, _ in found if tag not in TAGS]
    names = [name for tag, told, _ in found for name, _ in told if name not in allowed.get(tag, ())]
    links = [
        value
        for _, told, _ in found
        for name, value in told
        if name == "href" and not value.startswith(("http://", "https://", "mailto:"))
    ]
    bare = [rest for _, _, rest in found if _ATTRIBUTE.sub("", rest).strip(" /")]
    return [*tags, *names, *links, *bare]


@pytest.mark.parametrize("payload", SCRIPTS)
def test_what_a_child_gives_is_sanitised_whatever_it_is(payload: str) -> None:
    html = str(sanitised(payload))
    assert what_is_wrong(html) == []
    assert "alert(1)" not in html.split("<a ", maxsplit=1)[0] or "<" not in html


def test_nothing_hostile_survives_markdown() -> None:
    readme = rendered("\n\n".join((*SCRIPTS, *IN_MARKDOWN)))
    assert readme.markup is not None
    assert what_is_wrong(str(readme.markup)) == []
    assert "javascript:" not in " ".join(re.findall(r"href=\"[^\"]*\"", str(readme.markup)))


@pytest.mark.parametrize("payload", IN_RST)
def test_nothing_hostile_survives_restructuredtext(payload: str) -> None:
    readme = rendered(payload, "text/x-rst")
    assert what_is_wrong(str(readme.markup or "")) == []
    assert "root:" not in f"{readme.markup}{readme.text}"


def test_characters_that_turn_the_text_are_left_out() -> None:
    assert rendered("a\u202eb\u200bc").markup == "<p>abc</p>\n"


def test_a_readme_in_markdown_is_read_as_it_was_meant() -> None:
    text = "# Spam\n\n*Lovely* `spam`, see [it](https://spam.example/?a=1&b=2).\n\n- [x] done\n"
    assert rendered(text).markup == (
        "<h3>Spam</h3>\n<p><em>Lovely</em> <code>spam</code>, see "
        '<a href="https://spam.example/?a=1&amp;b=2" rel="nofollow noopener noreferrer ugc">it</a>.'
        "</p>\n<ul>\n<li>[x]  done</li>\n</ul>\n"
    )


def test_a_readme_in_restructuredtext_is_read_as_it_was_meant() -> None:
    text = "Spam\n====\n\n*Lovely* ``spam``, see `it <https://spam.example/>`__.\n"
    assert rendered(text, "text/x-rst; charset=UTF-8").markup == (
        "\n<h3>Spam</h3>\n<p><em>Lovely</em> <code>spam</code>, see "
        '<a href="https://spam.example/" rel="nofollow noopener noreferrer ugc">it</a>.</p>\n\n'
    )


def test_without_a_content_type_it_is_restructuredtext_or_plain() -> None:
    assert rendered("*a*", None).markup == "<p><em>a</em></p>\n"
    assert rendered("`a", None) == Readme(None, "`a", "")


def test_plain_text_stays_as_it_is() -> None:
    assert rendered("<b>*a*</b>", "text/plain") == Readme(None, "<b>*a*</b>", "")


def test_what_cannot_be_rendered_is_shown_as_it_stands() -> None:
    why = "It could not be rendered, so it is shown as it stands."
    assert rendered(".. raw:: html\n\n   x", "text/x-rst") == Readme(
        None, ".. raw:: html\n\n   x", why
    )


@pytest.mark.parametrize(
    "text",
    [
        "[" * 60_000,
        "*a_ " * 60_000,
        "> " * 30_000,
        "<div>" * 60_000,
        "`" * 60_000 + "a",
        "![" * 60_000,
    ],
)
def test_a_readme_made_to_take_for_ever_comes_to_an_end(text: str) -> None:
    readme = rendered(text)
    assert readme.markup is not None or readme.text == text


def test_a_long_readme_is_cut_and_says_so() -> None:
    readme = rendered("a\n" * 400_000, "text/plain")
    assert (len(readme.text), readme.remark) == (524_288, "It is cut: only its beginning is shown.")


def test_images_become_links_to_them() -> None:
    html = '<p><img src="https://x.example/a.png" alt="A &lt;b&gt;"><img src="a.png" alt=""></p>'
    assert rewritten(html) == ('<p><a href="https://x.example/a.png">[A &lt;b&gt;]</a>[image]</p>')


def test_an_image_in_a_link_is_its_words() -> None:
    html = '<a href="https://x.example/"><img src="https://x.example/a.png" alt="badge"></a>'
    assert rewritten(html) == '<a href="https://x.example/">[badge]</a>'
