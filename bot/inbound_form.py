"""Reads the form Twilio posts into one typed value, strictly. Pure; must never trust a field it did not check.

The signature covers names and values without separators, so a captured request can be cut differently and still
verify. Strict forms for each field we act on leave no room for that; see SECURITY.md.
"""

import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import parse_qsl

from carriers.base import InboundText, MediaItem, StatusReport

MAX_BYTES = 64 * 1024  # 1600 characters of the widest kind, percent-encoded, are 20 kB
MAX_FIELDS = 200  # Twilio sends about thirty, and two for each file
MAX_MEDIA = 10  # Twilio's own limit
MAX_URL = 500

MESSAGE_SID = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}")
SERVICE_SID = re.compile(r"MG[0-9a-f]{32}")
OUR_NUMBER = re.compile(r"\+?[0-9]{3,15}")
SENDER = re.compile(r"[^\x00-\x1f]{1,64}")
SMALL_NUMBER = re.compile(r"[0-9]{1,2}")
STATUS = re.compile(r"[a-z_-]{1,20}")
ERROR_CODE = re.compile(r"[0-9]{1,6}")
CALLBACK_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
OPT_OUT_TYPES = ("STOP", "START", "HELP")
SID_COPIES = ("SmsSid", "SmsMessageSid")

Fields = tuple[tuple[str, str], ...]


class FormError(Exception):
    """A form that is not taken in. `status` is the HTTP answer, `sentence` one plain line without any value."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        self.sentence = sentence
        super().__init__(sentence)


def read_fields(raw: bytes) -> Fields:
    """Every field in order, values untouched: the signature covers them so. Bad UTF-8 becomes U+FFFD.

    Raises FormError (413) for too many bytes or fields.
    """
    if len(raw) > MAX_BYTES:
        raise FormError(413, f"The form is larger than {MAX_BYTES} bytes.")
    try:
        pairs = parse_qsl(
            raw.decode("utf-8", "replace"),
            keep_blank_values=True,
            errors="replace",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise FormError(413, f"The form has more than {MAX_FIELDS} fields.") from None
    return tuple(pairs)


def read_inbound(fields: Fields, *, account_sid: str | None, signature: str | None = None) -> InboundText:
    """One inbound text. `account_sid` None: any account, as with the simulated carrier.

    Raises FormError: 400 for a malformed field, 403 for another account.
    """
    form = _read_once(fields)
    sid = _read_sid(form)
    _check_account(form, account_sid)
    return InboundText(
        sid=sid,
        from_number=_required(form, "From", SENDER).strip(),
        to_number=_required(form, "To", OUR_NUMBER),
        body=clean_text(_present(form, "Body")),
        media=_read_media(form),
        opt_out_type=_read_opt_out(form),
        messaging_service_sid=_optional(form, "MessagingServiceSid", SERVICE_SID),
        signature=signature,
    )


def read_status(fields: Fields, *, account_sid: str | None, callback_id: str | None) -> StatusReport:
    """One delivery report. `callback_id` is the query's `m`; an odd one counts as absent. Raises FormError."""
    form = _read_once(fields)
    sid = _read_sid(form)
    _check_account(form, account_sid)
    code = _optional(form, "ErrorCode", ERROR_CODE)
    return StatusReport(
        sid=sid,
        status=_required(form, "MessageStatus", STATUS),
        callback_id=callback_id if callback_id and CALLBACK_ID.fullmatch(callback_id) else None,
        error_code=int(code) or None if code else None,
    )


def clean_text(text: str) -> str:
    """What a client wrote, storable everywhere: no NUL or control characters, no lone surrogates, \\n for breaks.

    Emoji, joiners and right-to-left marks stay.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(_clean_character(char) for char in text)


def _clean_character(char: str) -> str:
    if char in "\n\t":
        return char
    category = unicodedata.category(char)
    if category == "Cs":
        return "\ufffd"
    return "" if category == "Cc" else char


def _read_once(fields: Fields) -> Mapping[str, str]:
    names = [name for name, _ in fields]
    if len(set(names)) != len(names):
        raise FormError(400, "A field appears twice.")
    return dict(fields)


def _read_sid(form: Mapping[str, str]) -> str:
    sid = _required(form, "MessageSid", MESSAGE_SID)
    for copy in SID_COPIES:
        if form.get(copy, sid) != sid:
            raise FormError(400, f"{copy} differs from MessageSid.")
    return sid


def _check_account(form: Mapping[str, str], account_sid: str | None) -> None:
    account = _required(form, "AccountSid", ACCOUNT_SID)
    if account_sid is not None and account != account_sid:
        raise FormError(403, "AccountSid is not the account of this installation.")


def _read_media(form: Mapping[str, str]) -> tuple[MediaItem, ...]:
    count = int(_required(form, "NumMedia", SMALL_NUMBER))
    if count > MAX_MEDIA:
        raise FormError(400, f"NumMedia is more than {MAX_MEDIA}.")
    return tuple(_read_media_item(form, position) for position in range(count))


def _read_media_item(form: Mapping[str, str], position: int) -> MediaItem:
    url = clean_text(_present(form, f"MediaUrl{position}")).strip()
    if not url or len(url) > MAX_URL:
        raise FormError(400, f"MediaUrl{position} is empty or too long.")
    content_type = clean_text(form.get(f"MediaContentType{position}", "")).strip()
    return MediaItem(position=position, url=url, content_type=content_type[:80])


def _read_opt_out(form: Mapping[str, str]) -> str | None:
    said = form.get("OptOutType", "").upper()
    return said if said in OPT_OUT_TYPES else None


def _present(form: Mapping[str, str], name: str) -> str:
    if name not in form:
        raise FormError(400, f"{name} is missing.")
    return form[name]


def _required(form: Mapping[str, str], name: str, shape: re.Pattern[str]) -> str:
    value = _present(form, name)
    if not shape.fullmatch(value):
        raise FormError(400, f"{name} does not have the form it must have.")
    return value


def _optional(form: Mapping[str, str], name: str, shape: re.Pattern[str]) -> str | None:
    if not form.get(name):
        return None
    return _required(form, name, shape)
