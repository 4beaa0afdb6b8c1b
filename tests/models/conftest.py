"""Random scorecards, and rows that fall into every kind of their bins."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

from casestudies.models.scorecard.card import Card, Scaling, pointed
from casestudies.tabular.bins import Bins, PairBins

LEVELS = ("red", "Red", "blue", "o'clock", 'say "so"', "a*b?", "-9", "=1+1")


def _bins(random: np.random.Generator, column: str, numeric: bool) -> Bins:
    if numeric:
        edges = np.unique(random.integers(-4, 5, random.integers(0, 5)) * 0.1)  # 0.1 * 3 is not 0.3
        return Bins(column, tuple(edges.tolist()), None, (-9.0,) if random.random() < 0.5 else ())
    levels = list(random.permutation(LEVELS)[: random.integers(2, len(LEVELS))])
    special = (levels.pop(),) if len(levels) > 2 and random.random() < 0.5 else ()
    cuts = np.sort(random.integers(1, len(levels) + 1, 2))
    groups = [tuple(map(str, part)) for part in np.split(np.array(levels), cuts) if len(part)]
    return Bins(column, None, tuple(groups), tuple(map(str, special)))


@pytest.fixture(scope="session")
def random_card() -> Callable[..., Card]:
    """A card from a seed: columns of numbers and of categories in turn, pairs of some of them, now and then empty bins."""

    def make(
        seed: int, columns: int | Sequence[str] = 4, pairs: int = 1, *, whole: bool = False, empty: float = 0.1
    ) -> Card:
        random = np.random.default_rng(seed)
        names = [f"c{i}" for i in range(columns)] if isinstance(columns, int) else list(columns)
        numeric = [i % 3 != 2 for i in range(len(names))]
        found: list = [_bins(random, name, kind) for name, kind in zip(names, numeric, strict=True)]
        for _ in range(pairs):
            a, b = random.choice(len(names), 2, replace=False)
            found.append(PairBins(*(_bins(random, names[i], numeric[i]) for i in (a, b))))
        parts = []
        for bins in found:
            n = len(bins.labels)
            rows = np.round(random.random(n) * 100 + 1) * (random.random(n) >= empty)
            rows[0] += 1
            margin = random.integers(-4, 5, n) * 0.25  # few values: ties are common
            parts.append((bins, rows, rows * 0.2, margin - rows @ margin / rows.sum()))
        return pointed(parts, -1.0, Scaling(), whole)

    return make


@pytest.fixture(scope="session")
def random_rows() -> Callable[..., pd.DataFrame]:
    """Rows for a card: on its edges and between them, special, missing, and levels that it never met."""

    def make(card: Card, seed: int, rows: int) -> pd.DataFrame:
        random = np.random.default_rng(seed)
        frame = {}
        singles = [b for one in card.characteristics for b in (getattr(one.bins, "first", one.bins), one.bins)]
        edged = {b.column: b.edges is not None for b in singles if isinstance(b, Bins)}
        for one in card.characteristics:
            if isinstance(one.bins, PairBins):
                edged[one.bins.second.column] = one.bins.second.edges is not None
        for name, numeric in edged.items():
            if numeric:
                ticks = np.concatenate([np.arange(-5, 6) * 0.1, np.arange(-5, 6) * 0.1 + 0.05, [-9.0, 1e6, np.nan]])
                frame[name] = pd.Series(random.choice(ticks, rows))
            else:
                frame[name] = pd.Series(
                    random.choice(np.array([*LEVELS, "never met", None], dtype=object), rows), dtype="str"
                )
        return pd.DataFrame(frame)

    return make
