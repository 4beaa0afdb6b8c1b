"""The quick and the careful way to the cells give one table, and what the csv module writes is read back."""

import csv
import io

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from casestudies.errors import DataError
from casestudies.tabular.read import Limits, ReadOptions, read_table
from casestudies.tabular.read.parse import Block, careful, quick

LIMITS = Limits()
# Few characters, so that quotes, separators and line ends meet often.
RAW = st.text(st.sampled_from('a1,"" \n\r;ü'), max_size=40)
CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), max_size=8)
HOSTILE = st.text(st.sampled_from("a1,;|\t \"\n'#=\\ü€"), max_size=6)


def both(text, width, quoted=True):
    block = Block(text.encode(), ",", '"' if quoted else "", 0, 1, width)
    fast = quick(block, LIMITS, "'x.csv'")
    try:
        slow = careful(block, LIMITS, "'x.csv'")
    except DataError:
        slow = None
    return fast, slow


def by_hand(text, quoted):
    """Rows and first lines by the csv module's own loop: the reference both are held to."""
    reader = csv.reader(
        io.StringIO(text, newline=""), strict=True, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    )
    rows, begun = [], 0
    for row in reader:
        rows.append((begun + 1, row))
        begun = reader.line_num
    return rows


@settings(max_examples=800)
@given(RAW, st.integers(1, 3), st.booleans())
@example('a,"b\nc"\n\nd,e', 2, True)
@example('"",""\n', 2, True)
@example('""\n\n""\n', 1, True)
@example('a,"b"c\n', 2, True)
@example("a\r\n\r\nb", 1, True)
@example('"a\r"\n', 1, True)
@example('a"\n"b', 1, True)
@example('"a,1\nb"', 2, False)
def test_the_quick_way_gives_what_the_careful_way_gives(text, width, quoted):
    fast, slow = both(text, width, quoted)
    if fast is None:
        return
    assert slow is not None, "the quick way took a text that the careful way refuses"
    assert [c.to_pylist() for c in fast.columns] == [c.to_pylist() for c in slow.columns]
    assert fast.lines.tolist() == slow.lines.tolist()
    assert fast.notes == slow.notes


@settings(max_examples=700, deadline=None)
@given(RAW, st.integers(1, 3), st.booleans())
def test_the_careful_way_gives_the_rows_of_the_csv_module(text, width, quoted):
    try:
        rows = by_hand(text, quoted)
    except csv.Error:
        assert both(text, width, quoted)[1] is None
        return
    rows = [(line, row) for line, row in rows if row and (len(row) > 1 or width == 1 or row[0].strip())]
    _, slow = both(text, width, quoted)
    if any(len(row) < width or any(row[width:]) for _, row in rows):
        assert slow is None
        return
    assert [c.to_pylist() for c in slow.columns] == [[row[i] or None for _, row in rows] for i in range(width)]
    assert slow.lines.tolist() == [line for line, _ in rows]


def test_clean_text_goes_the_quick_way():
    """Else the speed is lost without a sign."""
    for text in ("a,b\nc,d\n", "a,b\r\nc,\r\n", '"a",b\n"c ""x""","d\n\ne"\n', "a,b\n\nc,d"):
        fast, slow = both(text, 2)
        assert fast is not None
        assert slow is not None
    for text in ("a,b\nc\n", 'a,5" b\nc,d\n', "a,b\rc,d\n"):
        assert both(text, 2)[0] is None


def test_the_careful_way_reads_in_batches(monkeypatch):
    monkeypatch.setattr("casestudies.tabular.read.parse._BATCH", 7)
    text = "".join(f'{i},5" x\n' for i in range(30))
    _, slow = both(text, 2)
    assert slow.columns[0].to_pylist() == [str(i) for i in range(30)]
    with pytest.raises(DataError, match="has 14 rows; the limit is 10"):
        careful(Block(text.encode(), ",", '"', 0, 1, 2), Limits(rows=10), "'x.csv'")


def test_cells_of_several_lines_may_lie_across_the_blocks_that_pyarrow_reads():
    cell = "x\n" * 700
    text = f'"{cell}",1\n' * 4_000  # 5.6 MB
    fast = quick(Block(text.encode(), ",", '"', 0, 1, 2), LIMITS, "'x.csv'")
    assert fast.columns[0].to_pylist() == [cell] * 4_000
    assert fast.lines[:3].tolist() == [1, 702, 1403]


def test_lines_are_looked_for_in_pieces(monkeypatch):
    monkeypatch.setattr("casestudies.tabular.read.parse._SCAN", 5)
    fast, slow = both('a,"b\nc"\n\nd,e\n', 2)
    assert fast.lines.tolist() == slow.lines.tolist() == [1, 4]


def written(rows, separator, encoding, ends="\n", quoting=csv.QUOTE_MINIMAL):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator, lineterminator=ends, quoting=quoting).writerows(rows)
    return stream.getvalue().encode(encoding)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data(), width=st.integers(1, 5), height=st.integers(1, 8))
def test_any_table_written_by_the_csv_module_is_read_back(tmp_path_factory, data, width, height):
    """Any cells, separator, encoding, quoting and line end; what cannot be told from the bytes is said in options."""
    separator = data.draw(st.sampled_from([",", ";", "\t", "|", "§"]))
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "gb18030"]))
    ends = data.draw(st.sampled_from(["\n", "\r\n"]))
    quoting = data.draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    names = [f"name {i}" for i in range(width)]
    rows = data.draw(
        st.lists(st.lists(CELL | HOSTILE, min_size=width, max_size=width), min_size=height, max_size=height)
    )
    try:
        content = written([names, *rows], separator, encoding, ends, quoting)
    except UnicodeEncodeError:
        assume(False)
    file = tmp_path_factory.mktemp("round") / "trip.csv"
    file.write_bytes(content)
    table = read_table(file, ReadOptions(separator=separator, encoding=encoding, header=1))
    assert list(table.frame.columns) == names
    got = [[None if cell != cell else cell for cell in row] for row in table.frame.to_numpy(object).tolist()]
    assert got == [[cell or None for cell in row] for row in rows]
    starts = table.lines - 1
    body = content.decode(encoding).removeprefix("\ufeff").split("\n")
    assert np.all(np.diff(table.lines) >= 1)
    assert all(body[line].startswith((rows[i][0][:1], '"')) for i, line in enumerate(starts))


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    data=st.data(),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_business_tables_are_read_back_with_nothing_said(tmp_path_factory, data, separator, encoding):
    """Names, numbers and texts as tables have them: separator, encoding, decimal mark and header are all found."""
    comma = separator != "," and data.draw(st.booleans())
    word = st.text(st.sampled_from("abcdefgh üéß-"), min_size=1, max_size=10).filter(str.strip)
    amount = st.decimals(-9999, 9999, places=2).map(lambda d: str(d).replace(".", ",") if comma else str(d))
    row = st.tuples(st.integers(0, 10**6).map(str), word, amount, st.sampled_from(["yes", "no", ""]))
    rows = data.draw(st.lists(row, min_size=3, max_size=20))
    file = tmp_path_factory.mktemp("round") / "trip.csv"
    file.write_bytes(written([("id", "customer", "amount", "paid"), *rows], separator, encoding))
    table = read_table(file)
    assert (table.source.separator, table.source.header_line) == (separator, 1)
    assert table.source.decimal == ("," if comma else ".")
    got = [tuple("" if cell != cell else cell for cell in row) for row in table.frame.to_numpy(object).tolist()]
    assert got == rows
