"""The webhook's form as a pure function: what is cleaned, what is refused, what is kept."""

import pytest

from bot.inbound_form import FormError, clean_text, read_fields, read_inbound, read_status
from tests.support.twilio_webhooks import ACCOUNT_SID, inbound_fields, new_sid, status_fields


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("a\x00b", "ab"),
        ("a\ud800b", "a\ufffdb"),
        ("a\x85b\x9fc", "abc"),
        ("a\r\n\r\nb\rc\n", "a\n\nb\nc\n"),
        ("👩‍⚕️🇺🇸", "👩‍⚕️🇺🇸"),
        ("‮abc‬", "‮abc‬"),
        ("", ""),
    ],
)
def test_text_is_cleaned_of_what_no_database_keeps(written: str, clean: str) -> None:
    assert clean_text(written) == clean


def test_fields_keep_their_values_untouched_for_the_signature() -> None:
    assert read_fields(b"Body=+a%20b%0D%0A&Empty=&Body=2") == (
        ("Body", " a b\r\n"),
        ("Empty", ""),
        ("Body", "2"),
    )


@pytest.mark.parametrize("raw", [b"x=" + b"y" * 70_000, b"&".join(b"a=1" for _ in range(300))])
def test_too_much_is_413(raw: bytes) -> None:
    with pytest.raises(FormError) as refused:
        read_fields(raw)
    assert refused.value.status == 413


@pytest.mark.parametrize("raw", [b"", b"&&&", b"=", b"%", b"\xff\xfe", b"a;b", b"Body"])
def test_rubbish_is_read_and_then_refused(raw: bytes) -> None:
    with pytest.raises(FormError) as refused:
        read_inbound(read_fields(raw), account_sid=None)
    assert refused.value.status == 400


def test_media_are_read_in_order_with_their_types() -> None:
    media = [(f"https://api.twilio.com/{n}", f"image/{n}") for n in range(3)]
    fields = tuple(inbound_fields("+15735550142", "+15735550100", "", media=media))

    inbound = read_inbound(fields, account_sid=ACCOUNT_SID)

    assert [(item.position, item.url, item.content_type) for item in inbound.media] == [
        (n, url, kind) for n, (url, kind) in enumerate(media)
    ]


@pytest.mark.parametrize(("said", "kept"), [("STOP", "STOP"), ("start", "START"), ("ELSE", None)])
def test_type_of_an_opt_out_is_kept_where_it_is_a_known_one(said: str, kept: str | None) -> None:
    fields = tuple(inbound_fields("+15735550142", "+15735550100", "x", opt_out_type=said))

    assert read_inbound(fields, account_sid=None).opt_out_type == kept


@pytest.mark.parametrize(
    ("query", "kept"), [("aB3_-x", "aB3_-x"), ("", None), (None, None), ("x" * 33, None), ("a b", None)]
)
def test_odd_callback_id_counts_as_absent(query: str | None, kept: str | None) -> None:
    fields = tuple(status_fields(new_sid("SM"), "sent", from_number="+1", to_number="+2"))

    assert read_status(fields, account_sid=None, callback_id=query).callback_id == kept


def test_no_error_of_a_form_repeats_what_was_sent() -> None:
    fields = tuple(inbound_fields("+15735550142", "+15735550100", "secret", sid="SMsecret"))

    with pytest.raises(FormError) as refused:
        read_inbound(fields, account_sid=None)
    assert "secret" not in refused.value.sentence
