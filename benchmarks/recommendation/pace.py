"""How many ratings an epoch of ours takes in a second, in a process of its own.

The request names `data`, `settings` (of `Defaults`), `pairs` of batches and threads, `repeats` and `out`.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.measured import _cpu, peak
from casestudies.models.factorisation.defaults import Defaults, defaults_for
from casestudies.optim.factors.adam import FactorAdam, FactorState
from casestudies.optim.factors.objective import FactorObjective

_NOBODY = np.array([0])


def main() -> None:
    """Answers the request named on the command line."""
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with np.load(request["data"]) as held:
        columns = [held[name] for name in ("user", "item", "rating")]
        test = tuple(held[name] for name in ("test_user", "test_item", "test_rating"))
        users, items = map(int, held["shape"])
    recipe = defaults_for(len(columns[0]), users, items, explicit=True, histories=False)
    recipe = replace(recipe, **request["settings"])
    few = [column[:100] for column in columns]
    for threads in {threads for _, threads in request["pairs"]}:
        _solved(_objective(few, (users, items), recipe, 8, threads), replace(recipe, epochs=2))
    base, runs = peak(), []
    for batches, threads in request["pairs"]:
        asked = replace(recipe, batches=batches or recipe.batches)
        objective = _objective(columns, (users, items), asked, asked.batches, threads)
        used = _cpu()
        _ = objective.cut
        made = _cpu() - used
        took = [_timed(objective, asked) for _ in range(request["repeats"])]
        state, judged = took[-1][0], replace(objective, held_out=test)
        runs.append(
            {
                "batches": asked.batches,
                "threads": threads,
                "made": made,
                "cpu": min(cpu for _, cpu, _ in took),
                "wall": min(wall for *_, wall in took),
                "rmse": float(np.sqrt(judged.held_out_error(state.tables))),
                "factors": sha256(np.ascontiguousarray(state.x).tobytes()).hexdigest(),
                "peak": peak() - base,
            }
        )
    (Path(request["out"]) / "measured.json").write_text(json.dumps(runs), encoding="utf-8")


def _objective(columns: Any, shape: tuple[int, int], recipe: Defaults, batches: int, threads: int) -> FactorObjective:
    user, item, rating = columns
    return FactorObjective(
        user,
        item,
        rating,
        shape,
        factors=recipe.factors,
        ridge=recipe.ridge,
        bias_ridge=recipe.bias_ridge,
        growth=recipe.growth,
        batches=batches,
        scale=(1.0, 5.0),
        threads=threads,
    )


def _timed(objective: FactorObjective, recipe: Defaults) -> tuple[FactorState, float, float]:
    used, began = _cpu(), time.perf_counter()
    state = _solved(objective, recipe)
    return state, _cpu() - used, time.perf_counter() - began


def _solved(objective: FactorObjective, recipe: Defaults) -> FactorState:
    """All epochs, the start among them."""
    method = FactorAdam(recipe.rate, recipe.epochs, recipe.betas, recipe.spread)
    state = method.start(objective, None)
    for _ in range(recipe.epochs):
        state = method.step(objective, state, _NOBODY)
    return state


if __name__ == "__main__":
    main()
