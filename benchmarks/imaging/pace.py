"""How soon the study's training is where a plain one ends: PneumoniaMNIST, validation log loss by CPU seconds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.imaging import data
from benchmarks.imaging.chests import RECIPE, SEEDS
from benchmarks.recommendation.goals import Goal, asked
from benchmarks.rows import Measurement

if TYPE_CHECKING:
    from casestudies.imaging.films import Films

TEXT = (
    "The recipe of PneumoniaMNIST beside the same network, images, augmentation and epochs with a constant rate of 0.001, Adam and "
    "single precision. CPU seconds by epoch, in one process, one after the other for each seed; validation is part of an epoch for both. "
    "`First there` is the end of the first epoch whose validation log loss is at most the plain one's after its last epoch. "
    "Early stopping keeps the epoch of least validation log loss in both. What was asked for is the plain recipe's last log loss, which a "
    "constant rate leaves wherever its last epoch happened to end and has often been below before; the harder goal is its least, the "
    "one that early stopping keeps, and stands beside: to that one the recipe needs most of the time that the plain one needs itself. "
)
# what is usual where nobody has thought about it
PLAIN = {"schedule": "constant", "precision": "float32", "optimizer": "adam", "rate": 1e-3, "decay": 0.0}


@dataclass(frozen=True)
class _Course:
    """losses: (epochs + 1,) of validation. spent: CPU seconds until then. auc: of the test part."""

    losses: np.ndarray
    spent: np.ndarray
    auc: float

    def first(self, goal: float) -> float:
        """nan = never."""
        there = np.flatnonzero(self.losses <= goal)
        return float(self.spent[there[0]]) if len(there) else float("nan")


def measure(seeds: Sequence[int] = SEEDS, more: Sequence[str] = ()) -> Measurement:
    from casestudies.imaging.audit import audit
    from casestudies.imaging.reading import read_films
    from casestudies.imaging.splits import divided

    settings = _settings(["data.positive=1", *RECIPE, *more])
    films = read_films(data.pneumonia(), None, settings).films
    parts = divided(films, audit(films, settings.audit), settings.split, settings.audit, settings.seed)
    train, validation, test = (films.take(rows) for rows in (parts.train, parts.validation, parts.test))
    plain = settings.model.model_copy(update=PLAIN)
    rows, shares, kept, lower = [], [], [], []
    for seed in seeds:
        theirs, ours = (
            _course(train, validation, test, model, settings.augment, seed) for model in (plain, settings.model)
        )
        goal = float(theirs.losses[-1])
        reached = ours.first(goal)
        shares.append(reached / theirs.spent[-1])
        lower.append(ours.auc - theirs.auc)
        least = float(theirs.losses.min())
        best, there = theirs.first(least), ours.first(least)
        kept.append(there / best)
        rows.append([
            str(seed), f"{goal:.4f}", f"{theirs.spent[-1]:.1f}", f"{theirs.first(goal):.1f}", f"{reached:.1f}", f"{shares[-1]:.2f}",
            f"{least:.4f}", f"{best:.1f}", f"{there:.1f}" if there == there else "never",
            f"{ours.losses.min():.4f}", f"{ours.spent[-1]:.1f}", f"{theirs.auc:.4f}", f"{ours.auc:.4f}",
        ])  # fmt: skip
        print(" ", *rows[-1], flush=True)
    head = ["seed", "plain: last log loss", "plain, CPU s", "plain first there", "ours first there", "share of plain's time",
            "plain: least log loss", "plain first there", "ours first there", "ours: least log loss", "ours, CPU s",
            "test AUC, plain", "test AUC, ours"]  # fmt: skip
    spread = f"(differences by seed {', '.join(f'{value:+.4f}' for value in lower)})"
    goals = [
        Goal(
            "share of the plain recipe's time, mean of the seeds",
            float(np.mean(shares)),
            0.5,
            form="{:.2f}",
            note=f"(to the least log loss of plain: {np.mean(kept):.2f} of its time to there)",
        ),
        Goal("test AUC, ours less plain, mean", float(np.mean(lower)), 0.0, lower=False, form="{:+.4f}", note=spread),
    ]
    caption = f"PneumoniaMNIST, {settings.model.epochs} epochs each"
    return [asked("Half the time", goals), {"caption": caption, "head": head, "rows": rows}], {}


def _settings(overrides: Sequence[str]) -> Any:
    """Those of a run with these overrides."""
    from casestudies.api import resolve_request
    from casestudies.workflow.studies import get_study

    return resolve_request(get_study("imaging"), data.pneumonia(), None, overrides=overrides, variables={})[0].config


def _course(train: Films, validation: Films, test: Films, model: Any, augment: Any, seed: int) -> _Course:
    from casestudies.imaging.training import train_network
    from casestudies.metrics import auc

    clock: list[float] = []
    trained = train_network(
        train, validation, model, augment, seed, lambda share, said: clock.append(time.process_time())
    )
    spent = np.array(clock) - clock[0]  # told before each epoch, and after the last
    losses = trained.trace["held_out_loss"]
    return _Course(losses, spent[: len(losses)], auc(test.label.astype(float), trained.logits(test.pixels)))
