"""Pictures come from the carrier and nowhere else; whatever comes instead ends in words for staff."""

import gzip
import resource
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import urllib3.util.connection

from photos.fetch import MediaGone, MediaNotYet, MediaRules, fetch_media
from photos.sanitise import BYTE_CAP
from tests.support.certificate import make_certificate
from tests.support.fake_twilio import ACCOUNT_SID, AUTH_TOKEN
from tests.support.hostile_media import Answer, MediaHost, endless, redirects, says
from tests.unit.photos.test_sanitise import picture

PATH = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM{'1' * 32}/Media/ME{'2' * 32}"
CDN = "https://mms.twiliocdn.com/file"
pytestmark = pytest.mark.usefixtures("no_proxy")


def rules(base: str, *, seconds: float = 5) -> MediaRules:
    return MediaRules(ACCOUNT_SID, AUTH_TOKEN, base, timedelta(seconds=seconds))


# --- where a picture may come from ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{port}/x",
        "https://127.0.0.1:{port}/x",
        "http://2130706433:{port}/x",
        "http://[::ffff:127.0.0.1]:{port}/x",
        "http://localhost:{port}/x",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/x",
        "file:///etc/passwd",
        "https://mms.twiliocdn.com:{port}/x",
        "http://mms.twiliocdn.com/x",
        "https://twiliocdn.com.evil.example/x",
        "https://eviltwiliocdn.com/x",
        "https://mms.twiliocdn.com@127.0.0.1:{port}/x",
        "//127.0.0.1:{port}/x",
    ],
)
def test_a_redirect_elsewhere_is_refused_without_a_connection(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = _note_addresses(monkeypatch)
    with MediaHost(says(picture())) as forbidden, MediaHost(says(b"")) as carrier:
        carrier.answer = redirects(target.format(port=forbidden.port))
        with pytest.raises(MediaGone, match="foreign address"):
            fetch_media(carrier.base + PATH, rules(carrier.base))

        assert (carrier.connections, forbidden.connections) == (1, 0)
        assert reached == [("127.0.0.1", carrier.port)]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example" + PATH,
        "http://127.0.0.1:9" + PATH,
        "{base}/2010-04-01/Accounts/AC" + "0" * 32 + "/Messages/MM1/Media/ME1",
        "{base}" + PATH.replace("/Media/", "/../Media/"),
        "http://user:word@{host}" + PATH,
        "file:///etc/passwd",
        "",
    ],
)
def test_an_address_that_is_not_our_accounts_is_never_asked(url: str) -> None:
    with MediaHost(says(picture())) as carrier:
        asked = url.format(base=carrier.base, host=carrier.base.removeprefix("http://"))
        with pytest.raises(MediaGone, match="not the carrier's"):
            fetch_media(asked, rules(carrier.base))

        assert carrier.connections == 0


def test_credentials_stop_at_the_first_hop_even_with_a_netrc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login thief password stolen\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    certificate = make_certificate(tmp_path, host="mms.twiliocdn.com")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    content = picture()
    with MediaHost(says(content), tls=certificate) as cdn, MediaHost(redirects(CDN)) as carrier:
        _lead_to(monkeypatch, {("mms.twiliocdn.com", 443): cdn.port})

        assert fetch_media(carrier.base + PATH, rules(carrier.base)) == content

    assert "\r\nAuthorization: Basic " in carrier.heads[0]
    assert "authorization" not in cdn.heads[0].lower()


def test_a_circle_of_redirects_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path, host="mms.twiliocdn.com")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    with MediaHost(redirects(CDN), tls=certificate) as cdn, MediaHost(redirects(CDN)) as carrier:
        _lead_to(monkeypatch, {("mms.twiliocdn.com", 443): cdn.port})
        with pytest.raises(MediaGone, match="too often"):
            fetch_media(carrier.base + PATH, rules(carrier.base))

    assert cdn.connections == 3


# --- what may come --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "expected", "words"),
    [
        (says(b"", status="404 Not Found"), MediaNotYet, "does not have the picture yet"),
        (says(b"", status="429 Too Many"), MediaNotYet, "yet"),
        (says(b"", status="503 Busy"), MediaNotYet, "yet"),
        (says(b"", status="401 Unauthorized"), MediaGone, "refused"),
        (says(b"", status="403 Forbidden"), MediaGone, "refused"),
        (says(b"", status="410 Gone"), MediaGone, "refused"),
        (says(b"short", length=500), MediaNotYet, "broke"),
        (says(gzip.compress(bytes(50_000_000)), Content_Encoding="gzip"), MediaGone, "compressed"),
        (endless(bytes(65536)), MediaGone, "larger than 10 MB"),
        (endless(b"x", every_s=0.02), MediaNotYet, "too slowly"),
        (lambda talking: None, MediaNotYet, "reached|broke"),
        (lambda talking: talking.sendall(b"\x16\x03\x01junk"), MediaNotYet, "reached|broke"),
    ],
    ids=["404", "429", "503", "401", "403", "410", "cut off", "gzip bomb", "endless", "drips", "hangs up", "junk"],
)  # fmt: skip
def test_what_is_no_picture_ends_in_words_for_staff(
    answer: Answer, expected: type[Exception], words: str
) -> None:
    with MediaHost(answer) as carrier, pytest.raises(expected, match=words):
        fetch_media(carrier.base + PATH, rules(carrier.base, seconds=0.5))


def test_a_body_longer_than_it_said_is_cut_at_its_word() -> None:
    with MediaHost(says(b"12345-more", length=5)) as carrier:
        assert fetch_media(carrier.base + PATH, rules(carrier.base)) == b"12345"


def test_fetching_an_endless_file_keeps_memory_flat() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with MediaHost(endless(bytes(65536))) as carrier, pytest.raises(MediaGone):
        fetch_media(carrier.base + PATH, rules(carrier.base))

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * (1 if sys.platform == "darwin" else 1024) < 10 * BYTE_CAP


def _note_addresses(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Every address somebody tries to connect to."""
    connect, reached = urllib3.util.connection.create_connection, []

    def noting(address: tuple[str, int], *arguments: object, **options: object) -> object:
        reached.append(address)
        return connect(address, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(urllib3.util.connection, "create_connection", noting)
    return reached


def _lead_to(monkeypatch: pytest.MonkeyPatch, ports: dict[tuple[str, int], int]) -> None:
    """Connections to these hosts end at loopback ports instead, as with a hosts file."""
    connect = urllib3.util.connection.create_connection

    def led(address: tuple[str, int], *arguments: object, **options: object) -> object:
        port = ports.get(address)
        target = address if port is None else ("127.0.0.1", port)
        return connect(target, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(urllib3.util.connection, "create_connection", led)
