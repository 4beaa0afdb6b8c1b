"""A planted shortcut: whether the study says so, and how often it cries wolf."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.optim.comparison import Table
from benchmarks.recommendation.goals import Goal, asked
from benchmarks.rows import Measurement

TEXT = (
    "Synthetic films of 600 patients a seed, 32 pixels a side, with a shortcut of 0.8 planted (site B sees more disease, and its films look another "
    "way) and without; audit, split, one real network (6 epochs, batch 64: a third of a usual training), head and evaluation as "
    "in a run, then the question `groups`. Two things are told apart. `Flagged` is what the study's page warns of: among "
    "training patients the disease goes with the site, by a permutation test at 1 %; it says that a shortcut is there to be "
    "learnt, whatever any network does with it. `Used` needs that and, besides, that judged patients of the same class score "
    "higher where the disease was commoner, at 1 %, by this network's scores. The goal is on `flagged`; `used` can only be "
    "found where a network has learnt the site, which none of these has. "
)
SEEDS = 20
_FILMS = (
    *("data.positive=cancer", "data.groups=[site]", "augment.orientation=any"),
    *(
        "model.networks=1",
        "model.epochs=6",
        "model.batch=64",
        "model.stem_stride=2",
        "head.reads=image",
        "head.ridges=[0.01,0.1,1]",
    ),
)
_PLANTED = 0.8
_SIDE = 32  # half the demo's: forty networks are trained


def measure(seeds: int = SEEDS, more: Sequence[str] = (), patients: int = 600) -> Measurement:
    rows, counts = [], {}
    for shortcut in (_PLANTED, 0.0):
        found = [_told(shortcut, seed, more, patients) for seed in range(seeds)]
        flagged, used, depends = (
            sum(bool(one[name]) for one in found) for name in ("flagged", "used", "depends_at_level")
        )
        counts[shortcut] = flagged
        learnable, leans = (np.array([one[name] for one in found]) for name in ("learnable", "leans"))
        rows.append([
            f"{shortcut:g}", f"{flagged} of {seeds}", f"{used} of {seeds}", f"{depends} of {seeds}",
            f"{np.median(learnable):.4f}, {learnable.max():.4f}", f"{np.median(leans):.4f}, {leans.max():.4f}",
            f"{np.mean([one['auc'] for one in found]):.3f}",
        ])  # fmt: skip
    goals = [
        Goal(f"shortcut of {_PLANTED:g} flagged, of {seeds}", counts[_PLANTED], seeds, lower=False, form="{:.0f}"),
        Goal(f"no shortcut, flagged all the same, of {seeds}", counts[0.0], 1, form="{:.0f}"),
    ]
    return [asked("The planted shortcut (SYNTHETIC)", goals), _table(rows)], {}


def _told(shortcut: float, seed: int, more: Sequence[str], patients: int) -> dict[str, Any]:
    """What `groups` says of the site, with the AUC of the model."""
    from casestudies.api import resolve_request
    from casestudies.imaging import synthetic
    from casestudies.imaging.audit import audit
    from casestudies.imaging.conduct import Work
    from casestudies.imaging.evaluation import evaluate
    from casestudies.imaging.fitting import fit
    from casestudies.imaging.grouped import groups_told
    from casestudies.imaging.splits import divided
    from casestudies.workflow.studies import get_study

    asked = resolve_request(get_study("imaging"), None, None, overrides=[*_FILMS, *more], seed=seed, variables={})
    settings: Any = asked[0].config
    films = synthetic.films(patients, _SIDE, seed, shortcut=shortcut)
    audited = audit(films, settings.audit)
    parts = divided(films, audited, settings.split, settings.audit, seed)
    fitted = fit(films, parts, settings, None, lambda share, said: None)
    judged = evaluate(fitted.logits, films, parts, settings.decide, settings.interval, seed, fitted.champion)
    nothing: Any = None  # the question looks at scores, not at the saved model
    work = Work(films, parts, audited, nothing, fitted, judged, settings, True, lambda share, said: None)
    told = groups_told(work)
    assert told is not None
    found: dict[str, Any] = next(one for one in told["columns"] if one["name"] == "site")["shortcut"]
    auc = judged.metrics[fitted.champion]["auc"]["value"]
    print(f"  shortcut {shortcut:g}, seed {seed}: {found}, AUC {auc:.3f}", flush=True)
    return {**found, "auc": auc, "depends_at_level": found["depends"] <= told["level"]}


def _table(rows: list[list[str]]) -> Table:
    head = ["planted", "flagged: disease goes with the site", "used: scores lean on it too", "scores differ by site at all, at 1 %",
            "p of the disease: median, largest", "p of the scores: median, largest", "AUC, mean"]  # fmt: skip
    return {"caption": "Flags at 1 %", "head": head, "rows": rows}
