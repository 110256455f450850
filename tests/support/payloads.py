"""Three hundred strings that would run a script where somebody forgot to escape.

Each calls `boom(N)` with its own number, so that a test can tell which one ran. They are harmless:
`boom` is what the test makes of it.
"""

from __future__ import annotations

from collections.abc import Callable

_MARKUP = (
    "<script>{}</script>",
    "<ScRiPt>{}</sCrIpT>",
    "<script\n>{}</script\n>",
    "<script/x>{}</script>",
    "<script>/*</title>*/{}</script>",
    '<script src="data:text/javascript,{}"></script>',
    "<img src=x onerror={}>",
    '<img src=x onerror="{}">',
    "<img src=x onerror='{}'>",
    "<img/src=x/onerror={}>",
    "<img src=x:x onerror\n=\n{}>",
    '<img srcset="x 1x" onerror={}>',
    "<svg onload={}>",
    "<svg/onload={}>",
    "<svg><script>{}</script></svg>",
    "<svg><animate onbegin={} attributeName=x dur=1s>",
    '<svg><a xlink:href="javascript:{}"><text y=20>x</text></a></svg>',
    '<svg><use href="data:image/svg+xml,<svg onload={}>#x"></svg>',
    "<math><mtext></form><form><mglyph><style></math><img src onerror={}>",
    '<math href="javascript:{}">x</math>',
    "<body onload={}>",
    "<body onpageshow={}>",
    "<iframe srcdoc='<script>parent.{}</script>'></iframe>",
    '<iframe src="javascript:parent.{}"></iframe>',
    "<iframe onload={}></iframe>",
    '<object data="javascript:{}"></object>',
    '<embed src="javascript:{}">',
    "<video><source onerror={}></video>",
    "<video src=x onerror={}></video>",
    "<audio src=x onerror={}></audio>",
    "<details open ontoggle={}>x</details>",
    "<input autofocus onfocus={}>",
    "<select autofocus onfocus={}></select>",
    "<textarea autofocus onfocus={}></textarea>",
    "<marquee onstart={}>x</marquee>",
    "<style>@import 'javascript:{}';</style>",
    "<style onload={}>*{{color:red}}</style>",
    '<link rel=stylesheet href="data:text/css,*{{x:1}}" onload={}>',
    '<meta http-equiv=refresh content="0;url=javascript:{}">',
    '<base href="javascript:{}//">',
    '<form action="javascript:{}"><button autofocus>x</button></form>',
    '<button formaction="javascript:{}">x</button>',
    '<a href="javascript:{}">x</a>',
    '<a href="JaVaScRiPt:{}">x</a>',
    '<a href=" javascript:{}">x</a>',
    '<a href="java\tscript:{}">x</a>',
    '<a href="java\nscript:{}">x</a>',
    '<a href="&#106;avascript:{}">x</a>',
    '<a href="javascript&colon;{}">x</a>',
    '<a href="data:text/html,<script>{}</script>">x</a>',
    '<a href="vbscript:{}">x</a>',
    '<a href="//elsewhere.example.invalid" onclick={}>x</a>',
    '<p style="background:url(javascript:{})">x</p>',
    '<div hx-get="/logout" hx-trigger="load" hx-on:load="{}">x</div>',
    '<div data-key="a" onmouseover={}>x</div>',
    '<noscript><p title="</noscript><img src=x onerror={}>">',
    "<template><img src=x onerror={}></template>",
    '<xmp><p title="</xmp><svg/onload={}>">',
    "<title><img src=x onerror={}></title>",
    "<!--><img src=x onerror={}>-->",
    "<!--<img src='--><img src=x onerror={}>'>",
    "<![CDATA[<img src=x onerror={}>]]>",
    "<?xml version='1.0'?><script>{}</script>",
    "<portal onload={}></portal>",
    "<keygen autofocus onfocus={}>",
    "<isindex action=javascript:{} type=submit>",
    "<table background=javascript:{}>",
    "<frameset onload={}>",
    "<dialog open onfocus={} tabindex=1 autofocus>x</dialog>",
    "<custom-x onfocus={} tabindex=1 autofocus>x</custom-x>",
    "[x](javascript:{})",
    "[x](JAVASCRIPT:{})",
    "[x](<javascript:{}>)",
    "[x](data:text/html;base64,PHNjcmlwdD4x {})",
    "![x](javascript:{})",
    '![x"onerror="{}](x)',
    "<javascript:{}>",
    "[x]: javascript:{}",
    "`<script>{}</script>`",
    "```\n<script>{}</script>\n```",
    "`x <javascript:{}>`_",
    ".. image:: javascript:{}",
    ".. _x: javascript:{}",
    ".. raw:: html\n\n   <script>{}</script>\n",
    ".. include:: /etc/passwd\n.. {}",
    ".. |x| replace:: <script>{}</script>",
    ":html:`<script>{}</script>`",
)
_BREAKOUTS = (
    '"><script>{}</script>',
    "'><script>{}</script>",
    '"><img src=x onerror={}>',
    "' autofocus onfocus={} x='",
    '" autofocus onfocus={} x="',
    "` onmouseover={} x=`",
    "</title><script>{}</script>",
    "</textarea><script>{}</script>",
    "</style><script>{}</script>",
    "</script><script>{}</script>",
    "</pre></code><script>{}</script>",
    "</option></select><script>{}</script>",
    "--><script>{}</script>",
    "]]><script>{}</script>",
    "*/</script><script>{}</script>",
)
_TEMPLATES = (
    "{{{{ {} }}}}",
    "{{% print({}) %}}",
    "${{{}}}",
    "#{{{}}}",
    "<%= {} %>",
    "{{{{constructor.constructor('{}')()}}}}",
    "javascript:{}",
    "javascript://%0a{}",
    "data:text/html,<script>{}</script>",
    "\u202e<script>{}</script>",
    "\ufeff<script>{}</script>",
    "\uff1cscript\uff1e{}\uff1c/script\uff1e",
    "&lt;script&gt;{}&lt;/script&gt;",
    "&#60;script&#62;{}&#60;/script&#62;",
    "%3Cscript%3E{}%3C/script%3E",
    "\\u003cscript\\u003e{}\\u003c/script\\u003e",
    "+ADw-script+AD4-{}+ADw-/script+AD4-",
    "<scr<script>ipt>{}</scr</script>ipt>",
    "<<script>script>{}<</script>/script>",
    "<script>{}",
    "<img src=x onerror={}",
    "<a href='javascript:{}'",
)
_CALLS: tuple[Callable[[int], str], ...] = (
    lambda n: f"boom({n})",
    lambda n: f"window['boom']({n})",
    lambda n: f"boom`{n}`",
)
_COUNT = 300


def _all() -> tuple[str, ...]:
    forms = (*_MARKUP, *_BREAKOUTS, *_TEMPLATES)
    made = (
        form.format(_CALLS[turn](turn * len(forms) + place))
        for turn in range(len(_CALLS))
        for place, form in enumerate(forms)
    )
    return tuple(one for _, one in zip(range(_COUNT), made, strict=False))


PAYLOADS = _all()
ONE_LINE = tuple(" ".join(one.split()) for one in PAYLOADS)
"""The same where no line may end."""
