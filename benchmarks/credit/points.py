"""Row c: few whole-number points, beside FasterRisk's at the same count of points that are not zero; as found."""

from __future__ import annotations

import numpy as np

from benchmarks.credit.cards import Ranked
from benchmarks.credit.data import table
from benchmarks.credit.running import OURS, Contender, answers, versions
from benchmarks.optim.comparison import Table, seconds

TEXT = (
    "Whole-number points. FasterRisk is given 1[x > cut] at 20 quantiles of each number and a column for each level, at most k "
    "of which get points from -5 to 5; its own defaults else. Our card is held to k by the strength of its L1 penalty, "
    "found by halving; then the steps that are left are fitted again. Its points count where they change from one bin to "
    "the next, and for levels where they differ from the commonest, which is what a column of FasterRisk's adds; ours are "
    "not held to -5 to 5. Means over five folds, as found: nothing was asked. "
)
_COUNTS = {"german": (5, 10, 20), "taiwan": (5, 10)}


def measure(name: str, rows: int | None = None) -> tuple[list[Table], dict[str, str]]:
    loans = table(name) if rows is None else table(name).head(rows)
    folds, lines = loans.folds, []
    contenders = [
        contender
        for k in _COUNTS[name]
        for contender in (
            Contender(f"casestudies card, steps, at most {k}", OURS, {"model": "few", "k": k}),
            Contender(f"FasterRisk, at most {k}", "benchmarks.peers.fasterrisk", {"k": k}),
        )
    ]
    found = answers(contenders, loans, folds)
    for one in found:
        if one.p is None:
            lines.append([one.contender.name, one.failure, *[""] * 4])
            continue
        ranked = Ranked.of(one, one.p, loans.y, folds)
        error = ranked.auc.std(ddof=1) / np.sqrt(len(ranked.auc))
        lines.append(
            [
                one.contender.name,
                f"{one.told['points']:.1f}",
                f"{ranked.auc.mean():.4f} ± {error:.4f}",
                f"{ranked.ks.mean():.3f}",
                seconds(ranked.fit),
                f"{ranked.scoring:.4f}",
            ]
        )
    head = ["model", "points that are not zero", "AUC", "KS", "fit, CPU s", "score, CPU s"]
    caption = f"{loans.name}: {len(loans.y):,} rows, {loans.X.shape[1]} columns"
    return [{"caption": caption, "head": head, "rows": lines}], versions(found)
