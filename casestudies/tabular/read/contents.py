"""The file on the disk: read within a limit, hashed, unpacked when it is gzip, and known by its first bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path

from casestudies.errors import DataError, one_line, shown
from casestudies.tabular.read.table import Limits

_CHUNK = 2**20
_EXPORT = "open it in its own program and save the table as CSV"
_UNPACK = "unpack it and give one of the files inside"

# What a file is when it is no table we read: the pattern of its first bytes, what to call it, what to do instead.
_FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (rb"%PDF-", "a PDF document", "export the table as CSV or .xlsx"),
    (
        rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Excel workbook (.xls) or one with a password",
        "open it in Excel or LibreOffice and save it as .xlsx without a password, or as CSV",
    ),
    (rb"BZh[1-9]1AY", "a bzip2 archive", _UNPACK),
    (rb"\xfd7zXZ\x00", "an xz archive", _UNPACK),
    (rb"\x28\xb5\x2f\xfd", "a zstd archive", _UNPACK),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (rb"Rar!\x1a", "a rar archive", _UNPACK),
    (rb"\x1f\x8b", "a gzip archive inside a gzip archive", _UNPACK),
    (rb"PK(?:\x03\x04|\x05\x06|\x07\x08)", "a zip archive", _UNPACK),
    (rb"(?s).{257}ustar", "a tar archive", _UNPACK),
    (rb"PAR[1E]", "an encrypted or packed Parquet file", "write it again as plain Parquet or CSV"),
    (rb"ARROW1|FEA1", "an Arrow or Feather file", "write it as Parquet or CSV"),
    (rb"SQLite format 3\x00", "an SQLite database", "export one table as CSV"),
    (rb"\x89HDF\r\n", "an HDF5 file", "write one table as Parquet or CSV"),
    (rb"\x93NUMPY", "a NumPy array", "write it as Parquet or CSV"),
    (rb"\$FL[23]", "an SPSS file", _EXPORT),
    (rb"<stata_dta>", "a Stata file", _EXPORT),
    (rb"RD[XA][23]\n", "an R data file", "write it with write.csv(x, row.names = FALSE)"),
    (rb"\x80[\x02-\x05]", "a Python pickle, which can run code when it is opened", "write it as Parquet or CSV"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a", "an image", "give a table as CSV, .xlsx or Parquet"),
    (rb"\{\\rtf", "a rich-text document", _EXPORT),
    (
        rb"version https://git-lfs",
        "a Git LFS pointer that stands for the data",
        "fetch the file with `git lfs pull`",
    ),
    (rb"(?i)@relation\s", "an ARFF file", "write its table as CSV"),
    (rb"(?i)<(?:!doctype html|html|head|body|table|script)\b", "a web page (HTML)", "download the file, not its page"),
    (rb"<\?xml|<!--|<[A-Za-z][\w:]*(?:\s[^<>]*)?>", "an XML document", "write its table as CSV"),
    (rb"""[\[{]\s*["'\[\]{}]""", "JSON", "write its records as CSV or Parquet"),
)
_BLANK_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*")


@dataclass(frozen=True)
class Contents:
    """A file's content after unpacking, with what identifies the file as it lies on the disk.

    `name` is printable and never a path; `size` is in bytes on the disk; `packed` says that it came as gzip.
    """

    name: str
    content: bytes
    sha256: str
    size: int
    packed: bool


def read_contents(path: Path, limits: Limits) -> Contents:
    """Everything in the file, never more than `limits.bytes` of it in memory.

    Raises
    ------
    DataError: no such file, a folder, a pipe or device, no permission, too large, empty, or gzip that is damaged or
        unpacks to more than the limit.
    """
    name = one_line(path.name)
    where = shown(name, 80)
    raw = _read_bytes(path, limits.bytes, where)
    if not raw:
        raise DataError("the file is empty", where=where, advice="export it again, with a header and rows")
    packed = raw.startswith(b"\x1f\x8b")
    content = _gunzip(raw, limits.bytes, where) if packed else raw
    return Contents(name, content, hashlib.sha256(raw).hexdigest(), len(raw), packed)


def refuse_foreign(content: bytes, where: str) -> None:
    """Raises a DataError that names the format when `content` is no text table, whatever the file is called."""
    head = content[:1024]
    start = _BLANK_START.match(head)
    for pattern, what, advice in _FOREIGN:
        if re.match(pattern, head) or (start and re.match(pattern, head[start.end() :])):
            raise DataError(f"this is {what}, not a text table", where=where, advice=advice)


def _read_bytes(path: Path, limit: int, where: str) -> bytes:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise DataError("this is a folder", where=where, advice="name one file in it")
        if not stat.S_ISREG(mode):
            raise DataError("this is not a plain file", where=where, advice="save the data in a file first")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            raw = file.read(size + 1) if size <= limit else b""
    except FileNotFoundError:
        raise DataError("there is no such file", where=where, advice="check the path and its spelling") from None
    except PermissionError:
        raise DataError("you may not read this file", where=where, advice="ask for read permission") from None
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the path
        reason = getattr(problem, "strerror", None) or problem
        raise DataError(f"it cannot be opened ({reason})", where=where, advice="check the path") from None
    if max(size, len(raw)) > limit:
        raise DataError(
            f"the file has {max(size, len(raw)):,} bytes; the limit is {limit:,}",
            where=where,
            advice="keep the columns and rows that are needed, or write it as Parquet",
        )
    return raw


def _gunzip(raw: bytes, limit: int, where: str) -> bytes:
    """The unpacked bytes, counted while they come: a small file that unpacks to gigabytes stops at the limit."""
    parts: list[bytes] = []
    total = 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as stream:
            while part := stream.read(_CHUNK):
                total += len(part)
                if total > limit:
                    raise DataError(
                        f"the gzip archive unpacks to more than {limit:,} bytes, the limit",
                        where=where,
                        advice="keep the columns and rows that are needed, or write it as Parquet",
                    )
                parts.append(part)
    except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
        raise DataError(
            f"the gzip archive is damaged or cut short ({shown(problem, 80)})",
            where=where,
            advice="copy or download it again",
        ) from None
    if not total:
        raise DataError("the gzip archive is empty", where=where, advice="export it again, with a header and rows")
    return b"".join(parts)
