"""The fits of the studies' runs: the steps and the diagnosis that a run folder keeps of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from casestudies.errors import RunError
from casestudies.lab.invented import Floats
from casestudies.runs import RunFolder

# the page of the lab that shows a trouble on its own, by how the diagnosis words it
SHOWN: dict[str, tuple[str, ...]] = {
    "lab-landscapes": (
        "exploded",
        "swings across",
        "saddle",
        "ended while it was still improving",
        "ended before the optimum",
    ),
    "lab-gradients": ("Gradients vanish", "Gradients grow", "units are off", "stood on a plateau"),
    "lab-fit": ("by heart", "next to nothing"),
}


@dataclass(frozen=True)
class RealFit:
    """One fit of a run.

    step: (steps,) from 0. value: (steps,) the objective. held_out: (steps,) the held-out loss; nan where none was watched.
    suboptimality: (steps,) estimated distance from the optimum, relative; nan where the method knows none.
    layers: by layer, (steps,) the size of its gradient's entries; {} for all but networks.
    findings, notes: sentences of the diagnosis, and of the fit itself.
    """

    name: str
    step: Floats
    value: Floats
    held_out: Floats
    suboptimality: Floats
    layers: dict[str, Floats]
    findings: tuple[str, ...]
    notes: tuple[str, ...]


def real_fits(run: RunFolder) -> tuple[RealFit, ...]:
    """All fits of a finished run that took more than one step, in the order of the run's own list.

    Where a fit solved several problems at once, its first is shown; trees are steps too.

    Raises
    ------
    RunError: the run keeps no steps, as an evaluation does not.
    """
    path, told = run.path / "trace.parquet", run.path / "diagnosis.json"
    if not path.is_file() or not told.is_file():
        raise RunError("this run keeps no steps of fits", where=run.id, advice="choose a run that trained something")
    words = json.loads(told.read_text(encoding="utf-8"))
    table = pd.read_parquet(path)
    found = (_fit(str(name), part, words.get(name, {})) for name, part in table.groupby("fit", sort=False))
    return tuple(fit for fit in found if len(fit.step) > 1)


def shown_by(sentence: str) -> str | None:
    """The page of the lab that shows such a trouble; None = there is none."""
    return next((page for page, words in SHOWN.items() if any(word in sentence for word in words)), None)


def _fit(name: str, part: pd.DataFrame, words: dict[str, Any]) -> RealFit:
    for column in ("of", "problem"):  # of means of models, the first model; of several problems, the first
        if column in part and part[column].notna().any():
            part = part[part[column] == part[column].dropna().iloc[0]]
    layers = {
        column.partition("/")[2]: part[column].to_numpy(dtype=float)
        for column in map(str, part)
        if column.startswith("gradient_norm/") and part[column].notna().any()
    }

    def figures(column: str) -> Floats:
        return part[column].to_numpy(dtype=float) if column in part else np.full(len(part), np.nan)

    return RealFit(
        name,
        figures("step"),
        figures("value"),
        figures("held_out_loss"),
        np.where(np.isfinite(figures("suboptimality")), figures("suboptimality"), np.nan),
        layers,
        tuple(map(str, words.get("findings", ()))),
        tuple(map(str, words.get("notes", ()))),
    )
