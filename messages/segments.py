"""How many SMS segments a text costs, and how to keep look-alike characters from making it dearer.

Pure. It must never change a letter: only punctuation and spaces are folded, so names and Spanish stay as written.
Alphabet and sizes: 3GPP TS 23.038, as in Twilio's own calculator (npm sms-segments-calculator 1.3.0).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("\f^{}\\[~]|€")  # two septets each: an escape and the character

# Whole text in one part / room in each part once there are several (six octets go to the header that joins them).
_GSM_SINGLE, _GSM_PART = 160, 153
_UCS_SINGLE, _UCS_PART = 70, 67

_FOLDS = {
    '"': "«»“”„‟ʺˮ❝❞〝〞＂″",
    "'": "‘’‚‛ʻʼʽˈʹ´ˊ`ˋ❛❜＇′",
    "-": "‐‑‒–—―−﹣－⁃•",
    "...": "…",
    "/": "⁄∕／",
    "!": "！",
    "!!": "‼",
    "?": "？",
    ",": "，、",
    ".": "。．",
    ":": "：",
    ";": "；",
    "(": "（",
    ")": "）",
    "<": "‹",
    ">": "›",
    " ": "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    "\n": "\u0085\u2028\u2029\v",
    "": "\u00ad\u200b\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
}
_FOLD_TABLE = str.maketrans({mark: plain for plain, marks in _FOLDS.items() for mark in marks})

_LINE_END = re.compile(r"\r+\n")

_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class SegmentCount:
    """What a text costs. `units` are septets (GSM-7) or 16-bit units (UCS-2); `per_part` is the room in one part."""

    segments: int
    encoding: str
    units: int
    per_part: int
    offending: tuple[str, ...]  # the characters that forced UCS-2, each once, in order


def fold(text: str) -> str:
    """The same text with look-alike punctuation and spaces made plain; letters are only composed (NFC)."""
    return _LINE_END.sub("\n", unicodedata.normalize("NFC", text).translate(_FOLD_TABLE))


def count_segments(text: str) -> SegmentCount:
    """Segments of the text as it stands, unfolded. An empty text counts as one, as at the carrier."""
    offending = tuple(
        dict.fromkeys(char for char in text if char not in GSM_BASIC and char not in GSM_EXTENDED)
    )
    if offending:
        sizes = [_utf16_units(cluster) for cluster in _clusters(text)]
        return _packed(sizes, "UCS-2", single=_UCS_SINGLE, part=_UCS_PART, offending=offending)
    sizes = [2 if char in GSM_EXTENDED else 1 for char in text]
    return _packed(sizes, "GSM-7", single=_GSM_SINGLE, part=_GSM_PART, offending=())


def _packed(
    sizes: list[int], encoding: str, *, single: int, part: int, offending: tuple[str, ...]
) -> SegmentCount:
    units = sum(sizes)
    if units <= single:
        return SegmentCount(1, encoding, units, single, offending)
    return SegmentCount(_parts(sizes, part), encoding, units, part, offending)


def _parts(sizes: list[int], room: int) -> int:
    """Greedy: a pair (escape + character, or a surrogate pair) that does not fit moves whole to the next part."""
    parts, used = 1, 0
    for size in sizes:
        if used and used + size > room:
            parts, used = parts + 1, 0
        used += size
        while used > room:  # one cluster larger than a part is cut by the carrier
            parts, used = parts + 1, used - room
    return parts


def _utf16_units(cluster: str) -> int:
    return sum(2 if ord(char) > 0xFFFF else 1 for char in cluster)


def _clusters(text: str) -> Iterator[str]:
    """Characters a reader sees as one (flags, families, accents typed apart), which are not split over parts."""
    cluster = ""
    for char in text:
        if cluster and not _continues(cluster, char):
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _continues(cluster: str, char: str) -> bool:
    if char == "\n" or cluster[-1] in "\r\n":
        return cluster == "\r" and char == "\n"
    if char == _JOINER or unicodedata.category(char) in ("Mn", "Me", "Mc") or 0x1F3FB <= ord(char) <= 0x1F3FF:
        return True
    if cluster[-1] == _JOINER:
        return ord(char) > 0x203B  # only pictures are glued by a joiner
    return _is_flag_letter(char) and len(cluster) == 1 and _is_flag_letter(cluster)


def _is_flag_letter(char: str) -> bool:
    return 0x1F1E6 <= ord(char) <= 0x1F1FF
