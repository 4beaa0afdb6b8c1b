from __future__ import annotations

import io
import json
import math
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casestudies.errors import ConfigError
from casestudies.models.scorecard.card import Scaling, pointed
from casestudies.models.scorecard.sql import DIALECTS, to_sql
from casestudies.models.scorecard.workbook import to_xlsx
from casestudies.tabular.bins import Bins

HOSTILE = [
    'a"b',
    "it's",
    "two\nlines -- comment",
    'x"; DROP TABLE applications; --',
    "[square]]",
    "back`tick\\",
    "=1+1",
    "@SUM(1)*cmd|' /C calc'!A0",
    "é 漢字 🙂 /* */",
    "score",
    "</c><f>1+1</f>",
    "bell\x07 \u202e _x0041_",
]


def scored_by_sqlite(card, frame, **wishes):
    """(rows, 2) score and probability, computed by SQLite from the SELECT."""
    base = sqlite3.connect(":memory:")
    base.create_function("EXP", 1, math.exp)  # not every build has it
    quoted = ['"' + name.replace('"', '""') + '"' for name in frame]
    table = '"' + wishes.get("table", "applications").replace('"', '""') + '"'
    base.execute(f"CREATE TABLE {table} ({', '.join(quoted)})")
    rows = [[None if pd.isna(value) else value for value in row] for row in frame.astype(object).to_numpy().tolist()]
    base.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(quoted))})", rows)
    found = base.execute(to_sql(card, **wishes)).fetchall()
    assert base.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (len(frame),)
    return np.array(found, dtype=float)


def probability(card, codes):
    return 1 / (1 + np.exp(-card.margin(codes)))


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(0, 2), st.booleans())
def test_a_database_computes_the_scores_of_the_card(random_card, random_rows, seed, pairs, whole):
    names = np.random.default_rng(seed).permutation(HOSTILE)[:4]
    card = random_card(seed, [str(name) for name in names], pairs, whole=whole)
    frame = random_rows(card, seed, 60)
    found = scored_by_sqlite(card, frame)
    codes = card.codes(frame)
    np.testing.assert_allclose(found[:, 0], card.score(codes), rtol=0, atol=0 if whole else 1e-9)
    np.testing.assert_allclose(found[:, 1], probability(card, codes), rtol=1e-9)


def read_as(dialect, text):
    """(names, texts, the rest) of a statement, read as a database of that dialect reads it."""
    opening, closing = {"mysql": "``", "sqlserver": "[]"}.get(dialect, '""')
    names, texts, rest, at = [], [], "", 0
    while at < len(text):
        start = text[at]
        if start not in (opening, "'"):
            rest, at = rest + start, at + 1
            continue
        end, held = (closing, "") if start == opening else ("'", "")
        at += 1
        while text[at : at + 2] == end * 2 or text[at] != end:
            escaped = end == "'" and dialect in ("mysql", "snowflake") and text[at] == "\\"
            held += text[at + 1] if escaped else text[at]
            at += 2 if escaped or text[at] == end else 1
        (names if start == opening else texts).append(held)
        at += 1
    return names, texts, rest


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_name_or_a_level_never_ends_its_quotes(name, dialect):
    levels = [name, f"{name}'", f"{name}\\", f"{name}\\'"]
    bins = Bins(name, None, (tuple(levels[:2]), tuple(levels[2:3])), tuple(levels[3:]))
    n = len(bins.labels)
    card = pointed([(bins, np.ones(n), np.ones(n), np.arange(n) / 2.0 - 1)], 0.0, Scaling(), True)
    names, texts, rest = read_as(dialect, to_sql(card, name, dialect=dialect))
    assert set(names) == {name}
    assert texts == levels
    assert re.fullmatch(r"[\w ().,<>=+/\n-]*", rest)
    assert re.findall(r"[A-Z]{3,}", rest).count("SELECT") == 2
    assert "--" not in rest
    assert "/*" not in rest


def test_a_hostile_table_is_scored_and_still_there(random_card, random_rows):
    card = random_card(5, ["x", "y", "z"], 1)
    frame = random_rows(card, 5, 20)
    for table in HOSTILE:
        assert len(scored_by_sqlite(card, frame, table=table)) == 20


def test_kept_columns_come_first_and_a_schema_is_a_part_of_its_own(random_card):
    card = random_card(5, 2, 0)
    text = to_sql(card, ("risk", "loans"), keep=["id", "id"])
    assert text.startswith('SELECT "id", score, 1E0 /')
    assert 'FROM "risk"."loans"' in text


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"dialect": "mysl"}, "no dialect is called 'mysl'; did you mean 'mysql'?"),
        ({"table": "a\0b"}, "'a\\x00b' cannot be a name in SQL"),
        ({"table": ""}, "'' cannot be a name in SQL"),
        ({"keep": ["Score"]}, "'Score' is a column of the result"),
    ],
)
def test_bad_wishes_for_sql_are_refused_in_one_line(random_card, wishes, said):
    with pytest.raises(ConfigError) as error:
        to_sql(random_card(1, 2, 0), **wishes)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


class Unavailable(Exception):
    """#N/A."""


class Sheets:
    """Just enough of a spreadsheet to calculate our formulas, written for these tests alone.

    A range is the list of its values, an empty cell None. Functions get nodes, so that IF calculates one branch only.
    """

    TOKEN = re.compile(r'"[^"]*"|(?:\w+!)?\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?|[A-Z]+(?=\()|\d+\.?\d*|>=|[=&+*/(),-]')
    LEVELS = (("=", ">="), ("&",), ("+", "-"), ("*", "/"))

    def __init__(self, content):
        self.book = openpyxl.load_workbook(io.BytesIO(content))
        self.known = {}

    def __getitem__(self, place):
        """The value of a cell: ("Score", "B4")."""
        if place not in self.known:
            cell = self.book[place[0]][place[1]]
            self.known[place] = self.calculate(place[0], cell.value[1:]) if cell.data_type == "f" else cell.value
        return self.known[place]

    def calculate(self, sheet, formula):
        self.tokens = self.TOKEN.findall(formula)
        assert "".join(self.tokens) == formula, formula
        node = self.parse()
        assert not self.tokens, formula
        return self.run(sheet, node)

    def parse(self, level=0):
        if level == len(self.LEVELS):
            return self.single()
        left = self.parse(level + 1)
        while self.tokens and self.tokens[0] in self.LEVELS[level]:
            left = (self.tokens.pop(0), left, self.parse(level + 1))
        return left

    def single(self):
        token = self.tokens.pop(0)
        if token == "-":
            return ("-", 0.0, self.single())
        if token == "(":
            inside = self.parse()
            assert self.tokens.pop(0) == ")"
            return inside
        if self.tokens and self.tokens[0] == "(":
            arguments = [token]
            while self.tokens.pop(0) != ")":
                if self.tokens[0] != ")":
                    arguments.append(self.parse())
            return tuple(arguments)
        if token[0] == '"':
            return ("text", token[1:-1])
        return float(token) if token[0].isdigit() else ("cells", token)

    def run(self, sheet, node):
        if isinstance(node, float):
            return node
        kind, *parts = node
        if kind == "text":
            return parts[0]
        if kind == "cells":
            other, _, area = parts[0].replace("$", "").rpartition("!")
            found = self.book[other or sheet][area]
            cells = [cell for row in found for cell in row] if isinstance(found, tuple) else [found]
            values = [self[other or sheet, cell.coordinate] for cell in cells]
            return values if ":" in area else values[0]
        if kind == "IF":
            return self.run(sheet, parts[1] if self.run(sheet, parts[0]) else parts[2])
        if kind == "IFERROR":
            try:
                return self.run(sheet, parts[0])
            except Unavailable:
                return self.run(sheet, parts[1])
        return FUNCTIONS[kind](*(self.run(sheet, part) for part in parts))


def spread(function):
    """`function` of two values, or of ranges cell by cell."""

    def of(a, b):
        if not (isinstance(a, list) or isinstance(b, list)):
            return function(a, b)
        n = len(a if isinstance(a, list) else b)
        a, b = (x if isinstance(x, list) else [x] * n for x in (a, b))
        return [function(*pair) for pair in zip(a, b, strict=True)]

    return of


def cells(values):
    """A range of one cell is written as that cell."""
    return values if isinstance(values, list) else [values]


def match(value, where, kind):
    where = cells(where)
    held = [i for i, x in enumerate(where, 1) if (x <= value if kind else x == value)]
    if not held:
        raise Unavailable
    return held[-1] if kind else held[0]


def joined(a, b):
    return "".join("" if x is None else f"{x:g}" if isinstance(x, float | int) else x for x in (a, b))


def unavailable():
    raise Unavailable


FUNCTIONS = {
    "=": lambda a, b: ("" if a is None else a) == b,
    ">=": lambda a, b: a >= b,
    "&": joined,
    "+": lambda a, b: a + b,
    "-": spread(lambda a, b: a - b),
    "*": spread(lambda a, b: a * b),
    "/": lambda a, b: a / b,
    "ISNUMBER": lambda value: isinstance(value, float | int),
    "NA": unavailable,
    "MATCH": match,
    "INDEX": lambda values, place: cells(values)[int(place) - 1],
    "EXACT": spread(lambda a, b: a == b),
    "SUMPRODUCT": lambda values: sum(cells(values)),
    "SUM": lambda values: sum(value for value in cells(values) if value is not None),
    "MAX": lambda values: max(cells(values)),
    "LN": math.log,
    "EXP": math.exp,
}
SCORE, CHANCE, CUT, DECISION = (("Score", f"B{row}") for row in (4, 5, 6, 7))


def typed(row):
    return {name: None if pd.isna(value) else value for name, value in row.items()}


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.integers(0, 2), st.booleans())
def test_the_formulas_of_the_workbook_compute_the_scores_of_the_card(random_card, random_rows, seed, pairs, whole):
    names = [str(name) for name in np.random.default_rng(seed).permutation(HOSTILE)[:4]]
    card = random_card(seed, names, pairs, whole=whole)
    frame = random_rows(card, seed, 2)
    codes = card.codes(frame)
    best = sum(one.points.max() for one in card.characteristics) + card.base
    for i, row in enumerate(frame.to_dict("records")):
        cut = round(float(card.score(codes)[i])) + 0.5
        sheets = Sheets(to_xlsx(card, cut=cut, example=typed(row), decisions=("yes", "=no")))
        score = float(card.score(codes)[i])
        assert sheets[SCORE] == pytest.approx(score, abs=1e-9)
        assert sheets[CHANCE] == pytest.approx(probability(card, codes)[i], rel=1e-9)
        assert sheets[DECISION] == ("yes" if score >= cut else "=no")
        rows = range(13, 13 + len(card.characteristics))
        assert [sheets["Score", f"F{row}"] - 1 for row in rows] == codes[i].tolist()
        assert [sheets["Score", f"H{row}"] for row in rows] == pytest.approx(card.points(codes)[i].tolist())
        assert sum(sheets["Score", f"I{row}"] for row in rows) == pytest.approx(best - score)


def test_what_is_shown_before_anything_is_calculated_is_what_the_formulas_give(random_card, random_rows):
    card = random_card(11, 5, 1)
    row = typed(random_rows(card, 11, 1).to_dict("records")[0])
    content = to_xlsx(card, cut=500, example=row)
    shown = openpyxl.load_workbook(io.BytesIO(content), data_only=True)["Score"]
    sheets = Sheets(content)
    formulas = [cell for line in sheets.book["Score"].iter_rows() for cell in line if cell.data_type == "f"]
    assert len(formulas) == 3 + 4 * len(card.characteristics)
    for cell in formulas:
        value = sheets["Score", cell.coordinate]
        told = shown[cell.coordinate].value
        assert told == (pytest.approx(value, abs=1e-9) if isinstance(value, float | int) else value), cell.coordinate


def test_a_level_that_no_eye_can_see_is_shown_as_its_escape_and_found_as_it_is():
    bins = Bins("x", None, (("bell\x07",), ("bell",)))
    card = pointed([(bins, np.ones(4), np.ones(4), np.array([-1.0, 1.0, 0.5, 0.0]))], 0.0, Scaling(), True)
    content = to_xlsx(card, example={"x": "bell\x07"})
    sheets = Sheets(content)
    assert sheets["Score", "F13"] == 1
    assert sheets["Score", "G13"] == "bell\\x07"
    assert openpyxl.load_workbook(io.BytesIO(content), data_only=True)["Score"]["G13"].value == "bell\\x07"


def test_no_text_becomes_a_formula_or_a_link(random_card):
    names = ["=1+1", "@SUM(1)", "http://198.51.100.7/", "+cmd|' /C calc'!A0"]
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(random_card(2, names, 1), decisions=("=2+2", "-1+1"))))
    ours = re.compile(r"=(Card!\$B\$1\+SUM|1/\(1\+EXP|IF\(|IFERROR\(|INDEX\(|MAX\(|\(IF\()")
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.hyperlink is None
                assert cell.data_type != "f" or ours.match(cell.value), cell.value
    assert book["Score"]["B8"].value == "=2+2"


def test_the_same_card_gives_the_same_bytes_in_another_process(random_card):
    card = random_card(4, ["a", "b", "é漢"], 1)
    content = to_xlsx(card)
    script = (
        "import json, sys; from casestudies.models.scorecard.card import Card; "
        "from casestudies.models.scorecard.workbook import to_xlsx; "
        "sys.stdout.buffer.write(to_xlsx(Card.from_dict(json.load(sys.stdin))))"
    )
    again = subprocess.run(
        [sys.executable, "-c", script], input=json.dumps(card.to_dict()).encode(), capture_output=True, check=True
    )
    assert again.stdout == content
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert {entry.date_time for entry in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize(
    ("example", "said"),
    [
        ({"incme": 3}, "no column is called 'incme'; there are"),
        ({"c0": "many"}, "example, column c0: 'many' is not a number"),
    ],
)
def test_bad_examples_are_refused_in_one_line(random_card, example, said):
    with pytest.raises(ConfigError) as error:
        to_xlsx(random_card(1, 3, 0), example=example)
    assert said in str(error.value)


def test_a_level_longer_than_a_cell_is_refused():
    bins = Bins("x", None, (("y" * 40_000,),))
    card = pointed([(bins, np.ones(3), np.ones(3), np.zeros(3))], 0.0, Scaling(), True)
    with pytest.raises(ConfigError, match="longer than a cell"):
        to_xlsx(card)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_calculates_the_scores_of_the_card(random_card, random_rows, tmp_path):
    cards = [random_card(seed, HOSTILE[seed : seed + 5], 2, whole=seed % 2 == 0) for seed in range(4)]
    frames = [random_rows(card, seed, 6) for seed, card in enumerate(cards)]
    for c, (card, frame) in enumerate(zip(cards, frames, strict=True)):
        for r, row in enumerate(frame.to_dict("records")):
            # saved by openpyxl, so that no calculated value is left in the file
            book = openpyxl.load_workbook(io.BytesIO(to_xlsx(card, cut=480, example=typed(row))))
            book.save(tmp_path / f"{c}-{r}.xlsx")
    out = tmp_path / "out"
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    files = [str(path) for path in sorted(tmp_path.glob("*.xlsx"))]
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(out), *files]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    for c, (card, frame) in enumerate(zip(cards, frames, strict=True)):
        codes = card.codes(frame)
        scores, chances = card.score(codes), probability(card, codes)
        for r in range(len(frame)):
            sheet = openpyxl.load_workbook(Path(out, f"{c}-{r}.xlsx"), data_only=True)["Score"]
            assert sheet["B4"].value == pytest.approx(scores[r], abs=1e-9), (c, r)
            assert sheet["B5"].value == pytest.approx(chances[r], rel=1e-9)
            assert sheet["B7"].value == ("at or above the cut" if scores[r] >= 480 else "below the cut")
