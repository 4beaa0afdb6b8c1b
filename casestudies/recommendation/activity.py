"""Whom the models serve well: new, light and heavy users, and the popular and the rare items that they then chose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from casestudies.metrics.cases import Mask
from casestudies.metrics.intervals import Interval
from casestudies.metrics.means import mean_intervals
from casestudies.metrics.sums import sum_intervals
from casestudies.recommendation.evaluation import POPULARITY, Evaluation

if TYPE_CHECKING:
    from casestudies.recommendation.conduct import Work

FEW = 30  # users; with fewer nothing is said of a group
_HEAD = 0.5  # of all known rows: those of the head, the fewest items that hold so many


def activity_told(work: Work) -> dict[str, Any]:
    """analysis/activity.json: NDCG by how much is known of a user, recall by how popular the item is."""
    judged, interval = work.judged, work.settings.interval
    how = {"rounds": interval.rounds, "level": interval.level, "seed": work.settings.seed}
    return {
        "metric": judged.told["metric"],
        "recall": f"recall_at_{judged.told['k']}",
        "champion": judged.told["against"],
        "few": FEW,
        "users": _by_user(judged, how),
        "items": _by_item(judged, how),
    }


def groups_of_users(judged: Evaluation) -> dict[str, Mask]:
    """(judged,) who is new, and the thirds of all others by known rows; a third that ties leave empty is left out."""
    known = judged.panel.rows
    old = known > 0
    low, high = np.quantile(known[old], [1 / 3, 2 / 3]) if old.any() else (0, 0)
    groups = {
        "new": ~old,
        "light": old & (known <= low),
        "middle": (known > low) & (known <= high),
        "heavy": old & (known > high),
    }
    return {name: inside for name, inside in groups.items() if inside.any()}


def groups_of_items(judged: Evaluation) -> dict[str, Mask]:
    """(items,) the head, the tail, and what nobody had before."""
    owners = judged.panel.owners
    order = np.argsort(-owners, kind="stable")
    before = np.cumsum(owners[order]) - owners[order]
    head = np.zeros(len(owners), dtype=bool)
    head[order[before < _HEAD * owners.sum()]] = True
    head &= owners > 0
    groups = {"head": head, "tail": ~head & (owners > 0), "new": owners == 0}
    return {name: inside for name, inside in groups.items() if inside.any()}


def _by_user(judged: Evaluation, how: dict[str, Any]) -> list[dict[str, Any]]:
    models, champion, known = list(judged.ranked), judged.told["against"], judged.panel.rows
    values = np.column_stack([judged.per_user(judged.told["metric"], model) for model in models])
    rivals = [POPULARITY] if POPULARITY in models and champion != POPULARITY else []
    apart = [values[:, models.index(champion)] - values[:, models.index(rival)] for rival in rivals]
    columns = np.column_stack([values, *apart])
    out = []
    for name, inside in groups_of_users(judged).items():
        told: dict[str, Any] = {
            "group": name,
            "users": int(inside.sum()),
            "least": int(known[inside].min()),
            "most": int(known[inside].max()),
        }
        if inside.sum() >= FEW:
            found = list(map(_ends, mean_intervals(columns[inside], **how)))
            told["models"] = dict(zip(models, found, strict=False))
            told["difference"] = found[-1] if rivals else None
        out.append(told)
    return out


def _by_item(judged: Evaluation, how: dict[str, Any]) -> list[dict[str, Any]]:
    """Of the good items of each group, the share that stood in a list; whole users are resampled."""
    user, item = judged.panel.relevant.pairs()
    count = len(judged.panel.users)
    out = []
    for name, inside in groups_of_items(judged).items():
        wanted = np.bincount(user, weights=inside[item], minlength=count)
        found = [(ranked.hit & inside[ranked.lists]).sum(axis=1) for ranked in judged.ranked.values()]
        places = [int(np.count_nonzero(inside[one.lists] & (one.lists >= 0))) for one in judged.ranked.values()]
        told: dict[str, Any] = {"group": name, "items": int(inside.sum()), "relevant": int(wanted.sum())}
        told["shown"] = {
            model: shown / max(int(np.count_nonzero(one.lists >= 0)), 1)
            for (model, one), shown in zip(judged.ranked.items(), places, strict=True)
        }
        if wanted.sum() >= FEW:
            shares = sum_intervals(np.column_stack([wanted, *found]), lambda sums: sums[:, 1:] / sums[:, :1], **how)
            told["models"] = dict(zip(judged.ranked, map(_ends, shares), strict=True))
        out.append(told)
    return out


def _ends(found: Interval) -> dict[str, float]:
    return {"value": found.value, "low": found.low, "high": found.high}
