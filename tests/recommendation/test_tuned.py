"""Tuning of the factorisations: scored on validation customers, the test rows left alone."""

import numpy as np
import pytest
import yaml

from casestudies.api import tune
from casestudies.errors import ConfigError, UsageError
from casestudies.workflow.studies import get_study

pytest.importorskip("optuna")

QUICK = ["demo.rows=1500", "model.epochs=3", "report.formats=[]"]


def test_factorisations_are_tuned_on_validation_rows(tmp_path, monkeypatch):
    from casestudies.recommendation import tuned_bench

    made = []
    keep = tuned_bench.FactorBench
    monkeypatch.setattr(tuned_bench, "FactorBench", lambda *a: made.append(keep(*a)) or made[-1])
    run = tune("recommendation", budget=3, goals=("ndcg", "seconds"), overrides=QUICK, runs=tmp_path, variables={})
    told = run.folder.read_json("tuning.json")
    first = [one["point"]["model.candidates"] for one in told["trials"] if one["first"]]
    assert first == ["factorisation", "implicit"]
    assert len(told["trials"]) == 5
    assert all(len(one["scores"]["ndcg"]) == 5 for one in told["trials"])
    config = yaml.safe_load((run.path / "tuned.yaml").read_text())
    get_study("recommendation").settings.model_validate(config)
    assert {"popularity", "bias", "ease"} <= set(config["model"]["candidates"])  # the yardsticks stay
    (bench,) = made
    assert not set(bench.parts.train) & set(bench.parts.test)


def test_the_score_of_all_groups_is_that_of_all_customers(tmp_path, monkeypatch):
    from casestudies.recommendation import tuned_bench
    from casestudies.recommendation.comparison import Recipes
    from casestudies.recommendation.evaluation import evaluate

    made = []
    keep = tuned_bench.FactorBench
    monkeypatch.setattr(tuned_bench, "FactorBench", lambda *a: made.append(keep(*a)) or made[-1])
    run = tune(
        "recommendation",
        budget=1,
        goals=("ndcg", "rmse"),
        search=["model.factors"],
        overrides=[*QUICK, "model.candidates=[factorisation]"],
        runs=tmp_path,
        variables={},
    )
    told = run.folder.read_json("tuning.json")
    (bench,) = made
    settings = bench.base
    fitted = Recipes(settings.model, settings.seed, 1).made("factorisation").fit(bench.data.take(bench.parts.train))
    whole = evaluate(
        {"factorisation": fitted}, bench.data, bench.parts.train, bench.parts.valid, k=settings.judging.k, rounds=100
    ).metrics
    sizes = np.bincount(bench._group[bench._panel.users], minlength=5)
    ndcg = np.average(told["trials"][0]["scores"]["ndcg"], weights=sizes)
    assert ndcg == pytest.approx(whole["factorisation"][f"ndcg_at_{settings.judging.k}"]["value"])
    rows = np.bincount(bench._group[bench.data.user[bench.parts.valid]], minlength=5)
    squares = np.average(np.square(told["trials"][0]["scores"]["rmse"]), weights=rows)
    assert np.sqrt(squares) == pytest.approx(whole["factorisation"]["rmse"]["value"], rel=1e-3)


def test_what_cannot_be_asked_is_said(tmp_path):
    with pytest.raises(UsageError, match="nested: this study chooses on one validation part; leave nested out"):
        tune("recommendation", nested=3, runs=tmp_path, variables={})
    with pytest.raises(ConfigError, match="there is no goal 'cost'"):
        tune("recommendation", goals=("cost",), runs=tmp_path, variables={})
    assert not list(tmp_path.iterdir())
