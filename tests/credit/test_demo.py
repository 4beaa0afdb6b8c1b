from pathlib import Path

import numpy as np
import pytest

from casestudies.credit.demo import ROWS, applications, demo
from casestudies.models.linear import LogisticRegression
from casestudies.workflow.load import demo_csv

ROOT = Path(__file__).resolve().parents[2]


def test_the_shipped_file_is_the_first_rows_of_the_generator():
    shipped = (ROOT / "data" / "credit_demo.csv").read_bytes()
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


def test_defaults_come_as_often_as_the_stated_probability_says():
    table = applications(0, rows=60_000)
    for band in np.array_split(np.argsort(table["probability"].to_numpy()), 10):
        stated, seen = table["probability"].iloc[band].mean(), table["default"].iloc[band].mean()
        assert seen == pytest.approx(stated, abs=4 * np.sqrt(stated * (1 - stated) / len(band)))


def test_the_planted_strengths_can_be_found():
    table = applications(0, rows=80_000)
    X = np.column_stack(
        [
            np.minimum(table["past_delays"], 4),
            np.minimum(table["employment_years"], 12),
            table["unemployment"],
            np.where(table["card_utilisation"].isna(), 0, table["card_utilisation"].fillna(0) ** 2),
            table["card_utilisation"].isna(),
            (burden := (table["debt_payments"] + table["credit_line"] / table["term_months"]) / table["income"]),
            np.maximum(burden - 0.35, 0),
            table["housing"] == "rent",
            table["housing"] == "own",
            table["purpose"] == "consolidation",
        ]
    ).astype(float)
    coef = LogisticRegression(C=np.inf).fit(X, table["default"]).coef_[0]
    assert coef[[0, 1, 2, 3, 4]] == pytest.approx([0.62, -0.11, 0.30, 2.1, 0.55], abs=0.16)


def test_the_economics_are_a_lenders():
    """Accepting all is dearer than the true probabilities with each row's own threshold, and cheaper than nobody."""
    table = applications(0, rows=30_000)
    loss, margin, bad = 0.75 * table["credit_line"], table["interest_margin"], table["default"] == 1
    accept_all = loss[bad].sum()
    decline_all = margin[~bad].sum()
    act = table["probability"] > margin / (margin + loss)
    oracle = loss[bad & ~act].sum() + margin[~bad & act].sum()
    assert oracle < 0.7 * accept_all < accept_all < decline_all


def test_the_dirt_is_there():
    frame = demo(None, 0).frame
    assert (frame["income"] == "n/a").any()
    assert (frame["income"] == "").any()
    assert {"Rent", " rent"} <= set(frame["housing"])
    assert frame["currency"].nunique() == 1
    assert frame.duplicated().any()
