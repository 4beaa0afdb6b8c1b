"""What a stranger's file becomes: the cells as typed, and a note for every choice."""

import contextlib
import doctest
import gzip
import hashlib
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import ConfigError, DataError
from casestudies.tabular import read
from casestudies.tabular.read import Limits, ReadOptions, read_table


@pytest.fixture
def reading(tmp_path):
    def read_text(content, limits=Limits(), *, name="loans.csv", codec="utf-8", **options):  # noqa: B008
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode(codec))
        return read_table(file, ReadOptions(**options), limits)

    return read_text


def cells(table):
    return [[None if cell is None or cell != cell else cell for cell in row] for row in table.frame.to_numpy().tolist()]


def said(table, *words):
    """Whether one note holds all the words."""
    return any(all(word in note for word in words) for note in table.source.notes)


def test_the_example_in_the_docstring_runs():
    assert doctest.testmod(read).failed == 0
    assert doctest.testmod(read).attempted > 0


def test_cells_stay_as_typed_and_only_the_empty_cell_is_missing(reading):
    table = reading('id,country,n\n007,NA,1e5\n008,null, 12 \n009,,nan\n010,"",-1e400\n')
    assert cells(table) == [
        ["007", "NA", "1e5"],
        ["008", "null", " 12 "],
        ["009", None, "nan"],
        ["010", None, "-1e400"],
    ]
    assert set(table.frame.dtypes.astype(str)) == {"str"}
    assert table.source.notes == ()


def test_texts_that_mean_missing_are_compared_without_outer_spaces(reading):
    table = reading("a,b\n?,1\n  -99.99,?x\n ,NA\n", missing=("?", "-99.99"))
    assert cells(table) == [[None, "1"], [None, "?x"], [" ", "NA"]]
    assert cells(reading("a,b\nx, \ny,1\n", missing=(" ",))) == [["x", None], ["y", "1"]]


def test_the_source_identifies_the_file_as_it_lies_on_the_disk(reading):
    content = gzip.compress(b"id;x\na;1,5\nb;2\n", mtime=0)
    source = reading(content, name="loans.csv.gz").source
    assert (source.name, source.bytes, source.format) == ("loans.csv.gz", len(content), "csv")
    assert source.sha256 == hashlib.sha256(content).hexdigest()
    assert (source.rows, source.columns, source.separator, source.decimal, source.header_line) == (2, 2, ";", ",", 1)
    assert source.notes[0] == "unpacked from gzip"


@pytest.mark.parametrize(
    ("text", "separator", "expected"),
    [
        ("id,name\n1,x\n2,y\n", ",", [["1", "x"], ["2", "y"]]),
        ("id;name\n1;x, y\n2;y, z\n", ";", [["1", "x, y"], ["2", "y, z"]]),
        ("id\tname\n1\tx\n2\ty,z\n", "\t", [["1", "x"], ["2", "y,z"]]),
        ("id|name\n1|x;a\n2|y\n", "|", [["1", "x;a"], ["2", "y"]]),
        ("id::name\n1::x:y\n2::a|b\n", "::", [["1", "x:y"], ["2", "a|b"]]),
        ("id name\n 1   x \n2 y\n", " ", [["1", "x"], ["2", "y"]]),
        ('id name\n1 "x  y"\n2 y\n', " ", [["1", "x  y"], ["2", "y"]]),
        ("a;b\n1,5;2,25\n3,5;4,0\n", ";", [["1,5", "2,25"], ["3,5", "4,0"]]),
        ("when,what\n2024-01-02 10:00:00,x\n2024-01-03 11:00:00,y\n", ",", None),
        ("name\nJohn Smith\nJane Doe\n", None, [["John Smith"], ["Jane Doe"]]),
        ("remark\nfine, thanks\nno\nyes\nperhaps\n", None, [["fine, thanks"], ["no"], ["yes"], ["perhaps"]]),
    ],
)
def test_the_separator_is_found(reading, text, separator, expected):
    table = reading(text)
    assert table.source.separator == separator
    assert expected is None or cells(table) == expected


def test_a_first_line_of_excel_names_the_separator(reading):
    table = reading("sep=;\nid;x\n1;a,b,c\n2;a,b,c\n")
    assert cells(table) == [["1", "a,b,c"], ["2", "a,b,c"]]
    assert table.lines.tolist() == [3, 4]
    assert said(table, "';'", "first line")


def test_the_separator_can_be_said(reading):
    assert cells(reading("a;b\n1;2\n", separator=",")) == [["1;2"]]
    assert cells(reading("a\tb\n1\tx\n", separator=r"\t", header=1)) == [["1", "x"]]
    assert cells(reading('a§"b§"\n1§x\n', separator="§", header=1)) == [["1", "x"]]


@pytest.mark.parametrize(
    ("values", "decimal", "note"),
    [
        ("0,5 12,34", ",", "decimal comma"),
        ("1.234,56 7", ",", "decimal comma"),
        ("1.234.567 3", ",", "decimal comma"),
        ("0.5 12.34", ".", ""),
        ("1,234.56 7", ".", ""),
        ("1234,567 2", ",", "decimal comma"),
        ("1.234 2.500", None, "'1.234' may be a thousand"),
        ("1,234 2,500", None, "'1,234' may be a thousand"),
        ("1,5 2.5", None, "'2.5' beside '1,5'"),
        ("1 2", ".", ""),
        ("01.02.2024 1,2,3", ".", ""),
    ],
)
def test_the_decimal_mark_is_found_by_evidence(reading, values, decimal, note):
    table = reading("id;x\n" + "".join(f"a{i};{value}\n" for i, value in enumerate(values.split())))
    assert table.source.decimal == decimal
    assert said(table, note) if note else not said(table, "decimal")
    assert reading("id;x\na;1.234\n", decimal=",").source.decimal == ","


def test_in_a_comma_separated_file_three_decimals_are_decimals(reading):
    assert reading("id,x\na,8.325\nb,1.125\n").source.decimal == "."
    assert reading('id,x\na,"8,325"\nb,"1,125"\n').source.decimal is None


def test_quoted_cells_hold_separators_quotes_and_line_ends(reading):
    table = reading('id,text\n1,"a,b"\n2,"say ""x"""\n3,"two\r\nlines"\n4,5" pipe\n')
    assert cells(table) == [["1", "a,b"], ["2", 'say "x"'], ["3", "two\r\nlines"], ["4", '5" pipe']]
    assert table.lines.tolist() == [2, 3, 4, 6]
    assert said(table, "line ends inside quoted cells: 1", "line 4")


def test_quotes_that_enclose_nothing_are_letters(reading):
    table = reading('id\ttitle\n1\t"Crocodile" Dundee\n2\tOther\n3\t"Weird" Al\n')
    assert table.frame["title"].tolist() == ['"Crocodile" Dundee', "Other", '"Weird" Al']
    assert said(table, "quotes are part of the cells")


def test_apostrophes_enclose_cells_where_every_line_shows_it(reading):
    table = reading("'id','name'\n'1','a, b'\n'2','it''s'\n")
    assert cells(table) == [["1", "a, b"], ["2", "it's"]]
    assert said(table, "enclosed in apostrophes")
    assert cells(reading("id,name\n1,'tis\n2,O'Hara\n3,'x'\n")) == [["1", "'tis"], ["2", "O'Hara"], ["3", "'x'"]]


def test_runs_of_spaces_leave_quoted_lines_alone(reading):
    assert cells(reading('id text\n1 "a  \n  b"\n2  c  \n')) == [["1", "a  \n  b"], ["2", "c"]]


def test_long_separators_are_looked_for_piece_by_piece(reading, monkeypatch):
    monkeypatch.setattr("casestudies.tabular.read.sniff._PIECE", 5)
    table = reading('id::text\n1::"a::b\nc::d"\n2::x\n3::"y\n::z"\n')
    assert cells(table) == [["1", "a::b\nc::d"], ["2", "x"], ["3", "y\n::z"]]


def test_spaces_before_an_opening_quote_are_left_out(reading):
    table = reading('id, name, town\n1, "a, b", x\n2, "c", "d ""e"", f"\n')
    assert cells(table) == [["1", "a, b", " x"], ["2", "c", 'd "e", f']]
    assert said(table, "spaces between separators and opening quotes")


def test_lines_above_the_header_are_skipped_and_said(reading):
    table = reading("Sales of June\nmade by Finance, Bonn\n\nid,name,amount,town\n1,x,2.5,a\n2,y,3.5,b\n")
    assert list(table.frame.columns) == ["id", "name", "amount", "town"]
    assert (table.source.header_line, table.lines.tolist()) == (4, [5, 6])
    assert said(table, "preamble lines above the header: 3", "'Sales of June'")


def test_the_line_of_the_header_can_be_said(reading):
    table = reading("1,2\n3,4\nid,x\n5,6\n", header=3)
    assert (list(table.frame.columns), cells(table), table.lines.tolist()) == (["id", "x"], [["5", "6"]], [4])
    assert cells(reading("1,2\n3,4\n", header=1)) == [["3", "4"]]


def test_a_file_without_a_header_gets_names_by_place_or_by_option(reading):
    assert list(reading("1,2\n3,4\n", header=False).frame.columns) == ["column 1", "column 2"]
    table = reading("1,2\n3,4\n", header=False, names=("a", "b"))
    assert (list(table.frame.columns), table.source.header_line, table.lines.tolist()) == (["a", "b"], None, [1, 2])
    assert list(reading("x,y\nu,4\n", names=("a", "b")).frame.columns) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("1,2.5,3\n4,5.5,6\n7,8,9\n", "'1' stands above a column of numbers"),
        ("A11,6,x\nA12,48,y\nA11,12,x\n", "'A11' occurs again below"),
        ("2024-01-01,Bonn\n2024-01-02,Rome\n", "'2024-01-01' stands above"),
        ("p,x,s\ne,x,n\np,b,s\n", "'p' occurs again in its own column"),
        ("Alice,?,34\nBob,2,35\nCarol,3,36\n", "'34' stands above"),
    ],
)
def test_a_row_of_data_is_never_taken_for_the_header(reading, text, evidence):
    with pytest.raises(DataError) as problem:
        reading(text)
    assert evidence in str(problem.value)
    assert "'loans.csv', line 1:" in str(problem.value)
    assert "data.read.header: false" in str(problem.value)
    rows = text.count("\n")
    assert len(reading(text, header=False).frame) == rows
    assert len(reading(text, header=1).frame) == rows - 1


@pytest.mark.parametrize(
    "text",
    [
        "id,age\n1,30\n2,40\n",
        "country,2019,2020,2021\nDE,1.5,2.5,3.5\nFR,2.5,3.5,4.5\n",
        "name,town\nx,Bonn\ny,Rome\n",
        "id,?\n1,2\n2,3\n",
        "x\n1\n2\n",
        ",Mkt,SMB\n192607,2.96,-2.38\n192608,2.64,-1.47\n",
    ],
)
def test_a_header_is_taken_where_a_name_stands_above_numbers(reading, text):
    assert reading(text).source.header_line == 1


def test_two_header_rows_are_refused_by_their_lines(reading):
    text = "X1,X2,X3\nage,income,town\n30,2000,x\n40,3000,y\n50,4000,x\n60,5000,z\n"
    with pytest.raises(DataError, match=r"lines 1 and 2 both look like headers.*'X1' and then 'age'.*header: 2"):
        reading(text)
    assert list(reading(text, header=2).frame.columns) == ["age", "income", "town"]
    assert len(reading(text, header=1).frame) == 5


def test_names_are_made_so_that_each_means_one_column(reading):
    table = reading("id, amount ,amount,,amount (2)\nq,1,2,3,4\nr,5,6,7,8\n")
    assert list(table.frame.columns) == ["id", "amount", "amount (3)", "column 4", "amount (2)"]
    assert said(table, "trimmed spaces from column names: 1", "'amount'")
    assert said(table, "without a name", "'column 4'")
    assert said(table, "renamed a further 'amount' (column 3) to 'amount (3)'")


@pytest.mark.parametrize(
    "text", ["a,b,\nu,1,\nv,2,\n", "a,b\nu,1,\nv,2,\n", "a,b,,\nu,1\nv,2\n", "a,b\nu,1\nv,2,,\n", "a,b\nu,1,\nv,2\n"]
)
def test_separators_at_the_end_of_lines_make_no_columns(reading, text):
    table = reading(text)
    assert (list(table.frame.columns), cells(table)) == (["a", "b"], [["u", "1"], ["v", "2"]])


def test_values_beyond_the_last_name_are_kept_and_said(reading):
    table = reading("a,b,\nu,1,\nv,,2\nw,3,\n")
    assert cells(table) == [["u", "1", None], ["v", None, "2"], ["w", "3", None]]
    assert said(table, "no name and few values: 1", "line 3", "a separator too many")


def test_blank_lines_are_left_out_and_counted(reading):
    table = reading("a,b\r\nu,1\r\n\r\n   \r\nv,2\r\n,\r\n")
    assert cells(table) == [["u", "1"], ["v", "2"], [None, None]]
    assert table.lines.tolist() == [2, 5, 6]
    assert said(table, "blank lines: 2", "line 3")
    assert said(table, "rows without any value: 1", "line 6")


def test_old_macintosh_line_ends_are_line_ends(reading):
    table = reading("a,b\ru,1\rv,2\r")
    assert (cells(table), table.lines.tolist()) == ([["u", "1"], ["v", "2"]], [2, 3])


WESTERN = "name;town\nMüller;Köln\nGarcía;Málaga\n5 €;„Öl“\n"


@pytest.mark.parametrize(
    ("encoding", "text", "found"),
    [
        ("utf-8", WESTERN, "utf-8"),
        ("utf-8-sig", WESTERN, "utf-8"),
        ("utf-16", WESTERN, "utf-16"),
        ("utf-16-le", WESTERN, "utf-16-le"),
        ("utf-16-be", WESTERN, "utf-16-be"),
        ("utf-32", WESTERN, "utf-32"),
        ("cp1250", "imię;miasto\nStanisław;Łódź\nMałgorzata;Kraków\nGrażyna;Gdańsk\n", "cp1250"),
        ("koi8_r", "имя;город\nИванов;Москва\nПетров;Санкт-Петербург\nСидоров;Казань\n", "koi8_r"),
        ("big5", "姓名;城市\n張偉;臺北\n王芳;高雄\n李娜;臺南\n", "big5"),
        ("cp949", "이름;도시\n김철수;서울\n이영희;부산\n", "cp949"),
        ("cp1252", WESTERN, "cp1252"),
        ("latin-1", "name;town\nMüller;Bonn\nx;y\n", "cp1252"),
        ("cp1251", "имя;город\nИванов;Москва\nПетров;Санкт-Петербург\nСидоров;Казань\n", "cp1251"),
        ("cp1253", "όνομα;πόλη\nΓιώργος;Αθήνα\nΜαρία;Θεσσαλονίκη\n", "cp1253"),
        ("cp932", "名前;都市\n田中;東京\n鈴木;大阪\n", "cp932"),
        ("gb18030", "姓名;城市\n张伟;北京\n王芳;上海\n", "gb18030"),
    ],
)
def test_the_encoding_is_found_and_said(reading, encoding, text, found):
    table = reading(text, codec=encoding)
    assert table.source.encoding == found
    expected = [line.split(";") for line in text.splitlines()]
    assert [list(table.frame.columns), *cells(table)] == expected
    assert said(table, found) or encoding == "utf-8"


def test_a_guessed_encoding_shows_a_word_to_judge_it_by(reading):
    table = reading("id;name\n1;x\n2;Frau Müller\n", codec="cp1252")
    assert said(table, "cp1252", "byte 21, line 3", "'Müller'", "data.read.encoding")
    assert cells(reading("a;b\nx;ÇöÜ\n", codec="cp1254"))[0][1] == "ÇöÜ"  # the letters they share


def test_the_encoding_can_be_said(reading):
    table = reading("name;x\nMÜLLER;1\n", codec="cp850", encoding="cp850")
    assert (cells(table), table.source.encoding) == ([["MÜLLER", "1"]], "cp850")
    assert cells(reading("a;b\nşi;1\n", codec="cp1254", encoding="cp1254")) == [["şi", "1"]]


def test_limits_are_numbers_in_the_message(reading):
    text = "a,b,c\n" + "u,2,3\n" * 40
    for limits, words in (
        (Limits(rows=39), "40 rows; the limit is 39"),
        (Limits(columns=2), "3 columns; the limit is 2"),
        (Limits(cells=100), "120 cells; the limit is 100"),
        (Limits(bytes=100), "246 bytes; the limit is 100"),
    ):
        with pytest.raises(DataError, match=words):
            reading(text, limits)
        with pytest.raises(DataError, match="the limit"):
            reading(text.replace("u", '5"'), limits)  # the careful way holds to them too
    assert len(reading(text, Limits(bytes=246, rows=40, columns=3, cells=120)).frame) == 40


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n" + b"A" * 3_000_000 + b",\xfc\n",
        b'a::"b\n' + b"x::y\n" * 300_000,
        b"a b\n1 " + b" " * 2_000_000 + b"2\n",
        b'a, "b"\n' + b"1," + b" " * 2_000_000 + b"2\n",
        b"a,b\n" + b'"' * 999_999 + b"\n",
        b"1" * 130_000 + b"x,2\n" + b"1,2\n",
    ],
    ids=["letters", "a quote left open", "spaces", "spaces after a comma", "quotes", "digits"],
)
def test_no_text_takes_long_to_look_through(reading, content):
    began = time.process_time()
    with contextlib.suppress(DataError):
        reading(content)
    assert time.process_time() - began < 3


def test_a_gzip_bomb_stops_at_the_limit(reading):
    bomb = gzip.compress(b"a,b\n" + b"1,2\n" * 1_000_000)
    assert len(bomb) < 10_000
    with pytest.raises(DataError, match=r"unpacks to more than 20,000 bytes"):
        reading(bomb, Limits(bytes=20_000))


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"separator": ""}, "data.read.separator"),
        ({"separator": '"'}, "data.read.separator"),
        ({"decimal": ";"}, "data.read.decimal"),
        ({"header": 0}, "data.read.header"),
        ({"names": ("a", "a")}, "data.read.names"),
        ({"encoding": "klingon"}, "data.read.encoding"),
        ({"encoding": "hex"}, "data.read.encoding"),
    ],
)
def test_options_no_file_could_be_read_with_name_their_key(reading, options, key):
    with pytest.raises(ConfigError) as problem:
        reading("a,b\nx,1\n", **options)
    assert str(problem.value).startswith(f"{key}: ")


def test_names_that_do_not_fit_the_file_are_refused(reading):
    with pytest.raises(DataError, match="data.read.names has 3 names, the file 2 columns"):
        reading("a,b\nx,1\n", names=("a", "b", "c"))


def test_file_names_that_are_no_utf8_can_be_shown(tmp_path):
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9\n.csv"))
    file.write_text("a,b\nx,1\n")
    source = read_table(file).source
    assert source.name.isprintable()
    source.name.encode("utf-8")
    file.write_text("")
    with pytest.raises(DataError, match=r"^'caf\\udce9\\n\.csv': the file is empty"):
        read_table(file)


def test_the_table_is_text_in_memory_of_arrow_and_numbers_lines_from_one(reading):
    table = reading("a,b\nx,1\ny,2\n")
    assert isinstance(table.frame["a"].dtype, pd.StringDtype)
    assert table.lines.dtype == np.int64
    assert table.frame.index.tolist() == [0, 1]
