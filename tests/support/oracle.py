"""What the promises say of a carrier's own log. Reads nothing else: no table of ours, no state of ours."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Accepted:
    """One text the carrier took from us."""

    to_number: str
    body: str
    at: str = ""


def read_log(path: Path) -> list[Accepted]:
    """The log of the fake carrier: outgoing texts, oldest first, without a line that is being written at this moment.

    A line torn by a kill of the fake is an error as soon as another one follows it.
    """
    if not path.exists():
        return []
    written, _, _ = path.read_text(encoding="utf-8").rpartition("\n")
    rows = (json.loads(line) for line in written.split("\n") if line)
    return [
        Accepted(row["to_number"], row["body"], row["created_at"])
        for row in rows
        if row["direction"] != "inbound"
    ]


def texts_to(accepted: Iterable[Accepted], number: str) -> list[str]:
    """What one phone was sent."""
    return [text.body for text in accepted if text.to_number == number]


def violations(
    accepted: Iterable[Accepted],
    *,
    owed: Mapping[str, int],
    explained: Collection[str] = (),
    may_repeat: Collection[str] = (),
) -> list[str]:
    """Breaches of R2: each phone gets exactly what it is owed. `explained` are shown to staff or closed with a reason.

    `may_repeat`: phones that are sent emergency words or pages, which may arrive more than once.
    """
    got = Counter(text.to_number for text in accepted)
    found = []
    for number, count in owed.items():
        if got[number] > count and number not in may_repeat:
            found.append(f"{number}: twice ({got[number]} for {count})")
        if got[number] < count and number not in explained:
            found.append(f"{number}: lost ({got[number]} for {count})")
    found += [f"{number}: not owed" for number in got if number not in owed]
    return found


def after_stop(
    accepted: Iterable[Accepted],
    stopped_at: Mapping[str, datetime],
    *,
    confirmation: str,
    within_s: float = 1.0,
) -> list[str]:
    """Breaches of R3: each text accepted later than this after STOP was answered 200, but for one confirmation.

    `stopped_at`: when each phone had that answer. `confirmation`: words that only the confirmation has.
    """
    confirmed: Counter[str] = Counter()
    found = []
    for text in accepted:
        number = text.to_number
        if number not in stopped_at:
            continue
        after = datetime.fromisoformat(text.at) - stopped_at[number]
        if confirmation in text.body:
            confirmed[number] += 1
        elif after > timedelta(seconds=within_s):
            found.append(f"{number}: {after.total_seconds():.1f} s after STOP")
    return found + [f"{number}: {times} confirmations" for number, times in confirmed.items() if times > 1]
