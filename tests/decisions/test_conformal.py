import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.decisions.conformal import ConformalCuts
from casestudies.errors import ConfigError, DataError


def drawn(patients, seed, spread=1.2):
    """Patients of one to four rows, rows of a patient alike."""
    generator = np.random.default_rng(seed)
    rows = np.repeat(np.arange(patients), generator.integers(1, 5, patients))
    sick = generator.random(patients) < 0.3
    z = 2.0 * sick[rows] - 1.0 + spread * generator.normal(size=len(rows)) + 0.7 * generator.normal(size=patients)[rows]
    return sick[rows].astype(float), 1 / (1 + np.exp(-z)), rows


def test_the_cut_is_the_order_statistic_worked_by_hand():
    p = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
    cuts = ConformalCuts.learnt(np.ones(9), p, 0.8)
    assert cuts.event == pytest.approx(0.8)  # the 8th of nine: ceil(10 * 0.8)
    assert cuts.events == 9
    assert cuts.others == 0
    assert cuts.other == np.inf


def test_below_nine_of_a_class_nothing_can_be_ruled_out_at_ninety_percent():
    for n, ruled in ((8, False), (9, True)):
        cuts = ConformalCuts.learnt(np.ones(n), np.linspace(0.5, 0.9, n), 0.9)
        assert np.isfinite(cuts.event) == ruled
    assert ConformalCuts.learnt(np.ones(8), np.full(8, 0.9), 0.9).sets(np.array([0.0]))[0, 1]


def test_promise_is_kept_for_each_class_by_whole_patients_on_average():
    held = []
    for seed in range(60):
        y, p, group = drawn(300, seed)
        half = group < 150
        sets = ConformalCuts.learnt(y[half], p[half], 0.9, group[half]).sets(p[~half])
        inside = sets[np.arange(len(sets)), y[~half].astype(int)]
        whole = np.array([inside[group[~half] == one].all() for one in np.unique(group[~half])])
        label = np.array([y[~half][group[~half] == one][0] for one in np.unique(group[~half])])
        held.append([whole[label == c].mean() for c in (0, 1)])
    mean = np.mean(held, axis=0)
    assert (mean > 0.885).all()
    assert (mean < 0.94).all()


def test_rows_as_units_promise_less_for_a_patient_than_patients_as_units():
    y, p, group = drawn(400, 3)
    rows, patients = ConformalCuts.learnt(y, p, 0.9), ConformalCuts.learnt(y, p, 0.9, group)
    assert patients.event > rows.event
    assert patients.other > rows.other
    assert patients.events == len(np.unique(group[y == 1]))


@given(st.integers(0, 1000), st.sampled_from([0.8, 0.9, 0.95]))
def test_calibration_rows_themselves_are_covered_at_least_as_promised(seed, coverage):
    y, p, _ = drawn(60, seed)
    sets = ConformalCuts.learnt(y, p, coverage).sets(p)
    for c in (0, 1):
        if (y == c).any():
            assert sets[y == c, c].mean() >= coverage


def test_a_larger_promise_never_makes_a_set_smaller():
    y, p, group = drawn(200, 1)
    small, large = (ConformalCuts.learnt(y, p, c, group).sets(p) for c in (0.8, 0.95))
    assert (large >= small).all()


def test_json_values_come_back():
    for y in (np.ones(5), np.repeat([0.0, 1.0], 20)):
        cuts = ConformalCuts.learnt(y, np.linspace(0.1, 0.9, len(y)), 0.9)
        assert ConformalCuts.from_dict(cuts.to_dict()) == cuts


def test_wrong_arguments_are_refused():
    with pytest.raises(ConfigError):
        ConformalCuts.learnt(np.ones(3), np.ones(3), 1.0)
    with pytest.raises(DataError):
        ConformalCuts.learnt(np.ones(3), np.ones(3), 0.9, np.array(["a", "b"]))
