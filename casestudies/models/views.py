"""The table seen from above: principal components, and the t-SNE map of a few hundred rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.models.linear.solving import Floats
from casestudies.models.stability import draw
from casestudies.tabular.encode import Encoder

ROWS = 700  # drawn: 1 s of t-SNE, and as many points as two panels can show
_NEIGHBOURS = 10
_PERPLEXITY, _STEPS = 30.0, 500
_DIRECTIONS = 30  # components that t-SNE measures distances in
_MOST = 0.9  # share of the variation that "most of it" means


@dataclass(frozen=True)
class Component:
    """One principal component: its share of the variation, and the columns it is mostly made of with their loadings."""

    share: float
    columns: tuple[str, ...]
    loadings: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Views:
    """Two pictures of the same drawn rows.

    Parameters
    ----------
    components: the first two. needed: how many hold 90 % of the variation; width: encoded columns.
    rows: (drawn,) positions in the table; event: (drawn,) whether the row had the event.
    pca, tsne: (drawn, 2) places.
    near_event, near_other: share of events among the 10 nearest other rows of an event, and of a row without one;
        None where none was drawn.
    perplexity: of the t-SNE, roughly how many neighbours a row keeps in sight.
    """

    components: tuple[Component, ...]
    needed: int
    width: int
    rows: NDArray[np.intp]
    event: NDArray[np.bool_]
    pca: Floats
    tsne: Floats
    near_event: float | None
    near_other: float | None
    perplexity: float

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; places with four digits, which is more than a picture shows."""
        plain = {"components": [asdict(one) for one in self.components], "needed": self.needed, "width": self.width}
        places = {name: np.round(getattr(self, name), 4).tolist() for name in ("pca", "tsne")}
        near = {"near_event": self.near_event, "near_other": self.near_other, "perplexity": self.perplexity}
        return plain | {"rows": self.rows.tolist(), "event": self.event.tolist()} | places | near


def views(frame: pd.DataFrame, kinds: Mapping[str, str], y: Floats, weight: Floats, seed: int) -> Views:
    """Principal components of all rows, and a map of some of them.

    Of the drawn rows a quarter are events where there are as many. The map starts from the first two components and runs
    on one thread, so the same rows give the same map.

    Parameters
    ----------
    frame: (rows,) feature columns; kinds: {column: kind}. y: (rows,) 0/1. weight: (rows,) from 0 up.

    Source: van der Maaten & Hinton 2008, "Visualizing data using t-SNE", JMLR 9; Kobak & Berens 2019, "The art of using
    t-SNE for single-cell transcriptomics", Nature Communications 10, for the start from components.
    """
    encoder = Encoder(kinds, log=True).fit(frame)
    X = encoder.transform(frame)
    share, directions = _components(X, weight)
    rows, _ = draw(y, weight, ROWS, np.random.default_rng([seed, 13]))
    mean = np.average(X, axis=0, weights=weight)
    places = (X[rows] - mean) @ directions[:, :_DIRECTIONS]
    if places.shape[1] < 2:  # a single column has one direction
        places = np.column_stack([places, np.zeros(len(rows))])
    event = y[rows] > 0
    perplexity = min(_PERPLEXITY, (len(rows) - 1) / 3)
    near = _events_nearby(places, event)
    return Views(
        tuple(_component(share[i], directions[:, i], encoder.feature_names) for i in range(min(2, len(share)))),
        int(np.searchsorted(np.cumsum(share), _MOST - 1e-12) + 1),
        X.shape[1],
        rows,
        event,
        places[:, :2],
        _map(places, perplexity, seed),
        _mean(near[event]),
        _mean(near[~event]),
        perplexity,
    )


def _components(X: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """(components,) share of the variation and (columns, components) directions, the largest entry of each positive."""
    apart = X - np.average(X, axis=0, weights=weight)
    spread, directions = np.linalg.eigh((apart * weight[:, None]).T @ apart / weight.sum())
    spread, directions = np.maximum(spread[::-1], 0.0), directions[:, ::-1]
    largest = directions[np.abs(directions).argmax(axis=0), np.arange(directions.shape[1])]
    total = spread.sum()
    return spread / (total if total > 0 else 1.0), directions * np.where(largest < 0, -1.0, 1.0)


def _component(share: float, direction: Floats, names: list[str]) -> Component:
    order = np.argsort(-np.abs(direction), kind="stable")[:3]
    return Component(float(share), tuple(names[i] for i in order), tuple(direction[order].tolist()))


def _map(places: Floats, perplexity: float, seed: int) -> Floats:
    """(rows, 2) t-SNE of the places."""
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    start = places[:, :2] / (places[:, 0].std() or 1.0) * 1e-4
    with threadpool_limits(1):  # sums in parallel come in any order, and the map follows their last digits
        drawn = TSNE(perplexity=perplexity, init=start, max_iter=_STEPS, random_state=seed, n_jobs=1)
        return np.asarray(drawn.fit_transform(places), dtype=np.float64)


def _events_nearby(places: Floats, event: NDArray[np.bool_]) -> Floats:
    """(rows,) share of events among the 10 nearest other rows."""
    from sklearn.neighbors import NearestNeighbors

    count = min(_NEIGHBOURS, len(places) - 1)
    near = NearestNeighbors(n_neighbors=count).fit(places).kneighbors(return_distance=False)
    return np.asarray(event[near].mean(axis=1))


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None
