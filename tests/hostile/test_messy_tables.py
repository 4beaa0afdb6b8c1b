"""Messy tables, each as every study may be handed it: one line that names the file and the place and says what to do."""

from __future__ import annotations

import csv
import gzip
import io
import pickle
from collections.abc import Callable

import pytest

from benchmarks.robustness.seeds import Seed, csv_seeds, png_seeds
from casestudies import cli
from casestudies.errors import ExitCode

SOUND: dict[str, Seed] = {seed.study: seed for seed in reversed(csv_seeds())} | {"imaging": png_seeds()[2]}
LABEL = {"credit": "bad", "churn": "bad", "fraud": "fraud", "imaging": "label", "recommendation": "rating"}
MONEY = {"credit": "amount", "churn": "amount", "fraud": "amount"}
ALL, TABLES, LABELLED = tuple(SOUND), ("credit", "churn", "fraud"), ("credit", "churn", "fraud", "imaging")


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def written(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def cells(column: dict[str, str], change: Callable[[int, str], str]) -> Callable[[str, str], str]:
    """The study's own column with every cell changed, given its row."""

    def changed(text: str, study: str) -> str:
        head, *rows = rows_of(text)
        place = head.index(column[study])
        return written([head, *([*r[:place], change(n, r[place]), *r[place + 1 :]] for n, r in enumerate(rows, 1))])

    return changed


def workbook(fill: Callable[[object, list[list[str]]], None]) -> Callable[[str, str], bytes]:
    def made(text: str, study: str) -> bytes:
        from openpyxl import Workbook

        book, out = Workbook(), io.BytesIO()
        fill(book, rows_of(text))
        book.save(out)
        return out.getvalue()

    return made


def two_sheets(book, rows):
    for row in rows:
        book.active.append(row)
    book.create_sheet("Old").append(rows[0])


def formulas(book, rows):
    for number, row in enumerate(rows):
        book.active.append([*row[:-1], '=A1&"x"' if number else row[-1]])


def nested(text: str, study: str) -> bytes:
    import pandas as pd

    out = io.BytesIO()
    pd.read_csv(io.StringIO(text)).assign(tags=lambda table: [[1, 2]] * len(table)).to_parquet(out)
    return out.getvalue()


def line(number: int, change: Callable[[str], str]) -> Callable[[str, str], str]:
    def changed(text: str, study: str) -> str:
        lines = text.splitlines()
        return "\n".join([*lines[: number - 1], change(lines[number - 1]), *lines[number:]]) + "\n"

    return changed


def wide(text: str, study: str) -> str:
    head, *rows = rows_of(text)
    return written([[*head, *(f"c{n}" for n in range(10_000))], *([*row, *["1"] * 10_000] for row in rows)])


# name: (studies, the table changed, words that the answer must hold)
MESS: dict[str, tuple[tuple[str, ...], Callable[[str, str], str | bytes], tuple[str, ...]]] = {
    "an empty file": (ALL, lambda t, s: "", ("empty", "export it again")),
    "blanks alone": (ALL, lambda t, s: " \n\t\n", ("only blanks",)),
    "one byte": (ALL, lambda t, s: "x", ("no rows",)),
    "a header alone": (ALL, lambda t, s: t.splitlines()[0] + "\n", ("no rows", "data.read.header")),
    "a quote never closed": (ALL, line(5, lambda s: '"' + s), ("line 5", "quote")),
    "a NUL byte": (ALL, lambda t, s: t[:60] + "\0" + t[60:], ("NUL byte", "line")),
    "bytes at the end": (ALL, lambda t, s: t.encode() + bytes(range(256)) * 3, ("line", "binary or damaged")),
    "gzip that is none": (ALL, lambda t, s: b"\x1f\x8b\x08\x00" + t.encode(), ("gzip", "download it again")),
    "gzip cut short": (ALL, lambda t, s: gzip.compress(t.encode())[:-9], ("gzip", "cut short")),
    "zip that is none": (ALL, lambda t, s: b"PK\x03\x04" + t.encode(), ("damaged",)),
    "UTF-16 cut short": (ALL, lambda t, s: t.encode("utf-16")[:-1], ("utf-16", "data.read.encoding")),
    "ten thousand columns": (ALL, wide, ("columns; the limit is 500",)),
    "the header twice": (ALL, lambda t, s: t.splitlines()[0] + "\n" + t, ("data.read.header",)),
    "headers on two lines": (ALL, lambda t, s: "Customer,,,Money\n" + t, ("header", "line")),
    "two tables in one file": (ALL, lambda t, s: t + "\n\nx,y\n1,2\n", ("line", "the table")),
    "every row in quotes": (ALL, lambda t, s: "".join('"' + x.replace('"', '""') + '"\n' for x in t.splitlines()), ("separator",)),
    "a web page": (ALL, lambda t, s: "<!doctype html><table>" + t, ("HTML", "download the file")),
    "a PDF": (ALL, lambda t, s: b"%PDF-1.4\n" + t.encode(), ("PDF", "CSV")),
    "JSON": (ALL, lambda t, s: '[{"a": 1}]', ("JSON", "CSV")),
    "an old workbook": (ALL, lambda t, s: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), (".xls", "password")),
    "a database": (ALL, lambda t, s: b"SQLite format 3\0" + bytes(100), ("SQLite", "CSV")),
    "a pickle": (ALL, lambda t, s: pickle.dumps([1, 2, 3] * 50), ("pickle", "run code")),
    "a pointer to a file": (ALL, lambda t, s: "version https://git-lfs.github.com/spec/v1\noid sha256:a\n", ("Git LFS",)),
    "Parquet cut short": (ALL, lambda t, s: b"PAR1" + bytes(50), ("Parquet", "damaged")),
    "Parquet of lists": (ALL, nested, ("'tags'",)),
    "two sheets": (ALL, workbook(two_sheets), ("'Old'", "data.read.sheet")),
    "formulas without values": (ALL, workbook(formulas), ("formula", "cell", "save it")),
    "a row too long": (TABLES, line(8, lambda s: s + ",9"), ("line 8", "separator")),
    "a total at the end": (TABLES, lambda t, s: t + "Total" + "," * t.splitlines()[0].count(",") + "\n", ("row 41", "data.where")),
    "one class": (LABELLED, cells(LABEL, lambda n, v: "yes"), ("'yes'",)),
    "no label at all": (LABELLED, cells(LABEL, lambda n, v: ""), ("label",)),
    "labels with gaps": (TABLES, cells(LABEL, lambda n, v: v if n % 9 else ""), ("missing in 4 of 40 rows", "row 9", "data.where")),
    "three classes": (TABLES, cells(LABEL, lambda n, v: v if n % 9 else "maybe"), ("'maybe' (4)", "data.derive")),
    "money without end": (TABLES, cells(MONEY, lambda n, v: "inf" if n == 5 else v), ("amount", "row 5", "'inf'")),
    "money beyond all": (TABLES, cells(MONEY, lambda n, v: "1e308" if n == 5 else v), ("amount", "row 5", "1e100")),
    "money beyond floats": (TABLES, cells(MONEY, lambda n, v: "1e400" if n == 5 else v), ("amount", "row 5", "'1e400'")),
    "thousands with commas": (TABLES, cells(MONEY, lambda n, v: "1,234.50" if n % 2 else v), ("amount", "row 1", "'1,234.50'")),
    "a sign of currency": (TABLES, cells(MONEY, lambda n, v: f"€ {v}"), ("amount", "row 1", "€")),
    "losses in brackets": (TABLES, cells(MONEY, lambda n, v: f"({v})"), ("amount", "row 1", "'(")),
    "no money at all": (TABLES, cells(MONEY, lambda n, v: ""), ("amount", "40 of 40 rows", "row 1")),
    "a cell without end": (TABLES, cells(MONEY, lambda n, v: "9" * 300_000 if n == 5 else v), ("line", "131,072 characters")),
    "ratings in words": (("recommendation",), cells(LABEL, lambda n, v: "good"), ("'good'", "data.derive")),
    "no rating at all": (("recommendation",), cells(LABEL, lambda n, v: ""), ("data.rating",)),
}  # fmt: skip
CASES = [(study, name) for name, (studies, *_) in MESS.items() for study in studies]


def asked(verb: str, study: str, content: str | bytes, folder) -> list[str]:
    """The command line for a table of that content, with what lies beside it."""
    sound = SOUND[study]
    content = content.encode() if isinstance(content, str) else content
    for name, held in sound.files.items():
        (folder / name).write_bytes(content if name == sound.target else held)
    where = ["--no-progress", "--out", str(folder / "runs")] if verb == "run" else []
    data = folder if sound.data == "." else folder / str(sound.data)
    return [verb, study, "--data", str(data), *where, *(f"--set={text}" for text in sound.settings)]


def sound_text(study: str) -> str:
    return SOUND[study].files[SOUND[study].target].decode("utf-8-sig")


@pytest.mark.parametrize(("study", "name"), CASES)
def test_what_cannot_be_read_gets_one_line_and_leaves_no_run(study, name, tmp_path, capfd):
    _, change, words = MESS[name]
    code = cli.main(asked("run", study, change(sound_text(study), study), tmp_path))
    said = capfd.readouterr()
    told = said.err.strip()
    assert code == ExitCode.DATA, told
    assert "\n" not in told
    assert len(told) < 600
    assert told.isprintable()
    assert ";" in told or ":" in told, "what to do"
    for word in words:
        assert word in told, told
    assert not list(tmp_path.glob("runs/*/*/manifest.json"))
    assert not said.out


# name: (studies, the table changed, what check says of it)
MENDED: dict[str, tuple[Callable[[str, str], str | bytes], str]] = {
    "semicolons": (lambda t, s: t.replace(",", ";"), "separator"),
    "a mark of UTF-8": (lambda t, s: t.encode("utf-8-sig"), ""),
    "UTF-16": (lambda t, s: t.encode("utf-16"), "utf-16"),
    "lines of an old Mac": (lambda t, s: t.replace("\n", "\r"), ""),
    "no last line end": (lambda t, s: t.rstrip("\n"), ""),
    "a comma at each end": (lambda t, s: "".join(f"{line},\n" for line in t.splitlines()), ""),
    "words above the table": (lambda t, s: "Export of Monday\n\n" + t, "line"),
    "a line that names the separator": (lambda t, s: "sep=;\n" + t.replace(",", ";"), "separator"),
    "gzip under another name": (lambda t, s: gzip.compress(t.encode()), "gzip"),
}


@pytest.mark.parametrize("study", ["fraud", "recommendation", "imaging"])  # tables without commas in their cells
@pytest.mark.parametrize("name", MENDED)
def test_what_can_be_mended_is_mended_and_said(study, name, tmp_path, capfd):
    change, word = MENDED[name]
    code = cli.main(asked("check", study, change(sound_text(study), study), tmp_path))
    said = capfd.readouterr()
    assert code == ExitCode.DONE, said.err + said.out
    assert not said.err
    if study != "imaging":  # what is said of its labels is said of their images
        assert word in said.out
