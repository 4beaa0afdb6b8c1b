"""An old Excel workbook (.xls) with two header rows, as CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from casestudies.errors import DataError


def second_row_as_header(path: Path) -> bytes:
    """The first sheet from its second row on, as CSV; column names with dots for spaces, as the table's copies have them.

    Only for workbooks whose bytes were checked: how large a sheet of a stranger's .xls is cannot be known before it is
    laid out in memory.

    Raises
    ------
    DataError: it cannot be opened as a workbook, or has no rows below two of headers.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    except (CalamineError, OSError) as error:
        raise DataError(f"cannot be opened ({error})", where=path.name, advice="fetch it again") from None
    if len(rows) < 3:
        raise DataError("has no rows below its two headers", where=path.name, advice="fetch it again")
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n").writerow
    write(str(cell).strip().replace(" ", ".") for cell in rows[1])
    for row in rows[2:]:
        write(int(cell) if isinstance(cell, float) and cell.is_integer() else cell for cell in row)
    return text.getvalue().encode()
