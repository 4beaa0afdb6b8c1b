from __future__ import annotations

import json

import numpy as np
import pytest

from casestudies.report import charts, to_svg, visible
from casestudies.report.charts.canvas import MARKS
from casestudies.report.charts.card import SHOWN


def card(names, bins, seed=0):
    random = np.random.default_rng(seed)
    points = [np.round(random.random(bins) * (len(names) - i)) for i in range(len(names))]
    share = [random.dirichlet(np.ones(bins)) for _ in names]
    order = [np.append(np.linspace(0, 1, bins - 1), np.nan) for _ in names]
    labels = [[f"{name} bin {j}" for j in range(bins)] for name in names]
    return names, labels, points, share, order


def data(figure, field):
    return [row for rows in figure.spec["datasets"].values() for row in rows if field in row]


def test_a_large_card_shows_its_widest_characteristics_with_few_marks():
    names, labels, points, share, order = card([f"c{i}" for i in range(23)], 20)
    figure = charts.card_points(names, labels, points, share, order)
    widest = sorted(names, key=lambda name: -np.ptp(points[names.index(name)]))[:SHOWN]
    assert [row[0] for row in figure.table.rows] == widest
    assert len(data(figure, "x")) <= MARKS
    assert figure.alt == figure.spec["description"] != ""
    json.dumps(figure.spec, allow_nan=False)


def test_every_bin_that_was_met_is_a_dot_at_its_points_and_the_largest_are_drawn_first():
    names, labels, points, share, order = card(["a", "b"], 5)
    share[0][2] = 0.0
    figure = charts.card_points(names, labels, points, share, order)
    dots = data(figure, "rows")
    assert len(dots) == 9
    assert [dot["rows"] for dot in dots] == sorted((dot["rows"] for dot in dots), reverse=True)
    placed = {(dot["y"], dot["text"]): dot["x"] for dot in dots}
    assert all(placed["b", labels[1][j]] == points[1][j] for j in range(5))
    assert ("a", labels[0][2]) not in placed


def test_the_ends_are_named_and_the_scale_has_room_for_them():
    points = [np.array([0.0, 40.0, 25.0])]
    said = [["none", "a level with a name that is far too long", "missing"]]
    figure = charts.card_points(["a"], said, points, [np.full(3, 1 / 3)], [np.array([0.0, 1.0, np.nan])])
    assert figure.table.rows[0] == ("a", "none", "a level with a name that is far too long", "40.00", "3")
    words = [row["text"] for row in data(figure, "text") if "x" in row and "rows" not in row]
    assert words == ["none", "a level with …"]
    scale = figure.spec["layer"][0]["encoding"]["x"]
    assert scale["scale"]["domain"][0] < -10
    assert scale["axis"]["values"][0] == 0
    assert scale["axis"]["values"][-1] <= 40


@pytest.mark.parametrize("span", [0.0, 1e-7, 0.3, 7.0, 40.0, 1234.0])
def test_any_span_has_round_ticks_from_nought(span):
    figure = charts.card_points(["a"], [["x", "y"]], [np.array([0.0, span])], [np.ones(2) / 2], [np.array([0.0, 1.0])])
    ticks = figure.spec["layer"][0]["encoding"]["x"]["axis"]["values"]
    assert ticks[0] == 0
    assert 2 <= len(ticks) <= 8
    assert max(ticks) <= (span or 1.0) * (1 + 1e-9)


def test_hostile_names_are_values_only_and_the_chart_is_drawn_the_same_each_time(hostile):
    names, labels, points, share, order = card(hostile, 3)
    labels = [[name] * 3 for name in hostile]
    first, second = (charts.card_points(names, labels, points, share, order, top=60) for _ in range(2))
    assert first == second
    assert to_svg(first.spec).startswith("<svg ")
    telling = {visible(text) for text in hostile if len(text.strip()) > 12}
    encodings = json.dumps([layer.get("encoding", {}) for layer in first.spec["layer"]], ensure_ascii=False)
    fields = {key for row in data(first, "y") for key in row}
    assert fields <= {"x", "y", "rows", "hue", "text"}
    assert all(f'"field": "{text}' not in encodings for text in telling)


def test_a_card_that_nobody_met_is_an_empty_chart():
    figure = charts.card_points(["a"], [["x"]], [np.zeros(1)], [np.zeros(1)], [np.zeros(1)])
    assert figure.table.rows == ()
