"""A run of the demo against its truth: each pattern is found, and the alerts save most of the money."""

import pandas as pd
import pytest

import casestudies
from casestudies.fraud.demo import COMPROMISED, DEFAULTS, STOLEN, TESTED, payments

ROWS = 12_000
ALERT = DEFAULTS["cost"]["fp"]
QUICK = ["interval.rounds=100", "explain.rows=100", "explain.lime.samples=200", "explain.lime.seeds=2"]


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """The judged payments with their truth, the model's probability and its alerts."""
    lean = ["report.formats=[]", "analyse=[]", "model.candidates=[lightgbm]"]
    run = casestudies.run(
        "fraud", overrides=[*QUICK, *lean, f"demo.rows={ROWS}"], runs=tmp_path_factory.mktemp("runs"), variables={}
    )
    told = pd.read_parquet(run.path / "predictions.parquet")
    table = payments(0, ROWS).set_axis(range(1, ROWS + 1)).loc[told["row"]]
    return table.assign(p=told["p:lightgbm"].to_numpy(), alert=told["act:lightgbm"].to_numpy() > 0)


def saved(judged, alert):
    """Share of the frauds' money that is left after what is missed and what the alerts cost."""
    fraud = judged["fraud"] == 1
    return 1 - (judged["amount"][fraud & ~alert].sum() + ALERT * alert.sum()) / judged["amount"][fraud].sum()


def test_every_pattern_stands_out(judged):
    honest = judged["p"][judged["scenario"] == 0].mean()
    for pattern, times in {STOLEN: 15, COMPROMISED: 4, TESTED: 30}.items():
        assert judged["p"][judged["scenario"] == pattern].mean() > times * honest, pattern


def test_alerts_by_the_amount_at_stake_save_most_of_the_money(judged):
    assert saved(judged, judged["alert"]) > 0.55
    assert saved(judged, judged["alert"]) > saved(judged, judged["p"] > 0.5) + 0.05
    assert saved(judged, (judged["fraud"] == 1) & (judged["amount"] > ALERT)) > 0.85  # the truth
