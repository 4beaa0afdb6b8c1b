import copy
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score

import casestudies
from casestudies import cli
from casestudies.api import check_data, convert, open_run
from casestudies.credit.demo import DEFAULTS, applications
from casestudies.errors import ConfigError, DataError, ExitCode, UsageError
from casestudies.models.engine import Engine
from casestudies.models.linear import LogisticRegression
from casestudies.models.recipes import C_GRID
from casestudies.tabular.read.groups import RowGroups
from casestudies.workflow import large
from casestudies.workflow.findings import Findings
from casestudies.workflow.reasons import reasons, told
from casestudies.workflow.sections.large import large_blocks
from casestudies.workflow.table_settings import TableSettings

ROWS, DRAWN = 14_000, 6_000
SMALL = [
    "interval.rounds=100", "explain.rows=100", "explain.lime.samples=200", "explain.lime.seeds=2", "report.formats=[]",
    "model.trees.trees=10",
]  # fmt: skip


def loans(rows=ROWS, seed=1):
    table = applications(seed, rows).drop(columns="probability")
    table["default"] = table["default"].map({0: "no", 1: "yes"})
    return table


def config(**model):
    settings = copy.deepcopy(DEFAULTS)
    settings["data"].pop("read")
    settings["model"] = {"candidates": ["logistic"], "incumbent": "present_score", **model}
    return settings


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "loans.parquet"
    pq.write_table(pa.Table.from_pandas(loans(), preserve_index=False), path, row_group_size=4096)
    return path


@pytest.fixture(scope="module")
def few():
    """Memory for half of the rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large, "SAMPLE", DRAWN)
        patch.setattr(large, "is_large", lambda *_: True)
        yield


@pytest.fixture(scope="module")
def done(file, few, tmp_path_factory):
    """A run on a sample, its model fitted on all rows."""
    runs = tmp_path_factory.mktemp("runs")
    return casestudies.run("credit", file, config(), overrides=SMALL, runs=runs, variables={})


def test_a_table_is_large_by_its_footer(file):
    settings = TableSettings(study="any", run={"memory_mb": 500})
    groups = RowGroups.open(file)
    assert not large.is_large(groups, settings)
    many = [groups.counts[0]] * 60  # 245,760 rows of 18 columns
    assert large.is_large(replaced(groups, many), settings)
    assert not large.is_large(replaced(groups, many), TableSettings(study="any", run={"memory_mb": 4000}))
    million = [100_000] * 11
    assert large.is_large(replaced(groups, million), TableSettings(study="any", run={"memory_mb": 10**6}))


def replaced(groups, counts):
    from dataclasses import replace

    return replace(groups, counts=tuple(counts), places=tuple(range(len(counts))))


def test_the_run_says_what_rests_on_which_rows(done):
    told_ = done.folder.read_json("analysis/large.json")
    assert (told_["rows"], told_["sample"], told_["row_groups"], told_["champion"]) == (ROWS, DRAWN, 4, "logistic")
    assert told_["engine"] == "this process"
    profile = done.folder.read_json("data/profile.json")
    assert profile["rows"] == profile["source"]["rows"] == ROWS
    table = loans()
    assert profile["label"]["events"] == (table["default"] == "yes").sum()
    assert profile["columns"]["income"]["mean"] == pytest.approx(table["income"].mean(), rel=1e-12)
    assert profile["columns"]["card_utilisation"]["missing"] == table["card_utilisation"].isna().sum()
    assert any("6,000 of its 14,000 rows are drawn" in note for note in profile["notes"])
    assert not list(done.path.parent.glob(".rows-*"))
    section = large_blocks(Findings.read(done.folder, done.study))
    words = json.dumps([repr(block) for block in section])
    assert "14,000" in words
    assert "6,000" in words
    assert "within chance" in words or "With all rows" in words


def test_rows_are_named_by_their_place_in_the_file(done):
    judged, table = pd.read_parquet(done.path / "predictions.parquet"), loans()
    assert judged["row"].max() > DRAWN
    assert (table["application"].iloc[judged["row"] - 1].astype(str).to_numpy() == judged["id"].to_numpy()).all()
    assert ((table["default"].iloc[judged["row"] - 1] == "yes").to_numpy() == judged["y"]).all()


def test_the_fit_on_all_rows_is_judged_on_rows_later_than_any_it_saw(done):
    """The figure is that of a fit in memory on all rows before the first judged one, with the sample's encoding."""
    told_ = done.folder.read_json("analysis/large.json")
    judged, table = pd.read_parquet(done.path / "predictions.parquet"), loans()
    first = table["applied_on"].iloc[judged["row"] - 1].min()
    seen = np.flatnonzero(table["applied_on"] < first)
    assert told_["seen"] == len(seen)
    assert told_["judged"] == len(judged)
    model = done._model.model
    frame = done._model.checked(whole(done)).frame
    y = (table["default"] == "yes").to_numpy(dtype=float)
    X = model.matrix(frame)
    said = done.folder.read_json("diagnosis.json")["saved"]["notes"][0]
    penalty = {"C": float(re.search(r"C = ([\d.e+-]+)", said)[1]), "penalty": "l1" if "L1" in said else "l2"}
    penalty["C"] = C_GRID[np.argmin(abs(np.log(np.array(C_GRID) / penalty["C"])))]
    peer = LogisticRegression(**penalty).fit(X[seen], y[seen])
    z = peer.decision_function(X[judged["row"] - 1])
    assert told_["figures"]["all rows"]["auc"]["value"] == pytest.approx(roc_auc_score(judged["y"], z), abs=1e-6)
    everyone = LogisticRegression(**penalty).fit(X, y)
    np.testing.assert_allclose(model.estimator.coef_, everyone.coef_, atol=1e-5)


def whole(done):
    from casestudies.tabular.read import read_table

    return read_table(Path(done.folder.request()["data"]))


def test_the_saved_model_scores_all_rows_better_than_it_was_judged_by_chance(done, file):
    scored = done.predict(file).rows
    y = (loans()["default"] == "yes").to_numpy()
    assert roc_auc_score(y, scored["probability"]) > 0.75


@pytest.fixture(scope="module")
def carded(file, few, tmp_path_factory):
    """The same rows, kept by a formula; a scorecard, and 700 of them may be declined."""
    settings = config(candidates=["scorecard"])
    settings["data"] |= {"where": "income > 900"}
    settings["decide"] = {"rule": "capacity", "capacity": 700}
    runs = tmp_path_factory.mktemp("cards")
    return casestudies.run("credit", file, settings, overrides=SMALL, runs=runs, variables={})


def test_a_scorecard_counts_all_rows_and_is_judged_as_the_other_models(carded):
    """Bins hold what they hold in the table as a whole, and the judged fit saw rows before the first judged one."""
    table = loans()
    kept = table[table["income"] > 900]
    told_ = carded.folder.read_json("analysis/large.json")
    assert told_["fitted"] == told_["rows"] == len(kept)
    card = carded._model.model.card
    frame = carded._model.checked(whole(carded)).frame[(table["income"] > 900).to_numpy()]
    bad = (kept["default"] == "yes").to_numpy(dtype=float)
    for one in card.characteristics:
        code = one.bins.codes(frame)
        np.testing.assert_array_equal(one.rows, np.bincount(code, minlength=len(one.rows)))
        np.testing.assert_array_equal(one.events, np.bincount(code, bad, len(one.rows)))
    assert all((one.points == np.rint(one.points)).all() for one in card.characteristics)
    judged = pd.read_parquet(carded.path / "predictions.parquet")
    first = table["applied_on"].iloc[judged["row"] - 1].min()
    assert told_["seen"] == (kept["applied_on"] < first).sum()
    assert told_["judged"] == len(judged)
    auc = {who: told_["figures"][who]["auc"]["value"] for who in ("all rows", "rows drawn")}
    assert abs(auc["all rows"] - auc["rows drawn"]) < 0.03
    assert roc_auc_score(bad, carded._model.model.margin(frame)) > 0.75


def test_cases_are_named_by_their_row_in_the_file(carded):
    """After data.where and among rows drawn: the case's cells are those of the row it names."""
    table, cases = loans(), carded.folder.read_json("explain/cases.json")
    assert max(case["row"] for case in cases) > DRAWN
    for case in cases:
        row = table.iloc[case["row"] - 1]
        assert case["event"] == (row["default"] == "yes")
        assert case["values"]["income"] == told(row["income"])


def test_a_capacity_is_shared_by_the_rows_drawn_and_kept_for_predict(carded, file):
    told_, decision = (carded.folder.read_json(name) for name in ("analysis/large.json", "model/decision.json"))
    assert told_["limit"] == round(700 * DRAWN / told_["rows"])
    assert decision["decider"]["level"] == 700
    judged = pd.read_parquet(carded.path / "predictions.parquet")
    assert judged["act:scorecard"].sum() <= told_["limit"]
    scored = carded.predict(file).rows
    acted = scored["decision"] == "decline"
    assert acted.sum() == 700  # of all row groups together, and those with the largest gains
    p, costs = carded._model.priced(carded._model.checked(whole(carded)))
    gain = costs.gain(p)
    assert gain[acted].min() >= gain[~acted].max()
    loans().to_csv(path := carded.path.parent / "loans.csv", index=False)
    assert (carded.predict(path).rows["decision"] == scored["decision"]).all()
    words = json.dumps([repr(block) for block in large_blocks(Findings.read(carded.folder, carded.study))])
    assert "decide.capacity is for all" in words


def test_a_capacity_of_which_no_row_is_drawn_is_refused(file, few, tmp_path):
    settings = config()
    settings["decide"] = {"rule": "capacity", "capacity": 2}
    with pytest.raises(ConfigError, match=r"decide.capacity: 2 of 14,000 rows are less than one of the 6,000 drawn"):
        casestudies.run("credit", file, settings, overrides=SMALL, runs=tmp_path, variables={})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"derive": {"burden": "1 / (income - 77)"}}, "first in row 13001"),
        ({"where": "income > 900", "derive": {"burden": "1 / (savings_months - 777)"}}, "first in row 13002"),
        ({"where": "present_score > 0 or income > 0"}, "row 13003 "),
    ],
)
def test_a_formula_that_fails_names_the_row_in_the_file(data, said, few, tmp_path):
    table = loans()
    table.loc[13_000, "income"] = 77
    table["savings_months"] = 1.0
    table.loc[13_001, ["income", "savings_months"]] = 5000, 777
    table["present_score"] = table["present_score"].astype(object)
    table.loc[13_002, "present_score"] = "none"
    table["present_score"] = table["present_score"].astype(str)
    table.to_parquet(tmp_path / "odd.parquet", index=False, row_group_size=4096)
    settings = config()
    settings["data"] |= data
    with pytest.raises(DataError, match=said):
        check_data("credit", tmp_path / "odd.parquet", config=settings, variables={})


def test_check_counts_in_all_rows(file, few, tmp_path):
    table = loans()
    table.loc[[13_000, 13_999], "past_delays"] = -1
    table.to_parquet(tmp_path / "odd.parquet", index=False)
    checked = check_data("credit", tmp_path / "odd.parquet", config=config(), variables={})
    (problem,) = [p for p in checked.loaded.checked.problems.of("warning") if p.code == "out_of_range"]
    assert (problem.count, problem.row, problem.column) == (2, 13_001, "past_delays")


def test_trees_and_groups_and_weights_go_the_same_way(file, few, tmp_path):
    table = loans()
    table["customer"] = np.arange(ROWS) // 3
    table["times"] = 1.0 + (np.arange(ROWS) % 2)
    table.to_parquet(tmp_path / "groups.parquet", index=False, row_group_size=5000)
    settings = config(candidates=["lightgbm"])
    settings["data"] |= {"group": "customer", "weight": "times", "where": "income > 900"}
    settings["split"] = {"kind": "group"}
    done = casestudies.run(
        "credit", tmp_path / "groups.parquet", settings, overrides=SMALL, runs=tmp_path, variables={}
    )
    told_ = done.folder.read_json("analysis/large.json")
    kept = int((table["income"] > 900).sum())
    assert told_["rows"] == kept < ROWS == told_["file_rows"]
    judged = pd.read_parquet(done.path / "predictions.parquet")
    theirs = table["customer"].isin(table["customer"].iloc[judged["row"] - 1])
    assert told_["seen"] == kept - int((theirs & (table["income"] > 900)).sum())


def test_the_same_decisions_whatever_the_row_groups(file, few, done, tmp_path):
    pq.write_table(pq.read_table(file), tmp_path / "other.parquet", row_group_size=999)
    again = casestudies.run(
        "credit", tmp_path / "other.parquet", config(), overrides=SMALL, runs=tmp_path, variables={}
    )
    ours, theirs = (pd.read_parquet(run.path / "predictions.parquet") for run in (done, again))
    pd.testing.assert_frame_equal(ours, theirs)
    np.testing.assert_allclose(done._model.model.estimator.coef_, again._model.model.estimator.coef_, atol=1e-7)


def test_a_large_text_gets_the_command_that_converts_it(tmp_path, monkeypatch, capsys):
    path = tmp_path / "big.csv"
    path.write_text(loans(400).to_csv(index=False))
    monkeypatch.setattr(large, "Limits", lambda: type("Tiny", (), {"bytes": 1000})())
    with pytest.raises(DataError, match=r"casestudies data convert big.csv big.parquet"):
        large.opened(path, large.ReadOptions(), TableSettings(study="any"), Engine())


def test_the_command_converts_and_the_run_goes_on(tmp_path, capsys):
    path, out = tmp_path / "big.csv", tmp_path / "big.parquet"
    path.write_text(loans(400).to_csv(index=False))
    assert cli.main(["data", "convert", str(path), str(out), "--no-progress"]) == ExitCode.DONE
    assert "400 rows, 18 columns" in capsys.readouterr().out
    first, second = (check_data("credit", name, config=config(), variables={}) for name in (path, out))
    assert first.loaded.checked.features == second.loaded.checked.features
    a, b = first.loaded.checked.frame, second.loaded.checked.frame
    pd.testing.assert_frame_equal(a, b, check_exact=True)


@pytest.mark.parametrize(
    ("name", "said"), [("out.csv", "not called .parquet"), ("no/where/out.parquet", "another place")]
)
def test_where_nothing_can_be_written_nothing_is_left(name, said, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(loans(400).to_csv(index=False))
    with pytest.raises(UsageError, match=said):
        convert(path, tmp_path / name)
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


def test_a_broken_row_leaves_no_half_file(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(loans(400).to_csv(index=False) + "1,2,3\n")
    with pytest.raises(DataError, match="line 402"):
        convert(path, tmp_path / "a.parquet")
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


class TestPredict:
    def test_parts_of_a_file_are_scored_as_the_whole(self, done, file, tmp_path):
        """Row groups, one table of text, and both kinds of output, to the bit."""
        rows = done.predict(file).rows
        count, _ = done.predict_file(file, tmp_path / "p.parquet")
        assert count == len(rows) == ROWS
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "p.parquet"), rows)
        loans().to_csv(tmp_path / "new.csv", index=False)
        done.predict_file(tmp_path / "new.csv", tmp_path / "p.csv")
        read = pd.read_csv(tmp_path / "p.csv")
        assert list(read.columns) == list(rows.columns)
        np.testing.assert_array_equal(read["row"], rows["row"])
        np.testing.assert_array_equal(read["probability"], rows["probability"])
        assert (read["reasons"] == rows["reasons"]).all()
        assert (read["decision"] == rows["decision"]).all()

    def test_memory_does_not_grow_with_the_file(self, done, tmp_path):
        """Arrow's and NumPy's memory at the peak, for four row groups and for sixteen."""
        import tracemalloc

        from casestudies.workflow.scoring import Batch, in_parts

        table = pa.Table.from_pandas(loans(4000), preserve_index=False)
        peaks = []
        for groups in (4, 16):
            path = tmp_path / f"{groups}.parquet"
            pq.write_table(pa.concat_tables([table] * groups), path, row_group_size=4000)
            tracemalloc.start()
            batch = Batch(done._model)
            assert sum(len(part) for part in in_parts(done._model, path, Engine(), batch)) == 4000 * groups
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[1] < 1.2 * peaks[0]

    def test_few_cells_of_many_may_be_odd_wherever_they_stand(self, done, tmp_path):
        """Three unreadable cells in a last group of ten are 30 % of it and few of all."""
        table = loans(2010)
        income = table["income"].astype(str).to_numpy(dtype=object)
        income[-3:] = "lots"
        table["income"] = income
        table.to_parquet(tmp_path / "odd.parquet", index=False, row_group_size=1000)
        _, notes = done.predict_file(tmp_path / "odd.parquet", tmp_path / "p.csv")
        assert any("3 of 2010 cells that are not numbers and are read as missing" in note for note in notes)

    def test_too_many_odd_cells_leave_no_file(self, done, tmp_path):
        table = loans(2000)
        income = table["income"].astype(str).to_numpy(dtype=object)
        income[::50] = "lots"
        table["income"] = income
        table.to_parquet(tmp_path / "odd.parquet", index=False, row_group_size=1000)
        with pytest.raises(DataError, match="40 of 2000 cells that are not numbers"):
            done.predict_file(tmp_path / "odd.parquet", tmp_path / "p.csv")
        assert [path.name for path in tmp_path.iterdir()] == ["odd.parquet"]

    def test_a_missing_column_is_named_before_anything_is_scored(self, done, tmp_path):
        loans(500).drop(columns="income").to_parquet(tmp_path / "less.parquet", index=False)
        with pytest.raises(DataError, match="`income` is needed"):
            done.predict_file(tmp_path / "less.parquet", tmp_path / "p.csv")
        assert not (tmp_path / "p.csv").exists()

    def test_levels_never_seen_are_counted_over_all_parts(self, done, tmp_path):
        table = loans(3000)
        table.loc[::100, "purpose"] = "boat"
        table.to_parquet(tmp_path / "new.parquet", index=False, row_group_size=700)
        _, notes = done.predict_file(tmp_path / "new.parquet", tmp_path / "p.csv")
        (note,) = [note for note in notes if "boat" in note]
        assert "holds 30 cells" in note


class TestReasons:
    def test_they_are_the_largest_effects_in_words(self):
        from casestudies.explain import Explanation

        values = np.array([[0.5, -0.2, 0.3], [-0.1, -0.4, -0.3], [0.004, 0.0, 0.2], [0.2, 0.2, 0.2]])
        frame = pd.DataFrame({"a": [1200.0, 3, np.nan, 7], "b": ["x", "y", None, "=z"], "c": [0.25, 1e6, 2, 3]})
        found = reasons(Explanation(values, 0.0, ("a", "b", "c"), "test"), frame, k=2)
        assert found == [
            "a 1,200 (+0.50); c 0.25 (+0.30)",
            "a 3 (-0.10)",  # whoever is declined is told something
            "c 2 (+0.20); a missing (+0.00)",
            "a 7 (+0.20); b =z (+0.20)",
        ]

    def test_they_are_those_of_row_by_row(self):
        from casestudies.explain import Explanation

        random = np.random.default_rng(0)
        frame = pd.DataFrame(
            {
                "n": np.where(random.random(500) < 0.1, np.nan, random.normal(0, 1000, 500).round(2)),
                "k": pd.Categorical.from_codes(random.integers(-1, 3, 500), ["a", "b\n", "c"]),
                "f": random.integers(0, 2, 500).astype(float),
                "t": random.choice(["p", "q"], 500),
            }
        )
        values = random.normal(size=(500, 4)).round(1)
        explained = Explanation(values, 0.0, tuple(frame), "test")
        slow = []
        for row, effects in enumerate(values):
            order = [j for j in np.argsort(-effects, kind="stable") if effects[j] > 0][:3] or [int(effects.argmax())]
            words = (f"{frame.columns[j]} {told(frame.iloc[row, j])} ({effects[j]:+.2f})" for j in order)
            slow.append("; ".join(words).replace("\n", "\\n"))
        assert reasons(explained, frame, k=3) == slow


class TestCluster:
    def test_the_command_fits_and_scores_there(self, file, done, address, tmp_path, capsys):
        """The same decisions, the same coefficients, and the workers did it."""
        path = tmp_path / "loans.yaml"
        path.write_text(json.dumps({"study": "credit", **config()}))
        options = [word for setting in SMALL for word in ("--set", setting)]
        there = ["--engine", "dask", "--scheduler", address]
        words = ["run", "credit", "--data", str(file), "--config", str(path), "--out", str(tmp_path / "runs"), *options]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(large, "SAMPLE", DRAWN)
            assert cli.main([*words, *there, "--no-progress"]) == ExitCode.DONE, capsys.readouterr().err
        run = open_run("latest", runs=tmp_path / "runs")
        assert run.folder.read_json("analysis/large.json")["engine"] == "a Dask cluster"
        ours, theirs = (one._model.model.estimator for one in (done, run))
        np.testing.assert_allclose(theirs.coef_, ours.coef_, rtol=0, atol=1e-10)
        np.testing.assert_allclose(theirs.intercept_, ours.intercept_, rtol=0, atol=1e-10)
        words = ["predict", str(run.path), "--data", str(file), "--out", str(tmp_path / "p.parquet"), *there]
        assert cli.main(words) == ExitCode.DONE, capsys.readouterr().err
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "p.parquet"), run.predict(file).rows)

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--set", "model.candidates=[logistic,lightgbm]"], "lightgbm is not fitted on a Dask cluster"),
            (["--set", "model.candidates=[scorecard,logistic,lightgbm]"], "'model.candidates=[scorecard, logistic]'"),
            (["--data", "CSV", "--set", "model.candidates=[logistic]"], "data convert new.csv new.parquet"),
        ],
    )
    def test_what_cannot_run_there_ends_with_4_and_the_reason(self, words, said, file, tmp_path, capsys):
        pytest.importorskip("distributed", reason="dask is not installed: pip install 'casestudies[dask]'")
        (tmp_path / "new.csv").write_text(loans(400).to_csv(index=False))
        path = tmp_path / "loans.yaml"
        path.write_text(json.dumps({"study": "credit", **config()}))
        words = [str(tmp_path / "new.csv") if word == "CSV" else word for word in words]
        data = [] if "--data" in words else ["--data", str(file)]
        there = ["--engine", "dask", "--scheduler", "tcp://127.0.0.1:9", "--out", str(tmp_path)]
        assert cli.main(["run", "credit", "--config", str(path), *data, *words, *there]) == ExitCode.CONFIG
        assert said in capsys.readouterr().err

    def test_a_text_is_not_scored_there(self, done, address, tmp_path):
        (tmp_path / "new.csv").write_text(loans(400).to_csv(index=False))
        with pytest.raises(ConfigError, match=r"data convert new\.csv new\.parquet"):
            done.predict_file(tmp_path / "new.csv", tmp_path / "p.csv", engine="dask", scheduler=address)
        assert not (tmp_path / "p.csv").exists()


@pytest.fixture(scope="module")
def address():
    pytest.importorskip("distributed", reason="dask is not installed: pip install 'casestudies[dask]'")
    from casestudies.optim.designs.dask import local

    with local(workers=2) as client:
        yield client.scheduler.address


def test_the_recipe_for_a_local_cluster_works_as_it_is_printed(file, tmp_path):
    """The lines of the how-to, with a free port and a small table in place of theirs."""
    pytest.importorskip("distributed", reason="dask is not installed: pip install 'casestudies[dask]'")
    text = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "large-tables.md").read_text()
    (script,) = re.findall(r"```bash\n(dask scheduler --host 127.*?)```", text, re.DOTALL)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    rows = pq.read_table(file).slice(0, 7000)
    pq.write_table(rows, tmp_path / "loans.parquet", row_group_size=2000)
    pq.write_table(rows.slice(0, 3000), tmp_path / "new.parquet", row_group_size=1000)
    settings = config()
    settings |= {"interval": {"rounds": 100}, "explain": {"rows": 100, "lime": {"samples": 200, "seeds": 2}}}
    (tmp_path / "loans.yaml").write_text(json.dumps({"study": "credit", **settings, "report": {"formats": []}}))
    script = "trap 'kill $(jobs -p)' EXIT; set -e\n" + script.replace("8786", str(port))
    place = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=place, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(pd.read_parquet(tmp_path / "scores.parquet")) == 3000
