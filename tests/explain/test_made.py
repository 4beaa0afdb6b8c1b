"""Made columns explained on their sources: against Shapley's formula by brute force, and the plain linear case."""

from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import pytest

from casestudies.explain import additivity_error
from casestudies.explain.linear import explain_linear
from casestudies.explain.made import explain_made
from casestudies.tabular.engineer import FeatureEncoder
from casestudies.tabular.wanted import Wanted

RANDOM = np.random.default_rng(3)
ROWS = 60
KINDS = {"a": "number", "b": "number", "c": "category"}
X = pd.DataFrame(
    {"a": RANDOM.normal(size=ROWS), "b": RANDOM.exponential(size=ROWS), "c": RANDOM.choice(["u", "v", "w"], ROWS)}
)


def fitted(wanted):
    encoder = FeatureEncoder(KINDS, wanted).fit(X, (X["a"] > 0).to_numpy(dtype=float))
    matrix = encoder.transform(X)
    return encoder, matrix, RANDOM.normal(size=matrix.shape[1])


def shapley(score, row):
    """(columns,) of one row by definition, unknown columns drawn from the rows, each column's as a whole.

    With nothing known the score is the mean of the rows, as it is in a base that the scores add up to.
    """
    names = list(KINDS)

    def value(known):
        if not known:
            return score(X).mean()
        return score(X.assign(**{name: row[name] for name in known})).mean()

    out = []
    for name in names:
        others = [other for other in names if other != name]
        total = 0.0
        for size in range(len(others) + 1):
            share = factorial(size) * factorial(len(names) - size - 1) / factorial(len(names))
            total += sum(share * (value([*some, name]) - value(some)) for some in combinations(others, size))
        out.append(total)
    return np.array(out)


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(polynomials={"a": 3}, bins={"b": 4}, target_encode=("c",)),
        Wanted(pca=2),
        Wanted((("a", "c"),)),
        Wanted((("a", "b"), ("a", "c")), {"b": 2}, bins={"a": 3}, pca=1),
    ],
)
def test_values_are_those_of_shapleys_formula(wanted):
    encoder, matrix, coef = fitted(wanted)
    told = explain_made(encoder, coef, 0.4, matrix, matrix.mean(axis=0))
    assert told.names == tuple(KINDS)
    assert additivity_error(told, matrix @ coef + 0.4) < 1e-12
    for row in (0, 17):
        expected = shapley(lambda frame: encoder.transform(frame) @ coef + 0.4, X.iloc[row])
        np.testing.assert_allclose(told.values[row], expected, atol=1e-10)


def test_without_made_columns_it_is_the_linear_explanation():
    encoder, matrix, coef = fitted(Wanted())
    told = explain_made(encoder, coef, 0.1, matrix, matrix.mean(axis=0))
    plain = explain_linear(coef, 0.1, matrix, matrix.mean(axis=0), encoder.feature_names).grouped(encoder.origin)
    np.testing.assert_allclose(told.values, plain.values, atol=1e-13)
    assert told.base == plain.base
    assert told.names == plain.names
