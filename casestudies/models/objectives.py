"""Any loss of `casestudies.optim` as the objective of boosted trees: one loss object for lines, trees and networks."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import _check_sample_weight, check_array, check_consistent_length

from casestudies.errors import ConfigError, DataError
from casestudies.models.sealed import damaged, seal, unseal
from casestudies.models.treeshap import Tree, shap_values, tabulated
from casestudies.optim.designs import Dense
from casestudies.optim.losses import ALL_LOSSES, ExpectedCost, Loss, best_constant
from casestudies.optim.methods import NewtonCG
from casestudies.optim.objective import Objective, refuse_labels
from casestudies.optim.penalties import L2
from casestudies.optim.solve import minimise

if TYPE_CHECKING:
    import lightgbm

    from casestudies.models.boosting import BoostedTrees

Floats = NDArray[np.float64]

_KIND = "LossTrees"
MANY = 1_000  # rows from which on tables of the trees' decisions pay (0.2 s for 150 trees of 15 leaves)
_OWN = {"objective", "num_class", "boost_from_average", "application", "loss", "app"}  # the loss says these
_REPEATABLE = {
    "seed": 0,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,  # left to itself LightGBM times both layouts and takes the faster: not repeatable
    "verbosity": -1,
}


def as_lightgbm(loss: Loss) -> LightGBMLoss:
    """What LightGBM needs to know of a loss, kept together: gradient, Hessian, first score and link.

    Examples
    --------
    >>> from casestudies.optim.losses import Huber
    >>> X = np.arange(100.0)[:, None]
    >>> model = as_lightgbm(Huber(2.0)).fit(X, X[:, 0] ** 2, trees=20)
    >>> again = LossTrees.from_text(model.to_text())
    >>> bool((again.predict(X) == model.predict(X)).all())
    True
    """
    return LightGBMLoss(loss)


@dataclass(frozen=True)
class LightGBMLoss:
    """A loss that trees can be grown with. If it holds figures of rows, they are those of the training rows."""

    loss: Loss

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        trees: int = 150,
        params: Mapping[str, Any] | None = None,
        categorical: Sequence[int] = (),
    ) -> LossTrees:
        """Grow the trees, from the best constant on.

        Row weights are scaled to mean 1, and rows of weight 0 are left out as if they had not been given.

        Parameters
        ----------
        X: (rows, features), NaN = missing.
        y: (rows,) labels within the loss's interval; codes 0, 1, ... where it has classes.
        sample_weight: (rows,) none negative; default ones.
        trees: boosting rounds.
        params: LightGBM's own, by its names; of themselves they are LightGBM's defaults and a fixed seed.
        categorical: columns of X that hold whole codes 0, 1, 2, ... without order.

        Raises
        ------
        ConfigError: `params` set what the loss says.
        DataError: labels beyond the interval, codes that are not whole or a class without rows, or labels that leave
            no best constant (all equal).
        ValueError: what scikit-learn's checks refuse (shapes, negative weights).

        Warns
        -----
        UserWarning: no tree could split (too few rows, or columns without variation); the best constant is predicted.
        """
        import lightgbm

        taken = sorted(_OWN & set(params or {}))
        if taken:
            raise ConfigError(f"params set {taken[0]}, which the loss says", advice="leave it out")
        matrix = check_array(X, dtype=np.float64, ensure_all_finite="allow-nan")
        labels = np.asarray(y, dtype=np.float64)
        check_consistent_length(matrix, labels)
        weight = _check_sample_weight(sample_weight, matrix, dtype=np.float64, ensure_non_negative=True)
        refuse_labels(labels, self.loss)
        self.loss.refuse_rows(len(labels))
        kept = np.flatnonzero(weight > 0)
        matrix, labels, weight = matrix[kept], labels[kept], weight[kept] / weight[kept].mean()
        loss = self.loss.take(kept)
        start = _start(loss, labels, weight)
        settings: dict[str, Any] = {**_REPEATABLE, **(params or {}), "objective": "none"}
        if loss.classes:
            settings["num_class"] = len(start)
        table = lightgbm.Dataset(
            matrix,
            label=labels,
            init_score=np.full((len(labels), len(start)) if loss.classes else len(labels), start),
            feature_name=[f"f{i}" for i in range(matrix.shape[1])],
            categorical_feature=[int(column) for column in categorical],
            params=settings,
        ).construct()
        if any(table.feature_num_bin(column) > 0 for column in range(matrix.shape[1])):
            settings["objective"] = gradients(loss, labels, weight, _reach(loss, labels, weight, start))
            # kept as trained: otherwise LightGBM writes and reads its text once more (a tenth of a fit of 8,000 rows)
            booster = lightgbm.train(settings, table, num_boost_round=trees, keep_training_booster=True)
        else:  # no column can be split; LightGBM ends there with an error of its own
            booster = lightgbm.Booster(settings, table)
        text = booster.model_to_string()
        model = LossTrees(lightgbm.Booster(model_str=text), start, loss.pure())
        if text.count("\nnum_leaves=") == text.count("\nnum_leaves=1\n"):
            message = f"no split was possible: {len(labels)} rows; the best constant is predicted"
            warnings.warn(message, UserWarning, stacklevel=2)
        return model

    def grown_like(self, trees: BoostedTrees, X: Floats, y: Floats, sample_weight: Floats) -> LossTrees:
        """Trees of this loss with the settings of others."""
        return self.fit(
            X, y, sample_weight, trees=trees.trees, params=trees.params(X.shape[1]), categorical=trees.categorical
        )


@dataclass(frozen=True, eq=False)
class LossTrees:
    """Trees grown with a loss of our own. LightGBM's text of them says neither where they start nor what they mean.

    booster: its raw scores are margins less the start.
    start: (1,) or (classes,) the margin before the first tree.
    loss: says what a margin predicts.
    """

    booster: lightgbm.Booster
    start: Floats
    loss: Loss

    def margin(self, X: ArrayLike) -> Floats:
        """(rows,) or (rows, classes): the start and the sum of all leaves."""
        matrix = check_array(X, dtype=np.float64, ensure_all_finite="allow-nan")
        if matrix.shape[1] != self.booster.num_feature():
            raise ValueError(
                f"X has {matrix.shape[1]} features, but {self.booster.num_feature()} were seen in training"
            )
        scores = np.asarray(self.booster.predict(matrix, raw_score=True, num_threads=1))
        return scores + (self.start if self.loss.classes else self.start[0])

    def decision_function(self, X: ArrayLike) -> Floats:
        """As `margin`, by the name of scikit-learn."""
        return self.margin(X)

    def contributions(self, X: ArrayLike) -> tuple[Floats, float]:
        """How much each column moved each row's margin away from the average, as `BoostedTrees.contributions`.

        Returns
        -------
        values: (rows, features); `base + values.sum(axis=1)` is `margin(X)` up to rounding. base: of the average row.

        Raises
        ------
        ConfigError: the loss has classes.
        """
        if self.loss.classes:
            raise ConfigError("a margin for each class is not taken apart", advice="explain two outcomes")
        matrix = check_array(X, dtype=np.float64, ensure_all_finite="allow-nan")
        if len(matrix) >= MANY and (trees := self._tabulated) is not None:
            return shap_values(trees, matrix), self.contributions(matrix[:1])[1]
        both = np.asarray(self.booster.predict(matrix, pred_contrib=True, num_threads=1))
        return np.ascontiguousarray(both[:, :-1]), float(both[0, -1] + self.start[0])

    @cached_property
    def _tabulated(self) -> list[Tree] | None:
        """The trees as tables; None where they are too large for that."""
        return tabulated(self.booster.dump_model()["tree_info"])

    def predict(self, X: ArrayLike) -> Floats:
        """What the margins say, in the units of the labels: (rows,) amounts or probabilities of the event, or
        (rows, classes) probabilities."""
        return np.asarray(self.loss.inverse_link(self.margin(X)))

    def predict_proba(self, X: ArrayLike) -> Floats:
        """(rows, 2) probabilities that there is no event and that there is one, or (rows, classes).

        Raises
        ------
        ConfigError: the loss is one of amounts.
        """
        if not self.loss.classes and tuple(self.loss.interval) != (0.0, 1.0):
            raise ConfigError(f"{type(self.loss).__name__} predicts amounts", advice="take `predict`")
        said = self.predict(X)
        return said if self.loss.classes else np.column_stack([1.0 - said, said])

    def to_text(self) -> str:
        """LightGBM's model text, which any LightGBM reads, and one last line of JSON: start, loss, checksum."""
        arguments: dict[str, float] = dataclasses.asdict(self.loss) if dataclasses.is_dataclass(self.loss) else {}
        ours = {"loss": type(self.loss).__name__, "arguments": arguments, "start": self.start.tolist()}
        return seal(self.booster.model_to_string(), ours)

    @classmethod
    def from_text(cls, text: str, loss: Loss | None = None, *, where: str = "model text") -> Self:
        """The trees that `to_text` wrote: the same predictions bit for bit.

        loss: what they were grown with, needed if it is none of `casestudies.optim.losses`: a text names a loss, it is
            never code to be run.

        Raises
        ------
        DataError: `text` is cut short, changed, or not ours; `where` (the file) is named.
        ConfigError: `loss` is missing, or another one.
        """
        import lightgbm

        trees, ours = unseal(text, where=where, kind=_KIND)
        try:
            name, start = str(ours["loss"]), np.array(ours["start"], dtype=np.float64)
            arguments = dict(ours["arguments"])
        except (KeyError, TypeError, ValueError):
            raise damaged(where, _KIND) from None
        known: dict[str, Callable[..., Loss]] = {type(each).__name__: type(each) for each in ALL_LOSSES}
        if loss is None and name in known:
            loss = known[name](**arguments)
        if loss is None or type(loss.pure()).__name__ != name:
            given = "" if loss is None else f", not with {type(loss.pure()).__name__}"
            raise ConfigError(
                f"the trees were grown with {name}{given}", where=where, advice="give that loss as `loss`"
            )
        return cls(lightgbm.Booster(model_str=trees), start, loss.pure())


def gradients(
    loss: Loss, y: Floats, weights: Floats, reach: float
) -> Callable[[Floats, lightgbm.Dataset], tuple[Floats, Floats]]:
    """LightGBM's custom objective: from the margins of the training rows to their gradients and Hessians.

    LightGBM moves a leaf by the sum of gradients over the sum of Hessians. Where a loss is straight (Hinge, the tails
    of Huber) or bends downwards (Focal) that step knows no bounds; there the Hessian is such that the row alone would
    move by `reach`. Rows that bend upwards keep their own, so Logistic grows the trees of LightGBM's binary objective.

    Parameters
    ----------
    y, weights: (rows,) of the training rows, in order; LightGBM applies no weights to custom objectives.
    reach: longest step of a row without a curvature of its own.
    """
    if isinstance(loss, ExpectedCost):
        return _of_money(weights * loss.extra)
    labels = y[:, None]

    def objective(margins: Floats, table: lightgbm.Dataset) -> tuple[Floats, Floats]:
        each = weights[:, None] if loss.classes else weights
        _, slope, curvature = loss.derivatives(margins[:, None], labels)
        if loss.classes:
            curvature = _diagonal(loss, curvature)
        else:
            least = np.abs(slope) / reach
            curvature = np.where(curvature > 0, curvature, least) if loss.convex else np.maximum(curvature, least)
        return each * slope[:, 0], each * curvature[:, 0]

    return objective


def _of_money(extra: Floats) -> Callable[[Floats, lightgbm.Dataset], tuple[Floats, Floats]]:
    """`gradients` of expected costs, in a third of the time: the objective is called once a tree.

    A row's slope is extra · p · q and its curvature that times q - p, which is never larger than the slope. Where the
    row alone may move by 1 in log-odds, the larger of curvature and slope is the slope's size, whatever the margin.
    """

    def objective(margins: Floats, table: lightgbm.Dataset) -> tuple[Floats, Floats]:
        slope = np.abs(margins)
        np.negative(slope, out=slope)
        np.exp(slope, out=slope)  # the smaller of the two odds, which cannot overflow
        slope /= np.square(1.0 + slope)
        slope *= extra
        return slope, np.abs(slope)

    return objective


def _diagonal(loss: Loss, curvature: Floats) -> Floats:
    """What each margin bends by itself, (rows, 1, classes), times K/(K-1), since the K margins of a row move together.

    Source: Friedman 2001, "Greedy function approximation: a gradient boosting machine", algorithm 6.
    """
    classes = curvature.shape[-1]
    own = [loss.bend(curvature, unit)[..., k] for k, unit in enumerate(np.eye(classes))]
    return np.stack(own, axis=-1) * (classes / (classes - 1))


def _start(loss: Loss, y: Floats, weights: Floats) -> Floats:
    """(1,) or (classes,) the best margins for all rows alike."""
    if not loss.classes:
        return np.array([best_constant(loss, y, weights)])
    codes, wanted = np.unique(y), np.arange(y.max() + 1)
    if len(wanted) < 2 or not np.array_equal(codes, wanted):
        raise DataError(
            f"the labels are {len(codes)} codes from {codes[0]:g} to {codes[-1]:g}",
            advice="give whole codes 0, 1, ... with rows in every class",
        )
    design, penalty = Dense(np.empty((len(y), 0))), L2(np.zeros(1), np.array([True]))
    solution = minimise(Objective(design, y, loss, penalty, weights), NewtonCG(), np.zeros((1, 1, len(wanted))))
    return np.asarray(solution.x[0, 0])


def _reach(loss: Loss, y: Floats, weights: Floats, start: Floats) -> float:
    """A long step: 1 in log-odds, and among amounts the mean distance of the labels from the best constant."""
    if np.isfinite(loss.pure().interval).all() or loss.classes:
        return 1.0
    distance = np.abs(y - loss.inverse_link(np.full((len(y), 1), start[0]))[:, 0])
    return float(np.average(distance, weights=weights)) or 1.0
