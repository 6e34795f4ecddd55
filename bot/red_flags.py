"""Emergency symptoms, read with negation, history, idiom and hypothesis in mind. Pure; runs first on every text.

It must never stay silent when unsure: what is not clearly cleared goes to a person today.
Sources of the families: bot/understanding/red_flags.toml; time window "hours to weeks" (boxed warnings), so no
red flag is ever switched off by the day since treatment.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.clauses import Clearing, Force
from bot.patterns import Match
from bot.reading import GRAVITY, FlagFamily, Reading

EMERGENCY = "emergency"
UNNAMED = "symptom word"


@dataclass(frozen=True, slots=True)
class RedFlags:
    """What was found: `emergency` names the words to send, `unsure` = a person must look today."""

    emergency: str | None
    unsure: bool
    families: tuple[str, ...]
    words: tuple[str, ...]
    cleared: tuple[str, ...]
    judged: tuple[tuple[Match, Force], ...] = ()  # every symptom and watch word with its force
    sentences: tuple[int, ...] = ()  # those in which a symptom is live


def find_red_flags(reading: Reading, clearing: Clearing, families: Mapping[str, FlagFamily]) -> RedFlags:
    """Judge every symptom pattern and watch word of one text; a very long one until what is gravest is found."""
    judged = list(_judge_symptoms(reading, clearing, families))
    live = [match for match, force in judged if force is Force.LIVE]
    found = tuple(dict.fromkeys(match.pattern.key for match in live))
    kinds = {families[family].words for family in found}
    strict, loose = (
        [(m, clearing.force_of(m)) for m in reading.table(table)] for table in ("watch_strict", "watch")
    )
    telling = [match for match, force in strict if force is Force.LIVE]
    if telling and not live:
        live, found, kinds = telling, (UNNAMED,), {EMERGENCY}
    emergency = min(kinds, key=GRAVITY.index, default=None)
    shadowed = any(force not in (Force.LIVE, Force.NEGATED, Force.IDIOM) for _, force in judged)
    watched = [match for match, force in loose if force not in (Force.NEGATED, Force.IDIOM)]
    return RedFlags(
        emergency=emergency,
        unsure=emergency is None and (shadowed or bool(watched)),
        families=found,
        words=reading.written(live or watched),
        cleared=reading.written(match for match, force in judged if force is not Force.LIVE),
        judged=(*judged, *strict, *loose),
        sentences=tuple(sorted({reading.words.sentences[match.start] for match in live})),
    )


def _judge_symptoms(
    reading: Reading, clearing: Clearing, families: Mapping[str, FlagFamily]
) -> Iterator[tuple[Match, Force]]:
    passed_over: set[str] = set()
    for match in reading.symptoms(passed_over):
        force = clearing.force_of(match)
        if force is Force.LIVE and match.pattern.key not in passed_over:
            passed_over.update(_no_graver(families, match.pattern.key))
        yield match, force


def _no_graver(families: Mapping[str, FlagFamily], found: str) -> Iterator[str]:
    """The families whose words would not be sent instead of those of the one found."""
    return (name for name, family in families.items() if family.gravity >= families[found].gravity)
