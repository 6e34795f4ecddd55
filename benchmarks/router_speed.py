"""Times one decision: the median over the labelled texts, and the worst of texts of 1,600 characters.

Run from the repository: `python -m benchmarks.router_speed`. It prints; it never fails, for a machine may be busy.
"""

import json
import statistics
import sys
import time
from pathlib import Path

from bot.decision import Context
from bot.router import decide
from bot.vocabulary import Vocabulary, shipped_vocabulary

LABELLED = Path(__file__).parent.parent / "tests" / "router"
LONGEST = 1600
LONG_TEXTS = 700  # spread evenly over all labelled texts
ROUNDS = 5
SLOWEST = 60  # of the long texts are timed again, in turns and more often: what was another program's work falls away
FIRST_TURNS, TURNS = 4, 40


def read_texts() -> list[str]:
    """Every labelled text of every set."""
    lines = (
        line for path in sorted(LABELLED.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()
    )
    return [json.loads(line)["text"] for line in lines]


def long_texts(texts: list[str]) -> list[str]:
    """Texts of 1,600 characters: real sentences run together, one word repeated, and no word at all."""
    joined = " ".join(texts)
    step = max(1, (len(joined) - LONGEST) // LONG_TEXTS)
    real = [joined[start : start + LONGEST] for start in range(0, step * LONG_TEXTS, step)]
    odd = [
        "can't breathe " * 200,
        "i " * 800,
        "qwrtzp " * 300,
        "a" * LONGEST,
        "é😀" * 800,
        "no " * 800,
        "swalowing breathng thraot " * 80,
        "day 5 still " * 200,
    ]
    return real + [text[:LONGEST] for text in odd]


def best_milliseconds(text: str, vocabulary: Vocabulary) -> float:
    """The fastest of a few rounds: what the code costs without the neighbours on the machine."""
    spans = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        decide(text, Context(), vocabulary)
        spans.append(time.perf_counter() - begin)
    return 1000 * min(spans)


def slowest_first(texts: list[str], vocabulary: Vocabulary, turns: int) -> list[tuple[float, str]]:
    """Each text with its milliseconds; all are timed in turns, for a machine is busy for seconds at a time."""
    spans = [min(each) for each in zip(*(_one_turn(texts, vocabulary) for _ in range(turns)), strict=True)]
    return sorted(zip(spans, texts, strict=True), reverse=True)


def _one_turn(texts: list[str], vocabulary: Vocabulary) -> list[float]:
    return [best_milliseconds(text, vocabulary) for text in texts]


def main() -> int:
    """Print medians and the worst."""
    begin = time.perf_counter()
    vocabulary = shipped_vocabulary()
    texts = read_texts()
    sys.stdout.write(f"vocabulary loaded in {1000 * (time.perf_counter() - begin):.0f} ms\n")
    short = sorted(best_milliseconds(text, vocabulary) for text in texts)
    longest = slowest_first(long_texts(texts), vocabulary, FIRST_TURNS)
    worst = slowest_first([text for _, text in longest[:SLOWEST]], vocabulary, TURNS)
    sys.stdout.write(
        f"{len(texts)} labelled texts: median {statistics.median(short):.2f} ms, "
        f"95th percentile {short[int(0.95 * len(short))]:.2f} ms, worst {short[-1]:.2f} ms\n"
    )
    middle = statistics.median(span for span, _ in longest)
    sys.stdout.write(f"{len(longest)} texts of 1,600 characters: median {middle:.2f} ms; the slowest:\n")
    sys.stdout.writelines(f"{span:.2f} ms  {text[:30]!r}\n" for span, text in worst[:5])
    return 0


if __name__ == "__main__":
    sys.exit(main())
