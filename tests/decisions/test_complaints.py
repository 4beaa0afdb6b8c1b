"""What the analyst is told about odd costs."""

import numpy as np

from casestudies.decisions import Costs, complaints


def costs(rows: int, fn: object = 10.0, fp: object = 2.0, tp: object = 0.0, tn: object = 0.0) -> Costs:
    return Costs(*(np.broadcast_to(np.asarray(cell, dtype=float), rows) for cell in (fn, fp, tp, tn)))


def test_ordinary_costs_raise_no_complaint() -> None:
    assert complaints(costs(200, fn=np.linspace(5, 50, 200))) == []


def test_rows_where_acting_never_pays_are_given_as_a_share() -> None:
    said = complaints(costs(8, fn=[10, 10, 10, 10, 10, 10, 0, 0]))
    assert said == ["Acting never pays in 25.0% of rows: an event caught there costs no less than an event missed."]


def test_free_false_alarms_are_given_as_a_share() -> None:
    (said,) = complaints(costs(4, fp=[2, 2, 2, 0]))
    assert said.startswith("In 25.0% of rows a false alarm costs no more than leaving the row alone")


def test_false_alarms_cheaper_than_correct_rejections_are_counted() -> None:
    (said,) = complaints(costs(5, tn=[0, 3, 0, 3, 0]))
    assert "cheaper than a correct rejection in 2 rows (first: row 2)" in said
    (said,) = complaints(costs(5, tn=[0, 0, 0, 0, 3]))
    assert "cheaper than a correct rejection in row 5" in said


def test_costs_upside_down_are_counted_and_so_are_negative_misses() -> None:
    said = complaints(costs(3, fn=[10, -4, 10], fp=[2, -1, 2]))
    assert len(said) == 2
    assert said[0].startswith("The costs are upside down in row 2")
    assert said[1] == "A missed event has a negative cost, so it earns money, in row 2."


def test_a_row_that_carries_too_much_is_named() -> None:
    fn = np.full(150, 1.0)
    fn[41] = 20.0
    (said,) = complaints(costs(150, fn=fn, fp=0.5))
    assert said.startswith(f"Row 42 alone carries {20 / 169:.1%} of all cost")
    fn[41] = 7.0  # 4.5 %
    assert complaints(costs(150, fn=fn, fp=0.5)) == []


def test_costs_that_no_decision_can_change_are_said_to_be_so() -> None:
    (said,) = complaints(costs(4, fn=3, fp=3, tp=3, tn=3))
    assert "no decision can matter" in said
