"""A search inside each part of the rows, judged on the rest: what the searching itself is worth."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from casestudies.tuning import SECONDS, Gain, History, Search, front, gain, knee
from casestudies.tuning.tried import Floats, Tried
from casestudies.workflow.tuned.tunable import Outer


@dataclass(frozen=True, eq=False)
class Nested:
    """tuned, defaults: (outer folds,) the first goal on rows that had no part in the search. gain: of the one on the other.

    settings: what each search chose.
    """

    tuned: Floats
    defaults: Floats
    gain: Gain
    settings: tuple[dict[str, Any], ...]


def searched_inside(outer: Sequence[Outer], search: Search, step: Callable[[float, str], None], level: float) -> Nested:
    """Search anew on the training rows of every outer fold, with the same budget, and judge there and then.

    Source: Cawley and Talbot 2010, "On over-fitting in model selection and subsequent selection bias in performance
    evaluation", section 5.
    """
    goal = search.goals[0]
    rows: list[tuple[float, float, dict[str, Any]]] = []
    for number, fold in enumerate(outer):

        def told(history: History, number: int = number) -> None:
            most = (search.budget.trials or 0) + len(search.first)
            share = len(history.trials) / most if search.budget.trials is not None else 0.0
            step(
                (number + min(share, 0.99)) / len(outer),
                f"outer fold {number + 1} of {len(outer)}, trial {len(history.trials) + 1}",
            )

        inside = replace(search, trial=fold.bench.trial, seed=search.seed + number + 1)
        with tempfile.TemporaryDirectory() as folder:
            history = inside.run(Path(folder, "journal.jsonl"), told)
        chosen, plain = settled(history), history.defaults
        if goal.name == SECONDS.name:
            scores = chosen.mean(goal.name), plain.mean(goal.name)
        else:
            scores = fold.judged(chosen.settings)[goal.name], fold.judged(plain.settings)[goal.name]
        rows.append((*scores, dict(chosen.settings)))
    tuned, defaults = (np.array([row[place] for row in rows]) for place in (0, 1))
    return Nested(tuned, defaults, gain(tuned, defaults, goal, level), tuple(row[2] for row in rows))


def settled(history: History) -> Tried:
    """What a search comes to: the best by its one goal, or the middle of the front of several."""
    if len(history.goals) == 1:
        return history.best()
    values = history.values()
    on = np.flatnonzero(front(values))
    return history.done[int(on[knee(values[on])])]
