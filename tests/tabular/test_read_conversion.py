import gzip

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from casestudies.errors import DataError
from casestudies.tabular.numbers import to_numbers
from casestudies.tabular.read import ReadOptions, read_table
from casestudies.tabular.read import conversion as module
from casestudies.tabular.read.conversion import to_parquet

RNG = np.random.default_rng(0)


def lines(rows=4000, mark=";", decimal=","):
    """A code with zeros, whole numbers, decimals, gaps, texts with separators, quotes and line ends."""
    head = mark.join(["code", "count", "amount", "note", "late", "long"])
    yield head
    for row in range(rows):
        amount = f"{RNG.normal(0, 1000):.2f}".replace(".", decimal) if row % 7 else ""
        note = (f'"a{mark} ""b"""', '"two\nlines"', "Köln", "", "plain")[row % 5]
        late = str(row) if row < rows - 3 else "many"
        yield mark.join([f"{row:05d}", str(row - 20), amount, note, late, str(2**53 + row)])


def written(tmp_path, text, name="table.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def same(path, out, options=ReadOptions()):  # noqa: B008
    """Whether the Parquet file holds what the text does, numbers as numbers."""
    table = read_table(path, options)
    found = pd.read_parquet(out)
    assert list(found.columns) == list(table.frame.columns)
    for name in found:
        told, typed = table.frame[name], found[name]
        if typed.dtype == "str":
            pd.testing.assert_series_equal(told, typed, check_index=False)
        else:
            values, bad = to_numbers(told, table.source.decimal or ".")
            assert not bad.any()
            np.testing.assert_array_equal(values, typed.to_numpy(dtype=float, na_value=np.nan))
    return found


@pytest.mark.parametrize("size", [500, 10_000, 2**23])
@pytest.mark.parametrize(
    "packed", [str.encode, lambda text: gzip.compress(text.encode()), lambda text: text.encode("utf-16"),
               lambda text: text.encode("cp1252"), lambda text: ("\ufeff" + text).encode(),
               lambda text: text.replace("\n", "\r\n").encode()],
    ids=["utf-8", "gzip", "utf-16", "cp1252", "mark", "crlf"],
)  # fmt: skip
def test_blocks_of_any_size_are_the_text_as_it_is_read_whole(size, packed, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_BYTES", size)
    path = written(tmp_path, packed("\n".join(lines()) + "\n"))
    done = to_parquet(path, tmp_path / "out.parquet", ReadOptions())
    found = same(path, tmp_path / "out.parquet")
    assert done.rows == len(found) == 4000
    kinds = {name: str(kind) for name, kind in found.dtypes.items()}
    assert kinds == {
        "code": "str", "count": "int64", "amount": "float64", "note": "str", "late": "str", "long": "str",
    }  # fmt: skip


def test_a_column_that_turns_out_otherwise_is_written_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_BYTES", 2_000)
    rows = [
        f"{i},{i if i < 3000 else i + 0.5},{i if i < 2000 else '1.50'},{i % 10 if i < 3500 else '007'}"
        for i in range(4000)
    ]
    path = written(tmp_path, "a,b,c,d\n" + "\n".join(rows))
    to_parquet(path, tmp_path / "out.parquet", ReadOptions())
    found = same(path, tmp_path / "out.parquet")
    assert [str(kind) for kind in found.dtypes] == ["int64", "float64", "float64", "str"]


def test_signs_for_missing_are_missing(tmp_path):
    path = written(tmp_path, "a,b\n" + "1,x\nn/a,n/a\n-1, -1\n3,y\n" * 20)
    options = ReadOptions(missing=("n/a", "-1"))
    to_parquet(path, tmp_path / "out.parquet", options)
    found = same(path, tmp_path / "out.parquet", options)
    assert found["a"].dropna().tolist() == [1, 3] * 20
    assert found["b"].isna().sum() == 40


def test_row_groups_have_a_hundred_thousand_rows(tmp_path):
    path = written(tmp_path, "a,b\n" + "1,x\n" * 250_001)
    to_parquet(path, tmp_path / "out.parquet", ReadOptions())
    facts = pq.ParquetFile(tmp_path / "out.parquet").metadata
    assert [facts.row_group(i).num_rows for i in range(facts.num_row_groups)] == [100_000, 100_000, 50_001]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n" + "1,2\n" * 3000 + "1,2,3\n" + "1,2\n" * 10, "line 3,002"),
        ("a,b\n" + "1,2\n" * 3000 + '1,"2\n' + "1,2\n" * 10, "line 3,002"),
        (("a,b\n" + "1,x\n" * 3000).encode() + b"1,\xff\xfe\n", "does not fit the encoding"),
        (b"\x89PNG\r\n", "an image"),
        (gzip.compress(("a,b\n" + "1,x\n" * 30_000).encode())[:-20], "damaged or cut short"),
    ],
    ids=["ragged", "quote", "encoding", "image", "gzip"],
)
def test_what_cannot_be_read_is_said_with_its_line(text, said, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_BYTES", 4_000)
    path = written(tmp_path, text)
    with pytest.raises(DataError, match=said):
        to_parquet(path, tmp_path / "out.parquet", ReadOptions())


def test_progress_rises_to_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_BYTES", 4_000)
    shares = []
    to_parquet(written(tmp_path, "\n".join(lines())), tmp_path / "out.parquet", ReadOptions(decimal=","), shares.append)
    assert shares[-1] == 1.0
    assert all(0 < share <= 1 for share in shares)
