"""Excel workbooks: the values as Excel keeps them, one sheet, and nothing that a hostile archive could ask for."""

import contextlib
import datetime as dt
import io
import time
import tracemalloc
import zipfile

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casestudies.errors import CaseError, ConfigError, DataError
from casestudies.tabular.read import Limits, ReadOptions, read_table

SHEET = "xl/worksheets/sheet1.xml"
OPEN = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
CLOSE = "</sheetData></worksheet>"


def workbook(rows, merged=(), **others):
    book = openpyxl.Workbook()
    book.active.title = "loans"
    for title, content in {"loans": rows, **others}.items():
        sheet = book["loans"] if title == "loans" else book.create_sheet(title)
        for row in content:
            sheet.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_parts(content, **parts):
    """The archive with some parts replaced or added; `sheet` is the first sheet's XML."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members[SHEET] = parts.pop("sheet", members[SHEET])
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (members | parts).items():
            archive.writestr(name, data)
    return stream.getvalue()


@pytest.fixture
def reading(tmp_path):
    def read_bytes(content, limits=Limits(), **options):  # noqa: B008
        file = tmp_path / "loans.xlsx"
        file.write_bytes(content)
        return read_table(file, ReadOptions(**options), limits)

    return read_bytes


def cells(table):
    return [[None if cell != cell else cell for cell in row] for row in table.frame.to_numpy(object).tolist()]


def test_values_become_the_text_that_reads_back_as_them(reading):
    rows = [
        ["id", "amount", "day", "moment", "paid", "time"],
        ["007", 1.0, dt.date(2024, 2, 29), dt.datetime(2024, 2, 29, 12, 30), True, dt.time(3, 4)],
        ["NA", 0.1, None, dt.datetime(2024, 2, 29), False, None],
    ]
    table = reading(workbook(rows))
    assert cells(table) == [
        ["007", "1", "2024-02-29", "2024-02-29T12:30:00", "TRUE", "03:04:00"],
        ["NA", "0.1", None, "2024-02-29", "FALSE", None],
    ]
    source = table.source
    assert (source.format, source.encoding, source.separator, source.decimal) == ("excel", None, None, ".")
    assert (source.header_line, table.lines.tolist()) == (1, [2, 3])


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
def test_numbers_lose_nothing(number):
    from casestudies.tabular.read.excel import _typed

    assert float(_typed(number)) == number


def test_large_numbers_and_days_typed_as_moments(reading):
    days = '<c r="A2" t="d"><v>2024-02-29T00:00:00</v></c>'
    sheet = f'{OPEN}<row r="1"><c r="A1" t="str"><v>day</v></c><c r="B1" t="str"><v>n</v></c></row><row r="2">{days}'
    table = reading(with_parts(workbook([["a"]]), sheet=f'{sheet}<c r="B2"><v>1e20</v></c></row>{CLOSE}'))
    assert cells(table) == [["2024-02-29", "1e+20"]]


def test_a_title_blank_rows_and_an_offset_are_fine(reading):
    rows = [["Loans of June"], [], [None, "id", "x", "y"], [None, "a", 1, 2], [], [None, "b", 3, 4]]
    table = reading(workbook(rows, merged=["A1:D1"]))
    assert list(table.frame.columns)[1:] == ["id", "x", "y"]
    assert (table.source.header_line, table.lines.tolist()) == (3, [4, 6])
    assert any("'Loans of June'" in note for note in table.source.notes)
    assert any("left out empty rows: 1, the first is row 5" in note for note in table.source.notes)


def test_the_sheet_is_the_only_one_with_cells_or_the_one_named(reading):
    assert cells(reading(workbook([["a", "b"], ["x", 1]], Sheet2=[]))) == [["x", "1"]]
    two = workbook([["a", "b"], ["x", 1]], rates=[["c", "d"], ["y", 2]])
    with pytest.raises(DataError, match=r"has 2 sheets with cells: 'loans', 'rates'; .*data.read.sheet"):
        reading(two)
    assert cells(reading(two, sheet="rates")) == [["y", "2"]]
    with pytest.raises(ConfigError, match=r"data.read.sheet: 'loans.xlsx' has no sheet 'rate'; did you mean 'rates'"):
        reading(two, sheet="rate")


def test_two_header_rows_as_in_the_taiwan_file_are_refused(reading):
    rows = [["", "X1", "X2", "Y"], ["ID", "LIMIT_BAL", "SEX", "default payment next month"]]
    content = workbook(rows + [[i, 1000 * i, 1 + i % 2, i % 2] for i in range(1, 9)])
    with pytest.raises(DataError, match=r"rows 1 and 2 both look like headers.*data.read.header: 2"):
        reading(content)
    table = reading(content, header=2)
    assert list(table.frame.columns) == ["ID", "LIMIT_BAL", "SEX", "default payment next month"]
    assert table.lines.tolist() == list(range(3, 11))


def test_a_sheet_without_a_header_loses_no_row(reading):
    content = workbook([[1, 2.5], [3, 4.5], [5, 6.5]])
    with pytest.raises(DataError, match="row 1: the first row looks like data"):
        reading(content)
    assert len(reading(content, header=False).frame) == 3


@pytest.mark.parametrize(
    ("rows", "merged", "row"),
    [
        ([["money", None, "place", None], ["a", "b", "c", "d"], [1, 2, "x", "y"]], ["A1:B1", "C1:D1"], 1),
        ([["a", None, "c"], [1, 2, "x"]], ["A1:B1"], 1),
        ([["a", "b"], ["x", 1], [None, 2]], ["A2:A3"], 2),
    ],
)
def test_merged_cells_in_the_table_are_refused_by_their_place(reading, rows, merged, row):
    with pytest.raises(DataError, match=rf"row {row}: cells {merged[0]} are merged; unmerge"):
        reading(workbook(rows, merged))


def test_formulas_that_were_never_calculated_are_refused(reading):
    with pytest.raises(DataError, match="cell B2: a formula has no stored value; open the workbook"):
        reading(workbook([["a", "b"], ["x", "=1+1"]]))
    calculated = (
        f'{OPEN}<row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="2"><c r="A2" t="str"><f>B1</f><v></v></c>'
    )
    calculated += f'</row><row r="3"><c r="A3"><f>1+1</f><v>2</v></c></row>{CLOSE}'
    assert cells(reading(with_parts(workbook([["a"]]), sheet=calculated))) == [["2"]]


def test_excel_errors_are_missing_and_counted(reading):
    sheet = f'{OPEN}<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row><row r="2">'
    sheet += f'<c r="A2" t="str"><v>x</v></c><c r="B2" t="e"><v>#DIV/0!</v></c></row>{CLOSE}'
    table = reading(with_parts(workbook([["a"]]), sheet=sheet))
    assert cells(table) == [["x", None]]
    assert any("read as missing: 1" in note for note in table.source.notes)


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([], "the workbook has no sheet with cells"),
        ([["a", "b"]], "the sheet has a header but no rows"),
    ],
)
def test_sheets_without_data(reading, rows, what):
    with pytest.raises(DataError, match=what):
        reading(workbook(rows))


def cell(place, value="<v>1</v>", kind=""):
    return f'<row r="1"><c r="{place}"{kind}>{value}</c></row>'


SHARED = {
    "xl/sharedStrings.xml": f"<sst><si><t>{'x' * 2_000_000}</t></si></sst>",
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Type="x/worksheet" Target="worksheets/sheet1.xml" Id="rId1"/>'
    '<Relationship Type="x/sharedStrings" Target="sharedStrings.xml" Id="rId2"/></Relationships>',
}
BOMBS = {
    "two cells that span 17 billion": (cell("A1") + cell("XFD1048576"), {}, "16,384 columns; the limit is 500"),
    "two cells that span a million rows": (cell("A1") + cell("B999999"), {}, "2 cells spread over 999,999 rows"),
    "a row beyond the last": (cell("A1") + cell("A99999999999"), {}, "cells without a place"),
    "cells without a place": ("<row><c><v>1</v></c></row>", {}, "cells without a place"),
    "a second place behind a first": ("<row><c x='>' r=\"XFD9\"><v>1</v></c></row>" + cell("A1"), {}, "16,384 columns"),
    "a place in another name": ('<row><c x:r="A1" r="XFD9"><v>1</v></c></row>' + cell("A1"), {}, "16,384 columns"),
    "one long text in a thousand cells": (
        "".join(cell(f"A{i}", "<v>0</v>", ' t="s"') for i in range(1, 1001)),
        SHARED,
        "the sheet's texts take 2,000,0",
    ),
    "two parts of 12 MB": (
        " " * 12_000_000 + cell("A1"),
        SHARED | {"xl/sharedStrings.xml": f"<sst>{'<si></si>' * 1_400_000}</sst>"},
        "unpacks to more than 20,000,000 bytes, the limit \\('xl/sharedStrings.xml'\\)",
    ),
    "21 MB of blanks": (" " * 21_000_000, {}, "unpacks to more than 20,000,000 bytes"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_archive_cannot_ask_for_much_memory(reading, name):
    rows, parts, what = BOMBS[name]
    content = with_parts(workbook([["a"]]), sheet=OPEN + rows + CLOSE, **parts)
    assert len(content) < 50_000
    tracemalloc.start()
    with pytest.raises(DataError, match=what):
        reading(content, Limits(bytes=20_000_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * 20e6


REPEATED = " t='s'"


@pytest.mark.parametrize(
    "sheet",
    [
        f"{OPEN}<row r='1'><c r='A1'{REPEATED * 200_000}><v>0</v></c></row>{CLOSE}",
        f"{OPEN}<row r='1'><c{' ' * 1_000_000}r='A1'><v>0</v></c></row>{CLOSE}",
        f"{OPEN}<row r='1'><c r='A1'><v>0</v></c></row>{'</f></c>' * 200_000}{CLOSE}",
        f"{OPEN}{'<c ' * 400_000}{CLOSE}",
    ],
    ids=["one attribute 200,000 times", "a million spaces", "200,000 closed formulas", "400,000 open cells"],
)
def test_no_sheet_takes_long_to_look_through(reading, sheet):
    began = time.process_time()
    with contextlib.suppress(CaseError):
        reading(with_parts(workbook([["a"]]), sheet=sheet, **SHARED))
    assert time.process_time() - began < 2


def test_a_size_that_lies_is_found_out(reading):
    content = bytearray(with_parts(workbook([["a"]]), sheet=OPEN + " " * 100_000 + cell("A1") + CLOSE))
    entry = content.rfind(SHEET.encode()) - 46  # the archive's own list: the unpacked size stands 24 bytes in
    content[entry + 24 : entry + 28] = (500).to_bytes(4, "little")
    with pytest.raises(DataError, match="the workbook is damaged"):
        reading(bytes(content))


def test_entities_and_document_types_are_refused(reading):
    sheet = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>' + OPEN + cell("A1", "<v>1</v>") + CLOSE
    with pytest.raises(DataError, match="is not plain XML"):
        reading(with_parts(workbook([["a"]]), sheet=sheet))


def test_limits_hold_for_a_sheet(reading):
    content = workbook([["a", "b"]] + [["x", i] for i in range(50)])
    with pytest.raises(DataError, match="the sheet has 51 rows; the limit is 20"):
        reading(content, Limits(rows=20))
    with pytest.raises(DataError, match="the sheet has 102 cells; the limit is 99"):
        reading(content, Limits(cells=99))


SOUND = workbook([["id", "x"], ["a", 1.5], ["b", dt.date(2024, 1, 1)]])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_damaged_workbooks_end_in_a_table_or_one_line(reading, data):
    content = bytearray(SOUND)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, 4_500))
        content[place] = data.draw(st.integers(0, 255))
    try:
        reading(bytes(content))
    except CaseError as problem:
        assert str(problem).isprintable()
