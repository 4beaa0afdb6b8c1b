"""Whole runs of the demo: what they leave behind, that they can be made again, and what was planted and is found."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import casestudies
from casestudies import cli
from casestudies.api import list_runs, open_run
from casestudies.errors import ExitCode
from casestudies.recommendation.demo import demo, demo_truth
from casestudies.recommendation.listing import LIST

SMALL = ("demo.rows=1500", "interval.rounds=100")
QUESTIONS = ("lists", "reasons", "activity", "coverage", "margin", "adaptation", "experiments")


def test_a_run_leaves_the_folder_that_the_architecture_describes(shop_run):
    assert shop_run.state == "done"
    assert shop_run.folder.verify() == []
    files = {str(path.relative_to(shop_run.path)) for path in shop_run.path.rglob("*") if path.is_file()}
    wanted = {"config.yaml", "metrics.json", "evaluation.json", "predictions.parquet", "trace.parquet", "manifest.json"}
    wanted |= {"diagnosis.json", "report.html", "report.pdf", "result.json", LIST, "made/pays.json"}
    wanted |= {"data/schema.json", "data/profile.json", "data/problems.csv"}
    wanted |= {"model/factors.npz", "model/ids.json", "model/settings.json", "model/items.parquet"}
    wanted |= {f"analysis/{name}.json" for name in QUESTIONS}
    assert wanted <= files
    assert not any(re.search(r"\.(pkl|pickle|joblib|pt)$", name) for name in files)
    assert (shop_run.path / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_every_model_has_figures_with_their_intervals(shop_run):
    metrics = shop_run.metrics
    assert metrics["study"] == "recommendation"
    assert metrics["champion"] in metrics["models"]
    assert {"popularity", "bias", "ease", "factorisation", "implicit"} <= set(metrics["models"])
    assert (
        metrics["split"]["train"] + metrics["split"]["judged"] == shop_run.folder.read_json("data/profile.json")["rows"]
    )
    for name, figures in metrics["models"].items():
        assert {"ndcg_at_10", "recall_at_10", "hit_rate_at_10", "mrr", "catalogue_coverage", "novelty"} <= set(figures)
        assert ("rmse" in figures) == (name in ("bias", "factorisation"))
        for entry in figures.values():
            if entry["value"] is not None and entry["low"] is not None:
                assert entry["low"] <= entry["high"]
                assert np.isfinite([entry["value"], entry["low"], entry["high"]]).all()


def test_the_lists_hold_ten_items_that_the_customer_did_not_have(shop_run):
    table, rows = pd.read_csv(shop_run.path / LIST, dtype=str), demo(2000, 0).frame
    rows = rows[(rows["customer"] != "") & (rows["stars"] != "0")]
    assert (table.groupby("user")["item"].nunique() == table.groupby("user").size()).all()
    assert (table.groupby("user").size() <= 10).all()
    assert set(table["user"]) == set(rows["customer"])
    had, shown = (
        set(map(tuple, pairs.to_numpy())) for pairs in (rows[["customer", "product"]], table[["user", "item"]])
    )
    assert not had & shown


def test_no_report_and_no_figure_carries_a_clock_a_path_or_an_id(shop_run):
    for name in ("report.html", "metrics.json", "evaluation.json", "diagnosis.json", "model/settings.json"):
        text = (shop_run.path / name).read_text(encoding="utf-8")
        assert shop_run.id not in text, name
        assert str(shop_run.path.parents[1]) not in text, name
        assert "/tmp" not in text, name


def test_synthetic_data_is_called_synthetic(shop_run):
    assert "Synthetic data" in (shop_run.path / "report.html").read_text(encoding="utf-8")
    assert json.loads((shop_run.path / "manifest.json").read_text())["synthetic"] is True
    assert "SYNTHETIC" in "\n".join(shop_run.summary())


def test_the_same_seed_and_data_give_the_same_bytes_in_two_processes(tmp_path):
    made = []
    for number in range(2):
        out = tmp_path / str(number)
        command = [sys.executable, "-m", "casestudies", "run", "recommendation", "--no-progress", "--out", str(out)]
        own = {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": str(number), "TZ": ["UTC", "Asia/Tokyo"][number]}
        done = subprocess.run(
            [*command, *(f"--set={text}" for text in SMALL)],
            cwd=tmp_path,
            env={**os.environ, **own},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        made.append(next((out / "recommendation").iterdir()))
    files = [
        {str(path.relative_to(run)) for path in run.rglob("*") if path.is_file() and path.suffix != ".jsonl"}
        for run in made
    ]
    assert files[0] == files[1]
    own = {"manifest.json", "request.json", "process.json", "config.yaml"}  # clocks and where the run was asked for
    for name in sorted(files[0] - own):
        assert (made[0] / name).read_bytes() == (made[1] / name).read_bytes(), name


def test_two_threads_give_the_same_lists(tmp_path):
    lean = ("analyse=[lists]", "report.formats=[]")
    runs = [
        casestudies.run(
            "recommendation",
            overrides=[*SMALL, *lean, f"run.threads={count}"],
            runs=tmp_path / str(count),
            variables={},
        )
        for count in (1, 2)
    ]
    for name in ("model/factors.npz", LIST):
        assert (runs[0].path / name).read_bytes() == (runs[1].path / name).read_bytes(), name


def test_rows_in_another_order_give_the_same_customers_the_same_kind_of_lists(tmp_path):
    random = np.random.default_rng(0)
    rows = demo_truth(0, 1500).rows[["customer", "product", "stars", "time"]]
    rows = rows.drop_duplicates("time")  # at one instant the order of the file is the order of the rows
    found = []
    for number, table in enumerate((rows, rows.iloc[random.permutation(len(rows))])):
        run = casestudies.run(
            "recommendation",
            table,
            {"data": {"user": "customer", "item": "product"}, "model": {"candidates": ["popularity", "implicit"]}},
            overrides=["interval.rounds=100", "analyse=[lists]", "report.formats=[]"],
            runs=tmp_path / str(number),
        )
        lists = pd.read_csv(run.path / LIST, dtype=str)
        found.append(
            (run.metrics["models"]["popularity"]["ndcg_at_10"]["value"], lists.groupby("user")["item"].agg(set))
        )
    assert found[0][0] == pytest.approx(found[1][0], abs=0.02)
    first, second = found[0][1], found[1][1].loc[found[0][1].index]
    assert np.mean([len(a & b) / len(a) for a, b in zip(first, second, strict=True)]) > 0.7


def test_no_question_leaves_a_whole_report(tmp_path):
    run = casestudies.run("recommendation", overrides=[*SMALL, "analyse=[]"], runs=tmp_path, variables={})
    assert not list(run.path.glob("analysis/*"))
    assert not list(run.path.glob("lists/*"))
    html = (run.path / "report.html").read_text(encoding="utf-8")
    assert "NDCG" in html
    written = run.report(["html"], out=tmp_path / "again")
    assert written[0].read_text(encoding="utf-8") == html


def test_a_report_is_written_again_without_training_and_cannot_be_changed(shop_run, tmp_path, capsys):
    html = shop_run.report(["html"], out=tmp_path)[0].read_text(encoding="utf-8")
    assert html == (shop_run.path / "report.html").read_text(encoding="utf-8")
    where = ["--runs", str(shop_run.path.parents[1]), "--out", str(tmp_path)]
    assert cli.main(["report", shop_run.id, *where, "--set", "judging.k=5"]) == ExitCode.CONFIG
    assert capsys.readouterr().err.count("\n") == 1


def test_gates_that_are_missed_end_in_their_own_code(tmp_path, capsys):
    lean = ("analyse=[]", "report.formats=[]", "model.candidates=[popularity, implicit]")
    words = [f"--set={text}" for text in (*SMALL, *lean, "gates.ndcg_at_10.min=0.99")]
    assert cli.main(["run", "recommendation", "--no-progress", "--out", str(tmp_path), *words]) == ExitCode.GATE
    assert "gates.ndcg_at_10" in capsys.readouterr().err
    assert open_run("latest", runs=tmp_path).state == "done"


def test_verbs_that_read_know_the_run(shop_run, capsys):
    root = str(shop_run.path.parents[1])
    assert list_runs(runs=root)[0]["champion"] == shop_run.metrics["champion"]
    for words in (
        ["runs", "list", "--json", "--runs", root],
        ["runs", "show", shop_run.id, "--json", "--runs", root],
        ["runs", "verify", shop_run.id, "--runs", root],
        ["schema", "recommendation", "--json"],
        ["check", "recommendation", "--json", "--set", "demo.rows=500"],
    ):
        assert cli.main(words) == 0, words
        out = capsys.readouterr().out
        if "--json" in words:
            json.loads(out)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The demo in its whole size, judged by models of choices alone."""
    lean = ["analyse=[lists]", "report.formats=[]", "model.candidates=[popularity, implicit]", "interval.rounds=200"]
    runs = tmp_path_factory.mktemp("whole")
    return casestudies.run("recommendation", overrides=lean, runs=runs, variables={})


def test_changed_tastes_make_a_half_life_worth_having(whole):
    """Half of the customers change their favourite category, so late choices say more than early ones."""
    choice = whole.folder.read_json("evaluation.json")["choice"]
    assert whole.metrics["champion"] == "implicit_recent"
    assert 2 <= choice["half_life"]["value"] <= 40
    ndcg = {name: told["ndcg_at_10"]["value"] for name, told in whole.metrics["models"].items()}
    assert ndcg["implicit_recent"] > ndcg["implicit"] > 1.5 * ndcg["popularity"]


def test_those_whose_taste_changed_are_shown_what_they_like_now(whole):
    truth, lists = demo_truth(0), pd.read_csv(whole.path / LIST, dtype=str)
    customers = truth.customers
    moved = customers[customers["changes_at"].notna() & (customers["leaves"] > 700)]
    bought = truth.rows.merge(moved[["changes_at"]], left_on="customer", right_index=True)
    late = bought[bought["time"] >= bought["changes_at"]].groupby("customer").size()
    moved = moved.loc[late.index[late >= 5]]
    category = lists["item"].map(truth.items["category"])
    mine = lists["user"].isin(moved.index)
    now, before = (category[mine] == lists.loc[mine, "user"].map(moved[name]) for name in ("later", "favourite"))
    assert len(moved) > 60
    assert now.mean() > 1.5 * before.mean()
    assert now.mean() > 0.25  # 1 in 8 by chance


def test_features_bring_items_into_lists_that_nobody_has_bought(tmp_path):
    found = {}
    for features in ("[]", "[category, style, price]"):
        lean = ["demo.rows=4000", "analyse=[lists]", "report.formats=[]", "model.candidates=[popularity, implicit]"]
        run = casestudies.run(
            "recommendation",
            overrides=[*lean, f"model.features={features}", "interval.rounds=100"],
            runs=tmp_path,
            variables={},
        )
        told = run.folder.read_json("analysis/lists.json")["new"]
        lists = pd.read_csv(run.path / LIST, dtype=str)
        bought = set(demo_truth(0, 4000).rows["product"])
        found[features] = told["of_places"], int((~lists["item"].isin(bought)).sum())
    plain, taught = found.values()
    assert taught[0] > 5 * plain[0]
    assert taught[1] > 5 * plain[1]
