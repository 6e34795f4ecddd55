"""Readers of settings that are web addresses. Pure; opens no connection."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from config.refusal import refuse

LONGEST_URL = 500
HOST_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")


def web_link(text: str) -> str:
    """A page clients may open from a text."""
    parts = _split_url(text)
    if parts.scheme != "https" or parts.username or not is_host(parts.hostname or ""):
        refuse(f"is {text!r}; write a full https:// address")
    return text


def base_url(text: str) -> str:
    """An address of ours or of the carrier's API: no user-info, query or fragment kept, no slash at its end.

    Twilio refuses underscores in the host of a callback (error 21609) and leaves user-info and fragment out
    of what it signs (https://www.twilio.com/docs/usage/webhooks/webhooks-security, read November 2026).
    """
    parts = _split_url(text)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host:
        refuse(f"is {text!r}; write a full address such as https://texts.example.com")
    if "@" in parts.netloc:
        refuse("has a user name or password in it; write the address without them")
    if "_" in host:
        refuse(f"has an underscore in its host {host!r}, which Twilio refuses; use a host without it")
    if not is_host(host):
        refuse(f"has {host!r} for a host; write a host name or an IP address")
    if parts.query or re.search(r"[^!-~]", text):
        refuse("must have no query and no blank in it; write only scheme, host, port and path")
    return parts._replace(fragment="", netloc=parts.netloc.lower()).geturl().rstrip("/")


def watcher_url(text: str) -> str:
    """An address that is asked for each minute in which all is well; whoever knows it can pretend that we live."""
    parts = _split_url(text)
    is_fit = parts.scheme in {"http", "https"} and not parts.username and is_host(parts.hostname or "")
    if not is_fit or re.search(r"[^!-~]", text) or not is_encrypted_or_near(text):
        refuse("must be a full https:// address, or one of this machine")
    return text


def _split_url(text: str) -> SplitResult:
    if len(text) > LONGEST_URL:
        refuse(f"is longer than {LONGEST_URL} characters; write a shorter address")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        refuse(f"is {text!r}; write a full address such as https://texts.example.com")
    return parts


def is_host(host: str) -> bool:
    """Whether `host` is a host name or an IP address."""
    if _ip(host) is not None:
        return True
    return len(host) <= 253 and all(HOST_LABEL.fullmatch(label) for label in host.split("."))


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_encrypted_or_near(url: str, *, private_too: bool = False) -> bool:
    """Whether `url` is https, or stays on this machine (or, where `private_too`, in a private network)."""
    parts = urlsplit(url)
    ip = _ip(parts.hostname or "")
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    return ip is not None and (ip.is_loopback or (private_too and ip.is_private))
