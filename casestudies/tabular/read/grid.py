"""What the XML of a sheet asks for: how large its grid is, how much text goes into it, formulas without values.

Each look passes over the XML once and matches from one place only, so that no sheet, however odd, takes long.
"""

from __future__ import annotations

import re
from itertools import pairwise

from casestudies.errors import DataError
from casestudies.tabular.read.table import Limits

_LEAST_CELL = len(b'<c r="A1" t="s"><v>0</v></c>')
_SPARSE = 20  # from a million places on, the sheet may have so many for each cell that is there
_SPARSE_FROM = 1_000_000
_PREFIX = rb"<(?:[^\s<>/:]+:)?"
_END = rb"</(?:[^\s<>/:]+:)?"
_ANY_CELL = re.compile(_PREFIX + rb"c[\s/>]")
_ATTRIBUTE = rb"""[^\s=<>"']+\s*=\s*(?:"[^"<]*"|'[^'<]*')"""
_CELL = re.compile(
    _PREFIX + rb"c(?:\s+(?!r\s*=)" + _ATTRIBUTE + rb""")*+\s+r\s*=\s*["']([A-Z]{1,3})([1-9][0-9]{0,6})["']"""
    rb"(?:\s+" + _ATTRIBUTE + rb")*+\s*(/?)>"
)
_UNCALCULATED = re.compile(  # what follows the tag of a cell whose formula has no value beside it
    rb"\s*+" + _PREFIX + rb"f(?:\s[^<>]*)?(?:/>|>[^<]*" + _END + rb"f>)\s*+"
    rb"(?:" + _PREFIX + rb"v\s*/>|" + _PREFIX + rb"v>\s*" + _END + rb"v>)?\s*+" + _END + rb"c>"
)
_OF_TYPE = {kind: re.compile(rb"""\st\s*=\s*["']""" + kind + rb"""["']""") for kind in (b"e", b"s", b"str")}
_INDEX = re.compile(rb"\s*" + _PREFIX + rb"v[^<>]*>\s*([0-9]+)")
_STRING = re.compile(_PREFIX + rb"si[\s/>]")


def check_grid(xml: bytes, limits: Limits, where: str) -> None:
    """Refuses a sheet whose cells span more than the limits, or that holds formulas without values."""
    columns: set[bytes] = set()
    low, high, tags, cells = 2**31, 0, 0, 0
    for found in _CELL.finditer(xml):
        tags += 1
        if not found[3]:
            _check_formula(xml, found, where)
            cells += 1
            columns.add(found[1])
            low, high = min(low, int(found[2])), max(high, int(found[2]))
    if tags != sum(1 for _ in _ANY_CELL.finditer(xml)):
        raise DataError(
            "the sheet has cells without a place (A1, B1, ...)", where=where, advice="save it from Excel, or as CSV"
        )
    if not columns:
        raise DataError("the sheet has no cells", where=where, advice="save it again with its data")
    numbers = [_number(column) for column in columns]
    height, width = high - low + 1, max(numbers) - min(numbers) + 1
    beyond = limits.exceeded(height, width)
    if not beyond and height * width > max(_SPARSE_FROM, _SPARSE * cells):
        beyond = f"has {cells:,} cells spread over {height:,} rows and {width:,} columns"
    if beyond:
        raise DataError(
            f"the sheet {beyond}",
            where=where,
            advice="delete stray cells below and beside the table, or save it as CSV",
        )


def _check_formula(xml: bytes, cell: re.Match[bytes], where: str) -> None:
    if _UNCALCULATED.match(xml, cell.end()) and not _OF_TYPE[b"str"].search(cell[0]):  # a formula may give empty text
        raise DataError(
            "a formula has no stored value",
            where=f"{where}, cell {(cell[1] + cell[2]).decode()}",
            advice="open the workbook in Excel or LibreOffice, let it calculate, and save it",
        )


def check_strings(xml: bytes, strings: bytes, limits: Limits, where: str) -> None:
    """Refuses a sheet whose shared strings, once copied into each of its cells, exceed the limit."""
    starts = [found.start() for found in _STRING.finditer(strings)]
    sizes = [end - start for start, end in pairwise([*starts, len(strings)])]
    if not sizes or max(sizes) * len(xml) < _LEAST_CELL * limits.bytes:
        return  # not even if every cell held the longest
    total = 0
    for cell in _CELL.finditer(xml):
        index = _INDEX.match(xml, cell.end()) if _OF_TYPE[b"s"].search(cell[0]) else None
        if index and len(index[1]) < 10 and int(index[1]) < len(sizes):
            total += sizes[int(index[1])]
    if total > limits.bytes:
        raise DataError(
            f"the sheet's texts take {total:,} bytes; the limit is {limits.bytes:,}",
            where=where,
            advice="keep only the columns and rows that are needed",
        )


def _number(letters: bytes) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def count_errors(xml: bytes) -> int:
    """How many cells hold an Excel error (#N/A, #DIV/0!)."""
    return len(_OF_TYPE[b"e"].findall(xml))
