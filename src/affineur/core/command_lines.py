"""Command lines of installers, as people paste them: what they name, and what is no package.

Source: the documentation of pip, uv, poetry, pdm, pipenv and pipx. An option's value is never
taken for a package, an unknown option is taken to have none.
"""

from __future__ import annotations

import re
import shlex

from affineur.core.given import Reading

_PROMPT = re.compile(
    r"^\s*(?:\([^)]*\)\s*)?(?:[\w.@~:/\\-]*[$#%>\u276f]\s+)?(?:sudo\s+(?:-\w+\s+)*)?"
)
_COMMAND = re.compile(
    r"(?:[\w./\\~:-]*[/\\])?(?:(?:python|py)[\d.]*(?:\.exe)?\s+-m\s+)?"
    r"(?:uv\s+(?:pip\s+install|add|tool\s+(?:install|run))|uvx|"
    r"pip[\d.]*(?:\.exe)?\s+(?:install|download|wheel)|"
    r"(?:poetry|pdm)\s+(?:-\S+\s+)*add|pipenv\s+install|pipx\s+(?:install|run))\s+(?P<rest>.+)"
)
_TAKE_A_VALUE = """
-i --index-url --index --default-index --extra-index-url -f --find-links -t --target --prefix
--root --src --platform --python-version --python-platform --implementation --abi -p --python
--cache-dir --trusted-host --proxy --timeout --retries --cert --client-cert --report --log
--upgrade-strategy --no-binary --only-binary --progress-bar --exclude-newer --resolution
--prerelease --index-strategy --keyring-provider --link-mode --config-settings -C --group -G
--optional --extra -E --extras --package --project --directory --config-file --marker -m
--branch --tag --rev --bounds --source --no-build-package --upgrade-package -P --with
"""
_WITH_VALUE = frozenset(_TAKE_A_VALUE.split())
_FILES = {"-r": "requirements", "--requirement": "requirements", "--requirements": "requirements"}
_LIMITS = frozenset({"-c", "--constraint", "--constraints", "--override", "--overrides"})
_FOLDERS = frozenset({"-e", "--editable", "--with-editable", "--path"})
_PLACE = re.compile(r"^(?:[a-z+]+:|[a-z+]*git\+|git@|\.{0,2}[/\\]|\.{1,2}$|~)|[/\\]")
_RANGE = re.compile(r"^(?P<name>[\w.\[\],-]+)@(?P<range>[\^~]?[\d.*]+|latest)$")
_RANGE_PARTS = 2
_LONGEST = 20_000


def read_command(line: str, reading: Reading) -> bool:
    """Read a line as the command of an installer; say whether it is one."""
    if len(line) > _LONGEST:
        return False
    found = _COMMAND.fullmatch(_PROMPT.sub("", line, count=1).strip())
    if found is None:
        return False
    words = _words(found["rest"])
    while words:
        _take(words, reading)
    return True


def caret(name: str, told: str) -> str:
    """Write a range of poetry's (`^1.2`, `~1.2`, `1.2.*`) as PEP 440 has it."""
    text = told.strip()
    if text in {"*", "latest", ""}:
        return name
    if re.fullmatch(r"\^\d+(\.\d+)*", text):
        return f"{name}>={text[1:]},<{_above(text[1:])}"
    if re.fullmatch(r"~\d+(\.\d+)*", text):
        parts = text[1:].split(".")
        kept = parts[: min(_RANGE_PARTS, len(parts))]
        return f"{name}>={text[1:]},<{'.'.join([*kept[:-1], str(int(kept[-1]) + 1)])}"
    return f"{name}=={text}" if text[0].isdigit() else f"{name}{text}"


def _above(version: str) -> str:
    """Give the first version that a caret leaves out: above the first part that is not 0."""
    parts = [int(one) for one in version.split(".")]
    at = next((i for i, one in enumerate(parts) if one), len(parts) - 1)
    return ".".join(str(one) for one in [*parts[:at], parts[at] + 1])


def _words(rest: str) -> list[str]:
    """Split as a shell does; what stands behind `&&`, `;` or `|` is another command."""
    lexer = shlex.shlex(rest.rstrip("\\"), posix=True, punctuation_chars=";&|")
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        for word in lexer:
            if word[:1] in {";", "&", "|"}:
                break
            words.append(word)
    except ValueError:  # a quote that does not end
        return rest.split()
    return words


def _take(words: list[str], reading: Reading) -> None:
    """Take one word, and the value that belongs to it."""
    word = words.pop(0)
    option, is_joined, value = word.partition("=")
    if word.startswith("-"):
        known = option in _WITH_VALUE or option in _FILES or option in _LIMITS | _FOLDERS
        if known and not is_joined and words:
            value = words.pop(0)
        _option(option, value, reading)
        return
    ranged = _RANGE.match(word)
    if ranged is not None:
        word = caret(ranged["name"], ranged["range"])
    if _PLACE.search(word):
        reading.leave_out(word, "it is a place, not a package of an index; nothing is fetched")
    elif not reading.add(word):
        reading.leave_out(word, "it is no requirement")


def _option(option: str, value: str, reading: Reading) -> None:
    if option in _FILES:
        reading.leave_out(f"{option} {value}", "the file is not read from here: drop it, too")
    elif option in _LIMITS:
        reading.leave_out(f"{option} {value}", "constraints play no part here")
    elif option in _FOLDERS:
        reading.leave_out(f"{option} {value}", "a folder is no package of an index")
