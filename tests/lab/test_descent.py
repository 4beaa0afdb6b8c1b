"""Walks are what the methods' definitions say: closed forms, torch's own loops, Newton at a saddle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch")

import torch

from casestudies.errors import UsageError
from casestudies.lab.descent import WAYS, walk
from casestudies.lab.duels import duel
from casestudies.lab.surfaces import LANDSCAPES

PARABOLA, VALLEY, SADDLE, ROSENBROCK = (LANDSCAPES[n] for n in ("parabola", "valley", "saddle", "rosenbrock"))


@settings(max_examples=15, deadline=None)
@given(rate=st.floats(0.02, 0.9), start=st.floats(-4, 10).filter(lambda x: abs(x - 3) > 0.1))
def test_gradient_descent_on_the_parabola_is_a_geometric_series(rate, start):
    found = walk(PARABOLA, "gd", rate=rate, start=[start], steps=12)
    steps = np.arange(len(found.values))
    assert found.points[:, 0] == pytest.approx(3 + (start - 3) * (1 - 2 * rate) ** steps, abs=1e-9)
    assert found.evaluations == pytest.approx(steps)


def test_gradient_descent_in_the_valley_is_two_of_them():
    found = walk(VALLEY, "gd", rate=0.015, start=[-2.5, 0.6], steps=30)
    steps = np.arange(31)
    assert found.points == pytest.approx(np.column_stack([-2.5 * 0.985**steps, 0.6 * (1 - 1.5) ** steps]), abs=1e-12)


LOOPS = {
    "gd": lambda p, r: torch.optim.SGD(p, r),
    "momentum": lambda p, r: torch.optim.SGD(p, r, momentum=0.9),
    "nesterov": lambda p, r: torch.optim.SGD(p, r, momentum=0.9, nesterov=True),
    "adagrad": lambda p, r: torch.optim.Adagrad(p, r),
    "rmsprop": lambda p, r: torch.optim.RMSprop(p, r),
    "adam": lambda p, r: torch.optim.Adam(p, r),
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_walk_is_what_torch_does_in_a_plain_loop(name):
    place = torch.tensor(ROSENBROCK.start, dtype=torch.float64, requires_grad=True)
    rate = WAYS[name].rate(ROSENBROCK)
    optimiser = LOOPS[name]([place], rate)
    points = [place.detach().numpy().copy()]
    for _ in range(40):
        optimiser.zero_grad()
        (100 * (place[1] - place[0] ** 2) ** 2 + (1 - place[0]) ** 2).backward()
        optimiser.step()
        points.append(place.detach().numpy().copy())
    found = walk(ROSENBROCK, name, steps=40)
    assert found.rate == rate
    assert found.points == pytest.approx(np.array(points), rel=1e-10)


def test_raw_newton_lands_on_the_saddle_and_the_diagnosis_says_so():
    raw, leashed = walk(SADDLE, "newton"), walk(SADDLE, "trust")
    assert raw.points[-1] == pytest.approx([0, 0], abs=1e-6)
    assert [one.code for one in raw.findings] == ["saddle"]
    assert abs(leashed.points[-1][1]) == pytest.approx(1, abs=1e-4)
    assert leashed.findings == ()


def test_newton_needs_one_step_in_a_valley_of_any_shape():
    found = walk(VALLEY, "newton")
    assert found.steps == 1
    assert found.points[-1] == pytest.approx([0, 0], abs=1e-12)


@pytest.mark.parametrize("name", ["lbfgs", "cg_fr", "cg_pr", "cg_hs", "cg_dy", "newton", "trust"])
def test_methods_that_learn_curvature_arrive_where_gradient_descent_crawls(name):
    found = walk(ROSENBROCK, name)
    assert found.values[-1] < 1e-9
    assert found.points[-1] == pytest.approx([1, 1], abs=1e-4)
    assert walk(ROSENBROCK, "gd").values[-1] > 1


def test_a_rate_beyond_what_is_stable_explodes_and_is_told():
    assert "explosion" in [one.code for one in walk(VALLEY, "gd", rate=0.03).findings]  # 2 / 100 is the limit
    assert walk(VALLEY, "gd", rate=0.019).findings == ()


def test_noise_comes_from_the_seed_alone():
    one, again, other = (walk(VALLEY, "sgd", seed=seed, steps=20) for seed in (1, 1, 2))
    assert np.array_equal(one.points, again.points)
    assert not np.array_equal(one.points, other.points)
    assert not np.allclose(one.points, walk(VALLEY, "gd", steps=20).points)


def test_arrival_is_counted_in_evaluations():
    found = duel("parabola", ["gd", "lbfgs"], rates={"gd": 0.1}, start=[-2.0])
    steps = np.ceil(np.log(np.sqrt(1e-3) / 5) / np.log(0.8))
    assert found.arrived()[0] == steps
    assert found.labels == ["Gradient descent, rate 0.1", "L-BFGS"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"landscape": "valleys", "methods": ["gd"]}, "did you mean 'valley'"),
        ({"landscape": "valley", "methods": ["adams"]}, "did you mean 'adam'"),
        ({"landscape": "valley", "methods": []}, "0 methods"),
        ({"landscape": "valley", "methods": ["gd"] * 5}, "5 methods"),
        ({"landscape": "valley", "methods": ["gd"], "start": [1.0]}, "a start of 1 numbers"),
        ({"landscape": "valley", "methods": ["gd"], "start": [1.0, np.nan]}, "2 finite ones"),
    ],
)
def test_bad_input_is_one_line(given, said):
    with pytest.raises(UsageError, match=said) as raised:
        duel(given.pop("landscape"), given.pop("methods"), **given)
    assert "\n" not in str(raised.value)
