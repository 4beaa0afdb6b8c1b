"""Forty-odd bad inputs, each a file or a setting a real person could bring: one line, the right exit code, no run."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from casestudies import cli
from casestudies.errors import ExitCode

HEAD = "id,income,amount,bad\n"
BODY = "".join(f"{i},{900 + 13 * i % 700},{100 + i % 50},{'yes' if i % 4 == 0 else 'no'}\n" for i in range(1, 201))
GOOD = HEAD + BODY
TARGET = ("data.target=bad", "data.positive=yes", "data.id=id")


def lines(change: Callable[[int, str], str | None]) -> str:
    changed = (change(number, line) for number, line in enumerate(GOOD.splitlines(), 1))
    return "".join(f"{line}\n" for line in changed if line is not None)


def excel(sheets: dict[str, list[list[object]]], merge: str | None = None) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if merge:
            sheet.merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("loans.csv", GOOD)
    return out.getvalue()


# name: (file name, content, further --set, exit code, words that the line must hold)
FILES: dict[str, tuple[str, bytes | str, tuple[str, ...], ExitCode, tuple[str, ...]]] = {
    "empty file": ("loans.csv", "", (), ExitCode.DATA, ("loans.csv", "empty")),
    "header only": ("loans.csv", HEAD, (), ExitCode.DATA, ("loans.csv", "no rows")),
    "ragged row": ("loans.csv", lines(lambda n, s: s + ",9" if n == 57 else s), (), ExitCode.DATA, ("line 57", "5", "4")),
    "short row": ("loans.csv", lines(lambda n, s: "57,3" if n == 58 else s), (), ExitCode.DATA, ("line 58", "4")),
    "unclosed quote": ("loans.csv", lines(lambda n, s: s.replace("9,", '9,"', 1) if n == 10 else s), (), ExitCode.DATA, ("line 10", "quote")),
    "NUL bytes": ("loans.csv", GOOD.replace("no", "n\0", 1), (), ExitCode.DATA, ("loans.csv", "NUL")),
    "a picture": ("loans.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, (), ExitCode.DATA, ("loans.csv", "image")),
    "a PDF": ("loans.csv", b"%PDF-1.7\n" + b"x" * 400, (), ExitCode.DATA, ("loans.csv", "PDF")),
    "a web page": ("loans.csv", "<!doctype html><html><body>" + "x" * 400, (), ExitCode.DATA, ("loans.csv", "HTML")),
    "JSON": ("loans.csv", '[{"id": 1, "bad": "yes"}]' * 20, (), ExitCode.DATA, ("loans.csv", "JSON")),
    "a zip archive": ("loans.zip", zipped(), (), ExitCode.DATA, ("loans.zip", "zip")),
    "a gzip bomb": ("loans.csv.gz", gzip.compress(b"1,2,3\n" * 50_000_000, 1), (), ExitCode.DATA, ("loans.csv.gz", "limit")),
    "wrong encoding": ("loans.csv", GOOD.replace("no", "nö").encode("cp1252"), ("data.read.encoding=utf-8",), ExitCode.DATA, ("loans.csv", "utf-8", "line 2")),
    "unknown encoding": ("loans.csv", GOOD, ("data.read.encoding=klingon",), ExitCode.CONFIG, ("data.read.encoding", "klingon")),
    "no header": ("loans.csv", BODY, (), ExitCode.DATA, ("loans.csv", "line 1", "data.read.header")),
    "two sheets": ("loans.xlsx", excel({"A": [["id", "bad"], [1, "yes"]], "B": [["id"], [1]]}), (), ExitCode.DATA, ("loans.xlsx", "data.read.sheet", "'A'")),
    "merged header": ("loans.xlsx", excel({"A": [["id", "x", "bad"], ["", "y", ""], *([i, i, "no"] for i in range(9))]}, "A1:A2"), (), ExitCode.DATA, ("loans.xlsx", "row")),
    "nested Parquet": ("loans.parquet", "nested", (), ExitCode.DATA, ("loans.parquet", "'tags'")),
    "cut Parquet": ("loans.parquet", b"PAR1" + b"\0" * 60, (), ExitCode.DATA, ("loans.parquet",)),
    "missing target": ("loans.csv", GOOD, ("data.target=badd",), ExitCode.CONFIG, ("data.target", "'badd'", "'bad'")),
    "no target named": ("loans.csv", GOOD.replace(",bad", ",status"), ("data.target=null",), ExitCode.CONFIG, ("data.target",)),
    "positive not given": ("loans.csv", GOOD, ("data.positive=null",), ExitCode.DATA, ("'yes' (50)", "'no' (150)", "data.positive")),
    "positive not there": ("loans.csv", GOOD, ("data.positive=bad",), ExitCode.DATA, ("'yes' (50)", "data.positive")),
    "three label values": ("loans.csv", lines(lambda n, s: s.replace("no", "maybe") if n % 7 == 0 else s), (), ExitCode.DATA, ("'maybe'", "data.derive")),
    "one label value": ("loans.csv", GOOD.replace("yes", "no"), (), ExitCode.DATA, ("`bad`", "'no'")),
    "missing labels": ("loans.csv", lines(lambda n, s: s.rsplit(",", 1)[0] + "," if n in (5, 9) else s), (), ExitCode.DATA, ("`bad`", "row 4", "line 5")),
    "money as text": ("loans.csv", lines(lambda n, s: f'{n},"{1 + n % 9},{200 + n}",{n},{"yes" if n % 4 else "no"}' if n > 1 else s), ("cost.fn=income", "cost.fp=1"), ExitCode.DATA, ("income", "row 1")),
    "cost of missing cells": ("loans.csv", lines(lambda n, s: ",".join([*s.split(",")[:2], "", s.split(",")[3]]) if n == 8 else s), ("cost.fn=amount", "cost.fp=1"), ExitCode.DATA, ("cost.fn", "row 7")),
    "unknown cost column": ("loans.csv", GOOD, ("cost.fn=0.75 * amout", "cost.fp=1"), ExitCode.CONFIG, ("cost.fn", "'amout'", "'amount'")),
    "division by zero": ("loans.csv", GOOD, ("cost.fn=1 / (amount - amount)", "cost.fp=1"), ExitCode.DATA, ("cost.fn", "not finite", "row 1")),
    "one price only": ("loans.csv", GOOD, ("cost.fn=5",), ExitCode.CONFIG, ("cost.fp",)),
    "all prices zero": ("loans.csv", GOOD, ("cost.fn=0", "cost.fp=0"), ExitCode.CONFIG, ("cost",)),
    "code in a formula": ("loans.csv", GOOD, ("cost.fn=__import__('os')", "cost.fp=1"), ExitCode.CONFIG, ("cost.fn", "not allowed")),
    "where keeps nothing": ("loans.csv", GOOD, ("data.where=income > 1e9",), ExitCode.DATA, ("data.where",)),
    "where misspelt": ("loans.csv", GOOD, ("data.where=incme > 1",), ExitCode.CONFIG, ("data.where", "'incme'", "'income'")),
    "a leak": ("loans.csv", lines(lambda n, s: s + (",paid" if n == 1 else f",{5 if s.endswith('yes') else 1 + n % 3}")), (), ExitCode.DATA, ("`paid`", "data.drop")),
    "ambiguous dates": ("loans.csv", lines(lambda n, s: s + (",day" if n == 1 else f",0{1 + n % 9}/0{1 + n % 7}/2024")), ("data.time=day",), ExitCode.DATA, ("`day`", "day", "data.dates")),
    "mixed zones": ("loans.csv", lines(lambda n, s: s + (",day" if n == 1 else f",2024-0{1 + n % 9}-11T10:00:00" + ("+02:00" if n % 2 else ""))), ("data.time=day",), ExitCode.DATA, ("`day`", "zone")),
    "mapped to nothing": ("loans.csv", GOOD, ("data.map.credit_line=amuont",), ExitCode.CONFIG, ("data.map.credit_line", "'amount'")),
    "map of no contract": ("loans.csv", GOOD, ("data.map.credit_lin=amount",), ExitCode.CONFIG, ("data.map", "'credit_line'")),
    "nothing left": ("loans.csv", GOOD, ("data.drop=[income, amount]",), ExitCode.DATA, ("feature",)),
    "too few events": ("loans.csv", HEAD + BODY.replace("yes", "no").replace("no", "yes", 2), (), ExitCode.DATA, ("events", "split")),
    "time without dates": ("loans.csv", GOOD, ("split.kind=time",), ExitCode.CONFIG, ("data.time",)),
    "unknown rule": ("loans.csv", GOOD, ("decide.rule=bmrr",), ExitCode.CONFIG, ("decide.rule", "'bmr'")),
    "out of range": ("loans.csv", GOOD, ("split.folds=1",), ExitCode.CONFIG, ("split.folds", "2")),
    "unknown key": ("loans.csv", GOOD, ("data.targt=bad",), ExitCode.CONFIG, ("data.targt", "'target'")),
    "negative weights": ("loans.csv", GOOD, ("data.derive.w=0 - income", "data.weight=w"), ExitCode.DATA, ("`w`", "row 1")),
    "incumbent decision unsaid": ("loans.csv", lines(lambda n, s: s + (",old" if n == 1 else ",A" if n % 3 else ",R")), ("model.incumbent=old",), ExitCode.CONFIG, ("model.incumbent_act", "'A'", "'R'")),
}  # fmt: skip


def content_of(content: bytes | str) -> bytes:
    if content == "nested":
        import pandas as pd

        out = io.BytesIO()
        pd.DataFrame({"id": range(9), "tags": [[1, 2]] * 9, "bad": ["yes", "no", "no"] * 3}).to_parquet(out)
        return out.getvalue()
    return content.encode() if isinstance(content, str) else content


@pytest.mark.parametrize("name", FILES)
def test_a_bad_input_gets_one_line_and_leaves_no_run(name, tmp_path, capsys):
    file, content, settings, code, words = FILES[name]
    path = tmp_path / file
    path.write_bytes(content_of(content))
    runs = tmp_path / "runs"
    overrides = [f"--set={text}" for text in (*TARGET, *settings)]
    out = cli.main(["run", "credit", "--data", str(path), "--no-progress", "--out", str(runs), *overrides])
    said = capsys.readouterr()
    assert out == code, said.err
    line = said.err.strip()
    assert "\n" not in line
    assert "Traceback" not in line
    for word in words:
        assert word in line, line
    assert not list(runs.glob("*/*/manifest.json"))
    assert not said.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["run", "credit", "--data", "nowhere.csv"], ExitCode.DATA, ("--data", "nowhere.csv")),
        (["run", "credti"], ExitCode.USAGE, ("'credti'", "'credit'")),
        (["run", "credit", "--config", "nowhere.yaml"], ExitCode.CONFIG, ("nowhere.yaml",)),
        (["report", "20200101T000000-abcdef"], ExitCode.BUSY, ("20200101T000000-abcdef",)),
        (["report", "../../etc"], ExitCode.BUSY, ("../../etc",)),
        (["predict", "latest", "--data", "x.csv", "--out", "p.csv"], ExitCode.BUSY, ("no run",)),
        (["app", "--address", "0.0.0.0"], ExitCode.USAGE, ("--address", "sign-in")),
        (["nonsense"], ExitCode.USAGE, ("nonsense",)),
        (["run"], ExitCode.USAGE, ("STUDY",)),
    ],
)
def test_a_bad_command_gets_one_line(arguments, code, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CASESTUDIES_RUNS", str(tmp_path / "runs"))
    assert cli.main(arguments) == code
    line = capsys.readouterr().err.strip()
    assert "\n" not in line
    for word in words:
        assert word in line


@pytest.mark.parametrize(
    ("content", "settings", "said"),
    [
        (GOOD.replace(",", ";"), (), "separator"),
        (("\ufeff" + GOOD).encode("utf-16"), (), "utf-16"),
        (GOOD.replace("no", "nö").replace("yes", "jä").encode("cp1252"), ("data.positive=jä",), "cp1252"),
        ("Loans of 2024\nmade for the board\n\n" + GOOD, (), "line"),
        (GOOD.replace("income", "amount", 1), (), "amount (2)"),
        (gzip.compress(GOOD.encode()), (), "gzip"),
    ],
    ids=["semicolons", "UTF-16", "cp1252", "preamble", "double names", "gzip"],
)
def test_a_mendable_input_is_mended_and_it_is_said(content, settings, said, tmp_path, capsys):
    path = tmp_path / "loans.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    overrides = [f"--set={text}" for text in (*TARGET, *settings)]
    assert cli.main(["check", "credit", "--data", str(path), *overrides]) == ExitCode.DONE
    assert said in capsys.readouterr().out


def test_the_list_is_long_enough():
    assert len(FILES) >= 40
    assert {Path(file).suffix for file, *_ in FILES.values()} >= {".csv", ".xlsx", ".parquet", ".gz", ".zip"}
