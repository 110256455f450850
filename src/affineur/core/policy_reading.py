"""Reading a policy: TOML over a preset, every part checked, its conditions made ready.

What is wrong is told with its place. The document that a policy was made from, preset and all,
stays with it: a decision keeps it, and can be repeated when the presets have changed.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from affineur.core.errors import BadInput
from affineur.core.findings import Verdict
from affineur.core.licences import Category
from affineur.core.names import NamePattern
from affineur.core.policy_presets import DEFAULT, PRESETS
from affineur.core.policy_values import LicenceLists, Policy, Rule
from affineur.core.ports import Conditions

Tables = Mapping[str, Any]  # Any: TOML as read

LONGEST = 64 * 1024
_MOST_RULES = 100
_MOST_NAMES = 1_000
_LONGEST_REASON = 500
_LEVELS = ("critical", "high", "medium", "low", "unknown")
_RULE_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_RULE_KEYS = ("name", "projects", "when", "outcome", "reason", "final")


def parse_policy(toml: str | None, conditions: Conditions) -> Policy:
    """Read a policy; raise `BadInput` naming what cannot be read. None is the default preset."""
    return read_document(document_of(toml), conditions)


def document_of(toml: str | None) -> Tables:
    """Lay a policy's tables over those of its preset; its own rules stand before the preset's."""
    own = _tables(toml or "")
    preset = own.pop("preset", DEFAULT)
    if not isinstance(preset, str) or preset not in PRESETS:
        raise BadInput(
            f"The policy's preset = {preset!r} is none.", hint=f"Presets: {', '.join(PRESETS)}."
        )
    if "integrity" in own:  # what `findings.block` was called when only one check could block
        own["findings"] = {"block": _get(own, "integrity", "verdict")} | own.get("findings", {})
        del own["integrity"]
    base = tomllib.loads(PRESETS[DEFAULT])
    document: dict[str, Any] = {"preset": preset}  # Any: TOML as read
    named = tomllib.loads(PRESETS[preset])
    for name, default in base.items():
        document[name] = _laid(name, default, named.get(name), own.pop(name, None))
    document["rule"] = [*_rules_of(own.pop("rule", [])), *named.get("rule", [])]
    if own:
        raise BadInput(f"The policy has unknown parts: {', '.join(sorted(own))}.")
    return document


def read_document(document: Tables, conditions: Conditions) -> Policy:
    """Read a policy from the document that `document_of` gave."""
    age, blind = document["age"], document["not_assessed"]
    return Policy(
        otherwise=_verdict(document, "otherwise"),
        malware=_verdict(document["malware"], "verdict"),
        findings={one: _verdict(document["findings"], one) for one in ("block", "review", "known")},
        vulnerability={one: _verdict(document["vulnerability"], one) for one in _LEVELS},
        licence=_licences(document["licence"]),
        min_age_days=_days(age),
        younger=_verdict(age, "younger"),
        is_excepting_fixes=_flag(age, "except_fixes"),
        yanked=_verdict(document["yanked"], "verdict"),
        not_assessed=_verdict(blind, "verdict"),
        checks=_checks(blind["checks"]),
        rules=_rules(document["rule"], conditions),
        document=json.loads(json.dumps(document, default=_no_json)),
    )


def _tables(toml: str) -> dict[str, Any]:  # Any: TOML as read
    if len(toml) > LONGEST:
        raise BadInput(f"The policy is longer than {LONGEST} characters.")
    try:
        return tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"The policy is not TOML: {error}.") from error
    except (RecursionError, ValueError) as error:  # too deep, or a number of thousands of digits
        raise BadInput("The policy is not TOML that can be read: too deep or too long.") from error


def _laid(name: str, default: object, *over: object) -> object:
    """Lay tables over a default; a table knows only the default's keys."""
    if not isinstance(default, dict):
        return next((one for one in reversed(over) if one is not None), default)
    laid = dict(default)
    for table in over:
        if table is None:
            continue
        if not isinstance(table, dict) or set(table) - set(default):
            raise BadInput(f"The policy's [{name}] knows only: {', '.join(default)}.")
        laid |= table
    return laid


def _get(tables: Tables, name: str, key: str) -> object:
    table = tables[name]
    if not isinstance(table, dict) or set(table) != {key}:
        raise BadInput(f"The policy's [{name}] knows only: {key}.")
    return table[key]


def _verdict(table: Tables, key: str) -> Verdict:
    try:
        return Verdict(table[key])
    except ValueError as error:
        raise BadInput(
            f"The policy's {key} = {_shown(table[key])} is none of allow, review, deny."
        ) from error


def _days(table: Tables) -> int:
    days = table["min_days"]
    if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= 3650:
        raise BadInput(
            f"The policy's min_days = {_shown(days)} is not a number of days (0 to 3650)."
        )
    return days


def _flag(table: Tables, key: str) -> bool:
    flag = table.get(key, False)
    if not isinstance(flag, bool):
        raise BadInput(f"The policy's {key} = {_shown(flag)} is neither true nor false.")
    return flag


def _checks(table: object) -> Mapping[str, Verdict]:
    if not isinstance(table, dict):
        raise BadInput("The policy's not_assessed.checks is not a table of checks and outcomes.")
    return {check: _verdict(table, check) for check in table}


def _licences(table: Tables) -> LicenceLists:
    ids: dict[str, Verdict] = {}
    categories: dict[str, Verdict] = {}
    for verdict in Verdict:  # from the mildest to the strictest: of two lists the stricter counts
        ids |= dict.fromkeys(_texts(table, str(verdict)), verdict)
        named = _texts(table, f"{verdict}_categories")
        unknown = sorted(set(named) - set(Category))
        if unknown:
            raise BadInput(
                f"{_shown(unknown[0])} is no category of licences.",
                hint=f"Categories: {', '.join(Category)}.",
            )
        categories |= dict.fromkeys(named, verdict)
    return LicenceLists(ids, categories, _verdict(table, "unlisted"), _verdict(table, "unknown"))


def _texts(table: Tables, key: str) -> Sequence[str]:
    texts = table[key]
    if not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
        raise BadInput(f"The policy's list {key!r} is not a list of texts.")
    return texts


# --- rules -------------------------------------------------------------------------------


def _rules_of(tables: object) -> Sequence[object]:
    if not isinstance(tables, list):
        raise BadInput("Rules are tables of a list: write [[rule]] above each.")
    if len(tables) > _MOST_RULES:
        raise BadInput(f"A policy has at most {_MOST_RULES} rules.")
    return tables


def _rules(tables: Sequence[object], conditions: Conditions) -> tuple[Rule, ...]:
    rules = tuple(_rule(one, at, conditions) for at, one in enumerate(tables, 1))
    names = [one.name for one in rules]
    twice = next((one for one in names if names.count(one) > 1), None)
    if twice is not None:
        raise BadInput(f"Two rules of the policy are called {twice!r}.")
    return rules


def _rule(table: object, at: int, conditions: Conditions) -> Rule:
    if not isinstance(table, dict) or set(table) - set(_RULE_KEYS):
        raise BadInput(f"Rule {at} of the policy knows only: {', '.join(_RULE_KEYS)}.")
    name = table.get("name")
    if not isinstance(name, str) or not _RULE_NAME.fullmatch(name):
        raise BadInput(f"Rule {at} of the policy has no name: letters, digits and '-', at most 64.")
    try:
        return Rule(
            name=name,
            outcome=_verdict({"outcome": table.get("outcome")}, "outcome"),
            reason=_reason(table.get("reason")),
            projects=_projects(table.get("projects", [])),
            when=_condition(table.get("when"), conditions),
            is_final=_flag(table, "final"),
        )
    except BadInput as error:
        raise BadInput(f"Rule {name!r}: {error.message}", hint=error.hint) from error


def _reason(text: object) -> str:
    is_line = isinstance(text, str) and text.strip() and text.isprintable()
    if not isinstance(text, str) or not is_line or len(text) > _LONGEST_REASON:
        raise BadInput(
            f"It needs a reason, one line of at most {_LONGEST_REASON} printable characters."
        )
    return text.strip()


def _projects(patterns: object) -> tuple[NamePattern, ...]:
    if not isinstance(patterns, list) or not all(isinstance(one, str) for one in patterns):
        raise BadInput("projects is not a list of name patterns.")
    if len(patterns) > _MOST_NAMES:
        raise BadInput(f"It names more than {_MOST_NAMES} patterns.")
    return tuple(NamePattern.parse(one) for one in patterns)


def _condition(text: object, conditions: Conditions) -> Any:  # Any: Condition | None
    if text is None:
        return None
    if not isinstance(text, str):
        raise BadInput("when is not a text.")
    return conditions.read(text)


def _shown(value: object) -> str:
    """Quote what was given, shortened: it may be anything."""
    told = repr(value)
    return told if len(told) <= 60 else f"{told[:60]}..."


def _no_json(value: object) -> object:
    raise BadInput(f"The policy holds {_shown(value)}, which is no text, number, truth or list.")
