"""How lists are printed: as JSON lines or as columns. Knows no table of the database."""

import json
from collections.abc import Iterable, Mapping, Sequence

Row = Mapping[str, object]


def print_rows(
    rows: Iterable[Row], *, as_json: bool, columns: Sequence[str] = (), nothing: str = "nothing"
) -> None:
    """One JSON object a line, or aligned columns; `nothing` is said where there are no rows."""
    if as_json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
        return
    _print_columns(list(rows), columns, nothing)


def _print_columns(rows: list[Row], columns: Sequence[str], nothing: str) -> None:
    if not rows:
        print(nothing)
        return
    names = list(columns or rows[0])
    cells = [names, *[[_cell(row.get(name)) for name in names] for row in rows]]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: object) -> str:
    if value is None or value == "":
        return "-"
    return " ".join(str(value).split())
