"""What well-known functions give: where data comes from, and what passes it on.

Names are dotted, as `hiding.canonical` gives them. An unknown function passes on nothing of
its arguments, and everything of the object whose method it is.
"""

from __future__ import annotations

import ast
import re

from affineur.checks.scanning.files_read import read_marks
from affineur.checks.scanning.machine import Called
from affineur.checks.scanning.names import names
from affineur.checks.scanning.network import destination, is_metadata, is_network
from affineur.checks.scanning.places import is_everything, is_personal, is_secret
from affineur.checks.scanning.values import (
    Mark,
    Marks,
    Origin,
    Value,
    constant,
    merged,
    textual,
    unknown,
)

_DECODING = names(
    r"(base64|binascii|pybase64)\.(\w*decode\w*|a2b_\w+|unhexlify)|bytes\.fromhex|bytearray\.fromhex|"
    r"(zlib|gzip|bz2|lzma|brotli|zstd|zstandard|snappy|blosc)\.decompress|codecs\.decode|"
    r"marshal\.loads?|binascii\.rledecode_hqx|quopri\.decodestring|uu\.decode"
)
_UNESCAPING = frozenset({"urllib.parse.unquote", "urllib.parse.unquote_to_bytes", "html.unescape"})
_NUMBERS = ("bytes", "bytearray", "translate")
_DECODING_METHODS = frozenset(
    {"decrypt", "decompress", "b64decode", "fromhex", "decrypt_and_verify"}
)
_PASSING = frozenset(
    {"str", "bytes", "bytearray", "repr", "dict", "list", "set", "tuple", "sorted", "zip",
     "iter", "next", "map", "filter", "reversed", "enumerate", "int", "chr", "ord", "hex",
     "memoryview", "compile", "ascii", "format", "print", "sum", "max", "min", "all",
     "bool", "float", "json.dumps", "json.loads", "pickle.dumps", "copy.copy",
     "copy.deepcopy", "pprint.pformat", "urllib.parse.urlencode", "urllib.parse.quote",
     "urllib.parse.quote_plus", "urllib.parse.urljoin", "urllib.request.Request",
     "urllib2.Request", "requests.Request", "urllib.urlencode", "io.BytesIO", "io.StringIO",
     "BytesIO", "StringIO", "functools.reduce", "itertools.cycle", "itertools.chain",
     "itertools.islice", "textwrap.dedent", "types.CodeType", "types.FunctionType",
     "ast.parse", "ast.literal_eval", "html.unescape", "urllib.parse.unquote",
     "importlib.util.module_from_spec", "re.findall", "re.finditer", "re.split", "re.sub",
     "gzip.GzipFile", "zipfile.ZipFile", "tarfile.open", "sqlite3.connect", "os.fspath",
     "shlex.split", "shlex.quote", "shlex.join", "marshal.loads", "marshal.dumps",
     "builtins.str", "aiohttp.FormData", "operator.add", "operator.xor",
     "base64.encodebytes", "zlib.compress", "gzip.compress", "bz2.compress",
     "lzma.compress", "binascii.hexlify", "binascii.b2a_base64", "struct.pack"}
)  # fmt: skip
_PASSING_METHODS = frozenset(
    {"join", "format", "encrypt", "encode", "replace", "update", "compress", "format_map",
     "__add__", "dumps", "sub", "fromkeys", "from_bytes", "render_bytes", "__getitem__"}
)  # fmt: skip
_PASSING_MODULES = names(
    r"base64\.\w*encode\w*|(json|orjson|ujson|simplejson|msgpack|cbor2?|urllib\.parse|itertools|email|"
    r"collections|multidict|pprint|html|csv|bson|plistlib)(\.[\w()]+)+|MIME\w+|EmailMessage|(yaml|tomli?_?w?)\.\w*dump\w*|xmlrpc\.client\.Binary"
)
_MACHINE = frozenset(
    {"socket.gethostname", "socket.getfqdn", "getpass.getuser", "os.getlogin",
     "platform.node", "os.uname", "platform.uname", "uuid.getnode", "platform.platform",
     "os.getcwd", "os.getuid", "platform.machine", "platform.system", "platform.version",
     "platform.release", "psutil.users"}
)  # fmt: skip
_CLIPBOARD = names(
    r"pyperclip\.paste|(win32clipboard\.)?GetClipboardData|.*\.clipboard_get|clipboard\.paste"
)
_SCREEN = names(
    r"(PIL\.)?ImageGrab\.grab(clipboard)?|pyautogui\.screenshot|pyscreenshot\.grab|mss\.mss\(\)\.(grab|shot)|"
    r"mss\.mss\(\)\.save|cv2\.VideoCapture|sounddevice\.rec|.*\.screenshot_to_png|pyscreeze\.screenshot"
)
_KEYS = names(
    r"pynput\.keyboard\.Listener|keyboard\.(on_press|on_release|hook|record|read_event|read_key)|"
    r".*\bGetAsyncKeyState|.*\bSetWindowsHookEx[AW]?|pyHook\.HookManager|pyxhook\.HookManager"
)
TYPED = "\0typed"
"""The name under which files remember that what people type is listened to."""
_SAME_TEXT = frozenset(
    {"os.path.expanduser", "os.path.expandvars", "os.path.abspath", "os.path.realpath",
     "str", "os.path.normpath", "os.fspath", "pathlib.Path", "Path", "pathlib.PurePath",
     "glob.glob", "glob.iglob", "pathlib.PosixPath", "pathlib.WindowsPath", "os.walk",
     "os.listdir", "os.scandir", "open", "io.open", "codecs.open", "shlex.split", "iter",
     "list", "tuple", "sorted", "reversed", "set", "urllib.request.Request",
     "requests.Request", "urllib2.Request", "bytes", "repr", "os.path.dirname",
     "sqlite3.connect", "ctypes.c_char_p", "shlex.quote"}
)  # fmt: skip
_SAME_TEXT_METHODS = frozenset(
    {"expanduser", "resolve", "absolute", "encode", "decode", "strip", "split", "as_posix",
     "glob", "rglob", "iterdir", "lower", "upper", "format_map", "rstrip",
     "lstrip", "copy", "splitlines", "items", "values", "keys", "replace", "title"}
)  # fmt: skip
KNOWN_TEXTS = {"sys.executable": "python", "os.sep": "/", "os.path.sep": "/", "os.linesep": "\n"}
_HOME_VARIABLES = {
    "HOME": "~", "USERPROFILE": "~", "APPDATA": "~/AppData/Roaming",
    "LOCALAPPDATA": "~/AppData/Local", "HOMEPATH": "~",
}  # fmt: skip
_TOKEN = re.compile(r"(^|_)(SECRET|TOKEN|PASSWORD|PASSWD|APIKEY|API_KEY|CREDENTIALS?)(_|$)|_KEY$")


def result(called: Called) -> Value | None:  # noqa: PLR0911  # a case for each function
    """Give what a function that has its own model gives; None for the others."""
    name, method = called.name, called.name.rpartition(".")[2]
    if name in ("os.path.join", "posixpath.join", "ntpath.join") or method == "joinpath":
        pieces = ([called.receiver] if method == "joinpath" else []) + list(called.arguments)
        text = "/".join(one.text.rstrip("/\\") or "\ufffd" for one in pieces)
        return textual(text, merged(pieces))
    if method in ("with_name", "with_suffix") and called.arguments:
        text = called.receiver.text.rpartition("/")[0] + "/" + called.arguments[0].text
        return textual(text, merged((called.receiver, *called.arguments)))
    if name in ("pathlib.Path.home", "Path.home"):
        return textual("~", {Mark.HOME: Origin(0, "")})
    if name in ("pathlib.Path", "Path", "pathlib.PurePath") and len(called.arguments) > 1:
        return textual("/".join(one.text for one in called.arguments), called.marks)
    if name in ("os.getenv", "os.environ.get", "os.environ[]", "os.environ.pop"):
        return variable(called.argument(0, "key"), called.node)
    if method == "format" and called.receiver.text:
        return _formatted(called)
    if name == "re.sub" and len(called.arguments) > 2:  # pattern, new, text
        return textual(called.arguments[1].text or "\ufffd", called.marks)
    if name == "shutil.make_archive" and len(called.arguments) > 1:
        return _archived(called)
    if method == "join" and called.arguments and called.receiver.text and not _is_all_known(called):
        return _joined(called)
    return None


def variable(key: Value, node: ast.AST) -> Value:
    """Give the value of an environment variable."""
    name = str(key.const)
    if name in _HOME_VARIABLES:
        return textual(_HOME_VARIABLES[name], {Mark.HOME: Origin(0, "")})
    marks: Marks = {}
    if Mark.ENVIRONMENT in key.marks:
        marks = {Mark.ENVIRONMENT: key.marks[Mark.ENVIRONMENT]}
    elif Mark.SECRET in key.marks and not key.is_known:
        marks = {Mark.SECRET: key.marks[Mark.SECRET]}
    elif _TOKEN.search(name.upper()):
        marks = {Mark.VARIABLE: Origin(getattr(node, "lineno", 0), name)}
    return unknown(f"${name}", node, marks)


def changed(called: Called, value: Value) -> Value:
    """Mark a constant that a call worked out by how it was."""
    made = made_marks(called)
    value = value.with_marks(made)
    method = called.name.rpartition(".")[2]
    assembling = method in ("join", "replace", "format", "translate", "chr", "swapcase", "decode")
    if isinstance(value.const, str | bytes) and (assembling or called.name in ("chr", "bytes")):
        is_plain = method == "decode" and Mark.DECODED not in value.marks
        return value if is_plain else value.marked(Mark.ASSEMBLED, called.node)
    return value


def kept_marks(called: Called) -> Marks:
    """Give the marks of what a call makes: those it adds, and those it passes on."""
    marks = dict(made_marks(called))
    method = called.name.rpartition(".")[2]
    one_variable = called.name.startswith("os.environ.") and method in ("get", "pop", "setdefault")
    passing = called.name in _PASSING or method in _PASSING_METHODS or Mark.DECODED in marks
    if passing or _PASSING_MODULES(called.name):
        marks.update(merged((called.receiver, *called.everything)))
        marks.pop(Mark.EMBEDDED, None)
        marks.update(_embedded(main_of(called)))
    marks.update({mark: one for mark, one in called.receiver.marks.items() if mark not in marks})
    if one_variable:
        marks.pop(Mark.ENVIRONMENT, None)
    return marks


def _archived(called: Called) -> Value:
    """Give the file that `shutil.make_archive` makes, which holds all that stands in a folder."""
    base, kind, root = called.argument(0), called.argument(1), called.argument(2, "root_dir")
    made = textual(f"{base.text}.{kind.text}", called.marks)
    held = {}
    if is_secret(root.plain):
        held[Mark.SECRET] = Origin(_line(called), root.plain[:80])
    elif is_everything(root.plain) or is_personal(root.plain):
        held[Mark.EVERYTHING] = Origin(_line(called), root.plain[:80])
    if held:
        called.frame.module.files[made.text] = held
    return made.with_marks(held)


def main_of(called: Called) -> Value:
    """Give what a call works on, beside its options."""
    method = called.name.rpartition(".")[2]
    is_method = called.receiver.text or called.receiver.marks or called.name.startswith(".")
    on_receiver = is_method and method not in ("join", *_DECODING_METHODS)
    if on_receiver or not called.arguments:
        return called.receiver
    return called.arguments[0]


def _embedded(value: Value) -> Marks:
    origin = value.marks.get(Mark.EMBEDDED)
    return {Mark.EMBEDDED: origin} if origin is not None else {}


def kept_text(called: Called) -> str:
    """Give the text of what a call makes, of paths and the like."""
    if called.name in _SAME_TEXT and called.arguments:
        return called.arguments[0].text
    if called.name.rpartition(".")[2] in _SAME_TEXT_METHODS:
        return called.receiver.text
    return ""


def made_marks(called: Called) -> Marks:
    """Give the marks that a call adds to what it makes."""
    name, method, line = called.name, called.name.rpartition(".")[2], _line(called)
    found = _decoded_marks(called, line)
    if is_network(called):
        found[Mark.FETCHED] = Origin(line, name.lstrip("."))
        if is_metadata(destination(called)):
            found[Mark.SECRET] = Origin(line, "the cloud's metadata")
    if name in ("os.walk", "os.scandir", "os.listdir") or method in ("rglob", "iterdir", "glob"):
        over = called.argument(0, "top", "path") if name.startswith("os.") else called.receiver
        if is_everything(over.plain) or is_personal(over.plain):
            found[Mark.EVERYTHING] = Origin(line, over.plain)
    if method in ("expanduser", "expandvars"):
        found[Mark.HOME] = Origin(line, "")
    if name == "getpass.getpass" and Mark.KEYS in called.frame.module.files.get(TYPED, {}):
        found[Mark.KEYS] = Origin(line, name)
    if name in _MACHINE:
        found[Mark.MACHINE] = Origin(line, name)
    for mark, pattern in _WATCHING:
        if pattern(name):
            found[mark] = Origin(line, name)
    found.update(read_marks(called, line))
    return found


def _decoded_marks(called: Called, line: int) -> dict[Mark, Origin]:
    """Give the marks of what is decoded."""
    name, method = called.name, called.name.rpartition(".")[2]
    found: dict[Mark, Origin] = {}
    if _DECODING(name) or (method in _DECODING_METHODS and called.everything):
        found[Mark.DECODED] = Origin(line, name.lstrip("."))
    elif name == "chr" or (method in _NUMBERS and not _is_plain_text(called)):
        found[Mark.DECODED] = Origin(line, method)
    elif method == "decode" and called.arguments and _is_codec(called.arguments[0]):
        found[Mark.DECODED] = Origin(line, f"decode({called.arguments[0].plain})")
    elif name in _UNESCAPING or (method == "to_bytes" and not _is_small(called.receiver)):
        found[Mark.DECODED] = Origin(line, name.lstrip("."))
    if Mark.DECODED in found and Mark.EMBEDDED in main_of(called).marks:
        found[Mark.UNPACKED] = found[Mark.DECODED]
    return found


_WATCHING = (
    (Mark.CLIPBOARD, _CLIPBOARD),
    (Mark.SCREEN, _SCREEN),
    (Mark.KEYS, _KEYS),
)


def listens(name: str) -> bool:
    """Whether a function hands the keys that are pressed to another."""
    return _KEYS(name)


def _line(called: Called) -> int:
    return getattr(called.node, "lineno", 0)


def _is_codec(encoding: Value) -> bool:
    """Whether a text encoding is one that only transforms."""
    return encoding.plain.lower().replace("-", "").replace("_", "") in (
        "rot13", "hex", "base64", "zlib", "zip", "bz2", "uu", "hexcodec", "base64codec",
        "unicodeescape", "rawunicodeescape", "utf7", "punycode",
    )  # fmt: skip


def _is_small(number: Value) -> bool:
    """Whether a number holds no text; one that is not known counts as small."""
    return not isinstance(number.const, int) or abs(number.const) < 1 << 64


def _is_plain_text(called: Called) -> bool:
    """Whether `bytes(...)` gets a text or a size, which it need not decode."""
    first = called.argument(0)
    if Mark.DECODED in first.marks:
        return False
    return not isinstance(first.const, list | tuple) and not first.parts


def _is_all_known(called: Called) -> bool:
    return called.receiver.is_known and all(one.is_known for one in called.everything)


def _formatted(called: Called) -> Value | None:
    if _is_all_known(called) and not called.keywords:
        return None
    text = called.receiver.text
    for position, one in enumerate(called.arguments[:16]):
        piece = one.text or "\ufffd"
        text = text.replace("{}", piece, 1).replace(f"{{{position}}}", piece)
    for key, one in called.keywords.items():
        text = text.replace(f"{{{key}}}", one.text or "\ufffd")
    marks = merged((called.receiver, *called.everything))
    if all(one.is_known for one in called.keywords.values()) and _is_all_known(called):
        return constant(text).with_marks(marks).marked(Mark.ASSEMBLED, called.node)
    return textual(text, marks)


def _joined(called: Called) -> Value:
    first = called.arguments[0]
    parts = first.parts
    text = called.receiver.text.join(one.text or "\ufffd" for one in parts) if parts else first.text
    return textual(text, merged((called.receiver, first)))
