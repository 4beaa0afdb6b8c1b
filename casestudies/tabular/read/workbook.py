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
from collections.abc import Container
from dataclasses import dataclass

from casestudies.errors import ConfigError, DataError, nearest, shown
from casestudies.tabular.read.grid import check_grid, check_strings, count_errors
from casestudies.tabular.read.table import Limits

_SMALL = 2**24  # bytes of the parts that list the sheets; usually some kilobytes
_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_NAMES = ("[Content_Types].xml", "_rels/.rels", _WORKBOOK, _RELATIONS)
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
_FILLED = re.compile(rb"<(?:[^\s<>/:]+:)?(?:v|is|f)[\s/>]")


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


class _Parts:
    """The parts taken out of an archive so far, as long as their bytes leave room."""

    def __init__(self, archive: zipfile.ZipFile, limit: int, where: str) -> None:
        self.archive, self.limit, self.left, self.where = archive, limit, limit, where
        self.members = {member.filename: member for member in archive.infolist()}
        self.taken: dict[str, bytes] = {}

    def take(self, name: str | None, limit: int) -> bytes:
        """A part, empty if there is none of that name; `ZipFile.read` stops at the size that is checked here."""
        if name is None or name not in self.members:
            return b""
        size = self.members[name].file_size
        if size > min(self.left, limit):
            raise DataError(
                f"the workbook unpacks to more than {min(self.limit, limit):,} bytes, the limit ({shown(name)})",
                where=self.where,
                advice="save the sheet as CSV, or keep only the columns and rows that are needed",
            )
        self.left -= size
        part = self.taken[name] = self.archive.read(self.members[name])
        if b"<!DOCTYPE" in part or b"\0" in part[:1024]:
            raise _damaged(f"{shown(name)} is not plain XML", self.where)
        return part

    def packed(self) -> bytes:
        """An archive of the parts taken, and of nothing else."""
        fresh = io.BytesIO()
        with zipfile.ZipFile(fresh, "w") as copy:
            for name, part in self.taken.items():
                copy.writestr(name, part)
        return fresh.getvalue()


def _open(archive: zipfile.ZipFile, wanted: str | None, limits: Limits, where: str) -> Sheet:
    parts = _Parts(archive, limits.bytes, where)
    if _WORKBOOK not in parts.members:
        raise _no_workbook(parts.members, where)
    for name in _NAMES:
        parts.take(name, _SMALL)
    sheets, others = _listed(parts.taken[_WORKBOOK], parts.taken[_RELATIONS])
    filled = [name for name, part in sheets.items() if _has_cells(archive, parts.members[part])]
    name = _chosen(sheets, filled, wanted, where)
    where = f"{where}, sheet {shown(name)}"
    xml = parts.take(sheets[name], limits.bytes)
    check_grid(xml, limits, where)
    check_strings(xml, parts.take(others.get("sharedStrings"), limits.bytes), limits, where)
    parts.take(others.get("styles"), _SMALL)
    return Sheet(parts.packed(), name, count_errors(xml))


def _no_workbook(members: Container[str], where: str) -> DataError:
    for part, what, advice in _OTHER_KINDS:
        if part in members:
            return DataError(f"this is {what}, not a table", where=where, advice=advice)
    return DataError(
        "this is a zip archive, not a table", where=where, advice="unpack it and give one of the files inside"
    )


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


def _damaged(problem: str, where: str) -> DataError:
    return DataError(
        f"the workbook is damaged ({problem})", where=where, advice="open it in Excel and save it again, or as CSV"
    )
