import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from casestudies.models.scorecard.scorecard import Scorecard
from casestudies.models.scorecard.streamed import Draft, fit_card
from casestudies.models.streamed import Rows

ROWS, SIZES = 3000, (700, 0, 1800, 500)
QUIET = lambda *_: None  # noqa: E731


def table():
    random = np.random.default_rng(8)
    frame = pd.DataFrame(
        {
            "x": random.normal(size=ROWS),
            "who": pd.Categorical(random.choice(["a", "b", "c"], ROWS)),
            "gap": np.where(random.random(ROWS) < 0.1, np.nan, random.lognormal(size=ROWS)),
        }
    )
    z = 1.2 * frame["x"] - 0.7 * (frame["who"] == "b") + 0.5 * frame["gap"].isna() - 1
    y = (random.random(ROWS) < expit(z)).to_numpy(dtype=float)
    return frame, y, random.uniform(0.5, 2, ROWS), np.where(random.random(ROWS) < 0.2, 0, 1)


FRAME, Y, WEIGHT, FOLD = table()


@dataclass(frozen=True)
class InMemory:
    """The table in blocks, one of them without rows."""

    folds: int = 1
    counts: tuple[int, ...] = SIZES
    part: int = 400

    def read(self, block):
        first, last = np.cumsum([0, *SIZES])[[block, block + 1]]
        for start in range(first, last, self.part):
            some = slice(start, min(start + self.part, last))
            yield Rows(FRAME.iloc[some], Y[some], WEIGHT[some], FOLD[some])


def settled(rows=slice(None), **wishes):
    card = Scorecard(**{"C": 0.1, "cv": 0, "event": 1.0, **wishes})
    return card.fit(FRAME.iloc[rows], Y[rows], WEIGHT[rows])


def refitted(card, folder, rows=slice(None), client=None, blocks=None):
    draft = Draft.of(card, FRAME.iloc[rows], Y[rows], WEIGHT[rows])
    return fit_card(draft, InMemory() if blocks is None else blocks, folder, client, QUIET)


def same(ours, theirs, tolerance):
    assert [one.name for one in ours.characteristics] == [one.name for one in theirs.characteristics]
    assert (ours.base, ours.scaling, ours.whole) == (pytest.approx(theirs.base, abs=1e-3), theirs.scaling, theirs.whole)
    assert ours.intercept == pytest.approx(theirs.intercept, abs=tolerance)
    for one, other in zip(ours.characteristics, theirs.characteristics, strict=True):
        assert one.bins == other.bins
        for name in ("rows", "events", "margin", "points"):
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=50 * tolerance, err_msg=name)


@pytest.mark.parametrize(
    "wishes",
    [
        {},
        {"method": "woe"},
        {"whole": False},
        {"prior": 0.05},
        {"penalty": "l1", "C": 0.3},
        {"monotone": {"x": "up"}},
        {"force": ["gap"], "pairs": [("x", "who")]},
        {"method": "woe", "bins": {"x": [-1, 0, 1]}, "exclude": ["who"]},
    ],
    ids=str,
)
def test_where_the_sample_is_the_file_the_card_is_the_one_in_memory(wishes, tmp_path):
    card = settled(**wishes)
    same(refitted(card, tmp_path).model.card, card.card_, 1e-5)


def test_from_a_sample_the_card_counts_all_rows_and_is_the_optimum_on_them(tmp_path):
    """Against SciPy on the steps written out, with the prices that the sample's first fit gives."""
    from casestudies.models.scorecard import streamed

    some = np.arange(0, ROWS, 3)
    card = settled(some, whole=False)
    found = refitted(card, tmp_path, some)
    draft = Draft.of(card, FRAME.iloc[some], Y[some], WEIGHT[some])
    codes = [bins.codes(FRAME) for bins in draft.bins]
    met = tuple(np.bincount(code, minlength=len(bins.labels)) > 0 for code, bins in zip(codes, draft.bins, strict=True))
    steps = streamed.Steps.of(draft.rows, draft.asked, met)
    _, price = streamed._begun(steps, draft.asked, draft.rows)
    columns = [
        (part.lookup[codes[part.characteristic]][:, None] >= np.arange(1, part.bins)).astype(float)
        if part.coding == "steps"
        else (part.lookup[codes[part.characteristic]][:, None] == np.arange(part.bins)).astype(float)
        for part in steps.parts
    ]
    Z = np.hstack([*columns, np.ones((ROWS, 1))])
    strength = np.append(price[:-1, 0] / 0.1, 0.0)

    for fold, model in ((None, found.model), (0, found.without[0])):
        kept = fold != FOLD
        weight = WEIGHT * kept

        def value(b, weight=weight):
            z = Z @ b
            slope = Z.T @ (weight * (expit(z) - Y)) + strength * b
            return weight @ (np.logaddexp(0, z) - Y * z) + 0.5 * strength @ b**2, slope

        best = minimize(value, np.zeros(Z.shape[1]), jac=True, method="BFGS", options={"gtol": 1e-6, "maxiter": 2000})
        np.testing.assert_allclose(model.margin(FRAME), Z @ best.x, atol=2e-4)
        for one in model.card.characteristics:
            code = one.bins.codes(FRAME)
            np.testing.assert_allclose(one.rows, np.bincount(code, weight, len(one.rows)))
            np.testing.assert_allclose(one.events, np.bincount(code, weight * Y, len(one.rows)))
    assert found.seen == (int((FOLD != 0).sum()),)


def test_weights_of_evidence_are_those_of_all_rows(tmp_path):
    """Against SciPy: smoothed log-odds of every bin, and one weight from 0 up for each column."""
    some = np.arange(0, ROWS, 3)
    card = settled(some, method="woe", whole=False)
    found = refitted(card, tmp_path, some)
    for fold, model in ((None, found.model), (0, found.without[0])):
        weight = WEIGHT * (fold != FOLD)
        rate = weight @ Y / weight.sum()
        X = []
        for one in card.card_.characteristics:
            code, size = one.bins.codes(FRAME), len(one.rows)
            n, e = np.bincount(code, weight, size), np.bincount(code, weight * Y, size)
            woe = np.log((e + 20 * rate) / (n - e + 20 * (1 - rate)) * (1 - rate) / rate)
            X.append(woe[code])
        Z = np.column_stack([*X, np.ones(ROWS)])
        strength = np.array([10.0] * len(X) + [0.0])

        def value(b, Z=Z, weight=weight, strength=strength):
            z = Z @ b
            slope = Z.T @ (weight * (expit(z) - Y)) + strength * b
            return weight @ (np.logaddexp(0, z) - Y * z) + 0.5 * strength @ b**2, slope

        bounds = [(0, None)] * len(X) + [(None, None)]
        options = {"gtol": 1e-8, "ftol": 1e-15}
        best = minimize(value, np.ones(Z.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
        np.testing.assert_allclose(model.margin(FRAME), Z @ best.x, atol=2e-4)


def test_where_no_column_says_anything_the_rate_is_left(tmp_path):
    frame = FRAME.assign(x=1.0)[["x"]]
    card = Scorecard(C=0.1, cv=0, event=1.0, whole=False).fit(frame, Y, WEIGHT)
    model = fit_card(Draft.of(card, frame, Y, WEIGHT), InMemory(), tmp_path, None, QUIET).model
    np.testing.assert_allclose(model.probability(frame), WEIGHT @ Y / WEIGHT.sum(), rtol=1e-6)


def test_a_mean_of_cards_becomes_the_one_by_steps(tmp_path):
    card = settled()
    by_steps = card.card_
    card.method_ = "mean"
    same(refitted(card, tmp_path).model.card, by_steps, 1e-5)


def test_what_is_asked_to_rise_rises_on_all_rows_too(tmp_path):
    """A sample chosen so that risk seems to rise with what, over all rows, it falls with."""
    event = Y > 0
    some = np.flatnonzero(np.where(FRAME["gap"] > 1, event, ~event) | (np.arange(ROWS) % 4 == 0))
    for method in ("woe", "steps"):
        card = settled(some, method=method, monotone={"gap": "up"}, whole=False)
        (tmp_path / method).mkdir()
        model = refitted(card, tmp_path / method, some).model
        for one in model.card.characteristics:
            if one.name == "gap":
                assert (np.diff(one.margin[: one.bins.values]) >= -1e-12).all()


def test_a_bin_that_the_sample_never_met_gets_its_points_from_all_rows(tmp_path):
    """No gap is in the sample; a tenth of all rows have one, and are riskier."""
    some = np.flatnonzero(FRAME["gap"].notna())
    card = settled(some)
    (before,) = (one for one in card.card_.characteristics if one.name == "gap")
    assert before.rows[-1] == 0
    model = refitted(card, tmp_path, some).model
    (after,) = (one for one in model.card.characteristics if one.name == "gap")
    held = FRAME["gap"].isna().to_numpy()
    assert after.rows[-1] == pytest.approx(WEIGHT[held].sum())
    assert after.margin[-1] > 0.2
    assert not model.unfamiliar(FRAME)


def test_codes_are_a_byte_each_and_the_labels_come_back(tmp_path):
    from casestudies.models.scorecard.coded import Laid, Reading

    draft = Draft.of(settled(), FRAME, Y, WEIGHT)
    laid = Laid.of(Reading(InMemory(), draft.bins), SIZES, tmp_path, QUIET)
    read = [rows for block in range(len(SIZES)) for rows in laid.read(block)]
    assert {rows.codes.dtype for rows in read} == {np.dtype(np.uint8)}
    for place, bins in enumerate(draft.bins):
        np.testing.assert_array_equal(np.concatenate([rows.codes[:, place] for rows in read]), bins.codes(FRAME))
    for name, all_ in (("y", Y), ("weight", WEIGHT), ("fold", FOLD)):
        np.testing.assert_array_equal(np.concatenate([getattr(rows, name) for rows in read]), all_)


@pytest.mark.parametrize("method", ["steps", "woe"])
def test_workers_give_the_same_card(method, client, tmp_path):
    card = settled(slice(0, 1500), method=method)
    here = refitted(card, tmp_path, slice(0, 1500)).model.card
    there = refitted(card, tmp_path, slice(0, 1500), client, travelling()).model.card
    same(there, here, 1e-9)


def travelling():
    """The same blocks, which a worker can unpickle: workers do not have this module."""
    cloudpickle = pytest.importorskip("cloudpickle", reason="comes with dask")
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    try:
        return cloudpickle.loads(cloudpickle.dumps(InMemory()))
    finally:
        cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


@pytest.fixture(scope="module")
def client():
    pytest.importorskip("distributed", reason="dask is not installed: pip install 'casestudies[dask]'")
    from casestudies.optim.designs.dask import local

    with local(workers=2) as client:
        yield client
