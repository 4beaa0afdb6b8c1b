"""Forty-odd bad inputs, each a file or a setting a real person could bring: one line, the right exit code, no run."""

from __future__ import annotations

import gzip
import io
import re
import shutil
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


LOANS = "id,day,income,amount,grade,home,sex,price,same,bad\n" + "".join(
    f"{i},2024-01-{1 + i % 28:02},{900 + 13 * i % 700},{100 + i % 50},{i % 5},{['own', 'rent', 'free'][i % 3]},"
    f"{'mf'[i % 2]},{i % 17},5,{'yes' if i % 4 == 0 else 'no'}\n"
    for i in range(1, 201)
)
ROLES = ("data.protected=[sex]", "data.drop=[price]")
CONFIG, DATA = ExitCode.CONFIG, ExitCode.DATA
UNKNOWN = ("'incom'", "'income'")

# further --set: exit code, words that the line must hold
SETTINGS: dict[str, tuple[ExitCode, tuple[str, ...]]] = {
    "model.candidates=[]": (CONFIG, ("model.candidates", "at least 1 item")),
    "model.candidates=scorecard": (CONFIG, ("model.candidates", "a list")),
    "model.candidates=[scorecard, scorecard]": (CONFIG, ("model.candidates", "different")),
    "model.candidates=[scorecards]": (CONFIG, ("model.candidates", "'scorecards'", "'scorecard'")),
    "model.penalties=[l2, l2]": (CONFIG, ("model.penalties", "different")),
    "model.l1_ratio=nan": (CONFIG, ("model.l1_ratio", "finite")),
    "model.choose=worst": (CONFIG, ("model.choose", "'one_se'")),
    "model.card=5": (CONFIG, ("model.card", "keys and values")),
    "model.card.method=trees": (CONFIG, ("model.card.method", "'woe'")),
    "model.card.C=0": (CONFIG, ("model.card.C", "'cv' or greater than 0")),
    "model.card.C=1e400": (CONFIG, ("model.card.C", "finite")),
    "model.card.max_bins=1": (CONFIG, ("model.card.max_bins", "2")),
    "model.card.pdo=1e-300": (CONFIG, ("model.card.pdo", "0.001")),
    "model.card.odds=1e308": (CONFIG, ("model.card.odds", "1000000000")),
    "model.card.points=1e300": (CONFIG, ("model.card.points", "1000000000")),
    "model.card.points=nan": (CONFIG, ("model.card.points", "finite")),
    "model.card.bogus=1": (CONFIG, ("model.card.bogus", "'method'")),
    **{
        f"model.card.{key}={value}": (CONFIG, (f"model.card.{key}", *UNKNOWN))
        for key, value in {
            "special": "{incom: [-9]}",
            "bins": "{incom: [1000]}",
            "force": "[incom]",
            "exclude": "[incom]",
            "pairs": "[[incom, home]]",
        }.items()
    },
    "model.card.special={sex: [m]}": (CONFIG, ("'sex'", "protected", "data.protected")),
    "model.card.special={price: [1]}": (CONFIG, ("'price'", "dropped")),
    "model.card.special={bad: [1]}": (CONFIG, ("'bad'", "target")),
    "model.card.special={id: [1]}": (CONFIG, ("'id'", "identifier")),
    "model.card.special={day: [1]}": (CONFIG, ("'day'", "date")),
    "model.card.special={same: [1]}": (CONFIG, ("'same'", "the same value in every row")),
    "model.card.special={income: [abc]}": (CONFIG, ("model.card.special.income", "'abc'", "number")),
    "model.card.special={income: -9}": (CONFIG, ("model.card.special.income", "a list")),
    "model.card.bins={income: [1200, 1000]}": (CONFIG, ("model.card.bins.income", "ascending")),
    "model.card.bins={income: []}": (CONFIG, ("model.card.bins.income", "ascending")),
    "model.card.bins={income: [inf]}": (CONFIG, ("model.card.bins.income", "finite")),
    "model.card.bins={income: [[a]]}": (CONFIG, ("model.card.bins.income", "ascending")),
    "model.card.bins={home: [1, 2]}": (CONFIG, ("model.card.bins.home", "groups of levels")),
    "model.card.bins={home: [[own], [boat]]}": (CONFIG, ("model.card.bins.home", "'boat'", "'rent'")),
    "model.card.bins={home: [[own], [own]]}": (CONFIG, ("model.card.bins.home", "'own'", "twice")),
    "model.card.bins={grade: [[1], [2, 9]]}": (CONFIG, ("model.card.bins.grade", "'9'")),
    "model.card.exclude=[income, amount, grade, home]": (CONFIG, ("model.card.exclude", "no column")),
    "model.card.exclude=[home] model.card.force=[home]": (CONFIG, ("model.card.force", "excluded")),
    "model.card.pairs=[[income]]": (CONFIG, ("model.card.pairs", "another item")),
    "model.card.pairs=[[income, income]]": (CONFIG, ("model.card.pairs", "two columns")),
    "model.card.pairs=[[income, home], [home, income]]": (CONFIG, ("model.card.pairs", "twice")),
    f"model.card.pairs=[{', '.join(['[a, b]'] * 6)}]": (CONFIG, ("model.card.pairs", "at most 5 items")),
    "model.monotone={incom: up}": (CONFIG, ("model.monotone", *UNKNOWN)),
    "model.monotone={income: rising}": (CONFIG, ("model.monotone.income", "'up'")),
    "model.monotone={home: up}": (CONFIG, ("model.monotone", "'home' is a category")),
    "model.monotone={grade: up}": (CONFIG, ("model.monotone", "data.numbers: [grade]")),
    "model.monotone={income: up} model.card.force=[income]": (CONFIG, ("model.monotone.income", "force")),
    "model.monotone={income: up} model.card.bins={income: [1000]}": (CONFIG, ("model.monotone.income", "by hand")),
    "model.monotone={income: up} model.card.pairs=[[income, home]]": (CONFIG, ("model.monotone.income", "pair")),
    "model.monotone={income: up} data.where=id > 60": (DATA, ("model.monotone", "35 rows", "50")),
    "features.interactions=[[income]]": (CONFIG, ("features.interactions", "another item")),
    "features.interactions=[[income, sex]]": (CONFIG, ("features.interactions", "'sex'", "protected")),
    "features.polynomials={incom: 2}": (CONFIG, ("features.polynomials", *UNKNOWN)),
    "features.polynomials={income: 9}": (CONFIG, ("features.polynomials.income", "5")),
    "features.target_encode=[income]": (CONFIG, ("features.target_encode", "'income' holds numbers")),
    "features.bins={home: 3}": (CONFIG, ("features.bins", "'home' is a category")),
    "features.pca=51": (CONFIG, ("features.pca", "50")),
    "bands.count=1": (CONFIG, ("bands.count", "2")),
    "bands.edges=[]": (CONFIG, ("bands.edges", "at least 1 item")),
    "bands.edges=[0.1, 1.5]": (CONFIG, ("bands.edges", "less than 1")),
    "bands.edges=[-0.5]": (CONFIG, ("bands.edges", "greater than 0")),
    "refer.review_cost=1e308": (CONFIG, ("refer.review_cost",)),
    "refer.specificity=nan": (CONFIG, ("refer.specificity", "finite")),
    "reasons.k=0": (CONFIG, ("reasons.k", "1")),
    "reasons.words={incom: too low}": (CONFIG, ("reasons.words", *UNKNOWN)),
    "reasons.words={income: ' '}": (CONFIG, ("reasons.words", "no text")),
    "reasons.words={income x boat: low}": (CONFIG, ("reasons.words", "'income x boat'")),
    "reasons.concepts={incom: money}": (CONFIG, ("reasons.concepts", *UNKNOWN)),
    "reasons.changeable={sex: any}": (CONFIG, ("reasons.changeable", "'sex'", "protected")),
    "reasons.changeable={home: up}": (CONFIG, ("reasons.changeable", "'home' is a category")),
    "reasons.effort={income: 0}": (CONFIG, ("reasons.effort.income", "greater than 0")),
    "analyse=[cards]": (CONFIG, ("analyse", "'card'")),
    "split.delay=30": (CONFIG, ("split.delay", "data.time")),
    "split.delay=300 data.time=day split.kind=time": (DATA, ("split.delay", "300 days")),
    "data.derive={w: grade * 0 + (bad == 'no')} data.weight=w": (DATA, ("`w`", "one outcome only")),
    "data.derive={w: 1e-90 + 1e90 * (grade == 1)} data.weight=w": (DATA, ("`w`", "1e-90")),
    "split.delay=99999999999999999999": (CONFIG, ("split.delay", "36500")),
    "data.categories=[incom]": (CONFIG, ("data.categories", *UNKNOWN)),
    "data.categories=[bad]": (CONFIG, ("data.categories", "target")),
    "data.categories=[income] data.numbers=[income]": (CONFIG, ("data.numbers", "data.categories")),
    "data.categories=[day] data.dates={day: '%Y-%m-%d'}": (CONFIG, ("data.categories", "data.dates")),
    "data.numbers=[home]": (DATA, ("`home`", "not numbers", "'rent'")),
}


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_setting_that_makes_no_sense_is_said_before_anything_is_fitted(settings, tmp_path, monkeypatch, capsys):
    code, words = SETTINGS[settings]
    monkeypatch.setattr("casestudies.workflow.conduct.compare", lambda *_: pytest.fail("the fit has begun"))
    path, runs = tmp_path / "loans.csv", tmp_path / "runs"
    path.write_text(LOANS, encoding="utf-8")
    further = re.split(r" (?=[a-z_]+\.[a-z_.]+=)", settings)
    overrides = [f"--set={text}" for text in (*TARGET, *ROLES, *further)]
    out = cli.main(["run", "credit", "--data", str(path), "--no-progress", "--out", str(runs), *overrides])
    said = capsys.readouterr()
    line = said.err.strip()
    assert out == code, line
    assert "\n" not in line
    for word in words:
        assert word in line, line
    assert not list(runs.glob("*/*/manifest.json"))
    assert not said.out


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("analysis/card.json", None),
        ("analysis/card.json", b""),
        ("analysis/card.json", b"[1]"),
        ("analysis/card.json", b'{"characteristics": [{"name": "a", "points": [NaN], "labels": []}]}'),
        ("analysis/bands.json", b"{}"),
        ("analysis/stranger.json", b"{}"),
        ("model/decision.json", b"{}"),
        ("metrics.json", b"null"),
    ],
)
@pytest.mark.parametrize("verb", ["report", "predict", "show"])
def test_a_changed_run_is_not_spoken_of_as_if_it_were_whole(file, content, verb, small_run, tmp_path, capsys):
    run = tmp_path / "runs" / "credit" / small_run.id
    shutil.copytree(small_run.path, run)
    if content is None:
        (run / file).unlink()
    else:
        (run / file).write_bytes(content)
    data, out, where = tmp_path / "loans.csv", tmp_path / "out", ["--runs", str(tmp_path / "runs")]
    data.write_text(GOOD, encoding="utf-8")
    arguments = {
        "report": ["report", run.name, "--format", "html", "--out", str(out), *where],
        "predict": ["predict", run.name, "--data", str(data), "--out", str(tmp_path / "out.csv"), *where],
        "show": ["runs", "show", run.name, *where],
    }
    assert cli.main(arguments[verb]) == ExitCode.BUSY
    line = capsys.readouterr().err.strip()
    assert file in line
    assert "\n" not in line
    assert not out.exists()
    assert not (tmp_path / "out.csv").exists()


def test_what_is_written_without_a_value_is_the_default(tmp_path, capsys):
    config = tmp_path / "loans.yaml"
    config.write_text("study: credit\nmodel:\n  card:\n  monotone:\nfeatures:\nreasons:\n  words:\n", encoding="utf-8")
    path = tmp_path / "loans.csv"
    path.write_text(LOANS, encoding="utf-8")
    overrides = [f"--set={text}" for text in TARGET]
    assert cli.main(["check", "credit", "--data", str(path), "--config", str(config), *overrides]) == ExitCode.DONE
    assert not capsys.readouterr().err


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
