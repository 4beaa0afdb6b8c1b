"""Charts of the choice of columns and of rows as points: safe with any name, few marks, and right."""

import json

import numpy as np
import pytest

from casestudies.report import charts, to_svg
from casestudies.report.charts.canvas import MARKS

METHODS = ("L1 path", "Elimination", "Trees, gain", "Trees, SHAP")


def drawn(figure, field):
    """The data set of a chart with the most rows that hold `field`."""
    return max((rows for rows in figure.spec["datasets"].values() if rows and field in rows[0]), key=len)


def shares(count):
    random = np.random.default_rng(0)
    return {method: random.random(count) for method in METHODS}


def test_columns_are_in_the_order_of_their_mean_and_the_table_holds_each_share():
    frequency = shares(5)
    figure = charts.selection([f"c{i}" for i in range(5)], frequency, steady=0.6)
    mean = np.mean(list(frequency.values()), axis=0)
    order = [f"c{i}" for i in np.argsort(-mean)]
    assert [row[0] for row in figure.table.rows] == order
    assert figure.table.rows[0][1] == f"{100 * frequency['L1 path'][int(order[0][1:])]:.0f} %"
    told = {(row["y"], row["series"]): row["x"] for row in drawn(figure, "series")}
    assert told["c3", "Trees, gain"] == pytest.approx(frequency["Trees, gain"][3], rel=1e-5)
    assert len(told) == 20


def test_only_the_first_columns_are_drawn():
    assert len(drawn(charts.selection([f"c{i}" for i in range(200)], shares(200), steady=0.6), "series")) == 80


def test_panels_stand_side_by_side_with_events_on_top():
    random = np.random.default_rng(0)
    event = np.arange(50) < 10
    one, other = random.normal(size=(50, 2)), random.normal(size=(50, 2))
    figure = charts.views({"left": one, "right": other}, event, outcomes=("no", "yes"))
    points = drawn(figure, "series")
    left = [point for point in points if point["x"] <= 1]
    assert len(points) == 100
    assert len(left) == 50
    assert [point["series"] for point in left] == ["no"] * 40 + ["yes"] * 10
    scaled = (one[~event] - one.min(axis=0)) / np.ptp(one, axis=0)
    np.testing.assert_allclose([[p["x"], p["y"]] for p in left[:40]], scaled, rtol=1e-4, atol=1e-5)
    assert figure.table.rows[1][:3] == ("left", "yes", "10")


def test_many_rows_stay_few_marks():
    points = np.random.default_rng(0).normal(size=(5000, 2))
    figure = charts.views({"a": points, "b": points}, np.arange(5000) % 4 == 0, outcomes=("no", "yes"))
    assert sum(len(rows) for rows in figure.spec["datasets"].values()) <= MARKS


def test_hostile_names_are_drawn_as_text(hostile):
    figures = [
        charts.selection(hostile, shares(len(hostile)), steady=0.6, caption=hostile[0]),
        charts.selection(hostile[:3], dict(zip(hostile[:4], shares(3).values(), strict=True)), steady=0.6),
        charts.views({hostile[0]: np.zeros((4, 2)), hostile[1]: np.ones((4, 2))}, np.ones(4), outcomes=hostile[2:4]),
    ]
    for figure in figures:
        json.dumps(figure.spec, allow_nan=False)
        svg = to_svg(figure.spec)
        assert "<script" not in svg
        assert figure.spec["description"] == figure.alt
