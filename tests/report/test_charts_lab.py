"""Landscapes, lanes and curves: what is drawn is what was given, within the marks that a chart may have."""

from __future__ import annotations

import json

import numpy as np
import pytest

from casestudies.report import charts
from casestudies.report.charts.canvas import MARKS


def drawn(figure) -> int:
    layers = figure.spec["layer"]
    return sum(len(figure.spec["datasets"][layer["data"]["name"]]) for layer in layers)


def rows_with(figure, *fields):
    return next(rows for rows in figure.spec["datasets"].values() if rows and set(fields) <= set(rows[0]))


def ground(height, cells=64):
    side = np.linspace(-2, 2, cells)
    x, y = np.meshgrid(side, side)
    return side, side, height(x, y)


def test_contours_lie_on_their_heights():
    """Of a cone, whose contours are circles: every corner of a line is as far from the top as its level says."""
    x, y, height = ground(lambda x, y: np.hypot(x, y))
    figure = charts.landscape(x, y, height, {"way": np.array([[1.0, 1.0], [0.0, 0.0]])}, caption="c", alt_text="a")
    rows = rows_with(figure, "low", "kind")
    span = height.max() - height.min()
    for row in rows:
        level = height.min() + span * row["low"] ** (1 / 0.35)
        assert np.hypot(row["x"], row["y"]) == pytest.approx(level, abs=0.06)  # a cell has 0.063


@pytest.mark.parametrize("waves", [0.3, 1.0, 3.0, 8.0])
def test_no_ground_and_no_way_is_too_much_to_draw(waves):
    x, y, height = ground(lambda x, y: np.cos(2 * np.pi * waves * x) + np.cos(2 * np.pi * waves * y))
    rng = np.random.default_rng(0)
    ways = {f"way {n}": rng.normal(size=(5_000, 2)) for n in range(3)}
    figure = charts.landscape(x, y, height, ways, goals=[(0, 0)], caption="c", alt_text="a")
    assert drawn(figure) <= MARKS
    json.dumps(figure.spec, allow_nan=False)


def test_a_way_keeps_its_ends_and_its_table_says_them():
    x, y, height = ground(lambda x, y: x * x + y * y)
    way = np.column_stack([np.linspace(-2, 1, 400), np.linspace(1, -1, 400) ** 3])
    figure = charts.landscape(x, y, height, {"a": way, "b": way[::-1]}, caption="c", alt_text="a")
    mine = [row for row in rows_with(figure, "series", "order") if row["series"] == "a"]
    assert (mine[0]["x"], mine[0]["order"]) == (-2, 0)
    assert (mine[-1]["x"], mine[-1]["order"]) == (1, 399)
    assert figure.table.rows[0] == ("a", "0", "-2.0000", "1.0000")


def test_flat_ground_has_no_contours_and_is_drawn_all_the_same():
    x, y, height = ground(lambda x, y: 0 * x)
    figure = charts.landscape(x, y, height, {"a": np.zeros((2, 2))}, caption="c", alt_text="a")
    assert drawn(figure) == 4


def test_each_lane_stands_on_its_own_floor_in_the_order_given():
    x = np.arange(5.0)
    figure = charts.lanes(
        {"up": (x, x / 4), "down": (x, 1 - x / 4)}, x_title="x", y_title="y", caption="c", alt_text="a"
    )
    rows = rows_with(figure, "series", "low")
    assert [row["y"] for row in rows if row["series"] == "up"] == pytest.approx(1 + 0.82 * x / 4)
    assert {row["low"] for row in rows if row["series"] == "down"} == {0}
    axis = figure.spec["layer"][0]["encoding"]["y"]["axis"]
    assert axis["labelExpr"].startswith("['down', 'up']")
    assert axis["tickCount"] == len(axis["values"]) == 2


def test_hostile_names_of_lanes_stay_text():
    x = np.arange(3.0)
    name = "'];alert(1);['\\"
    figure = charts.lanes({name: (x, x / 2)}, x_title="x", y_title="y", caption="c", alt_text="a")
    expression = figure.spec["layer"][0]["encoding"]["y"]["axis"]["labelExpr"]
    assert expression.startswith('["' if '"' not in name else "['")
    assert repr(name) in expression


def test_curves_are_drawn_over_at_most_500_rows():
    x = np.linspace(0, 1, 2_000)
    figure = charts.curves_and_rows(
        {"one": (x, x**2), "two": (x, x)}, (x, x), x_title="x", y_title="y", caption="c", alt_text="a"
    )
    assert drawn(figure) <= MARKS
    cloud = next(rows for rows in figure.spec["datasets"].values() if "series" not in rows[0])
    assert len(cloud) == 500
    assert [row[:2] for row in figure.table.rows[:1]] == [("one", "0.000")]
