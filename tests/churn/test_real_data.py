"""Runs of the examples on public files: what the lists must reach, out of fold."""

from pathlib import Path

import pandas as pd
import pytest

import casestudies

ROOT = Path(__file__).resolve().parents[2]
QUICK = ["interval.rounds=200", "explain.lime.samples=500", "explain.lime.seeds=2", "explain.rows=300"]


def run_example(name, real_data, tmp_path, *more):
    return casestudies.run(
        "churn",
        config=ROOT / "examples" / f"{name}.yaml",
        overrides=[*QUICK, "report.formats=[]", *more],
        runs=tmp_path,
        variables={"CASESTUDIES_DATA": str(real_data)},
    )


@pytest.mark.slow
def test_telco_list_under_a_budget_is_near_the_bound(real_data, tmp_path):
    run = run_example(
        "telco_churn", real_data, tmp_path, "model.candidates=[scorecard]", "analyse=[campaign]", "campaign.control=0"
    )
    assert run.metrics["models"]["scorecard"]["auc"]["value"] >= 0.845
    told = run.folder.read_json("analysis/campaign.json")
    made = told["list"]
    assert made["spend"] <= 10_000
    assert 0 <= told["best"]["gap"] < made["expected"] / made["contacts"]  # less than one customer's gain
    assert told["came"]["low"] < 53_000 < told["came"]["high"]  # the money that the prototype of this list made
    assert told["came"]["value"] > 45_000


@pytest.mark.slow
def test_cdnow_goes_from_purchases_to_a_list(real_data, tmp_path):
    run = run_example("cdnow", real_data, tmp_path, "model.candidates=[logistic]", "analyse=[value, campaign]")
    models = run.metrics["models"]
    assert models["logistic"]["auc"]["value"] > 0.69
    cheaper = min(models["skip_all"]["expected_cost"]["value"], models["contact_all"]["expected_cost"]["value"])
    assert models["logistic"]["expected_cost"]["value"] < cheaper
    profile = run.folder.read_json("data/profile.json")
    assert (profile["rows"], profile["label"]["events"]) == (7350, 3442)
    assert run.folder.read_json("analysis/value.json")["way"] == "transactions"
    assert (pd.read_csv(run.path / "lists" / "contacts.csv")["expected_gain"] > 0).all()
