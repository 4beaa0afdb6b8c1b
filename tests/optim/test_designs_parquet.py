import os
import tracemalloc

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from casestudies.errors import DataError
from casestudies.optim import L2, Logistic, NewtonCG, Objective, minimise
from casestudies.optim.designs import Dense, Parquet

ROWS, GROUP = 1000, 300
RNG = np.random.default_rng(0)
TABLE = {
    "label": RNG.integers(0, 2, ROWS),
    "age": RNG.integers(18, 90, ROWS),
    "income": RNG.lognormal(10, 1, ROWS),
    "owner": RNG.random(ROWS) < 0.5,
    "weight": RNG.random(ROWS),
    "fold": RNG.integers(0, 5, ROWS),
}
FEATURES = ["age", "income", "owner"]


@pytest.fixture
def write(tmp_path):
    def written(group=GROUP, **changed):
        path = tmp_path / "loans.parquet"
        pq.write_table(pa.table(TABLE | changed), path, row_group_size=group)
        return path

    return written


def test_features_are_all_columns_that_are_nothing_else(write):
    path = write()
    design = Parquet(path, "label", weights="weight", folds="fold")
    assert design.shape == (ROWS, 4)
    X = np.vstack([tile.X for tile in design.tiles()])
    np.testing.assert_array_equal(X, np.column_stack([TABLE[name] for name in FEATURES]))
    chosen = Parquet(path, "label", columns=["owner", "age"], intercept=False)
    assert chosen.shape == (ROWS, 2)
    np.testing.assert_array_equal(next(chosen.tiles()).X[:, 1], TABLE["age"][:GROUP])


def test_tiles_carry_labels_weights_and_folds(write):
    tiles = list(Parquet(write(label=TABLE["label"] > 0), "label", weights="weight", folds="fold", tile=128).tiles())
    for name, kind in (("label", np.float64), ("weight", np.float64), ("fold", np.intp)):
        carried = np.concatenate([getattr(tile, {"label": "y"}.get(name, name + "s")) for tile in tiles])
        assert carried.dtype == kind
        np.testing.assert_array_equal(carried, TABLE[name])
    assert all(tile.weights is None and tile.folds is None for tile in Parquet(write(), "label").tiles())


@pytest.mark.parametrize("tile", [64, 300, 5000])
def test_no_bit_differs_from_the_array_with_blocks_of_the_same_rows(write, tile):
    file = Parquet(write(), "label", columns=FEATURES, weights="weight", tile=tile)
    X = np.column_stack([TABLE[name] for name in FEATURES]).astype(np.float64)
    array = Dense(X, tile=tile, cuts=tuple(range(0, ROWS, GROUP)))
    penalty = L2(np.array([0.1, 1.0, 10.0]), np.arange(4) == 3)
    there = minimise(Objective(file, None, Logistic(), penalty), NewtonCG())
    here = minimise(Objective(array, TABLE["label"].astype(float), Logistic(), penalty, TABLE["weight"]), NewtonCG())
    assert there.x.tobytes() == here.x.tobytes()
    assert there.state.value.tobytes() == here.state.value.tobytes()


def test_one_row_group_is_in_memory_at_a_time(tmp_path):
    group, columns = 20_000, 10

    def most(groups):
        path = tmp_path / f"{groups}.parquet"
        table = pa.table(
            {f"x{j}": RNG.random(group * groups) for j in range(columns)} | {"y": np.zeros(group * groups)}
        )
        pq.write_table(table, path, row_group_size=group)
        del table
        held, before = [], pa.total_allocated_bytes()
        design = Parquet(path, "y")
        tracemalloc.start()
        try:
            design.sum(lambda tile: (held.append(pa.total_allocated_bytes()) or tile.X.sum(axis=0),))
            return max(held) - before, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    one = group * (columns + 1) * 8
    (few_there, few_here), (many_there, many_here) = most(2), most(12)
    assert max(few_there, many_there) < 3 * one  # of 12; Arrow's threads may free the last one late
    assert many_here < 1.1 * few_here


@pytest.mark.parametrize("bad", [None, np.nan, np.inf, -np.inf, 1e101])
def test_values_no_fit_can_use_are_counted_and_located(write, bad):
    income = TABLE["income"].tolist()
    income[650] = income[651] = bad
    path = write(income=pa.array(income, from_pandas=False))
    with pytest.raises(DataError) as caught:
        list(Parquet(path, "label").tiles())
    assert str(caught.value).startswith(f"{path}, row 651 (row group 3), column income: 2 values")


@pytest.mark.parametrize("role", ["weights", "y", "folds"])
def test_missing_values_beside_the_features_are_refused_too(write, role):
    values = TABLE["weight"].tolist()
    values[3] = None
    path = write(weight=pa.array(values))
    with pytest.raises(DataError, match=r"row 4 \(row group 1\), column weight: 1 values of the row group are missing"):
        list(Parquet(path, **({"y": "label", "columns": ["age"]} | {role: "weight"})).tiles())


def test_negative_weights(write):
    path = write(weight=-TABLE["weight"])
    with pytest.raises(DataError, match="row 1 .* column weight: 300 values of the row group are not from 0 to 1e"):
        list(Parquet(path, "label", weights="weight").tiles())


def test_columns_that_are_not_numbers(write):
    path = write(owner=["yes"] * ROWS)
    with pytest.raises(DataError, match="column 'owner' holds string, not numbers"):
        Parquet(path, "label")
    assert Parquet(path, "label", columns=["age"]).shape == (ROWS, 2)


@pytest.mark.parametrize("given", [{"y": "lable"}, {"columns": ["age", "lable"]}, {"weights": "lable"}])
def test_columns_that_are_not_there(write, given):
    with pytest.raises(DataError, match="no column is called 'lable'; did you mean 'label'"):
        Parquet(write(), **({"y": "label"} | given))


def test_a_file_that_changes_between_passes(write):
    path = write()
    design = Parquet(path, "label")
    list(design.tiles())
    os.utime(path, (1, 1))
    with pytest.raises(DataError, match="the file has changed since it was opened"):
        list(design.tiles())


def test_a_file_that_goes_away_between_passes(write):
    path = write()
    design = Parquet(path, "label")
    path.unlink()
    with pytest.raises(DataError, match="cannot be read: No such file"):
        list(design.tiles())


def test_a_file_that_is_damaged(write):
    path = write()
    content = bytearray(path.read_bytes())
    content[4:2000] = b"?" * 1996
    path.write_bytes(content)
    with pytest.raises(DataError, match="row group 1 cannot be read"):
        list(Parquet(path, "label").tiles())


def test_what_is_no_parquet_file(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        Parquet(tmp_path / "none.parquet", "label")
    (tmp_path / "table.csv").write_text("label,age\n1,30\n")
    with pytest.raises(DataError, match="not a Parquet file"):
        Parquet(tmp_path / "table.csv", "label")


def test_files_without_rows_or_features(tmp_path, write):
    pq.write_table(pa.table(TABLE).slice(0, 0), tmp_path / "empty.parquet")
    with pytest.raises(DataError, match="0 rows of 5 features"):
        Parquet(tmp_path / "empty.parquet", "label")
    with pytest.raises(DataError, match="1000 rows of 0 features"):
        Parquet(write(), "label", columns=[])


def test_row_groups_without_rows_are_no_blocks(tmp_path):
    table, path = pa.table(TABLE), tmp_path / "gaps.parquet"
    with pq.ParquetWriter(path, table.schema) as writer:
        for part in (table.slice(0, 10), table.slice(0, 0), table.slice(10, 5)):
            writer.write_table(part)
    design = Parquet(path, "label")
    assert design.shape[0] == 15
    assert [[tile.rows for tile in block] for block in design.blocks()] == [[slice(0, 10)], [slice(10, 15)]]
