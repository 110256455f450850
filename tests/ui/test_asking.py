"""The pages at `/ask`: what was given is read, shown and sent; nothing typed is lost."""

from __future__ import annotations

from pathlib import Path

from affineur.jobs.runner import Runner
from affineur.services.jobs import job_kinds
from support.browsing import Seen, Visitor
from support.dists import Dist, wheel
from support.house import House
from support.payloads import PAYLOADS

SAMPLES = Path(__file__).parents[1] / "core" / "pasted"
SPAM = wheel("spam", "1.0")
EGGS = wheel("eggs", "2.0")


def _lock(*dists: Dist) -> bytes:
    head = 'lock-version = "1.0"\n'
    return (head + "".join(_package(dist) for dist in dists)).encode()


def _package(dist: Dist) -> str:
    name, version, _ = dist.filename.split("-", 2)
    return (
        f'[[packages]]\nname = "{name}"\nversion = "{version}"\n[[packages.wheels]]\n'
        f'name = "{dist.filename}"\nhashes = {{ sha256 = "{dist.sha256}" }}\n'
    )


def _work(house: House) -> None:
    kinds = job_kinds(house.gear.settings)
    house.run(Runner(house.gear, kinds).run_until_idle())


def test_an_error_that_is_pasted_becomes_a_draft_that_says_how_it_was_read(house: House) -> None:
    dev = Visitor(house, "dev")
    error = (SAMPLES / "uv-add-pinned.txt").read_text()

    seen = dev.submit(dev.get("/ask"), {"given": error, "feed": "internal"}, button="Look at it")

    assert (seen.title, seen.path) == ("Draft 1", "/ask/1")
    assert "rich==13.7.0" in seen.says("#asked-for + p")
    assert "Read as an error of uv." in seen.says()
    assert seen.says("[role=status]").startswith("Resolving…")
    assert 'hx-get="/ask/1?was=open"' in seen.text


def test_a_file_is_shown_as_it_is_vetted_and_sent_with_a_reason(house: House) -> None:
    # given a lock file of one release that is approved and one that is not
    house.upstream.add(SPAM, EGGS)
    dev, approver = Visitor(house, "dev"), Visitor(house, "approver")
    _approved(house, EGGS)

    # when it is dropped
    files = {"document": ("pylock.toml", _lock(SPAM, EGGS))}
    moving = dev.submit(dev.get("/ask"), {"feed": "internal"}, button="Look at it", files=files)
    _work(house)
    seen = dev.get(moving.path)

    # then it says what is new, what is approved, and what vetting thinks
    assert seen.says("[role=status]").startswith("1 new release,")
    assert seen.all("tbody th") == ["spam 1.0"]
    assert seen.all("tbody .badge") == ["Needs a look"]
    assert seen.all(".ask-approved li") == ["eggs 2.0"]
    assert "hx-get" not in seen.says("body")

    # and when it is sent, others see it
    assert approver.get(seen.path).status == 404
    refused = dev.submit(seen, {"reason": " ", "used_in": "the shop"}, button="Send")
    assert refused.status == 400
    assert refused.says("[role=alert]").startswith("Sending a draft needs a reason")
    assert 'value="the shop"' in refused.text
    sent = dev.submit(refused, {"reason": "it is needed"}, button="Send", follow=False)
    assert (sent.status, sent.headers["location"]) == (303, "/requests/2")
    again = dev.get(seen.path, follow=False)
    assert (again.status, again.headers["location"]) == (303, "/requests/2")
    told = house.get("/api/v1/requests/2", "approver").json()
    assert (told["state"], told["reason"], told["used_in"]) == (
        "review",
        "it is needed",
        "the shop",
    )


def test_a_script_asks_for_the_closure_alone_and_is_told_when_all_is_another(
    house: House,
) -> None:
    house.upstream.add(SPAM)
    dev = Visitor(house, "dev")
    _dropped(house, dev, SPAM)

    part = dev.part("/ask/1?was=open")
    assert part.html.css_first("main") is None
    assert part.says("#closure h2") == "What you asked for"
    assert "hx-refresh" not in part.headers
    dev.submit(dev.get("/ask/1"), button="Discard")
    assert dev.part("/ask/1?was=open").headers["hx-refresh"] == "true"


def test_what_cannot_be_read_is_shown_again_with_why(house: House) -> None:
    dev = Visitor(house, "dev")
    seen = dev.submit(dev.get("/ask"), {"given": "what is <this>?"}, button="Look at it")

    assert (seen.status, seen.says("#f-given")) == (400, "what is <this>?")
    assert "there is nothing in it to ask for" in seen.says("[role=alert]")
    nothing = dev.submit(dev.get("/ask"), {"given": ""}, button="Look at it")
    assert nothing.says("[role=alert]").startswith("Nothing in this names a package.")


def test_what_is_left_out_is_said_with_its_reason(house: House) -> None:
    dev = Visitor(house, "dev")
    files = {"document": ("requirements.txt", b"flask\n-e .\n")}
    seen = dev.submit(dev.get("/ask"), {"feed": "internal"}, button="Look at it", files=files)

    why = "a folder or a repository is no package of an index"
    assert seen.all("#closure details li") == [f"line 2: -e .: {why}"]


def test_a_link_fills_the_box_and_a_draft_is_changed_there(house: House) -> None:
    dev = Visitor(house, "dev")
    linked = dev.get("/ask?requirement=flask%3E%3D3&requirement=httpx")
    assert linked.html.css_first("#f-given") is not None
    assert linked.says("#f-given") == "flask>=3 httpx"

    first = dev.submit(linked, button="Look at it")
    changed = dev.get(first.links("main .button")["Change it"])
    assert (changed.path, changed.says("#f-given")) == ("/ask?instead_of=1", "flask>=3 httpx")
    second = dev.submit(changed, {"given": "flask>=3"}, button="Look at it")

    assert second.title == "Draft 2"
    assert dev.get("/ask/1").says("#ended") == "This draft has ended"
    assert dev.get("/ask").links("#drafts + ul a") == {"Draft 2": "/ask/2"}


def test_what_is_all_approved_can_be_installed_and_needs_no_sending(house: House) -> None:
    house.upstream.add(EGGS)
    _approved(house, EGGS)
    dev = Visitor(house, "dev")

    seen = _dropped(house, dev, EGGS)

    assert seen.says("#install") == "Nothing to ask for"
    assert not seen.offers(button="Send")


def test_what_cannot_be_resolved_says_why(house: House) -> None:
    dev = Visitor(house, "dev")
    seen = _dropped(house, dev, SPAM)

    assert seen.says("[role=status]") == "It could not be resolved."
    assert "spam" in seen.says("#closure")
    assert not seen.offers(button="Send")


def test_who_may_not_ask_is_not_offered_to(house: House) -> None:
    assert Visitor(house).get("/ask").title == "Sign in"
    builder = Visitor(house, "builder")
    assert builder.get("/ask").status == 200
    assert Visitor(house, "dev").get("/ask/99").status == 404
    assert Visitor(house, "dev").get("/ask/1e9").status == 404


def _dropped(house: House, dev: Visitor, *dists: Dist) -> Seen:
    """Drop a lock file, and look at what came of it."""
    files = {"document": ("pylock.toml", _lock(*dists))}
    seen = dev.submit(dev.get("/ask"), {"feed": "internal"}, button="Look at it", files=files)
    _work(house)
    return dev.get(seen.path)


def _approved(house: House, dist: Dist) -> None:
    body = {"document": _lock(dist).decode(), "document_name": "pylock.toml", "reason": "before"}
    number = house.ask("POST", "/api/v1/requests", "dev", json=body).json()["id"]
    _work(house)
    done = house.ask("POST", f"/api/v1/requests/{number}/approve", "approver", json={})
    assert done.status_code == 200, done.text


def test_hostile_texts_are_shown_as_texts(house: House) -> None:
    dev = Visitor(house, "dev")
    text = "flask\n" + "\n".join(PAYLOADS)

    seen = dev.submit(dev.get("/ask"), {"given": text}, button="Look at it")
    again = dev.submit(dev.get("/ask"), {"given": "\n".join(PAYLOADS[:200])}, button="Look at it")

    assert seen.title == "Draft 1"
    assert [(one.attributes.get("src") or "")[:8] for one in seen.html.css("script")] == [
        "/static/"
    ] * 2
    assert seen.all("#closure img, #closure iframe, #closure svg, #closure style") == []
    assert again.all("#ask img, #ask iframe, #ask svg, #ask style") == []
