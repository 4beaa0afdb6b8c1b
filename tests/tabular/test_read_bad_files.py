"""Named bad files: each is refused in one line that says what, where and what to do."""

import gzip
import io
import os
import stat
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casestudies.errors import CaseError, DataError
from casestudies.tabular.read import Limits, ReadOptions, read_table


def zipped(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_csv", ".csv"), text)
    return stream.getvalue()


def tarred():
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.csv"), io.BytesIO())
    return stream.getvalue()


CUT = "a,b,c\n" + "1,2,3\n" * 10
UTF8 = "name,town,n\nMüller,Köln,1\nGärtner,Lübeck,2\n".encode()

# name: content, what is said (in order), where, what to do
BAD = {
    "nothing at all": (b"", "the file is empty", "", "export it again"),
    "blanks only": (b" \n\t\n\r\n", "holds only blanks", "", "export it again"),
    "a byte order mark only": (b"\xef\xbb\xbf", "holds only blanks", "", "export it again"),
    "a header and no rows": (b"a,b\n", "a header but no rows", "", "export it again"),
    "a header and blank lines": (b"a,b\n\n\n", "a header but no rows", "", "export it again"),
    "one cell too many": (f"{CUT}1,2,3,4\n", "4 cells, the table 3 columns", "line 12", "quote cells"),
    "one cell too few": (f"{CUT}1,2\n", "2 cells, the table 3 columns", "line 12", "complete rows that were cut"),
    "several ragged rows": (
        f"{CUT}1,2\n1,2,3\n1\n1,2,3,4\n",
        "2 cells, the table 3 columns (and 2 lines, 14, 15)",
        "line 12",
        "data.read.separator",
    ),
    "a footer": (f"{CUT}Total: 30\n", "1 cells, the table 3 columns", "line 12", "complete rows"),
    "a cut last line": (CUT[:-3], "2 cells, the table 3 columns", "line 11", "complete rows"),
    "a decimal comma in a comma-separated file": (
        "x,y\n1,5,2\n2,5,3\n4,0,1\n",
        "the header has 2 names, but the rows have 3 cells",
        "line 2",
        "complete the header",
    ),
    "row names as R writes them": (
        '"x","y"\n"1",2.5,3\n"2",3.5,4\n',
        "the header has 2 names, but the rows have 3 cells",
        "line 2",
        "row.names = FALSE",
    ),
    "more names than cells": (
        "a,b,c\nu,1\nv,2\nw,3\n",
        "the header has 3 names, but the rows have 2 cells",
        "line 1",
        "complete the header",
    ),
    "two tables of one width": (
        f"{CUT}\nname,town,age\nx,Bonn,3\n",
        "a second table seems to begin here: 'age' stands in a column of numbers",
        "line 13",
        "a file of its own",
    ),
    "a quote never closed": ('a,b\n1,"x\n2,y\n3,z\n', "a quote is opened in this row and never closed", "line 2", "it"),
    "a quote not doubled": (
        'a,b\n1,"x"\n2,"the "best" one"\n',
        "text follows a closing quote",
        "line 3",
        "double the quotes inside",
    ),
    "a quote closed by that of a later row": (
        'a,b\n1,"x\n2,"y"\n3,"z"\n',
        "text follows a closing quote (seen on line 3)",
        "line 2",
        "close the quote before",
    ),
    "backslashes before quotes": (
        'a,b\n1,"say \\"x\\" now"\n2,"y"\n',
        "text follows a closing quote",
        "line 2",
        "double the quotes",
    ),
    "a cell as long as a book": (
        'a,b\n1,5" x\n2,' + "x" * 140_000 + "\n",
        "a cell is longer than 131,072 characters",
        "line 3",
        "quote left open",
    ),
    "no separator": (
        "a b,c;d\ne;f|g,h,i\nj k l m\nn,o;p;q|r\ns|t\n",
        "no separator gives every row the same number of cells",
        "",
        "data.read.separator",
    ),
    "one column of prose with commas": (
        "place\nParis, France\nRome, Italy\nBonn, Germany\n",
        "no separator gives every row",
        "",
        "quote cells",
    ),
    "a NUL byte": (b"a,b\n1,2\n1,\x002\n", "holds a NUL byte", "line 3", "export it again as text"),
    "control characters": (b"a,b\n" + b"\x01\x02,\x03\x04\n" * 20, "80 of its 124 bytes are control", "", "as CSV"),
    "random bytes": (
        bytes((i * 7919 + i * i // 3) % 256 for i in range(4_000)),
        "holds a NUL byte",
        "line",
        "export it again",
    ),
    "UTF-8 with one damaged letter": (
        UTF8 + b"M\xfcller,Bonn,3\n",
        "UTF-8 except at byte 49 (0xFC)",
        "line 4",
        "glued from two encodings",
    ),
    "UTF-8 cut within a letter": (UTF8 + "Ä,ö".encode()[:-1], "UTF-8 except at byte 51", "line 4", "cut short"),
    "a letter cp1252 lacks": (b"a,b\nM\x81ller,1\nx,2\n", "nor cp1252 fits: byte 6 (0x81)", "line 2", "(cp1252, cp850"),
    "UTF-16 cut within a letter": ("a,b\nx,ü\n".encode("utf-16")[:-1], "is not valid utf-16", "line 2", "encoding"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "a PDF document", "", "CSV or .xlsx"),
    "an old Excel workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "(.xls)", "", "save it as .xlsx"),
    "a zip archive": (zipped(a_csv="a,b\n"), "a zip archive", "", "unpack it"),
    "an OpenDocument sheet": (zipped(mimetype="x", content_xml="<a/>"), "an OpenDocument file", "", "save the sheet"),
    "a Word document": (zipped(word__document_xml="<a/>"), "a Word document", "", "copy its table"),
    "half a zip archive": (zipped(a_csv="a,b\n" * 99)[:60], "the workbook is damaged", "", "save it again"),
    "an empty zip archive": (zipped(), "a zip archive", "", "unpack it"),
    "a tar archive": (tarred(), "a tar archive", "", "unpack it"),
    "a bzip2 archive": (b"BZh91AY&SY\x00\x01", "a bzip2 archive", "", "unpack it"),
    "an xz archive": (b"\xfd7zXZ\x00\x00", "an xz archive", "", "unpack it"),
    "a zstd archive": (b"\x28\xb5\x2f\xfd\x04", "a zstd archive", "", "unpack it"),
    "a gzip archive cut short": (gzip.compress(b"a,b\n1,2\n" * 99)[:-9], "damaged or cut short", "", "download it"),
    "a gzip archive with a wrong sum": (gzip.compress(b"a,b\nx,2\n")[:-8] + b"\1" * 8, "damaged", "", "download"),
    "an empty gzip archive": (gzip.compress(b""), "the gzip archive is empty", "", "export it again"),
    "gzip in gzip": (gzip.compress(gzip.compress(b"a,b\n")), "a gzip archive inside", "", "unpack it"),
    "a tar archive in gzip": (gzip.compress(tarred()), "a tar archive", "", "unpack it"),
    "a workbook in gzip": (gzip.compress(zipped(xl__workbook_xml="")), "a zip archive", "", "unpack it"),
    "JSON": (b' [{"a": 1}, {"a": 2}]', "JSON", "", "as CSV or Parquet"),
    "JSON lines": (b'{"a": 1}\n{"a": 2}\n', "JSON", "", "as CSV or Parquet"),
    "a web page": (b"\n<!DOCTYPE html>\n<html><body>404", "a web page", "", "download the file"),
    "an HTML table": (b"<table><tr><td>1</td></tr></table>", "a web page", "", "download the file"),
    "XML": (b'\xef\xbb\xbf<?xml version="1.0"?><rows/>', "an XML document", "", "as CSV"),
    "a web page in UTF-16": ("<html><body>".encode("utf-16"), "a web page", "", "download the file"),
    "an ARFF file": (b"@RELATION iris\n@ATTRIBUTE x NUMERIC\n", "an ARFF file", "", "as CSV"),
    "an image": (b"\x89PNG\r\n\x1a\n\0\0", "an image", "", "give a table"),
    "a pickle": (b"\x80\x04\x95\x00\x00", "a Python pickle", "", "as Parquet or CSV"),
    "an SQLite database": (b"SQLite format 3\x00\x10", "an SQLite database", "", "export one table"),
    "a Feather file": (b"ARROW1\0\0", "an Arrow or Feather file", "", "as Parquet"),
    "an HDF5 file": (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "", "as Parquet"),
    "an SPSS file": (b"$FL2@(#) SPSS", "an SPSS file", "", "save the table as CSV"),
    "a Git LFS pointer": (b"version https://git-lfs.github.com/spec/v1\noid", "a Git LFS pointer", "", "git lfs pull"),
    "half a Parquet file": (b"PAR1\x15\x04\x15", "the Parquet file is damaged", "", "write it again"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_file(tmp_path, name):
    content, what, place, advice = BAD[name]
    file = tmp_path / "loans.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError) as problem:
        read_table(file)
    message = str(problem.value)
    where, _, said = message.partition(": ")
    assert where.startswith("'loans.csv'")
    assert place in where
    assert what in said.partition("; ")[0]
    assert advice in said.partition("; ")[2]
    assert message.isprintable()
    assert str(tmp_path) not in message


@pytest.mark.parametrize(
    ("encoding", "place"),
    [
        ("utf-8", r"line 3: byte 13 \(0xFC\)"),
        ("ascii", r"line 3: byte 13 \(0xFC\)"),
        ("cp932", r"line 3: byte 13 \(0xFC\)"),
    ],
)
def test_a_wrong_encoding_names_the_byte_and_the_line(tmp_path, encoding, place):
    file = tmp_path / "loans.csv"
    file.write_bytes("name,b\nx,1\nMüller,2\n0,ÿ\n".encode("cp1252"))
    with pytest.raises(DataError, match=rf"{place} is not valid {encoding}; .*cp850"):
        read_table(file, ReadOptions(encoding=encoding))


def test_a_file_beyond_the_limit_is_not_read_at_all(tmp_path):
    file = tmp_path / "large.csv"
    with file.open("wb") as stream:
        stream.truncate(40_000_000)
    tracemalloc.start()
    with pytest.raises(DataError, match="40,000,000 bytes; the limit is 1,000,000"):
        read_table(file, limits=Limits(bytes=1_000_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5e6


def test_paths_that_are_no_files(tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for path, what in (
        (tmp_path / "absent.csv", "there is no such file"),
        (tmp_path / "folder", "this is a folder"),
        (tmp_path / "pipe", "this is not a plain file"),
        (tmp_path / ("x" * 300), "it cannot be opened"),
        (Path("a\0b.csv"), "it cannot be opened"),
        (Path("/dev/null"), "this is not a plain file"),
    ):
        with pytest.raises(DataError, match=what) as problem:
            read_table(path)
        assert str(tmp_path) not in str(problem.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    file = tmp_path / "secret.csv"
    file.write_text("a,b\n1,2\n")
    file.chmod(stat.S_IWUSR)
    with pytest.raises(DataError, match="you may not read this file; ask for read permission"):
        read_table(file)


def test_permission_is_asked_for_without_a_traceback(tmp_path, monkeypatch):
    file = tmp_path / "secret.csv"
    file.write_text("a,b\n1,2\n")
    monkeypatch.setattr(Path, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "denied")))
    with pytest.raises(DataError, match="you may not read this file"):
        read_table(file)


PIECES = st.sampled_from(
    [
        *(bytes([byte]) for byte in b'"\n\r,;\t|: a1\0\xfc'),
        b"1,5",
        b"x\n",
        b'","',
        b"::",
        b"\xc3\xa4",
        b"\xef\xbb\xbf",
        b"PK\x03\x04",
        b"PAR1",
        b"\x1f\x8b",
    ]
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    content=st.lists(PIECES, max_size=40).map(b"".join) | st.binary(max_size=200),
    header=st.sampled_from([True, False, 1, 2]),
)
def test_any_bytes_become_a_table_or_one_line(tmp_path_factory, content, header):
    file = tmp_path_factory.mktemp("fuzz") / "x.csv"
    file.write_bytes(content)
    try:
        table = read_table(file, ReadOptions(header=header), Limits(bytes=10_000, rows=50, columns=20))
    except CaseError as problem:
        assert str(problem).isprintable()
        return
    assert len(table.lines) == len(table.frame) == table.source.rows > 0
    assert table.frame.columns.is_unique
    assert all(table.frame.columns)
