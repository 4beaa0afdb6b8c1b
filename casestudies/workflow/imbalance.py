"""Whether anything beats training on the rows as they are, where events are rare: in ranking, probability and money."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError
from casestudies.metrics import Answers, ap, auc, bootstrap, brier, ece, paired
from casestudies.models.imbalance import Labelled, Learner, Line, bench
from casestudies.models.pretended import Figures, smote_before_split
from casestudies.workflow.compare import Sample
from casestudies.workflow.table_settings import TableSettings

MOST = 10_000  # rows; SMOTE's distances grow with their square, and 10,000 tell treatments apart
FOLDS = 3


def imbalance_told(
    sample: Sample, kinds: Mapping[str, str], settings: TableSettings, most: int = MOST
) -> dict[str, Any]:
    """analysis/imbalance.json: treatments of rare events on the same folds, each beside the plain model.

    Nothing of the study is chosen by it. A line's `decisions` are "own" (each row's own threshold) and "cut" (one cut,
    tuned on training rows) in money, or without costs "p", the log loss; each with its paired difference to the plain
    model at the rows' own thresholds. The uncorrected line's "own" is what `Scores` refuses.

    Parameters
    ----------
    sample: all rows of the table. kinds: {column: kind} of its features.
    most: rows used at most, drawn evenly from both classes.
    """
    part = sample.take(drawn(sample, most, settings.seed))
    rows = Labelled.of(part.frame, kinds, part.y, part.weight, part.costs)
    told: dict[str, Any] = {
        "rows": len(rows.y),
        "of": len(sample.y),
        "folds": FOLDS,
        "events": int(rows.y.sum()),
        "event_share": rows.event_share,
        "measure": "log_loss" if rows.costs is None else "expected_cost",
    }
    learner = Learner(seed=settings.seed)
    try:
        folds = part.fold_labels(FOLDS, settings.seed)
        with warnings.catch_warnings():  # where too few rows are left to split on, the AUC of 0.5 says so
            warnings.simplefilter("ignore", UserWarning)
            lines = bench(rows, folds, learner)
            before = smote_before_split(rows, folds, learner)
    except DataError as error:
        return {**told, "skipped": error.what}
    inside = next(line.p for line in lines if line.treatment == "smote")
    leak = {"before": asdict(before), "inside": asdict(Figures.of(rows.y, inside, rows.weight))}
    entries = _entries(rows, lines, told["measure"], part, settings)
    return {**told, "lines": entries, "winner": _winner(entries, settings.interval.level), "leak": leak}


def drawn(sample: Sample, most: int, seed: int) -> NDArray[np.intp]:
    """Positions of at most so many rows with weight, ascending; both classes keep their shares."""
    held = np.flatnonzero(sample.weight > 0)
    if len(held) <= most:
        return held
    order = held[np.lexsort((np.random.default_rng(seed).random(len(held)), sample.y[held]))]
    return np.sort(order[np.linspace(0, len(order) - 1, most).round().astype(np.intp)])


def _entries(
    rows: Labelled, lines: Sequence[Line], measure: str, part: Sample, settings: TableSettings
) -> list[dict[str, Any]]:
    """The table, line by line, all on the same resamples."""
    answers: dict[tuple[Line, str], Answers] = {}
    for line in lines:
        if rows.costs is None:
            answers[line, "p"] = Answers(line.p)
        else:
            answers |= {(line, "own"): Answers(act=line.own), (line, "cut"): Answers(act=line.cut)}
    names = {key: f"{key[0].treatment}, {key[0].corrected}, {key[1]}" for key in answers}
    boot = bootstrap(
        rows.y,
        {names[key]: answer for key, answer in answers.items()},
        costs=rows.costs,
        weight=rows.weight,
        groups=None if part.group is None else part.group.astype(str).to_numpy(),
        metrics=[measure],
        rounds=settings.interval.rounds,
        level=settings.interval.level,
        seed=settings.seed,
    )
    plain = next(iter(names.values()))  # the plain model comes first, and its rows' own thresholds before its cut
    y, w = rows.y, rows.weight
    out = []
    for line in lines:
        decisions = {}
        for decision in ("own", "cut", "p"):
            if (line, decision) not in answers:
                continue
            name, act = names[line, decision], answers[line, decision].act
            test = paired(boot, measure, name, plain)
            decisions[decision] = {
                "value": boot.intervals[name][measure].value,
                "savings": None if rows.costs is None or act is None else rows.costs.savings(y, act, w),
                **{key: getattr(test, key) for key in ("difference", "low", "high", "p_value")},
            }
        figures = {
            "auc": auc(y, line.p, w),
            "ap": ap(y, line.p, w),
            "brier": brier(y, line.p, w),
            "ece": ece(y, line.p, w),
        }
        out.append({"treatment": line.treatment, "corrected": line.corrected, **figures, "decisions": decisions})
    return out


def _winner(entries: Sequence[Mapping[str, Any]], level: float) -> dict[str, Any]:
    """The decision that costs least among those that are allowed, and whether it beats the plain model beyond chance.

    Several rivals have several chances to look better by luck, so the p value is multiplied by their number
    (Bonferroni). Uncorrected scores decide by a tuned cut only.
    """
    rivals = [
        {"treatment": entry["treatment"], "corrected": entry["corrected"], "decision": decision, **told}
        for entry in entries
        for decision, told in entry["decisions"].items()
        if decision == "cut" or entry["corrected"]
    ]
    best = min(rivals, key=lambda rival: rival["difference"])
    beats = best["high"] < 0 and best["p_value"] * len(rivals) <= 1.0 - level
    return {**best, "rivals": len(rivals), "beats": bool(beats)}
