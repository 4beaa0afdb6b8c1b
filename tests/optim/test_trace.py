from dataclasses import dataclass, field

import numpy as np
import pytest

from casestudies.errors import DataError
from casestudies.optim.trace import Trace

ALWAYS = ("value", "gradient_norm", "step_size", "decrement", "suboptimality", "products", "condition", "misfits")


@dataclass(frozen=True)
class At:
    """A state of three problems, whose figures tell the step and the problem."""

    step: int
    figures: dict = field(default_factory=dict)

    @property
    def passes(self):
        return 2.0 * self.step

    def __getattr__(self, name):
        if name in ALWAYS:
            return self.step + np.array([0.0, 0.1, 0.2])
        raise AttributeError(name)


EVERY = np.arange(3)


def test_rows_are_those_of_the_problems_that_moved():
    trace = Trace()
    trace.record(At(0), EVERY)
    trace.record(At(1), np.array([2]))
    table = trace.columns()
    np.testing.assert_array_equal(table["problem"], [0, 1, 2, 2])
    np.testing.assert_array_equal(table["value"], [0, 0.1, 0.2, 1.2])
    np.testing.assert_array_equal(table["passes"], [0, 0, 0, 2])
    np.testing.assert_array_equal(trace.of(2)["condition"], [0.2, 1.2])
    assert len(trace) == 4


def test_what_a_method_adds_stands_beside_it_and_is_nan_where_not_measured():
    trace = Trace()
    trace.record(At(0), EVERY)
    trace.record(At(1, {"rate": np.array([1.0, 2.0, 3.0])}), np.array([0, 2]))
    trace.record(At(2, {"noise": np.full(3, 7.0)}), np.array([1]))
    table = trace.columns()
    np.testing.assert_array_equal(table["rate"], [np.nan] * 3 + [1, 3, np.nan])
    np.testing.assert_array_equal(table["noise"], [np.nan] * 5 + [7])
    assert list(table)[-2:] == ["rate", "noise"]


def test_a_trace_goes_on_from_its_columns():
    whole, first = Trace(), Trace()
    for trace in (whole, first):
        trace.record(At(0, {"rate": np.ones(3)}), EVERY)
        trace.record(At(1), EVERY)
    rest = Trace.from_columns(first.columns())
    for trace in (whole, rest):
        trace.record(At(2), EVERY)
    assert list(rest.columns()) == list(whole.columns())
    for name, column in whole.columns().items():
        if name != "seconds":
            np.testing.assert_array_equal(rest.columns()[name], column)
    assert (np.diff(rest.columns()["seconds"]) >= 0).all()


def test_an_empty_trace_is_an_empty_table():
    assert all(len(column) == 0 for column in Trace().columns().values())
    assert len(Trace.from_columns(Trace().columns())) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [(lambda t: t.pop("value"), "no column value"), (lambda t: t.update(rate=np.ones(5)), "columns differ in length")],
)
def test_what_is_not_a_trace_is_refused(change, message):
    table = Trace().columns()
    change(table)
    with pytest.raises(DataError, match=f"not a trace: {message}; give what `Trace.columns` returned"):
        Trace.from_columns(table)
