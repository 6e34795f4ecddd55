"""Read a words pack's folder into topics. Reads only: what is wrong is collected as problems, never guessed."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from messages.plan_rules import PlanRules, read_plan
from messages.problems import Problem
from messages.table_reader import TableReader
from messages.topics import Kind, Span, Topic, TopicWords, Variant, When

REMINDER_CAPS = {"en": 1}  # segments; every other language 3, as every other kind of text
CAP = 3


def read_table(path: Path, *, where: str, problems: list[Problem]) -> Mapping[str, Any]:
    """A parsed TOML file; an empty table and a problem where it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.append(Problem(where, "the file is missing", "Add it to the words pack."))
    except UnicodeDecodeError:
        problems.append(Problem(where, "the file is not UTF-8", "Save it again with the encoding UTF-8."))
    except tomllib.TOMLDecodeError as error:
        problems.append(
            Problem(where, f"this is not valid TOML ({error})", "Check quotes and brackets there.")
        )
    return {}


def read_pack_file(folder: Path, problems: list[Problem]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """pack.toml: the pack's name, its languages (the main one first) and its indiscreet words."""
    raw = read_table(folder / "pack.toml", where="pack.toml", problems=problems)
    table = TableReader(raw, where="pack.toml", problems=problems)
    name, languages, words = table.text("name"), table.texts("languages"), table.texts("discreet_words")
    table.finish()
    if not languages:
        table.problem("the pack has no language", 'Write languages = ["en", "es"].')
    for language in languages:
        if not (folder / language).is_dir():
            table.problem(f"the folder {language} is missing", "Add it, or take the language out.")
    return name, languages, words


def read_plan_file(folder: Path, problems: list[Problem]) -> PlanRules:
    """plan.toml of the pack."""
    return read_plan(
        read_table(folder / "plan.toml", where="plan.toml", problems=problems),
        where="plan.toml",
        problems=problems,
    )


def read_topics(folder: Path, languages: tuple[str, ...], problems: list[Problem]) -> dict[str, Topic]:
    """Every topic with its words in every language; the first language also says what a topic is."""
    names = sorted({path.name for language in languages for path in (folder / language).glob("*.toml")})
    topics = {}
    for name in names:
        tables = {
            language: read_table(folder / language / name, where=f"{language}/{name}", problems=problems)
            for language in languages
        }
        topic = _read_topic(name.removesuffix(".toml"), tables, problems)
        topics[topic.id] = topic
    return topics


def _read_topic(topic_id: str, tables: Mapping[str, Mapping[str, Any]], problems: list[Problem]) -> Topic:
    first, *others = tables
    table = _open(topic_id, first, tables[first], problems)
    kind = table.choice("kind", Kind) if tables[first] else Kind.SYSTEM
    return Topic(
        id=topic_id,
        title=_read_title(topic_id, table),
        kind=kind,
        source=table.text("source") if tables[first] else "",
        span=_read_span(table),
        phrase_order=table.optional_number("phrase_order"),
        words={
            first: _read_words(table, first, kind),
            **{
                language: _read_words(_open(topic_id, language, tables[language], problems), language, kind)
                for language in others
                if tables[language]
            },
        },
    )


def _read_title(topic_id: str, table: TableReader) -> str:
    """What staff call the topic; its id in plain letters where the file does not say."""
    return table.text("title", default=topic_id.replace("_", " ").capitalize())


def _open(topic_id: str, language: str, raw: Mapping[str, Any], problems: list[Problem]) -> TableReader:
    table = TableReader(raw, where=f"{language}/{topic_id}.toml", problems=problems)
    if raw and table.text("id") != topic_id:
        table.problem("the id is not the name of the file", f'Write id = "{topic_id}", or rename the file.')
    return table


def _read_words(table: TableReader, language: str, kind: Kind) -> TopicWords:
    cap = REMINDER_CAPS.get(language, CAP) if kind is Kind.REMINDER else CAP
    words = TopicWords(
        language=language,
        variants=_read_variants(table),
        phrases=table.texts("phrases"),
        approved_by_page=table.flag("approved_by_page", default=False),
        max_segments=table.number("max_segments", default=cap),
        where=table.where,
    )
    table.finish()
    if not 1 <= words.max_segments <= cap:
        table.problem(
            f"max_segments is {words.max_segments}", f"A {kind} text in {language} may have 1 to {cap}."
        )
    return words


def _read_variants(table: TableReader) -> dict[When, Variant]:
    variants: dict[When, Variant] = {}
    for raw in table.tables("variant"):
        variant = _read_variant(raw, table)
        if variant.when in variants:
            table.problem(f"the variant {variant.when} appears twice", "Keep one of them.")
        variants[variant.when] = variant
    return variants


def _read_variant(raw: Mapping[str, Any], topic: TableReader) -> Variant:
    table = TableReader(raw, where=f"{topic.where} [{raw.get('when', '?')}]", problems=topic.problems)
    variant = Variant(
        when=table.choice("when", When),
        text=table.texts("text"),
        must_contain=table.texts("must_contain"),
        person_after_refinement=table.flag("person_after_refinement", default=False),
    )
    table.finish()
    if not variant.text or not all(sentence.strip() for sentence in variant.text):
        table.problem("a sentence is empty", 'Write text = ["First sentence.", "Second sentence."].')
    return variant


def _read_span(table: TableReader) -> Span:
    inner = TableReader(table.table("span"), where=f"{table.where} span", problems=table.problems)
    span = Span(
        from_hours=inner.number("from_hours", default=0),
        to_hours=inner.optional_number("to_hours"),
        to_days=inner.optional_number("to_days"),
    )
    inner.finish()
    if span.to_hours is not None and span.to_days is not None:
        table.problem("the span ends both in hours and in days", "Keep to_hours or to_days.")
    return span
