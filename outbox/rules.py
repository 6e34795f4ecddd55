"""The gate's rules, most serious first. Pure: facts in, verdict out. There is no other list and no other check."""

from collections.abc import Callable
from datetime import datetime, timedelta

from outbox.facts import Recipient, SendFacts, ThreadFacts
from outbox.kinds import STOP_ANSWER, WITH_PICTURE, Kind, Priority
from outbox.refusals import Allowed, Refusal, Refused
from outbox.send_window import WINDOWS, closes_at, is_open, next_allowed

LONGEST_BODY = 1600  # characters; the carrier refuses more (https://www.twilio.com/docs/api/errors/21658)
PROMO_PAUSE = timedelta(days=120)  # own choice: no promotion after an alarming text
MIN_LEFT = timedelta(seconds=60)  # with less left a text is not worth handing to a carrier
SHORTEST_VALIDITY = timedelta(seconds=5)  # Twilio recommends more than five seconds
PERSON_SILENCE = timedelta(minutes=30)
REPLIES_SPAN, REPLIES_MOST = timedelta(minutes=10), 5  # against two bots answering each other
REPLIES_DAY_MOST = 12

Rule = Callable[[SendFacts, datetime], Refused | None]


def decide(facts: SendFacts, now: datetime) -> Allowed | Refused:
    """Whether one text may leave at `now` (clinic time), and if not, why not (RULES 4, 6 and 7)."""
    for rule in RULES:
        refused = rule(facts, now)
        if refused is not None:
            return refused
    return Allowed(_validity(facts, now))


def _erased(facts: SendFacts, _now: datetime) -> Refused | None:
    if facts.thread is None or not facts.thread.is_erased:
        return None
    return Refused(Refusal.ERASED, "this person's records were erased")


NOT_PHONES = {
    Recipient.SHORT_CODE: Refused(Refusal.NOT_A_PHONE, "the number is a short code, which is never answered"),
    Recipient.ALPHANUMERIC: Refused(Refusal.NOT_A_PHONE, "the sender is a name, which cannot be answered"),
    Recipient.OURS: Refused(Refusal.OUR_OWN_NUMBER, "the number is one of our own"),
}


def _not_a_phone(facts: SendFacts, _now: datetime) -> Refused | None:
    return NOT_PHONES.get(facts.recipient)


def _not_on_call(facts: SendFacts, _now: datetime) -> Refused | None:
    if facts.kind is not Kind.ALERT or facts.phone.is_on_call:
        return None
    return Refused(Refusal.NOT_ON_CALL, "alerts go to on-call phones only")


def _not_staff(facts: SendFacts, _now: datetime) -> Refused | None:
    if facts.kind is not Kind.STAFF_ACK or facts.phone.is_staff or facts.phone.is_on_call:
        return None
    return Refused(Refusal.NOT_STAFF, "the number does not belong to our staff")


def _unfit_body(facts: SendFacts, _now: datetime) -> Refused | None:
    if not facts.body.strip() and not facts.has_media:
        return Refused(Refusal.EMPTY, "the text is empty")
    if len(facts.body) > LONGEST_BODY:
        return Refused(Refusal.TOO_LONG, f"the text is longer than {LONGEST_BODY} characters")
    return None


def _stopped(facts: SendFacts, _now: datetime) -> Refused | None:
    """STOP stands; the only exemptions are those of RULES 6, and alerts to our own people (RULES 8)."""
    if facts.kind is Kind.ALERT:
        return None
    if facts.thread is None:
        return Refused(Refusal.STOPPED, "this phone texted STOP") if facts.phone.has_stopped else None
    stopped_at = facts.thread.consent.stopped_at
    if stopped_at is None or _is_exempt(facts, stopped_at):
        return None
    return Refused(Refusal.STOPPED, f"opted out on {_day(stopped_at, facts)}")


def _is_exempt(facts: SendFacts, stopped_at: datetime) -> bool:
    answered = facts.answered
    if facts.policy.answers is None or answered is None or answered.kind != facts.policy.answers:
        return False
    return facts.kind is Kind.RED_FLAG or answered.at >= stopped_at


def _stop_confirmation(facts: SendFacts, now: datetime) -> Refused | None:
    if facts.kind is not Kind.OPT_OUT:
        return None
    stopped_at = facts.stopped_at
    if stopped_at is None or facts.thread is None:
        return Refused(Refusal.NOT_STOPPED, "there is no opt-out to confirm")
    if facts.thread.stop_confirmed:
        return Refused(Refusal.STOP_CONFIRMED_ALREADY, "this opt-out was confirmed already")
    if now - stopped_at > STOP_ANSWER:
        return Refused(Refusal.STOP_TOO_LONG_AGO, "STOP is confirmed within 5 minutes or not at all")
    return None


def _blocked(facts: SendFacts, _now: datetime) -> Refused | None:
    """Emergency words and alerts are tried all the same: the carrier's own answer is surer than our memory."""
    if facts.kind in (Kind.RED_FLAG, Kind.ALERT):
        return None
    if not (facts.phone.is_blocked or (facts.thread and facts.thread.is_blocked)):
        return None
    return Refused(
        Refusal.CARRIER_BLOCK, "the phone company blocks our texts to this number until it texts START"
    )


def _paused(facts: SendFacts, _now: datetime) -> Refused | None:
    if not facts.policy.pausable or facts.thread is None or not facts.thread.is_paused:
        return None
    return Refused(Refusal.PAUSED, "automatic texts to this number are paused")


def _no_care_consent(facts: SendFacts, _now: datetime) -> Refused | None:
    if not facts.policy.needs_consent or facts.purpose == "promo":
        return None
    if facts.thread is not None and (facts.thread.consent.care or _is_conversational(facts, facts.thread)):
        return None
    return Refused(Refusal.NO_CARE_CONSENT, "no consent to texts about care is on file")


def _is_conversational(facts: SendFacts, thread: ThreadFacts) -> bool:
    """An answer to the client's own text needs no consent record; nor does a person writing back."""
    if facts.policy.scheduled:
        return False
    return facts.answered is not None or (facts.kind is Kind.STAFF and thread.client_has_written)


def _promo(facts: SendFacts, now: datetime) -> Refused | None:
    if facts.purpose != "promo":
        return None
    thread = facts.thread
    if thread is None or not thread.consent.promo:
        return Refused(Refusal.NO_PROMO_CONSENT, "no written consent to promotional texts is on file")
    if thread.do_not_promote:
        return Refused(Refusal.DO_NOT_PROMOTE, "marked as not to be promoted to")
    if thread.red_flag_at is not None and now - thread.red_flag_at < PROMO_PAUSE:
        note = f"an alarming text came on {_day(thread.red_flag_at, facts)}: no promotion for 120 days"
        return Refused(Refusal.RED_FLAG_RECENTLY, note)
    return None


def _reminder_overtaken(facts: SendFacts, _now: datetime) -> Refused | None:
    if facts.reminder is None:
        return None
    if facts.reminder.visit_cancelled:
        return Refused(Refusal.VISIT_CANCELLED, "the visit was cancelled")
    if not facts.reminder.is_live:
        return Refused(
            Refusal.REMINDER_CLOSED, f"the planned text was replaced or is {facts.reminder.status}"
        )
    return None


def _expired(facts: SendFacts, now: datetime) -> Refused | None:
    last = _last_moment(facts)
    if last is None or now < last:
        return None
    return Refused(Refusal.EXPIRED, f"it was of use until {_moment(last, facts)} only")


def _too_early(facts: SendFacts, now: datetime) -> Refused | None:
    starts = [facts.send_after, facts.reminder.earliest if facts.reminder else None]
    first = max((moment for moment in starts if moment is not None), default=now)
    if first <= now:
        return None
    return Refused(Refusal.TOO_EARLY, f"not before {_moment(first, facts)}", until=first)


def _held(facts: SendFacts, _now: datetime) -> Refused | None:
    """Answers, alerts and STOP confirmations wait for nothing but a carrier that takes no texts at all."""
    holds = facts.holds
    if holds.sending_stopped is not None:
        return Refused(Refusal.SENDING_STOPPED, holds.sending_stopped)
    if not facts.policy.scheduled:
        return None
    if holds.restore_wait is not None:
        return Refused(Refusal.RESTORE_WAIT, holds.restore_wait)
    if holds.automatic is not None:
        return Refused(Refusal.AUTOMATIC_HOLD, holds.automatic)
    if facts.thread is not None and facts.thread.has_open_alert:
        return Refused(Refusal.OPEN_ALERT, "an alert about this person is open")
    return None


def _reply_caps(facts: SendFacts, now: datetime) -> Refused | None:
    if not facts.policy.counts_to_reply_caps or facts.thread is None:
        return None
    wrote_at, replies = facts.thread.person_wrote_at, facts.thread.recent_replies
    if wrote_at is not None and now - wrote_at < PERSON_SILENCE:
        return Refused(Refusal.PERSON_WROTE, "a person wrote within the last 30 minutes")
    if sum(now - at < REPLIES_SPAN for at in replies) >= REPLIES_MOST:
        return Refused(Refusal.TOO_MANY_REPLIES, f"{REPLIES_MOST} automatic replies within 10 minutes")
    if len(replies) >= REPLIES_DAY_MOST:
        return Refused(Refusal.TOO_MANY_REPLIES_TODAY, f"{REPLIES_DAY_MOST} automatic replies within a day")
    return None


def _outside_window(facts: SendFacts, now: datetime) -> Refused | None:
    """Reminders leave inside their window with a minute to spare (R4; ValidityPeriod, RULES 7)."""
    if not facts.policy.in_send_window:
        return None
    closes, last = _closes_at(facts, now), _last_moment(facts)
    ends = [moment for moment in (closes, last) if moment is not None]
    if closes is not None and min(ends) - now >= MIN_LEFT:
        return None
    window = WINDOWS[facts.purpose]
    opens = next_allowed(closes or now, window=window, zones=facts.zones, holidays=facts.holidays)
    if opens is None or (last is not None and last - opens < MIN_LEFT):
        return Refused(Refusal.NO_WINDOW_LEFT, "no sending hours are left before its last useful moment")
    return Refused(
        Refusal.OUTSIDE_WINDOW, f"outside sending hours until {_moment(opens, facts)}", until=opens
    )


RULES: tuple[Rule, ...] = (
    _erased,
    _not_a_phone,
    _not_on_call,
    _not_staff,
    _unfit_body,
    _stopped,
    _stop_confirmation,
    _blocked,
    _paused,
    _no_care_consent,
    _promo,
    _reminder_overtaken,
    _expired,
    _too_early,
    _held,
    _reply_caps,
    _outside_window,
)


def _closes_at(facts: SendFacts, now: datetime) -> datetime | None:
    """When the hours that are open at `now` end; None while they are closed."""
    reminder, window = facts.reminder, WINDOWS[facts.purpose]
    if reminder is not None and reminder.leaves_until is not None and now < reminder.leaves_until:
        return reminder.leaves_until
    if not is_open(now, window=window, zones=facts.zones, holidays=facts.holidays):
        return None
    return closes_at(now, window=window, zones=facts.zones, holidays=facts.holidays)


def _last_moment(facts: SendFacts) -> datetime | None:
    ends = [facts.useful_until, facts.reminder.latest if facts.reminder else None]
    return min((moment for moment in ends if moment is not None), default=None)


def _validity(facts: SendFacts, now: datetime) -> timedelta:
    """How long the carrier may keep trying (RULES 7): never past the moment up to which the text is of use."""
    spans = [facts.policy.validity or timedelta(seconds=36000)]
    if facts.has_media:
        spans.append(WITH_PICTURE)
    if facts.kind is Kind.OPT_OUT and facts.stopped_at is not None:
        spans.append(facts.stopped_at + STOP_ANSWER - now)
    if facts.policy.priority is Priority.REMINDER:
        ends = (_closes_at(facts, now), _last_moment(facts))
        spans += [end - now for end in ends if end is not None]
    return max(min(spans), SHORTEST_VALIDITY)


def _day(moment: datetime, facts: SendFacts) -> str:
    local = moment.astimezone(facts.zones[0])
    return f"{local.day} {local:%B %Y}"


def _moment(moment: datetime, facts: SendFacts) -> str:
    local = moment.astimezone(facts.zones[0])
    return f"{local.day} {local:%B, %H:%M}"
