"""Values that a database driver, not we, would choke on."""

import pytest

from support.house import House


@pytest.mark.parametrize("number", ["0", "-1", str(2**31), str(2**63), str(10**30), "1e3", "x"])
def test_a_number_that_cannot_be_one_is_bad_input(shared_house: House, number: str) -> None:
    answer = shared_house.get(f"/api/v1/requests/{number}", "admin")

    assert answer.status_code == 400
    assert "number" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"requirements": ["flask\0"], "reason": "x"},
        {"requirements": ["flask"], "reason": "a\0b"},
        {"requirements": [], "document": "flask\0", "document_name": "r.txt", "reason": "x"},
    ],
)
def test_a_nul_character_is_bad_input(shared_house: House, body: dict[str, object]) -> None:
    answer = shared_house.ask("POST", "/api/v1/requests", "admin", json=body)

    assert (answer.status_code, "NUL" in answer.json()["detail"]) == (400, True)


def test_half_a_character_is_bad_input(shared_house: House) -> None:
    answer = shared_house.ask(
        "POST",
        "/api/v1/requests",
        "admin",
        content=b'{"requirements": ["flask"], "reason": "\\ud800"}',
        headers={"content-type": "application/json"},
    )

    assert answer.status_code == 400
