import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from casestudies.credit.contract import CONTRACT
from casestudies.credit.demo import demo
from casestudies.errors import DataError
from casestudies.tabular import Roles
from casestudies.tabular.checked import check
from casestudies.tabular.held import Held
from casestudies.tabular.profile import profile
from casestudies.tabular.read import ReadOptions, read_table
from casestudies.tabular.read import groups as module
from casestudies.tabular.read.groups import RowGroups, is_parquet
from casestudies.tabular.split import make
from casestudies.tabular.stream import Label, Selection, Stream, drawn
from casestudies.tabular.totals import COUNTED, Moments, Totals

OPTIONS = ReadOptions(missing=("n/a", "-1"))
ROLES = Roles(target="default", positive="yes", id="application", time="applied_on", protected=("sex", "age"))


@pytest.fixture
def written(tmp_path):
    """The demo's cells with their dirt as Parquet of text columns, and more of it."""

    def write(group=700, rows=3000, **columns):
        frame = demo(rows, 3).frame
        for name, values in columns.items():
            frame[name] = values
        path = tmp_path / "loans.parquet"
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path, row_group_size=group)
        return path

    return write


def streamed(path, selection=None, sample=1000):
    """The sample as checked, and the totals of all rows."""
    groups = RowGroups.open(path, OPTIONS)
    selection = selection or Selection()
    table, _ = drawn(groups, selection, sample, 0)
    checked = check(table, CONTRACT, ROLES)
    stream = Stream(groups, selection, checked.frozen(), Roles(), Label("default", "yes", "no"))
    totals = Totals(stream.label)
    for part in stream.every():
        totals.add(part)
    return checked, totals, stream


def facts(problems):
    return {
        (p.code, p.severity, p.column, p.rule, p.count, p.row, p.value) for p in problems.first() if p.code in COUNTED
    }


def test_the_parts_are_the_rows_of_the_file(written, monkeypatch):
    path = written()
    monkeypatch.setattr(module, "PART", 256)
    whole = read_table(path, OPTIONS).frame
    groups = RowGroups.open(path, OPTIONS)
    tables = [table for block in range(len(groups.counts)) for table in groups.tables(block)]
    assert max(len(table.frame) for table in tables) == 256
    together = pd.concat([table.frame for table in tables])
    assert together.index.tolist() == list(range(len(whole)))
    pd.testing.assert_frame_equal(together.reset_index(drop=True), whole)
    lines = np.concatenate([table.lines for table in tables])
    assert lines.tolist() == list(range(1, len(whole) + 1))
    assert groups.source().sha256 == read_table(path, OPTIONS).source.sha256


def test_some_columns_of_a_file_that_names_one_twice(tmp_path):
    path = tmp_path / "twice.parquet"
    table = pa.Table.from_arrays([pa.array([1, 2]), pa.array([3, 4]), pa.array([5, 6])], names=["a", "a", "b"])
    pq.write_table(table, path)
    (read,) = RowGroups.open(path).tables(0, {"a (2)", "b"})
    assert read.frame.to_dict("list") == {"a (2)": [3, 4], "b": [5, 6]}


def test_a_file_that_changes_or_is_cut_short_is_said(written, tmp_path):
    path = written()
    groups = RowGroups.open(path, OPTIONS)
    content = path.read_bytes()
    path.write_bytes(content[:-100])
    with pytest.raises(DataError, match="has changed while it was read"):
        next(groups.tables(0))
    with pytest.raises(DataError, match="damaged"):
        RowGroups.open(path)
    assert is_parquet(path)
    assert not is_parquet(tmp_path / "nowhere.parquet")


def test_checked_in_parts_is_checked_as_a_whole(written):
    """Counts, first rows, cells, words and severities of all rows, in groups of which some have no such cell."""
    random = np.random.default_rng(0)
    rows = len(demo(3000, 3).frame)
    odd = np.where(random.random(rows) < 0.004, "a lot", random.integers(1, 90, rows).astype(str))
    income = demo(3000, 3).frame["income"].to_numpy(dtype=object)
    late = np.where(np.arange(rows) > rows - 40, "many", income)  # 1.3 %, all in the last group: an error
    spaced = np.where(np.arange(rows) % 97 == 5, "  ", "x")
    term = np.where(np.arange(rows) == 1234, "9000", "24")
    path = written(odd=odd, income=late, spaced=spaced, term_months=term)
    whole = check(read_table(path, OPTIONS), CONTRACT, ROLES)
    sample, totals, _ = streamed(path, sample=len(whole.frame))
    told = totals.problems(sample)
    assert facts(told) == facts(whole.problems)
    assert {"income", "odd", "spaced", "term_months"} <= {problem.column for problem in told if problem.code in COUNTED}
    assert any(problem.severity == "error" and problem.column == "income" for problem in told)
    again = [next(p for p in ps if p.code == "repeated_id") for ps in (told, whole.problems)]
    assert [(p.rule, p.row) for p in again[:1]] == [(p.rule, p.row) for p in again[1:]]


def test_counts_are_of_all_rows_whatever_the_sample(written):
    path = written(group=512)
    whole = check(read_table(path, OPTIONS), CONTRACT, ROLES)
    sample, totals, _ = streamed(path, sample=400)
    exact, told = profile(whole), totals.profile(profile(sample))
    assert told["rows"] == exact["rows"]
    assert told["label"] == exact["label"]
    for name, entry in exact["columns"].items():
        if name == "default":
            continue
        ours = told["columns"][name]
        assert ours["missing"] == entry["missing"]
        for key in set(entry) & {"mean", "sd"}:
            assert ours[key] == pytest.approx(entry[key], rel=1e-12)
        for key in set(entry) & {"levels", "first", "last"}:
            assert ours[key] == entry[key]


def test_moments_in_parts_are_those_of_the_whole():
    values = np.random.default_rng(0).lognormal(10, 2, 5000)
    values[::7] = np.nan
    moments = Moments()
    for part in np.array_split(values, 13):
        moments.add(part)
    assert moments.mean == pytest.approx(np.nanmean(values), rel=1e-13)
    assert moments.sd == pytest.approx(np.nanstd(values), rel=1e-12)


def test_labels_that_are_missing_or_of_a_third_kind_are_errors(written):
    label = demo(3000, 3).frame["default"].to_numpy(dtype=object).copy()
    label[[10, 2999]] = "", "perhaps"
    sample, totals, _ = streamed(written(default=label))
    said = {(p.code, p.severity, p.row, p.count) for p in totals.problems(sample) if p.column == "default"}
    assert {("label_missing", "error", 11, 1), ("label_values", "error", 3000, 1)} <= said


def test_the_sample_does_not_depend_on_the_row_groups(written):
    drawn_rows = []
    for group in (3000, 700, 90):
        table, kept = drawn(RowGroups.open(written(group), OPTIONS), Selection("age > 25"), 200, 4)
        drawn_rows.append(table.frame.index.to_numpy())
        assert len(table.frame) == 200
        assert kept == (demo(3000, 3).frame["age"].astype(float) > 25).sum()
    assert (np.diff(drawn_rows[0]) > 0).all()
    assert all((rows == drawn_rows[0]).all() for rows in drawn_rows)
    other, _ = drawn(RowGroups.open(written(700), OPTIONS), Selection("age > 25"), 200, 5)
    assert len(np.intersect1d(other.frame.index, drawn_rows[0])) < 60


def test_every_row_is_as_likely_to_be_drawn(written):
    groups = RowGroups.open(written(), OPTIONS)
    times = np.zeros(groups.rows)
    for seed in range(200):
        table, _ = drawn(groups, Selection(), 300, seed)
        times[table.frame.index] += 1
    expected = 200 * 300 / groups.rows
    chi2 = ((times - expected) ** 2 / (expected * (1 - 300 / groups.rows))).sum()
    assert abs(chi2 - groups.rows) < 5 * np.sqrt(2 * groups.rows)


def test_fewer_rows_than_are_wanted_are_all_of_them(written):
    table, kept = drawn(RowGroups.open(written(), OPTIONS), Selection(), 10**6, 0)
    assert kept == len(table.frame) == 3000


def test_a_part_reads_the_columns_it_is_asked_for(written, monkeypatch):
    path = written()
    _, _, stream = streamed(path, Selection("income > 0", {"burden": "debt_payments + income * 0"}, {}))
    asked = []
    plain = RowGroups.tables
    monkeypatch.setattr(
        RowGroups, "tables", lambda self, block, names: asked.append(names) or plain(self, block, names)
    )
    part = next(stream.only({"term_months", "burden"}).parts(0))
    assert set(part.frame.columns) == {"term_months", "burden"}
    assert asked[0] == {"term_months", "burden", "debt_payments", "income", "default"}
    assert set(np.unique(part.y)) == {0.0, 1.0}


class TestHeld:
    def frame(self, rows=8000):
        random = np.random.default_rng(2)
        return pd.DataFrame(
            {
                "time": pd.Series(pd.date_range("2024-01-01", periods=rows, freq="h", tz="UTC")),
                "who": random.integers(0, rows // 5, rows).astype(str),
                "part": np.where(np.arange(rows) % 4 == 0, "Test ", "train"),
                "y": random.integers(0, 2, rows).astype(float),
            }
        )

    def held(self, kind, delay=None, **columns):
        """Of a quarter of the rows, told for all rows."""
        frame = self.frame()
        positions = np.sort(np.random.default_rng(1).choice(len(frame), 6000, replace=False))
        sample = frame.iloc[positions].reset_index(drop=True)
        series = {name: sample[column] for name, column in columns.items()}
        split = make(kind, sample["y"].to_numpy(), delay=delay, **series)
        names = {name: columns.get(name) for name in ("group", "time", "given")}
        held = Held.of(split, sample, positions, **names, delay=delay or 0)
        return frame, sample, positions, split, held.folds(frame, np.arange(len(frame)))

    def test_drawn_rows_are_left_out_and_no_others(self):
        _, _, positions, split, fold = self.held("stratified")
        assert set(np.flatnonzero(fold == 0)) == set(positions[split.test])

    def test_whoever_is_later_than_the_first_judged_row_is_left_out(self):
        frame, sample, _, split, fold = self.held("time", time="time")
        assert ((fold == 0) == (frame["time"] >= sample["time"].iloc[split.test].min())).all()

    def test_days_before_the_judged_rows_train_nobody(self):
        frame, sample, _, split, fold = self.held("time", delay=10, time="time")
        first = sample["time"].iloc[split.test].min()
        assert ((fold == 0) == (frame["time"] >= first - pd.Timedelta(days=10))).all()

    def test_groups_of_judged_rows_are_left_out_whole(self):
        frame, sample, _, split, fold = self.held("group", group="who")
        assert ((fold == 0) == frame["who"].isin(sample["who"].iloc[split.test])).all()

    def test_rows_the_file_calls_test_are_left_out(self):
        frame, _, _, _, fold = self.held("given", given="part")
        assert ((fold == 0) == (frame["part"] == "Test ")).all()

    def test_out_of_fold_each_drawn_row_has_its_fold(self):
        _, _, positions, split, fold = self.held("cv")
        for number, (_, test) in enumerate(split.folds):
            assert (fold[positions[test]] == number).all()
        assert (np.delete(fold, positions) == len(split.folds)).all()
