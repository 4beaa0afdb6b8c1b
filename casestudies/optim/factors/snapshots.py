"""The mean of several models as one model.

Models of the same shape are averaged by setting their vectors side by side: the product of the long vectors is the sum
of the products, so whatever serves one model serves the mean of many. Where the ends of Adam's cycles, or fits from
several starts, err in different places, the mean errs less than each of them, as the mean over a posterior does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError
from casestudies.optim.factors.tables import Floats, Tables

Codes = NDArray[np.int32]


def mean_of(models: Sequence[Tables]) -> Tables:
    """One model whose predictions are the means of theirs: vectors of models * factors numbers and mean biases.

    models: without bags (`bags.summed` puts them into the vectors).

    Raises
    ------
    DataError: no models, models with bags, or models of different shapes.

    Source: Huang et al. 2017, "Snapshot ensembles", for the ends of cycles; the mean over samples of a posterior of
    Salakhutdinov and Mnih 2008, "Bayesian probabilistic matrix factorization", is of the same form.
    """
    shapes = {tuple(map(np.shape, _parts(model))) for model in models}
    if len(shapes) != 1 or any(model.bags for model in models):
        raise DataError(
            f"{len(models)} models of {len(shapes)} shapes cannot be averaged",
            advice="give models of one shape, the sums of their bags in the vectors",
        )

    def beside(tables: list[Floats]) -> Floats:
        joined: Floats = np.concatenate(tables, axis=1)
        joined /= np.float32(len(models) ** 0.5)  # on both sides, so that the sum of products becomes their mean
        return joined

    def mean(biases: list[Floats]) -> Floats:
        average: Floats = np.stack(biases).mean(axis=0, dtype=np.float64).astype(np.float32)
        return average

    return Tables(
        users=beside([model.users for model in models]),
        items=beside([model.items for model in models]),
        user_bias=mean([model.user_bias for model in models]),
        item_bias=mean([model.item_bias for model in models]),
    )


@dataclass(frozen=True)
class Gain:
    """Root mean squared error on ratings that nobody has learnt from.

    each: (models,) of every model alone. together: of the mean of all.
    """

    each: tuple[float, ...]
    together: float

    @property
    def over_the_last(self) -> float:
        """How much lower the error is than that of the model that would serve alone; below 0 = the mean is worse."""
        return self.each[-1] - self.together

    def __str__(self) -> str:
        last, count = self.each[-1], len(self.each)
        return f"mean of {count}: RMSE {self.together:.4f}, the last alone {last:.4f} (gain {self.over_the_last:+.4f})"


def gain(
    models: Sequence[Tables], ratings: tuple[Codes, Codes, Floats], mean: float, scale: tuple[float, float]
) -> Gain:
    """What averaging is worth.

    models: as `mean_of` takes them. ratings: users, items and ratings, none of which the models have learnt from.
    mean: the rating that predictions begin from. scale: lowest and highest rating, within which they are kept.
    """
    from casestudies.optim.factors.passes import mean_square

    def error(model: Tables) -> float:
        return float(np.sqrt(mean_square(ratings, model, mean, scale)))

    return Gain(tuple(error(model) for model in models), error(mean_of(models)))


def _parts(model: Tables) -> tuple[Floats, Floats, Floats, Floats]:
    return model.users, model.items, model.user_bias, model.item_bias
