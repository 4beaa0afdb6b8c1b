"""The payments demo: each planted pattern is what it says, and looking back with the delay of labels finds it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier

from casestudies.fraud.demo import COMPROMISED, COMPROMISED_DAYS, DAYS, DEFAULTS, ROWS, STOLEN, TESTED, demo, payments
from casestudies.workflow.load import demo_csv

ROOT = Path(__file__).resolve().parents[2]
ALERT = DEFAULTS["cost"]["fp"]
DELAY = DEFAULTS["split"]["delay"]


@pytest.fixture(scope="module")
def table():
    return payments(0)


@pytest.fixture(scope="module")
def day(table):
    return ((table["time"] - pd.Timestamp("2024-03-01")) / pd.Timedelta(days=1)).to_numpy()


def test_the_shipped_file_is_a_small_world_of_the_generator():
    shipped = (ROOT / "data" / "fraud_demo.csv").read_bytes()
    rows = shipped.count(b"\n") - 1
    assert rows >= 1000
    assert len(shipped) <= 300_000
    assert shipped == demo_csv(demo(rows, 0).frame)


def test_the_same_seed_gives_the_same_cells_and_another_seed_others():
    assert demo(300, 4).frame.equals(demo(300, 4).frame)
    assert not demo(300, 4).frame.equals(demo(300, 5).frame)


@pytest.mark.parametrize("rows", [300, 1_000, 4_000, ROWS])
def test_a_small_world_spans_the_same_days_and_holds_all_patterns(rows):
    table = payments(1, rows)
    assert len(table) == rows
    assert table["transaction"].tolist() == list(range(1, rows + 1))
    assert table["time"].is_monotonic_increasing
    assert table["time"].max() - table["time"].min() > pd.Timedelta(days=DAYS - 2)
    assert set(table["scenario"]) == {0, STOLEN, COMPROMISED, TESTED}
    assert 30 < rows / table["card"].nunique() < 50


def test_fewer_rows_than_a_world_needs_are_the_first_of_the_smallest():
    assert demo(20, 0).frame.equals(demo(300, 0).frame.head(20))


def test_the_truth_is_not_in_the_cells_and_frauds_are_rare(table):
    frame = demo(None, 0).frame
    assert "scenario" not in frame.columns
    assert (frame["fraud"] == "yes").tolist() == (table["scenario"] > 0).tolist()
    assert 0.01 < table["fraud"].mean() < 0.025


def test_the_dirt_is_there():
    frame = demo(None, 0).frame
    assert (frame["category"] == "n/a").any()
    assert (frame["country"] == "").any()
    assert {"Online", "online"} <= set(frame["channel"])
    assert frame["currency"].nunique() == 1


def test_a_stolen_card_pays_several_times_its_usual_amount_at_any_terminal(table):
    usual = table[table["scenario"] == 0].groupby("card")["amount"].median()
    stolen = table[table["scenario"] == STOLEN]
    assert (stolen["amount"] / stolen["card"].map(usual)).median() > 5
    assert (stolen["channel"] == "online").mean() > 0.6 > 2 * (table["channel"] == "online").mean() * 0.9


def test_at_a_compromised_terminal_every_payment_is_fraud_for_weeks(table, day):
    for terminal in table["terminal"][table["scenario"] == COMPROMISED].unique():
        here = (table["terminal"] == terminal).to_numpy()
        days = day[here & (table["scenario"] == COMPROMISED).to_numpy()]
        inside = here & (day >= days.min()) & (day <= days.max())
        if days.max() - days.min() < COMPROMISED_DAYS:  # not compromised twice
            assert (table["scenario"][inside] > 0).all()
    ordinary = table.groupby("scenario")["amount"].median()
    assert ordinary[COMPROMISED] == pytest.approx(ordinary[0], rel=0.4)


def test_tests_of_a_card_are_small_and_come_at_night_before_the_large_ones(table):
    tested = table[table["scenario"] == TESTED]
    assert (tested["time"].dt.hour < 6).all()
    assert ((tested["amount"] < 3) | (tested["amount"] >= 90)).all()
    night = tested.groupby(["card", tested["time"].dt.date])
    small = tested[tested["amount"] < 3].groupby(["card", tested["time"].dt.date])["time"].max()
    large = tested[tested["amount"] >= 90].groupby(["card", tested["time"].dt.date])["time"].min()
    assert (small < large.reindex(small.index)).mean() == 1
    assert night.ngroups > 20


def test_cards_pay_near_home_and_by_day(table):
    honest = table[(table["scenario"] == 0) & (table["channel"] != "online")]
    often = honest.groupby("card")["terminal"].agg(lambda t: t.value_counts(normalize=True).iloc[0])
    assert often.mean() > 0.15  # of some 330 terminals that are no shops on the net
    assert honest["time"].dt.hour.between(6, 22).mean() > 0.9


def test_the_present_rules_overlap_and_one_sees_nothing(table):
    rate = table["fraud"].mean()
    hits = {name: table["fraud"][table[name] == 1].mean() for name in table.columns if name.startswith("rule_")}
    assert min(hits[name] for name in hits if name != "rule_round_amount") > 5 * rate
    assert hits["rule_round_amount"] < 1.5 * rate
    night, quick = (table[name] == 1 for name in ("rule_night_online", "rule_three_in_two_hours"))
    assert (night & quick & (table["fraud"] == 1)).sum() > 30


def test_looking_back_finds_every_pattern_and_the_amount_decides(table, day):
    """With the past of card and terminal, known as of then, alerts by each row's own threshold save most of the money."""
    features = _looked_back(table, day)
    early, late = day < 60, day >= 60 + DELAY
    amount, fraud = table["amount"].to_numpy(), table["fraud"].to_numpy() == 1

    def probabilities(columns):
        trees = LGBMClassifier(n_estimators=100, num_leaves=15, learning_rate=0.05, verbosity=-1, n_jobs=1)
        return trees.fit(features.loc[early, columns], table["fraud"][early]).predict_proba(features[columns])[:, 1]

    def saved(act):
        """Share of the frauds' money that is left after what is missed and what the alerts cost."""
        lost = amount[late & fraud & ~act].sum() + ALERT * (late & act).sum()
        return 1 - lost / amount[late & fraud].sum()

    by_row, by_past = probabilities(["amount", "hour", "online", "abroad"]), probabilities(list(features))
    assert saved(fraud & (amount > ALERT)) > 0.85  # the truth
    assert saved(by_past * amount > ALERT) > 0.6
    assert saved(by_past * amount > ALERT) > saved(by_past > 0.5) + 0.05
    assert saved(by_past * amount > ALERT) > saved(by_row * amount > ALERT) + 0.02
    honest = by_past[late & ~fraud].mean()
    for pattern, times in {STOLEN: 15, COMPROMISED: 3, TESTED: 30}.items():
        assert by_past[late & (table["scenario"] == pattern).to_numpy()].mean() > times * honest, pattern
    at_terminals = late & (table["scenario"] == COMPROMISED).to_numpy()
    assert by_past[at_terminals].mean() > 4 * by_row[at_terminals].mean()  # the payment itself tells nothing


def _looked_back(table, day):
    """A few counts and means of the past of each payment, card by card and terminal by terminal; nothing looks ahead."""
    amount, fraud = table["amount"].to_numpy(), table["fraud"].to_numpy()
    usual, recent, week, known = (np.full(len(table), np.nan) for _ in range(4))
    for rows in table.groupby("card").indices.values():
        at, spent = np.arange(len(rows)), np.concatenate([[0], np.cumsum(amount[rows])])
        usual[rows[1:]] = spent[1:-1] / at[1:]
        recent[rows] = at - np.searchsorted(day[rows], day[rows] - 0.2)
        week[rows] = spent[at] - spent[np.searchsorted(day[rows], day[rows] - 7)]
    for rows in table.groupby("terminal").indices.values():
        frauds = np.concatenate([[0], np.cumsum(fraud[rows])])
        upto, since = (np.searchsorted(day[rows], day[rows] - back) for back in (DELAY, DELAY + 14))
        known[rows] = (frauds[upto] - frauds[since]) / np.maximum(upto - since, 1)
    return pd.DataFrame(
        {
            "amount": amount,
            "hour": table["time"].dt.hour,
            "online": (table["channel"] == "online").astype(int),
            "abroad": (table["country"] != "DE").astype(int),
            "times_usual": amount / usual,
            "in_last_hours": recent,
            "spent_in_a_week": week,
            "frauds_known": known,
        }
    )
