"""A run of the demo against its truth: the study finds who leaves, and spends the budget where the truth would."""

import numpy as np
import pandas as pd
import pytest

import casestudies
from casestudies.churn.demo import CALL, DEFAULTS, VOUCHER, demo, reviews
from casestudies.decisions.campaign import campaign

ROWS = 4_000
QUICK = ["interval.rounds=100", "explain.rows=100", "explain.lime.samples=200", "explain.lime.seeds=2"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    lean = ["report.formats=[]", "model.candidates=[logistic]"]
    # the trial tells what its own offer does; for others there are only assumptions
    lean += ["analyse=[uplift, campaign]", "campaign.offers=null", "campaign.control=0"]
    return casestudies.run(
        "churn", overrides=[*QUICK, *lean, f"demo.rows={ROWS}"], runs=tmp_path_factory.mktemp("runs"), variables={}
    )


@pytest.fixture(scope="module")
def truth():
    """The truth of each row of the demo's file, whose first row is 1; a few rows stand there twice."""
    table = reviews(0)
    keys = {
        "customer": "C" + table["customer"].astype(str).str.zfill(6),
        "as_of": table["as_of"].dt.strftime("%Y-%m-%d"),
    }
    known = table[["gain", "value", "leaves_without", "leaves_with", "offered"]].assign(**keys)
    rows = demo(ROWS, 0).frame.merge(known, on=["customer", "as_of"], how="left", suffixes=("_text", ""))
    return rows.set_axis(range(1, ROWS + 1))


@pytest.fixture(scope="module")
def judged(run, truth):
    told = pd.read_parquet(run.path / "predictions.parquet")
    return truth.loc[told["row"]].assign(p=told["p:logistic"].to_numpy(), loss=told["fn"].to_numpy())


def test_probabilities_follow_the_truth(judged):
    true = judged["leaves_with"].where(judged["offered"] == 1, judged["leaves_without"])
    assert judged["p"].corr(judged["leaves_without"], method="spearman") > 0.75
    assert judged["p"].mean() == pytest.approx(true.mean(), abs=0.04)


def test_what_a_customer_is_worth_is_found(judged):
    assert np.corrcoef(judged["loss"], judged["value"])[0, 1] > 0.95


def test_the_list_earns_more_than_half_of_what_the_truths_list_would(run, truth, judged):
    """By what the trial shows of each customer; with one acceptance for all, those whom contact drives away are on it."""
    budget = DEFAULTS["decide"]["budget"]
    rows = pd.read_csv(run.path / "lists" / "contacts.csv")["row"]
    free = judged[(judged["do_not_disturb"] != "yes") & (judged["contacts_this_quarter"].astype(int) < 2)]
    assert set(rows) <= set(free.index)

    def earned(gain, spend):
        """What a list by these figures is truly expected to earn."""
        act = campaign(np.asarray(gain)[:, None], np.asarray(spend)[:, None], budget).act
        return free["gain"][act].sum()

    p, accept = free["p"], DEFAULTS["cost"]["accept"]
    constant = p * (accept * (free["loss"] - VOUCHER) - CALL) - (1 - p) * (CALL + VOUCHER)
    best = earned(free["gain"], CALL + VOUCHER * (1 - free["leaves_with"]))
    assert truth["gain"][rows].sum() > 0.55 * best
    assert truth["gain"][rows].sum() > 1.3 * earned(constant, CALL + VOUCHER * (1 - p + accept * p))
    assert truth["gain"][rows].sum() > 1.3 * earned(p, np.full(len(free), VOUCHER))
    assert (truth["contract"][rows] == "two years").mean() < 0.1  # whom contact drives away
