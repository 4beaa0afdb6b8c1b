"""How each kind of table model is fitted, with a cross-fitted log-odds for every training row as by-product."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.decisions import Costs
from casestudies.errors import CaseError, ConfigError, nearest, shown
from casestudies.models.boosting import BoostedTrees
from casestudies.models.calibration import Calibrator
from casestudies.models.costsensitive.lesson import Lesson
from casestudies.models.costsensitive.names import LOSSES, PRICED, Train, decides, named
from casestudies.models.crossfit import CrossFitted
from casestudies.models.linear import LogisticRegression
from casestudies.models.objectives import LossTrees, as_lightgbm
from casestudies.models.regularisation import Choose, RegularisationPath, least
from casestudies.models.scorecard.asked import keyed
from casestudies.models.scorecard.scorecard import Scorecard
from casestudies.models.table import TableModel, linear_of
from casestudies.optim import diagnose
from casestudies.tabular.codes import CategoryCodes
from casestudies.tabular.engineer import FeatureEncoder
from casestudies.tabular.wanted import Wanted

Floats = NDArray[np.float64]

PenaltyKind = Literal["l2", "l1", "elasticnet"]
PENALTIES: Mapping[str, str] = {"l2": "L2", "l1": "L1", "elasticnet": "elastic net"}
_WEAKEST_L1 = 10.0  # beyond, next to nothing is left out, and small wide tables take minutes: 400 rows x 110 columns
METHODS: Mapping[str, str] = {
    "steps": "steps",
    "woe": "weights of evidence",
    "mean": "the mean of steps and weights of evidence",
}
# held-out expected cost hardly falls beyond: TV churn .412, .394, .391, .388 and bank .199, .176, .170, .168 at C = .01, .1, 1
# and 10, in 0.4, 0.8, 1.6 and 3.5 s (TV)
_MONEY_C = 1.0
_PLACES = 12  # of the trace of trees whose loss LightGBM does not know
C_GRID = tuple(float(c) for c in np.logspace(-4, 2, 13))  # standardised columns: from one effective column to all


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model, not yet calibrated.

    Parameters
    ----------
    margins: (rows,) each training row's log-odds by a fit without its fold.
    trace: columns of the optimiser's steps, all of one length; no clock, so that equal fits leave equal traces.
    findings: what is wrong with the fit, in words.
    notes: what was chosen, a sentence each.
    paths: for each kind of penalty that was tried, the loss at every strength; the chosen kind first.
    scorecard: the estimator behind a card, which knows its method and C; None for other models.
    """

    model: TableModel
    margins: Floats
    trace: Mapping[str, np.ndarray]
    findings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    paths: Mapping[str, RegularisationPath] = field(default_factory=dict)
    scorecard: Scorecard | None = None


class Recipe(Protocol):
    """One way to fit; `name` is that of the candidate, which says the kind of its model and the loss it is taught.

    final: the probabilities are those the model prints, so nothing is to be calibrated on top of them.
    train: the loss.
    """

    final: ClassVar[bool]

    @property
    def name(self) -> str: ...

    @property
    def train(self) -> Train: ...

    def fit(
        self, frame: pd.DataFrame, y: Floats, weight: Floats, folds: NDArray[np.intp], costs: Costs | None = None
    ) -> Fit:
        """Fit on all rows, and without each fold.

        Parameters
        ----------
        frame: the feature columns, as checked. y: (rows,) 0/1. weight: (rows,) from 0 up. folds: (rows,) fold labels.
        costs: of the same rows; needed where the loss reads them.
        """
        ...


@dataclass(frozen=True)
class LogisticRecipe:
    """Penalised logistic regression on standardised numbers, 0/1 levels and missing indicators.

    The encoder is fitted once on all rows given: it sees no label unless it encodes by target (then it is learnt anew
    without each fold), and all penalties and folds share one matrix and one solve. Rows outside (the judged ones) are encoded by what training rows showed.

    Parameters
    ----------
    C: inverse strength of the penalty; "cv" chooses it on cross-fitted rows.
    penalties: kinds of penalty to choose from. l1_ratio: of the elastic net.
    choose: the strength of the least loss, or the strongest within one standard error of it.
    wanted: columns made from those of the table.
    train: the loss. Expected cost and focal loss go on from the convex fit, under L2; where C is to be chosen, at C = 1.
    """

    kinds: Mapping[str, str]
    C: Literal["cv"] | float = "cv"
    penalties: tuple[PenaltyKind, ...] = ("l2", "l1")
    l1_ratio: float = 0.5
    choose: Choose = "best"
    wanted: Wanted | None = None
    train: Train = "log"

    final: ClassVar[bool] = False

    @property
    def name(self) -> str:
        return named("logistic", self.train)

    def fit(
        self, frame: pd.DataFrame, y: Floats, weight: Floats, folds: NDArray[np.intp], costs: Costs | None = None
    ) -> Fit:
        encoder = FeatureEncoder(self.kinds, self.wanted, log=True)
        rows = CrossFitted.of(encoder, frame, y, weight, folds)
        lesson = _lesson(self.train, y, weight, costs)
        if lesson.beyond:
            return self._beyond(encoder, rows, lesson)
        rows = replace(rows, y=lesson.y, weight=lesson.weight)
        X, y, weight = rows.X, rows.y, rows.weight
        grids = {kind: self._grid(kind) for kind in self.penalties}
        paths: dict[PenaltyKind, RegularisationPath] = {}
        margins = {}
        with _said() as said:
            for kind in self.penalties:
                fits = rows.path(grids[kind], kind, self._ratio(kind))
                margins[kind] = fits.margins
                paths[kind] = RegularisationPath.of(
                    grids[kind], fits.margins, fits.coef, encoder.origin, y, weight, folds
                )
            kind = least(paths)
            place = paths[kind].at(self.choose)
            chosen = LogisticRegression(C=grids[kind][place], penalty=kind, l1_ratio=self._ratio(kind))
            estimator = chosen.fit(X, y, sample_weight=weight)
        return Fit(
            TableModel("logistic", encoder, estimator, Calibrator("none"), X.mean(axis=0), decides(self.train)),
            margins[kind][:, place],
            {name: column for name, column in estimator.trace_.columns().items() if name != "seconds"},
            (*(f"{f.what}: {f.evidence}; {f.advice}" for f in estimator.diagnosis_), *said),
            (self._words(paths[kind], kind, place), *encoder.notes),
            {name: paths[name] for name in (kind, *(other for other in paths if other != kind))},
        )

    def _beyond(self, encoder: FeatureEncoder, rows: CrossFitted, lesson: Lesson) -> Fit:
        """By a loss that is not convex, from the convex fit on."""
        C = _MONEY_C if self.C == "cv" else float(self.C)
        with _said() as said:
            found, margins = rows.beyond(lesson, C)
        x = found.x[:, -1]
        centre = np.asarray(rows.X.mean(axis=0))
        return Fit(
            TableModel(
                "logistic", encoder, linear_of(x[:-1], x[-1:]), Calibrator("none"), centre, decides=decides(self.train)
            ),
            margins,
            {name: column for name, column in found.trace.columns().items() if name != "seconds"},
            (*(f"{f.what}: {f.evidence}; {f.advice}" for f in diagnose(found.trace, found)), *said),
            (f"{LOSSES[self.train]}, L2 penalty, C = {C:.3g}, from the fit by the convex loss on", *encoder.notes),
        )

    def _grid(self, kind: str) -> tuple[float, ...]:
        if self.C != "cv":
            return (float(self.C),)
        return C_GRID if kind == "l2" else tuple(C for C in C_GRID if C <= _WEAKEST_L1)

    def _ratio(self, kind: str) -> float | None:
        return self.l1_ratio if kind == "elasticnet" else None

    def _words(self, path: RegularisationPath, kind: str, place: int) -> str:
        words = f"{PENALTIES[kind]} penalty, C = {path.Cs[place]:.3g}"
        if len(path.Cs) > 1:
            rule = "the least" if self.choose == "best" else "the strongest within one standard error of the least"
            words += f", of {len(path.Cs)} strengths {rule} cross-validated log loss ({path.mean[place]:.5f})"
        kept = len(path.kept(place))
        return words + (f"; it keeps {kept} of {len(set(path.origin))} columns" if kind != "l2" else "")


@dataclass(frozen=True)
class ScorecardRecipe:
    """A scorecard, whose points are its probabilities: what is printed is what decides.

    Parameters
    ----------
    wishes: the parameters of `Scorecard` that the analyst has set.
    """

    kinds: Mapping[str, str]
    wishes: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    name: Literal["scorecard"] = "scorecard"
    train: Literal["log"] = "log"

    final: ClassVar[bool] = True

    def fit(
        self, frame: pd.DataFrame, y: Floats, weight: Floats, folds: NDArray[np.intp], costs: Costs | None = None
    ) -> Fit:
        card = Scorecard(**self.wishes, kinds=self.kinds, event=1.0, seed=self.seed)
        try:
            with _said() as said:
                card.fit(frame, y, weight, folds)
        except CaseError as error:
            raise keyed(error) from None
        margins = card.margins_
        if margins is None or np.isnan(margins).any():  # rows of no weight have no fold
            fitted = card.decision_function(frame)
            margins = fitted if margins is None else np.where(np.isnan(margins), fitted, margins)
        rounding = card.rounding_
        notes = (
            f"{METHODS[card.method_]}, C = {card.C_:.3g}, {len(card.card_.characteristics)} characteristics",
            f"AUC on the training rows {rounding['before']:.4f}, with points as printed {rounding['after']:.4f}",
            *card.notes_,
        )
        trace = {name: column for name, column in card.trace_.columns().items() if name != "seconds"}
        penalty = card.penalty if card.method_ != "woe" else "l2"
        paths: dict[str, RegularisationPath] = {} if card.path_ is None else {penalty: card.path_}
        model = TableModel.of_card(card.card_, Calibrator("none"))
        return Fit(model, margins, trace, tuple(said), notes, paths, card)


@dataclass(frozen=True)
class TreesRecipe:
    """Boosted trees on the columns as they are: levels as codes, gaps as gaps.

    monotone: {column of numbers: "up" or "down"}: whether the risk may only rise or only fall with the value.
    """

    kinds: Mapping[str, str]
    trees: int = 150
    leaves: int = 15
    learning_rate: float = 0.05
    min_rows: int = 20
    seed: int = 0
    threads: int = 1
    monotone: Mapping[str, Literal["up", "down"]] = field(default_factory=dict)
    train: Train = "log"

    final: ClassVar[bool] = False

    @property
    def name(self) -> str:
        return named("lightgbm", self.train)

    def fit(
        self, frame: pd.DataFrame, y: Floats, weight: Floats, folds: NDArray[np.intp], costs: Costs | None = None
    ) -> Fit:
        codes = CategoryCodes(self.kinds).fit(frame)
        X = codes.transform(frame).to_numpy()
        lesson = _lesson(self.train, y, weight, costs)
        margins = np.empty(len(y))
        with _said() as said:
            for fold in np.unique(folds):
                held = folds == fold
                margins[held] = self._grow(codes, X[~held], lesson.take(~held)).decision_function(X[held])
            estimator = self._grow(codes, X, lesson)
        if isinstance(estimator, LossTrees):
            step, loss = _traced(estimator, X, lesson, self.trees)
        else:
            loss = estimator.trace_["train"]
            step = np.arange(1, len(loss) + 1)
        model = TableModel("lightgbm", codes, estimator, Calibrator("none"), decides=decides(self.train))
        notes = () if self.train == "log" else (LOSSES[self.train],)
        return Fit(model, margins, {"step": step, "value": loss}, tuple(said), notes)

    def _grow(self, codes: CategoryCodes, X: Floats, lesson: Lesson) -> BoostedTrees | LossTrees:
        trees = self._trees(codes)
        if lesson.beyond:
            return as_lightgbm(lesson.loss).grown_like(trees, X, lesson.y, lesson.rows)
        return trees.fit(X, lesson.y, sample_weight=lesson.weight)

    def _trees(self, codes: CategoryCodes) -> BoostedTrees:
        return BoostedTrees(
            trees=self.trees,
            leaves=self.leaves,
            learning_rate=self.learning_rate,
            min_rows=self.min_rows,
            categorical=tuple(codes.feature_names.index(name) for name in codes.categories),
            monotone=self._signs(codes) or None,
            seed=self.seed,
            threads=self.threads,
        )

    def _signs(self, codes: CategoryCodes) -> dict[int, int]:
        numbers = [name for name in codes.feature_names if name not in codes.categories]
        for name in self.monotone:
            if name not in numbers:
                raise ConfigError(
                    f"{shown(name)} is no column of numbers", where="model.monotone", advice=nearest(name, numbers)
                )
        return {codes.feature_names.index(name): 1 if way == "up" else -1 for name, way in self.monotone.items()}


def _lesson(train: Train, y: Floats, weight: Floats, costs: Costs | None) -> Lesson:
    """As `Lesson.of`, in the words of the settings."""
    try:
        return Lesson.of(train, y, weight, costs)
    except CaseError as error:
        where = {"train": "model.candidates", "costs": "cost"}.get(error.where, error.where)
        advice = "write cost.fn and cost.fp, or leave such candidates out" if train in PRICED else error.advice
        raise type(error)(error.what, where=where, advice=advice) from None


def _traced(trees: LossTrees, X: Floats, lesson: Lesson, count: int) -> tuple[NDArray[np.intp], Floats]:
    """Mean loss of the training rows after so many trees: a dozen places, since every one of them reads all rows."""
    steps = np.unique(np.linspace(1, count, min(count, _PLACES)).astype(np.intp))
    margin, before, values = np.full(len(X), trees.start[0]), 0, []
    for step in steps:
        margin = margin + np.asarray(
            trees.booster.predict(X, raw_score=True, start_iteration=before, num_iteration=step - before, num_threads=1)
        )
        before = int(step)
        each = lesson.loss.value(margin[:, None], lesson.y[:, None])[:, 0]
        values.append(float(np.average(each, weights=lesson.rows)))
    return steps, np.array(values)


@contextmanager
def _said() -> Iterator[list[str]]:
    """Collects what estimators warn of, each sentence once: it belongs into the report, not on the terminal."""
    said: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield said
    said += dict.fromkeys(str(warning.message) for warning in caught)
