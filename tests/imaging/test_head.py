"""The last layer: what is fitted is the optimum, what is told of it is right, and what is saved is what was fitted."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from casestudies.errors import DataError, RunError
from casestudies.imaging.asked.heading import Heading
from casestudies.imaging.heads import linear
from casestudies.imaging.heads.fitted import Head
from casestudies.imaging.heads.head import fit_head, history_only, log_loss
from casestudies.imaging.heads.linear import Given

ROWS, FEATURES, PATIENTS = 420, 12, 150
TRAIN, VALIDATION, REST = np.arange(240), np.arange(240, 330), np.arange(330, ROWS)


def world(rows=ROWS, features=FEATURES, patients=PATIENTS, seed=0, age=0.8):
    """Features that lean on each other and say something, a history that says something too, several images a patient."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, features)) @ (np.eye(features) + rng.normal(size=(features, features)) / features)
    years = rng.normal(55, 10, rows)
    z = 1.5 * X @ rng.normal(size=features) / np.sqrt(features) + age * (years - 55) / 10
    history = pd.DataFrame(
        {"age": np.where(rng.random(rows) < 0.1, np.nan, years), "smokes": rng.choice(["yes", "no"], rows)}
    )
    patient = np.array([f"p{n:04d}" for n in rng.integers(0, patients, rows)])
    return X, history, (z + rng.logistic(size=rows) > 0).astype(np.int8), patient


def fitted(history=True, varied=None, **settings):
    X, table, label, patient = world()
    heading = Heading(**{"ridges": [1e-3, 1e-2, 0.1, 1.0], **settings})
    return fit_head(X, table if history else None, label, patient, TRAIN, VALIDATION, heading, 0, varied)


def scaled(X, rows=TRAIN):
    return (X - X[rows].mean(axis=0)) / X[rows].std(axis=0)


def given(X, y, patient):
    return Given(X, y.astype(float), np.ones(len(y)), patient, len(y))


def test_a_linear_head_of_2000_images_is_scikit_learns_to_ten_digits():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(2000, 200)) @ (np.eye(200) + rng.normal(size=(200, 200)) / 20)
    y = (X @ rng.normal(size=200) / 10 + rng.logistic(size=2000) > 0.5).astype(float)
    for ridge in (1e-3, 1e-1):
        ours = linear.fit(given(X, y, np.arange(2000)), ridge)
        theirs = LogisticRegression(C=1 / (2000 * ridge), solver="newton-cholesky", tol=1e-12, max_iter=200).fit(X, y)
        w = theirs.coef_[0]
        value = log_loss(X @ w + theirs.intercept_[0], y) + 0.5 * ridge * w @ w
        assert ours.gradient < 1e-9
        assert abs(ours.objective - value) < 1e-10
        np.testing.assert_allclose(ours.layers.last, w, atol=1e-6)


def test_the_ridge_is_the_one_of_the_lowest_validation_log_loss():
    X, _, label, _ = world()
    head = fitted(history=False)
    by_hand = {}
    for ridge in (1e-3, 1e-2, 0.1, 1.0):
        model = LogisticRegression(C=1 / (len(TRAIN) * ridge), tol=1e-12, max_iter=5000).fit(
            scaled(X)[TRAIN], label[TRAIN]
        )
        z = model.decision_function(scaled(X)[VALIDATION])
        by_hand[ridge] = log_loss(z, label[VALIDATION].astype(float))
    told = {one["ridge"]: one["validation"] for one in head.told["ridges"]}
    assert told == pytest.approx(by_hand, abs=1e-6)
    assert head.told["ridge"] == min(by_hand, key=by_hand.__getitem__)
    assert head.told["validation"]["log_loss"] == pytest.approx(min(by_hand.values()), abs=1e-6)


def test_units_of_features_and_history_do_not_matter():
    X, table, label, patient = world()
    other = table.assign(age=12 * table["age"] + 7)
    heading = Heading(ridges=[0.01, 0.1])
    plain = fit_head(X, table, label, patient, TRAIN, VALIDATION, heading, 0)
    moved = fit_head(1000 * X - 3, other, label, patient, TRAIN, VALIDATION, heading, 0)
    np.testing.assert_allclose(moved.logits(1000 * X - 3, other), plain.logits(X, table), atol=1e-8)


def test_leaving_a_patient_out_is_close_to_a_fit_without_the_patient():
    X, table, label, patient = world()
    head = fitted()
    Z = head.columns.matrix(X, table)[TRAIN]
    own = head.layers.margins(Z)
    moved = []
    for one in np.unique(patient[TRAIN])[:60]:
        rest = patient[TRAIN] != one
        again = linear.fit(
            given(Z[rest], label[TRAIN][rest], patient[TRAIN][rest]), head.told["ridge"] * len(TRAIN) / rest.sum()
        )
        refit = again.layers.margins(Z[~rest])
        moved.append(np.abs(refit - own[~rest]).max())
        np.testing.assert_allclose(head.left_out[~rest], refit, atol=0.02)
    assert max(moved) > 0.1  # so that 0.02 says something
    told = head.told["left_out"]
    assert told["log_loss"] == pytest.approx(log_loss(head.left_out, label[TRAIN].astype(float)))
    assert told["log_loss"] > head.told["train"]["log_loss"]
    assert told["shift"] == pytest.approx(np.abs(head.left_out - own).max())


@pytest.mark.parametrize("hidden", [0, 2])
def test_without_the_only_patient_nothing_is_told(hidden):
    X, table, label, patient = world()
    alone = np.full_like(patient, "p0001")
    head = fit_head(X, table, label, alone, TRAIN, VALIDATION, Heading(ridges=[0.1], hidden=hidden), 0)
    assert head.told["left_out"] is None
    assert head.left_out.size == 0
    assert np.isfinite(head.logits(X, table)).all()


def test_the_spread_is_that_of_the_inverse_curvature():
    X, table, *_ = world()
    head = fitted()
    Z = np.column_stack([head.columns.matrix(X, table), np.ones(ROWS)])
    p = expit(Z @ np.append(head.layers.last, head.layers.intercept))[TRAIN]
    price = np.full(Z.shape[1], head.told["ridge"] * len(TRAIN))
    price[-1] = 0.0
    H = (Z[TRAIN] * (p * (1 - p))[:, None]).T @ Z[TRAIN] + np.diag(price)
    variance = np.einsum("ij,jk,ik->i", Z, np.linalg.inv(H), Z)
    np.testing.assert_allclose(head.spread(X, table), np.sqrt(variance), rtol=1e-8)
    effective = np.trace(np.linalg.solve(H, H - np.diag(price)))
    kept = next(one for one in head.told["ridges"] if one["ridge"] == head.told["ridge"])
    assert kept["effective"] == pytest.approx(effective, rel=1e-6)


def test_a_weak_ridge_leaves_all_coefficients_to_the_rows():
    ridges = fitted(ridges=[1e-8, 0.1, 1e6], history=False).told["ridges"]
    assert ridges[0]["effective"] == pytest.approx(FEATURES + 1, abs=1e-2)
    assert ridges[2]["effective"] == pytest.approx(1, abs=1e-2)


def test_copies_that_show_nothing_new_change_nothing():
    X, table, *_ = world()
    plain, copied = fitted(), fitted(varied=np.stack([X[TRAIN]] * 3))
    np.testing.assert_allclose(copied.logits(X, table), plain.logits(X, table), atol=1e-9)
    np.testing.assert_allclose(copied.spread(X, table), plain.spread(X, table), atol=1e-9)
    np.testing.assert_allclose(copied.left_out, plain.left_out, atol=1e-8)
    assert copied.told["copies"] == 3
    assert copied.told["rows"] == len(TRAIN)


def test_copies_are_rows_of_their_own_and_what_is_told_is_of_the_images():
    X, table, *_ = world()
    noisy = X[TRAIN] + np.random.default_rng(5).normal(size=(2, len(TRAIN), FEATURES))
    varied, plain = fitted(varied=noisy, ridges=[1e-3]), fitted(ridges=[1e-3])
    assert np.abs(varied.layers.last[:FEATURES]).sum() < 0.8 * np.abs(plain.layers.last[:FEATURES]).sum()
    own = varied.logits(X[TRAIN], table.iloc[TRAIN])
    assert np.median(np.abs(varied.left_out - own)) < 0.1


def test_a_missing_age_is_the_median_and_says_so():
    X, table, *_ = world()
    head = fitted()
    assert head.columns.history == ["age", "age is missing", "smokes = no", "smokes = yes"]
    median = table["age"].iloc[TRAIN].median()
    known, gap = (table.iloc[[0]].assign(age=age) for age in (median, np.nan))
    says = head.layers.last[FEATURES + 1] / head.columns.scale[FEATURES + 1]
    assert head.logits(X[:1], gap)[0] - head.logits(X[:1], known)[0] == pytest.approx(says)


def test_one_ridge_does_not_silence_a_history_beside_many_features():
    rng = np.random.default_rng(3)
    X, table, label, patient = world(age=2.0)
    many = np.hstack([X, rng.normal(size=(ROWS, 200))])
    head = fit_head(many, table, label, patient, TRAIN, VALIDATION, Heading(ridges=[0.3]), 0)
    alone = history_only(table, label, patient, TRAIN, VALIDATION, Heading(ridges=[1e-4]))
    weights = {one["column"]: one["weight"] for one in head.told["history"]}
    free = {one["column"]: one["weight"] for one in alone.told["history"]}
    assert weights["age"] > 0.6 * free["age"]


def test_history_and_features_vary_as_much_in_all():
    X, table, *_ = world()
    Z = fitted().columns.matrix(X, table)[TRAIN]
    assert Z[:, FEATURES:].var(axis=0).sum() == pytest.approx(Z[:, :FEATURES].var(axis=0).sum())
    np.testing.assert_allclose(Z.mean(axis=0), 0.0, atol=1e-12)


def test_what_the_history_changes_is_told_for_one_standard_deviation():
    X, table, *_ = world()
    head = fitted()
    older = table.assign(
        age=table["age"] + table["age"].iloc[TRAIN].fillna(table["age"].iloc[TRAIN].median()).std(ddof=0)
    )
    change = (head.logits(X, older) - head.logits(X, table))[table["age"].notna()]
    (age,) = (one for one in head.told["history"] if one["column"] == "age")
    np.testing.assert_allclose(change, age["weight"], rtol=1e-9)
    assert age["low"] < age["weight"] < age["high"]


def test_the_history_alone_looks_at_no_image():
    X, table, label, patient = world()
    head = history_only(table, label, patient, TRAIN, VALIDATION, Heading(hidden=4))
    np.testing.assert_array_equal(head.logits(np.zeros((ROWS, 0)), table), head.logits(X, table))
    assert head.reads == "history"
    assert head.told["features"] == head.told["hidden"] == 0


def test_an_image_head_looks_at_no_history():
    X, table, *_ = world()
    head = fitted(history=False)
    np.testing.assert_array_equal(head.logits(X), head.logits(X, table))
    assert head.reads == "image"
    assert head.told["history"] == []


@pytest.mark.parametrize("hidden", [0, 3])
def test_a_saved_head_is_the_head_to_the_last_bit(tmp_path, hidden):
    X, table, *_ = world()
    head = fitted(hidden=hidden, ridges=[0.1])
    files = head.files("head0")
    assert files == fitted(hidden=hidden, ridges=[0.1]).files("head0")
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    again = Head.open(tmp_path, "head0")
    np.testing.assert_array_equal(again.logits(X, table), head.logits(X, table))
    np.testing.assert_array_equal(again.spread(X, table), head.spread(X, table))
    assert again.told == json.loads(json.dumps(head.told))
    assert again.reads == "both"


def saved(folder):
    for name, content in fitted(ridges=[0.1]).files("head0").items():
        (folder / name).write_bytes(content)


def _rewrite(folder, **changes):
    path = folder / "head0.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda folder: (folder / "head0.json").unlink(), "damaged"),
        (lambda folder: (folder / "head0.npz").unlink(), "no such file"),
        (lambda folder: (folder / "head0.npz").write_bytes((folder / "head0.npz").read_bytes()[:-200]), "damaged"),
        (lambda folder: (folder / "head0.json").write_text("{"), "damaged"),
        (lambda folder: _rewrite(folder, format=99), "another version made it"),
        (lambda folder: _rewrite(folder, reads="tea leaves"), "tea leaves"),
        (lambda folder: _rewrite(folder, columns={"features": 5, "encoder": None}), "of shape"),
    ],
)
def test_a_damaged_head_is_refused_in_one_line(tmp_path, harm, words):
    saved(tmp_path)
    harm(tmp_path)
    with pytest.raises(RunError, match=words) as refusal:
        Head.open(tmp_path, "head0")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("hidden", [0, 3])
@pytest.mark.parametrize("history", [True, False])
def test_in_torch_it_says_the_same_of_each_patient_and_has_slopes(hidden, history):
    torch = pytest.importorskip("torch")
    X, table, *_ = world()
    head = fitted(hidden=hidden, ridges=[0.03], history=history)
    for row in (0, 7, int(np.flatnonzero(table["age"].isna())[0])):
        module = head.module(table.iloc[[row]])
        at = torch.tensor(X[[row]], dtype=torch.float32, requires_grad=True)
        told = module(at)
        assert told.shape == (1,)
        assert told.item() == pytest.approx(head.logits(X[[row]], table.iloc[[row]])[0], abs=1e-4)
        (slope,) = torch.autograd.grad(told.sum(), at)
        nudged = X[[row]] + 1e-6 * np.eye(FEATURES)[[2]]
        numeric = head.logits(nudged, table.iloc[[row]]) - head.logits(X[[row]], table.iloc[[row]])
        assert float(slope[0, 2]) == pytest.approx(numeric[0] / 1e-6, rel=1e-2, abs=1e-4)


def test_without_a_patient_the_module_takes_an_average_history():
    torch = pytest.importorskip("torch")
    X, table, *_ = world()
    head = fitted()
    Z = head.columns.matrix(X, table)
    Z[:, FEATURES:] = 0.0
    told = head.module()(torch.tensor(X, dtype=torch.float32)).numpy()
    np.testing.assert_allclose(told, head.layers.margins(Z), atol=1e-4)
    with pytest.raises(DataError, match="2 rows of history for one patient"):
        head.module(table.iloc[:2])


def test_a_linear_head_is_fitted_and_opened_without_torch(tmp_path):
    import subprocess
    import sys

    saved(tmp_path)
    code = (
        "import sys, pathlib; from casestudies.imaging.heads.head import fit_head; from casestudies.imaging.heads.fitted import Head;"
        f"Head.open(pathlib.Path({str(tmp_path)!r}), 'head0'); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"train": np.arange(0)}, "the training part holds no image"),
        ({"validation": np.arange(0)}, "the validation part holds no image"),
        ({"label": np.ones(ROWS, dtype=np.int8)}, "of one class"),
        ({"label": np.full(ROWS, -1, dtype=np.int8)}, "without a label"),
        ({"label": np.ones(ROWS - 1, dtype=np.int8)}, "420 features, 419 labels"),
        ({"features": np.zeros((ROWS, 5000))}, "cannot read 5,00. columns"),
        ({"features": np.zeros((ROWS, 0)), "history": None}, "cannot read 0 columns"),
    ],
)
def test_what_no_head_can_be_fitted_on_is_refused(change, words):
    X, table, label, patient = world()
    rows = {
        "features": X,
        "history": table,
        "label": label,
        "patient": patient,
        "train": TRAIN,
        "validation": VALIDATION,
    }
    with pytest.raises(DataError, match=words):
        fit_head(**(rows | change), heading=Heading(), seed=0)


def test_what_a_head_cannot_read_is_refused_by_name():
    X, table, *_ = world()
    head = fitted()
    with pytest.raises(DataError, match="reads 12 of each image"):
        head.logits(X[:, :5], table)
    with pytest.raises(DataError, match="there is no column 'age'"):
        head.logits(X, table.drop(columns="age"))
    with pytest.raises(DataError, match="reads the patient's history"):
        head.logits(X)
    broken = X.copy()
    broken[7, 3] = np.inf
    with pytest.raises(DataError, match="image 8: 1 features are not finite"):
        head.logits(broken, table)


@pytest.mark.parametrize("ridges", [[], [0.0], [1e-12], [-1.0], [float("nan")], [float("inf")]])
def test_ridges_are_large_enough_to_determine_repeated_columns(ridges):
    with pytest.raises(ValueError, match="ridges"):
        Heading(ridges=ridges)
