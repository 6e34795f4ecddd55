"""What can be wrong with one wording, the pack's own or a clinic's edit. Pure; it never judges style."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from messages.fields import FIELDS, PLACEHOLDER, Need, placeholders, sample_values
from messages.filling import fill
from messages.given_fields import given_fields
from messages.problems import MissingValue, Problem
from messages.segments import count_segments, fold
from messages.topics import Kind, Topic, TopicWords, Variant, When

# Carriers filter public link shorteners: messages with them are blocked as spam.
# fmt: off
SHORTENERS = (
    "bit.ly", "tinyurl.com", "t.co", "goo.gl", "ow.ly", "is.gd", "buff.ly", "rebrand.ly", "cutt.ly", "rb.gy", "t.ly",
    "tiny.cc", "shorturl.at", "bl.ink", "s.id", "lnkd.in", "v.gd", "soo.gd", "snip.ly", "short.io", "dub.sh",
)
# fmt: on
_SHORTENER = re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, SHORTENERS))})(?![\w.-]*\w)", re.IGNORECASE)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Case:
    """One wording under test and where it belongs."""

    topic: Topic
    words: TopicWords
    variant: Variant
    text: str
    discreet_words: tuple[str, ...]


Fault = tuple[str, str]  # what is wrong, what to do


def check_wording(
    topic: Topic,
    words: TopicWords,
    variant: Variant,
    text: str,
    discreet_words: tuple[str, ...],
    problems: list[Problem],
) -> None:
    """Append everything wrong with one wording. `text` holds a sentence a line."""
    case = Case(topic, words, variant, text, discreet_words)
    where = f"{words.where} [{variant.when}]"
    faults = [fault for check in _CHECKS for fault in check(case)]
    if not faults:
        faults = _length(case)
    problems.extend(Problem(where, what, cure) for what, cure in faults)


def has_shortener(text: str) -> bool:
    """Whether a text holds a public link shortener; also for a clinic's own addresses."""
    return _SHORTENER.search(text) is not None


def plain_words(text: str) -> list[str]:
    """Lower-case words without accents or punctuation, for comparing."""
    bare = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return _WORD.findall(bare.lower())


def _empty(case: Case) -> list[Fault]:
    return [] if case.text.strip() else [("the text is empty", "Write at least one sentence.")]


def _placeholders(case: Case) -> list[Fault]:
    given = sorted(field.name for field in given_fields(case.topic))
    cure = f"Use one of: {', '.join(given)}."
    faults = [
        (f"{{{name}}} {'is never filled in here' if name in FIELDS else 'is not a known placeholder'}", cure)
        for name in placeholders(case.text)
        if name not in given
    ]
    if re.search(r"[{}]", PLACEHOLDER.sub("", case.text)):
        faults.append(("a brace stands alone", "Write placeholders as {name}, and no other braces."))
    return faults


def _missing_parts(case: Case) -> list[Fault]:
    return [
        (f"{part} is missing", "This text must contain it, as it stands there.")
        for part in case.variant.must_contain
        if part not in case.text
    ]


def _shortener(case: Case) -> list[Fault]:
    if not has_shortener(case.text):
        return []
    return [("it holds a link shortener", "Carriers block those; use the clinic's own address.")]


def _indiscreet(case: Case) -> list[Fault]:
    if case.topic.kind is Kind.FAQ:
        return []
    forbidden = {word for entry in case.discreet_words for word in plain_words(entry)}
    found = [
        word for word in dict.fromkeys(plain_words(PLACEHOLDER.sub(" ", case.text))) if word in forbidden
    ]
    return [
        (
            f"it says {word!r}",
            "Texts that arrive by themselves name no product, dose or area: say it neutrally.",
        )
        for word in found
    ]


def _not_gsm(case: Case) -> list[Fault]:
    """English must stay in the plain alphabet, or every text costs more than twice as much."""
    if case.words.language != "en":
        return []
    offending = count_segments(fold(PLACEHOLDER.sub("", case.text))).offending
    return [(f"{char!r} makes the text cost double", "Use a plain letter or mark.") for char in offending]


def _dates_without_treatment(case: Case) -> list[Fault]:
    if case.topic.kind is not Kind.FAQ:
        return []
    whens = list(case.words.variants)
    covered = When.NO_TREATMENT in whens[: whens.index(case.variant.when)]
    if case.variant.when is not When.NO_TREATMENT and (case.variant.when is not When.ANY or covered):
        return []
    dated = [name for name in placeholders(case.text) if FIELDS[name].need is Need.DATED]
    return [(f"{{{name}}} needs a treatment on file", "Say it without a date here.") for name in dated]


def _nothing_left(case: Case) -> list[Fault]:
    """With every optional value missing, and for answers every date too, something must still be said."""
    bare = {name: "x" for name, field in FIELDS.items() if field.need is not Need.OPTIONAL}
    try:
        fill(case.topic.id, case.text, bare, without_dates=case.topic.kind is Kind.FAQ)
    except MissingValue:
        return [("nothing is left without its optional values", "Add a sentence that needs none.")]
    return []


_CHECKS: tuple[Callable[[Case], list[Fault]], ...] = (
    _empty,
    _placeholders,
    _missing_parts,
    _shortener,
    _indiscreet,
    _not_gsm,
)
_FILLED_CHECKS = (_dates_without_treatment, _nothing_left)


def _length(case: Case) -> list[Fault]:
    """Last, because it fills the text: its length with long realistic values, and what is left without any."""
    faults = [fault for check in _FILLED_CHECKS for fault in check(case)]
    count = count_segments(fill(case.topic.id, case.text, sample_values(case.words.language)))
    if count.segments > case.words.max_segments:
        over = count.units - case.words.max_segments * count.per_part
        what = f"{count.segments} segments ({count.encoding}, {over} characters over) where {case.words.max_segments}"
        faults.append((f"{what} may be sent", "Shorten it, or split it into two topics."))
    return faults
