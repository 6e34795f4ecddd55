"""The simulated carrier: a twin of Twilio with its own log, that fails on reserved numbers and signs webhooks.

Never touches a network and never our own tables; its words with the product are `post_webhook` and nothing else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from carriers.base import CarrierMessage, Listing, MediaItem, OutboundText, Outcome, SendResult
from carriers.simulated_keywords import ANSWERS, Keyword, read_keyword
from carriers.simulated_numbers import OPTED_OUT, ORDINARY, RESERVED, Behaviour
from carriers.simulated_webhooks import ACCOUNT_SID, Fields, inbound_fields, status_fields
from carriers.twilio_signature import is_webhook_signed, sign_webhook
from messages.segments import count_segments
from models import simulated_carrier as log
from models.database import Database
from models.installation import machine_now, simulated_ahead
from models.simulated_carrier import SimulatedFile, SimulatedMessage

INBOUND_PATH = "/webhooks/sms"
MEDIA_HOST = "https://simulated.invalid"  # never resolves: the bytes come from `read_media`

PostWebhook = Callable[[str, Fields, str], int]  # (path with query, fields, signature) -> HTTP status


@dataclass(frozen=True, slots=True)
class Picture:
    """A file sent from the simulated phone."""

    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Received:
    """A text from the simulated phone. `answer` = HTTP status of our webhook; None where it was not reached."""

    sid: str
    answer: int | None


class SimulatedCarrier:
    """Texts that go nowhere, as if they had gone. `now` is machine time; phones show clinic time.

    `carrier_confirms` = OPT_OUT_MODE twilio: this carrier blocks and confirms STOP, START and HELP itself.
    `post_webhook` may be given later through `connect`; until then texts wait to be found by a listing.
    """

    name = "simulated"

    def __init__(
        self,
        database: Database,
        *,
        secrets: tuple[str, ...],
        public_url: str,
        now: Callable[[Session], datetime] = machine_now,
        carrier_confirms: bool = True,
        post_webhook: PostWebhook | None = None,
    ) -> None:
        if not any(secrets):
            raise ValueError("the simulated carrier needs a secret to sign its webhooks with")
        self._database, self._secrets, self._public_url = database, secrets, public_url.rstrip("/")
        self._now, self._carrier_confirms, self._post_webhook = now, carrier_confirms, post_webhook

    def connect(self, post_webhook: PostWebhook) -> None:
        """Say where webhooks go, once there is something that listens."""
        self._post_webhook = post_webhook

    # --- what every carrier offers ----------------------------------------------------------------------------

    def send(self, text: OutboundText) -> SendResult:
        """Take one text, or fail as its number says (simulated_numbers.py)."""
        with self._database.write() as session:
            behaviour = self._behaviour(session, text)
            row = self._row_of(session, text, behaviour)
            session.add(row)
        result = SendResult(
            behaviour.outcome,
            error_code=behaviour.code,
            retry_after=behaviour.retry_after,
            carrier_clock_offset=None if behaviour.outcome is Outcome.UNKNOWN else timedelta(),
        )
        if behaviour.outcome is not Outcome.ACCEPTED:
            return result
        return SendResult(Outcome.ACCEPTED, sid=row.sid, status="queued", carrier_clock_offset=timedelta())

    def list_sent_to(self, number: str, *, since: datetime, limit: int) -> Listing:
        """Messages to `number` created since, newest first."""
        with self._database.read() as session:
            rows = log.simulated_sent_to(session, number, since=since, limit=limit)
            return _listing(session, rows)

    def list_received_by(self, our_number: str, *, since: datetime) -> Listing:
        """All texts from phones to one of our numbers since, oldest first."""
        with self._database.read() as session:
            rows = log.simulated_received_by(session, our_number, since=since)
            return _listing(session, rows)

    def fetch_message(self, sid: str) -> CarrierMessage | None:
        """The record of one message, or None."""
        with self._database.read() as session:
            row = log.find_simulated(session, sid)
            return None if row is None else _carrier_message(session, row)

    def list_media(self, sid: str) -> Sequence[MediaItem]:
        """The pictures of a message."""
        with self._database.read() as session:
            return tuple(_media_item(sid, file) for file in log.files_of(session, sid))

    def delete_media(self, url: str) -> None:
        """Delete the carrier's copy of one picture; gone already is as good."""
        with self._database.write() as session:
            log.delete_file(session, url.rsplit("/", 1)[-1])

    def is_signed(self, *, url: str, fields: Sequence[tuple[str, str]], signature: str) -> bool:
        """Whether this carrier signed exactly this URL and these fields. There is no unsigned mode."""
        return is_webhook_signed(url=url, fields=fields, signature=signature, secrets=self._secrets)

    # --- what only a simulation offers ------------------------------------------------------------------------

    def receive(self, from_number: str, to_number: str, body: str, media: Sequence[Picture] = ()) -> Received:
        """A phone texts in: kept, answered by the carrier where it is a keyword, then pushed to our webhook."""
        with self._database.write() as session:
            row = self._keep_inbound(session, from_number, to_number, body, media)
            self._obey_keyword(session, row)
            files = log.files_of(session, row.sid)
            fields = inbound_fields(row, [_media_item(row.sid, file) for file in files])
        return Received(row.sid, self._post(f"{self._public_url}{INBOUND_PATH}", fields))

    def post_due_reports(self, *, limit: int = 100) -> int:
        """Tell the next delivery state of each message that has one. Returns how many were told.

        Call until 0 to see every text delivered. A report that finds nobody is lost, as with Twilio.
        """
        if not self._has_reports():
            return 0
        told, last_id = 0, 0
        while told < limit and (last_id := self._tell_next(last_id)):
            told += 1
        return told

    def read_media(self, url: str) -> bytes | None:
        """The bytes behind a picture's URL, None where it is not one of ours."""
        with self._database.read() as session:
            file = log.find_file(session, url.rsplit("/", 1)[-1])
            return None if file is None else file.content

    # --- inside -----------------------------------------------------------------------------------------------

    def _tell_next(self, after_id: int) -> int:
        """Tell one state of the next message with any; its id, 0 where there is none."""
        with self._database.write() as session:
            row = log.next_with_reports(session, after_id=after_id)
            if row is None:
                return 0
            _advance(row)
            fields = status_fields(row)
        if row.status_callback and not _behaviour_of(row.to_number).is_silent:
            self._post(row.status_callback, fields)
        return row.id

    def _has_reports(self) -> bool:
        with self._database.read() as session:
            return log.next_with_reports(session, after_id=0) is not None

    def _behaviour(self, session: Session, text: OutboundText) -> Behaviour:
        blocked = log.is_simulated_block(session, our_number=text.from_number, their_number=text.to_number)
        if blocked:
            return OPTED_OUT
        behaviour = _behaviour_of(text.to_number)
        if behaviour.only_once and log.was_refused_before(session, text.to_number):
            return ORDINARY
        return behaviour

    def _row_of(self, session: Session, text: OutboundText, behaviour: Behaviour) -> SimulatedMessage:
        row = self._new_row(
            session,
            "outbound-api" if behaviour.is_taken else log.REFUSED,
            text.from_number,
            text.to_number,
            text.body,
            has_media=bool(text.media_urls),
        )
        row.status, row.error_code = "queued", behaviour.code
        row.media_urls = list(text.media_urls)
        row.messaging_service_sid, row.status_callback = text.messaging_service_sid, text.status_callback
        row.reports_left = list(behaviour.reports) if behaviour.is_taken else []
        row.has_reports_left = bool(row.reports_left)
        return row

    def _new_row(
        self,
        session: Session,
        direction: str,
        from_number: str,
        to_number: str,
        body: str,
        *,
        has_media: bool = False,
    ) -> SimulatedMessage:
        now = self._now(session)
        return SimulatedMessage(
            sid=("MM" if has_media else "SM") + token_hex(16),
            direction=direction,
            from_number=from_number,
            to_number=to_number,
            body=body.replace("\x00", ""),  # no phone can send it, and PostgreSQL cannot keep it
            status="received" if direction == "inbound" else "delivered",
            segments=1 if has_media else max(1, count_segments(body).segments),
            media_urls=[],
            reports_left=[],
            created_at=now,
            shown_at=now + simulated_ahead(session),
        )

    def _keep_inbound(
        self, session: Session, from_number: str, to_number: str, body: str, media: Sequence[Picture]
    ) -> SimulatedMessage:
        row = self._new_row(session, "inbound", from_number, to_number, body, has_media=bool(media))
        session.add(row)
        session.flush()
        for position, picture in enumerate(media):
            session.add(
                SimulatedFile(
                    message_id=row.id,
                    media_sid="ME" + token_hex(16),
                    position=position,
                    content_type=picture.content_type,
                    content=picture.content,
                )
            )
        session.flush()
        return row

    def _obey_keyword(self, session: Session, row: SimulatedMessage) -> None:
        if not self._carrier_confirms:
            return
        ours, theirs = row.to_number, row.from_number
        blocked = log.is_simulated_block(session, our_number=ours, their_number=theirs)
        keyword = read_keyword(row.body, is_blocked=blocked)
        if keyword is None:
            return
        if keyword is Keyword.STOP:
            log.add_simulated_block(session, our_number=ours, their_number=theirs, blocked_at=row.created_at)
        if keyword is Keyword.START:
            log.drop_simulated_block(session, our_number=ours, their_number=theirs)
        session.add(self._new_row(session, "outbound-reply", ours, theirs, ANSWERS[keyword]))

    def _post(self, url: str, fields: Fields) -> int | None:
        if self._post_webhook is None:
            return None
        target = urlsplit(url)
        path = f"{target.path}?{target.query}" if target.query else target.path
        signature = sign_webhook(url=url, fields=fields, secret=self._secrets[0])
        try:
            return self._post_webhook(path, fields, signature)
        except OSError:  # nobody listens: the text is found by a listing later
            return None


def _behaviour_of(number: str) -> Behaviour:
    return RESERVED.get(number, ORDINARY)


def _advance(row: SimulatedMessage) -> None:
    row.status, *left = row.reports_left
    row.reports_left, row.has_reports_left = left, bool(left)
    if not left:
        row.error_code = _behaviour_of(row.to_number).final_error


def _listing(session: Session, rows: Sequence[SimulatedMessage]) -> Listing:
    return Listing(tuple(_carrier_message(session, row) for row in rows))


def _carrier_message(session: Session, row: SimulatedMessage) -> CarrierMessage:
    return CarrierMessage(
        sid=row.sid,
        direction=row.direction,
        from_number=row.from_number,
        to_number=row.to_number,
        body=row.body,
        status=row.status,
        created_at=row.created_at,
        error_code=row.error_code,
        segments=row.segments,
        media_count=len(row.media_urls) or log.count_files(session, row.id),
        messaging_service_sid=row.messaging_service_sid,
    )


def _media_item(sid: str, file: SimulatedFile) -> MediaItem:
    url = f"{MEDIA_HOST}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{sid}/Media/{file.media_sid}"
    return MediaItem(position=file.position, url=url, content_type=file.content_type)
