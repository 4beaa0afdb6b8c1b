"""Candidates side by side: cross-fitted, calibrated and cut inside the training part, judged on rows they have not seen.

Everything that is chosen (penalty, calibration, cut, champion) is chosen by cross-validation inside a training part, so
the judged rows have no say in it. When every row is judged out of fold there are as many training parts as folds, and
the choices are made anew in each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.decisions import Costs, Decider, Rule
from casestudies.decisions.deciders import SHARED
from casestudies.errors import ConfigError, shown
from casestudies.models.calibration import Choice, Kind, choose_calibration, fit_calibration
from casestudies.models.costsensitive.guard import refuse_balanced
from casestudies.models.costsensitive.names import by_name, decides, tilted
from casestudies.models.costsensitive.scored import calibrated, in_its_order
from casestudies.models.mean import MeanModel, MeanRecipe
from casestudies.models.recipes import Fit, Recipe
from casestudies.models.table import TableModel
from casestudies.tabular.folds import drawing_order
from casestudies.tabular.split import Split
from casestudies.tabular.split import make as make_split

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Pick = Literal["simplest", "best"]


@dataclass(frozen=True, eq=False)
class Sample:
    """The rows of a study: features, outcome, weights, and where there are any, costs and groups."""

    frame: pd.DataFrame
    y: Floats
    weight: Floats
    costs: Costs | None = None
    group: pd.Series | None = None

    def take(self, rows: NDArray[np.intp]) -> Sample:
        return Sample(
            self.frame.iloc[rows],
            self.y[rows],
            self.weight[rows],
            None if self.costs is None else self.costs.take(rows),
            None if self.group is None else self.group.iloc[rows],
        )

    def fold_labels(self, folds: int, seed: int) -> NDArray[np.intp]:
        """(rows,) the fold of each row: balanced by label, groups whole."""
        labels = np.empty(len(self.y), dtype=np.intp)
        made = make_split("cv", self.y, group=self.group, folds=folds, seed=seed, order=drawing_order(self.frame))
        for number, (_, held) in enumerate(made.folds):
            labels[held] = number
        return labels


@dataclass(frozen=True, eq=False)
class Plan:
    """How candidates are compared: the rule that decides, the calibration, the folds, the seed, and who wins.

    champion: see `choose`.
    """

    rule: Rule
    calibrate: Kind | Literal["auto"] = "auto"
    folds: int = 5
    seed: int = 0
    champion: Pick = "simplest"


@dataclass(frozen=True, eq=False)
class Trained:
    """One candidate after training: its calibrated model, its decision rule, and how it did inside the training part.

    `loss` is (rows,) what each training row cost, cross-fitted: money, or log loss where there is none. `surprise` is
    (rows,) its log loss in either case.
    """

    fit: Fit
    model: TableModel | MeanModel
    decider: Decider
    calibration: Choice
    loss: Floats
    surprise: Floats


@dataclass(frozen=True, eq=False)
class Judged:
    """One candidate on the judged rows: (rows,) probability of the event (None for a bare decision) and action."""

    p: Floats | None
    act: Mask


@dataclass(frozen=True)
class ChampionChoice:
    """Which candidate won, and by which numbers.

    Parameters
    ----------
    champion: the one taken; best: the one with the least loss.
    loss: mean loss a row of each candidate, cross-fitted inside the training parts; measure: what the loss is.
    error: standard error of the difference between champion and best; 0 where they are the same.
    """

    champion: str
    best: str
    loss: dict[str, float]
    measure: Literal["cost", "log loss"]
    error: float
    pick: Pick = "simplest"


@dataclass(frozen=True, eq=False)
class Comparison:
    """What came out.

    Parameters
    ----------
    rows: (judged,) positions in the table, ascending; part: (judged,) which training part judged each.
    parts: (train, test) positions of each part.
    judged: per candidate, the simpler first.
    champion: chosen inside the training parts; `choice` says why.
    chosen: the champion of each part, had the choice been made there alone; `nested` is judged by these.
    trained: the candidates as fitted on the first training part.
    """

    rows: NDArray[np.intp]
    part: NDArray[np.intp]
    parts: tuple[tuple[NDArray[np.intp], NDArray[np.intp]], ...]
    judged: dict[str, Judged]
    choice: ChampionChoice
    chosen: tuple[str, ...]
    nested: Judged
    trained: dict[str, Trained]


def compare(
    recipes: Sequence[Recipe], sample: Sample, split: Split, plan: Plan, step: Callable[[float, str], None]
) -> Comparison:
    """Train every candidate on every training part and judge it on the rest.

    Parameters
    ----------
    recipes: the simpler first.
    step: called with (share done, sentence) before each fit; it may raise to stop.
    """
    refuse_balanced(sample.y, sample.weight, "data.weight")
    parts = split.folds if split.out_of_fold else ((split.train, split.test),)
    rows = len(sample.y)
    part = np.full(rows, -1)
    p: dict[str, Floats] = {recipe.name: np.full(rows, np.nan) for recipe in recipes}
    act: dict[str, Mask] = {recipe.name: np.zeros(rows, dtype=bool) for recipe in recipes}
    losses: list[dict[str, Floats]] = []
    surprises: list[dict[str, Floats]] = []
    first: dict[str, Trained] = {}
    for recipe in recipes:
        _refuse(recipe, plan)
    for number, (train, test) in enumerate(parts):
        part[test] = number
        training, testing = sample.take(train), sample.take(test)
        losses.append({})
        surprises.append({})
        fits: dict[str, Fit] = {}
        for position, recipe in enumerate(recipes):
            done = (number * len(recipes) + position) / (len(parts) * len(recipes))
            step(done, f"{recipe.name}, training part {number + 1} of {len(parts)}")
            trained = train_one(recipe, training, plan, fits)
            fits[recipe.name] = trained.fit
            p[recipe.name][test] = trained.model.probability(testing.frame)
            act[recipe.name][test] = trained.decider.act(p[recipe.name][test], testing.costs)
            losses[number][recipe.name], surprises[number][recipe.name] = trained.loss, trained.surprise
            first.setdefault(recipe.name, trained)
    judged_rows = np.flatnonzero(part >= 0)
    if plan.rule.kind in SHARED and split.out_of_fold:  # the limit is for all rows together, not for those of each fold
        held = sample.take(judged_rows)
        for name, one in first.items():
            act[name][judged_rows] = one.decider.act(p[name][judged_rows], held.costs)
    judged = {name: Judged(p[name][judged_rows], act[name][judged_rows]) for name in p}
    money = sample.costs is not None
    choice = choose(losses, money, plan.champion, surprises)
    chosen = tuple(
        choose([loss], money, plan.champion, [surprise]).champion
        for loss, surprise in zip(losses, surprises, strict=True)
    )
    winner = np.array(chosen)[part[judged_rows]]
    nested = Judged(
        np.select([winner == name for name in judged], [p[name][judged_rows] for name in judged]),
        np.select([winner == name for name in judged], [act[name][judged_rows] for name in judged]),
    )
    return Comparison(judged_rows, part[judged_rows], tuple(parts), judged, choice, chosen, nested, first)


def train_one(recipe: Recipe, training: Sample, plan: Plan, fits: Mapping[str, Fit] = MappingProxyType({})) -> Trained:
    """Fit one candidate; its calibration and its rule are fitted on cross-fitted rows of the same part.

    A model that was taught what is at stake decides by itself where each row's own threshold would (bmr): above a margin of
    0 acting pays. What leaves it is a probability all the same: its margins are calibrated to the event in their own order,
    so that its decision is one cut. Every other rule reads the probability alone.

    fits: of other candidates on the same part; a mean of them fits none of them again.
    """
    _refuse(recipe, plan)
    folds = training.fold_labels(plan.folds, plan.seed)
    if isinstance(recipe, MeanRecipe) and all(part.name in fits for part in recipe.parts):
        fit = recipe.joined([fits[part.name] for part in recipe.parts])
    else:
        fit = recipe.fit(training.frame, training.y, training.weight, folds, training.costs)
    rows = (fit.margins, training.y, folds, training.weight)
    rule = plan.rule
    if decides(recipe.train) and rule.kind == "bmr":
        choice, cut = in_its_order(*rows)
        rule = Rule("cut", cut)
    else:
        kind = "none" if recipe.final else plan.calibrate
        chosen = calibrated if tilted(recipe.train) else choose_calibration
        choice = chosen(*rows) if kind == "auto" else fit_calibration(kind, *rows)
    decider = rule.fit(training.y, choice.probability, training.costs, training.weight)
    loss = _loss(training, choice.probability, decider)
    surprise = _log_loss(training, choice.probability)
    return Trained(fit, fit.model.calibrated(choice.calibrator), decider, choice, loss, surprise)


def _refuse(recipe: Recipe, plan: Plan) -> None:
    """Raises ConfigError where a score would be taken for the probability that it is not."""
    if tilted(recipe.train) and plan.calibrate == "none":
        raise ConfigError(
            f"none, and {shown(recipe.name)} is taught weighed rows: what it says is no probability of these rows",
            where="model.calibrate",
            advice="write auto, sigmoid or isotonic, or leave it out of model.candidates",
        )


def refit(recipe: Recipe, sample: Sample, plan: Plan, judged: Trained | None) -> Trained:
    """The model that is saved: fitted on all rows.

    When a part was held out (`judged`: the candidate as it was judged there), its calibration and rule stay as judged
    and only the fit sees more rows; out of fold, all of it is made once more on all rows.
    """
    last = train_one(recipe, sample, plan)
    if judged is None:
        return last
    model = last.model.calibrated(judged.calibration.calibrator)
    return replace(last, model=model, decider=judged.decider, calibration=judged.calibration)


def choose(
    parts: Sequence[dict[str, Floats]],
    money: bool,
    pick: Pick = "simplest",
    surprises: Sequence[dict[str, Floats]] = (),
) -> ChampionChoice:
    """Who wins among the candidates that money does not tell apart.

    simplest: the first whose loss is within one standard error of the least. best: of those taught log loss and within two
    of the least among them, the one with the least log loss, which tells apart what a few dear rows hide. Those taught
    money stand beside it as challengers, unless there are no others.

    `parts` hold each candidate's losses on cross-fitted training rows, the simpler candidate first, `surprises` their log
    losses; differences are paired row by row. Folds overlap, so the standard error is that of one part, averaged, not of
    all rows pooled.
    """
    every = list(parts[0])
    names = [name for name in every if by_name(name)[1] == "log"] or every if pick == "best" else every
    mean = {name: float(np.mean([part[name].mean() for part in parts])) for name in every}
    best = min(names, key=mean.__getitem__)
    error = {
        name: float(np.mean([np.std(part[name] - part[best], ddof=1) / np.sqrt(len(part[name])) for part in parts]))
        for name in names
    }
    near = [name for name in names if mean[name] - mean[best] <= (1 if pick == "simplest" else 2) * error[name]]
    champion = near[0]
    if pick == "best":
        log_loss = {name: float(np.mean([part[name].mean() for part in surprises])) for name in near}
        champion = min(near, key=log_loss.__getitem__)
    return ChampionChoice(champion, best, mean, "cost" if money else "log loss", error[champion], pick)


def _loss(sample: Sample, p: Floats, decider: Decider) -> Floats:
    """(rows,) what each row costs under the decision, or its log loss where there is no money; times its weight."""
    if sample.costs is not None:
        act = decider.act(p, sample.costs)
        return (sample.costs.base(sample.y) + sample.costs.slope(sample.y) * act) * sample.weight
    return _log_loss(sample, p)


def _log_loss(sample: Sample, p: Floats) -> Floats:
    """(rows,) times its weight."""
    kept = np.clip(p, 1e-15, 1 - 1e-15)
    return -np.log(np.where(sample.y > 0, kept, 1 - kept)) * sample.weight
