"""What can be wrong with what an index tells, each found at its row and at no other."""

from __future__ import annotations

import pytest

from support.index_flaws import (
    FILE,
    PAGE,
    ROOT,
    answered,
    answering,
    asked,
    both,
    in_html,
    in_json,
    says,
    swap,
    telling,
)
from support.index_server import HTML, JSON, SPAM, Spoil
from support.probing import flipped

SHA = str(SPAM.sha256).encode()
METADATA_SHA = str(SPAM.metadata_sha256).encode()
HREF = b'href="/files/spam-1.0-py3-none-any.whl'

PLACES = {
    "no root": (
        answering(404, ROOT),
        {"root": "broken", "root-json": "absent", "root-agree": "not applicable"},
    ),
    "another text": (swap(ROOT, b">spam<", b">ham<"), {"root": "broken"}),
    "a project is missing in JSON": (
        swap(ROOT, b', {"name": "eggs-and-ham"}', b""),
        {"root-agree": "broken", "root-json": "broken"},
    ),
    "a project is listed in JSON only": (
        swap(ROOT, b'"projects": [', b'"projects": [{"name": "ham"}, '),
        {"root-agree": "broken"},
    ),
    "a project without a name": (
        swap(ROOT, b'{"name": "spam"}', b'{"name": 1}'),
        {"root-json": "broken", "root-agree": "broken"},
    ),
    "nothing without a slash": (answering(404, "/simple/spam"), {"slash": "absent"}),
    "a page without a slash": (answering(200, "/simple/spam"), {"slash": "broken"}),
    "another page without a slash": (
        answering(301, "/simple/spam", location="/simple/"),
        {"slash": "broken"},
    ),
    "no other spelling": (answering(404, "/simple/Spam/"), {"spelling": "absent"}),
    "another spelling is an error": (answering(500, "/simple/Spam/"), {"spelling": "broken"}),
    "unknown projects have a page": (
        answered(404, says(200, b"<!DOCTYPE html>", content_type="text/html")),
        {"unknown": "broken"},
    ),
    "unknown projects are led to another index": (
        answered(404, says(302, location="https://elsewhere.example/simple/")),
        {"unknown": "broken"},
    ),
}

FORMS = {
    "no doctype": (swap(PAGE, b"<!DOCTYPE html>", b""), {"html-form": "broken"}),
    "links without an end": (
        swap(PAGE, b"</a>", b""),
        {"html-form": "broken", "same": "broken"},
    ),
    "a tag that is none": (in_html(b"<h1>", b"<h1 <"), {"html-form": "broken"}),
    "a comment without an end": (
        swap(PAGE, b"</body>", b"<!-- </body>"),
        {"html-form": "broken"},
    ),
    "text that is no filename": (
        in_html(b">spam-1.0-py3-none-any.whl<", b">spam 1.0<"),
        {"html-names": "broken"},
    ),
    "no digest in HTML": (
        swap(PAGE, b"#sha256=", b"?"),
        {"html-hashes": "absent", "same": "broken"},
    ),
    "md5 in HTML": (swap(PAGE, b"#sha256=", b"#md5="), {"html-hashes": "broken", "same": "broken"}),
    "a digest that is none": (
        in_html(b"#sha256=" + SHA, b"#sha256=xyz"),
        {"html-hashes": "broken", "same": "broken"},
    ),
    "no version in HTML": (in_html(b"pypi:repository-version", b"x"), {"html-version": "absent"}),
    "no Major.Minor": (
        in_html(b'version" content="1.4', b'version" content="1.4.2'),
        {"html-version": "broken"},
    ),
    "a name that is not normalised": (
        in_json(b'"name": "spam", "v', b'"name": "Spam", "v'),
        {"json-form": "broken"},
    ),
    "the name of another project": (
        in_json(b'"name": "spam", "v', b'"name": "ham", "v'),
        {"json-form": "broken"},
    ),
    "a file without hashes": (
        in_json(b'"hashes": {"sha256": "' + SHA, b'"hush": {"sha256": "' + SHA),
        {
            "json-form": "broken",
            "json-hashes": "broken",
            "same": "broken",
        },
    ),
    "md5 in JSON": (
        in_json(b'"sha256": "' + SHA, b'"md5": "' + SHA[:32]),
        {"json-hashes": "broken", "same": "broken"},
    ),
    "a version to come": (
        in_json(b'"api-version": "1.4"', b'"api-version": "2.0"'),
        {"version": "broken"},
    ),
    "a version that is no text": (
        in_json(b'"api-version": "1.4"', b'"api-version": 1.4'),
        {"version": "broken"},
    ),
    "a version without the status it tells": (
        in_json(b'"api-version": "1.4"', b'"api-version": "1.1"'),
        {"version": "broken"},
    ),
    "no versions, though promised": (
        in_json(b'"versions"', b'"_versions"'),
        {"version": "broken", "versions": "absent"},
    ),
    "no sizes, though promised": (
        in_json(b'"size"', b'"_size"'),
        {"sizes": "absent", "version": "broken"},
    ),
}

NEGOTIATION = {
    "HTML under the plain type": (
        asked("accept", HTML, telling(content_type="text/html")),
        {"html-v1": "absent"},
    ),
    "HTML under a type of its own": (
        asked("accept", HTML, telling(content_type="text_html")),
        {"html-v1": "broken"},
    ),
    "JSON under the plain type": (
        asked("accept", JSON, telling(content_type="application/json")),
        {"content-type": "broken", "json": "broken"},
    ),
    "JSON that says it is HTML": (
        asked("accept", JSON, telling(content_type="text/html")),
        {"content-type": "broken", "json": "broken"},
    ),
    "latest is named as the type": (
        asked("accept", "latest", telling(content_type="application/vnd.pypi.simple.latest+json")),
        {"latest": "broken"},
    ),
    "latest is not known": (asked("accept", "latest", says(406)), {"latest": "absent"}),
    "qualities do not matter": (
        asked("accept", "q=0.1", telling(content_type="text/html")),
        {"qualities": "broken"},
    ),
    "nothing for who takes anything": (asked("accept", "*/*", says(406)), {"anything": "broken"}),
    "an error for who takes neither": (
        asked("accept", "image/png", says(500)),
        {"unacceptable": "broken"},
    ),
    "Vary names codings only": (telling(vary="Accept-Encoding"), {"vary": "broken"}),
}

FACTS = {
    "a file in one form only": (
        in_html(b"<a " + HREF, b"<b " + HREF),
        {"html-form": "broken", "same": "broken"},
    ),
    "another Requires-Python in JSON": (
        in_json(b">=3.9", b">=3.8"),
        {"requires-python": "broken", "same": "broken"},
    ),
    "no Requires-Python": (
        both(in_json(b"requires-python", b"x"), in_html(b"data-requires-python", b"x")),
        {"requires-python": "absent"},
    ),
    "a Requires-Python that is none": (
        both(in_json(b">=3.9", b"three"), in_html(b"&gt;=3.9", b"three")),
        {"requires-python": "broken"},
    ),
    "yanked in HTML only": (
        in_json(b'"too old"', b"false"),
        {"same": "broken", "yanked": "broken"},
    ),
    "a reason in HTML only": (in_json(b'"too old"', b"true"), {"yanked": "broken"}),
    "an empty reason": (
        both(in_json(b'"too old"', b'""'), in_html(b'data-yanked="too old"', b"data-yanked")),
        {"yanked": "broken"},
    ),
    "nothing is yanked": (
        both(in_json(b'"too old"', b"false"), in_html(b"data-yanked", b"x")),
        {"yanked": "could not tell"},
    ),
    "the version of a file is not listed": (in_json(b'"0.9", ', b""), {"versions": "broken"}),
    "a version is listed twice": (in_json(b'"0.9", ', b'"0.9", "1.0", '), {"versions": "broken"}),
    "another size": (in_json(b'"size": %d' % len(SPAM.data), b'"size": 1'), {"sizes": "broken"}),
    "a size in words": (
        in_json(b'"size": ', b'"size": "much", "x": '),
        {"sizes": "broken", "version": "broken"},
    ),
    "times with an offset": (in_json(b".678Z", b"+01:00"), {"upload-times": "broken"}),
    "no times": (in_json(b"upload-time", b"x"), {"upload-times": "absent"}),
    "a status of its own": (
        both(in_json(b'"active"', b'"sleepy"'), in_html(b'"active"', b'"sleepy"')),
        {"status": "broken"},
    ),
    "quarantined, with files": (
        both(in_json(b'"active"', b'"quarantined"'), in_html(b'"active"', b'"quarantined"')),
        {"status": "broken"},
    ),
    "another status in HTML": (in_html(b'"active"', b'"archived"'), {"status": "broken"}),
    "no status": (
        both(in_json(b"project-status", b"x"), in_html(b"pypi:project-status", b"x")),
        {"status": "absent"},
    ),
    "a relative location": (in_json(b'["https:', b'["'), {"tracks": "broken"}),
    "no tracks": (
        both(in_json(b'"tracks"', b'"x"'), in_html(b"pypi:tracks", b"x")),
        {"tracks": "absent"},
    ),
    "a file twice": (
        both(in_json(b"spam-0.9", b"spam-1.0"), in_html(b"spam-0.9", b"spam-1.0")),
        {"project-json": "broken", "unique": "broken"},
    ),
}

BESIDE = {
    "metadata under its old name only": (
        both(
            in_json(b"core-metadata", b"dist-info-metadata"), in_html(b"data-core-metadata", b"x")
        ),
        {"metadata-name": "broken", "metadata-old": "not applicable"},
    ),
    "metadata under its new name only": (
        in_html(b"data-dist-info-metadata", b"x"),
        {"metadata-old": "absent"},
    ),
    "two digests for one metadata": (
        in_html(b'info-metadata="sha256', b'info-metadata="sha512'),
        {"metadata-name": "broken"},
    ),
    "metadata is announced as nothing known": (
        in_html(b'metadata="sha256=', b'metadata="yes '),
        {"metadata": "broken", "same": "broken"},
    ),
    "metadata is not there": (
        answering(404, f"{FILE}.metadata"),
        {"metadata-digest": "broken", "metadata-served": "broken", "metadata-true": "broken"},
    ),
    "metadata is not what is in the wheel": (
        swap(f"{FILE}.metadata", b"Summary", b"Summery"),
        {"metadata-digest": "broken", "metadata-true": "broken"},
    ),
    "metadata has another digest": (
        both(in_json(METADATA_SHA, b"0" * 64), in_html(METADATA_SHA, b"0" * 64)),
        {"metadata-digest": "broken"},
    ),
    "metadata without a digest": (
        both(
            in_json(b'{"sha256": "' + METADATA_SHA + b'"}', b"true"),
            in_html(b"sha256=" + METADATA_SHA, b"true"),
        ),
        {"metadata-digest": "not applicable"},
    ),
    "provenance is not there": (answering(404, f"{FILE}.provenance"), {"provenance": "broken"}),
    "provenance of another shape": (
        swap(f"{FILE}.provenance", b"attestation_bundles", b"bundles"),
        {"provenance": "broken"},
    ),
    "provenance at a relative URL": (
        in_json(b'"provenance": "http:', b'"provenance": "'),
        {"provenance": "broken"},
    ),
    "no project API": (answering(404, "/pypi/spam/json"), {"project-json": "absent"}),
    "a project API of another shape": (
        swap("/pypi/", b'"info"', b'"x"'),
        {"project-json": "broken"},
    ),
    "a project API with other digests": (
        swap("/pypi/", SHA, b"0" * 64),
        {"project-json": "broken"},
    ),
}


def named(cases: dict[str, tuple[Spoil, dict[str, str]]]) -> list[object]:
    return [pytest.param(*case, id=name) for name, case in cases.items()]


@pytest.mark.parametrize(("spoil", "rows"), named(PLACES | FORMS | FACTS | BESIDE))
def test_a_flaw_in_what_is_told_flips_its_own_rows(spoil: Spoil, rows: dict[str, str]) -> None:
    assert flipped(early=spoil) == rows


@pytest.mark.parametrize(("spoil", "rows"), named(NEGOTIATION))
def test_a_flaw_in_negotiation_flips_its_own_rows(spoil: Spoil, rows: dict[str, str]) -> None:
    assert flipped(late=spoil) == rows
