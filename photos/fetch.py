"""Downloads one attached file from the carrier. Credentials go to the carrier's API host only, never further."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from photos.sanitise import BYTE_CAP

CDN_DOMAINS = ("twilio.com", "twiliocdn.com")
MAX_REDIRECTS = 3
CHUNK = 64 * 1024

Credentials = tuple[str, str] | Callable[[requests.PreparedRequest], requests.PreparedRequest]


class MediaGone(Exception):
    """The file will not come: refused by our rules, or the carrier says so. Words for staff."""


class MediaNotYet(Exception):
    """Try again later: the carrier answers 404 for some seconds after the webhook (support article 44750147594523)."""


@dataclass(frozen=True, slots=True)
class MediaRules:
    """Where files may come from. `api_base` is scheme and host of the carrier's API."""

    account_sid: str
    auth_token: str
    api_base: str = "https://api.twilio.com"
    deadline: timedelta = timedelta(seconds=30)

    def is_api(self, url: SplitResult) -> bool:
        """Whether this is a media resource of our own account at the carrier's API."""
        base = urlsplit(self.api_base)
        path = f"/2010-04-01/Accounts/{self.account_sid}/Messages/"
        plain = not url.username and not url.password and ".." not in url.path
        return (url.scheme, url.netloc) == (base.scheme, base.netloc) and url.path.startswith(path) and plain


def is_cdn(url: SplitResult) -> bool:
    """Whether a redirect may lead here: the carrier's own domains, TLS, the standard port, no user name."""
    host = (url.hostname or "").lower()
    ours = any(host == domain or host.endswith(f".{domain}") for domain in CDN_DOMAINS)
    return url.scheme == "https" and ours and url.netloc.lower() in (host, f"{host}:443")


def fetch_media(url: str, rules: MediaRules, *, monotonic: Callable[[], float] = time.monotonic) -> bytes:
    """The file's bytes, at most 10 MB within the deadline. Raises MediaGone or MediaNotYet."""
    if not rules.is_api(urlsplit(url)):
        raise MediaGone("the picture's address is not the carrier's; it was not fetched")
    give_up_at = monotonic() + rules.deadline.total_seconds()
    auth: Credentials = (rules.account_sid, rules.auth_token)
    for _hop in range(MAX_REDIRECTS + 1):
        with _open(url, auth) as response:
            if not response.is_redirect:
                return _read(response, give_up_at, monotonic)
            url, auth = _next_hop(url, response), _without_credentials
    raise MediaGone("the carrier redirected the picture too often")


def _without_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Instead of no credentials at all: those would be looked for in a .netrc."""
    return request


def _open(url: str, auth: Credentials) -> requests.Response:
    session = requests.Session()
    headers = {"Accept-Encoding": "identity"}
    try:
        return session.get(
            url, auth=auth, headers=headers, stream=True, timeout=(5, 10), allow_redirects=False
        )
    except requests.RequestException:
        raise MediaNotYet("the carrier could not be reached for the picture") from None


def _next_hop(url: str, response: requests.Response) -> str:
    target = urljoin(url, response.headers["Location"])
    if not is_cdn(urlsplit(target)):
        raise MediaGone("the carrier's answer led to a foreign address; the picture was not fetched")
    return target


def _read(response: requests.Response, give_up_at: float, monotonic: Callable[[], float]) -> bytes:
    _check_status(response.status_code)
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise MediaGone("the picture came compressed in a way we do not open")
    content = bytearray()
    try:
        while chunk := response.raw.read1(CHUNK, decode_content=False):
            content += chunk
            if len(content) > BYTE_CAP:
                raise MediaGone("the file is larger than 10 MB")
            if monotonic() > give_up_at:
                raise MediaNotYet("the picture came too slowly")
    except (OSError, HTTPError, requests.RequestException):
        raise MediaNotYet("the connection broke while the picture came") from None
    return bytes(content)


def _check_status(status: int) -> None:
    if status == 200:
        return
    if status in (404, 429) or status >= 500:
        raise MediaNotYet(f"the carrier does not have the picture yet (answer {status})")
    raise MediaGone(f"the carrier refused the picture (answer {status})")
