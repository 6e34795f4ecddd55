"""The state of the installation as Prometheus text, read afresh at each scrape. Counts only, no labels of clients."""

from sqlalchemy.orm import Session

from clock import now as clinic_now
from models import measures
from models.installation import find_installation, machine_now


def exposition(session: Session) -> bytes:
    """The metrics page."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest  # only where scraped

    registry = CollectorRegistry()

    def gauge(name: str, meaning: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(f"aftercare_{name}", meaning, labels, registry=registry)

    texts = gauge("messages", "Texts by direction and state", ("direction", "state"))
    for (direction, state), count in measures.messages_by_state(session).items():
        texts.labels(direction, state).set(count)
    steps = gauge("reminders", "Planned steps by status", ("status",))
    for status, count in measures.reminders_by_status(session).items():
        steps.labels(status).set(count)
    gauge("alerts_open", "Alerts nobody has closed").set(measures.open_alerts(session))
    gauge("conversations_waiting", "Conversations that wait for a person").set(
        measures.waiting_conversations(session)
    )
    gauge("queue_oldest_seconds", "Age of the longest waiting text").set(_oldest_wait(session))
    gauge("sending_stopped", "1 while the carrier refuses our credentials").set(_is_stopped(session))
    beats = gauge("heartbeat_age_seconds", "Seconds since each part was last alive", ("part",))
    for part, beat_at in measures.beats(session).items():
        beats.labels(part).set((machine_now(session) - beat_at).total_seconds())
    return generate_latest(registry)


def _oldest_wait(session: Session) -> float:
    written_at = measures.oldest_queued_at(session)
    return max(0.0, (clinic_now(session) - written_at).total_seconds()) if written_at else 0.0


def _is_stopped(session: Session) -> bool:
    row = find_installation(session)
    return row is not None and row.sending_stopped_since is not None
