"""Runs of the examples on public files of payments: what the alerts must reach on the latest rows."""

from pathlib import Path

import pytest

import casestudies

ROOT = Path(__file__).resolve().parents[2]
QUICK = ["interval.rounds=200", "explain.lime.samples=500", "explain.lime.seeds=2", "explain.rows=300"]


@pytest.mark.slow
def test_ulb_alerts_by_the_amount_at_stake(real_data, tmp_path):
    run = casestudies.run(
        "fraud",
        real_data / "ulb_creditcard_sample" / "creditcard_sample.csv.gz",
        config=ROOT / "examples" / "ulb_creditcard.yaml",
        overrides=[*QUICK, "report.formats=[]", "model.candidates=[lightgbm]", "analyse=[alerts]"],
        runs=tmp_path,
        variables={"CASESTUDIES_DATA": str(real_data)},
    )
    model = run.metrics["models"]["lightgbm"]
    assert model["savings"]["value"] >= 0.70
    assert model["ap"]["value"] >= 0.87
    hundred = next(c for c in run.folder.read_json("analysis/alerts.json")["first"]["counts"] if c["count"] == 100)
    assert hundred["relative"]["value"] >= 0.15  # more money than the first hundred by probability
