"""The subscription demo: its truth is the one stated, and a plain model and money find the decisions it asks for."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier

from casestudies.churn.demo import CALL, DEFAULTS, OFFERED, ROWS, TRIAL, VOUCHER, demo, reviews
from casestudies.decisions.campaign import campaign
from casestudies.models.customers import ContractModel
from casestudies.models.linear import LogisticRegression
from casestudies.workflow.load import demo_csv

ROOT = Path(__file__).resolve().parents[2]
ACCEPT = DEFAULTS["cost"]["accept"]


@pytest.fixture(scope="module")
def table():
    return reviews(0, rows=24_000)


def test_the_shipped_file_is_the_first_rows_of_the_generator():
    shipped = (ROOT / "data" / "churn_demo.csv").read_bytes()
    rows = shipped.count(b"\n") - 1
    assert rows >= 1000
    assert len(shipped) <= 300_000
    assert shipped == demo_csv(demo(rows, 0).frame)


def test_the_same_seed_gives_the_same_cells_and_another_seed_others():
    assert demo(300, 4).frame.equals(demo(300, 4).frame)
    assert not demo(300, 4).frame.equals(demo(300, 5).frame)


def test_fewer_rows_are_the_first_of_all_rows():
    assert demo(500, 0).frame.equals(demo(None, 0).frame.head(500))
    assert len(demo(None, 0).frame) == ROWS


def test_the_dirt_is_there():
    frame = demo(None, 0).frame
    assert (frame["usage_change"] == "n/a").any()
    assert (frame["usage_change"] == "").any()
    assert (frame["usage_hours"] == "-1").any()
    assert {"North", "north"} <= set(frame["region"])
    assert frame["currency"].nunique() == 1
    assert frame.duplicated().any()


def test_a_customer_is_reviewed_at_most_three_times_and_never_after_leaving(table):
    of = table.groupby("customer")
    assert of.size().max() == 3
    assert (table["left_in_3_months"] == 0)[table.duplicated("customer", keep="last")].all()
    apart = of["as_of"].diff().dropna() / pd.Timedelta(days=1)
    assert apart.min() > 92  # the label of one review is known before the next
    assert table["as_of"].is_monotonic_increasing
    assert (of["tenure_months"].diff().dropna() > 0).all()


def test_customers_leave_as_often_as_the_stated_probability_says(table):
    stated = table["leaves_with"].where(table["offered"] == 1, table["leaves_without"]).to_numpy()
    for band in np.array_split(np.argsort(stated), 10):
        p, seen = stated[band].mean(), table["left_in_3_months"].iloc[band].mean()
        assert seen == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / len(band)))


def test_the_planted_strengths_can_be_found():
    table = reviews(0, rows=80_000)
    left_alone = table[table["offered"] == 0]
    monthly = left_alone["contract"] == "monthly"
    X = np.column_stack(
        [
            left_alone["contract"] == "two years",
            ~monthly & (left_alone["months_bound"] <= 3),
            np.minimum(left_alone["tenure_months"], 48) / 10,
            np.maximum(-left_alone["usage_change"], 0) / 10,
            np.minimum(left_alone["tickets"], 4),
            left_alone["price_rise"] * monthly / 10,
            left_alone["price_rise"] * ~monthly / 10,
            left_alone["late_payments"],
            left_alone["autopay"],
            (left_alone["region"] == "north") & (left_alone["as_of"] >= "2023-09-01"),
            left_alone["contract"] == "one year",
        ]
    ).astype(float)
    coef = LogisticRegression(C=np.inf).fit(X, left_alone["left_in_3_months"]).coef_[0]
    assert coef[:10] == pytest.approx([-2.3, 2.2, -0.22, 0.32, 0.48, 1.6, 0.8, 0.60, -0.50, 0.90], abs=0.2)


def test_in_the_trial_the_offer_went_out_at_random(table):
    trial = table[table["in_trial"] == 1]
    assert len(trial) == pytest.approx(TRIAL * len(table), rel=0.02)
    assert trial["offered"].mean() == pytest.approx(OFFERED, abs=0.015)
    for name in ("leaves_without", "leaves_with", "monthly_margin", "tenure_months", "price_rise", "present_score"):
        one, other = (trial.loc[trial["offered"] == side, name] for side in (1, 0))
        assert abs(one.mean() - other.mean()) < 4 * trial[name].std() * np.sqrt(1 / len(one) + 1 / len(other))


def test_outside_of_the_trial_comparing_misleads(table):
    """There the voucher went to those who complained: they leave more often with it than the others without."""
    outside = table[table["in_trial"] == 0]
    left = outside.groupby("offered")["left_in_3_months"].mean()
    assert left[0] < left[1]
    assert (outside["leaves_without"] - outside["leaves_with"]).mean() > 0.04


def test_what_the_offer_does_differs_as_planted():
    """Those whose price went up stay, those with open complaints hardly react, long contracts are sleeping dogs."""
    table = reviews(0, rows=80_000)
    groups = {
        "price went up": (table["contract"] == "monthly") & (table["price_rise"] >= 5) & (table["tickets"] < 2),
        "other monthly": (table["contract"] == "monthly") & (table["price_rise"] < 5) & (table["tickets"] < 2),
        "one year": table["contract"] == "one year",
        "two years": table["contract"] == "two years",
    }
    kept = {}
    for name, inside in groups.items():
        rows = table[inside & (table["in_trial"] == 1)]
        rates = rows.groupby("offered")["left_in_3_months"].agg(["mean", "size"])
        kept[name] = rates["mean"][0] - rates["mean"][1]
        deviation = np.sqrt((rates["mean"] * (1 - rates["mean"]) / rates["size"]).sum())
        assert kept[name] == pytest.approx((rows["leaves_without"] - rows["leaves_with"]).mean(), abs=4 * deviation)
    assert kept["price went up"] > 0.2 > kept["other monthly"] > 0.05 > kept["one year"]
    assert kept["two years"] < -0.02


def test_a_value_is_the_margin_of_the_months_that_customers_stay(table):
    """Three months of the survival behind `value` are one less the share that leaves within three months."""
    for contract, stays in {"monthly": 0.905, "one year": 0.945, "two years": 0.976}.items():
        rows = table[table["contract"] == contract]
        assert stays**3 == pytest.approx(1 - rows["left_in_3_months"].mean(), abs=0.04)
        discounted = sum((stays / 1.008) ** month for month in range(60))
        assert rows["value"].to_numpy() == pytest.approx(rows["monthly_margin"].to_numpy() * discounted)


def test_what_customers_are_worth_can_be_learnt_from_the_reviews():
    """From tenure, contract and who left: the study's own way to a customer's value, on rows as many as the demo has."""
    table = reviews(0)
    tenure, left = table["tenure_months"].to_numpy(float), table["left_in_3_months"].to_numpy(float)
    contract = table["contract"].to_numpy(object)
    model = ContractModel.fitted(tenure, left, np.ones(len(table)), contract, way="snapshot", window=3, curve="model")
    found = table["monthly_margin"] * model.worth(tenure, contract, 60, 1.1 ** (1 / 12) - 1)
    assert np.corrcoef(found, table["value"])[0, 1] > 0.95
    assert (found / table["value"]).groupby(contract).mean().between(0.8, 1.35).all()


def test_the_economics_are_a_sellers(table):
    """Contacting everybody burns money, the truth's list earns, and its price is the retention economics'."""
    p, value = table["leaves_without"], table["value"]
    accept = 1 - table["leaves_with"] / p
    kept, wasted = accept * (value - VOUCHER) - CALL, CALL + VOUCHER
    assert table["gain"].to_numpy() == pytest.approx((p * kept - (1 - p) * wasted).to_numpy())
    assert table["gain"].sum() < 0
    assert 0.1 < (table["gain"] > 0).mean() < 0.3
    long = table["contract"] == "two years"
    assert not (table["gain"][long] > 0).any()


@pytest.fixture(scope="module")
def judged(table):
    """The later third, with what plain models trained on the earlier rows say of it."""
    features = pd.get_dummies(
        table[["contract", "plan", "region"]], dtype=float
    ).join(
        table[["tenure_months", "months_bound", "usage_change", "tickets", "price_rise", "late_payments", "autopay"]]
    )  # fmt: skip
    early = np.arange(len(table)) < len(table) * 2 // 3

    def fitted(rows):
        trees = LGBMClassifier(n_estimators=80, num_leaves=8, learning_rate=0.06, verbosity=-1, n_jobs=1)
        trees.fit(features[rows], table["left_in_3_months"][rows])
        return trees.predict_proba(features[~early])[:, 1]

    offered = (table["offered"] == 1).to_numpy()
    trial = early & (table["in_trial"] == 1).to_numpy()
    with_offer, without = fitted(trial & offered), fitted(trial & ~offered)
    return table[~early].assign(p=fitted(early), without=without, uplift=without - with_offer)


def test_who_is_kept_by_the_offer_is_found_by_two_plain_models(judged):
    true = (judged["leaves_without"] - judged["leaves_with"]).to_numpy()
    found = np.argsort(-judged["uplift"].to_numpy(), kind="stable")
    fifths = [true[part].mean() for part in np.array_split(found, 5)]
    best = np.sort(true)[::-1][: len(found) // 5].mean()
    assert fifths[0] > 0.85 * best
    assert fifths[0] > fifths[1] > fifths[2]
    assert fifths[-1] < 0.01  # contacting the last fifth keeps nobody


def test_under_a_budget_the_models_list_earns_most_of_what_the_truths_list_does(judged):
    """By expected gain per unit spent; by probability alone much is lost, and the measured effect adds to a constant."""
    budget = 2.5 * len(judged)  # EUR
    true = judged["gain"].to_numpy()
    value = (12 * judged["monthly_margin"]).to_numpy()
    p, uplift = judged["p"].to_numpy(), judged["uplift"].to_numpy()
    spend = CALL + VOUCHER * (p * ACCEPT + 1 - p)
    constant = p * (ACCEPT * (value - VOUCHER) - CALL) - (1 - p) * (CALL + VOUCHER)
    measured = uplift * value - CALL - VOUCHER * (1 - judged["without"].to_numpy() + uplift)

    def earned(gain, spend):
        """What a list by these figures is truly expected to earn."""
        return true[campaign(gain[:, None], spend[:, None], budget).act].sum()

    best = earned(true, CALL + VOUCHER * (1 - judged["leaves_with"].to_numpy()))
    by_constant, by_effect = earned(constant, spend), earned(measured, spend)
    assert by_constant > 0.6 * best
    assert by_effect > 0.8 * best
    assert by_effect > by_constant > 1.15 * earned(p, np.full(len(p), spend.mean()))


def test_each_rows_own_threshold_beats_leaving_yes_or_no(judged):
    value = 12 * judged["monthly_margin"]
    kept, wasted = ACCEPT * (value - VOUCHER) - CALL, CALL + VOUCHER
    own = judged["p"] * kept > (1 - judged["p"]) * wasted
    assert judged["gain"][own].sum() > 1.3 * judged["gain"][judged["p"] > 0.5].sum()
