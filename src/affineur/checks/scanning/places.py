"""Places on a machine that matter: where secrets are kept, where things start by themselves."""

from __future__ import annotations

import re

_SECRET = re.compile(
    r"\.ssh([/\\]|\b(?!\.))|\bid_(rsa|dsa|ecdsa|ed25519)\b(?!\.pub)|"
    r"\.aws([/\\](credentials|config)|$|[/\\]?\s)|\.azure[/\\]\w+|\.kube([/\\]config|$)|\.docker[/\\]config\.json|"
    r"gcloud[/\\]\S*(credentials|access_tokens)|application_default_credentials|\.config[/\\]gh\b|"
    r"\.pypirc|(?<![\w.])[._]netrc\b|\.npmrc\b|\.git-credentials|\.gnupg|\.pgpass|\.vault-token|"
    r"\.terraform\.d|\.cargo[/\\]credentials|\.gem[/\\]credentials|"
    r"\bLogin Data\b|\bLocal State\b|cookies\.sqlite|logins\.json|\bkey[34]\.db\b|\bWeb Data\b|"
    r"(Chrome|Chromium|Edge|Brave-Browser|Opera\w*)[/\\]+\S*(User Data|Default|Cookies)|"
    r"Firefox[/\\]+Profiles|\.mozilla[/\\]+firefox|Local Storage[/\\]+leveldb|"
    r"wallet\.dat|\.electrum|\.ethereum|Exodus[/\\]|nkbihfbeogaeaoehlefnkodbefgpgknn|"
    r"\.bitcoin[/\\]|\.config[/\\]solana|Ethereum[/\\]keystore|Electrum[/\\]wallets|atomic[/\\]Local|"
    r"/etc/(shadow|gshadow)\b|/etc/passwd\b|Library/Keychains|login\.keychain|find-(generic|internet)-password|"
    r"serviceaccount/token|\.(bash|zsh|python|mysql|psql)_history|"
    r"Telegram Desktop[/\\]+tdata|169\.254\.169\.254|169\.254\.170\.2|metadata\.google\.internal"
)
_STARTING = re.compile(
    r"(?P<rc>(~|HOME|home/\S+|root|\ufffd)[/\\]\.(bashrc|bash_profile|zshrc|profile|zprofile|bash_login|xprofile|"
    r"zshenv|config[/\\]fish[/\\](config\.fish|conf\.d)\S*)|/etc/(profile|bash\.bashrc|environment))|"
    r"(?P<job>/etc/cron|/var/spool/cron|systemd[/\\](system|user)|\.service$|/etc/rc\.local|/etc/init\.d|LaunchAgents|"
    r"LaunchDaemons|Start Menu[/\\]\S*Startup|Programs[/\\]+Startup|\.config[/\\]autostart|"
    r"CurrentVersion[/\\]+Run|\.ssh[/\\]authorized_keys|/etc/ld\.so\.preload|/etc/sudoers)|"
    r"(?P<python>(site-packages|\ufffd)[/\\](\S*\.pth$|sitecustomize\.py|usercustomize\.py))"
)
_HOME = re.compile(
    r"(~|\$HOME|%USERPROFILE%|/home|/root|/Users|[A-Za-z]:[/\\]{0,2}|/|/\*|~/\*?|/etc|/usr|/var|/boot)"
)


_ENVIRONMENT = re.compile(r"/proc/(self|thread-self|\d+|\ufffd)/environ\b")
_PERSONAL = re.compile(
    r"(~|\$HOME|%USERPROFILE%|/home(/[^/]+)?|/root|/Users(/[^/]+)?|C:[/\\]+Users([/\\]+[^/\\]+)?)[/\\]+"
    r"(Documents|Desktop|Downloads|Pictures|Dropbox|OneDrive|Google Drive|Library|\*)[/\\]*\**",
    re.IGNORECASE,
)


def is_environment(text: str) -> bool:
    """Whether a path is of a process's environment."""
    return _ENVIRONMENT.search(text) is not None


def is_personal(text: str) -> bool:
    """Whether a path is of a folder that people keep their own files in."""
    return _PERSONAL.fullmatch(text.strip()) is not None


def is_secret(text: str) -> bool:
    """Whether a text names a place where secrets are kept."""
    return _SECRET.search(text) is not None


def starts_by_itself(text: str) -> str | None:
    """Say of what kind a place is that makes a program start by itself: rc, job, python."""
    found = _STARTING.search(text)
    return found.lastgroup if found else None


def is_everything(text: str) -> bool:
    """Whether a path is a whole home, disk or system."""
    return _HOME.fullmatch(text.strip().strip("\"'")) is not None
