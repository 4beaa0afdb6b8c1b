"""`Scorecard`: from a table of applicants to whole-number points that add up to the log-odds of the event."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from casestudies.errors import ConfigError, DataError, shown
from casestudies.metrics.auc import auc
from casestudies.models.regularisation import Choose
from casestudies.models.scorecard.asked import Binning, Way, Wishes, kinds_asked
from casestudies.models.scorecard.blend import mean_of
from casestudies.models.scorecard.card import Card, Scaling, pointed
from casestudies.models.scorecard.fitted import Asked, Fitted, Floats, Rows
from casestudies.models.scorecard.frames import folds_of, framed, labelled, weighed
from casestudies.models.scorecard.scoring import Scoring
from casestudies.models.scorecard.short import shortened
from casestudies.models.scorecard.steps import fit_steps, grid_of
from casestudies.models.scorecard.woe import FINE, WOE_GRID, fit_woe
from casestudies.tabular.binning import is_number

Method = Literal["steps", "woe", "cv"]


class Scorecard(Scoring):
    """A credit scorecard: every column in a few bins, every bin a few points, and the sum of points decides.

    With "steps" all bins of all columns are fitted together: the log-odds rise or fall from bin to bin by steps, and a
    penalty keeps steps small that the rows do not ask for. With "woe" the bins of a column are merged by what labels say of
    them, stand for their smoothed weight of evidence, and each column gets one weight from 0 up. "cv" fits both, and
    takes one or the mean of the two, which is a card as well: the least cross-validated log loss wins. Where rows are few
    that is often the mean. Probabilities are those of the points: what is printed decides.

    Parameters
    ----------
    method: "steps", "woe" or "cv".
    penalty: "l2", or "l1", which makes many steps exactly 0 and so the card shorter, and takes far longer (30,000 rows of
        23 columns, steps: 13 s against 0.5 s).
    C: inverse strength of the penalty, or "cv": chosen by cross-validated log loss.
    choose: "best", or "one_se": the strongest penalty within one standard error of the least loss.
    max_bins: bins of a column of numbers before the fit (steps).
    monotone: {column: "up" | "down"}; "up": the risk rises with the value.
    special: {column: values with a bin of their own}, such as codes -9 and -8.
    bins: {column: [25, 40]} or {column: [["A11", "A12"], ["A13"]]}, by hand; only their points are fitted.
    force, exclude: columns that stay whatever the penalty (in five bins at most), and that are not used.
    pairs: at most five pairs of columns whose bins are also taken together.
    pdo, odds, points: `points` stand for `odds` good to one bad, and `pdo` points more for twice these odds.
    whole: points are whole numbers.
    prior: long-run rate of the event; all log-odds are shifted by one number so that the mean probability over the
        training rows is this rate (to half a point, when whole). The order of rows does not change.
    event: the label that is the event; None = the second of the sorted labels, as in scikit-learn.
    cv: folds that are drawn unless `fit` is given some, or (train, test) pairs that hold each row out once; 0 = none
        (then C is a number and `margins_` None).
    seed: of the folds.
    kinds: {column: "number" | "flag" | "category" | ...}; None = from the dtypes.

    Attributes
    ----------
    card_: the fitted `Card`. method_: "steps", "woe" or, of "cv", "mean". C_: the chosen one; of a mean, that of the steps.
    path_: the cross-validated loss at every such C (`RegularisationPath`); None without folds.
    margins_: (rows,) log-odds of each training row by a fit without its fold, before points are rounded.
    rounding_: AUC on the training rows before and after rounding.
    notes_: what was decided, and what is odd, a sentence each. trace_: every step of the solve.
    classes_: the two labels; the second is the event. n_features_in_, feature_names_in_: as in scikit-learn.
    """

    def __init__(
        self,
        method: Method = "steps",
        *,
        penalty: Literal["l1", "l2"] = "l2",
        C: Literal["cv"] | float = "cv",
        choose: Choose = "best",
        max_bins: int = 20,
        monotone: Mapping[str, Way] | None = None,
        special: Mapping[str, Sequence[Any]] | None = None,
        bins: Mapping[str, Sequence[Any]] | None = None,
        force: Sequence[str] = (),
        exclude: Sequence[str] = (),
        pairs: Sequence[tuple[str, str]] = (),
        pdo: float = 20.0,
        odds: float = 50.0,
        points: float = 600.0,
        whole: bool = True,
        prior: float | None = None,
        event: Any = None,
        cv: int | Sequence[tuple[ArrayLike, ArrayLike]] = 5,
        seed: int = 0,
        kinds: Mapping[str, str] | None = None,
    ) -> None:
        self.method = method
        self.penalty = penalty
        self.C = C
        self.choose = choose
        self.max_bins = max_bins
        self.monotone = monotone
        self.special = special
        self.bins = bins
        self.force = force
        self.exclude = exclude
        self.pairs = pairs
        self.pdo = pdo
        self.odds = odds
        self.points = points
        self.whole = whole
        self.prior = prior
        self.event = event
        self.cv = cv
        self.seed = seed
        self.kinds = kinds

    def fit(
        self, X: pd.DataFrame | ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None, folds: Any = None
    ) -> Self:
        """Finds bins and points.

        Parameters
        ----------
        X: (rows, columns) a frame; numbers, flags and categories, with gaps. An array gets the names x0, x1, ...
        y: (rows,) two labels of any kind. sample_weight: (rows,) from 0 up; 2 = the row twice.
        folds: (rows,) label of the fold of each row, in place of folds drawn here.

        Raises
        ------
        ConfigError: a parameter that makes no sense, or names a column or a level that is not there.
        DataError: infinities, no usable column, or too few events for what is asked.
        ValueError: what scikit-learn's checks refuse, such as labels of one class.
        """
        scaling = self._checked()
        frame = framed(self, X, reset=True)
        kinds = kinds_asked(frame, self.kinds)
        wishes = Wishes(self.monotone or {}, self.special or {}, self.bins or {}, self.force, self.exclude, self.pairs)
        wishes.checked(kinds, self.method)
        self.classes_, label, notes = labelled(y, len(frame), self.event)
        weight = weighed(sample_weight, frame)
        used = weight > 0
        if not used.all():
            frame, label, weight = frame[used], label[used], weight[used]
        fold, drawn = None, False
        fits: dict[str, tuple[Fitted, Rows, Binning]] = {}
        for method in ("steps", "woe") if self.method == "cv" else (self.method,):
            most = self.max_bins if method == "steps" else FINE
            binning = Binning.of(frame, weight, wishes, kinds, most)
            if not drawn:
                fold, drawn = folds_of(folds, used, label, binning.codes, self.cv, self.seed), True
            rows = Rows(binning.bins, binning.codes, label, weight, fold)
            asked = self._asked(method, wishes, fold is not None)
            fits[method] = ((fit_steps if method == "steps" else fit_woe)(rows, asked), rows, binning)
        if len(fits) > 1:
            fits["mean"] = (mean_of(fits["steps"][0], fits["woe"][0]), *fits["steps"][1:])
        self.method_ = self._best({method: found[0] for method, found in fits.items()}, rows)
        fitted, rows, binning = fits[self.method_]
        self.C_, self.path_, self.trace_ = fitted.C, fitted.path, fitted.trace
        said = [*notes, *binning.notes, *binning.against(wishes, label, weight), *fitted.notes]
        self._adopt(fitted, rows, scaling)
        self.margins_ = _spread(fitted.margins, used)
        self.notes_ = tuple(said)
        return self

    def _checked(self) -> Scaling:
        if self.method not in ("steps", "woe", "cv"):
            raise ConfigError(f"{shown(self.method)} is no method", where="method", advice="write steps, woe or cv")
        if self.penalty not in ("l1", "l2"):
            raise ConfigError(f"{shown(self.penalty)} is no penalty", where="penalty", advice="write l1 or l2")
        if self.choose not in ("best", "one_se"):
            raise ConfigError(f"{shown(self.choose)} is no choice", where="choose", advice="write best or one_se")
        if self.C != "cv" and not (is_number(self.C) and self.C > 0):
            raise ConfigError(f"{shown(self.C)} is not above 0", where="C", advice="write a number, or cv")
        if not isinstance(self.max_bins, Integral) or self.max_bins < 2:
            raise ConfigError(f"{self.max_bins!r} bins say nothing", where="max_bins", advice="write 2 or more")
        if not isinstance(self.seed, Integral) or self.seed < 0:
            raise ConfigError(f"{self.seed!r} is no seed", where="seed", advice="write a whole number from 0 up")
        if self.prior is not None and not (is_number(self.prior) and 0 < self.prior < 1):
            raise ConfigError(f"{self.prior!r} is no rate", where="prior", advice="write a number between 0 and 1")
        if self.kinds is not None and not isinstance(self.kinds, Mapping):
            raise ConfigError(f"{shown(self.kinds)} is no dictionary", where="kinds", advice="write {column: kind}")
        return Scaling(self.pdo, self.odds, self.points)

    def _asked(self, method: str, wishes: Wishes, folded: bool) -> Asked:
        if (self.C == "cv" or self.method == "cv") and not folded:
            raise ConfigError("there are no folds to choose by", where="cv", advice="write 5, or give C a number")
        grid = grid_of(self.penalty, wishes.signs) if method == "steps" else WOE_GRID
        Cs = grid if self.C == "cv" else (float(self.C),)
        forced, locked = frozenset(self.force), frozenset(wishes.bins)
        return Asked(self.penalty, Cs, self.choose, wishes.signs, forced, locked)

    def _best(self, fits: Mapping[str, Fitted], rows: Rows) -> str:
        """The method of the least loss; with "one_se" WOE, which has fewer bins, when it is within one standard error."""
        if len(fits) == 1:
            return next(iter(fits))
        loss = {method: fitted.loss(rows) for method, fitted in fits.items()}
        share = np.bincount(rows.folds, rows.weight) / rows.weight.sum()  # type: ignore[arg-type]
        best = min(("woe", "steps", "mean"), key=lambda method: share @ loss[method])
        apart = loss["woe"] - loss[best]
        slack = float(apart.std(ddof=1) / math.sqrt(len(apart))) if self.choose == "one_se" else 0.0
        return "woe" if share @ apart <= slack else best

    def _adopt(self, fitted: Fitted, rows: Rows, scaling: Scaling) -> None:
        parts = list(fitted.parts(rows))
        intercept = fitted.intercept + sum(mean for *_, mean in parts)
        card = pointed([part[:4] for part in parts], intercept, scaling, whole=False)
        order = [[one.name for one in card.characteristics].index(" x ".join(bins.columns)) for bins in fitted.bins]
        codes = np.empty_like(fitted.codes)
        codes[:, order] = fitted.codes
        before = card.fitted_margin(codes)
        if self.prior is not None:
            intercept += shift_to(before, rows.weight, self.prior)
        made = pointed([part[:4] for part in parts], intercept, scaling, self.whole)
        after = made.margin(codes)
        self.card_ = shortened(made, frozenset(self.bins or ())) if self.whole else made
        self.rounding_ = {"before": auc(rows.y, before, rows.weight), "after": auc(rows.y, after, rows.weight)}

    @classmethod
    def from_json(cls, text: str) -> Self:
        """A card that scores as the one written; it knows no training rows.

        Raises
        ------
        DataError: the text is not a card.
        """
        try:
            told = json.loads(text)
            if told["format"] != 1:
                raise ValueError(f"format {told['format']}")
            card = Card.from_dict(told["card"])
            names = np.asarray(told["columns"], dtype=object)
            method, C, notes, classes = told["method"], float(told["C"]), tuple(told["notes"]), told["classes"]
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"this is not a card: {shown(error)}", advice="read what to_json wrote") from None
        made = cls(
            "cv" if method == "mean" else method,
            C=C,
            pdo=card.scaling.pdo,
            odds=card.scaling.odds,
            points=card.scaling.points,
        )
        made.whole = card.whole
        made.card_, made.classes_, made.notes_ = card, np.asarray(classes), notes
        made.feature_names_in_, made.n_features_in_ = names, len(names)
        made.method_, made.C_, made.path_, made.margins_ = method, C, None, None
        return made


def shift_to(margin: Floats, weight: Floats, prior: float) -> float:
    """What is to be added to log-odds so that the mean probability is `prior`."""
    share = weight / weight.sum()
    centre = float(logit(prior))
    low, high = centre - float(margin.max()) - 1.0, centre - float(margin.min()) + 1.0
    while (middle := 0.5 * (low + high)) not in (low, high):  # until no number is left between them
        low, high = (middle, high) if share @ expit(margin + middle) < prior else (low, middle)
    return middle


def _spread(margins: Floats | None, used: NDArray[np.bool_]) -> Floats | None:
    """Over all rows again; NaN where a row weighed 0."""
    if margins is None or used.all():
        return margins
    out = np.full(len(used), np.nan)
    out[used] = margins
    return out
