"""A card's explanation against Shapley's formula spelled out over all training rows."""

from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import pytest

from casestudies.explain import additivity_error
from casestudies.explain.card import explain_card
from casestudies.models.scorecard.card import Scaling, pointed
from casestudies.tabular.bins import Bins, PairBins


@pytest.fixture(scope="module")
def made():
    """A card of one column alone, one pair, and one column that is in the pair and alone."""
    rng = np.random.default_rng(2)
    a = rng.normal(size=60)
    frame = pd.DataFrame({"a": a, "b": np.where(a + rng.normal(size=60) > 0, "x", "y"), "c": rng.normal(size=60)})
    frame.loc[3, "a"] = np.nan
    of_a, of_b, of_c = Bins("a", edges=(-0.5, 0.7)), Bins("b", groups=(("x",), ("y",))), Bins("c", edges=(0.0,))
    parts = []
    for bins in (of_c, PairBins(of_a, of_b), of_a):
        rows = np.bincount(bins.codes(frame), minlength=len(bins.labels)).astype(float)
        margin = rng.normal(size=len(rows))
        parts.append((bins, rows, 0.3 * rows, margin - rows @ margin / rows.sum()))
    return pointed(parts, -1.2, Scaling(), whole=True), frame


def spelled_out(card, frame, row):
    """(columns,) the Shapley values of one row, every subset of columns filled in from every training row."""

    def value(known):
        mixed = frame.copy()
        for name in known:
            mixed[name] = frame[name].iloc[row]
        return card.margin(card.codes(mixed)).mean()

    out = []
    n = len(card.columns)
    for name in card.columns:
        others = [other for other in card.columns if other != name]
        total = 0.0
        for size in range(n):
            for known in combinations(others, size):
                weight = factorial(size) * factorial(n - size - 1) / factorial(n)
                total += weight * (value((*known, name)) - value(known))
        out.append(total)
    return out


def test_values_are_shapleys_with_the_training_rows_as_background(made):
    card, frame = made
    explained = explain_card(card, card.codes(frame))
    assert explained.names == card.columns
    for row in (0, 3, 17):
        np.testing.assert_allclose(explained.values[row], spelled_out(card, frame, row), atol=1e-12)


def test_values_add_up_to_the_score(made):
    card, frame = made
    codes = card.codes(frame)
    assert additivity_error(explain_card(card, codes), card.margin(codes)) < 1e-12
