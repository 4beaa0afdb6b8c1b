"""The learning curve of a table study: the champion's recipe on nested shares of the training rows, judged on the same rows.

Shares are drawn at random over the whole training part, also where the split is by time: only then do they differ in their
number alone and not in their age, and only then is there a law to be continued. How the age of rows matters is another
question, that of `windows`. Where a group names what belongs together (a customer, a card) whole groups are drawn, so that
half of the rows is half of the customers. Units with an event and units without are drawn apart, since a tenth of the rows
should hold a tenth of the events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from casestudies.decisions import Decider
from casestudies.decisions.deciders import SHARED
from casestudies.metrics.auc import auc
from casestudies.models.mean import MeanRecipe
from casestudies.models.recipes import LogisticRecipe, Recipe, ScorecardRecipe
from casestudies.workflow.compare import Plan, Sample, Trained, train_one
from casestudies.workflow.doubling import ROUNDS, Measured, Resampling, curve_told
from casestudies.workflow.limits import in_sample
from casestudies.workflow.load import rule_of
from casestudies.workflow.models import recipes_of
from casestudies.workflow.power_law import LEAST
from casestudies.workflow.shares import DRAWS, SHARES, kept

if TYPE_CHECKING:
    from casestudies.workflow.analyses import Work

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

EVENTS = 30  # events, and other rows, that the smallest share must hold
_FOLDS = 2  # for penalty, calibration and cut of a share, as in `windows`; five would double the time


@dataclass(frozen=True, eq=False)
class Point:
    """One share after its fits.

    Parameters
    ----------
    rows: learnt from, mean over draws and training parts. surprise: (draws, judged) log loss of each judged row.
    cost: (draws, judged) what the decision on each costs; None without prices. own: mean log loss of the rows learnt from.
    auc: mean over the draws.
    """

    share: float
    rows: float
    surprise: Floats
    cost: Floats | None
    own: float
    auc: float


def learning_told(work: Work) -> dict[str, Any]:
    """analysis/learning.json.

    Returns
    -------
    {"none": why there is no curve}, or {"by": the column whose groups were drawn whole, "judged": rows} and what `curve_told`
    says of "log_loss" and, with prices, of "cost".
    """
    settings: Any = work.settings
    comparison, sample = work.comparison, work.sample
    part = min((sample.y[train] for train, _ in comparison.parts), key=lambda y: min(y.sum(), len(y) - y.sum()))
    shares = [share for share in SHARES if share * min(part.sum(), len(part) - part.sum()) >= EVENTS]
    if len(shares) < LEAST:
        what = f"{int(part.sum()):,} events and {int(len(part) - part.sum()):,} others to learn from"
        return {"none": f"too few to say: {what} do not make four shares of {EVENTS} events each"}
    recipes = recipes_of(settings, {name: work.kinds[name] for name in work.loaded.checked.features})
    champion = next(one for one in recipes if one.name == comparison.choice.champion)
    recipe = settled(champion, comparison.trained)
    plan = Plan(
        in_sample(rule_of(settings), work.loaded.whole),
        settings.model.calibrate,
        min(_FOLDS, settings.split.folds),
        settings.seed,
    )
    held = sample.take(comparison.rows)
    points = [_point(share, recipe, sample, comparison.parts, plan) for share in shares[:-1]]
    return _told([*points, _whole(work, held)], held, work)


def settled(recipe: Recipe, trained: Mapping[str, Trained]) -> Recipe:
    """The recipe with the penalty, its strength and the kind of card that all rows have chosen.

    A penalty is what is believed before a row is seen, so it stays as it is when there are fewer of them: sums of losses
    weigh less beside it. Choosing it anew at every share would take three times as long.

    trained: the candidates as fitted on all rows of a training part.
    """
    if isinstance(recipe, MeanRecipe):
        return replace(recipe, parts=tuple(settled(part, trained) for part in recipe.parts))
    found = trained.get(recipe.name)
    if found is None:
        return recipe
    if isinstance(recipe, LogisticRecipe) and found.fit.paths:
        kind, path = next((one, found.fit.paths[one]) for one in recipe.penalties if one == next(iter(found.fit.paths)))
        return replace(recipe, penalties=(kind,), C=path.Cs[path.at(recipe.choose)])
    card = found.fit.scorecard
    if isinstance(recipe, ScorecardRecipe) and card is not None and card.method_ in ("steps", "woe"):
        return replace(recipe, wishes={**recipe.wishes, "method": card.method_, "C": card.C_})
    return recipe


def _whole(work: Work, held: Sample) -> Point:
    """All rows: the champion as the run itself judged it; its own rows are those of the first training part."""
    comparison = work.comparison
    name = comparison.choice.champion
    judged, trained = comparison.judged[name], comparison.trained[name]
    train = work.sample.take(comparison.parts[0][0])
    p = np.asarray(judged.p)
    return Point(
        1.0,
        float(np.mean([len(rows) for rows, _ in comparison.parts])),
        _surprise(held.y, p)[None, :],
        None if held.costs is None else _cost(held, judged.act)[None, :],
        float(np.average(_surprise(train.y, trained.model.probability(train.frame)), weights=train.weight)),
        float(auc(held.y, p, held.weight)),
    )


def _point(share: float, recipe: Recipe, sample: Sample, parts: Sequence[tuple[Index, Index]], plan: Plan) -> Point:
    """Fit on so many draws of a share of every training part, and judge what that part judges."""
    draws = DRAWS[SHARES.index(share)]
    judged = np.sort(np.concatenate([test for _, test in parts]))
    p, act = np.empty((draws, len(sample.y))), np.zeros((draws, len(sample.y)), dtype=bool)
    rows, own = [], []
    for draw in range(draws):
        whole: Decider | None = None
        for number, (train, test) in enumerate(parts):
            labels = np.arange(len(train)) if sample.group is None else sample.group.iloc[train].astype(str).to_numpy()
            some = sample.take(train[kept(labels, sample.y[train], share, (plan.seed, draw, number))])
            trained = train_one(recipe, some, plan)
            held = sample.take(test)
            p[draw, test] = trained.model.probability(held.frame)
            act[draw, test] = trained.decider.act(p[draw, test], held.costs)
            whole = trained.decider if whole is None else whole
            rows.append(len(some.y))
            own.append(float(np.average(_surprise(some.y, trained.model.probability(some.frame)), weights=some.weight)))
        if (
            whole is not None and plan.rule.kind in SHARED
        ):  # the limit is for all judged rows, not for those of each part
            act[draw, judged] = whole.act(p[draw, judged], sample.take(judged).costs)
    held = sample.take(judged)
    return Point(
        share,
        float(np.mean(rows)),
        np.stack([_surprise(held.y, one) for one in p[:, judged]]),
        None if held.costs is None else np.stack([_cost(held, one) for one in act[:, judged]]),
        float(np.mean(own)),
        float(np.mean([auc(held.y, one, held.weight) for one in p[:, judged]])),
    )


def _told(points: Sequence[Point], held: Sample, work: Work) -> dict[str, Any]:
    """The curve in plain values; see `learning_told`."""
    settings: Any = work.settings
    labels = None if held.group is None else held.group.astype(str).to_numpy()
    figures = {"log_loss": Measured([point.surprise for point in points], held.weight, labels)}
    costs = [point.cost for point in points if point.cost is not None]
    if costs:
        figures["cost"] = Measured(costs, held.weight, labels, best=None)
    rate = float(np.average(held.y, weights=held.weight))
    guess = float(np.average(_surprise(held.y, np.full(len(held.y), rate)), weights=held.weight))
    shown = [
        {"share": one.share, "rows": one.rows, "draws": len(one.surprise), "own": one.own, "auc": one.auc}
        for one in points
    ]
    how = Resampling(min(ROUNDS, settings.interval.rounds), settings.interval.level, settings.seed)
    group = work.loaded.column("group")
    by = None if group is None else work.loaded.checked.sources[group]
    return {"by": by, "judged": len(held.y), **curve_told(shown, figures, guess, how)}


def _surprise(y: Floats, p: Floats) -> Floats:
    """(rows,) log loss."""
    sure = np.clip(p, 1e-15, 1 - 1e-15)
    return -np.log(np.where(y > 0, sure, 1 - sure))


def _cost(held: Sample, act: NDArray[np.bool_]) -> Floats:
    """(rows,) what the decision on each costs."""
    if held.costs is None:
        raise ValueError("there are no prices")
    return np.asarray(held.costs.base(held.y) + held.costs.slope(held.y) * act)
