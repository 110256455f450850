"""Calls that reach the network, and where they go."""

from __future__ import annotations

import ipaddress
import re

from affineur.checks.scanning.machine import Called
from affineur.checks.scanning.names import names
from affineur.checks.scanning.values import Value, merged

_NETWORK = names(
    r"(requests|httpx|niquests|curl_cffi\.requests|grequests)(\.api)?(\.(Session|session|Client|AsyncClient)\(\))?"
    r"\.(get|post|put|patch|delete|head|request|stream|options|send)|"
    r"urllib\.request\.(urlopen|urlretrieve|URLopener\(\)\.\w+|build_opener\(\)\.open)|"
    r"urllib2?\.(urlopen|urlretrieve)|urllib3\.(request|PoolManager\(\)\.(request|urlopen))|"
    r"six\.moves\.urllib\.request\.(urlopen|urlretrieve)|"
    r"(http\.client|httplib)\.HTTPS?Connection\(\)(\.(request|putrequest|send|getresponse))?|"
    r"(http\.client|httplib)\.HTTPS?Connection|"
    r"aiohttp\.(request|ClientSession\(\)\.(get|post|put|request|patch|ws_connect))|"
    r"socket\.create_connection(\(\)\.\w+)?|"
    r"socket\.socket\(\)\.(connect|connect_ex|send|sendall|sendto|recv|recvfrom|makefile)|"
    r"smtplib\.SMTP(_SSL)?\(\)\.(sendmail|send_message)|ftplib\.FTP(_TLS)?(\(\)\.\w+)?|"
    r"asyncio\.open_connection|websockets?\.(connect|create_connection)(\(\)\.\w+)?|"
    r"wget\.download|pycurl\.Curl\(\)\.\w+|telnetlib\.Telnet(\(\)\.\w+)?|"
    r"ssl\.\w+\(\)\.(connect|send|sendall|recv|read|write)|socketio\.Client\(\)\.\w+|"
    r"tornado\.httpclient\.\w+\(\)\.fetch|paramiko\.\w+\(\)\.(connect|put|exec_command)|"
    r"webbrowser\.open\w*|urllib\.request\.build_opener\(\)\.\w+|xmlrpc\.client\.ServerProxy\(\)\.\w+|jsonrpclib\.\w+\(\)\.\w+|"
    r"asyncio\.open_connection\(\)\.(write|writelines|read\w*)|asyncssh\.\w+|"
    r"(websockets?|websocket|smtplib|aiosmtplib|ftplib|aioftp|telnetlib|httpx|requests|aiohttp|urllib3|imaplib|nntplib|"
    r"paho\.mqtt\.client|paho\.mqtt\.publish|pika|zmq|kafka|redis|socketio|telebot|telegram|discord|slack_sdk|"
    r"boto3|dropbox|github|treq|mechanize|pysftp|irc|slixmpp|httplib2|pycurl)(\.\w+(\(\))?){0,4}"
    r"\.(send\w*|post\w*|put\w*|publish|emit|upload\w*|storbinary|storlines|basic_publish|lpush|rpush|"
    r"request|write|chat_postMessage|files_upload\w*|append|single|create_gist)"
)
_METHODS = frozenset({"get", "post", "put", "patch", "request", "urlopen", "fetch", "urlretrieve"})
_RECEIVING = frozenset({"recv", "recvfrom", "getresponse", "makefile"})
_NAMES = names(
    r"socket\.(gethostbyname(_ex)?|getaddrinfo)|dns\.resolver\.(query|resolve)|"
    r"dns\.resolver\.Resolver\(\)\.(query|resolve)|.*\.gethostbyname"
)
_URL_HOST = re.compile(r"\b(?:https?|ftp|wss?|tcp)://(?:[^/\s@]*@)?\[?([\w.-]+)", re.IGNORECASE)
_WEBHOOK = re.compile(
    r"discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d{5,}/[\w-]{6,}|"
    r"api\.telegram\.org/bot\d{5,}:[\w-]{10,}|"
    r"hooks\.slack\.com/(?:services|workflows|triggers)/T\w{4,}/[\w/]{6,}|"
    r"\.webhook\.office\.com/webhookb2/[\w@-]{20,}",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"X{6}|x{6}|your|example", re.IGNORECASE)
_ODD_HOST = re.compile(
    r"(?:^|[/@.\s\"'])((?:pastebin\.com|paste\.ee|hastebin\.com|toptal\.com/developers/hastebin|rentry\.(?:co|org)|"
    r"ghostbin\.\w+|controlc\.com|dpaste\.\w+|termbin\.com|0bin\.net|paste\.rs|0x0\.st|"
    r"[\w.-]*\boast(?:ify)?\.(?:pro|live|site|online|fun|me|com)|[\w.-]*interact\.sh|[\w.-]*burpcollaborator\.net|"
    r"[\w.-]*requestbin\.\w+|[\w.-]*pipedream\.net|webhook\.site|[\w.-]*beeceptor\.com|[\w.-]*requestcatcher\.com|"
    r"[\w.-]*canarytokens\.\w+|[\w.-]*dnslog\.\w+|[\w.-]*ceye\.io|[\w.-]*hookbin\.com|[\w.-]*bxss\.\w+|"
    r"[\w.-]*ngrok(?:-free)?\.(?:io|app|dev)|[\w.-]*serveo\.net|[\w.-]*trycloudflare\.com|[\w.-]*localhost\.run|"
    r"[\w.-]*loca\.lt|[\w.-]*portmap\.(?:io|host)|[\w.-]*duckdns\.org|transfer\.sh|file\.io|anonfiles?\.\w+|"
    r"[\w.-]*gofile\.io|bashupload\.com|[\w.-]*catbox\.moe|temp\.sh|tmpfiles\.org|uguu\.se|filebin\.net|"
    r"pixeldrain\.com|cdn\.discordapp\.com|grabify\.link|iplogger\.\w+|[\w.-]+\.onion))(?=$|[:/\s\"'?#])",
    re.IGNORECASE,
)
_DOCUMENTATION = tuple(
    ipaddress.IPv4Network(one) for one in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
)
"""Addresses of examples: code that connects to one means a real one."""
_LOCAL = re.compile(r"(^|[/@\s])(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)([:/\s]|$)")
_METADATA = re.compile(r"169\.254\.(169\.254|170\.2)|metadata\.google\.internal")
_SHARING = re.compile(
    r"paste|bin\.com|dpaste|termbin|0x0\.st|rentry|file\.io|gofile|catbox|filebin|pixeldrain|toptal",
    re.IGNORECASE,
)
"""Services to share texts and files, which honest programs offer to their users."""
_ADDRESS = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.]*\d)")
_KNOWN_ADDRESSES = frozenset(
    {"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "168.63.129.16", "208.67.222.222",
     "255.255.255.255", "4.2.2.2", "114.114.114.114"}
)  # fmt: skip
"""Name servers that programs ask to learn their own address, and one of a cloud's own."""


def is_local(text: str) -> bool:
    """Whether a destination is the machine itself."""
    return _LOCAL.search(text) is not None


def is_metadata(text: str) -> bool:
    """Whether a destination is the metadata service of a cloud."""
    return _METADATA.search(text) is not None


def destination(called: Called) -> str:
    """Give what is known of where a call goes."""
    given = called.arguments[:2] or called.everything
    return " ".join(one.plain for one in (*called.receiver.parts, *given))


def is_datagram(called: Called) -> bool:
    """Whether a call is of a socket without connections, which tells of our own address."""
    return any(one.name.endswith("SOCK_DGRAM") for one in called.receiver.parts)


def is_network(called: Called) -> bool:
    """Whether a call reaches the network."""
    if _NETWORK(called.name):
        return True
    method = called.name.rpartition(".")[2]
    if method in _METHODS and called.arguments:
        return any(_URL_HOST.match(one.plain) for one in called.arguments[:2])
    return False


def is_name_lookup(called: Called) -> bool:
    """Whether a call asks for a name of the DNS."""
    return _NAMES(called.name)


def sent(called: Called) -> Value:
    """Give all that a network call may send, of its receiver too."""
    method = called.name.rpartition(".")[2]
    values = called.everything if method not in _RECEIVING else ()
    return Value(text=" ".join(one.text for one in values), marks=merged(values))


def webhook(text: str) -> str | None:
    """Find a messenger's address with its key."""
    found = _WEBHOOK.search(text)
    return found[0] if found and not _PLACEHOLDER.search(found[0]) else None


def odd_host(text: str) -> str | None:
    """Find a host that takes or gives anything without a name: pastes, tunnels, catchers."""
    found = _ODD_HOST.search(text)
    return found[1] if found else None


def is_catcher(host: str) -> bool:
    """Whether a service only takes in what is sent, or hides a machine behind it."""
    return _SHARING.search(host) is None


def raw_address(text: str) -> str | None:
    """Find a public address that has no name."""
    for found in _ADDRESS.finditer(text[:4096]):
        try:
            address = ipaddress.IPv4Address(found[1])
        except ValueError:
            continue
        is_public = address.is_global or any(address in one for one in _DOCUMENTATION)
        if (
            is_public
            and not address.is_multicast
            and found[1] not in _KNOWN_ADDRESSES
            and found[1].count(".0") < 3
        ):
            return found[1]
    return None


def host(text: str) -> str | None:
    """Find the host of the first URL."""
    found = _URL_HOST.search(text)
    return found[1].lower() if found else None
