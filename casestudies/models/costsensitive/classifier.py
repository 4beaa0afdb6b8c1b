"""One classifier for decisions in money: any of three models, taught any of five losses, decided by each row's own costs."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import (
    _check_sample_weight,
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from casestudies.decisions import Costs
from casestudies.errors import ConfigError, nearest, shown
from casestudies.models.boosting import BoostedTrees
from casestudies.models.calibration import Calibrator, choose_calibration, fit_calibration
from casestudies.models.costsensitive.guard import halved, is_half, refuse_balanced
from casestudies.models.costsensitive.learners import Fitted, Name, line, steps, trees
from casestudies.models.costsensitive.lesson import GAMMA, Lesson
from casestudies.models.costsensitive.names import DECIDING, LOSSES, TILTED, Train
from casestudies.models.costsensitive.rows import costs_of, repeats, shared_out, split_by, taken
from casestudies.models.costsensitive.scored import calibrated
from casestudies.models.labels import two_classes
from casestudies.models.scorecard.frames import framed

if TYPE_CHECKING:
    from sklearn.utils import Tags

Floats = NDArray[np.float64]

_C = {"logistic": 1.0, "steps": 0.1, "lightgbm": 1.0}
_TELLING = 100  # rows from which on an exact half is no accident
_EDGE = 1e-15  # how near to 0 and 1 log-odds are told apart


class CostSensitiveClassifier(ClassifierMixin, BaseEstimator):
    """Decides by money: a probability and each row's own threshold, or a score that was taught the money itself.

    Log loss and then the row's own threshold is the default, since on public tables it is seldom beaten (Vanderschueren
    et al. 2022); the other losses stand beside it so that this can be seen on one's own. What the costs are given to:
    `fit` (the losses of money; and the one cut that `predict` uses without costs), `predict` (each row's own threshold)
    and `score`. With `sklearn.set_config(enable_metadata_routing=True)` and `set_fit_request(costs=True)` they go
    through pipelines and cross-validation, as a frame or a (rows, 4) array, which can be sliced.

    Parameters
    ----------
    model: "logistic" (a line; put a scaler in front), "lightgbm" (boosted trees) or "steps" (a step for each bin of each
        column, as in a scorecard; takes frames with categories and gaps).
    train: "log" (log loss), "clv" (events weigh what is lost with them, `costs.fn`: a customer's value), "weighted" (log
        loss on whether acting pays, each row weighing what is at stake), "cost" (the expected cost itself) or "focal".
    calibrate: "auto" (where it lowers the cross-validated log loss), "sigmoid", "isotonic" or None. Scores of "clv" and
        "focal" are no probabilities before; those of "weighted" and "cost" decide by themselves, above 1/2, and are only
        calibrated for `predict_proba`.
    C: inverse strength of the penalty of line and steps; None: 1 and 0.1. Money is divided by its mean before.
    trees, leaves, learning_rate, min_rows, categorical: as in `BoostedTrees`, whose 150 trees at 0.05 are 100 at 0.075 here:
        seven tenths of the CPU, and taught the cost they save .171, .301 and .492 on three public tables, where the 150 save
        .179, .299 and .492 (by the row `boosting` of `benchmarks.churn`; only the first differs beyond chance).
    gamma: of the focal loss.
    rate: share of events among the rows that are decided on, where the training rows were sampled by outcome; row weights
        are then such that they have it. None: as the rows and their weights say.
    cv: what calibration, and the one cut, are chosen on: a number of folds (equal rows are in one), a splitter or
        (train, test) pairs, which hold each row out once.
    seed: of folds and trees.

    Attributes
    ----------
    classes_: the two labels, sorted; the second is the event, the one that acting prevents.
    learner_: the fitted line, trees or steps; its margins are what is explained.
    calibrator_: from margins to probabilities; None where the score alone decides.
    calibration_: why it was chosen, a sentence; None where there was nothing to choose by.
    cut_: the probability above which `predict` acts where it is given no costs: the cut that would have cost least on
        cross-fitted training rows, 1/2 without costs.
    half_: exactly half of 100 training rows or more were events, and no `rate` says that this is so.
    n_features_in_: columns seen in training.

    Examples
    --------
    >>> X = np.linspace(-2, 2, 40)[:, None]
    >>> y = np.arange(40) % 4 + X[:, 0] > 2
    >>> costs = pd.DataFrame({"fn": np.full(40, 100.0), "fp": np.full(40, 10.0)})
    >>> model = CostSensitiveClassifier().fit(X, y, costs=costs)
    >>> int(model.predict(X, costs=costs).sum()) > int(CostSensitiveClassifier().fit(X, y).predict(X).sum())
    True
    """

    def __init__(
        self,
        model: Name = "logistic",
        train: Train = "log",
        calibrate: Literal["auto", "sigmoid", "isotonic"] | None = "auto",
        *,
        C: float | None = None,
        trees: int = 100,
        leaves: int = 15,
        learning_rate: float = 0.075,
        min_rows: int = 20,
        categorical: Sequence[int] = (),
        gamma: float = GAMMA,
        rate: float | None = None,
        cv: Any = 5,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.train = train
        self.calibrate = calibrate
        self.C = C
        self.trees = trees
        self.leaves = leaves
        self.learning_rate = learning_rate
        self.min_rows = min_rows
        self.categorical = categorical
        self.gamma = gamma
        self.rate = rate
        self.cv = cv
        self.seed = seed

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = self.model != "logistic"
        return tags

    def fit(
        self,
        X: pd.DataFrame | ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        costs: Costs | pd.DataFrame | ArrayLike | None = None,
    ) -> Self:
        """Teach the model, and choose calibration and cut on rows that a fit has not seen.

        Parameters
        ----------
        X: (rows, features). y: (rows,) two labels. sample_weight: (rows,) from 0 up, how often a row counts.
        costs: of the same rows, see `costs_of`; needed by the losses of money.

        Raises
        ------
        ConfigError: an unknown model, loss or calibration; a loss of money without costs; scores that would be taken for
            probabilities ("clv" or "focal" without calibration, balanced weights).
        DataError: costs that do not fit the rows, or leave nothing to decide.
        ValueError: what scikit-learn's checks refuse.
        """
        self._check()
        matrix, labels = self._rows(X, y)
        weight = _check_sample_weight(sample_weight, labels, dtype=np.float64, ensure_non_negative=True)
        money = costs_of(costs, len(labels))
        kept = np.flatnonzero(weight > 0)
        given = None if isinstance(self.cv, Integral) else split_by(self.cv, matrix, labels, weight)
        if len(kept) < len(weight):
            matrix, labels, weight = taken(matrix, kept), labels[kept], weight[kept]
            money = None if money is None else money.take(kept)
        self.classes_ = two_classes(labels)
        event = (labels == self.classes_[1]).astype(np.float64)
        if self.rate is not None:
            share = np.average(event, weights=weight)
            weight = weight * np.where(event > 0, self.rate / share, (1.0 - self.rate) / (1.0 - share))
        else:
            refuse_balanced(event, weight)
        self.half_ = self.rate is None and len(event) >= _TELLING and is_half(event, weight)
        lesson = Lesson.of(self.train, event, weight, money, self.gamma)
        self.learner_ = self._taught(matrix, lesson)
        self._judge(matrix, event, weight, money, lesson, given)
        return self

    def decision_function(self, X: pd.DataFrame | ArrayLike) -> Floats:
        """(rows,) log-odds above those of the cut: `predict` without costs acts above 0."""
        check_is_fitted(self, "learner_")
        if self.train in DECIDING:
            return self._margin(X)
        p = np.clip(self._probability(X), _EDGE, 1 - _EDGE)
        return np.asarray(logit(p) - logit(np.clip(self.cut_, _EDGE, 1 - _EDGE)))

    @available_if(lambda self: self._says_probabilities())
    def predict_proba(self, X: pd.DataFrame | ArrayLike) -> Floats:
        """(rows, 2): the probability of each class, in the order of `classes_`."""
        event = self._probability(X)
        return np.column_stack([1.0 - event, event])

    def predict(
        self, X: pd.DataFrame | ArrayLike, costs: Costs | pd.DataFrame | ArrayLike | None = None
    ) -> NDArray[Any]:
        """(rows,) the label decided for: the event where it is acted on.

        costs: of these rows: each is then decided by its own threshold. Without them by `cut_`, one for all. A score that
            was taught the money ("weighted", "cost") decides above 1/2 either way: the costs are in its training.

        Raises
        ------
        ConfigError: costs are given, and exactly half of the training rows were events: as after SMOTE, undersampling
            or balanced weights, probabilities are then those of other rows (say `rate`).
        """
        margin = self._margin(X)
        given = costs_of(costs, len(margin))
        if self.train in DECIDING:
            act = margin > 0
        else:
            if given is not None and self.half_:
                raise halved()
            p = self.calibrator_.probability(margin)  # type: ignore[union-attr]
            act = p > self.cut_ if given is None else given.act(p)
        return np.asarray(self.classes_[act.astype(np.intp)])

    def score(
        self,
        X: pd.DataFrame | ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        costs: Costs | pd.DataFrame | ArrayLike | None = None,
    ) -> float:
        """Larger is better: minus the mean cost a row of the decisions with these costs; without any, the accuracy."""
        act = self.predict(X, costs=costs)
        money = costs_of(costs, len(act))
        if money is None:
            return float(accuracy_score(y, act, sample_weight=sample_weight))
        event = (column_or_1d(y) == self.classes_[1]).astype(np.float64)
        weight = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        total = len(act) if weight is None else float(weight.sum())
        return -money.total(event, act == self.classes_[1], weight) / total

    def _check(self) -> None:
        for name, known in (("model", get_args(Name)), ("train", tuple(LOSSES))):
            if (given := getattr(self, name)) not in known:
                raise ConfigError(f"{shown(given)} is no {name}", where=name, advice=nearest(str(given), known))
        if self.rate is not None and not 0 < self.rate < 1:
            raise ConfigError(f"{self.rate!r} is no rate", where="rate", advice="write a share between 0 and 1")
        if self.calibrate not in (None, "auto", "sigmoid", "isotonic"):
            advice = "write auto, sigmoid, isotonic or None"
            raise ConfigError(f"{shown(self.calibrate)} is no calibration", where="calibrate", advice=advice)
        if self.calibrate is None and self.train in TILTED:
            raise ConfigError(
                f"None, and scores by {LOSSES[self.train]} are no probabilities of these rows: no threshold of a row's own "
                "can be compared with them",
                where="calibrate",
                advice="write auto",
            )
        if isinstance(self.cv, Integral) and self.cv < 2:
            raise ConfigError(f"{self.cv!r} folds leave nothing to choose by", where="cv", advice="write 5")

    def _rows(self, X: Any, y: ArrayLike | None) -> tuple[Any, NDArray[Any]]:
        """The rows as the model reads them, and their labels."""
        if self.model == "steps":
            if y is None:
                raise ValueError("CostSensitiveClassifier requires y to be passed, but the target y is None.")
            frame, labels = framed(self, X, reset=True), column_or_1d(y, warn=True)
            check_consistent_length(frame, labels)
            two_classes(labels)
            return frame, labels
        finite: Any = True if self.model == "logistic" else "allow-nan"
        matrix, labels = validate_data(self, X, y, dtype=np.float64, ensure_all_finite=finite)
        return matrix, labels

    def _taught(self, rows: Any, lesson: Lesson) -> Fitted:
        C = _C[self.model] if self.C is None else self.C
        if self.model == "logistic":
            return line(rows, lesson, C)
        if self.model == "steps":
            return steps(rows, lesson, C)
        like = BoostedTrees(
            self.trees, self.leaves, self.learning_rate, self.min_rows, tuple(self.categorical), seed=self.seed
        )
        return trees(rows, lesson, like)

    def _judge(
        self,
        rows: Any,
        event: Floats,
        weight: Floats,
        money: Costs | None,
        lesson: Lesson,
        given: NDArray[np.intp] | None,
    ) -> None:
        """Calibration and cut, by margins of fits that have not seen a row. given: (rows,) folds."""
        self.calibrator_: Calibrator | None = None if self.train in DECIDING else Calibrator("none")
        self.calibration_: str | None = None
        self.cut_ = 0.5
        wanted = self.calibrate is not None or (money is not None and self.train not in DECIDING)
        folds = None if not wanted else given if given is not None else shared_out(rows, event, self.cv, self.seed)
        if folds is None:
            if self.train in TILTED:
                raise ConfigError(
                    "too few different rows of one outcome to calibrate on, and without it the scores are no probabilities",
                    where="train",
                    advice="bring more rows, or train='log'",
                )
            return
        margins = np.empty(len(event))
        for fold in np.unique(folds):
            held = folds == fold
            margins[held] = self._taught(taken(rows, ~held), lesson.take(~held)).decision_function(taken(rows, held))
        p = self._calibrate(margins, event, folds, weight)
        if money is not None and self.train not in DECIDING:
            self.cut_ = float(np.clip(money.best_cut(event, p, weight).threshold, 0.0, 1.0))

    def _calibrate(self, margins: Floats, event: Floats, folds: NDArray[np.intp], weight: Floats) -> Floats:
        """(rows,) the probability of each, by a curve that has not seen it. Whole-number weights stand for rows."""
        if self.calibrate is None:
            return Calibrator("none").probability(margins)
        times = repeats(weight)
        rows = (*(np.repeat(each, times) for each in (margins, event, folds)), np.repeat(weight / times, times))
        if self.calibrate == "auto":
            choice = (choose_calibration if self.train == "log" else calibrated)(*rows)  # type: ignore[arg-type]
        else:
            choice = fit_calibration(self.calibrate, *rows)
        self.calibrator_, self.calibration_ = choice.calibrator, choice.reason
        return np.asarray(choice.probability[np.cumsum(times) - 1])

    def _margin(self, X: Any) -> Floats:
        check_is_fitted(self, "learner_")
        if self.model == "steps":
            return self.learner_.decision_function(framed(self, X, reset=False))
        finite: Any = True if self.model == "logistic" else "allow-nan"
        return self.learner_.decision_function(
            validate_data(self, X, reset=False, dtype=np.float64, ensure_all_finite=finite)
        )

    def _probability(self, X: Any) -> Floats:
        check_is_fitted(self, "learner_")
        if self.calibrator_ is None:
            raise ConfigError("the score decides and is no probability", where="calibrate", advice="write auto")
        return self.calibrator_.probability(self._margin(X))

    def _says_probabilities(self) -> bool:
        """Raises AttributeError, scikit-learn's word for "there is none", with the reason."""
        if self.train in DECIDING and self.calibrate is None:
            raise AttributeError(
                f"scores by {LOSSES[self.train]} decide and are no probabilities; write calibrate='auto' for some"
            )
        return True
