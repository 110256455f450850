"""Judges calls that start programs, write where things start by themselves, or wipe."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from affineur.checks.scanning import places
from affineur.checks.scanning.commands import judge_command
from affineur.checks.scanning.machine import Called
from affineur.checks.scanning.names import names
from affineur.checks.scanning.sights import Scene, Sight, sight, told
from affineur.checks.scanning.values import NOTHING, UNKNOWN, Mark, Marks, Value
from affineur.checks.scanning.words import quote
from affineur.core.findings import Severity

STARTING = names(
    r"subprocess\.(run|call|Popen|check_call|check_output|getoutput|getstatusoutput)|"
    r"os\.(system|popen\d?|exec[lv]p?e?|spawn[lv]p?e?|posix_spawnp?|startfile)|pty\.spawn|commands\.getoutput|"
    r"(asyncio\.)?(subprocess\.)?create_subprocess_(exec|shell)|.*\.(ShellExecute[AW]?|WinExec|CreateProcess[AW]?)|"
    r"ctypes\.[\w.()]*\.(system|_wsystem|popen|execv?p?)|popen2\.\w+|pexpect\.(spawn|run)|win32api\.ShellExecute|sh\.\w+"
)
_WRITING = names(
    r"(open|io\.open|codecs\.open|builtins\.open)\(\)\.(write|writelines)|.*\.(write_text|write_bytes)"
)
_COPYING = frozenset(
    {
        "shutil.copy",
        "shutil.copyfile",
        "shutil.copy2",
        "shutil.move",
        "os.rename",
        "os.replace",
        "os.link",
        "os.symlink",
    }
)
_FETCHING_INTO = frozenset({"urllib.request.urlretrieve", "urllib.urlretrieve", "wget.download"})
_DELETING = frozenset({"shutil.rmtree", "os.removedirs", "os.rmdir", "os.remove", "os.unlink"})
_REGISTRY = names(r"(winreg|_winreg)\.(SetValueEx|SetValue)")
_REGISTRY_KEY = re.compile(
    r"CurrentVersion[/\\]+(Run|Policies[/\\]+Explorer[/\\]+Run)|Winlogon", re.IGNORECASE
)
_CLIPBOARD = names(r"pyperclip\.copy|clipboard\.copy|.*\.(SetClipboardData|clipboard_append)")
_COIN = re.compile(r"\b(0x[0-9a-fA-F]{40}|bc1[a-z0-9]{25,60}|[13][1-9A-HJ-NP-Za-km-z]{25,34})\b")
_NOTED = frozenset(
    {Mark.FETCHED, Mark.SECRET, Mark.ENVIRONMENT, Mark.UNPACKED, Mark.KEYS, Mark.SCREEN}
)
"""What a file is remembered to hold."""
_HANDLING = re.compile(
    r"(sudo\s+)?(/\w+/)*(chmod|chown|tar|unzip|gunzip|7z|(sha|md)\d+sum|shasum|gpg|openssl|file|ls|cat|mv|cp|rm|"
    r"xattr|git|diff|sort|wc|head|tail|grep|ffmpeg|ffprobe|convert|hdiutil|stat|readelf|otool|strip|zstd|xz)(\s|$)"
)
"""Programs that do something with a file, and do not run it."""
_FETCHING = re.compile(
    r"\b(curl|wget|aria2c|Invoke-WebRequest|iwr)\b(?=.{0,400}(?:https?|ftp):/)"
    r".{0,400}?\s(?:-[a-zA-Z]*[oO]|--output(?:-document)?|-OutFile)[\s=]+(\S{3,})",
    re.IGNORECASE,
)
_FEEDING = names(r".*Popen\(\)\.(communicate|stdin\.write)")
_INTERPRETERS = re.compile(
    r"(/\w+/)*((ba|z|da|k)?sh|python[\d.]*|perl|ruby|node|powershell|pwsh|cmd)(\.exe)?(\s+-\w*)*\s*$"
)
_FILLING = re.compile(r"\b(pbcopy|wl-copy|xclip|xsel|Set-Clipboard|clip(\.exe)?$)")
_RUNS = re.compile(r"\b(python|curl|wget|nohup|bash -[ic]|eval|base64|nc )|\ue000", re.IGNORECASE)


def judge_programs(called: Called, scene: Scene) -> Iterator[Sight]:
    """Judge one call."""
    if STARTING(called.name):
        yield from _start(called, scene, called.frame.module.files)
    elif _FEEDING(called.name) and called.receiver.parts:
        given = called.argument(0, "input")
        yield from _fed(called, scene, called.receiver.parts[0], given)
    elif called.name == "os.dup2":
        yield from _plug(called, scene, called.argument(0), called.argument(1))
    elif _REGISTRY(called.name) and _REGISTRY_KEY.search(_all_text(called)):
        what = f"It makes a program start with Windows, in the registry{scene.when(called.frame)}."
        yield sight(called, "persistence", scene.graver(called.frame), what)
    elif _CLIPBOARD(called.name):
        yield from _swap(called, scene)
    elif called.name.endswith(".save") and Mark.SCREEN in called.receiver.marks:
        _note_all(called.frame.module.files, called.argument(0, "fp"), called.receiver.marks)
    else:
        yield from _files(called, scene, called.frame.module.files)


def _files(called: Called, scene: Scene, files: dict[str, Marks]) -> Iterator[Sight]:
    """Judge calls that write, copy or delete files."""
    name = called.name
    if _WRITING(name):
        target = called.receiver.parts[0] if called.receiver.parts else called.receiver
        yield from _write(called, scene, target, called.argument(0))
    elif name.endswith(".write") and called.receiver.text and not _is_archive(called.receiver):
        _note_all(files, called.receiver, called.argument(0).marks)
    elif name in _COPYING and len(called.arguments) > 1:
        _copy(called, files)
        yield from _write(called, scene, called.arguments[1], called.arguments[0])
    elif name == "shutil.copyfileobj" and len(called.arguments) > 1:
        target = called.arguments[1]
        into = target.parts[0] if target.parts else target
        yield from _write(called, scene, into, called.arguments[0])
    elif name == "shutil.unpack_archive" or name.endswith((".extractall", ".extract")):
        _unpack(called, files)
    elif name.endswith((".write", ".add")) and _is_archive(called.receiver):
        _pack(called, files)
    elif name in _FETCHING_INTO:
        _note(files, called.argument(1, "filename", "out"), called, Mark.FETCHED)
    elif name in _DELETING:
        yield from _delete(called, scene, called.argument(0, "path", "name"))
    elif name.endswith((".unlink", ".rmdir")):
        yield from _delete(called, scene, called.receiver)


def _start(called: Called, scene: Scene, files: dict[str, Marks]) -> Iterator[Sight]:
    command = called.argument(0, "args", "cmd", "command", "file")
    everything = Value(text=" ".join(one.text for one in called.arguments), marks=called.marks)
    when = scene.when(called.frame)
    fetched = _written(everything, command, files, Mark.FETCHED)
    unpacked = _written(everything, command, files, Mark.UNPACKED)
    if unpacked:
        what = f"It starts a program that it decodes from its own code by {unpacked}{when}."
        yield sight(called, "decode-and-execute", scene.graver(called.frame), what)
    elif fetched:
        what = f"It starts a program that {fetched} fetched{when}."
        yield sight(called, "download-and-run", scene.graver(called.frame), what)
    elif Mark.FETCHED in command.marks:
        what = f"It runs a command that {told(command.marks, Mark.FETCHED)} fetches{when}."
        yield sight(called, "download-and-run", scene.graver(called.frame), what)
    elif Mark.UNPACKED in command.marks:
        how = told(command.marks, Mark.UNPACKED)
        shown = f": it reads {quote(command.text[:60])!r}" if command.is_known else ""
        what = f"It decodes a command of its own by {how} and runs it{when}{shown}."
        yield sight(called, "decode-and-execute", scene.graver(called.frame), what)
    yield from _fed(called, scene, command, called.keywords.get("input", UNKNOWN))
    _note_fetched(called, command, files)
    for stream in ("stdin", "stdout", "stderr"):
        yield from _plug(called, scene, called.keywords.get(stream, UNKNOWN), UNKNOWN)
    yield from judge_command(called, scene, command)


def _plug(called: Called, scene: Scene, end: Value, into: Value) -> Iterator[Sight]:
    """Find a socket put in the place of a program's input or output."""
    is_socket = end.name.startswith(("socket.socket()", "socket.create_connection()"))
    if is_socket and into.const in (0, 1, 2, NOTHING):
        what = f"It plugs a network connection into a shell{scene.when(called.frame)}."
        yield sight(called, "reverse-shell", scene.graver(called.frame), what)


def _written(given: Value, command: Value, files: dict[str, Marks], mark: Mark) -> str | None:
    """Name what fetched or decoded a file that the command starts."""
    if _HANDLING.match(" ".join(command.words()[:2])):
        return None
    for path, marks in files.items():
        if mark in marks and len(path) > 2 and (path in given.text or path in command.text):
            return told(marks, mark) or "the network"
    return None


def _write(called: Called, scene: Scene, target: Value, content: Value) -> Iterator[Sight]:
    """Take note of what is written where; judge places where things start by themselves."""
    files = called.frame.module.files
    path = target.text
    if path:
        _note_all(files, target, content.marks)
    if Mark.EVERYTHING in target.marks and not _is_read_only(called) and _is_over(called):
        under = target.marks[Mark.EVERYTHING].text
        what = (
            f"It goes through everything under {under} and overwrites it{scene.when(called.frame)}."
        )
        yield sight(called, "destruction", scene.graver(called.frame), what)
    kind = places.starts_by_itself(target.plain)
    if kind is None or _is_read_only(called):
        return
    where = quote(target.plain.replace("\ufffd", "…"))
    what = f"It writes to {where}, from where things start by themselves{scene.when(called.frame)}."
    severity = scene.graver(called.frame)
    if kind == "rc" and not scene.is_at_once(called.frame):
        runs = _RUNS.search(content.text) is not None and "complet" not in content.text.lower()
        severity = Severity.REVIEW if runs and content.plain.strip("\ufffd") else Severity.INFO
    yield sight(called, "persistence", severity, what)


def _is_read_only(called: Called) -> bool:
    mode = called.receiver.parts[1].plain if len(called.receiver.parts) > 1 else ""
    return mode.startswith("r") and "+" not in mode


def _is_over(called: Called) -> bool:
    """Whether it writes, over what stood there."""
    if called.name.endswith(("write_text", "write_bytes")):
        return True
    mode = called.receiver.parts[1].plain if len(called.receiver.parts) > 1 else ""
    return mode.startswith(("w", "r+"))


def _unpack(called: Called, files: dict[str, Marks]) -> None:
    """Remember that what was fetched, or stood in the code, is unpacked into a folder."""
    if called.name == "shutil.unpack_archive":
        archive, into = called.argument(0, "filename"), called.argument(1, "extract_dir")
    else:
        is_all = called.name.endswith("all")
        archive, into = called.receiver, called.argument(0 if is_all else 1, "path")
        if not is_all and not into.text:
            into = called.argument(0, "member")
    opened = [archive, *archive.parts[:1]]
    for one in opened:
        _note_all(files, into, {**one.marks, **files.get(one.text, {})})


def _pack(called: Called, files: dict[str, Marks]) -> None:
    """Remember that secrets are put into an archive."""
    source, archive = called.argument(0, "filename", "name"), called.receiver.parts[0]
    if places.is_secret(source.plain):
        _note(files, archive, called, Mark.SECRET, source.plain[:80])
    elif Mark.EVERYTHING in source.marks:
        _note(files, archive, called, Mark.EVERYTHING, source.marks[Mark.EVERYTHING].text)


def _is_archive(receiver: Value) -> bool:
    return bool(receiver.parts) and receiver.name in ("zipfile.ZipFile()", "tarfile.open()")


def _held(files: dict[str, Marks], path: str) -> Marks:
    """Give what a file holds, or the folder into which it was unpacked."""
    found = dict(files.get(path, {}))
    for folder, marks in files.items():
        if len(folder) > 3 and path.startswith((f"{folder}/", f"{folder}\\")):  # `/` and its like
            found.update(marks)
    return found


def _note_all(files: dict[str, Marks], target: Value, marks: Marks) -> None:
    told_of = {mark: origin for mark, origin in marks.items() if mark in _NOTED}
    if told_of:
        files[target.text] = {**files.get(target.text, {}), **told_of}


def _swap(called: Called, scene: Scene) -> Iterator[Sight]:
    """Find an address of a coin that is put in the place of what somebody copied."""
    if _COIN.search(called.argument(0).plain):
        what = f"It puts the address of a coin into the clipboard{scene.when(called.frame)}."
        yield sight(called, "user-watched", scene.graver(called.frame), what)


def _fed(called: Called, scene: Scene, command: Value, text: Value) -> Iterator[Sight]:
    """Judge what a program is given to read: code, or what is to fill the clipboard."""
    words, when = " ".join(command.words()), scene.when(called.frame)
    mark = next((one for one in (Mark.FETCHED, Mark.UNPACKED) if one in text.marks), None)
    if mark is not None and _INTERPRETERS.match(words):
        is_fetched = mark is Mark.FETCHED
        rule = "download-and-run" if is_fetched else "decode-and-execute"
        did = "fetches" if is_fetched else "decodes of its own"
        what = f"It gives an interpreter what {told(text.marks, mark)} {did}{when}."
        yield sight(called, rule, scene.graver(called.frame), what)
    is_filling = _FILLING.search(words) is not None
    if is_filling and _COIN.search(text.plain):
        what = f"It puts the address of a coin into the clipboard{scene.when(called.frame)}."
        yield sight(called, "user-watched", scene.graver(called.frame), what)


def _note_fetched(called: Called, command: Value, files: dict[str, Marks]) -> None:
    """Remember the file into which a command fetches something."""
    found = _FETCHING.search(" ".join(part.text for part in command.parts) or command.text)
    if found:
        _note(files, Value(text=found[2].strip("\"'")), called, Mark.FETCHED, found[1])


def _copy(called: Called, files: dict[str, Marks]) -> None:
    source, target = called.arguments[0], called.arguments[1]
    marks = {**source.marks, **_held(files, source.text)}
    if places.is_secret(source.plain):
        _note(files, target, called, Mark.SECRET, source.plain[:80])
    if target.text and marks:
        files[target.text] = {**files.get(target.text, {}), **marks}


def _note(
    files: dict[str, Marks], target: Value, called: Called, mark: Mark, text: str = ""
) -> None:
    if target.text:
        noted = Value().marked(mark, called.node, text or called.name)
        files[target.text] = {**files.get(target.text, {}), **noted.marks}


def _delete(called: Called, scene: Scene, path: Value) -> Iterator[Sight]:
    is_meant = (Mark.HOME in path.marks and path.plain != "/") or isinstance(
        _first(called.node), ast.Constant
    )
    if Mark.EVERYTHING in path.marks:
        under = path.marks[Mark.EVERYTHING].text
        what = f"It goes through everything under {under} and deletes it{scene.when(called.frame)}."
        yield sight(called, "destruction", scene.graver(called.frame), what)
    elif is_meant and places.is_everything(path.plain):
        what = f"It deletes everything under {quote(path.plain)}{scene.when(called.frame)}."
        yield sight(called, "destruction", scene.graver(called.frame), what)


def _first(node: ast.AST) -> ast.expr | None:
    return node.args[0] if isinstance(node, ast.Call) and node.args else None


def _all_text(called: Called) -> str:
    return " ".join(one.plain for part in called.everything for one in (part, *part.parts))
