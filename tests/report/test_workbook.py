"""A report's tables as a workbook, read back by another library."""

import io

import openpyxl
import pytest

from casestudies.report import Figure, Heading, Report, Section, Table, to_xlsx

COSTS = Table(
    "Costs by model",
    ("Model", "Cost (EUR)", "Saved"),
    (("=HYPERLINK(1)", "1,234.5", "12.3 %"), ("Card", "-7", "n/a"), ("+1", "0.010 to 0.020", "−3 %")),
    (False, True, True),
)
HIDDEN = Table("Behind the chart", ("x", "y"), (("1", "2"),), (True, True))
REPORT = Report(
    "Credit",
    "",
    "r1",
    "",
    "1",
    (
        Section("summary", "Summary", (Heading("What"), COSTS)),
        Section("cost", "Cost", (Figure({"mark": "line"}, "A line", "a line", HIDDEN),)),
    ),
    synthetic=True,
)


@pytest.fixture(scope="module")
def book():
    return openpyxl.load_workbook(io.BytesIO(to_xlsx(REPORT)))


def test_every_table_has_a_sheet_and_the_first_one_lists_them(book):
    assert book.sheetnames == ["Tables", "Table 1", "Figure 1"]
    listed = [[cell.value for cell in row] for row in book["Tables"].iter_rows(min_row=5)]
    assert listed == [["Table 1", "Summary", "Costs by model"], ["Figure 1", "Cost", "Behind the chart"]]
    assert "synthetic" in str(book["Tables"]["B2"].value).lower()


def test_numbers_are_numbers_and_everything_else_is_text(book):
    rows = [[(cell.value, cell.data_type) for cell in row] for row in book["Table 1"].iter_rows(min_row=4)]
    assert rows == [
        [("=HYPERLINK(1)", "s"), (1234.5, "n"), (0.123, "n")],
        [("Card", "s"), (-7, "n"), ("n/a", "s")],
        [("+1", "s"), ("0.010 to 0.020", "s"), (-0.03, "n")],
    ]
    assert book["Table 1"]["C4"].number_format.endswith("%")


def test_the_same_report_is_the_same_bytes():
    assert to_xlsx(REPORT) == to_xlsx(REPORT)
