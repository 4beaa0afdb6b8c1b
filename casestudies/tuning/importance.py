"""Which settings mattered: what share of the differences between trials each explains, by Optuna's fANOVA."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from casestudies.tuning.space import Choice, Space, Whole
from casestudies.tuning.tried import History, Tried

FEWEST = 8  # trials; of fewer a forest says nothing


@dataclass(frozen=True)
class Importance:
    """shares: {key: share of the variance of the first goal, 0 to 1}, the largest first. trials: they were read off.

    within: what all these trials have in common: {key of a choice: its label}. why: there are none, in words.
    """

    shares: Mapping[str, float]
    trials: int
    within: Mapping[str, str]
    why: str = ""


def importance(history: History, space: Space, seed: int = 0) -> list[Importance]:
    """Of all trials the settings that all have; where some exist only in part of the space, of those where the best has its
    place too.

    Source: Hutter, Hoos and Leyton-Brown 2014, "An efficient approach for assessing hyperparameter importance".
    """
    found = [_of(history, history.done, space, {}, seed)]
    best = history.best()
    parents = [one.key for one in space if one.key in best.point and any(one.key in other.when for other in space)]
    for depth in range(len(parents), 0, -1):  # as much in common as there are trials for
        within = {key: str(best.point[key]) for key in parents[:depth]}
        same = [one for one in history.done if all(one.point.get(key) == label for key, label in within.items())]
        if len(same) >= FEWEST or depth == 1:
            found.append(_of(history, same, space, within, seed))
            break
    return found


def _of(history: History, trials: Sequence[Tried], space: Space, within: Mapping[str, str], seed: int) -> Importance:
    from optuna import create_study, create_trial
    from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    goal = history.goals[0]
    if len(trials) < FEWEST:
        return Importance({}, len(trials), within, f"{len(trials)} trials are too few to say; {FEWEST} are needed")
    kinds: dict[str, BaseDistribution] = {}
    for one in space:
        if all(one.key in trial.point for trial in trials) and len({str(trial.point[one.key]) for trial in trials}) > 1:
            if isinstance(one, Choice):
                kinds[one.key] = CategoricalDistribution(list(one.options))
            else:
                kind = IntDistribution if isinstance(one, Whole) else FloatDistribution
                kinds[one.key] = kind(one.low, one.high, log=one.log)  # type: ignore[arg-type]
    study = create_study(direction=goal.optuna)
    for trial in trials:
        params = {key: trial.point[key] for key in kinds}
        study.add_trial(create_trial(value=trial.mean(goal.name), params=params, distributions=kinds))
    if not kinds or len({trial.mean(goal.name) for trial in trials}) < 2:
        return Importance({}, len(trials), within, "all trials scored the same")
    shares = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=seed))
    return Importance({key: _share(value) for key, value in shares.items()}, len(trials), within)


def _share(value: float) -> float:
    return 0.0 if not math.isfinite(value) else float(f"{value:.6g}")
