"""The same training on a graphics card, where there is one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from benchmarks.imaging import data
from benchmarks.imaging.chests import RECIPE
from benchmarks.recommendation.goals import Goal, asked
from benchmarks.rows import Measurement

TEXT = (
    "The recipe of PneumoniaMNIST by `model.device=cuda` beside `cpu` with one thread: images a second of training and validation, "
    "the test AUC of both, one seed. Where no card is at hand nothing is measured, and this says so. "
)
_TIMES, _NOISE = 30.0, 0.02  # two standard deviations of the AUC between seeds


def measure(more: Sequence[str] = ()) -> Measurement:
    import torch

    if not torch.cuda.is_available():
        rows = [
            ["images a second, times the processor's", f"{_TIMES:g}", "not measured: no graphics card was lent"],
            ["difference of the test AUC", f"{_NOISE:g}", "not measured: no graphics card was lent"],
        ]
        return [{"caption": "On a graphics card", "head": ["", "asked", "found"], "rows": rows}], {}
    found = [_trained(device, more) for device in ("cpu", "cuda")]
    names = ["one thread of the processor", torch.cuda.get_device_name()]
    rows = [[name, f"{rate:,.0f}", f"{auc:.4f}"] for name, (rate, auc) in zip(names, found, strict=True)]
    goals = [
        Goal("images a second, times the processor's", found[1][0] / found[0][0], _TIMES, lower=False, form="{:.1f}"),
        Goal("difference of the test AUC", abs(found[1][1] - found[0][1]), _NOISE),
    ]
    table = {"caption": "PneumoniaMNIST", "head": ["", "images a second", "test AUC"], "rows": rows}
    return [asked("On a graphics card", goals), table], {}


def _trained(device: str, more: Sequence[str]) -> tuple[float, float]:
    """Images a second by the clock, and the test AUC."""
    from casestudies.api import resolve_request
    from casestudies.imaging.audit import audit
    from casestudies.imaging.reading import read_films
    from casestudies.imaging.splits import divided
    from casestudies.imaging.training import train_network
    from casestudies.metrics import auc
    from casestudies.workflow.studies import get_study

    wanted = ["data.positive=1", *RECIPE, f"model.device={device}", *more]
    settings: Any = resolve_request(get_study("imaging"), data.pneumonia(), None, overrides=wanted, variables={})[
        0
    ].config
    films = read_films(data.pneumonia(), None, settings).films
    parts = divided(films, audit(films, settings.audit), settings.split, settings.audit, settings.seed)
    train, validation, test = (films.take(rows) for rows in (parts.train, parts.validation, parts.test))

    def run(epochs: int) -> Any:
        model = settings.model.model_copy(update={"epochs": epochs})
        return train_network(train, validation, model, settings.augment, 0, lambda share, said: None)

    run(1)  # kernels are chosen and loaded
    began = time.perf_counter()
    trained = run(settings.model.epochs)
    rate = len(train) * settings.model.epochs / (time.perf_counter() - began)
    return rate, auc(test.label.astype(float), trained.logits(test.pixels))
