"""Constraints that cannot hold: the smallest loosening and the quarrel, by hand and by trying every subset."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from casestudies.errors import ConfigError
from casestudies.optim.constraints import Constraints, Rows
from casestudies.optim.relaxation import LOWER, TOTAL, alone, conflict, relaxation

HARD = (TOTAL, LOWER)


def ninety():
    """Ninety assets with caps of 1 %, and a sector of ten that has to have 20 %."""
    n = 90
    sector = np.arange(n) % 9
    rows = Rows(
        ("sector 0", "sector 1", "sector 8"),
        np.array([-1.0 * (sector == 0), -1.0 * (sector == 1), 1.0 * (sector == 8)]),
        np.array([[-0.2], [-0.1], [0.15]]),
        np.zeros(3, bool),
    )
    names = {"upper": tuple(f"cap of asset {i}" for i in range(n))}
    return Constraints(np.zeros(n), np.full(n, 0.01), rows, total=1.0, names=names)


def test_a_cap_of_1_per_cent_gives_way_by_10_points():
    found = relaxation(ninety(), HARD)
    assert sum(found.by.values()) == pytest.approx(0.1)
    assert all(name == "sector 0" or name.startswith("cap of asset") for name in found.by)


def test_the_quarrel_is_the_sector_and_its_ten_caps():
    assert set(conflict(ninety())) == {"sector 0", *(f"cap of asset {i}" for i in range(0, 90, 9))}


def test_caps_that_are_one_setting_give_way_as_one():
    within = Constraints(np.zeros(20), np.full(20, 0.02), Rows.none(20), total=1.0, names={"upper": "cap"})
    assert relaxation(within, HARD).by == pytest.approx({"cap": 0.03})
    assert set(conflict(within)) == {TOTAL, "cap"}
    assert alone(within, "cap", HARD) == pytest.approx(0.03)


def test_a_limit_on_change_is_told_in_its_own_unit():
    # from equal weights to 70 % in the first of four takes 0.45 up and 0.45 down
    row = Rows(
        ("first", "first at most"),
        np.array([[-1.0, 0, 0, 0], [1.0, 0, 0, 0]]),
        np.array([[-0.7], [0.9]]),
        np.zeros(2, bool),
    )
    within = Constraints(
        np.zeros(4),
        np.ones(4),
        row,
        total=1.0,
        around=np.full(4, 0.25),
        reach=np.array([0.2]),
        names={"reach": "change"},
    )
    assert alone(within, "change", HARD) == pytest.approx(0.7)
    assert alone(within, "first", HARD) == pytest.approx(0.35)
    assert alone(within, "first at most", HARD) is None
    assert relaxation(within, HARD).by == pytest.approx({"first": 0.35})
    assert set(conflict(within)) == {"first", "change"}


def test_what_can_hold_is_left_alone():
    within = Constraints(np.zeros(5), np.full(5, 0.3), Rows.none(5), total=1.0)
    assert relaxation(within).holds
    assert conflict(within) == ()
    x = relaxation(within).x
    assert x.sum() == pytest.approx(1.0)
    assert ((x >= -1e-9) & (x <= 0.3 + 1e-9)).all()


def possible(A, b):
    return linprog(np.zeros(A.shape[1]), A, b, bounds=(None, None)).status == 0


@pytest.mark.parametrize("seed", range(25))
def test_no_member_of_a_quarrel_can_be_left_out_and_no_loosening_is_smaller(seed):
    rng = np.random.default_rng(seed)
    A, b = rng.normal(size=(6, 3)), rng.normal(size=6) - 0.8
    free = np.full(3, np.inf)
    within = Constraints(-free, free, Rows(tuple("abcdef"), A, b[:, None], np.zeros(6, bool)))
    quarrel, found = conflict(within), relaxation(within)
    assert possible(A, b) == found.holds == (quarrel == ())
    if not quarrel:
        return
    rows = ["abcdef".index(name) for name in quarrel]
    assert not possible(A[rows], b[rows])
    for out in rows:
        rest = [row for row in rows if row != out]
        assert possible(A[rest], b[rest])
    by = np.array([found.by.get(name, 0.0) for name in "abcdef"])
    assert possible(A, b + by + 1e-9)
    # by the vertices of the elastic programme: every basis of three rows met exactly gives a point; the least sum wins
    sums = []
    for basis in itertools.combinations(range(6), 3):
        if np.linalg.matrix_rank(A[list(basis)]) == 3:
            x = np.linalg.solve(A[list(basis)], b[list(basis)])
            sums.append(np.maximum(A @ x - b, 0).sum())
    assert by.sum() == pytest.approx(min(sums), rel=1e-7)


def test_names_that_are_not_there_and_hard_ones_that_quarrel_are_refused():
    within = Constraints(np.zeros(2), np.full(2, 0.3), Rows.none(2), total=1.0)
    with pytest.raises(ConfigError, match="no constraint 'the summ'; did you mean 'the sum'"):
        relaxation(within, ("the summ",))
    with pytest.raises(ConfigError, match="cannot hold together whatever gives way: the sum, the upper bounds"):
        relaxation(within, (TOTAL, "the upper bounds"))
    with pytest.raises(ConfigError, match="no constraint 'nothing' that may give way"):
        alone(within, "nothing")
