"""The same fit by torch on a graphics card, where there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.optim.comparison import Table, seconds
from benchmarks.recommendation import data
from benchmarks.recommendation.data import Split
from benchmarks.recommendation.goals import Goal, asked
from benchmarks.rows import Measurement
from benchmarks.timing import measured
from casestudies.models.factorisation.defaults import Defaults, defaults_for
from casestudies.optim.factors.adam import FactorAdam, FactorState
from casestudies.optim.factors.objective import FactorObjective

TEXT = (
    "`FactorObjective(device='cuda')` beside the compiled loops on one thread of the processor: the same batches, start and steps. "
    "Wall seconds, tables copied to the card and back in every epoch; the first epoch, in which ratings are copied, apart. "
)
_EPOCHS, _FACTORS = 5, 64


def measure(rows: int = 10_000_000) -> Measurement:
    """Nothing at all where no card is at hand."""
    import torch

    if not torch.cuda.is_available():
        print("no graphics card here: nothing measured, nothing stored", flush=True)
        return [], {}
    name = torch.cuda.get_device_name()
    tables: list[Table] = []
    errors, rates = _both("ML-1M", Split.random("ML-1M", data.large()), tables, name, 20)
    many = data.synthetic(rows)
    _, rates = _both(f"{rows:,} synthetic ratings", Split.random("synthetic", many), tables, name, _EPOCHS)
    goals = [
        Goal("ML-1M: difference of RMSE", abs(errors[1] - errors[0]), 1e-3, form="{:.1e}"),
        Goal(f"{rows:,} ratings: the card's rate over the processor's", rates[1] / rates[0], 20.0, lower=False,
             form="{:.1f}x"),
    ]  # fmt: skip
    return [*tables, asked("On a graphics card", goals)], {}


def quick() -> Measurement:
    """The torch twin on the processor, ML-100K."""
    tables: list[Table] = []
    _both("ML-100K", Split.random("ML-100K", data.small()), tables, "torch on this processor", 3, "cpu")
    return tables, {}


def _both(
    what: str, split: Split, tables: list[Table], card: str, epochs: int, device: str = "cuda"
) -> tuple[list[float], list[float]]:
    """RMSE, and millions of ratings a second, of the compiled loops and of the card."""
    recipe = defaults_for(len(split.train), *split.train.shape, explicit=True, histories=False)
    recipe = replace(recipe, factors=_FACTORS, epochs=epochs)
    rows, errors, rates = [], [], []
    for name, place in (("compiled loops, one thread", None), (card, device)):
        objective = _objective(split, recipe, place)
        _solved(objective, replace(recipe, epochs=1))  # compiled, and copied
        state, cpu, wall = measured(_solving(objective, recipe), 2)
        judged = replace(objective, held_out=(split.test.user, split.test.item, split.test.rating))
        errors.append(float(np.sqrt(judged.held_out_error(state.tables))))
        rates.append(len(split.train) * epochs / wall / 1e6)
        rows.append([name, seconds(cpu), seconds(wall), f"{rates[-1]:.1f}", f"{errors[-1]:.5f}"])
    head = ["", "CPU s", "wall s", "M ratings a second", "RMSE"]
    tables.append({"caption": f"{what}, {epochs} epochs, {_FACTORS} factors", "head": head, "rows": rows})
    return errors, rates


def _objective(split: Split, recipe: Defaults, device: str | None) -> FactorObjective:
    train = split.train
    made: dict[str, Any] = {"factors": recipe.factors, "ridge": recipe.ridge, "bias_ridge": recipe.bias_ridge}
    made |= {"growth": recipe.growth, "batches": recipe.batches, "scale": (1.0, 5.0), "device": device}
    return FactorObjective(train.user, train.item, train.rating, train.shape, **made)


def _solving(objective: FactorObjective, recipe: Defaults) -> Callable[[], FactorState]:
    return lambda: _solved(objective, recipe)


def _solved(objective: FactorObjective, recipe: Defaults) -> FactorState:
    method = FactorAdam(recipe.rate, recipe.epochs, recipe.betas, recipe.spread)
    state = method.start(objective, None)
    for _ in range(recipe.epochs):
        state = method.step(objective, state, np.array([0]))
    return state
