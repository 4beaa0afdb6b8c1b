from __future__ import annotations

import json
import re
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from casestudies.report import charts, to_svg, visible
from casestudies.report.charts.canvas import MARKS, thin
from casestudies.report.charts.panels import GAP, shifted, two_axes
from casestudies.report.theme import DASHES, HIGH, LOW, PALETTE, SHAPES

OURS = {
    *("x", "x2", "y", "y2", "low", "high", "series", "order", "kind", "method", "hue", "off", "to"),
    *("text", "words", "money", "rows", "fill"),
}


def rows_of(figure, field="x"):
    """The first data set of a chart that holds `field`, most rows first."""
    sets = [rows for rows in figure.spec["datasets"].values() if rows and field in rows[0]]
    return max(sets, key=len)


def marks(spec) -> int:
    """Records that are drawn, each counted once for every layer that draws it."""
    if "layer" in spec:
        inherited = {key: spec[key] for key in ("data", "datasets") if key in spec}
        return sum(marks({**inherited, **layer, "datasets": spec.get("datasets", {})}) for layer in spec["layer"])
    return len(spec["datasets"][spec["data"]["name"]])


def strings(data, path=()):
    if isinstance(data, dict):
        for key, value in data.items():
            yield from strings(value, (*path, key))
    elif isinstance(data, list):
        for value in data:
            yield from strings(value, path)
    elif isinstance(data, str):
        yield path, data


def test_every_chart_has_its_text_its_table_and_few_marks(plain_charts, many_rows):
    for name, figure in {**plain_charts, **{f"large {k}": v for k, v in many_rows.items()}}.items():
        assert 0 < marks(figure.spec) <= MARKS, name
        assert figure.spec["description"] == figure.alt != "", name
        assert figure.table.rows, name
        json.dumps(figure.spec, allow_nan=False)


def test_the_same_values_give_the_same_chart(hostile, hostile_charts, make_charts):
    assert make_charts(hostile) == hostile_charts


def test_user_names_are_values_and_never_fields_or_expressions(hostile, hostile_charts):
    telling = [visible(text) for text in hostile if len(text.strip()) > 12]
    for name, figure in hostile_charts.items():
        for path, text in strings({k: v for k, v in figure.spec.items() if k not in ("config", "$schema")}):
            if path[-1] == "field":
                assert text in OURS, (name, text)
            if any(mine in text for mine in telling):
                assert path[0] in ("datasets", "description") or path[-1] in ("title", "domain"), (name, path)
        assert {key for rows in figure.spec["datasets"].values() for row in rows for key in row} <= OURS


def test_every_chart_is_drawn_as_svg_the_same_each_time(plain_charts):
    for name, figure in plain_charts.items():
        first, second = (to_svg({**figure.spec, "description": text}) for text in ("one", "two"))  # no cache helps
        assert first.startswith("<svg "), name
        assert first == second.replace('aria-label="two"', 'aria-label="one"'), name


def test_clip_paths_are_numbered_from_nought_each_time_and_words_are_left_alone():
    rows = [{"x": i, "y": i, "text": "clip7 url(#clip7)"} for i in range(3)]
    layers = [{"mark": {"type": "line", "clip": True}}, {"mark": "text", "encoding": {"text": {"field": "text"}}}]
    axes = {axis: {"field": axis, "type": "quantitative"} for axis in "xy"}
    spec = {"data": {"values": rows}, "layer": layers, "encoding": axes, "description": "clip7"}
    first, second = to_svg(spec), to_svg({**spec, "description": "clip8"})
    assert second == first.replace('aria-label="clip7"', 'aria-label="clip8"')
    assert 'id="clip_0"' in first
    assert first.count("url(#clip_0)") == 1
    assert first.count("clip7 url(#clip7)</text>") == 3


def test_hostile_names_are_text_in_the_svg_too(hostile_charts):
    for name, figure in hostile_charts.items():
        tags = {node.tag.rpartition("}")[2] for node in ElementTree.fromstring(to_svg(figure.spec)).iter()}
        assert tags <= {"svg", "g", "path", "line", "text", "tspan", "defs", "clipPath", "rect"}, name


def test_a_label_cut_inside_an_emoji_is_drawn():
    names = ["a" * shift + "🙂" * 40 for shift in range(4)]
    assert "[U+1F642]" in to_svg(charts.importance(names, np.arange(4.0)).spec)


def test_svg_text_is_text_and_described(plain_charts):
    svg = to_svg(plain_charts["importance"].spec)
    assert "feature 3</text>" in svg
    assert 'role="img" aria-label="feature 0 of 12 features.' in svg


def test_a_chart_that_names_an_address_asks_nobody():
    with pytest.raises(ValueError, match="not allowed"):
        to_svg({"data": {"url": "http://198.51.100.7/x.csv"}, "mark": "point", "encoding": {}})


def test_roc_area_is_the_share_of_pairs_in_the_right_order():
    g = np.random.default_rng(1)
    y = (g.random(120) < 0.4).astype(int)
    p = np.round(g.random(120) + 0.3 * y, 1)  # with ties
    pairs = [(a > b) + 0.5 * (a == b) for a in p[y == 1] for b in p[y == 0]]
    figure = charts.ranking_curves(y, {"m": p})
    assert figure.table.rows[0][1] == f"{np.mean(pairs):.3f}"
    left = [(row["x"], row["y"]) for row in rows_of(figure) if row.get("kind") == "0"]
    assert left[0] == (0, 0)
    assert left[-1] == (1, 1)
    right = [row for row in rows_of(figure) if row.get("kind") == "1"]
    assert min(row["x"] for row in right) > 1 + GAP
    assert max(row["x"] for row in right) == pytest.approx(2 + GAP)  # everybody alarmed: all caught
    assert right[-1 if right[-1]["x"] > right[0]["x"] else 0]["y"] == pytest.approx(y.mean(), abs=1e-5)


def test_precision_in_the_table_is_the_best_that_can_be_had():
    g = np.random.default_rng(2)
    y = (g.random(300) < 0.3).astype(int)
    p = g.random(300) + 0.5 * y
    best = max((y[p >= c].mean() for c in p if y[p >= c].sum() / y.sum() >= 0.5), default=0)
    table = charts.ranking_curves(y, {"m": p}).table
    assert table.rows[0][table.head.index("precision at 50% caught")] == f"{100 * best:.1f} %"


def test_calibration_bins_hold_what_was_observed_with_wilson_intervals():
    g = np.random.default_rng(3)
    p = g.random(1000)
    y = (g.random(1000) < p).astype(int)
    rows = list(rows_of(charts.calibration(y, {"m": p}), "low"))
    order = np.argsort(p)
    for row, mine in zip(rows, np.array_split(order, 10), strict=True):
        interval = binomtest(int(y[mine].sum()), len(mine)).proportion_ci(method="wilson")
        assert row["x"] == pytest.approx(p[mine].mean(), abs=1e-5)
        assert row["y"] == pytest.approx(y[mine].mean(), abs=1e-5)
        assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high), abs=1e-5)


def test_calibration_with_weight_two_is_the_row_twice():
    g = np.random.default_rng(4)
    p = np.repeat([0.1, 0.2, 0.6, 0.7], 25)
    y = (g.random(100) < p).astype(int)
    twice = charts.calibration(np.repeat(y, 2), {"m": np.repeat(p, 2)})
    weighted = charts.calibration(y, {"m": p}, weight=np.full(100, 2.0))
    for a, b in zip(rows_of(weighted, "low"), rows_of(twice, "low"), strict=True):
        assert (a["x"], a["y"]) == (b["x"], b["y"])


def test_the_waterfall_ends_where_the_contributions_add_up_to():
    effect = np.array([0.5, -1.25, 0.25, 0.125, -0.0625])
    figure = charts.waterfall(-2.0, list("abcde"), effect, top=3)
    steps = figure.table.rows
    assert [step[0] for step in steps] == ["average row", "b", "a", "c", "2 other features", "this row"]
    assert float(steps[-1][2]) == pytest.approx(-2 + effect.sum(), abs=1e-3)
    assert [float(step[2]) for step in steps[1:-1]] == pytest.approx([-3.25, -2.75, -2.5, -2.4375], abs=1e-3)


def test_profit_curve_marks_the_money_at_the_cut():
    x = np.linspace(0, 1, 101)
    figure = charts.profit_curve({"m": (x[::-1], 1000 * (x * (1 - x))[::-1])}, cut=0.3, currency="EUR")
    assert "chosen 30.0 %: 210 EUR" in figure.alt


def test_a_rule_that_is_no_single_cut_is_marked_at_its_own_money():
    x = np.linspace(0, 1, 101)
    figure = charts.profit_curve({"m": (x, 1000 * x * (1 - x))}, cut=0.3, saved=400.0, currency="EUR")
    assert "The rule, at 30.0 %: 400 EUR" in figure.alt
    marked = [row for rows in figure.spec["datasets"].values() for row in rows if "words" in row]
    assert [(row["x"], row["y"]) for row in marked] == [(0.3, 400)]
    assert marked[0]["words"] == ["the rule: 30.0 %", "400 EUR"]


def test_missing_cells_end_at_all_of_them():
    axis = charts.missingness(["a", "b"], np.array([1.0, 0.5]), rows=10).spec["layer"][0]["encoding"]["x"]["axis"]
    assert max(axis["values"]) == 1
    assert axis["values"][0] == 0
    assert 3 <= len(axis["values"]) <= 7


def test_two_panels_say_their_own_values():
    """The axis is one expression of ours; read as arithmetic, it gives back what each panel's values were."""
    spans = ((-2.5, 4.0), (100.0, 900.0))
    axis = two_axes(None, spans, ("VALUE", "VALUE")).to_dict()["axis"]
    left, right = re.fullmatch(r"datum\.value < [\d.]+ \? (.*) : (\(abs.*)", axis["labelExpr"]).groups()

    def value(expression, tick):
        _, rest = expression[1:-1].split(" ? 0 : ")
        return eval(rest.replace("datum.value", repr(tick)), {})  # our own arithmetic

    for panel, (span, expression) in enumerate(zip(spans, (left, right), strict=True)):
        ticks = [tick for tick in axis["values"] if (tick > 1 + GAP / 2) == bool(panel)]
        told = [value(expression, tick) for tick in ticks]
        np.testing.assert_allclose(shifted(told, panel, span), ticks, atol=1e-8)
        assert min(told) >= span[0] - 1e-6
        assert max(told) <= span[1] + 1e-6
        assert 3 <= len(told) <= 6
        assert len(set(np.round(np.diff(told), 6))) == 1


def test_a_case_by_two_methods_adds_up_and_puts_lime_beside_the_same_feature():
    effect, lime = np.array([0.5, -1.25, 0.25]), np.array([0.4, -1.0, -0.1])
    figure = charts.case_two_ways(
        -2.0, list("abc"), effect, lime, lime - 0.1, lime + 0.1, values=["1", "2", "x"], top=2
    )
    steps = figure.table.rows
    assert [step[0] for step in steps] == ["average row", "b = 2", "a = 1", "1 other feature", "this row"]
    assert float(steps[-1][2]) == pytest.approx(-2 + effect.sum(), abs=1e-3)
    assert [step[3] for step in steps] == ["", "-1.000", "+0.400", "", ""]
    assert "2 of 2 features" in figure.alt


def test_two_features_share_one_scale_of_contributions():
    x = np.array([1.0, 2, 3, np.nan])
    figure = charts.dependence_beside(("a", "b"), (x, 100 * x), (x, -x), caption="c")
    assert [row[0] for row in figure.table.rows] == ["a"] * 3 + ["b"] * 3
    assert max(row["x"] for row in rows_of(figure)) <= 2 + GAP


def test_importance_shows_the_largest_first():
    figure = charts.importance(["a", "b", "c"], np.array([1.0, 3.0, 2.0]), top=2)
    assert [row[0] for row in figure.table.rows] == ["b", "c"]


def test_the_swarm_keeps_the_extreme_rows_and_does_not_depend_on_row_order():
    g = np.random.default_rng(5)
    effect, value = g.normal(size=(1000, 3)), g.normal(size=(1000, 3))
    shuffle = g.permutation(1000)
    names = ["a", "b", "c"]
    first, second = charts.beeswarm(names, effect, value), charts.beeswarm(names, effect[shuffle], value[shuffle])
    assert first == second
    shown = {row["x"] for row in rows_of(first, "hue")}
    extreme = effect[np.argmax(effect.sum(axis=1))]
    assert {float(f"{v:.6g}") for v in extreme} <= shown


def test_trace_takes_a_log_axis_only_where_values_span_decades():
    def kind(values):
        spec = charts.trace({"m": (np.arange(len(values)), np.array(values))}).spec
        (line,) = (layer for layer in spec["layer"] if layer["mark"]["type"] == "line")
        return line["encoding"]["y"]["scale"].get("type")

    assert kind([1.0, 0.1, 1e-6]) == "log"
    assert kind([0.69, 0.5, 0.45]) is None
    assert kind([1.0, 0.1, -1.0]) is None


def test_equal_names_keep_a_place_each():
    figure = charts.dot_whisker(
        ["a", "a"], np.array([1.0, 2]), np.array([0.0, 1]), np.array([2.0, 3]), title="t", caption="c"
    )
    assert [row["y"] for row in rows_of(figure)] == ["a", "a (2)"]


def test_values_that_are_not_finite_are_left_out():
    nothing = np.array([np.nan, np.inf, 1.0])
    figure = charts.dot_whisker(["a", "b", "c"], nothing, nothing, nothing, title="t", caption="c")
    assert [row["y"] for row in rows_of(figure)] == ["c"]
    assert figure.table.rows[0][1] == "n/a"


def test_a_seventh_series_is_refused():
    x = np.arange(3.0)
    with pytest.raises(ValueError, match="at most 6 series, not 7"):
        charts.trace({str(i): (x, x) for i in range(7)})


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400), st.integers(10, 60))
def test_thinning_keeps_the_ends_and_the_extremes(values, limit):
    y = np.array(values)
    at = thin(np.arange(len(y), dtype=float), y, limit)
    assert len(at) <= limit
    assert {0, len(y) - 1} <= set(at)
    assert y[at].min() == y.min()
    assert y[at].max() == y.max()
    assert (np.diff(at) > 0).all()


def test_thinning_keeps_a_step():
    x = np.linspace(0, 1, 10_000)
    y = (x > 0.5).astype(float)
    at = thin(x, y, 100)
    np.testing.assert_allclose(np.interp(x, x[at], y[at]), y, atol=1e-9)


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(a: str, b: str) -> float:
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("color", [*PALETTE, LOW])
@pytest.mark.parametrize("paper", ["#ffffff", "#12171d"])
def test_marks_stand_out_on_light_and_dark_paper(color, paper):
    assert contrast(color, paper) >= 3


def test_series_are_told_apart_without_colour():
    assert len(set(DASHES)) == len(set(SHAPES)) == len(set(PALETTE)) == 6
    assert luminance(HIGH) > 1.8 * luminance(LOW)
    assert all(a != b for a, b in combinations(DASHES, 2))


def test_every_chart_says_how_it_is_read(plain_charts):
    """In one to four sentences of its own, whatever its data; and the decorator leaves all else as it was."""
    texts = {name: figure.reading for name, figure in plain_charts.items()}
    assert all(20 < len(text) < 420 and text.endswith(".") for text in texts.values()), texts
    undressed = [name for name in charts.__all__ if not hasattr(getattr(charts, name), "__wrapped__")]
    assert undressed == []
    assert charts.importance.__doc__ == charts.importance.__wrapped__.__doc__
