"""All tables of a report as one Excel workbook: a sheet for each, and a first one that lists them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from casestudies.report.blocks import Figure, Report, Table, numbered
from casestudies.report.text import visible

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_NUMBER = re.compile(r"([+-]?\d{1,3}(?:,\d{3})+|[+-]?\d+)(\.\d+)?( %)?")
_BORN = datetime(2020, 1, 1)  # of the file: the clock's would make other bytes of the same report
_WIDEST = 60  # characters of a column
_LONGEST = 32_767  # characters that a cell holds


def to_xlsx(report: Report) -> bytes:
    """`report`'s tables, those behind its figures too, as a workbook; the same bytes each time.

    A cell that is a plain number is one in the sheet ("1,234.5", "12.3 %"); every other cell is text, whatever it begins with,
    so nothing in it can be a formula.
    """
    from xlsxwriter import Workbook

    report, out = numbered(report), io.BytesIO()
    found = list(_tables(report))
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": visible(report.title), "created": _BORN})
        bold = book.add_format({"bold": True})
        first = book.add_worksheet("Tables")
        _line(first, 0, [report.title], bold)
        _line(first, 1, [f"Result {report.result_id}", *([report.invented.banner] if report.synthetic else [])])
        _line(first, 3, ["Sheet", "Section", "Table"], bold)
        for number, (section, label, table) in enumerate(found):
            _line(first, 4 + number, [label, section, table.caption])
            _sheet(book.add_worksheet(label), table, bold, book.add_format({"num_format": "0.0###%"}))
        first.set_column(0, 1, 24)
        first.set_column(2, 2, _WIDEST)
    return out.getvalue()


def _tables(report: Report) -> Iterator[tuple[str, str, Table]]:
    """Section, sheet's name and table; labels are unlike each other, as sheets' names have to be."""
    for section in report.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                yield section.title, block.label, block
            elif isinstance(block, Figure) and block.table is not None:
                yield section.title, block.label, block.table


def _sheet(sheet: Worksheet, table: Table, bold: Format, share: Format) -> None:
    sheet.write_string(0, 0, _cell(table.caption))
    _line(sheet, 2, list(table.head), bold)
    for row, cells in enumerate(table.rows, 3):
        for column, (text, numeric) in enumerate(zip(cells, table.numeric, strict=True)):
            value = _value(text) if numeric else None
            if value is None:
                sheet.write_string(row, column, _cell(text))
            else:
                sheet.write_number(row, column, value, share if text.endswith(" %") else None)
    for column, head in enumerate(table.head):
        longest = max([len(head), *(len(cells[column]) for cells in table.rows)])
        sheet.set_column(column, column, min(longest + 2, _WIDEST))
    sheet.freeze_panes(3, 1)


def _line(sheet: Worksheet, row: int, texts: list[str], form: Any = None) -> None:
    for column, text in enumerate(texts):
        sheet.write_string(row, column, _cell(text), form)


def _cell(text: str) -> str:
    return visible(text)[:_LONGEST]


def _value(text: str) -> float | None:
    """The number that a cell is, a percentage as its share; None = it is none."""
    match = _NUMBER.fullmatch(text.replace("−", "-"))
    if match is None:
        return None
    value = float((match.group(1) + (match.group(2) or "")).replace(",", ""))
    return value / 100 if match.group(3) else value
