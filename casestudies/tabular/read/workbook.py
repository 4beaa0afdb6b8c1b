"""A stranger's .xlsx archive, taken apart under a limit: one sheet, its strings and styles, and how large its grid is.

The parser behind `excel.py` lays a sheet out as a grid and copies shared strings into it. A few bytes can ask for a
grid of 17 billion cells or a million copies of one long string, and the sizes in a zip archive may lie. So the parts
are unpacked here, counted while they come, and put into a fresh archive; the parser sees nothing else.
"""

from __future__ import annotations

import io
import lzma
import posixpath
import re
import struct
import xml.etree.ElementTree as ElementTree
import zipfile
import zlib
from dataclasses import dataclass
from itertools import pairwise

from casestudies.errors import ConfigError, DataError, nearest, shown
from casestudies.tabular.read.table import Limits

_LEAST_CELL = len(b'<c r="A1" t="s"><v>0</v></c>')
_SPARSE = 20  # from a million places on, the sheet may have so many for each cell that is there
_SPARSE_FROM = 1_000_000
_SMALL = 2**24  # bytes of the parts that list the sheets; usually some kilobytes
_NAMES = ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels")
_OTHER_KINDS = (
    ("xl/workbook.bin", "a binary Excel workbook (.xlsb)", "save it as .xlsx or CSV"),
    ("content.xml", "an OpenDocument file", "save the sheet as .xlsx or CSV"),
    ("word/document.xml", "a Word document", "copy its table into a sheet and save that as .xlsx or CSV"),
)
# What the zip and XML modules raise on damaged archives; ValueError for offsets and names that make no sense.
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, ElementTree.ParseError),
    *(EOFError, OSError, KeyError, ValueError, struct.error),
)
_PREFIX = rb"<(?:[^\s<>/:]+:)?"
_END = rb"</(?:[^\s<>/:]+:)?"
_ANY_CELL = re.compile(_PREFIX + rb"c[\s/>]")
_ATTRIBUTE = rb"""[^\s=<>"']+\s*=\s*(?:"[^"<]*"|'[^'<]*')"""
_CELL = re.compile(
    _PREFIX + rb"c(?:\s+(?!r\s*=)" + _ATTRIBUTE + rb""")*+\s+r\s*=\s*["']([A-Z]{1,3})([1-9][0-9]{0,6})["']"""
    rb"(?:\s+" + _ATTRIBUTE + rb")*+\s*(/?)>"
)
_UNCALCULATED = re.compile(
    rb"(?:" + _END + rb"f>|" + _PREFIX + rb"f(?:\s[^<>]*)?/>)\s*+"
    rb"(?:" + _PREFIX + rb"v\s*/>|" + _PREFIX + rb"v>\s*" + _END + rb"v>)?\s*+" + _END + rb"c>"
)
_OF_TYPE = {kind: re.compile(rb"""\st\s*=\s*["']""" + kind + rb"""["']""") for kind in (b"e", b"s", b"str")}
_INDEX = re.compile(rb"\s*" + _PREFIX + rb"v[^<>]*>\s*([0-9]+)")
_STRING = re.compile(_PREFIX + rb"si[\s/>]")
_FILLED = re.compile(_PREFIX + rb"(?:v|is|f)[\s/>]")


@dataclass(frozen=True)
class Sheet:
    """One sheet: an archive that holds it alone, its name, and how many of its cells are Excel errors (#N/A)."""

    archive: bytes
    name: str
    errors: int


def open_sheet(content: bytes, wanted: str | None, limits: Limits, where: str) -> Sheet:
    """The wanted sheet, or the only one that has cells.

    Raises
    ------
    DataError: no .xlsx workbook, damaged, locked; several sheets and none named (all are listed); parts or a grid
        beyond the limits; formulas whose values were never stored.
    ConfigError: no sheet has the name wanted.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _open(archive, wanted, limits, where)
    except _DAMAGE as problem:
        raise _damaged(shown(problem, 80), where) from None
    except (NotImplementedError, RuntimeError):
        raise DataError(
            "the workbook is locked or packed in an unusual way", where=where, advice="save it as .xlsx or CSV again"
        ) from None


def _open(archive: zipfile.ZipFile, wanted: str | None, limits: Limits, where: str) -> Sheet:
    members = {member.filename: member for member in archive.infolist()}
    if "xl/workbook.xml" not in members:
        for part, what, advice in (*_OTHER_KINDS, ("", "a zip archive", "unpack it and give one of the files inside")):
            if not part or part in members:
                raise DataError(f"this is {what}, not a table", where=where, advice=advice)
    left = limits.bytes
    parts: dict[str, bytes] = {}

    def unpack(name: str, limit: int) -> bytes:
        """A part, if the unpacked bytes so far leave room for it; `read` stops at the size that was checked."""
        nonlocal left
        size = members[name].file_size
        if size > min(left, limit):
            raise DataError(
                f"the workbook unpacks to more than {min(limits.bytes, limit):,} bytes, the limit ({shown(name)})",
                where=where,
                advice="save the sheet as CSV, or keep only the columns and rows that are needed",
            )
        left -= size
        parts[name] = archive.read(members[name])
        if b"<!DOCTYPE" in parts[name] or b"\0" in parts[name][:1024]:
            raise _damaged(f"{shown(name)} is not plain XML", where)
        return parts[name]

    for name in _NAMES:
        if name in members:
            unpack(name, _SMALL)
    sheets, others = _listed(parts["xl/workbook.xml"], parts["xl/_rels/workbook.xml.rels"])
    name = _chosen(sheets, [s for s, part in sheets.items() if _has_cells(archive, members[part])], wanted, where)
    xml = unpack(sheets[name], limits.bytes)
    strings = unpack(others["sharedStrings"], limits.bytes) if others.get("sharedStrings") in members else b""
    if others.get("styles") in members:
        unpack(others["styles"], _SMALL)
    _check_grid(xml, limits, f"{where}, sheet {shown(name)}")
    _check_strings(xml, strings, limits, f"{where}, sheet {shown(name)}")
    fresh = io.BytesIO()
    with zipfile.ZipFile(fresh, "w") as copy:
        for part, data in parts.items():
            copy.writestr(part, data)
    return Sheet(fresh.getvalue(), name, len(_OF_TYPE[b"e"].findall(xml)))


def _listed(workbook: bytes, relations: bytes) -> tuple[dict[str, str], dict[str, str]]:
    """The worksheets by name, in order, with their parts; and the parts of "sharedStrings" and "styles"."""
    targets: dict[str, str] = {}
    others: dict[str, str] = {}
    for relation in ElementTree.fromstring(relations):
        kind = relation.get("Type", "").rpartition("/")[2]
        part = posixpath.normpath(posixpath.join("/xl", relation.get("Target", ""))).lstrip("/")
        if kind == "worksheet":
            targets[relation.get("Id", "")] = part
        elif kind in ("sharedStrings", "styles"):
            others[kind] = part
    sheets: dict[str, str] = {}
    for element in ElementTree.fromstring(workbook).iter():
        if element.tag.rpartition("}")[2] == "sheet":
            identity = next((value for key, value in element.attrib.items() if key.endswith("}id")), "")
            if identity in targets:
                sheets[element.get("name", "")] = targets[identity]
    return sheets, others


def _has_cells(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Whether a sheet holds anything; the leaf that every new workbook has is a few hundred bytes without cells."""
    if member.file_size > 2**16:
        return True
    return _FILLED.search(archive.read(member)) is not None


def _chosen(sheets: dict[str, str], filled: list[str], wanted: str | None, where: str) -> str:
    if wanted is not None:
        if wanted not in sheets:
            raise ConfigError(
                f"{where} has no sheet {shown(wanted)}", where="data.read.sheet", advice=nearest(wanted, sheets)
            )
        return wanted
    if len(filled) > 1:
        names = ", ".join(map(shown, filled[:12])) + (", ..." if len(filled) > 12 else "")
        raise DataError(
            f"the workbook has {len(filled):,} sheets with cells: {names}",
            where=where,
            advice="write the one to read as data.read.sheet",
        )
    if not filled:
        raise DataError("the workbook has no sheet with cells", where=where, advice="save it again with its data")
    return filled[0]


def _check_grid(xml: bytes, limits: Limits, where: str) -> None:
    """Refuses a sheet whose cells span more than the limits, or that holds formulas without values."""
    columns: set[bytes] = set()
    low, high, tags, cells = 2**31, 0, 0, 0
    for found in _CELL.finditer(xml):
        tags += 1
        if not found[3]:
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
    for found in _UNCALCULATED.finditer(xml):
        cell = _CELL.match(xml, xml.rfind(b"<c", 0, found.start()))
        if cell and not _OF_TYPE[b"str"].search(cell[0]):  # a formula may well give an empty text
            raise DataError(
                "a formula has no stored value",
                where=f"{where}, cell {(cell[1] + cell[2]).decode()}",
                advice="open the workbook in Excel or LibreOffice, let it calculate, and save it",
            )


def _check_strings(xml: bytes, strings: bytes, limits: Limits, where: str) -> None:
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


def _damaged(problem: str, where: str) -> DataError:
    return DataError(
        f"the workbook is damaged ({problem})", where=where, advice="open it in Excel and save it again, or as CSV"
    )
