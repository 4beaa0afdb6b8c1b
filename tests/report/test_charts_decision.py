"""Decision curve, savings by the ratio of prices, and the second reader."""

import numpy as np
import pytest

from casestudies.report import charts, to_svg

T = np.linspace(0.01, 0.6, 60)
EVERYBODY = 0.3 - 0.7 * T / (1 - T)


def values(figure, field="y"):
    return [row[field] for rows in figure.spec["datasets"].values() for row in rows if field in row]


def test_a_decision_curve_stops_below_the_plane_and_names_what_is_worth_most():
    model = np.maximum(EVERYBODY, 0.0) + 0.05
    drawn = charts.net_benefit(
        T, {"Model": model}, EVERYBODY, everybody_is="Call back everybody", chosen=0.1, caption="Decision curve"
    )
    assert min(values(drawn)) >= -0.25 * model.max()
    assert "Model is worth most between 1 % and 60 %" in drawn.alt
    assert drawn.table.head == ("Threshold", "Model", "Call back everybody")
    assert to_svg(drawn.spec).startswith("<svg")


def test_a_model_that_is_nowhere_worth_most_is_said_to_be():
    drawn = charts.net_benefit(T, {"Model": EVERYBODY - 0.01}, EVERYBODY, everybody_is="All", chosen=0.1, caption="c")
    assert "nowhere worth most" in drawn.alt


def test_savings_say_from_which_ratio_on_they_are_sure():
    ratio = np.geomspace(1, 100, 25)
    value = 0.5 - 0.3 * np.log10(ratio)
    drawn = charts.price_ratio(
        ratio,
        (value, value - 0.1, value + 0.1),
        value - np.linspace(0, 3, 25),
        names=("Follows", "Above 50 %"),
        x_title="Price of a miss",
        chosen=10.0,
        caption="c",
    )
    last = ratio[np.flatnonzero(value - 0.1 > 0)[-1]]
    assert f"Sure to save from 1 to {last:.3g}." in drawn.alt
    assert "At 10 it is 20.0 %." in drawn.alt
    assert min(values(drawn)) >= -0.6
    assert to_svg(drawn.spec).startswith("<svg")


@pytest.mark.parametrize("chosen", [0.5, 1000.0])
def test_prices_outside_the_plane_are_not_marked(chosen):
    ratio = np.geomspace(1, 100, 25)
    flat = np.full(25, -0.1)
    drawn = charts.price_ratio(
        ratio, (flat, flat - 0.1, flat + 0.05), flat, names=("a", "b"), x_title="x", chosen=chosen, caption="c"
    )
    assert "Nowhere is it sure" in drawn.alt
    assert not values(drawn, "words")


def test_second_reader_marks_the_promise_that_was_asked_for():
    drawn = charts.second_reader(
        np.array([0.8, 0.9, 0.95]),
        np.array([0.1, 0.3, 0.6]),
        np.array([0.2, 0.1, 0.02]),
        np.array([0.1, 0.05, 0.01]),
        names=("Missed", "Alarmed"),
        chosen=0.9,
        caption="c",
    )
    assert "At the promise of 90.0 %, 30.0 % go there; missed: 10.0 %, alarmed: 5.0 %." in drawn.alt
    assert drawn.table.rows[1] == ("90.0 %", "30.0 %", "10.0 %", "5.0 %")
    assert to_svg(drawn.spec).startswith("<svg")
