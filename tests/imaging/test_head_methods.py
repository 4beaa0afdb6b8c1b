"""The same head by three methods: the figures that are told of each, against figures computed otherwise."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

torch = pytest.importorskip("torch", reason="Adam is torch's")

from casestudies.imaging.asked.heading import Heading  # noqa: E402
from casestudies.imaging.heads.head import fit_head  # noqa: E402
from casestudies.imaging.heads.methods import compared  # noqa: E402

ROWS, FEATURES = 300, 8
TRAIN, VALIDATION, TEST = np.arange(160), np.arange(160, 220), np.arange(220, ROWS)


def world():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, FEATURES))
    table = pd.DataFrame({"age": rng.normal(size=ROWS)})
    label = (X[:, 0] - X[:, 1] + table["age"] + rng.logistic(size=ROWS) > 0).to_numpy().astype(np.int8)
    return X, table, label


def told(hidden=0, seed=0):
    X, table, label = world()
    heading = Heading(ridges=[0.03], hidden=hidden)
    head = fit_head(X, table, label, np.arange(ROWS), TRAIN, VALIDATION, heading, seed)
    return head, compared(head, X, table, label, TRAIN, TEST, seed)


@pytest.mark.parametrize("hidden", [0, 2])
def test_levenberg_marquardt_is_at_the_optimum_and_adam_is_not(hidden):
    head, found = told(hidden)
    methods = found["methods"]
    assert methods["lm"]["distance"] < 1e-12
    assert methods["adam"]["distance"] > 1e-6
    assert methods["lm"]["objective"] == pytest.approx(head.told["fit"]["objective"], rel=1e-12)
    for one in methods.values():
        assert one["objective"] >= methods["lm"]["objective"] * (1 - 1e-12)
        assert one["curve"][-1] == [one["passes"], one["distance"]]
        assert one["curve"][0][1] == pytest.approx(methods["lm"]["curve"][0][1], rel=1e-6)


def test_the_figures_are_those_of_the_test_images():
    X, table, label = world()
    head, found = told()
    lm = found["methods"]["lm"]
    z = head.logits(X[TEST], table.iloc[TEST])
    assert lm["auc"] == pytest.approx(roc_auc_score(label[TEST], z))
    assert lm["log_loss"] == pytest.approx(np.logaddexp(0, -z * (2.0 * label[TEST] - 1)).mean())
    assert lm["apart"] == 0.0
    assert found["methods"]["lbfgs"]["apart"] < 1e-4 < found["methods"]["adam"]["apart"]
    assert (found["rows"], found["judged"], found["unknowns"]) == (len(TRAIN), len(TEST), FEATURES + 2)


def test_matrices_are_work_that_gradients_alone_do_not_have():
    _, found = told()
    methods = found["methods"]
    assert methods["adam"]["work"] == methods["adam"]["passes"] == found["adam"]["epochs"]
    assert methods["lbfgs"]["work"] == methods["lbfgs"]["passes"]
    assert methods["lm"]["work"] > methods["lm"]["passes"]


def test_one_seed_is_one_answer():
    assert told(seed=3)[1] == told(seed=3)[1]
    assert told(seed=3)[1]["methods"]["adam"]["objective"] != told(seed=4)[1]["methods"]["adam"]["objective"]
