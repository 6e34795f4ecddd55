"""One thread as a PDF: who wrote what when, with the photos. Values in, bytes out; it reads no row and no clock."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos

FONT = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"
FAMILY = "DejaVu"
MARGIN, INDENT, PHOTO_HEIGHT = 18, 34, 70  # millimetres
INK, SOFT, OURS = (29, 36, 41), (86, 98, 107), (11, 107, 98)


@dataclass(frozen=True, slots=True)
class PdfHead:
    """What stands at the top of the first page and at the foot of each."""

    title: str
    lines: tuple[str, ...]
    foot: str


@dataclass(frozen=True, slots=True)
class PdfPhoto:
    """One photo (JPEG bytes) and its caption."""

    content: bytes
    caption: str = ""


@dataclass(frozen=True, slots=True)
class PdfEntry:
    """One text. `day` is set on every entry and printed where it changes."""

    day: str
    who: str
    words: str
    is_ours: bool
    photos: tuple[PdfPhoto, ...] = ()


class _Paper(FPDF):
    """A4 with a foot line on every page."""

    def __init__(self, foot: str) -> None:
        super().__init__(format="A4")
        self._foot = foot
        self.set_margin(MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN + 4)
        self.add_font(FAMILY, "", FONT)

    def footer(self) -> None:
        self.set_y(-MARGIN)
        self.write_words(f"{self._foot}. Page {self.page_no()} of {{nb}}", size=8, colour=SOFT)

    def write_words(
        self, words: str, *, size: float, colour: tuple[int, int, int], indent: float = 0, narrow: float = 0
    ) -> None:
        """One paragraph; `narrow` keeps its right side free (millimetres)."""
        self.set_font(FAMILY, size=size)
        self.set_text_color(*colour)
        self.set_x(MARGIN + indent)
        width = self.epw - indent - narrow
        self.multi_cell(width, size * 0.5, words, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def show_photo(self, photo: PdfPhoto, *, indent: float) -> None:
        """A photo on this page, or on the next where it does not fit."""
        if self.will_page_break(PHOTO_HEIGHT + 8):
            self.add_page()
        self.set_x(MARGIN + indent)
        width = self.epw - INDENT
        self.image(
            io.BytesIO(photo.content), x=MARGIN + indent, w=width, h=PHOTO_HEIGHT, keep_aspect_ratio=True
        )
        self.ln(1)
        if photo.caption:
            self.write_words(photo.caption, size=8, colour=SOFT, indent=indent)


def write_pdf(head: PdfHead, entries: Sequence[PdfEntry]) -> bytes:
    """The whole thread. Characters the font lacks are drawn as empty boxes; the archive's texts.txt has them."""
    paper = _Paper(head.foot)
    paper.set_title(head.title)
    paper.add_page()
    paper.write_words(head.title, size=18, colour=INK)
    for line in head.lines:
        paper.write_words(line, size=9, colour=SOFT)
    day = ""
    for entry in entries:
        if entry.day != day:
            paper.ln(5)
            paper.write_words(entry.day, size=9, colour=SOFT)
            day = entry.day
        _write_entry(paper, entry)
    return bytes(paper.output())


def _write_entry(paper: _Paper, entry: PdfEntry) -> None:
    indent = INDENT if entry.is_ours else 0
    paper.ln(2.5)
    paper.write_words(entry.who, size=8, colour=OURS if entry.is_ours else SOFT, indent=indent)
    if entry.words:
        paper.write_words(
            entry.words, size=10.5, colour=INK, indent=indent, narrow=0 if entry.is_ours else INDENT
        )
    for photo in entry.photos:
        paper.show_photo(photo, indent=indent)
